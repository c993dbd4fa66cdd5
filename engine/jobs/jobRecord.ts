/**
 * `job.json`: what a run was asked for. Its `format` is the version of the whole run folder; a newer one is refused,
 * format 1 (without attempts and options) is still read.
 */
import { join } from 'node:path';
import { UserError } from '../problems';
import { readPlainText, readPlainTextNow } from '../plainFile';
import type { Command } from './events';
import { fileNames, mostJsonBytes } from './runFiles';
import { parseShallow } from './shape';

export const runFormat = 2;

/** Options that results depend on, paths absolute; those that only say how fast (workers, memory) are not among them. */
export type JobOptions = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Handed over to a queue, which starts the processes when it likes. */
export interface Submission {
  readonly system: 'slurm';
  /** The queue's name for the job. */
  readonly id: string;
  readonly time: string;
}

export interface JobRecord {
  readonly format: typeof runFormat;
  readonly command: Command;
  /** Absolute path of cannon.yaml. */
  readonly config: string;
  /** The config as parsed, defaults filled in; null where it could not be. */
  readonly resolved: unknown;
  readonly options: JobOptions;
  readonly seed: number;
  /** Program, node, kernels and machine: with another of these the same input may give other last digits. */
  readonly versions: Readonly<Record<string, string>>;
  /** SHA-256 of each input file, by absolute path; spectra are in the checkpoint's list as they are read. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Hash of all that the results depend on; checkpoints carry it. */
  readonly key: string;
  /** When the run was asked for first. */
  readonly created: string;
  /** The latest attempt: 0 before the first, 1 for the first. */
  readonly attempt: number;
  /** When that began, and its process. */
  readonly started: string;
  readonly pid: number;
  readonly host: string;
  readonly submitted: Submission | null;
}

/** What whoever starts a run knows of it. */
export type NewJob = Pick<
  JobRecord,
  'command' | 'config' | 'resolved' | 'options' | 'seed' | 'versions' | 'inputs' | 'key'
>;

/** job.json of a run, or null when there is none that can be read, or it is of a newer format. */
export async function readJob(folder: string): Promise<JobRecord | null> {
  return requireJob(folder).catch(() => null);
}

/** @throws UserError CAN409 when `folder` is not a run, CAN406 when a newer version wrote it. */
export async function requireJob(folder: string): Promise<JobRecord> {
  try {
    return asJob(parseShallow(await readPlainText(join(folder, fileNames.job), mostJsonBytes)), folder);
  } catch (error) {
    throw error instanceof UserError ? error : notARun(folder, error);
  }
}

/** The same at once. */
export function jobNow(folder: string): JobRecord {
  try {
    return asJob(parseShallow(readPlainTextNow(join(folder, fileNames.job), mostJsonBytes)), folder);
  } catch (error) {
    throw error instanceof UserError ? error : notARun(folder, error);
  }
}

function notARun(folder: string, error: unknown): UserError {
  const why =
    (error as NodeJS.ErrnoException | null)?.code === 'ENOENT' ? 'it has no job.json' : 'its job.json is damaged';
  return new UserError(`${folder} is not a run: ${why}`, '`cannon runs list` lists the runs of a survey.', 'CAN409');
}

function asJob(value: unknown, folder: string): JobRecord {
  const record = (typeof value === 'object' && value !== null ? value : {}) as Partial<Omit<JobRecord, 'format'>> & {
    format?: unknown;
    version?: unknown;
  };
  const format = record.format ?? record.version;
  if (typeof format === 'number' && format > runFormat) {
    throw new UserError(
      `The run in ${folder} was made by a newer version (its format is ${format}, this version knows ${runFormat})`,
      'Update Cannon Spectra, or choose another --run folder.',
      'CAN406',
    );
  }
  const isMap = (part: unknown) =>
    part === undefined || (typeof part === 'object' && part !== null && !Array.isArray(part));
  const { started } = record;
  const hasTexts = [record.command, record.config].every((text) => typeof text === 'string');
  const hasMaps = [record.options, record.inputs, record.versions].every(isMap);
  if (typeof started !== 'string' || !hasTexts || !hasMaps) {
    throw notARun(folder, null);
  }
  const before = {
    options: {},
    seed: 0,
    resolved: null,
    versions: {},
    inputs: {},
    key: '',
    attempt: 1,
    pid: 0,
    host: '',
  };
  const rest = record as Partial<JobRecord> & Pick<JobRecord, 'command' | 'config' | 'started'>;
  return { created: started, submitted: null, ...before, ...rest, format: runFormat };
}

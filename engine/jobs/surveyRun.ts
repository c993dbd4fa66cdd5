/**
 * A job on a survey in its run folder: begun anew, resumed, made ready for a queue, or one shard of it.
 *
 * The run's key is the hash of all that its results depend on: command, options, resolved config, input files, versions. What
 * a resumed run or a shard finds in the checkpoint is that of the same key or is refused.
 */
import { resolve } from 'node:path';
import { machineBytes } from '../cannon/memoryPlan';
import type { ParsedConfig } from '../config/parse';
import type { Config } from '../config/config';
import { UserError } from '../problems';
import { budgetFor } from './budget';
import { Checkpoint } from './checkpoint';
import type { Command, JobContext, Shard } from './events';
import { runJob, type WorkDone } from './job';
import { type JobOptions, type JobRecord, type NewJob, requireJob } from './jobRecord';
import { createPool } from './pool';
import { newJob } from './newJob';
import { sha256 } from './recipe';
import { lockIsFree } from './runLock';
import { requireShards } from './slurmShards';
import { readResult } from './runFiles';
import { checkpointFolder, enqueueRun, makeRunFolder, RunFolder, unmakeRunFolder } from './runFolder';
import type { JobEvent } from './events';
import type { SurveyJob } from './train';
import { boundNurseries } from './tidy';
import { versions } from './versions';

/** How a run is worked on; the arguments of the command line that results do not depend on. */
export interface RunOptions {
  readonly config?: string;
  readonly run?: string;
  readonly workers?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Go on with the run in the folder. */
  readonly resume?: boolean;
  /** Only make the run's folder: shards and a merge follow. */
  readonly prepare?: boolean;
  readonly shard?: Shard;
  /** As the last job of a queue: go on once all shards are done, and wait for the lock of a process that was lost. */
  readonly fromQueue?: boolean;
}

export interface SurveyCommand {
  readonly command: Command;
  /** What the user asked for, defaults filled in. A resumed run takes the options of its job.json instead. */
  readonly optionsFor: (config: Config, run: string) => Promise<JobOptions>;
  /** Files to hash besides config and reference table. */
  readonly inputs: (options: JobOptions) => readonly string[];
  readonly work: (job: SurveyJob, context: JobContext, options: JobOptions) => Promise<WorkDone>;
  /** Further preparation, such as the list of spectra. */
  readonly prepare?: (checkpoint: string, config: Config, context: JobContext) => Promise<void>;
}

const workerUrl = new URL('./worker.js', import.meta.url);

/** Read the config, claim the folder, run. @returns the exit code. */
export async function surveyRun(
  what: SurveyCommand,
  how: RunOptions,
  readConfig: () => Promise<ParsedConfig & { config: Config }>,
  listen: (event: JobEvent) => void,
): Promise<number> {
  let claimed: Claimed | null;
  try {
    claimed = await claim(what, how, await readConfig(), listen);
  } catch (error) {
    const run = await failedRun(what.command, how);
    return runJob({ run, listen }, () => {
      throw error;
    });
  }
  if (claimed === null) return 0;
  const { run, options, job } = claimed;
  return runJob({ run, listen }, async (context) => {
    const { workers, memoryBytes } = budgetFor(how);
    boundNurseries();
    const pool = createPool(workerUrl, workers, memoryBytes);
    // Whoever cancels does not want to wait for the batches in hand: they are done again when the run is resumed.
    context.signal.addEventListener('abort', () => void pool.close());
    try {
      context.signal.throwIfAborted();
      if (how.fromQueue === true) await requireShards(run.path);
      return await what.work({ ...job, pool, memoryBytes: how.memory ?? machineBytes() }, context, options);
    } finally {
      await pool.close();
    }
  });
}

interface Claimed {
  readonly run: RunFolder;
  readonly options: JobOptions;
  readonly job: Omit<SurveyJob, 'pool' | 'memoryBytes'>;
}

/** Null when the run was only to be prepared. */
async function claim(
  what: SurveyCommand,
  how: RunOptions,
  parsed: ParsedConfig & { config: Config },
  listen: (event: JobEvent) => void,
): Promise<Claimed | null> {
  if (how.run !== undefined) return claimIn(resolve(how.run), what, how, parsed, listen);
  const folder = makeRunFolder(parsed.path, what.command);
  try {
    return await claimIn(folder, what, how, parsed, listen);
  } catch (error) {
    unmakeRunFolder(folder);
    throw error;
  }
}

async function claimIn(
  folder: string,
  what: SurveyCommand,
  how: RunOptions,
  { config, path, text }: ParsedConfig & { config: Config },
  listen: (event: JobEvent) => void,
): Promise<Claimed | null> {
  const goesOn = how.resume === true || how.shard !== undefined || how.fromQueue === true;
  const earlier = goesOn ? await requireJob(folder) : null;
  if (earlier !== null && earlier.command !== what.command)
    throw new UserError(
      `The run in ${folder} is one of ${earlier.command}, not of ${what.command}`,
      'Choose its own command, or another --run folder.',
      'CAN407',
    );
  if (how.shard !== undefined && (await readResult(folder)) !== null) {
    throw new UserError(
      `The run in ${folder} has finished: no share of it is left to do`,
      'Nothing is missing.',
      'CAN411',
    );
  }
  const options = earlier?.options ?? (await what.optionsFor(config, folder));
  const asked = await describeJob(what, config, path, text, options);
  if (earlier !== null) requireSame(earlier, asked, folder);
  const checkpoint = new Checkpoint(checkpointFolder(folder), asked.key);
  if (how.prepare === true) {
    if (earlier === null) await enqueueRun(folder, asked, null);
    await what.prepare?.(checkpoint.folder, config, { signal: new AbortController().signal, report: listen });
    return null;
  }
  const { shard = null, fromQueue = false } = how;
  if (fromQueue) await lockIsFree(folder);
  const run =
    shard !== null
      ? await RunFolder.shard(folder, shard)
      : await (earlier === null ? RunFolder.create(folder, asked) : RunFolder.resume(folder, fromQueue));
  return { run, options, job: { config, configHash: sha256(text), run: folder, checkpoint, shard } };
}

/** What a new run of `what` would be. */
async function describeJob(
  what: Pick<SurveyCommand, 'command' | 'inputs'>,
  config: Config,
  path: string,
  text: string,
  options: JobOptions,
): Promise<NewJob> {
  const table = config.reference === null ? [] : [resolve(config.folder, config.reference.file)];
  return newJob({
    ...{ command: what.command, config: path, resolved: config, options, seed: config.crossValidation.seed },
    known: { [path]: sha256(text) },
    files: [...table, ...what.inputs(options)],
  });
}

/** @throws UserError CAN407 naming what differs. */
function requireSame(earlier: JobRecord, asked: NewJob, folder: string): void {
  if (earlier.key === asked.key) return;
  const files = Object.keys({ ...earlier.inputs, ...asked.inputs });
  const changed = files.filter((file) => earlier.inputs[file] !== asked.inputs[file]);
  const other = Object.keys(asked.versions).filter((name) => earlier.versions[name] !== asked.versions[name]);
  const why =
    changed.length > 0
      ? `${changed.join(' and ')} changed since`
      : other.length > 0
        ? other
            .map(
              (name) => `it was begun with ${name} ${earlier.versions[name] ?? '?'}, this is ${asked.versions[name]!}`,
            )
            .join('; ')
        : 'its settings are others';
  throw new UserError(
    `The run in ${folder} cannot go on: ${why}`,
    'Its checkpoint does not belong to what there is now. Bring that back, or start a new run.',
    'CAN407',
  );
}

/**
 * A run folder for a job that cannot begin: whoever named the folder listens there for what went wrong. Null when nobody
 * named one, when it is another job's, or when there is a run in it that is to go on later.
 */
async function failedRun(
  command: Command,
  { config = 'cannon.yaml', run, resume, shard, fromQueue }: RunOptions,
): Promise<RunFolder | null> {
  if (run === undefined || resume === true || shard !== undefined || fromQueue === true) return null;
  const nothing = { resolved: null, options: {}, seed: 0, inputs: {}, key: '' };
  return RunFolder.create(resolve(run), { command, config: resolve(config), versions, ...nothing }).catch(() => null);
}

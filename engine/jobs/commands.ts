/**
 * The commands of the command line: each reads its config, claims its run folder, opens the worker threads and runs
 * its job. All return an exit code; none prints (`Printer`) and none knows of arguments as text.
 */
import { relative, resolve } from 'node:path';
import { lineAndColumn, loadConfig, type ParsedConfig } from '../config/parse';
import type { Config } from '../config/config';
import { UserError, type Problem } from '../problems';
import type { Printer } from '../printer';
import { writeSample } from '../sample/sample';
import { examineSurvey } from './check';
import { crossValidateSurvey } from './crossValidation';
import type { Command, FinishedEvent, JobContext } from './events';
import { indexSpectra } from './indexSpectra';
import { infer } from './infer';
import { BadConfigError, exitCodes, runJob } from './job';
import { createPool, defaultWorkers, type TaskPool } from './pool';
import { sha256, sha256OfFile } from './recipe';
import { newestModels, newRunFolder, RunFolder } from './runFolder';
import { train, type SurveyJob } from './train';
import { versions } from './versions';

export interface CommonOptions {
  readonly config?: string;
  readonly run?: string;
  readonly json?: boolean;
  readonly workers?: number;
}

/** A problem and its place as editors and terminals link it: `cannon.yaml:12:5`. */
export interface PrintedProblem extends Problem {
  readonly place: string;
}

const workerUrl = new URL('./worker.js', import.meta.url);

/** @throws UserError when the config cannot be read, BadConfigError (after printing its problems) when it has errors. */
async function usableConfig(options: CommonOptions, printer: Printer): Promise<ParsedConfig & { config: Config }> {
  const path = resolve(options.config ?? 'cannon.yaml');
  const parsed = await loadConfig(path).catch((error: unknown) => {
    throw error instanceof UserError ? new BadConfigError(error.message, error.hint, error.code) : error;
  });
  const errors = parsed.problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined && parsed.config !== null) return { ...parsed, config: parsed.config };
  parsed.problems.forEach((problem) => printer.problem(printed(problem, parsed)));
  const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new BadConfigError(`${placeOf(first!, parsed)}: ${first!.message}${others}`, first!.hint, first!.code);
}

function placeOf({ file, range }: Problem, { path, text }: ParsedConfig): string {
  const name = relative(process.cwd(), file) || file;
  if (range === undefined || file !== path) return name;
  const { line, column } = lineAndColumn(text, range.start);
  return `${name}:${line}:${column}`;
}

function printed(problem: Problem, parsed: ParsedConfig): PrintedProblem {
  return { ...problem, place: placeOf(problem, parsed) };
}

/**
 * A run folder for a job that cannot begin: whoever named the folder listens there for what went wrong. Null when nobody
 * named one, or when it is another job's.
 */
async function failedRun(command: Command, { config = 'cannon.yaml', run }: CommonOptions): Promise<RunFolder | null> {
  if (run === undefined) return null;
  const record = {
    command,
    config: resolve(config),
    resolved: null,
    options: {},
    seed: 0,
    versions,
    inputs: {},
    key: '',
  };
  return RunFolder.create(resolve(run), record).catch(() => null);
}

/** Runs `work` outside any run folder: for commands that leave nothing behind. */
function withoutRun(printer: Printer, work: (context: JobContext) => Promise<FinishedEvent>): Promise<number> {
  return runJob({ run: null, listen: (event) => printer.event(event) }, work);
}

async function withPool<T>(options: CommonOptions, use: (pool: TaskPool) => Promise<T>): Promise<T> {
  const pool = createPool(workerUrl, options.workers ?? defaultWorkers());
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

/** Runs a job on a survey in its run folder. `inputs` names further files to hash. */
async function surveyRun(
  command: Command,
  options: CommonOptions,
  printer: Printer,
  work: (job: SurveyJob, context: JobContext) => Promise<FinishedEvent>,
  inputs: (config: Config) => Promise<readonly string[]> = () => Promise.resolve([]),
): Promise<number> {
  let job: Omit<SurveyJob, 'pool'>;
  let run: RunFolder;
  try {
    const { config, path, text } = await usableConfig(options, printer);
    const folder = resolve(options.run ?? newRunFolder(path, command));
    const files = [
      ...(config.reference === null ? [] : [resolve(config.folder, config.reference.file)]),
      ...(await inputs(config)),
    ];
    const hashes = await Promise.all(
      files.map(async (file) => [file, await sha256OfFile(file).catch(() => 'unreadable')] as const),
    );
    const configHash = sha256(text);
    run = await RunFolder.create(folder, {
      command,
      config: path,
      resolved: config,
      seed: config.crossValidation.seed,
      options: {},
      versions,
      inputs: { [path]: configHash, ...Object.fromEntries(hashes) },
      key: '',
    });
    job = { config, configHash, run: folder };
  } catch (error) {
    const run = await failedRun(command, options);
    return runJob({ run, listen: (event) => printer.event(event) }, () => {
      throw error;
    });
  }
  return runJob({ run, listen: (event) => printer.event(event) }, (context) =>
    withPool(options, (pool) => work({ ...job, pool }, context)),
  );
}

export interface SampleOptions extends CommonOptions {
  readonly folder: string;
  readonly stars: number;
  readonly seed: number;
  readonly snr?: number;
}

export interface InferOptions extends CommonOptions {
  readonly model?: string;
  readonly model2?: string;
  readonly out?: string;
  readonly samples?: number;
}

export const commands = {
  sample: ({ folder, stars, seed, snr }: SampleOptions, printer: Printer) =>
    withoutRun(printer, async (context) => ({
      ...{ kind: 'finished', command: 'sample' },
      ...(await writeSample(resolve(folder), { stars, seed, ...(snr !== undefined && { snr }) }, context)),
    })),

  /** Exit code 2 when the survey has an error. */
  async check(options: CommonOptions, printer: Printer): Promise<number> {
    let hasErrors = false;
    const exitCode = await withoutRun(printer, async (context) => {
      const path = resolve(options.config ?? 'cannon.yaml');
      const parsed = await loadConfig(path).catch((error: unknown) => {
        throw error instanceof UserError ? new BadConfigError(error.message, error.hint, error.code) : error;
      });
      const { problems: found, facts } = await examineSurvey(parsed, context);
      const problems = [...parsed.problems, ...found];
      const all = problems.map((problem) => printed(problem, parsed));
      all.forEach((problem) => printer.problem(problem));
      hasErrors = problems.some(({ severity }) => severity === 'error');
      const { nSpectra: spectra, nReadable: readable, nMatched: matched, selection } = facts;
      const models = selection?.models.map(({ name, stars }) => ({ name, stars })) ?? null;
      return { kind: 'finished', command: 'check', problems: all, spectra, readable, matched, models };
    });
    return exitCode === exitCodes.done && hasErrors ? exitCodes.badConfig : exitCode;
  },

  index: (options: CommonOptions, printer: Printer) =>
    withoutRun(printer, async (context) => {
      const { config } = await usableConfig(options, printer);
      return withPool(options, (pool) => indexSpectra(config, pool, context));
    }),

  train: (options: CommonOptions, printer: Printer) => surveyRun('train', options, printer, train),
  cv: (options: CommonOptions, printer: Printer) => surveyRun('cv', options, printer, crossValidateSurvey),

  infer(options: InferOptions, printer: Printer): Promise<number> {
    const given = [options.model, options.model2].flatMap((path) => (path === undefined ? [] : [resolve(path)]));
    const models = (config: Config) => (given.length > 0 ? Promise.resolve(given) : newestModels(config.path));
    return surveyRun(
      'infer',
      options,
      printer,
      async (job, context) => {
        const out = resolve(options.out ?? resolve(job.run, 'labels.csv'));
        return infer({ ...job, models: await models(job.config), out, samples: options.samples ?? 0 }, context);
      },
      models,
    );
  },
};

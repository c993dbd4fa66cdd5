/**
 * The commands of the command line: each reads its config, claims its run folder, opens the worker threads and runs
 * its job. All return an exit code; none prints (`Printer`) and none knows of arguments as text.
 */
import { relative, resolve } from 'node:path';
import { lineAndColumn, loadConfig, type ParsedConfig } from '../config/parse';
import type { Config } from '../config/config';
import { UserError, type Problem } from '../problems';
import type { Printer } from '../printer';
import { usualStars, writeSample, type SampleOptions as Sample } from '../sample/sample';
import { type CatalogArguments, catalogCommand } from './catalogCommand';
import { checkSurvey, writeCheck } from './checkSurvey';
import { crossValidateSurvey } from './crossValidation';
import type { Command, FinishedEvent, JobContext, JobEvent } from './events';
import { indexSpectra } from './indexSpectra';
import { initSurvey } from './initSurvey';
import { type InspectArguments, inspectNamed } from './inspectCommand';
import { infer, type InferJob } from './infer';
import { budgetFor } from './budget';
import { BadConfigError, exitCodes, runJob } from './job';
import { type JobOptions, type JobRecord, requireJob } from './jobRecord';
import { createPool, type TaskPool } from './pool';
import { newestModels, makeRunFolder, RunFolder } from './runFolder';
import { SpectraList } from './spectraList';
import { newestValidations } from './validations';
import { followRun } from './slurmFollow';
import { askedOf, pollMsOf, type SlurmArguments } from './slurmArguments';
import { requireSlurm } from './slurmCommands';
import { requireSensible, wasSubmitted } from './slurmOptions';
import { submitRun } from './slurmSubmit';
import { type RunOptions, type SurveyCommand, surveyRun } from './surveyRun';
import { train } from './train';

export interface CommonOptions extends RunOptions, SlurmArguments {
  readonly json?: boolean;
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

/** Runs `work` outside any run folder: for commands that leave nothing behind. */
function withoutRun(printer: Printer, work: (context: JobContext) => Promise<FinishedEvent>): Promise<number> {
  return runJob({ run: null, listen: (event) => printer.event(event) }, work);
}

async function withPool<T>(options: CommonOptions, use: (pool: TaskPool) => Promise<T>): Promise<T> {
  const pool = createPool(workerUrl, budgetFor(options).workers);
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

export interface SampleOptions extends CommonOptions, Omit<Sample, 'stars'> {
  readonly folder: string;
  /** As many as the labels need. */
  readonly stars?: number;
}

export interface InferOptions extends CommonOptions {
  readonly model?: string;
  readonly model2?: string;
  readonly out?: string;
  readonly samples?: number;
  readonly cv?: readonly string[];
  readonly average?: string;
  readonly covariance?: boolean;
}

async function onSurvey(what: SurveyCommand, options: CommonOptions, printer: Printer): Promise<number> {
  const listen = (event: JobEvent) => printer.event(event);
  if (options.slurm !== true) return surveyRun(what, options, () => usableConfig(options, printer), listen);
  let parsed: ParsedConfig & { config: Config };
  try {
    await requireSlurm();
    requireSensible(askedOf(options));
    parsed = await usableConfig(options, printer);
  } catch (error) {
    return surveyRun(what, options, rejected(error), listen);
  }
  const run = resolve(options.run ?? makeRunFolder(parsed.path, what.command));
  const exitCode = await surveyRun(what, { ...options, run, prepare: true }, () => Promise.resolve(parsed), listen);
  return exitCode === exitCodes.done ? submitAndFollow(run, options, listen) : exitCode;
}

/** For a job that cannot begin, in place of its config. */
function rejected(error: unknown): () => Promise<never> {
  return () => {
    throw error;
  };
}

/** Hand a prepared run to Slurm; without `detach` stay until its end. */
async function submitAndFollow(
  run: string,
  options: CommonOptions,
  listen: (event: JobEvent) => void,
): Promise<number> {
  try {
    listen(await submitRun(run, askedOf(options)));
  } catch (error) {
    // That Slurm has it already, or another process works on it, is no end of the run.
    const isBusy = error instanceof UserError && (error.code === 'CAN401' || error.code === 'CAN410');
    const folder = isBusy ? null : await RunFolder.resume(run).catch(() => null);
    return runJob({ run: folder, listen }, () => {
      throw error;
    });
  }
  return options.detach === true ? exitCodes.done : followRun(run, { listen, pollMs: pollMsOf(options) });
}

const noOptions = { optionsFor: () => Promise.resolve({}), inputs: () => [] };
const trainCommand: SurveyCommand = { command: 'train', ...noOptions, work: train };
const cvCommand: SurveyCommand = { command: 'cv', ...noOptions, work: crossValidateSurvey };

function inferCommand({
  model,
  model2,
  out,
  samples = 0,
  cv,
  average,
  covariance,
}: Partial<InferOptions>): SurveyCommand {
  const given = [model, model2].flatMap((path) => (path === undefined ? [] : [resolve(path)]));
  return {
    command: 'infer',
    optionsFor: async (config, run) => {
      const models = given.length > 0 ? given : await newestModels(config.path);
      return {
        models,
        validations: cv?.map((path) => resolve(path)) ?? (await newestValidations(config.path, models)),
        out: resolve(out ?? resolve(run, 'labels.csv')),
        samples,
        ...(average !== undefined && { average: resolve(average) }),
        ...(covariance === true && { covariance }),
      };
    },
    inputs: (options) => [...inferOptions(options).models, ...inferOptions(options).validations],
    work: (job, context, options) => infer({ ...job, ...inferOptions(options) }, context),
    prepare: async (checkpoint, config, context) => void (await SpectraList.open(checkpoint, config, context)),
  };
}

/** Options of `cannon infer` as they stand in job.json. */
function inferOptions(
  options: JobOptions,
): Pick<InferJob, 'models' | 'validations' | 'out' | 'samples' | 'average' | 'covariance'> {
  return { average: null, covariance: false, validations: [], ...options } as unknown as ReturnType<
    typeof inferOptions
  >;
}

/** Options come from the run's job.json. */
const resumable: Partial<Record<Command, SurveyCommand>> = {
  train: trainCommand,
  cv: cvCommand,
  infer: inferCommand({}),
  catalog: catalogCommand({}),
};

export const commands = {
  sample: ({ folder, stars, seed, snr, labels, oddities, ...options }: SampleOptions, printer: Printer) =>
    withoutRun(printer, async (context) => {
      const wanted = {
        ...{ stars: stars ?? usualStars(labels), seed },
        ...(snr !== undefined && { snr }),
        ...(labels !== undefined && { labels }),
        ...(oddities !== undefined && { oddities }),
      };
      return withPool(options, async (pool) => ({
        ...{ kind: 'finished', command: 'sample' },
        ...(await writeSample(resolve(folder), wanted, context, pool)),
      }));
    }),

  init: (folder: string, printer: Printer) => withoutRun(printer, (context) => initSurvey(resolve(folder), context)),

  /** Exit code 2 when the survey has an error. */
  async check(options: CommonOptions, printer: Printer): Promise<number> {
    let hasErrors = false;
    const exitCode = await withoutRun(printer, async (context) => {
      const path = resolve(options.config ?? 'cannon.yaml');
      const parsed = await loadConfig(path).catch((error: unknown) => {
        throw error instanceof UserError ? new BadConfigError(error.message, error.hint, error.code) : error;
      });
      const openPool = () => createPool(workerUrl, budgetFor(options).workers);
      const tell = (problem: Problem) => {
        const told = printed(problem, parsed);
        printer.problem(told);
        return told;
      };
      const report = await checkSurvey(parsed, openPool, tell, context);
      hasErrors = report.problems.some(({ severity }) => severity === 'error');
      if (options.run !== undefined) writeCheck(resolve(options.run), report, path);
      return report;
    });
    return exitCode === exitCodes.done && hasErrors ? exitCodes.badConfig : exitCode;
  },

  index: (options: CommonOptions, printer: Printer) =>
    withoutRun(printer, async (context) => {
      const { config } = await usableConfig(options, printer);
      return withPool(options, (pool) => indexSpectra(config, pool, context));
    }),

  inspect: (options: CommonOptions & InspectArguments, printer: Printer) =>
    withoutRun(printer, async (context) => {
      const { config } = await usableConfig(options, printer);
      return withPool(options, (pool) => inspectNamed(config, options, pool, context));
    }),

  train: (options: CommonOptions, printer: Printer) => onSurvey(trainCommand, options, printer),
  cv: (options: CommonOptions, printer: Printer) => onSurvey(cvCommand, options, printer),
  infer: (options: InferOptions, printer: Printer) => onSurvey(inferCommand(options), options, printer),
  catalog: (options: CommonOptions & CatalogArguments, printer: Printer) =>
    onSurvey(catalogCommand(options), options, printer),

  /** Go on with the run in `folder` as it was asked for. */
  async resume(folder: string, options: CommonOptions, printer: Printer): Promise<number> {
    const run = resolve(folder);
    const job = await requireJob(run).catch((error: unknown) => error);
    const what = isRecord(job) ? resumable[job.command] : undefined;
    const slurm = options.slurm ?? wasSubmitted(run);
    if (isRecord(job) && what !== undefined)
      return onSurvey(what, { ...options, slurm, config: job.config, run, resume: true }, printer);
    return withoutRun(printer, () => {
      if (!isRecord(job)) throw job;
      throw new UserError(`A ${job.command} cannot be resumed`, 'Start it again.', 'CAN410');
    });
  },
};

function isRecord(value: unknown): value is JobRecord {
  return typeof value === 'object' && value !== null && 'command' in value;
}

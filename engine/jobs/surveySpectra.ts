/** The steps that commands share: which spectra a survey has, who they are, and their normalized pixels. */
import type { Config } from '../config/config';
import { UserError } from '../problems';
import { gridWavelengths } from '../spectra/grid';
import type { SpectrumIdentity } from '../spectra/spectrum';
import { indexSpec } from '../spectraIndex/update';
import type { Command, JobContext, SpectrumProblem } from './events';
import { listingProgress, throttledProgress } from './job';
import { runBatches, slices, type TaskPool } from './pool';
import { nothingMatches } from './spectraList';
import { walkSpectra } from '../reference/spectraWalk';
import type { TaskArgs, TaskResult } from './tasks';
import { tidy } from './tidy';

/** Small enough that progress and cancellation are felt, large enough that messages cost nothing. */
const spectraPerBatch = 16;

/** The files of a survey, some at a time, each with the index of the first: a list on the disk, or in memory. */
export interface SurveyPaths {
  readonly count: number;
  chunks(): Iterable<PathsFrom>;
}

export interface PathsFrom {
  readonly from: number;
  readonly paths: readonly string[];
}

/** A spectrum that could not be used, and who it is as far as its header tells. */
export interface UnusableSpectrum extends SpectrumProblem {
  readonly identity: SpectrumIdentity | null;
}

type SpectraTask = 'identify' | 'normalize' | 'windowPixels';
type Value<K extends SpectraTask> = Extract<TaskResult<K>[number], { value: unknown }>['value'];

interface Outcomes<K extends SpectraTask> {
  readonly onValue: (value: Value<K>, idx: number, path: string) => void;
  readonly onProblem: (problem: UnusableSpectrum, idx: number) => void;
}

/** Run a task on a survey, and hand on what comes of each spectrum with its index, in any order. Nothing of it is kept here. */
async function runOnSurvey<K extends SpectraTask>(
  pool: TaskPool,
  context: JobContext,
  stage: string,
  task: K,
  survey: SurveyPaths,
  argsOf: (items: readonly string[], from: number) => TaskArgs<K>,
  { onValue, onProblem }: Outcomes<K>,
): Promise<void> {
  const progress = throttledProgress(context, stage, survey.count);
  const onTheWay = new Map<number, PathsFrom>();
  let [begun, done] = [0, 0];
  const batches = function* () {
    for (const chunk of survey.chunks()) {
      onTheWay.set(begun++, chunk);
      yield argsOf(chunk.paths, chunk.from);
    }
  };
  await runBatches(pool, task, batches(), context.signal, (outcomes, k) => {
    const { from, paths } = onTheWay.get(k)!;
    onTheWay.delete(k);
    outcomes.forEach((outcome, i) => {
      const spectrum = paths[i]!;
      if ('value' in outcome) onValue(outcome.value, from + i, spectrum);
      else onProblem({ spectrum, message: outcome.problem, identity: outcome.identity }, from + i);
    });
    progress((done += outcomes.length));
    tidy();
  });
}

/** A list in memory. */
export function inMemory(paths: readonly string[]): SurveyPaths {
  return {
    count: paths.length,
    *chunks() {
      for (const { from, items } of slices(paths, spectraPerBatch)) yield { from, paths: items };
    },
  };
}

/**
 * Run a task on the spectra at `paths`, in batches, and hand on each one's value with its index.
 * @returns those that could not be used, in the order of `paths`.
 */
export async function runOnSpectra<K extends SpectraTask>(
  pool: TaskPool,
  context: JobContext,
  stage: string,
  task: K,
  paths: readonly string[],
  argsOf: (items: readonly string[], from: number) => TaskArgs<K>,
  onValue: (value: Value<K>, idx: number) => void,
): Promise<UnusableSpectrum[]> {
  const problems = new Map<number, UnusableSpectrum>();
  const onProblem = (problem: UnusableSpectrum, idx: number) => void problems.set(idx, problem);
  await runOnSurvey(pool, context, stage, task, inMemory(paths), argsOf, { onValue, onProblem });
  return [...paths.keys()].flatMap((idx) => problems.get(idx) ?? []);
}

/**
 * Read every spectrum of a survey once, as the first step of `command`. Of the header cards, those that the config names are
 * handed on.
 */
export async function identifySpectra(
  config: Config,
  pool: TaskPool,
  context: JobContext,
  command: Command,
  survey: SurveyPaths,
  outcomes: Outcomes<'identify'>,
): Promise<void> {
  context.report({ kind: 'started', command, total: survey.count, resumedFrom: 0 });
  const { cards } = indexSpec(config);
  const argsOf = (paths: readonly string[]) => ({ folder: config.folder, paths, survey: config.survey, cards });
  await runOnSurvey(pool, context, 'Reading spectra', 'identify', survey, argsOf, outcomes);
}

/** All files of a survey. @throws UserError CAN101 when nothing matches. */
export async function matchedSpectra(config: Config, context: JobContext): Promise<string[]> {
  const found: string[] = [];
  const progress = listingProgress(context);
  for await (const paths of walkSpectra(config, context.signal)) {
    found.push(...paths);
    progress(found.length);
  }
  if (found.length === 0) throw nothingMatches(config);
  progress(found.length, found.length);
  return found;
}

export interface NormalizedSpectra {
  readonly waveAngstrom: Float64Array;
  /** nStars × nPixels, star-major, in shared memory. */
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
  /** For each row, its index among the paths that were asked for: those that failed have none. */
  readonly rows: readonly number[];
  readonly problems: readonly SpectrumProblem[];
  /** SHA-256 of each row's file. */
  readonly hashes: readonly string[];
}

/** The spectra at `paths` on the config's grid. */
export async function normalizeSpectra(
  config: Config,
  paths: readonly string[],
  pool: TaskPool,
  context: JobContext,
): Promise<NormalizedSpectra> {
  const waveAngstrom = gridWavelengths(config.grid);
  const nPixels = waveAngstrom.length;
  const [flux, ivar] = [sharedArray(paths.length * nPixels), sharedArray(paths.length * nPixels)];
  const hashes = new Array<string | null>(paths.length).fill(null);
  const { folder, survey, grid, continuum } = config;
  const argsOf = (items: readonly string[], firstRow: number) => ({
    folder,
    paths: items,
    survey,
    grid,
    continuum,
    flux,
    ivar,
    firstRow,
  });
  const problems = await runOnSpectra(
    pool,
    context,
    'Normalizing spectra',
    'normalize',
    paths,
    argsOf,
    ({ sha256 }, idx) => {
      hashes[idx] = sha256;
    },
  );
  const rows = [...paths.keys()].filter((idx) => hashes[idx] !== null);
  return {
    waveAngstrom,
    flux: compactRows(flux, rows, nPixels),
    ivar: compactRows(ivar, rows, nPixels),
    rows,
    problems,
    hashes: rows.map((idx) => hashes[idx]!),
  };
}

/** @throws UserError CAN404 when the machine has no room for it. */
export function sharedArray(length: number): Float64Array {
  try {
    return new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));
  } catch {
    const gigabytes = ((length * 8) / 1e9).toFixed(1);
    throw new UserError(
      `There is not enough memory for an array of ${gigabytes} GB`,
      'Use a coarser grid or fewer reference stars.',
      'CAN404',
    );
  }
}

/** Moves the kept rows to the front, in place, and returns the view of them. */
function compactRows(matrix: Float64Array, rows: readonly number[], nPixels: number): Float64Array {
  rows.forEach((from, to) => {
    if (from !== to) matrix.copyWithin(to * nPixels, from * nPixels, (from + 1) * nPixels);
  });
  return matrix.subarray(0, rows.length * nPixels);
}

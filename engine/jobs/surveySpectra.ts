/** The steps that commands share: which spectra a survey has, who they are, and their normalized pixels. */
import type { Config } from '../config/config';
import { findSpectra } from '../reference/survey';
import { UserError } from '../problems';
import { gridWavelengths } from '../spectra/grid';
import type { SpectrumIdentity } from '../spectra/spectrum';
import { indexSpec } from '../spectraIndex/update';
import type { Command, JobContext, SpectrumProblem } from './events';
import { throttledProgress } from './job';
import { runBatches, slices, type TaskPool } from './pool';
import type { TaskArgs, TaskResult } from './tasks';

/** Small enough that progress and cancellation are felt, large enough that messages cost nothing. */
export const spectraPerBatch = 16;

export interface IdentifiedSpectra {
  /** Every matched file, as matched. */
  readonly paths: readonly string[];
  /** Those that can be read, in the order of `paths`. `path` is absolute. */
  readonly identities: readonly SpectrumIdentity[];
  /** For each identity, its index in `paths`. */
  readonly pathIdx: readonly number[];
  readonly problems: readonly SpectrumProblem[];
}

/** A spectrum that could not be used, and who it is as far as its header tells. */
export interface UnusableSpectrum extends SpectrumProblem {
  readonly identity: SpectrumIdentity | null;
}

type SpectraTask = 'identify' | 'normalize' | 'windowPixels';
type Value<K extends SpectraTask> = Extract<TaskResult<K>[number], { value: unknown }>['value'];

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
  const progress = throttledProgress(context, stage, paths.length);
  const batches = [...slices(paths, spectraPerBatch)];
  const problems = new Map<number, UnusableSpectrum>();
  let done = 0;
  await runBatches(
    pool,
    task,
    batches.map(({ from, items }) => argsOf(items, from)),
    context.signal,
    (outcomes, batchIdx) => {
      outcomes.forEach((outcome, i) => {
        const idx = batches[batchIdx]!.from + i;
        if ('value' in outcome) onValue(outcome.value, idx);
        else problems.set(idx, { spectrum: paths[idx]!, message: outcome.problem, identity: outcome.identity });
      });
      progress((done += outcomes.length));
    },
  );
  return [...paths.keys()].flatMap((idx) => problems.get(idx) ?? []);
}

/**
 * Read every spectrum of the survey once, as the first step of `command`. Of the header cards, those that the config names are
 * kept.
 * @throws UserError CAN101 when the config's globs match nothing.
 */
export async function identifySpectra(
  config: Config,
  pool: TaskPool,
  context: JobContext,
  command: Command,
): Promise<IdentifiedSpectra> {
  const paths = await matchedSpectra(config);
  context.report({ kind: 'started', command, total: paths.length, resumedFrom: 0 });
  const found = new Array<SpectrumIdentity | null>(paths.length).fill(null);
  const { folder, survey } = config;
  const { cards } = indexSpec(config);
  const argsOf = (items: readonly string[]) => ({ folder, paths: items, survey, cards });
  const problems = await runOnSpectra(pool, context, 'Reading spectra', 'identify', paths, argsOf, (identity, idx) => {
    found[idx] = identity;
  });
  const pathIdx = [...paths.keys()].filter((idx) => found[idx] !== null);
  return { paths, identities: pathIdx.map((idx) => found[idx]!), pathIdx, problems };
}

/** @throws UserError CAN101 when nothing matches. */
export async function matchedSpectra(config: Config): Promise<string[]> {
  const paths = await findSpectra(config);
  if (paths.length > 0) return paths;
  throw new UserError(
    `No file matches ${config.spectra.join(', ')} in ${config.folder}`,
    'Check `spectra`; globs start from the folder of the config.',
    'CAN101',
  );
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

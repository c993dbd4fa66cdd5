/**
 * The chunks of an inference: which are still to do, their labels by the worker threads, and their rows as they are kept.
 *
 * A chunk is one task: its spectra are read and fitted together. It is kept as pieces of the tables that the run will
 * write, with a mark of each file that was read. Two chunks a worker are on their way at a time; nothing else of the survey
 * is in memory.
 */
import type { LabelFit } from '../cannon/infer';
import type { Model } from '../cannon/model';
import { catalogColumns, type CatalogColumn, type CatalogRow, type CvScatter } from '../catalog/catalog';
import { observationOf, type Observation } from '../catalog/repeats';
import { sampleColumns } from '../catalog/samples';
import type { NewColumn } from '../fits/writer';
import { UserError } from '../problems';
import type { Checkpoint } from './checkpoint';
import type { JobContext } from './events';
import type { FileMark } from './fileMarks';
import type { InferJob } from './infer';
import { throttledProgress } from './job';
import { runBatches } from './pool';
import type { Recipe } from './recipe';
import type { Chunk, SpectraList } from './spectraList';
import type { LabelledBatch, LabelledSpectrum } from './tasks';

export const labelScope = 'labels';

/** What is kept of a chunk. */
export interface LabelChunk {
  readonly labels: readonly CatalogColumn[];
  /** Path, size and SHA-256 of each file. */
  readonly inputs: readonly CatalogColumn[];
  readonly samples: readonly NewColumn[];
  readonly sampler: readonly NewColumn[];
  /** Which star each row is of. */
  readonly observations: readonly Observation[];
  readonly problems: number;
}

export interface InferenceOf {
  readonly list: SpectraList;
  readonly models: readonly Model[];
  readonly recipe: Recipe;
  readonly cvScatter: CvScatter;
}

/** Do what is missing of the job's chunks, all or its shard's. @returns how many of those there are. */
export async function labelChunks(job: InferJob, context: JobContext, what: InferenceOf): Promise<number> {
  const { list, models, recipe, cvScatter } = what;
  const { shard, checkpoint, config } = job;
  const known = checkpoint.numbers(labelScope);
  const isMine = (number: number) => shard === null || number % shard.count === shard.index;
  const mine = Array.from({ length: list.nChunks }, (_, number) => number).filter(isMine);
  // Only those that are whole, and this run's: the disk may have hurt one.
  const missing = mine.filter((number) => !known.has(number) || checkpoint.read(labelScope, number) === null);
  const sizeOf = (number: number) => Math.min(list.perChunk, list.count - number * list.perChunk);
  const total = mine.reduce((sum, number) => sum + sizeOf(number), 0);
  let done = total - missing.reduce((sum, number) => sum + sizeOf(number), 0);
  context.report({ kind: 'started', command: 'infer', total, resumedFrom: done });
  const progress = throttledProgress(context, 'Inferring labels', total);
  progress(done);
  const common = {
    ...{ folder: config.folder, ...recipe, models: models.map(inSharedMemory) },
    ...{ inference: config.inference, windows: config.windows },
    ...{ nSamples: job.samples, seed: config.crossValidation.seed },
  };
  const onTheWay = new Map<number, Chunk>();
  const batches = function* () {
    for (const [k, number] of missing.entries()) {
      const chunk = list.chunk(number);
      onTheWay.set(k, chunk);
      yield { ...common, paths: chunk.paths };
    }
  };
  await runBatches(job.pool, 'label', batches(), context.signal, (batch, k) => {
    const chunk = onTheWay.get(k)!;
    onTheWay.delete(k);
    checkpoint.write(labelScope, chunk.number, chunkOf(chunk, batch, models, cvScatter, config));
    progress((done += chunk.paths.length));
  });
  return mine.length;
}

function chunkOf(
  { from, paths }: Chunk,
  { outcomes, marks }: LabelledBatch,
  models: readonly Model[],
  cvScatter: CvScatter,
  { windows, inference, repeats }: InferJob['config'],
): LabelChunk {
  const rows = outcomes.map((outcome, k) =>
    'value' in outcome
      ? rowOf(paths[k]!, outcome.value, models)
      : { spectrum: paths[k]!, identity: outcome.identity, model: null, fit: null, problem: outcome.problem },
  );
  return {
    labels: catalogColumns(rows, models, windows, inference.velocity > 0, cvScatter),
    inputs: inputColumns(paths, marks),
    ...sampleColumns(rows, models, from),
    observations: rows.map(({ identity }) => observationOf(identity, repeats)),
    problems: rows.filter(({ problem }) => problem !== '').length,
  };
}

/** A table of the files that were read, for `inputs.csv`. */
export function inputColumns(paths: readonly string[], marks: readonly FileMark[]): CatalogColumn[] {
  return [
    { name: 'spectrum', unit: '', ucd: 'meta.file', values: paths },
    { name: 'bytes', unit: 'byte', ucd: '', values: Float64Array.from(marks, ({ bytes }) => bytes) },
    { name: 'sha256', unit: '', ucd: '', values: marks.map(({ sha256 }) => sha256) },
  ];
}

/**
 * A part of all chunks, in order, read one at a time.
 * @throws UserError CAN407 when one is not there although it was.
 */
export function chunksOf(checkpoint: Checkpoint, list: SpectraList) {
  return function* <K extends keyof LabelChunk>(part: K): Generator<LabelChunk[K]> {
    for (let number = 0; number < list.nChunks; number++) {
      const chunk = checkpoint.read<LabelChunk>(labelScope, number);
      if (chunk === null) {
        throw new UserError(
          `Chunk ${number} of the checkpoint in ${checkpoint.folder} has gone or is damaged`,
          'Resume the run: what is missing is done again.',
          'CAN407',
        );
      }
      yield chunk[part];
    }
  };
}

/** A copy whose arrays are not copied again for every batch. */
export function inSharedMemory(model: Model): Model {
  const share = <T extends Float64Array | Uint8Array | Int32Array>(array: T): T => {
    const Kind = array.constructor as new (buffer: SharedArrayBuffer) => T & { set(from: T): void };
    const copy = new Kind(new SharedArrayBuffer(array.byteLength));
    copy.set(array);
    return copy;
  };
  return {
    ...model,
    waveAngstrom: share(model.waveAngstrom),
    theta: share(model.theta),
    scatter: share(model.scatter),
    modes: share(model.modes),
    converged: share(model.converged),
    nStars: share(model.nStars),
  };
}

/** The fit with the lowest χ² among those that have labels. */
export function indexOfBest(fits: readonly LabelFit[]): number {
  const chi2 = (fit: LabelFit) => (fit.problem === null ? fit.chi2 : Infinity);
  return fits.reduce((best, fit, i) => (chi2(fit) < chi2(fits[best]!) ? i : best), 0);
}

function rowOf(spectrum: string, { identity, fits }: LabelledSpectrum, models: readonly Model[]): CatalogRow {
  const best = indexOfBest(fits);
  return { spectrum, identity, model: models[best]!, fit: fits[best]!, problem: fits[best]!.problem ?? '' };
}

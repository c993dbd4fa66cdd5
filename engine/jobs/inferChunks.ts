/**
 * The chunks of an inference: which are still to do, their labels by the worker threads, and their rows as they are kept.
 *
 * A chunk is one task: its spectra are read and fitted together. It is kept as pieces of the tables that the run will
 * write, with a mark of each file that was read. Two chunks a worker are on their way at a time; nothing else of the survey
 * is in memory.
 */
import type { Model } from '../cannon/model';
import type { CvScatter } from '../catalog/catalog';
import { UserError } from '../problems';
import type { Checkpoint } from './checkpoint';
import type { JobContext } from './events';
import type { InferJob } from './infer';
import { throttledProgress } from './job';
import type { LabelChunk } from './labelChunk';
import { runBatches } from './pool';
import type { Recipe } from './recipe';
import type { Chunk, SpectraList } from './spectraList';
import { tidy } from './tidy';
import { turnsUnder } from './turns';

export const labelScope = 'labels';

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
  const turn = turnsUnder(context.signal);
  const missing: number[] = [];
  for (const number of mine) {
    await turn();
    if (!known.has(number) || checkpoint.read(labelScope, number) === null) missing.push(number);
  }
  const sizeOf = (number: number) => Math.min(list.perChunk, list.count - number * list.perChunk);
  const total = mine.reduce((sum, number) => sum + sizeOf(number), 0);
  let done = total - missing.reduce((sum, number) => sum + sizeOf(number), 0);
  context.report({ kind: 'started', command: 'infer', total, resumedFrom: done });
  const progress = throttledProgress(context, 'Inferring labels', total);
  progress(done);
  const common = {
    ...{ folder: config.folder, ...recipe, models: models.map(inSharedMemory) },
    ...{ inference: config.inference, windows: config.windows, repeats: config.repeats, cvScatter },
    ...{ catalog: config.catalog, covariance: job.covariance },
    ...{ nSamples: job.samples, seed: config.crossValidation.seed },
  };
  const onTheWay = new Map<number, Chunk>();
  const batches = function* () {
    for (const [k, number] of missing.entries()) {
      const chunk = list.chunk(number);
      onTheWay.set(k, chunk);
      yield { ...common, paths: chunk.paths, from: chunk.from };
    }
  };
  await runBatches(job.pool, 'label', batches(), context.signal, (labelled, k) => {
    const chunk = onTheWay.get(k)!;
    onTheWay.delete(k);
    checkpoint.write(labelScope, chunk.number, labelled);
    progress((done += chunk.paths.length));
    tidy();
  });
  return mine.length;
}

/**
 * All chunks in order, read one at a time. `turn` is awaited between them.
 * @throws UserError CAN407 when one is not there although it was.
 */
export async function* chunksOf(
  checkpoint: Checkpoint,
  list: SpectraList,
  turn: () => Promise<void>,
): AsyncGenerator<LabelChunk> {
  for (let number = 0; number < list.nChunks; number++) {
    await turn();
    const chunk = checkpoint.read<LabelChunk>(labelScope, number);
    if (chunk === null) {
      throw new UserError(
        `Chunk ${number} of the checkpoint in ${checkpoint.folder} has gone or is damaged`,
        'Resume the run: what is missing is done again.',
        'CAN407',
      );
    }
    yield chunk;
    tidy();
  }
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

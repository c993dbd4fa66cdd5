/**
 * Where the work of training and cross-validation is done: worker threads, or the calling thread itself.
 *
 * The pool of the jobs is one of these. Each task is a pure function of plain data, large arrays lie in shared memory, and
 * results are used in the order of the tasks, whoever finishes first: what comes out does not depend on the number of workers.
 */
import { trainFolds, type FoldJob, type FoldReport } from './fastFolds';
import { trainPixelsFast, type FastPixelFit, type FastPixelJob } from './fastTraining';
import { inferStars, type InferOptions, type LabelFit } from './infer';
import { inferLeftOut, invertNormals, type InverseJob, type LeaveOutJob } from './leaveOut';
import { inflateErrors, type InflateJob } from './labelErrors';
import type { Model } from './model';
import { scorePenalties, type PenaltyJob } from './penaltySearch';
import {
  multiplyResiduals,
  whitenResiduals,
  type MultiplyJob,
  type ResidualProducts,
  type WhitenJob,
} from './residuals';
import { measureNoise, type NoiseJob, type NoisePart } from './thetaNoise';

/** Rows of star-major matrices on the model's grid. */
export interface RowsJob {
  readonly model: Model;
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
  readonly rows: readonly number[];
  readonly options?: InferOptions;
}

/** A task: the labels of some rows, in their order. */
export function inferRows({ model, flux, ivar, rows, options }: RowsJob): LabelFit[] {
  const nPixels = model.waveAngstrom.length;
  const rowsOf = (matrix: Float64Array) => rows.map((n) => matrix.subarray(n * nPixels, (n + 1) * nPixels));
  return inferStars(model, rowsOf(flux), rowsOf(ivar), options);
}

export const cannonTasks = {
  trainPixelsFast,
  trainFolds,
  whitenResiduals,
  multiplyResiduals,
  inferRows,
  invertNormals,
  inferLeftOut,
  inflateErrors,
  scorePenalties,
  measureNoise,
};

export interface Workers {
  /** How many tasks run at the same time, never more. */
  readonly size: number;
  run(task: 'trainPixelsFast', args: FastPixelJob): Promise<FastPixelFit>;
  run(task: 'trainFolds', args: FoldJob): Promise<FoldReport>;
  run(task: 'whitenResiduals', args: WhitenJob): Promise<Float64Array>;
  run(task: 'multiplyResiduals', args: MultiplyJob): Promise<ResidualProducts>;
  run(task: 'inferRows', args: RowsJob): Promise<LabelFit[]>;
  run(task: 'invertNormals', args: InverseJob): Promise<number>;
  run(task: 'inferLeftOut', args: LeaveOutJob): Promise<LabelFit[][]>;
  run(task: 'inflateErrors', args: InflateJob): Promise<number>;
  run(task: 'scorePenalties', args: PenaltyJob): Promise<Float64Array>;
  run(task: 'measureNoise', args: NoiseJob): Promise<NoisePart>;
}

/** Runs tasks one by one in the calling thread, letting timers and signals in between. */
export const thisThread: Workers = {
  size: 1,
  run: ((task: keyof typeof cannonTasks, args: never) =>
    new Promise<unknown>((resolve, reject) => {
      setImmediate(() => {
        try {
          resolve(cannonTasks[task](args));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    })) as Workers['run'],
};

/**
 * Runs `count` tasks, two a worker on their way at a time, and uses their results in order.
 * @throws the first task's error, or the signal's reason when it aborts.
 */
export async function runInOrder<T>(
  { size }: Workers,
  count: number,
  run: (k: number) => Promise<T>,
  use: (result: T, k: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const waiting = new Map<number, T>();
  let [next, used, failed] = [0, 0, false];
  const lane = async () => {
    try {
      while (next < count && !failed) {
        signal?.throwIfAborted();
        const k = next++;
        waiting.set(k, await run(k));
        for (; waiting.has(used); used++) {
          const result = waiting.get(used) as T;
          waiting.delete(used);
          use(result, used);
        }
      }
    } catch (error) {
      failed = true; // the other lanes take no further task
      throw error;
    }
  };
  await Promise.all(Array.from({ length: 2 * size }, lane));
  signal?.throwIfAborted();
}

/** Numbers that worker threads see without a copy, where there is shared memory. */
export function sharedNumbers(length: number): Float64Array {
  const bytes = length * Float64Array.BYTES_PER_ELEMENT;
  return new Float64Array(
    typeof SharedArrayBuffer === 'function' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes),
  );
}

/** [0, count) in ranges of `size`. */
export function rangesOf(count: number, size: number): { fromPixel: number; toPixel: number }[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, k) => ({
    fromPixel: k * size,
    toPixel: Math.min(count, (k + 1) * size),
  }));
}

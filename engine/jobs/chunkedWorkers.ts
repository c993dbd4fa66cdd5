/**
 * Workers whose tasks are kept: a task of training or cross-validation that an earlier attempt did, or another shard,
 * is read from the checkpoint instead of being done again.
 *
 * Tasks are pure functions, called in an order that the data alone decide; so the number of a call, with a digest of its
 * small arguments, names its result. θ and s of folds, which `trainFolds` writes into shared memory, are kept with its
 * report. The passes behind the modes are not kept: their arrays are as large as the spectra, and they are quick.
 *
 * As a shard, these workers do only their share of the calls; the one training behind leave-one-out each shard does for itself. What is missing comes back as placeholders, until the next
 * stage would need it; `whole` then ends the work, and tells so.
 */
import { createHash } from 'node:crypto';
import type { FoldJob, FoldReport } from '../cannon/fastFolds';
import { failed, type LabelFit } from '../cannon/infer';
import type { LeaveOutJob } from '../cannon/leaveOut';
import type { Model } from '../cannon/model';
import type { RowsJob, Workers } from '../cannon/workers';
import type { Checkpoint } from './checkpoint';
import type { Shard } from './events';

const keptTasks: readonly string[] = ['trainPixelsFast', 'trainFolds', 'inferRows', 'inferLeftOut'];
/** Those that shards divide among them; the others each shard does for itself, unless it finds them done. */
type DividedTask = 'trainFolds' | 'inferRows' | 'inferLeftOut';
const isDivided = (task: string): task is DividedTask =>
  task === 'trainFolds' || task === 'inferRows' || task === 'inferLeftOut';

/** Ends a shard's work where it needs what other shards have not done yet. */
class OthersAreMissing extends Error {}

interface KeptFolds {
  readonly report: FoldReport;
  readonly theta: Float64Array;
  readonly scatter: Float64Array;
}

export class ChunkedWorkers implements Workers {
  readonly #calls = new Map<string, number>();
  #missing: string | null = null;
  /** Chunks that were done here or found. */
  chunks = 0;

  constructor(
    private readonly workers: Workers,
    private readonly checkpoint: Checkpoint,
    /** A model's name: part of the chunks' names. */
    private readonly scope: string,
    private readonly shard: Shard | null,
  ) {}

  get size(): number {
    return this.workers.size;
  }

  /** What `work` gives, or null when other shards have to do their share first. */
  async whole<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      const result = await work();
      return this.#missing === null ? result : null;
    } catch (error) {
      // Made of placeholders, the numbers may fail where the true ones do not.
      const isExpected = error instanceof OthersAreMissing || (this.#missing !== null && !isAbort(error));
      if (isExpected) return null;
      throw error;
    }
  }

  readonly run = (async (task: string, args: unknown): Promise<unknown> => {
    const run = this.workers.run.bind(this.workers) as (task: string, args: unknown) => Promise<unknown>;
    if (this.#missing !== null && this.#missing !== task) throw new OthersAreMissing();
    if (!keptTasks.includes(task)) return run(task, args);
    const number = this.#calls.get(task) ?? 0;
    this.#calls.set(task, number + 1);
    const scope = `${this.scope}.${task}`;
    const kept = this.checkpoint.read<{ digest: string; result: unknown }>(scope, number);
    const digest = digestOf(args);
    if (kept?.digest === digest) {
      this.chunks++;
      return restore(task, args, kept.result);
    }
    if (this.shard !== null && isDivided(task) && number % this.shard.count !== this.shard.index) {
      this.#missing = task;
      return placeholder(task, args);
    }
    const result = await run(task, args);
    this.checkpoint.write(scope, number, { digest, result: toKeep(task, args, result) });
    this.chunks++;
    return result;
  }) as Workers['run'];
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function toKeep(task: string, args: unknown, result: unknown): unknown {
  if (task !== 'trainFolds') return result;
  const { foldTheta, foldScatter, ...job } = args as FoldJob;
  const [theta, scatter] = [cut(foldTheta, job, job.plan.nTerms), cut(foldScatter, job, 1)];
  return { report: result as FoldReport, theta, scatter } satisfies KeptFolds;
}

function restore(task: string, args: unknown, kept: unknown): unknown {
  if (task !== 'trainFolds') return kept;
  const { report, theta, scatter } = kept as KeptFolds;
  const { foldTheta, foldScatter, ...job } = args as FoldJob;
  paste(theta, foldTheta, job, job.plan.nTerms);
  paste(scatter, foldScatter, job, 1);
  return report;
}

function placeholder(task: DividedTask, args: unknown): unknown {
  if (task === 'trainFolds') return { trainedAlone: 0, total: 0, unconverged: 0 } satisfies FoldReport;
  const missing = (model: Model, rows: readonly number[]): LabelFit[] =>
    rows.map(() => failed(model, 0, 'Another shard has it'));
  if (task === 'inferRows') return missing((args as RowsJob).model, (args as RowsJob).rows);
  const { stars, model } = args as LeaveOutJob;
  return stars.map(({ rows }) => missing(model, rows));
}

type Range = Pick<FoldJob, 'fromPixel' | 'toPixel' | 'nPixels'>;

/** The range's part of a folds × pixels × width array, fold by fold. */
function cut(all: Float64Array, { fromPixel, toPixel, nPixels }: Range, width: number): Float64Array {
  const [nFolds, part] = [all.length / (nPixels * width), (toPixel - fromPixel) * width];
  const out = new Float64Array(nFolds * part);
  for (let fold = 0; fold < nFolds; fold++) {
    const from = (fold * nPixels + fromPixel) * width;
    out.set(all.subarray(from, from + part), fold * part);
  }
  return out;
}

function paste(from: Float64Array, all: Float64Array, { fromPixel, toPixel, nPixels }: Range, width: number): void {
  const part = (toPixel - fromPixel) * width;
  for (let fold = 0; fold * part < from.length; fold++)
    all.set(from.subarray(fold * part, (fold + 1) * part), (fold * nPixels + fromPixel) * width);
}

/** Larger arrays are of the training set or follow from it, and the scope has been claimed for that. */
const digestedBytes = 1 << 16;

function digestOf(args: unknown): string {
  const hash = createHash('sha256');
  const visit = (value: unknown, depth: number): void => {
    if (ArrayBuffer.isView(value)) {
      const isSmall = value.byteLength <= digestedBytes && value.buffer instanceof ArrayBuffer;
      hash.update(`[${value.byteLength}`);
      if (isSmall) hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    } else if (Array.isArray(value)) {
      hash.update(`(${value.length}`);
      if (value.length * 8 <= digestedBytes) value.forEach((item) => visit(item, depth + 1));
    } else if (typeof value === 'object' && value !== null) {
      // Arenas and their memory are where numbers lie, not what they are.
      if (Object.getPrototypeOf(value) !== Object.prototype || depth > 6) return;
      for (const name of Object.keys(value).sort()) {
        if (name === 'arena') continue;
        hash.update(`{${name}`);
        visit((value as Record<string, unknown>)[name], depth + 1);
      }
    } else {
      hash.update(`;${typeof value}${String(value)}`);
    }
  };
  visit(args, 0);
  return hash.digest('hex').slice(0, 24);
}

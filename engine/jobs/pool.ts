/**
 * A few worker threads that run the engine's tasks, or the calling thread itself when there are none.
 *
 * A task is a pure function of its arguments, so results do not depend on the number of workers. Large arrays
 * go as views of SharedArrayBuffers and are not copied.
 */
import { Worker } from 'node:worker_threads';
import { UserError } from '../problems';
import { tasks, type TaskArgs, type TaskName, type TaskResult } from './tasks';

export interface TaskPool {
  /** How many tasks run at the same time. */
  readonly size: number;
  run<K extends TaskName>(task: K, args: TaskArgs<K>): Promise<TaskResult<K>>;
  /** Rejects what runs and waits, and stops the threads, each after the task it is at. */
  close(): Promise<void>;
}

export interface TaskRequest {
  readonly id: number;
  readonly task: TaskName;
  readonly args: unknown;
}

/** What the pool says to a thread: a task, or that no more will come. */
export type PoolMessage = TaskRequest | 'stop';

export type TaskReply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { message: string; hint: string | null; code: string } };

/** Runs tasks in the calling thread, letting timers and signals in between them. */
export const inProcessPool: TaskPool = {
  size: 1,
  async run(task, args) {
    await new Promise((resolve) => setImmediate(resolve));
    return (await (tasks[task] as (args: unknown) => unknown)(args)) as TaskResult<typeof task>;
  },
  close: () => Promise.resolve(),
};

/**
 * @param workerUrl the bundled `worker.js`.
 * @param memoryBytes of all threads together: each is kept from letting garbage pile up beyond its share.
 */
export function createPool(workerUrl: URL, nWorkers: number, memoryBytes = Infinity): TaskPool {
  return new ThreadPool(workerUrl, nWorkers, memoryBytes);
}

/** A thread that has not ended by itself by then is ended, whatever it is at. */
const endWithinMs = 5000;

interface Waiting {
  readonly request: TaskRequest;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

class ThreadPool implements TaskPool {
  readonly size: number;
  readonly #idle: Worker[] = [];
  readonly #all: Worker[] = [];
  readonly #queue: Waiting[] = [];
  readonly #running = new Map<Worker, Waiting>();
  #nextId = 0;
  #closing: Promise<void> | null = null;

  constructor(workerUrl: URL, nWorkers: number, memoryBytes: number) {
    this.size = nWorkers;
    // Arrays of pixels lie outside this heap; what remains is headers, rows and messages.
    const share = memoryBytes / (nWorkers + 1) / 2 ** 20;
    // A small nursery is emptied often, and with it go the pixels that its short-lived objects hold outside.
    const limits = share < 4096 ? { maxOldGenerationSizeMb: Math.max(96, share) } : {};
    const options = { resourceLimits: { maxYoungGenerationSizeMb: 12, ...limits } };
    for (let n = 0; n < nWorkers; n++) {
      const worker = new Worker(workerUrl, options);
      worker.on('message', (reply: TaskReply) => this.#settle(worker, reply));
      worker.on('error', (error) => this.#fail(worker, error));
      worker.on('exit', (code) => this.#fail(worker, new Error(`A worker thread stopped (exit code ${code})`)));
      this.#all.push(worker);
      this.#idle.push(worker);
    }
  }

  run<K extends TaskName>(task: K, args: TaskArgs<K>): Promise<TaskResult<K>> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#closing !== null || this.#all.length === 0) return reject(new Error('The worker threads are gone'));
      this.#queue.push({ request: { id: this.#nextId++, task, args }, resolve, reject });
      this.#dispatch();
    }) as Promise<TaskResult<K>>;
  }

  close(): Promise<void> {
    if (this.#closing !== null) return this.#closing;
    const threads = this.#all.splice(0);
    this.#closing = Promise.all(threads.map(ended)).then(() => undefined);
    this.#rejectAll(new Error('Stopped'));
    return this.#closing;
  }

  #dispatch(): void {
    while (this.#idle.length > 0 && this.#queue.length > 0) {
      const [worker, waiting] = [this.#idle.pop()!, this.#queue.shift()!];
      this.#running.set(worker, waiting);
      worker.postMessage(waiting.request);
    }
  }

  #settle(worker: Worker, reply: TaskReply): void {
    const waiting = this.#running.get(worker);
    this.#running.delete(worker);
    this.#idle.push(worker);
    if ('result' in reply) waiting?.resolve(reply.result);
    else waiting?.reject(errorFrom(reply.error));
    this.#dispatch();
  }

  /** A lost thread fails its task; the last lost thread fails all that wait. */
  #fail(worker: Worker, error: Error): void {
    const index = this.#all.indexOf(worker);
    if (index < 0) return;
    this.#all.splice(index, 1);
    if (this.#idle.includes(worker)) this.#idle.splice(this.#idle.indexOf(worker), 1);
    this.#running.get(worker)?.reject(error);
    this.#running.delete(worker);
    if (this.#all.length === 0) this.#rejectAll(error);
  }

  #rejectAll(error: Error): void {
    for (const waiting of [...this.#running.values(), ...this.#queue.splice(0)]) waiting.reject(error);
    this.#running.clear();
  }
}

/**
 * Has a thread end by itself. Ended from outside in the moment in which it sets up a decompression, it takes the whole process
 * with it (an assertion of Node 20: "close before init"), so that comes only after it had its time.
 */
async function ended(worker: Worker): Promise<void> {
  const exit = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.postMessage('stop' satisfies PoolMessage);
  const timer = setTimeout(() => void worker.terminate(), endWithinMs);
  await exit;
  clearTimeout(timer);
}

function errorFrom(error: { message: string; hint: string | null; code: string }): Error {
  if (error.hint !== null) return new UserError(error.message, error.hint, error.code);
  return Object.assign(new Error(error.message), error.code !== '' && { code: error.code });
}

/**
 * Run `task` on every one of `batches`, at most two a worker at a time, and hand each result on in order of arrival.
 * @throws the first task's error, or the signal's reason when it aborts.
 */
export async function runBatches<K extends TaskName>(
  pool: TaskPool,
  task: K,
  batches: Iterable<TaskArgs<K>>,
  signal: AbortSignal,
  onResult: (result: TaskResult<K>, batchIdx: number) => void,
): Promise<void> {
  const iterator = batches[Symbol.iterator]();
  let nextIdx = 0;
  let failed = false;
  const lane = async () => {
    try {
      for (let batch = iterator.next(); !failed && !batch.done; batch = iterator.next()) {
        signal.throwIfAborted();
        const batchIdx = nextIdx++;
        onResult(await pool.run(task, batch.value), batchIdx);
      }
    } catch (error) {
      failed = true; // the other lanes take no further batch
      throw error;
    }
  };
  await Promise.all(Array.from({ length: pool.size * 2 }, lane));
  signal.throwIfAborted();
}

/** `items` in slices of `size`. */
export function* slices<T>(items: readonly T[], size: number): Iterable<{ from: number; items: readonly T[] }> {
  for (let from = 0; from < items.length; from += size) yield { from, items: items.slice(from, from + size) };
}

/** Threads for the index: started when there is work, ended when there has been none for a while, for each costs 40 MB. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createPool, inProcessPool, type ReadArgs, type TaskPool } from '../../engine/index';

const idleMs = 10_000;
/** So few headers are read sooner than a thread starts. */
const nReadHere = 16;
const workerUrl = new URL('./worker.js', import.meta.url);

/** One processor is left to the editor; a disk is not read faster by more than two. */
const nThreads = Math.max(1, Math.min(2, availableParallelism() - 1));

export class IndexPool implements TaskPool {
  readonly size = nThreads;
  private threads: TaskPool | null = null;
  private nRunning = 0;
  private idle: NodeJS.Timeout | undefined;

  run: TaskPool['run'] = (task, args) => {
    if (task === 'readHeaders' && (args as ReadArgs).paths.length <= nReadHere) return inProcessPool.run(task, args);
    clearTimeout(this.idle);
    // Run from its sources, as in tests, the server has no bundled worker beside it.
    this.threads ??= existsSync(workerUrl) ? createPool(workerUrl, nThreads) : inProcessPool;
    this.nRunning++;
    const running = this.threads.run(task, args);
    running.then(this.ended, this.ended);
    return running;
  };

  private readonly ended = (): void => {
    if (--this.nRunning === 0) this.idle = setTimeout(() => void this.close(), idleMs).unref();
  };

  async close(): Promise<void> {
    clearTimeout(this.idle);
    const { threads } = this;
    this.threads = null;
    await threads?.close();
  }
}

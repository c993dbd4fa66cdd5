/**
 * Following a run that Slurm has: its folder tells how far it is and how it ended, the queue why it waits. Whoever follows only
 * watches, and hands on a `cancel` file to the queue; that it goes away changes nothing. A run that the queue lost without a word (all its jobs cancelled from outside, the last
 * one killed) is told to have failed, so that it can be resumed.
 */
import { UserError } from '../problems';
import type { JobEvent } from './events';
import { exitCodes, runJob } from './job';
import { readRun, type RunStatus } from './readRun';
import { isCancelled, RunFolder } from './runFolder';
import { askQueue, cancelJobs, type QueuedTask } from './slurmCommands';
import { countShards, jobsOf, missingShards, whatBecame } from './slurmShards';

export interface FollowOptions {
  readonly listen: (event: JobEvent) => void;
  /** Between two looks. A controller that serves thousands should not be asked more often than every few seconds. */
  readonly pollMs: number;
}

/** Files of a network disk may be seen a while after they were written. */
const looksUntilLost = 3;
const looksUntilUnreadable = 60;

/**
 * Report what the run's shards do until it ends.
 * @returns the exit code that a local run would have; that of a cancelled one when the user ends the watching.
 */
export async function followRun(folder: string, { listen, pollMs }: FollowOptions): Promise<number> {
  const ended = new AbortController();
  const stop = () => ended.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const told = new Set<string>();
  try {
    for (let [lost, unread] = [0, 0]; !ended.signal.aborted; await pause(pollMs, ended.signal)) {
      // A network disk may be away for a while.
      const run = await readRun(folder).catch((error: unknown) => {
        if (++unread === looksUntilUnreadable) throw error;
        return null;
      });
      if (run === null) continue;
      unread = 0;
      const tasks = await askQueue(jobsOf(run.job));
      tellWarnings(run, told, listen);
      if (isCancelled(folder) && tasks?.some(({ isStopped }) => !isStopped)) await cancelJobs(jobsOf(run.job));
      const code = endOf(run, tasks, listen);
      if (code !== null) return code;
      lost = isGone(run, tasks) ? lost + 1 : 0;
      if (lost === looksUntilLost) return await declareLost(run, tasks ?? [], listen);
      listen(progressOf(run, tasks));
    }
    return exitCodes.cancelled;
  } catch (error) {
    return runJob({ run: null, listen }, () => {
      throw error;
    });
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/**
 * What `run` is when the queue is asked as well: for whoever looks once.
 * @returns the run as it is then.
 */
export async function settleRun(run: RunStatus): Promise<RunStatus> {
  if (run.state !== 'queued' || jobsOf(run.job).length === 0) return run;
  const tasks = await askQueue(jobsOf(run.job));
  // Read again: it may have ended while the queue was asked.
  const now = await readRun(run.folder);
  if (!isGone(now, tasks)) return now;
  await declareLost(now, tasks ?? [], () => undefined);
  return readRun(run.folder);
}

/** Null while it goes on. A word that was not the last one (the job is to run again) counts only when the queue has nothing more. */
function endOf(run: RunStatus, tasks: readonly QueuedTask[] | null, listen: FollowOptions['listen']): number | null {
  if (run.result !== null) {
    listen(run.result);
    return exitCodes.done;
  }
  const goesOn = tasks?.some(({ isStopped }) => !isStopped) ?? false;
  if (goesOn) return null;
  if (run.failure !== null) {
    listen(run.failure);
    return exitCodes.failed;
  }
  if (run.state !== 'cancelled') return null;
  listen({ kind: 'cancelled', done: run.progress?.done ?? 0 });
  return exitCodes.cancelled;
}

function isGone({ state }: RunStatus, tasks: readonly QueuedTask[] | null): boolean {
  return (state === 'queued' || state === 'interrupted') && tasks !== null && tasks.every(({ isOver }) => isOver);
}

async function declareLost(
  run: RunStatus,
  tasks: readonly QueuedTask[],
  listen: FollowOptions['listen'],
): Promise<number> {
  const { folder, job } = run;
  const count = await countShards(folder, job);
  const missing = await missingShards(run, count);
  const what = missing.length === 0 ? '' : `; ${whatBecame(run, missing, count, tasks)}`;
  const last = tasks.find((task) => task.job === jobsOf(job).at(-1));
  const how = last === undefined ? '' : ` (Slurm: ${last.state})`;
  return runJob({ run: await RunFolder.resume(folder), listen }, () => {
    throw new UserError(
      `Slurm has job ${job.submitted?.id ?? ''} no longer, and it did not end the run${how}${what}`,
      'What is done is kept; `cannon runs resume` submits what is missing.',
      'CAN415',
    );
  });
}

/** How far the shards are; while none runs, why Slurm lets them wait. */
function progressOf(run: RunStatus, tasks: readonly QueuedTask[] | null): JobEvent {
  if (run.state === 'running' && run.progress !== null) return { kind: 'progress', ...run.progress };
  const { done, total } = run.progress?.total ? run.progress : { done: 0, total: 1 };
  return { kind: 'progress', stage: stageOf(tasks), done: Math.min(done, total - 1), total };
}

function stageOf(tasks: readonly QueuedTask[] | null): string {
  if (tasks === null) return 'Slurm does not answer';
  const waiting = tasks.find(({ state, reason }) => state === 'PENDING' && !/^(None|Dependency|)$/.test(reason));
  return waiting === undefined ? 'Waiting for Slurm' : `Waiting for Slurm (${waiting.reason})`;
}

function tellWarnings({ warnings }: RunStatus, told: Set<string>, listen: FollowOptions['listen']): void {
  for (const { time, ...warning } of warnings) {
    if (told.has(`${time} ${warning.message}`)) continue;
    told.add(`${time} ${warning.message}`);
    listen(warning);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end);
      resolve();
    }, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}

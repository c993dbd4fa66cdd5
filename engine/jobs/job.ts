/**
 * The frame around every command: its run folder, its signal, its events, and the one way in which it ends.
 * The command itself is a function of a JobContext; it neither prints nor exits.
 */
import { doesNotAnswer, isAway } from '../awayDisk';
import { UserError } from '../problems';
import type { FailedEvent, FinalEvent, FinishedEvent, JobContext, JobEvent } from './events';
import type { FunnelStep } from '../reference/funnel';
import type { RunFolder } from './runFolder';

/** Documented in docs/command-line.md and never changed. */
export const exitCodes = { done: 0, failed: 1, badConfig: 2, cancelled: 3, badUsage: 4 } as const;

/** The config has errors; they were reported. */
export class BadConfigError extends UserError {}

export interface JobFrame {
  /** Null for commands that keep no run. */
  readonly run: RunFolder | null;
  readonly listen: (event: JobEvent) => void;
}

/** How work ends that was neither cancelled nor failed. */
export type WorkDone = FinishedEvent | Extract<JobEvent, { kind: 'shardFinished' }>;

const cancelPollMs = 200;

/**
 * Run `work` to its end and return the exit code. SIGTERM, SIGINT and the run's `cancel` file abort its signal.
 * Errors become a `failed` event; their stack goes to log.txt.
 */
export async function runJob(
  { run, listen }: JobFrame,
  work: (context: JobContext) => Promise<WorkDone>,
): Promise<number> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const poll = setInterval(() => run?.cancelRequested() && abort(), cancelPollMs);
  process.on('SIGTERM', abort).on('SIGINT', abort);
  let done = 0;
  // How the stars were chosen belongs to what a training gives, and is known long before.
  let funnel: readonly FunnelStep[] | null = null;
  run?.lost.addEventListener('abort', abort);
  const report = (event: JobEvent) => {
    if (event.kind === 'progress') done = event.done;
    if (event.kind === 'funnel') funnel = event.steps;
    run?.append(event);
    listen(event);
  };
  const end = (event: FinalEvent, exitCode: number): number => {
    // A folder that another process took over has that one's events; a disk that takes none must not hide what happened.
    if (run?.lost.aborted !== true) attempt(() => run?.append(event));
    listen(event);
    return exitCode;
  };
  if (run?.cancelRequested() === true) abort();
  try {
    const worked = await work({ signal: controller.signal, report });
    const result = worked.kind === 'finished' ? withFunnel(worked, funnel) : worked;
    controller.signal.throwIfAborted();
    if (result.kind === 'finished') run?.writeResult(result);
    return end(result, exitCodes.done);
  } catch (error) {
    if (run?.lost.aborted === true) return end(failure(run.lost.reason), exitCodes.failed);
    if (controller.signal.aborted) return end({ kind: 'cancelled', done }, exitCodes.cancelled);
    attempt(() => run?.log(error instanceof Error ? (error.stack ?? error.message) : String(error)));
    return end(failure(error), error instanceof BadConfigError ? exitCodes.badConfig : exitCodes.failed);
  } finally {
    clearInterval(poll);
    process.off('SIGTERM', abort).off('SIGINT', abort);
    attempt(() => run?.release());
  }
}

function withFunnel(result: FinishedEvent, funnel: readonly FunnelStep[] | null): FinishedEvent {
  const isTraining = result.command === 'train' || result.command === 'cv';
  return isTraining && funnel !== null ? { ...result, funnel } : result;
}

/** For what may fail without changing how the job ends. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // Said elsewhere: on the terminal, and by what the folder lacks.
  }
}

function partsOf({ code, message, hint }: UserError) {
  return { code, message, hint };
}

function failure(error: unknown): FailedEvent {
  if (error instanceof UserError) return { kind: 'failed', ...partsOf(error) };
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const message = error instanceof Error ? error.message : String(error);
  // A quota, or a limit on the size of files, is as full as a disk can be.
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
    return {
      kind: 'failed',
      code: 'CAN402',
      message: `The disk${code === 'ENOSPC' ? ' is full' : ' takes no more from you'}: ${message}`,
      hint: 'Free some space, then resume the run: what was done is kept.',
    };
  if (isAway(error))
    return { kind: 'failed', ...partsOf(doesNotAnswer((error as NodeJS.ErrnoException).path ?? 'the run', error)) };
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return {
      kind: 'failed',
      code: 'CAN403',
      message: `Cannot write: ${message}`,
      hint: 'Choose a --run or --out place that you may write to.',
    };
  }
  return {
    kind: 'failed',
    code: 'CAN900',
    message: `Internal error: ${message}`,
    hint: 'Please report it with the log of the run.',
  };
}

/**
 * Tells how many files were found so far: their total is not known before the last, and is 0 until then. A listing that takes no
 * time says nothing.
 */
export function listingProgress(context: JobContext): (done: number, total?: number) => void {
  const start = performance.now();
  let last = start;
  return (done, total = 0) => {
    const now = performance.now();
    if (total === 0 ? now - last < 1000 : last === start) return;
    last = now;
    context.report({ kind: 'progress', stage: 'Listing spectra', done, total });
  };
}

/**
 * Reports progress ten times a second at first and every five seconds after ten minutes, so that a run of days does not fill
 * its folder with it, and always the last step.
 */
export function throttledProgress(context: JobContext, stage: string, total: number): (done: number) => void {
  const start = performance.now();
  let last = -Infinity;
  return (done) => {
    const now = performance.now();
    if (done < total && now - last < Math.min(5000, Math.max(100, (now - start) / 120))) return;
    last = now;
    context.report({ kind: 'progress', stage, done, total });
  };
}

/**
 * The frame around every command: its run folder, its signal, its events, and the one way in which it ends.
 * The command itself is a function of a JobContext; it neither prints nor exits.
 */
import { UserError } from '../problems';
import type { FinishedEvent, JobContext, JobEvent } from './events';
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

const cancelPollMs = 200;

/**
 * Run `work` to its end and return the exit code. SIGTERM, SIGINT and the run's `cancel` file abort its signal.
 * Errors become a `failed` event; their stack goes to log.txt.
 */
export async function runJob(
  { run, listen }: JobFrame,
  work: (context: JobContext) => Promise<FinishedEvent>,
): Promise<number> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const poll = setInterval(() => run?.cancelRequested() && abort(), cancelPollMs);
  process.on('SIGTERM', abort).on('SIGINT', abort);
  let done = 0;
  const report = (event: JobEvent) => {
    if (event.kind === 'progress') done = event.done;
    run?.append(event);
    listen(event);
  };
  try {
    const result = await work({ signal: controller.signal, report });
    run?.writeResult(result);
    report(result);
    return exitCodes.done;
  } catch (error) {
    if (controller.signal.aborted) {
      report({ kind: 'cancelled', done });
      return exitCodes.cancelled;
    }
    run?.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    report(failure(error));
    return error instanceof BadConfigError ? exitCodes.badConfig : exitCodes.failed;
  } finally {
    clearInterval(poll);
    process.off('SIGTERM', abort).off('SIGINT', abort);
  }
}

function failure(error: unknown): JobEvent {
  if (error instanceof UserError) return { kind: 'failed', code: error.code, message: error.message, hint: error.hint };
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'ENOSPC')
    return {
      kind: 'failed',
      code: 'CAN402',
      message: `The disk is full: ${message}`,
      hint: 'Free some space and start again.',
    };
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

/** Reports progress at most ten times a second, and always the last step. */
export function throttledProgress(context: JobContext, stage: string, total: number): (done: number) => void {
  let last = -Infinity;
  return (done) => {
    const now = Date.now();
    if (done < total && now - last < 100) return;
    last = now;
    context.report({ kind: 'progress', stage, done, total });
  };
}

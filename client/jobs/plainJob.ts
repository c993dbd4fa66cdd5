/**
 * A command of the command line that keeps no run, such as the one that writes a sample survey: a process of its own with a
 * notification that shows its progress and cancels it. Its events lie in a folder for the time being, as those of a run do.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProgressLocation, window } from 'vscode';
import { Follower } from './follower';
import { startPlain } from './process';
import type { Outcome } from './state';
import { progressText } from './wording';

export interface PlainJob {
  /** What the notification says the job is doing. */
  readonly title: string;
  /** Arguments of the command line. */
  readonly args: readonly string[];
  /** Where the process runs. */
  readonly folder: string;
}

/** Resolves when it has ended. @throws Error when no process can be started. */
export async function runPlain(cli: string, { title, args, folder }: PlainJob): Promise<Outcome> {
  const events = await mkdtemp(join(tmpdir(), 'cannon-job-'));
  try {
    const process = await startPlain(cli, args, { folder, events });
    const follower = new Follower(events, process);
    const location = ProgressLocation.Notification;
    return await window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
      follower.onChange((state) => {
        progress.report({ message: follower.cancelling ? 'Cancelling' : progressText(state) });
      });
      token.onCancellationRequested(() => {
        // There is no run whose folder could ask it.
        process.kill('SIGTERM');
        follower.cancel();
      });
      return (await follower.ended) ?? { kind: 'cancelled' };
    });
  } finally {
    await rm(events, { recursive: true, force: true, maxRetries: 3 });
  }
}

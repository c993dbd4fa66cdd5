/**
 * The jobs that this window starts, resumes and cancels. Each is a process of its own that outlives the window; while the window is
 * there its progress is a notification. What runs there are, whoever started them, is known to `RunWatch`.
 */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import {
  EventEmitter,
  ProgressLocation,
  Uri,
  window,
  workspace,
  type Disposable,
  type LogOutputChannel,
  type Memento,
} from 'vscode';
import {
  cancelRun,
  makeRunFolder,
  readJob,
  readLog,
  type Command,
  type RunStatus,
  type StampedEvent,
} from '../../engine/index';
import { sayError } from '../messages';
import type { RunWatch } from '../runs/runWatch';
import { surveyName } from '../runs/wording';
import { announce } from './announce';
import { askOutside } from './askOutside';
import { claimEnd } from './claimEnd';
import { Follower } from './follower';
import { foreignProcess, startProcess, type JobCommand, type JobProcess } from './process';
import { outcomeOf, type Outcome } from './state';
import { activity, commandTitle, progressText } from './wording';

/** A run, as those who hear of its end need it. */
export interface Run {
  readonly command: Command;
  /** Absolute path of cannon.yaml. */
  readonly config: string;
  readonly folder: string;
}

export class Jobs implements Disposable {
  readonly #followers = new Map<string, Follower>();
  readonly #ended = new EventEmitter<{ run: Run; outcome: Outcome }>();
  readonly #watching: Disposable;
  readonly onDidEnd = this.#ended.event;

  constructor(
    /** Path of the bundled command line. */
    readonly cli: string,
    private readonly watch: RunWatch,
    private readonly log: LogOutputChannel,
    /** Where a survey reads outside the workspace is asked for, once. */
    private readonly memory: Memento,
  ) {
    this.#watching = watch.onDidEnd(({ status, isOwn }) => {
      this.#tellEnd(status, isOwn).catch((error: unknown) => sayError(log, activity[status.job.command], error));
    });
  }

  /**
   * Start a job of the survey at `config` and follow it.
   * @param more arguments of the command line for a run in that folder
   * @param what which of the command's kinds of work, where it has several
   * @returns the run folder.
   * @throws Error when no process can be started.
   */
  async start(
    command: Command,
    config: string,
    more: (runFolder: string) => readonly string[] = () => [],
    what?: string,
  ): Promise<string> {
    const runFolder = makeRunFolder(config, command);
    // Such work is not divided among workers.
    const args = [...(what === undefined ? argsFor(config) : []), ...more(runFolder)];
    await this.#begin({ command, config, runFolder, args, ...(what !== undefined && { what }) });
    return runFolder;
  }

  /**
   * Go on with a run that was interrupted, cancelled or failed.
   * @throws Error when no process can be started.
   */
  async resume({ folder, job: { command, config } }: RunStatus): Promise<void> {
    await this.#begin({ command, config, runFolder: folder, resumes: true, args: argsFor(config) });
  }

  /**
   * Ask a run to stop, whoever started it, and end its process on this machine when it does not listen.
   * @throws UserError CAN410 when it is not at work.
   */
  async cancel({ folder, job, lock }: RunStatus): Promise<void> {
    const own = this.#followers.get(folder);
    if (own !== undefined) return own.cancel();
    await cancelRun(job.config, folder);
    if (lock?.isLive === true && lock.holder.host === hostname()) {
      const process = foreignProcess(lock.holder.pid, true);
      const follower = this.#follow(folder, process, await eventsSize(folder));
      follower.cancel();
    }
    this.watch.look();
  }

  dispose(): void {
    for (const follower of this.#followers.values()) follower.stop();
    this.#watching.dispose();
    this.#ended.dispose();
  }

  /** @throws CancellationError when the survey reads where the user does not want it to. */
  mayRead(config: string): Promise<void> {
    return askOutside(this.memory, config);
  }

  async #begin(job: JobCommand): Promise<void> {
    await this.mayRead(job.config);
    const { command, config, runFolder: folder } = job;
    const fromByte = job.resumes === true ? await eventsSize(folder) : 0;
    const process = await startProcess(this.cli, job);
    this.log.info(`${job.resumes === true ? 'Resumed' : 'Started'} ${command} in ${folder} (process ${process.pid}).`);
    const follower = this.#follow(folder, process, fromByte);
    this.watch.expect(config, folder);
    void this.#showProgress({ command, config, folder }, follower);
    this.#watchEnd({ command, config, folder }, follower).catch((error: unknown) =>
      sayError(this.log, `${activity[command]} ended`, error),
    );
  }

  #follow(folder: string, process: JobProcess, fromByte: number): Follower {
    const follower = new Follower(folder, process, { fromByte });
    this.#followers.set(folder, follower);
    follower.onChange((_state, event) => {
      if (event !== null) this.#record(folder, event);
    });
    void follower.ended.then(() => {
      if (this.#followers.get(folder) === follower) this.#followers.delete(folder);
      this.watch.look();
    });
    return follower;
  }

  /** The watch tells of the end of what is a run; a process that died before its folder became one is known only here. */
  async #watchEnd(run: Run, follower: Follower): Promise<void> {
    const outcome = await follower.ended;
    if (outcome?.kind !== 'died' || (await readJob(run.folder)) !== null) return;
    this.#ended.fire({ run, outcome });
    await announce(run, outcome, 0, this);
  }

  async #tellEnd(status: RunStatus, isOwn: boolean): Promise<void> {
    const { folder, job, warnings } = status;
    const outcome = outcomeOf(status, existsSync(join(folder, 'cancel')), await readLog(folder));
    const run = { command: job.command, config: job.config, folder };
    this.log.info(`${basename(folder)} has ended: ${status.state}.`);
    this.#ended.fire({ run, outcome });
    if (await claimEnd(status, isOwn)) await announce(run, outcome, warnings.length, this, status);
  }

  showLog(): void {
    this.log.show();
  }

  #showProgress({ command, config }: Run, follower: Follower): Thenable<unknown> {
    const title = `Cannon: ${commandTitle[command]} (${surveyName(config)})`;
    return window.withProgress(
      { location: ProgressLocation.Notification, cancellable: true, title },
      (progress, token) => {
        const report = (): void => progress.report({ message: progressText(follower.state) });
        report();
        follower.onChange(report);
        token.onCancellationRequested(() => follower.cancel());
        return follower.ended;
      },
    );
  }

  #record(folder: string, event: StampedEvent): void {
    const name = basename(folder);
    switch (event.kind) {
      case 'progress':
        return;
      case 'warning':
        return this.log.warn(`${name}: ${event.message} ${event.hint}`);
      case 'failed':
        return this.log.error(`${name}: ${event.code} ${event.message} ${event.hint}`);
      case 'funnel':
        return this.log.info(`${name}: ${event.steps.map(({ step, stars }) => `${stars} ${step}`).join(' → ')}`);
      case 'started':
      case 'resumed':
      case 'checkpoint':
      case 'finished':
      case 'shardFinished':
      case 'submitted':
      case 'cancelled':
        return this.log.info(`${name}: ${event.kind}`);
      default:
        event satisfies never;
    }
  }
}

function argsFor(config: string): string[] {
  const workers = workspace.getConfiguration('cannon', Uri.file(config)).get<number>('jobs.workers', 0);
  return workers > 0 ? ['--workers', String(workers)] : [];
}

function eventsSize(folder: string): Promise<number> {
  return stat(join(folder, 'events.jsonl')).then(
    ({ size }) => size,
    () => 0,
  );
}

/**
 * The jobs this window follows: it starts them, shows how far they are, and says how they ended. Which runs it follows
 * is remembered in the workspace, so that the next window goes on where this one was closed.
 */
import { hostname } from 'node:os';
import { basename, dirname } from 'node:path';
import {
  EventEmitter,
  ProgressLocation,
  StatusBarAlignment,
  Uri,
  window,
  workspace,
  type Disposable,
  type LogOutputChannel,
  type Memento,
} from 'vscode';
import { findRuns, isRunning, newRunFolder, readJob, type Command, type StampedEvent } from '../../engine/index';
import { sayError } from '../messages';
import { announce } from './announce';
import { Follower } from './follower';
import { foreignProcess, startProcess, type JobProcess } from './process';
import type { Outcome } from './state';
import { activity, commandTitle, percentOf, progressText } from './wording';

/** A run as the workspace remembers it. */
export interface Run {
  readonly command: Command;
  /** Absolute path of cannon.yaml. */
  readonly config: string;
  readonly folder: string;
  readonly pid: number;
}

const followedRunsKey = 'cannon.followedRuns';

export class Jobs implements Disposable {
  readonly #followed = new Map<string, { run: Run; follower: Follower }>();
  readonly #status = window.createStatusBarItem('cannon.jobs', StatusBarAlignment.Left);
  readonly #ended = new EventEmitter<{ run: Run; outcome: Outcome }>();
  readonly onDidEnd = this.#ended.event;

  constructor(
    /** Path of the bundled command line. */
    private readonly cli: string,
    private readonly memory: Memento,
    private readonly log: LogOutputChannel,
  ) {
    this.#status.name = 'Cannon jobs';
    this.#status.command = 'cannon.showLog';
  }

  /**
   * Start a job of the survey at `config` and follow it.
   * @returns the run folder.
   * @throws Error when no process can be started.
   */
  async start(command: Command, config: string): Promise<string> {
    const folder = newRunFolder(config, command);
    const workers = workspace.getConfiguration('cannon', Uri.file(config)).get<number>('jobs.workers', 0);
    const args = workers > 0 ? ['--workers', String(workers)] : [];
    const process = await startProcess(this.cli, { command, config, runFolder: folder, args });
    await this.#follow({ command, config, folder, pid: process.pid }, process, true);
    return folder;
  }

  /** Follow again what an earlier window followed, and what runs beside `configs` without one. */
  async resume(configs: readonly string[]): Promise<void> {
    const remembered = this.memory.get<Run[]>(followedRunsKey, []);
    const beside = (await Promise.all(configs.map(findRuns))).flat();
    const live = beside.flatMap(({ folder, job: { command, config, pid } }) =>
      isRunning(folder) ? [{ command, config, folder, pid }] : [],
    );
    for (const run of [...remembered, ...live]) {
      if (this.#followed.has(run.folder)) continue;
      const host = (await readJob(run.folder))?.host ?? hostname();
      const process = foreignProcess(run.pid, host === hostname());
      await this.#follow(run, process, process.lives());
    }
  }

  dispose(): void {
    for (const { follower } of this.#followed.values()) follower.stop();
    this.#status.dispose();
    this.#ended.dispose();
  }

  async #follow(run: Run, process: JobProcess, showProgress: boolean): Promise<void> {
    const follower = new Follower(run.folder, process);
    this.#followed.set(run.folder, { run, follower });
    this.log.info(`Following ${run.command} in ${run.folder} (process ${run.pid}).`);
    follower.onChange((_state, event) => {
      if (event !== null) this.#record(run, event);
      this.#showStatus();
    });
    if (showProgress) void this.#showProgress(run, follower);
    this.#end(run, follower).catch((error: unknown) => sayError(this.log, `${activity[run.command]} ended`, error));
    this.#showStatus();
    await this.#remember();
  }

  async #end(run: Run, follower: Follower): Promise<void> {
    const outcome = await follower.ended;
    if (outcome === null) return;
    this.#followed.delete(run.folder);
    this.#showStatus();
    await this.#remember();
    this.#ended.fire({ run, outcome });
    await announce(run, outcome, follower.state.nWarnings, this.log);
  }

  #showProgress(run: Run, follower: Follower): Thenable<unknown> {
    const title = `Cannon: ${commandTitle[run.command]} (${surveyName(run)})`;
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

  #showStatus(): void {
    const jobs = [...this.#followed.values()];
    if (jobs.length === 0) return this.#status.hide();
    const texts = jobs.map(({ run, follower: { state, cancelling } }) => {
      const progress = cancelling
        ? 'cancelling'
        : state.total > 0
          ? `${percentOf(state.done, state.total)} %`
          : 'starting';
      return {
        short: `${activity[run.command]} ${progress}`,
        long: `${surveyName(run)}: ${progressText(state)}\n${run.folder}`,
      };
    });
    this.#status.text = `$(sync~spin) ${texts.length === 1 ? texts[0]!.short : `${texts.length} Cannon jobs`}`;
    this.#status.tooltip = texts.map(({ long }) => long).join('\n');
    this.#status.accessibilityInformation = { label: texts.map(({ short }) => short).join(', ') };
    this.#status.show();
  }

  #record(run: Run, event: StampedEvent): void {
    const name = basename(run.folder);
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

  async #remember(): Promise<void> {
    await this.memory.update(
      followedRunsKey,
      [...this.#followed.values()].map(({ run }) => run),
    );
  }
}

/** A survey is called by the folder of its cannon.yaml. */
function surveyName({ config }: Run): string {
  return basename(dirname(config));
}

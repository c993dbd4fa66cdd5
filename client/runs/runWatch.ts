/**
 * Keeps looking at the runs while somebody may want to know: every second while one is at work, every two while the view
 * is on the screen, now and then while the window has the focus, and otherwise not at all.
 *
 * Which runs were at work is remembered in the workspace, so that the next window tells of an end that nobody saw.
 */
import { EventEmitter, window, type Disposable, type LogOutputChannel, type Memento } from 'vscode';
import { settleRun, type RunStatus } from '../../engine/index';
import type { Surveys } from '../surveys';
import { isLive, RunCatalog, type KnownRun } from './runCatalog';

const liveMs = 1000;
const visibleMs = 2000;
const focusedMs = 30_000;
/** To find surveys costs a listing of the workspace's folders. */
const surveysMs = 30_000;
/** Runs that have ended change seldom: one is resumed in a terminal, or elsewhere. */
const thoroughMs = 10_000;
/** How often Slurm is asked whether it still has a run that waits. */
const queueMs = 60_000;

const liveRunsKey = 'cannon.liveRuns';

/** A run as the workspace remembers it. */
interface RememberedRun {
  readonly folder: string;
  /** Whether this window started it. */
  readonly isOwn: boolean;
}

export interface EndedRun {
  readonly status: RunStatus;
  readonly isOwn: boolean;
}

export class RunWatch implements Disposable {
  readonly #catalog: RunCatalog;
  readonly #own: Set<string>;
  #surveys: readonly string[] = [];
  /** Surveys that were run here; they need not lie near the workspace's folders. */
  readonly #runHere = new Set<string>();
  readonly #changed = new EventEmitter<undefined>();
  readonly #ended = new EventEmitter<EndedRun>();
  readonly #started = new EventEmitter<string>();
  readonly #focus: Disposable;
  #remembered = '';
  #isVisible = false;
  #isOn = false;
  #isLooking = false;
  #lookAgain = false;
  #surveysAt = -Infinity;
  #thoroughAt = -Infinity;
  readonly #askedQueueAt = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  /** Something is other than before. */
  readonly onDidChange = this.#changed.event;
  /** A run that was at work has ended, also while no window was open. */
  readonly onDidEnd = this.#ended.event;
  /** A run of the survey of this cannon.yaml has been started here. */
  readonly onDidStart = this.#started.event;

  constructor(
    private readonly surveys: Surveys,
    private readonly memory: Memento,
    private readonly log: LogOutputChannel,
  ) {
    const remembered = memory.get<RememberedRun[]>(liveRunsKey, []);
    this.#own = new Set(remembered.filter(({ isOwn }) => isOwn).map(({ folder }) => folder));
    this.#catalog = new RunCatalog(remembered.map(({ folder }) => folder));
    this.#focus = window.onDidChangeWindowState(({ focused }) => {
      if (focused) this.look();
    });
  }

  /** The newest first. */
  get runs(): readonly KnownRun[] {
    return this.#catalog.runs;
  }

  get live(): readonly RunStatus[] {
    return this.#catalog.live;
  }

  at(folder: string): KnownRun | null {
    return this.#catalog.at(folder);
  }

  /** Begin to look. */
  start(): void {
    this.#isOn = true;
    this.look();
  }

  set isVisible(isVisible: boolean) {
    this.#isVisible = isVisible;
    if (isVisible) this.look();
  }

  /** This window started, or resumed, a run. */
  expect(config: string, folder: string): void {
    this.#own.add(folder);
    this.#runHere.add(config);
    this.#started.fire(config);
    this.look();
  }

  /** Look now, at everything. */
  look(): void {
    this.#surveysAt = -Infinity;
    this.#thoroughAt = -Infinity;
    this.#lookAgain = true;
    void this.#look();
  }

  /** Read these runs, unless they are known. */
  async read(folders: readonly string[]): Promise<boolean> {
    return this.#catalog.read(folders);
  }

  dispose(): void {
    this.#isOn = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const each of [this.#focus, this.#changed, this.#ended, this.#started]) each.dispose();
  }

  async #look(): Promise<void> {
    if (this.#isLooking || !this.#isOn) return;
    this.#isLooking = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#lookAgain = false;
    try {
      await this.#lookOnce();
    } catch (error) {
      this.log.error(`Looking for runs: ${String(error)}`);
    }
    this.#isLooking = false;
    if (this.#lookAgain) return this.#look();
    const waitMs = this.#pause();
    if (this.#isOn && waitMs !== null) this.#timer = setTimeout(() => void this.#look(), waitMs);
  }

  async #lookOnce(): Promise<void> {
    const now = performance.now();
    if (now - this.#surveysAt >= surveysMs) {
      this.#surveysAt = now;
      this.#surveys = await this.surveys.known();
    }
    const configs = [...new Set([...this.#surveys, ...this.#runHere])];
    const thorough = now - this.#thoroughAt >= thoroughMs;
    if (thorough) this.#thoroughAt = now;
    const { isChanged, ended } = await this.#catalog.look(configs, { thorough });
    if (!this.#isOn) return;
    for (const status of ended) this.#ended.fire({ status, isOwn: this.#own.has(status.folder) });
    if (isChanged) this.#changed.fire(undefined);
    this.#askQueue(now);
    await this.#remember();
  }

  /** A run that the queue lost without a word would wait for ever. */
  #askQueue(now: number): void {
    for (const run of this.live) {
      if (run.state !== 'queued' || run.job.submitted === null) continue;
      const asked = this.#askedQueueAt.get(run.folder);
      if (asked !== undefined && now - asked < queueMs) continue;
      this.#askedQueueAt.set(run.folder, now);
      // One that was submitted a moment ago is there.
      if (asked === undefined) continue;
      settleRun(run).catch((error: unknown) => this.log.warn(`Asking Slurm for ${run.folder}: ${String(error)}`));
    }
  }

  #pause(): number | null {
    if (this.live.length > 0) return liveMs;
    if (this.#isVisible) return visibleMs;
    return window.state.focused ? focusedMs : null;
  }

  async #remember(): Promise<void> {
    const live = this.runs
      // One that was started a moment ago has no job.json yet.
      .filter(({ folder, status }) => isLive(status) || (status === null && this.#own.has(folder)))
      .map(({ folder }): RememberedRun => ({ folder, isOwn: this.#own.has(folder) }));
    const text = JSON.stringify(live);
    if (text === this.#remembered) return;
    this.#remembered = text;
    await this.memory.update(liveRunsKey, live);
  }
}

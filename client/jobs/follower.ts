/**
 * Follows one job by its run folder until it ends: reads new events as they come, and cancels in steps that grow more
 * insistent (the `cancel` file, then SIGTERM, then SIGKILL, each after a grace).
 *
 * It polls: file watchers say nothing about network disks. It never ends the job by itself; `stop` only looks away.
 */
import { readEvents, readLog, requestCancel, TimeLeft, type StampedEvent } from '../../engine/index';
import type { JobProcess } from './process';
import { advance, notStarted, type JobState, type Outcome } from './state';

/** A short job should be seen to move; a long one on a network disk should cost nothing. */
const eagerMs = 10_000;
const patience = 5;

export interface FollowerOptions {
  /** Between two looks, for the first ten seconds; five times as long after that. */
  readonly pollMs?: number;
  /** How long each step of a cancellation may take before the next one. */
  readonly graceMs?: number;
  /** Where in events.jsonl to begin: what an earlier attempt said is not what a resumed run says. */
  readonly fromByte?: number;
}

export class Follower {
  readonly #process: JobProcess;
  readonly #pollMs: number;
  readonly #graceMs: number;
  readonly #startMs = performance.now();
  readonly #timeLeft = new TimeLeft();
  readonly #listeners = new Set<(state: JobState, event: StampedEvent | null) => void>();
  readonly #escalation: NodeJS.Timeout[] = [];
  #state: JobState = notStarted;
  #nextByte: number;
  #cancelling = false;
  #stopped = false;
  #wake: () => void = () => undefined;

  /** How the job ended, or null when `stop` came first. Never rejects. */
  readonly ended: Promise<Outcome | null>;

  constructor(
    readonly runFolder: string,
    process: JobProcess,
    { pollMs = 100, graceMs = 5000, fromByte = 0 }: FollowerOptions = {},
  ) {
    this.#process = process;
    this.#nextByte = fromByte;
    this.#pollMs = pollMs;
    this.#graceMs = graceMs;
    this.ended = this.#follow().finally(() => this.stop());
  }

  get state(): JobState {
    return this.#state;
  }

  get cancelling(): boolean {
    return this.#cancelling;
  }

  /** Hear of every event with the state it led to, and of a cancellation (event null). */
  onChange(listener: (state: JobState, event: StampedEvent | null) => void): void {
    this.#listeners.add(listener);
  }

  /** Ask the job to stop; `ended` tells when it has. */
  cancel(): void {
    if (this.#cancelling || this.#stopped) return;
    this.#cancelling = true;
    this.#askToStop();
    this.#escalation.push(
      setTimeout(() => this.#process.kill('SIGTERM'), this.#graceMs),
      setTimeout(() => this.#process.kill('SIGKILL'), 2 * this.#graceMs),
    );
    this.#tell(null);
  }

  /** Look away; the job goes on. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#escalation) clearTimeout(timer);
    this.#wake();
  }

  async #follow(): Promise<Outcome | null> {
    while (!this.#stopped) {
      // Asked before reading: what a process wrote before its end is then sure to be read.
      const lives = this.#process.lives();
      const isRead = await this.#readOn();
      if (this.#state.outcome !== null) return this.#state.outcome;
      // While the disk is away, nobody knows what it said last.
      if (!lives && isRead)
        return this.#cancelling ? { kind: 'cancelled' } : { kind: 'died', lastLines: await readLog(this.runFolder) };
      await this.#pause();
    }
    return null;
  }

  /** False where the disk is away: for a moment that is no reason to give the job up. */
  async #readOn(): Promise<boolean> {
    const news = await readEvents(this.runFolder, this.#nextByte).catch(() => null);
    if (news === null) return false;
    this.#nextByte = news.nextByte;
    for (const event of news.events) {
      this.#state = advance(this.#state, event, this.#timeLeft);
      // A job clears its folder when it starts: what was asked before that has to be asked again.
      if (this.#cancelling && (event.kind === 'started' || event.kind === 'resumed')) this.#askToStop();
      this.#tell(event);
    }
    return true;
  }

  #askToStop(): void {
    requestCancel(this.runFolder).catch(() => this.#process.kill('SIGTERM'));
  }

  #tell(event: StampedEvent | null): void {
    for (const listener of this.#listeners) listener(this.#state, event);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const isEager = performance.now() - this.#startMs < eagerMs;
      const timer = setTimeout(resolve, isEager ? this.#pollMs : patience * this.#pollMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

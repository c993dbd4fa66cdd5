/**
 * The lives of the language server, one process after the other, whatever ends them.
 *
 * A process that is gone without having been told to end is followed by another one (`ServerCrashes` says how often), each with a
 * client of its own: nothing of the old one, half-started perhaps, is taken over. Who waits for the server waits for the next; a
 * question that was under way is asked once more, for the server only reads. If that one dies as well, the question may be what
 * kills it, and its asker is told.
 */
import { UserError } from '../engine/index';

export interface ServerLife {
  /** Resolves when it can be asked. Rejects when it could not be started, or ended before. */
  readonly ready: Promise<void>;
  /** Resolves when its process has gone without having been told to. */
  readonly gone: Promise<void>;
  /** Tell it to end. */
  stop(): Promise<void>;
}

export class ServerLives<Life extends ServerLife> {
  #life: Promise<Life> | null = null;
  #isAway = false;
  #isOver = false;
  /** Those that were told to end. */
  readonly #dismissed = new WeakSet<Life>();

  /**
   * @param begin starts a process
   * @param isFollowed told when one is gone: whether another one is to be started
   * @param lateMs how much later than the failure of what a process was asked its end may be heard of
   */
  constructor(
    private readonly begin: () => Life,
    private readonly isFollowed: () => boolean,
    private readonly lateMs = 2000,
  ) {}

  /** Whether it has ended so often that it stays away until it is restarted. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** The life that there is by now, ready or not; null before the first. */
  get current(): Promise<Life> | null {
    return this.#life;
  }

  /** The server, ready to be asked. @throws UserError when it stays away, else what its start throws. */
  async ready(): Promise<Life> {
    for (;;) {
      if (this.#isAway || this.#isOver) throw stopped();
      const life = (this.#life ??= this.#start());
      try {
        return await life;
      } catch (error) {
        // Where it died at its start, another one has taken its place, or nobody has.
        if (this.#life === null && !this.#isAway) throw error;
      }
    }
  }

  /**
   * What `question` gives; asked once more when the server is gone before it has answered.
   * @param isLost whether an error may come from a server that is gone, or going
   */
  async ask<T>(question: (life: Life) => Promise<T>, isLost: (error: unknown) => boolean): Promise<T> {
    const life = await this.ready();
    try {
      return await question(life);
    } catch (error) {
      if (!isLost(error)) throw error;
      if (!this.#dismissed.has(life) && !(await this.#isGone(life))) throw error;
    }
    const next = await this.ready();
    try {
      return await question(next);
    } catch (error) {
      if (!isLost(error)) throw error;
      throw new UserError(
        'The language server ended twice while it was answering',
        'Try again; “Cannon: Show Log” tells what it said last.',
      );
    }
  }

  /** End the server, if there is one, and start another. */
  async restart(): Promise<void> {
    const life = await this.#life?.catch(() => null);
    this.#life = null;
    this.#isAway = false;
    if (life) {
      this.#dismissed.add(life);
      await life.stop();
    }
    await this.ready();
  }

  dispose(): void {
    this.#isOver = true;
    // A server that never got ready has nothing to be stopped.
    void this.#life?.then((life) => life.stop()).catch(() => undefined);
  }

  /** Whether its process is gone, by now or in a moment. */
  async #isGone({ gone }: Life): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), this.lateMs);
    });
    const isSo = await Promise.race([gone.then(() => true), late]);
    clearTimeout(timer);
    return isSo;
  }

  #start(): Promise<Life> {
    const life = this.begin();
    const started = life.ready.then(
      () => life,
      async (error: unknown) => {
        // Its end says what follows; a process that never was has none.
        if (!(await this.#isGone(life)) && this.#life === started) this.#life = null;
        throw error;
      },
    );
    void life.gone.then(() => this.#follow(started));
    return started;
  }

  #follow(gone: Promise<Life>): void {
    gone.catch(() => undefined);
    if (this.#life !== gone || this.#isOver) return;
    this.#isAway = !this.isFollowed();
    this.#life = this.#isAway ? null : this.#start();
    // Whoever asks hears of it.
    this.#life?.catch(() => undefined);
  }
}

function stopped(): UserError {
  return new UserError(
    'The language server has stopped',
    'Run “Cannon: Restart Language Server”; “Cannon: Show Log” tells why.',
  );
}

/**
 * What follows when the language server's process is gone without having been told to end: another one at once, which is told
 * all that is open, and nobody is disturbed. One that dies again and again would only take the machine's time: after the fifth
 * time within three minutes it stays away until somebody wants it back.
 */
import type { CloseAction, ErrorHandler } from 'vscode-languageclient/node';

const mostCrashes = 5;
const withinMs = 3 * 60_000;

/** The client's own values: its module runs in the editor only. */
const restart = 2 as CloseAction.Restart;
const stayAway = 1 as CloseAction.DoNotRestart;

export class ServerCrashes {
  readonly #times: number[] = [];

  /**
   * @param onGivenUp told when no other server is started
   * @param nowMs a clock that nobody sets
   */
  constructor(
    private readonly onGivenUp: () => void,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  readonly closed: ErrorHandler['closed'] = () => {
    const now = this.nowMs();
    this.#times.push(now);
    while (now - this.#times[0]! > withinMs) this.#times.shift();
    if (this.#times.length < mostCrashes)
      return { action: restart, handled: true, message: 'The language server has ended; another one starts.' };
    // Whoever starts it again has seen to the cause, or wants to see it once more.
    this.#times.length = 0;
    this.onGivenUp();
    const message = `The language server has ended ${mostCrashes} times within three minutes, and is not started again.`;
    return { action: stayAway, handled: true, message };
  };
}

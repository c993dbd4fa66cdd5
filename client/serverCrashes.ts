/**
 * What follows when the language server's process is gone without having been told to end: another one at once, which is told
 * all that is open, and nobody is disturbed. One that dies again and again would only take the machine's time: after the fifth
 * time within three minutes it stays away until somebody wants it back.
 */
const mostCrashes = 5;
const withinMs = 3 * 60_000;

export class ServerCrashes {
  readonly #times: number[] = [];

  /** @param nowMs a clock that nobody sets */
  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** To be told of each end: whether another process is to follow. */
  isFollowed(): boolean {
    const now = this.nowMs();
    this.#times.push(now);
    while (now - this.#times[0]! > withinMs) this.#times.shift();
    if (this.#times.length < mostCrashes) return true;
    // Whoever starts it again has seen to the cause, or wants to see it once more.
    this.#times.length = 0;
    return false;
  }
}

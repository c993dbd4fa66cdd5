/** How long a stage of a job will still take, judged by its own pace so far. */

/** Nothing works so long without a word: the machine slept, or somebody set its clock. */
const longestStepMs = 600_000;

export class TimeLeft {
  #stage = '';
  #startMs = 0;
  #startDone = 0;
  #lastMs = 0;

  /**
   * Seconds until `done` reaches `total`, or null as long as too little has happened to say.
   * @param nowMs a clock that may be set meanwhile: what was before is then forgotten
   */
  estimate(stage: string, done: number, total: number, nowMs = performance.now()): number | null {
    const stepMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (stage !== this.#stage || done < this.#startDone || stepMs < 0 || stepMs > longestStepMs) {
      this.#stage = stage;
      this.#startMs = nowMs;
      this.#startDone = done;
      return null;
    }
    const elapsedMs = nowMs - this.#startMs;
    const progress = done - this.#startDone;
    // A command that keeps no run gives its events no time.
    if (progress <= 0 || !(elapsedMs >= 500)) return null;
    return ((total - done) * elapsedMs) / progress / 1000;
  }
}

/** "0:07", "12:30", "3:05:00". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

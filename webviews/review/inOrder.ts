/**
 * Keys in the order in which they were pressed: a verdict waits until the star that it is about is on show, and what was pressed
 * after it waits, too. Without that, a verdict given while rows are on their way could fall upon another star. Pure.
 */
export class InOrder {
  #waiting: { readonly work: () => void; readonly needsStar: boolean }[] = [];

  /** @param isThere whether the chosen star is on show */
  constructor(private readonly isThere: () => boolean) {}

  run(work: () => void, needsStar: boolean): void {
    this.#waiting.push({ work, needsStar });
    this.drain();
  }

  /** Does what can be done by now. */
  drain(): void {
    for (let next = this.#waiting[0]; next && (!next.needsStar || this.isThere()); next = this.#waiting[0]) {
      this.#waiting.shift();
      next.work();
    }
  }

  /** The stars are others: nothing that waits is about one of them. */
  clear(): void {
    this.#waiting = [];
  }
}

/**
 * The stars before and after the one on show, fitted before anybody asks for them: going on to one is then a matter of drawing it.
 * At most two fits are held, both of stars next to the one on show. Pure but for what it asks for.
 */
import type { StarFit } from '../../engine/index';

type Direction = 1 | -1;

export class Beside {
  #path = '';
  readonly #fits = new Map<number, Promise<StarFit | null>>();

  /** @param read the fit of the star `by` places after that at `path`; null where it has none */
  constructor(private readonly read: (asked: { path: string; by: Direction }) => Promise<StarFit | null>) {}

  /** The fit of the star `by` places from that at `path`, as soon as it is there; null where nobody has asked for it, or in vain. */
  take(path: string, by: number): Promise<StarFit | null> {
    const fit = path === this.#path ? this.#fits.get(by) : undefined;
    return fit ?? Promise.resolve(null);
  }

  /**
   * `fit` is on show now.
   * @param before the star that was, and how many places have been gone from it; null when that is not known
   * @param direction which of the two is asked for first
   */
  arrive(fit: StarFit, before: { readonly fit: StarFit; readonly by: number } | null): void {
    this.forget();
    this.#path = fit.path;
    const back = before === null ? null : Math.abs(before.by) === 1 ? (-before.by as Direction) : null;
    if (before !== null && back !== null) this.#fits.set(back, Promise.resolve(before.fit));
    const ahead: Direction = before !== null && before.by < 0 ? -1 : 1;
    const first = this.#ask(ahead);
    // One at a time: whoever goes on quickly waits for no more than the star that is wanted.
    if (back !== null) return;
    void first.then(() => {
      if (this.#path === fit.path) void this.#ask(ahead === 1 ? -1 : 1);
    });
  }

  /** What was read is out of date: the models or the survey are others. */
  forget(): void {
    this.#path = '';
    this.#fits.clear();
  }

  #ask(by: Direction): Promise<StarFit | null> {
    const fit = this.read({ path: this.#path, by }).catch(() => null);
    this.#fits.set(by, fit);
    return fit;
  }
}

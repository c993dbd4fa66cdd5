/**
 * The wavelength range that stacked plots share. It is the only owner of that range: plots, keys and buttons change it
 * here, and every plot follows. The view never leaves the full range and never gets narrower than a few pixels.
 */
import type { Range } from './ticks';

/** `view` moved and cut so that it lies in `full` and is at least `minWidth` wide. */
export function clampRange(view: Range, full: Range, minWidth: number): Range {
  const fullWidth = full.to - full.from;
  const width = Math.min(fullWidth, Math.max(view.to - view.from, Math.min(minWidth, fullWidth)));
  const middle = (view.from + view.to) / 2;
  const from = Math.min(Math.max(middle - width / 2, full.from), full.to - width);
  return width >= fullWidth ? full : { from, to: from + width };
}

/** `view` narrowed by `factor` (> 1 zooms in) with the point `at` kept in its place. */
export function zoomRange(view: Range, factor: number, at: number): Range {
  return { from: at - (at - view.from) / factor, to: at + (view.to - at) / factor };
}

export class LinkedAxis {
  #full: Range = { from: 0, to: 1 };
  #view: Range = this.#full;
  #minWidth = 0;
  readonly #listeners: (() => void)[] = [];

  get view(): Range {
    return this.#view;
  }

  /** True while everything is in view. */
  get isFull(): boolean {
    return this.#view.from === this.#full.from && this.#view.to === this.#full.to;
  }

  subscribe(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** A new star: keeps the view where it is, unless everything was in view or `view` says otherwise. */
  setFull(full: Range, minWidth: number, view: Range | null = this.isFull ? null : this.#view): void {
    this.#full = full;
    this.#minWidth = minWidth;
    const overlaps = view !== null && view.to > full.from && view.from < full.to;
    this.#view = overlaps ? clampRange(view, full, minWidth) : full;
    this.#tell();
  }

  set(view: Range): void {
    if (!Number.isFinite(view.from) || !Number.isFinite(view.to)) return;
    this.#view = clampRange(view, this.#full, this.#minWidth);
    this.#tell();
  }

  /** By a fraction of what is in view, to the right if positive. */
  pan(fraction: number): void {
    const shift = fraction * (this.#view.to - this.#view.from);
    this.set({ from: this.#view.from + shift, to: this.#view.to + shift });
  }

  zoom(factor: number, at = (this.#view.from + this.#view.to) / 2): void {
    this.set(zoomRange(this.#view, factor, at));
  }

  reset(): void {
    this.set(this.#full);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

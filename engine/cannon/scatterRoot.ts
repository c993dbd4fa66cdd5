/**
 * Where dL/dv = 0, for one pixel: a safeguarded tangent search on x = v + c, c the typical σ².
 *
 * If all σ were equal to √c, 2 dL/dv would be S / x² − M / x. Each step takes S and M from the value and derivative at
 * hand and moves to their root x = S / M: exact in that case, and quadratic in convergence in all, where plain Newton
 * steps from below would run away. A bracket of the sign change holds the steps; v = 0 is the root where the slope
 * there is not positive.
 */
export class ScatterRoot {
  v: number;
  done = false;
  #low = 0;
  #high: number;
  readonly #typical: number;

  /** @param typical c = σ² of a typical star; @param highest the search ends there */
  constructor(start: number, highest: number, typical: number) {
    this.v = start;
    this.#high = highest;
    this.#typical = typical;
  }

  /** Takes 2 dL/dv and its derivative at `v`, and moves `v` on unless it is the root already. */
  advance(gradient: number, derivative: number): void {
    if (this.done) return;
    const { v } = this;
    if ((v === 0 && gradient <= 0) || !Number.isFinite(gradient)) {
      this.done = true;
      return;
    }
    if (gradient > 0) this.#low = v;
    else this.#high = Math.min(this.#high, v);
    let next = nextOnTangent(v, this.#typical, gradient, derivative);
    if (next >= this.#high || Number.isNaN(next)) next = gradient > 0 ? (v + this.#high) / 2 : (this.#low + v) / 2;
    if (next <= this.#low) next = this.#low === 0 && v > 0 ? 0 : (this.#low + this.#high) / 2;
    this.v = next;
    // Far below every σ² the value of v no longer matters to any weight: that is the absolute part of the tolerance.
    this.done = Math.abs(next - v) <= 1e-10 * next + 1e-14 * this.#typical;
  }
}

/** The root of S / x² − M / x through this value and derivative; NaN when there is none. */
export function nextOnTangent(v: number, typical: number, gradient: number, derivative: number): number {
  const x = v + typical;
  const s = -(derivative * x + gradient);
  const m = s - gradient;
  return s > 0 && m > 0 ? x * (s / m) - typical : NaN;
}

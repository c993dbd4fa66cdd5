/**
 * Whether a second star at another velocity shines in a spectrum.
 *
 * Two stars whose shares of the light are 1 − q and q have, divided by the continuum, the flux (1 − q) A(λ) + q A'(λ + Δ). With the
 * second star taken as like the first the residual of a fit by one star is the pattern q (A shifted by Δ − A), which is looked
 * for at all whole pixels of ± `mostKms`, and fitted at the best of them with labels, modes and the first star's velocity
 * free (`starResiduals.ts`). Stars that are alike are as good as any: a data-driven model knows no other, and cooler or
 * hotter ones have most lines in common. Shifts of less than a pixel and a half cannot be told from a velocity or a broader line.
 */

const mostKms = 600;
/** Pixels. */
const leastShift = 2;

export interface ShiftScan {
  /** Of the second star's lines, in pixels; positive for redshifted. */
  readonly shift: number;
  /** (Σ w t r)² / Σ w t² for that shift. */
  readonly gain: number;
}

/** Whole shifts that are looked at, of both signs. */
export function shiftsOf(kmsPerPixel: number): number[] {
  const most = Math.floor(mostKms / kmsPerPixel);
  return Array.from({ length: Math.max(0, most - leastShift + 1) }, (_, k) => leastShift + k).flatMap((u) => [-u, u]);
}

/** The shift that explains most of the residuals by itself, with light of the second star above 0; null where none does. */
export function bestShift(
  flux: Float64Array,
  weight: Float64Array,
  residual: Float64Array,
  shifts: readonly number[],
): ShiftScan | null {
  const n = flux.length;
  let best: ShiftScan | null = null;
  for (const shift of shifts) {
    let [product, square] = [0, 0];
    const end = Math.min(n, n + shift);
    for (let p = Math.max(0, shift); p < end; p++) {
      const t = flux[p - shift]! - flux[p]!;
      const wt = weight[p]! * t;
      product += wt * residual[p]!;
      square += wt * t;
    }
    if (!(product > 0)) continue;
    const gain = (product * product) / square;
    if (best === null || gain > best.gain) best = { shift, gain };
  }
  return best;
}

/** The pattern of such a second star; 0 where it is not seen. */
export function secondStar(flux: Float64Array, shift: number, out: Float64Array): void {
  const n = flux.length;
  for (let p = 0; p < n; p++) {
    const other = p - shift;
    out[p] = other >= 0 && other < n ? flux[other]! - flux[p]! : 0;
  }
}

/**
 * Whether a second star at another velocity shines in a spectrum.
 *
 * Two stars whose shares of the light are 1 − q and q have, divided by the continuum, the flux (1 − q) A(λ) + q A'(λ + Δ). With the
 * second star taken as like the first the residual of a fit by one star is the pattern q (A shifted by Δ − A), which is looked
 * for at all whole pixels of ± `mostKms`, and fitted at the best of them with labels, modes and the first star's velocity
 * free (`starResiduals.ts`). Stars that are alike are as good as any: a data-driven model knows no other, and cooler or
 * hotter ones have most lines in common. Shifts of less than a pixel and a half cannot be told from a velocity or a broader line.
 * The search takes Σ w t² from every fourth pixel, as it only chooses the shift; the fit takes all.
 */

const mostKms = 600;
/** Pixels. */
const leastShift = 2;
/** Where no shift gains more χ² than this by itself, no second star is fitted. */
const leastGain = 9;
/** Shifts in a row whose sums are taken together. */
export const shiftsAtOnce = 4;

export interface ShiftScan {
  readonly most: number;
  /** The first shifts of runs of `shiftsAtOnce`, which together hold all that are looked at. */
  readonly runs: readonly number[];
}

export function shiftScan(kmsPerPixel: number): ShiftScan {
  const most = Math.floor(mostKms / kmsPerPixel);
  if (most < leastShift) return { most, runs: [] };
  const perSide = Math.ceil((most - leastShift + 1) / shiftsAtOnce);
  const right = Array.from({ length: perSide }, (_, k) => leastShift + k * shiftsAtOnce);
  return { most, runs: [...right.map((first) => -first - shiftsAtOnce + 1), ...right] };
}

/**
 * The shift that explains most of a star's residuals by itself, with light of the second star above 0; positive for redshifted.
 * Null where none gains enough. @param sums of the star, [run][products, squares][shiftsAtOnce]
 */
export function bestShift({ most, runs }: ShiftScan, sums: Float64Array, star: number): number | null {
  let [best, gain] = [0, leastGain];
  runs.forEach((first, run) => {
    const from = (star * runs.length + run) * 2 * shiftsAtOnce;
    for (let k = 0; k < shiftsAtOnce; k++) {
      const product = sums[from + k]!;
      if (!(product > 0) || Math.abs(first + k) > most) continue;
      const own = product ** 2 / sums[from + shiftsAtOnce + k]!;
      if (own > gain) [best, gain] = [first + k, own];
    }
  });
  return best === 0 ? null : best;
}

/**
 * A stretch of the spectrum that fits far worse than the rest of it: scattered light, a failed sky, a seam, where no mask says so.
 *
 * Of residuals in units of their errors the running mean over 25 pixels is taken off (each cut off at ± 4 in it), as a cosmic ray that
 * nobody has marked pulls the continuum for a hundred pixels around. Of the squares of what is left, cut off at 16 so that one
 * cosmic ray or one odd line makes no stretch, means over 32 and over 96 pixels are compared with the mean over the whole spectrum (at least
 * 1), in units of the spread that independent normal errors would give. Sums over every 8 pixels come from `residualPanels.ts`. Pure.
 */

/** Of squares. */
export const cutOff = 16;
/** Variance of a squared unit normal, cut off there. */
const variance = 1.95;
/** Pixels on each side of the running mean. */
export const halfMean = 12;
const partPixels = 8;
/** In parts of 8 pixels: of 32 pixels from every 8th, of 96 from every 24th. */
const stretches = [
  { length: 4, step: 1 },
  { length: 12, step: 3 },
] as const;

export interface BadStretch {
  /** By how many of its spreads the mean is above that of the star; the largest of all stretches. */
  readonly excess: number;
  /** Pixels from `from` up to but not including `to`. */
  readonly from: number;
  readonly to: number;
}

let sums = new Float64Array(0);
let counts = new Float64Array(0);

/**
 * Null for a spectrum too short to have any.
 * @param numbers from `first` on, for every 8 pixels, 8 numbers: the sum of squares first, the number of pixels fifth
 */
export function worstStretch(nPixels: number, numbers: Float64Array, first: number): BadStretch | null {
  const nParts = Math.ceil(nPixels / partPixels);
  // Arrays of the last star: new ones for each take longer than the sums. The first number stays 0.
  if (sums.length !== nParts + 1) [sums, counts] = [new Float64Array(nParts + 1), new Float64Array(nParts + 1)];
  for (let k = 0; k < nParts; k++) {
    sums[k + 1] = sums[k]! + numbers[first + 8 * k]!;
    counts[k + 1] = counts[k]! + numbers[first + 8 * k + 4]!;
  }
  const usual = Math.max(1, sums[nParts]! / Math.max(1, counts[nParts]!));
  let worst: BadStretch | null = null;
  for (const { length, step } of stretches) {
    for (let from = 0; (from + length) * partPixels <= nPixels; from += step) {
      const count = counts[from + length]! - counts[from]!;
      if (2 * count < length * partPixels) continue;
      const mean = (sums[from + length]! - sums[from]!) / count;
      const excess = (mean - usual) / (usual * Math.sqrt(variance / count));
      if (worst === null || excess > worst.excess) {
        worst = { excess, from: from * partPixels, to: (from + length) * partPixels };
      }
    }
  }
  return worst;
}

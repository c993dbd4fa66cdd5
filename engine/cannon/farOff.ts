/**
 * The pixels of a star that are no evidence about it: off by more than so many errors, or of typical residuals where
 * those are larger.
 *
 * The limit is scale · max(1, factor · median of w r²). A square c is above it where at least half of the squares have a
 * smaller limit, so a few counts, by halves among the candidates, take the place of the median: the same pixels to the last bit.
 */
import type { Kernels } from '../kernels/kernels';

/** 1.4826 times the median of |r| is the standard deviation of a Gaussian. */
const medianFactor = 1.4826 * 1.4826;

/** Byte offsets in kernel memory: a panel's weights and residuals, and room for a row of numbers and one of integers. */
export interface FarOffPlaces {
  readonly weight: number;
  readonly residual: number;
  readonly squares: number;
  readonly far: number;
}

/** Of the star in `lane`, rising. */
export function farOffPixels(
  kernels: Kernels,
  memory: ArrayBufferLike,
  nPixels: number,
  lane: number,
  sigma: number,
  { weight, residual, squares, far }: FarOffPlaces,
): number[] {
  const scale = sigma * sigma;
  const nUsable = kernels.squaresOfStar(nPixels, lane, weight, residual, scale, squares, far);
  const places = new Int32Array(memory, far, nPixels + 1);
  const candidates = [...places.subarray(0, places.indexOf(-1))];
  const f = new Float64Array(memory);
  const squareOf = (p: number) => {
    const r = f[residual / 8 + 4 * p + lane]!;
    return f[weight / 8 + 4 * p + lane]! * (r * r);
  };
  const rising = Float64Array.from(candidates, squareOf).sort();
  const isAbove = (square: number) => kernels.countLower(nUsable, squares, scale, medianFactor, square) > nUsable >> 1;
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAbove(rising[middle]!)) high = middle;
    else low = middle + 1;
  }
  if (low === rising.length) return [];
  return low === 0 ? candidates : candidates.filter((p) => squareOf(p) >= rising[low]!);
}

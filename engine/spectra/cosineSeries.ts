/**
 * A Gaussian on a finite interval as a short sum of cosines.
 *
 * By Poisson's summation formula, Σ_k a_k cos((k + ½) h x) over all k ≥ 0, with a_k = √(2/π) h exp(−½ ((k + ½) h)²), is
 * Σ_m (−1)^m exp(−½ (x + 2π m / h)²): the Gaussian and its copies at multiples of 2π / h. For |x| ≤ reach the sum of n
 * cosines is therefore off by at most Σ_{k ≥ n} a_k + 2 Σ_{m ≥ 1} exp(−½ (2π m / h − reach)²), which `bound` gives.
 */
export interface CosineSeries {
  /** h, in units of 1 / σ. Frequencies are (k + ½) h. */
  readonly step: number;
  /** a_k, all above 0; their number is even. */
  readonly amplitudes: readonly number[];
  /** The largest error within reach, where the Gaussian is at most 1. */
  readonly bound: number;
}

const LARGEST_ERROR = 1e-11;

/** exp(−½ x²) for |x| ≤ `reach` to 1e-11, with as few frequencies as that takes. */
export function cosineSeries(reach: number): CosineSeries {
  for (let n = 2; ; n += 2) {
    const series = seriesOf(n, reach);
    if (series.bound <= LARGEST_ERROR) return series;
  }
}

function seriesOf(n: number, reach: number): CosineSeries {
  // The first cosine left out and the nearest copy are then equally small: n h = 2π / h − reach.
  const highest = (Math.sqrt(reach * reach + 8 * Math.PI * n) - reach) / 2;
  const step = highest / n;
  const amplitude = (k: number) => Math.sqrt(2 / Math.PI) * step * Math.exp(-0.5 * ((k + 0.5) * step) ** 2);
  let bound = 0;
  // Both sums fall faster than geometrically; behind these terms there is nothing that a double could add.
  for (let k = n; k < n + 200; k++) bound += amplitude(k);
  for (let m = 1; m < 20; m++) bound += 2 * Math.exp(-0.5 * ((2 * Math.PI * m) / step - reach) ** 2);
  return { step, amplitudes: Array.from({ length: n }, (_, k) => amplitude(k)), bound };
}

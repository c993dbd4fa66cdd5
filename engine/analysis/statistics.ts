/**
 * Statistics that several analyses need: order statistics, robust widths, Gaussian tails, and comparison of two samples by their
 * ranks. Sources: Mann & Whitney 1947 (with the correction for ties and for continuity, as scipy.stats.mannwhitneyu has it), Kolmogorov's
 * limiting distribution for the two-sample test. Pure.
 */
import { quantile } from '../cannon/agreement';
import { chiSquareSurvival } from '../cannon/chiSquare';

/** The finite values, rising. */
export function sortedFinite(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).filter(Number.isFinite).sort();
}

export function median(values: ArrayLike<number>): number {
  return quantile(sortedFinite(values), 0.5);
}

/** Half the 16–84 % width of a rising array: σ of a Gaussian, whatever its wings do. */
export function halfWidth(sorted: Float64Array): number {
  return (quantile(sorted, 0.84) - quantile(sorted, 0.16)) / 2;
}

/** Standard deviation about the mean (n − 1). */
export function standardDeviation(values: ArrayLike<number>): number {
  const n = values.length;
  let mean = 0;
  for (let k = 0; k < n; k++) mean += values[k]! / n;
  let sum = 0;
  for (let k = 0; k < n; k++) sum += (values[k]! - mean) ** 2;
  return Math.sqrt(sum / (n - 1));
}

/** The probability that a unit normal is larger than z. */
export function normalTail(z: number): number {
  const half = chiSquareSurvival(z * z, 1) / 2;
  return z >= 0 ? half : 1 - half;
}

/** How many values of a rising array are below `value`, and how many at most equal to it. */
function ranksAround(sorted: Float64Array, value: number): { below: number; upTo: number } {
  const first = (isBefore: (one: number) => boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(sorted[middle]!)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return { below: first((one) => one < value), upTo: first((one) => one <= value) };
}

export interface RankComparison {
  /** P(larger > smaller) + ½ P(equal): 0.5 where both come from one distribution. */
  readonly separation: number;
  /** One-sided: how probable so large a separation is where there is none. */
  readonly p: number;
}

/** Whether the values of `larger` tend to be larger than those of `smaller`; neither holds NaN. */
export function mannWhitney(larger: ArrayLike<number>, smaller: ArrayLike<number>): RankComparison {
  const [n, m] = [larger.length, smaller.length];
  if (n === 0 || m === 0) return { separation: NaN, p: NaN };
  const sorted = Float64Array.from(larger).sort();
  let wins = 0;
  for (let k = 0; k < m; k++) {
    const { below, upTo } = ranksAround(sorted, smaller[k]!);
    wins += n - upTo + (upTo - below) / 2;
  }
  const all = Float64Array.from([...Array.from(larger), ...Array.from(smaller)]).sort();
  let ties = 0;
  for (let from = 0; from < all.length;) {
    let to = from + 1;
    while (to < all.length && all[to] === all[from]) to++;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  const total = n + m;
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  const z = (wins - (n * m) / 2 - 0.5) / Math.sqrt(variance);
  return { separation: wins / (n * m), p: normalTail(z) };
}

/** The largest distance between two cumulative distributions, and the probability of a larger one by chance (asymptotic). */
export function kolmogorovSmirnov(a: ArrayLike<number>, b: ArrayLike<number>): { distance: number; p: number } {
  const [x, y] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  let [i, j, distance] = [0, 0, 0];
  while (i < x.length && j < y.length) {
    const at = Math.min(x[i]!, y[j]!);
    while (i < x.length && x[i]! <= at) i++;
    while (j < y.length && y[j]! <= at) j++;
    distance = Math.max(distance, Math.abs(i / x.length - j / y.length));
  }
  const root = Math.sqrt((x.length * y.length) / (x.length + y.length));
  return { distance, p: kolmogorovTail(root * distance) };
}

/** 2 Σ (−1)^(k−1) exp(−2 k² t²). */
function kolmogorovTail(t: number): number {
  if (t < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * t * t);
  return Math.min(1, Math.max(0, sum));
}

/**
 * The separation of resampled samples, to be called many times: `countLarger[k]` and `countSmaller[k]` are how often each value of the two
 * samples was drawn. Both samples are ranked once.
 */
export class ResampledSeparation {
  private readonly orderOfLarger: Uint32Array;
  private readonly around: readonly { below: number; upTo: number }[];
  private readonly drawnBelow: Float64Array;

  constructor(larger: Float64Array, smaller: Float64Array) {
    this.orderOfLarger = Uint32Array.from(larger, (_, k) => k).sort((a, b) => larger[a]! - larger[b]! || a - b);
    const sorted = Float64Array.from(this.orderOfLarger, (k) => larger[k]!);
    this.around = Array.from(smaller, (value) => ranksAround(sorted, value));
    this.drawnBelow = new Float64Array(larger.length + 1);
  }

  of(countLarger: ArrayLike<number>, countSmaller: ArrayLike<number>): number {
    const { drawnBelow, orderOfLarger } = this;
    for (let k = 0; k < orderOfLarger.length; k++) drawnBelow[k + 1] = drawnBelow[k]! + countLarger[orderOfLarger[k]!]!;
    const total = drawnBelow[orderOfLarger.length]!;
    let [wins, nSmaller] = [0, 0];
    this.around.forEach(({ below, upTo }, k) => {
      const times = countSmaller[k]!;
      nSmaller += times;
      wins += times * (total - (drawnBelow[below]! + drawnBelow[upTo]!) / 2);
    });
    return wins / (total * nSmaller);
  }
}

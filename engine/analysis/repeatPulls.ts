/**
 * How far the observations of one star lie apart, in units of their errors. Each observation is compared with the next of the same star, as in
 * `catalog/repeats.ts`, so that a star that was seen often has no more say than its observations. The pull (xᵢ − xⱼ) / √(eᵢ² + eⱼ²) has
 * a width (half of 16–84 %) of 1 where the errors are right. The floor f is what has to be added to each error in quadrature for that.
 * The S/N of a pair is √(2 / (1/S₁² + 1/S₂²)): errors of both add up as those of two such spectra.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { quantile } from '../cannon/agreement';
import { halfWidth, standardDeviation } from './statistics';

/** Pairs of successive observations, in the order of their rows. */
export interface RepeatPairs {
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** The star of each pair, by its number. */
  readonly star: Int32Array;
  readonly difference: Float64Array;
  readonly firstError: Float64Array;
  readonly secondError: Float64Array;
  /** NaN where there is none. */
  readonly snr: Float64Array;
}

export interface PullSummary {
  readonly pairs: number;
  readonly medianPull: number;
  readonly pullWidth: number;
  /** By bootstrap over stars. */
  readonly pullWidthError: number;
  /** The error of one observation as the repeats have it: half the 16–84 % width of differences over √2. */
  readonly scatter: number;
  /** The median over pairs of √((e₁² + e₂²) / 2): what `scatter` should be. */
  readonly medianError: number;
  /** To be added in quadrature to each error; 0 where those suffice. */
  readonly floor: number;
  /** The share of pulls beyond 3, which is 0.0027 of a Gaussian. */
  readonly beyond3: number;
}

export interface PullsBySnr extends PullSummary {
  readonly from: number;
  readonly to: number;
  readonly medianSnr: number;
}

export interface Observations {
  readonly values: Float64Array;
  readonly errors: Float64Array;
  readonly snr: Float64Array | null;
  /** Of each row, or −1 for rows that do not count. */
  readonly starOfRow: Int32Array;
}

export function pairUp({ values, errors, snr, starOfRow }: Observations): RepeatPairs {
  const last = new Map<number, number>();
  const [first, second]: [number[], number[]] = [[], []];
  for (let row = 0; row < starOfRow.length; row++) {
    const star = starOfRow[row]!;
    if (star < 0 || !Number.isFinite(values[row]!) || !(errors[row]! > 0) || !Number.isFinite(errors[row]!)) continue;
    const before = last.get(star);
    if (before !== undefined) {
      first.push(before);
      second.push(row);
    }
    last.set(star, row);
  }
  const pick = (of: Float64Array, rows: readonly number[]) => Float64Array.from(rows, (row) => of[row]!);
  const [a, b] = [pick(values, first), pick(values, second)];
  return {
    ...{ first: Int32Array.from(first), second: Int32Array.from(second) },
    star: Int32Array.from(first, (row) => starOfRow[row]!),
    difference: b.map((value, k) => value - a[k]!),
    ...{ firstError: pick(errors, first), secondError: pick(errors, second) },
    snr: Float64Array.from(first, (row, k) =>
      snr === null ? NaN : Math.sqrt(2 / (1 / snr[row]! ** 2 + 1 / snr[second[k]!]! ** 2)),
    ),
  };
}

const bootstraps = 200;

/** Of these pairs, all of them without `which`. */
export function summarize(pairs: RepeatPairs, random: RandomGenerator, which?: readonly number[]): PullSummary {
  const chosen = which ?? [...pairs.difference.keys()];
  const of = (values: Float64Array) => Float64Array.from(chosen, (k) => values[k]!);
  const [difference, e1, e2] = [of(pairs.difference), of(pairs.firstError), of(pairs.secondError)];
  const pulls = difference.map((d, k) => d / Math.hypot(e1[k]!, e2[k]!));
  const sorted = pulls.slice().sort();
  const pullWidth = halfWidth(sorted);
  const stars = Int32Array.from(chosen, (k) => pairs.star[k]!);
  const together = e1.map((error, k) => Math.hypot(error, e2[k]!) / Math.SQRT2).sort();
  return {
    pairs: chosen.length,
    medianPull: quantile(sorted, 0.5),
    ...{ pullWidth, pullWidthError: widthError(pulls, stars, random) },
    scatter: halfWidth(difference.slice().sort()) / Math.SQRT2,
    medianError: quantile(together, 0.5),
    floor: pullWidth > 1 ? floorOf(difference, e1, e2) : 0,
    beyond3: pulls.reduce((count, pull) => count + Number(Math.abs(pull) > 3), 0) / pulls.length,
  };
}

function floorOf(difference: Float64Array, e1: Float64Array, e2: Float64Array): number {
  const width = (floor: number) =>
    halfWidth(difference.map((d, k) => d / Math.sqrt(e1[k]! ** 2 + e2[k]! ** 2 + 2 * floor * floor)).sort());
  let [low, high] = [0, Math.max(...e1.map((error, k) => Math.max(error, Math.abs(difference[k]!))))];
  for (let round = 0; round < 50 && high - low > 1e-6 * high; round++) {
    const middle = (low + high) / 2;
    if (width(middle) > 1) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Stars, not pairs, are drawn: pairs of one star share observations. */
function widthError(pulls: Float64Array, stars: Int32Array, random: RandomGenerator): number {
  const number = new Map<number, number>();
  const starOf = stars.map((star) => {
    if (!number.has(star)) number.set(star, number.size);
    return number.get(star)!;
  });
  const order = Uint32Array.from(pulls, (_, k) => k).sort((a, b) => pulls[a]! - pulls[b]! || a - b);
  const counts = new Uint32Array(number.size);
  const widths = new Float64Array(bootstraps);
  for (let round = 0; round < bootstraps; round++) {
    counts.fill(0);
    for (let k = 0; k < counts.length; k++) counts[uniformInt(random, 0, counts.length - 1)]!++;
    let total = 0;
    for (const star of starOf) total += counts[star]!;
    const at = (fraction: number): number => {
      let left = fraction * total;
      for (const k of order) if ((left -= counts[starOf[k]!]!) <= 0) return pulls[k]!;
      return NaN;
    };
    widths[round] = (at(0.84) - at(0.16)) / 2;
  }
  return standardDeviation(widths.filter(Number.isFinite));
}

/** Fewer pairs know their width to worse than a fifth. */
const leastInBin = 25;
const leastInPart = 10;

/**
 * Ends of up to `nBins` parts by S/N that hold equally many pairs of the label that has most; none where S/N is not known, or where pairs
 * are too few for two.
 */
export function snrEdges(labels: readonly RepeatPairs[], nBins: number): number[] {
  const known = labels.map(({ snr }) => snr.filter((value) => Number.isFinite(value) && value > 0).sort());
  const most = known.reduce((best, one) => (one.length > best.length ? one : best), new Float64Array(0));
  const n = Math.min(nBins, Math.floor(most.length / leastInBin));
  if (n < 2) return [];
  const edges = Array.from({ length: n + 1 }, (_, k) => quantile(most, k / n));
  return edges.filter((edge, k) => k === 0 || edge > edges[k - 1]!);
}

/** The pairs of each part; parts with fewer than a handful are left out. */
export function bySnr(pairs: RepeatPairs, edges: readonly number[], random: RandomGenerator): PullsBySnr[] {
  return edges.slice(1).flatMap((to, k): PullsBySnr[] => {
    const from = edges[k]!;
    const isLast = k === edges.length - 2;
    const some = [...pairs.snr.keys()].filter((n) => {
      const snr = pairs.snr[n]!;
      return snr >= from && (snr < to || (isLast && snr <= to));
    });
    if (some.length < leastInPart) return [];
    const medianSnr = quantile(Float64Array.from(some, (n) => pairs.snr[n]!).sort(), 0.5);
    return [{ from, to, medianSnr, ...summarize(pairs, random, some) }];
  });
}

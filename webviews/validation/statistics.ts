/**
 * What the panel works out from the stars of a cross-validation. Pure.
 *
 * A pull is (inferred − true) / formal error. Where formal errors are all there is, pulls follow a unit normal. Widths are
 * half of the 16–84 % width, over that of a unit normal (0.9945), with the standard error 0.97 / √N that order statistics of
 * a normal have. Differences hold the errors of the reference, too.
 */
import type { ValidatedLabel, ValidationDetail } from '../../engine/index';
import { agreement } from '../../engine/browser';

/** Half of the 16–84 % width of a unit normal. */
const unitWidth = 0.994458;
const widthErrorOfOne = 0.97;

/** Interpolated between order statistics; NaN when there are none. */
export function quantileOf(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return NaN;
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}

export const finite = (values: ArrayLike<number>): Float64Array =>
  Float64Array.from(Array.from(values).filter(Number.isFinite)).sort();

const robustWidth = (sorted: ArrayLike<number>): number =>
  (quantileOf(sorted, 0.84) - quantileOf(sorted, 0.16)) / (2 * unitWidth);

/** Inferred − true, one a star. */
export function residuals({ truth, inferred }: ValidatedLabel): Float64Array {
  return inferred.map((value, n) => value - truth[n]!);
}

/** NaN where there is no usable error. */
export function pulls(label: ValidatedLabel): Float64Array {
  return residuals(label).map((value, n) => (label.error[n]! > 0 ? value / label.error[n]! : NaN));
}

/** Statistics of one label over some of the stars only. */
export function agreementOf({ truth, inferred }: ValidatedLabel, members: readonly number[]) {
  return agreement(
    members.map((n) => inferred[n]!),
    members.map((n) => truth[n]!),
  );
}

export interface PullFacts {
  readonly stars: number;
  readonly width: number;
  readonly widthError: number;
  readonly median: number;
  /** Stars more than three errors off; a unit normal has 0.27 % of them. */
  readonly beyond3: number;
  /** In the label's unit: in quadrature with every formal error it makes the width 1. 0 where they are wide enough. */
  readonly extra: number;
}

export function pullFacts(label: ValidatedLabel): PullFacts {
  const sorted = finite(pulls(label));
  return {
    stars: sorted.length,
    width: robustWidth(sorted),
    widthError: (widthErrorOfOne * robustWidth(sorted)) / Math.sqrt(sorted.length),
    median: quantileOf(sorted, 0.5),
    beyond3: sorted.filter((pull) => Math.abs(pull) > 3).length,
    extra: extraError(label),
  };
}

/** Pulls by errors with `extra` added in quadrature. */
export function pullsWith(label: ValidatedLabel, extra: number): Float64Array {
  return residuals(label).map((value, n) => (label.error[n]! > 0 ? value / Math.hypot(label.error[n]!, extra) : NaN));
}

function extraError(label: ValidatedLabel): number {
  const width = (extra: number): number => robustWidth(finite(pullsWith(label, extra)));
  if (!(width(0) > 1)) return 0;
  let [low, high] = [0, 2 * robustWidth(finite(residuals(label)))];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (width(middle) > 1) low = middle;
    else high = middle;
  }
  return high;
}

/** How a number depends on another: its 16, 50 and 84 % quantiles in parts of equal size. */
export interface Trend {
  readonly x: Float64Array;
  readonly low: Float64Array;
  readonly median: Float64Array;
  readonly high: Float64Array;
}

/** Fewer say too little of a spread. */
const leastInPart = 25;
const mostParts = 12;

/** Null with too few stars for two parts, or where x takes one value only. */
export function trendOf(x: ArrayLike<number>, y: ArrayLike<number>): Trend | null {
  const both = Array.from(x, (_, n) => n).filter((n) => Number.isFinite(x[n]) && Number.isFinite(y[n]));
  const nParts = Math.min(mostParts, Math.floor(both.length / leastInPart));
  both.sort((a, b) => x[a]! - x[b]! || a - b);
  if (nParts < 2 || x[both[0]!] === x[both.at(-1)!]) return null;
  const parts = Array.from({ length: nParts }, (_, k) =>
    both.slice(Math.round((k * both.length) / nParts), Math.round(((k + 1) * both.length) / nParts)),
  );
  const of = (values: ArrayLike<number>, share: number): Float64Array =>
    Float64Array.from(parts, (part) => quantileOf(finite(part.map((n) => values[n]!)), share));
  return { x: of(x, 0.5), low: of(y, 0.16), median: of(y, 0.5), high: of(y, 0.84) };
}

/** The stars with the largest |pull|, the worst first. */
export function outliers(label: ValidatedLabel, most = 20): number[] {
  const size = pulls(label).map(Math.abs);
  return Array.from(size, (_, n) => n)
    .filter((n) => Number.isFinite(size[n]))
    .sort((a, b) => size[b]! - size[a]! || a - b)
    .slice(0, most);
}

export interface RunDifference {
  /** Spectra with this label in both. */
  readonly stars: number;
  /** Half of the 16–84 % width of this run − the other, and the median. */
  readonly scatter: number;
  readonly median: number;
  /** Of |this − other| / formal error, the median. */
  readonly inErrors: number;
}

/** How far a label moves between two runs, over the spectra of both; null when they have none. */
export function differenceOf(run: ValidationDetail, other: ValidationDetail, label: string): RunDifference | null {
  const mine = run.labels.find((one) => one.label === label);
  const theirs = other.labels.find((one) => one.label === label);
  if (!mine || !theirs) return null;
  const rowOf = new Map(other.spectra.map((spectrum, n) => [spectrum, n]));
  const apart = mine.inferred.map((value, n) => value - (theirs.inferred[rowOf.get(run.spectra[n]!) ?? -1] ?? NaN));
  const sorted = finite(apart);
  if (sorted.length === 0) return null;
  return {
    stars: sorted.length,
    scatter: (quantileOf(sorted, 0.84) - quantileOf(sorted, 0.16)) / 2,
    median: quantileOf(sorted, 0.5),
    inErrors: quantileOf(finite(apart.map((value, n) => Math.abs(value) / mine.error[n]!)), 0.5),
  };
}

/** Shares of the finite values in bins of `width` from `from` to `to`, per unit; values beyond are counted apart. */
export function histogram(
  values: ArrayLike<number>,
  from: number,
  to: number,
  width: number,
): { readonly edges: number[]; readonly density: number[]; readonly beyond: number } {
  const nBins = Math.round((to - from) / width);
  const counts = new Array<number>(nBins).fill(0);
  let [total, beyond] = [0, 0];
  for (const value of finite(values)) {
    total++;
    const bin = Math.floor((value - from) / width);
    if (bin >= 0 && bin < nBins) counts[bin]!++;
    else beyond++;
  }
  return {
    edges: Array.from({ length: nBins + 1 }, (_, k) => from + k * width),
    density: counts.map((count) => (total > 0 ? count / total / width : 0)),
    beyond,
  };
}

/**
 * How inferred labels agree with reference labels: over all stars, and over stars of low to high signal-to-noise ratio.
 * The differences hold the errors of both.
 */
import type { LabelAgreement, LabelValidation } from '../jobs/events';
import { largestOfSmallest } from '../kernels/select';
import { extrapolationBounds, relativePrecision } from './extrapolation';
import type { TrainingSet } from './train';

/** One a label, over these rows of the set; `inferred` has labels for every star of it. */
export function labelAgreement(
  { labels, values }: TrainingSet,
  inferred: readonly ArrayLike<number>[],
  rows: readonly number[],
): LabelAgreement[] {
  return labels.map(({ name, unit }, i) => ({
    label: name,
    unit,
    ...agreement(
      rows.map((n) => inferred[n]![i]!),
      rows.map((n) => values[n * labels.length + i]!),
    ),
  }));
}

/** The same with the bounds beyond which the model is not to be believed, and the precision relative to their range. */
export function labelValidation(set: TrainingSet, inferred: readonly ArrayLike<number>[]): LabelValidation[] {
  const rows = [...set.stars.keys()];
  return labelAgreement(set, inferred, rows).map((found, i) => {
    const bounds = extrapolationBounds(
      rows.map((n) => inferred[n]![i]!),
      rows.map((n) => set.values[n * set.labels.length + i]!),
    );
    const { lower = null, upper = null, lowerExcluded = false, upperExcluded = false } = bounds ?? {};
    const precision = relativePrecision(found.scatter, bounds);
    return { ...found, lower, upper, lowerExcluded, upperExcluded, relativePrecision: precision };
  });
}

/** Median over usable pixels of flux / σ, one a star; 0 for a star that has none. */
export function signalToNoise({ stars, flux, ivar, waveAngstrom }: TrainingSet): Float64Array {
  const nPixels = waveAngstrom.length;
  const ratios = new Float64Array(nPixels);
  return Float64Array.from(stars, (_, n) => {
    let count = 0;
    for (let k = n * nPixels; k < (n + 1) * nPixels; k++) {
      const ratio = flux[k]! * Math.sqrt(ivar[k]!);
      if (ivar[k]! > 0 && Number.isFinite(ratio)) ratios[count++] = ratio;
    }
    return count === 0 ? 0 : largestOfSmallest(ratios.subarray(0, count), (count + 1) >> 1);
  });
}

/** Fewer stars say too little about a scatter: 20 know it to some 20 %. */
const leastStars = 20;

/** Stars by rising S/N in up to four parts of equal size; none when there are too few stars for two. */
export function snrBins(snr: Float64Array): { from: number; to: number; rows: number[] }[] {
  const nBins = Math.min(4, Math.floor(snr.length / leastStars));
  if (nBins < 2) return [];
  const order = [...snr.keys()].sort((a, b) => snr[a]! - snr[b]! || a - b);
  return Array.from({ length: nBins }, (_, k) => {
    const rows = order.slice(Math.round((k * order.length) / nBins), Math.round(((k + 1) * order.length) / nBins));
    return { from: snr[rows[0]!]!, to: snr[rows.at(-1)!]!, rows };
  });
}

/**
 * How inferred labels agree with reference labels, over the stars that have both. All NaN when none has; one star has no scatter.
 * See `LabelAgreement` for what each number is.
 */
export function agreement(
  inferred: ArrayLike<number>,
  reference: ArrayLike<number>,
): Omit<LabelAgreement, 'label' | 'unit'> {
  const both = Array.from(inferred, (_, n) => n).filter(
    (n) => Number.isFinite(inferred[n]!) && Number.isFinite(reference[n]!),
  );
  const x = Float64Array.from(both, (n) => inferred[n]!);
  const y = Float64Array.from(both, (n) => reference[n]!);
  const difference = x.map((value, k) => value - y[k]!).sort();
  const median = quantile(difference, 0.5);
  const away = difference.map((value) => Math.abs(value - median)).sort();
  const isSpread = both.length > 1;
  return {
    stars: both.length,
    scatter: isSpread ? (quantile(difference, 0.84) - quantile(difference, 0.16)) / 2 : NaN,
    mad: isSpread ? 1.4826 * quantile(away, 0.5) : NaN,
    rms: Math.sqrt(difference.reduce((sum, d) => sum + d * d, 0) / difference.length),
    bias: median,
    mean: difference.reduce((sum, d) => sum + d, 0) / difference.length,
    correlation: pearson(x, y),
    spearman: pearson(ranks(x), ranks(y)),
  };
}

/** NaN when either is the same for all. */
function pearson(x: Float64Array, y: Float64Array): number {
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xx, xy, yy] = [0, 0, 0];
  for (let k = 0; k < x.length; k++) {
    xx += (x[k]! - meanX) ** 2;
    xy += (x[k]! - meanX) * (y[k]! - meanY);
    yy += (y[k]! - meanY) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}

/** From 1; values that are equal share the mean of their ranks. */
function ranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values, (_, k) => k).sort((a, b) => values[a]! - values[b]! || a - b);
  const ranked = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let k = from; k < to; k++) ranked[order[k]!] = (from + 1 + to) / 2;
    from = to;
  }
  return ranked;
}

/** Of a sorted array, interpolated between order statistics; NaN when it is empty. */
export function quantile(sorted: Float64Array, fraction: number): number {
  const position = fraction * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted.length === 0 ? NaN : sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

/**
 * How inferred labels agree with reference labels: over all stars, and over stars of low to high signal-to-noise ratio.
 * The differences hold the errors of both.
 */
import type { LabelAgreement } from '../jobs/events';
import { largestOfSmallest } from '../kernels/select';
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
 * How inferred labels agree with reference labels, over the stars that have both. All NaN when none has.
 * scatter: half the 16–84 % width of the difference; bias: its median; rms: its root mean square, which outliers rule;
 * correlation: Pearson's r.
 */
export function agreement(
  inferred: ArrayLike<number>,
  reference: ArrayLike<number>,
): Omit<LabelAgreement, 'label' | 'unit'> {
  const pairs: [number, number][] = [];
  for (let n = 0; n < inferred.length; n++) {
    if (Number.isFinite(inferred[n]!) && Number.isFinite(reference[n]!)) pairs.push([inferred[n]!, reference[n]!]);
  }
  const difference = Float64Array.from(pairs, ([x, y]) => x - y).sort();
  const [meanX, meanY] = [0, 1].map((k) => pairs.reduce((sum, pair) => sum + pair[k]!, 0) / pairs.length) as [
    number,
    number,
  ];
  let [xx, xy, yy] = [0, 0, 0];
  for (const [x, y] of pairs) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
    yy += (y - meanY) ** 2;
  }
  return {
    scatter: (quantile(difference, 0.84) - quantile(difference, 0.16)) / 2,
    bias: quantile(difference, 0.5),
    rms: Math.sqrt(difference.reduce((sum, x) => sum + x * x, 0) / difference.length),
    correlation: xy / Math.sqrt(xx * yy),
  };
}

/** Of a sorted array, interpolated between order statistics; NaN when it is empty. */
function quantile(sorted: Float64Array, fraction: number): number {
  const position = fraction * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted.length === 0 ? NaN : sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

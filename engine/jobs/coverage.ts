/**
 * How well the training stars of a model cover its labels: stars a term, labels that go together, corners without stars, S/N.
 *
 * A corner of two labels is where both are in the outer fifth of their values, on the sides named. Under independence a corner
 * holds 1/25 of the stars; one is called empty where at least `expectedInCorner` would be there and none is. Corners of labels that
 * nature never combines are empty too (hot giants): they are told as what they are, places where the model extrapolates. Pure.
 */
import { termsOf } from '../config/termWords';
import type { ModelTrainingSet } from '../reference/trainingSet';
import type { SpectrumIdentity } from '../spectra/spectrum';
import type { Tell } from './readiness';

export interface ModelCoverage {
  readonly model: string;
  readonly stars: number;
  readonly terms: number;
  /** Pairs whose correlation is beyond `tight`, the tightest first. */
  readonly correlated: readonly { readonly one: string; readonly other: string; readonly r: number }[];
  /** In words, such as "high teff with low logg". */
  readonly emptyCorners: readonly string[];
  /** Of so many. */
  readonly corners: number;
  /** S/N a pixel of the training spectra (in g, else whatever the survey gives): 16, 50 and 84 %; null where none is known. */
  readonly snr: readonly [low: number, median: number, high: number] | null;
}

const tight = 0.95;
const expectedInCorner = 5;
const outer = 0.2;
/** Half of the reference stars of the paper had much more. */
const lowSnr = 20;

export function coverageOfModels(
  models: readonly ModelTrainingSet[],
  spectra: readonly Pick<SpectrumIdentity, 'snr'>[],
  terms: readonly string[],
): ModelCoverage[] {
  return models.map(({ model, stars }) => {
    const labels = model.labels.map((name, i) => ({ name, values: stars.map((star) => star.labels[i]!) }));
    const pairs = labels.flatMap((one, i) => labels.slice(i + 1).map((other) => ({ one, other })));
    const correlated = pairs
      .map(({ one, other }) => ({ one: one.name, other: other.name, r: correlation(one.values, other.values) }))
      .filter(({ r }) => Math.abs(r) > tight)
      .sort((a, b) => Math.abs(b.r) - Math.abs(a.r));
    const isEnough = stars.length * outer * outer >= expectedInCorner;
    const snr = stars.flatMap(({ spectrumIdx }) => snrOf(spectra[spectrumIdx]!) ?? []).sort((a, b) => a - b);
    return {
      ...{ model: model.name, stars: stars.length, terms: termsOf(terms, model.labels).length, correlated },
      emptyCorners: isEnough ? pairs.flatMap(({ one, other }) => emptyCorners(one, other)) : [],
      corners: isEnough ? 4 * pairs.length : 0,
      snr: snr.length === 0 ? null : [quantile(snr, 0.16), quantile(snr, 0.5), quantile(snr, 0.84)],
    };
  });
}

export function tellOfCoverage(models: readonly ModelCoverage[], tell: Tell): void {
  for (const { model, stars, correlated, emptyCorners: empty, corners, snr } of models) {
    for (const { one, other, r } of correlated) {
      tell('CAN145', { model, one, other, r: r.toFixed(3).replace('-', '−') }, `labels/${other}`, 'key');
    }
    const path = `models/${model}`;
    if (empty.length > 0) {
      const first = empty.slice(0, 3).join(', ') + (empty.length > 3 ? ', …' : '');
      tell('CAN146', { model, nEmpty: empty.length, nCorners: corners, first }, path, 'key');
    }
    if (snr !== null && snr[1] < lowSnr)
      tell('CAN147', { model, nStars: stars, median: snr[1].toFixed(0) }, path, 'key');
  }
}

/** S/N a pixel: in g, over the whole spectrum, or in the first band that has one. */
export function snrOf({ snr }: Pick<SpectrumIdentity, 'snr'>): number | null {
  return snr.g ?? snr.all ?? snr.r ?? snr.i ?? snr.z ?? snr.u;
}

interface LabelValues {
  readonly name: string;
  readonly values: readonly number[];
}

function emptyCorners(one: LabelValues, other: LabelValues): string[] {
  const sides = ['low', 'high'] as const;
  const edges = [one, other].map(({ values }) => {
    const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
    return { low: quantile(sorted, outer), high: quantile(sorted, 1 - outer) };
  });
  const isOut = (value: number, side: 'low' | 'high', label: 0 | 1) =>
    side === 'low' ? value <= edges[label]!.low : value >= edges[label]!.high;
  return sides.flatMap((a) =>
    sides
      .filter((b) => !one.values.some((value, n) => isOut(value, a, 0) && isOut(other.values[n]!, b, 1)))
      .map((b) => `${a} ${one.name} with ${b} ${other.name}`),
  );
}

/** Linear between ranks. */
function quantile(sorted: readonly number[], part: number): number {
  const rank = (sorted.length - 1) * part;
  const [low, high] = [sorted[Math.floor(rank)] ?? NaN, sorted[Math.ceil(rank)] ?? NaN];
  return low + (high - low) * (rank - Math.floor(rank));
}

/** Pearson's, over the stars that have both; 0 where one does not vary. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const both = [...a.keys()].filter((n) => Number.isFinite(a[n]!) && Number.isFinite(b[n]!));
  const mean = (x: readonly number[]) => both.reduce((sum, n) => sum + x[n]!, 0) / both.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const n of both) {
    const [da, db] = [a[n]! - meanA, b[n]! - meanB];
    [ab, aa, bb] = [ab + da * db, aa + da * da, bb + db * db];
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

/**
 * Where each number and text of a star comes from when it has several observations, by the ways of `schema.ts`: the best one's, a mean, a
 * sum, the furthest from 0.
 */
import type { ObservationRecord, RecordLayout } from './observationRecord';
import type { ColumnSpec } from './schema';
import { WeightedMean } from './weightedMean';

/** The mean of a column over the counted observations, with the error that belongs to it. */
type Means = (source: string) => WeightedMean;

/** The observations of a star. */
export interface Members {
  readonly observations: readonly ObservationRecord[];
  /** Those with labels of the star's model, and the S/N of each. */
  readonly counted: readonly ObservationRecord[];
  readonly best: ObservationRecord;
  readonly means: Means;
}

/** A number of a star. */
export type NumberOf = (members: Members) => number;
/** A text of a star. */
export type TextOf = (members: Members) => string;

/** A number of an observation, found by its place. */
export type NumberIn = (observation: ObservationRecord) => number;

/** NaN of a column that is not there. */
export function numberIn(layout: RecordLayout, name: string): NumberIn {
  const k = layout.numbers.get(name);
  return k === undefined ? () => NaN : (observation) => observation.numbers[k]!;
}

/** As measured, else by the header. */
export function snrColumn(observations: readonly ObservationRecord[]): string {
  return observations.some((one) => Number.isFinite(one.number('snr'))) ? 'snr' : 'snrz';
}

/** Each mean is made when it is first asked for. */
export function meansOver(observations: readonly ObservationRecord[], snrs: readonly number[]): Means {
  const known = new Map<string, WeightedMean>();
  return (source) => {
    let mean = known.get(source);
    if (mean === undefined) {
      mean = new WeightedMean();
      const error = source.startsWith('cov_') ? null : `e_${source}`;
      for (const [n, one] of observations.entries()) {
        const value = one.number(source);
        mean.add(snrs[n]!, value, error === null ? value : one.number(error) ** 2);
      }
      known.set(source, mean);
    }
    return mean;
  };
}

/** Where a text of a star comes from. */
export function textOf({ source, name, combining, by }: ColumnSpec): TextOf {
  const own = source ?? name;
  return combining === 'extreme'
    ? ({ observations }) => extremeOf(observations, by!).text(own)
    : ({ best }) => best.text(own);
}

/** Where a number of a star comes from. */
export function numberOf({ source, name, combining, by }: ColumnSpec, layout: RecordLayout): NumberOf {
  const own = source ?? name;
  const single = numberIn(layout, own);
  const ofAll = (over: (observations: readonly ObservationRecord[]) => number): NumberOf => {
    return ({ observations, best }) => (observations.length === 1 ? single(best) : over(observations));
  };
  const ofCounted = (over: (means: Means) => number): NumberOf => {
    return ({ counted, means }) => (counted.length === 1 ? single(counted[0]!) : over(means));
  };
  switch (combining) {
    case 'mean':
      return ofCounted((means) => means(own).mean());
    case 'error':
      return ofCounted((means) => means(own.slice('e_'.length)).error());
    case 'covariance':
      return ofCounted((means) => means(own).covariance());
    case 'sum':
      return ofAll((all) => overKnown(all, own, sumOf));
    case 'together':
      return ofAll((all) => together(all, own));
    case 'significance':
      return ofAll((all) => overKnown(all, own, (values) => sumOf(values) / Math.sqrt(values.length)));
    case 'extreme':
      return ofAll((all) => extremeOf(all, by!).number(own));
    case 'best':
    case 'made':
      return ({ best }) => single(best);
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** The root of the sum of squares: S/N of independent observations. */
export function together(observations: readonly ObservationRecord[], name: string): number {
  return overKnown(observations, name, (values) => Math.hypot(...values));
}

function overKnown(
  observations: readonly ObservationRecord[],
  name: string,
  of: (values: readonly number[]) => number,
): number {
  const known = observations.map((one) => one.number(name)).filter(Number.isFinite);
  return known.length === 0 ? NaN : of(known);
}

/** The observation in which a column is furthest from 0; the first where none has a value. */
function extremeOf(observations: readonly ObservationRecord[], name: string): ObservationRecord {
  let extreme = observations[0]!;
  for (const one of observations)
    if (!(Math.abs(one.number(name)) <= Math.abs(extreme.number(name))) && Number.isFinite(one.number(name)))
      extreme = one;
  return extreme;
}

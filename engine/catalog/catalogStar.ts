/**
 * A star of the catalog from its observations: averages by the rules of `schema.ts`, flags, verdicts.
 *
 * The mean of a label is x̄ = Σ wᵢxᵢ / Σ wᵢ over the observations whose labels are of the star's model, with wᵢ their S/N (Wheeler
 * et al. 2020, §5); of independent observations its error is √(Σ wᵢ²σᵢ²) / Σ wᵢ, and covariances follow the same way. The star's model
 * is that of its observation with labels that has the highest S/N. An observation without S/N has no say beside one that has it;
 * without any, all weigh the same.
 */
import type { FlagThresholds } from '../config/config';
import type { StarVerdict } from '../reference/review';
import { type FlagName, maskOf } from './flagBits';
import type { ObservationRecord } from './observationRecord';
import type { CatalogShape, ColumnSpec } from './schema';
import { extrapolationOf } from './schema';
import { flagsOfAverage, flagsOfStar, hasLabels, type FlagRow, type ModelLimits, type StarFlags } from './starFlags';
import { surpriseOf } from './surprise';

/** What a catalog is made by. */
export interface CatalogRules {
  readonly shape: CatalogShape;
  readonly thresholds: FlagThresholds;
  /** By the name of the model; the limits of "" are those of any other. */
  readonly limits: ReadonlyMap<string, ModelLimits>;
  /** Name of the model for giants. */
  readonly giants: string;
  /** The column of the S/N that weights repeats. */
  readonly weight: string;
  /** What review.yaml says of an observation. */
  readonly verdictsOn: (observation: ObservationRecord) => readonly StarVerdict[];
}

export type Value = number | string | boolean;

/** A row of the catalog. */
export interface CatalogStar {
  readonly flags: StarFlags;
  /** One a column. Missing numbers are NaN, missing texts and ids "". */
  readonly values: readonly Value[];
}

/**
 * @param observations at least one, in the order of the table
 * @param star row of the star in the catalog, from 1
 */
export function catalogStar(
  observations: readonly ObservationRecord[],
  columns: readonly ColumnSpec[],
  star: number,
  rules: CatalogRules,
): CatalogStar {
  const { shape } = rules;
  const flagged = observations.map((one) => flagsOfObservation(one, rules));
  const weights = observations.map((one) => weightOf(one, rules.weight));
  const isLabelled = observations.map((one) => hasLabels(shape.labels.map(({ name }) => one.number(name))));
  const best = bestOf(weights, isLabelled);
  const model = observations[best]!.text('model');
  const counted = observations.flatMap((one, n) => (isLabelled[n] === true && one.text('model') === model ? [n] : []));
  const averaging = new Averaging(
    counted.map((n) => observations[n]!),
    counted.map((n) => weights[n]!),
  );
  const limits = limitsFor(model, rules);
  const flags =
    observations.length === 1
      ? flagged[0]!
      : flagsOfAverage(
          {
            labels: shape.labels.map(({ name }) => averaging.mean(name)),
            errors: shape.labels.map(({ name }) => averaging.error(`e_${name}`)),
            snr: together(observations, snrColumn(observations)),
            disagreement: largestDifference(
              counted.map((n) => observations[n]!),
              shape,
            ),
            isOfOneModel: counted.length === isLabelled.filter(Boolean).length,
          },
          flagged,
          rules.thresholds,
          limits,
        );
  const verdicts = [...new Set(observations.flatMap((one) => rules.verdictsOn(one)))];
  const allFlags = { ...flags, flags: flags.flags | maskOf(verdicts.flatMap(bitOf)) };
  const made = madeValues({ flags: allFlags, observations, verdicts, model, rules }).set('star', star);
  const members = { observations, averaging, best: observations[best]! };
  const values = columns.map((spec) => made.get(spec.name) ?? combined(spec, members));
  const index = new Map(columns.map(({ name }, k) => [name, k]));
  const surprise = index.get('surprise');
  if (surprise !== undefined && counted.length > 0)
    values[surprise] = surpriseOf((name) => Number(values[index.get(name) ?? -1] ?? NaN), index.keys());
  return { flags: allFlags, values };
}

function limitsFor(model: string, { limits }: CatalogRules): ModelLimits | null {
  return limits.get(model) ?? limits.get('') ?? null;
}

/** S/N, by the header or else as it is measured; 0 for none. */
function weightOf(observation: ObservationRecord, column: string): number {
  const byHeader = observation.number(column);
  const snr = byHeader > 0 ? byHeader : observation.number('snr');
  return snr > 0 ? snr : 0;
}

/** The index of that with labels and the highest S/N, the first of equal ones; of those without labels where none has any. */
function bestOf(weights: readonly number[], isLabelled: readonly boolean[]): number {
  const any = isLabelled.some(Boolean);
  let best = -1;
  weights.forEach((weight, n) => {
    if (any && isLabelled[n] !== true) return;
    if (best < 0 || weight > weights[best]!) best = n;
  });
  return best;
}

function flagsOfObservation(observation: ObservationRecord, rules: CatalogRules): StarFlags {
  const { shape, thresholds } = rules;
  const number = (name: string) => observation.number(name);
  const perPixel = (of: string) => {
    const nPixels = number(`n_pixels${of}`);
    return nPixels > 0 ? number(`chi2${of}`) / nPixels : NaN;
  };
  const row: FlagRow = {
    labels: shape.labels.map(({ name }) => number(name)),
    errors: shape.labels.map(({ name }) => number(`e_${name}`)),
    snr: number(snrColumn([observation])),
    chi2: perPixel(''),
    windowChi2: shape.elements.map((element) => perPixel(`_${element}`)),
    converged: number('converged') !== 0,
    isAtBound: observation.text('at_bound') !== '',
    ...{ rivalDeltaChi2: number('rival_delta_chi2'), badFraction: number('bad_fraction') },
    ...{ binaryDeltaChi2: number('binary_delta_chi2'), emission: number('emission') },
    ...{ rvResidual: number('rv_residual'), rvError: number('e_rv_residual') },
    ...{ emissionLine: observation.text('emission_line'), pulls: shape.elements.map((name) => number(`pull_${name}`)) },
    ...{ badStretch: number('bad_stretch'), badStretchAt: number('bad_stretch_at') },
  };
  return flagsOfStar(row, thresholds, limitsFor(observation.text('model'), rules));
}

/** As measured, else by the header. */
function snrColumn(observations: readonly ObservationRecord[]): string {
  return observations.some((one) => Number.isFinite(one.number('snr'))) ? 'snr' : 'snrz';
}

/** The largest difference of two observations in a label, over its error. */
function largestDifference(observations: readonly ObservationRecord[], { labels }: CatalogShape): number {
  let largest = NaN;
  for (const { name } of labels)
    observations.forEach((one, i) => {
      for (const other of observations.slice(i + 1)) {
        const error = Math.hypot(one.number(`e_${name}`), other.number(`e_${name}`));
        const difference = Math.abs(one.number(name) - other.number(name)) / error;
        if (Number.isFinite(difference) && !(difference <= largest)) largest = difference;
      }
    });
  return largest;
}

/** Weighted means over some observations. */
class Averaging {
  readonly #weights: readonly number[];

  constructor(
    private readonly observations: readonly ObservationRecord[],
    weights: readonly number[],
  ) {
    this.#weights = weights.some((weight) => weight > 0) ? weights : weights.map(() => 1);
  }

  mean(name: string): number {
    return this.#over(name, (weight) => weight, 1);
  }

  error(name: string): number {
    return Math.sqrt(this.#over(name, (weight, sum) => weight ** 2 / sum, 2));
  }

  covariance(name: string): number {
    return this.#over(name, (weight, sum) => weight ** 2 / sum, 1);
  }

  /** Σ factor · x^power / Σ weight over those that have a value. */
  #over(name: string, factor: (weight: number, sum: number) => number, power: 1 | 2): number {
    const values = this.observations.map((one) => one.number(name));
    const weights = this.#weights.map((weight, n) => (Number.isFinite(values[n]!) ? weight : 0));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    if (!(sum > 0)) return NaN;
    let total = 0;
    weights.forEach((weight, n) => {
      if (weight > 0) total += factor(weight, sum) * values[n]! ** power;
    });
    return total / sum;
  }
}

interface Members {
  readonly observations: readonly ObservationRecord[];
  readonly averaging: Averaging;
  readonly best: ObservationRecord;
}

function combined(spec: ColumnSpec, { observations, averaging, best }: Members): Value {
  const source = spec.source ?? spec.name;
  if (spec.type === 'text' || spec.type === 'int64')
    return (spec.combining === 'extreme' ? extremeOf(observations, spec.by!) : best).text(source);
  switch (spec.combining) {
    case 'mean':
      return averaging.mean(source);
    case 'error':
      return averaging.error(source);
    case 'covariance':
      return averaging.covariance(source);
    case 'sum':
      return overKnown(observations, source, (values) => values.reduce((sum, value) => sum + value, 0));
    case 'together':
      return together(observations, source);
    case 'significance':
      return overKnown(
        observations,
        source,
        (values) => values.reduce((sum, value) => sum + value, 0) / Math.sqrt(values.length),
      );
    case 'extreme':
      return extremeOf(observations, spec.by!).number(source);
    case 'best':
    case 'made':
      return best.number(source);
  }
}

function together(observations: readonly ObservationRecord[], name: string): number {
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

interface MadeOf {
  readonly flags: StarFlags;
  readonly observations: readonly ObservationRecord[];
  readonly verdicts: readonly StarVerdict[];
  readonly model: string;
  readonly rules: CatalogRules;
}

/** What the catalog itself makes, by name of the column. */
function madeValues({ flags, observations, verdicts, model, rules }: MadeOf): Map<string, Value> {
  const { labels, elements } = rules.shape;
  const names = (of: readonly number[], from: readonly string[]) => of.map((k) => from[k]!);
  const labelNames = labels.map(({ name }) => name);
  const extrapolating = names(flags.extrapolating, labelNames);
  const atBound = new Set(observations.flatMap((one) => one.text('at_bound').split(' ')));
  return new Map<string, Value>([
    ['giantmodel', model !== '' && model === rules.giants],
    ['surprise', NaN],
    ['n_obs', observations.length],
    ['flags', flags.flags],
    ['extrapolating', extrapolating.join(' ')],
    ['high_windows', names(flags.highWindows, elements).join(' ')],
    ['large_errors', names(flags.largeErrors, labelNames).join(' ')],
    ['at_bound', [...atBound].filter((name) => name !== '').join(' ')],
    ['verdict', verdicts.join(', ')],
    ['enriched_in', verdicts.flatMap(elementIn).join(' ')],
    ...extrapolationOf(labels).map(({ column, labels: about }): [string, Value] => [
      column,
      about.some((name) => extrapolating.includes(name)),
    ]),
  ]);
}

function elementIn(verdict: StarVerdict): string[] {
  return verdict.startsWith('enriched in ') ? [verdict.slice('enriched in '.length)] : [];
}

function bitOf(verdict: StarVerdict): FlagName[] {
  switch (verdict) {
    case 'real':
      return ['reviewed_real'];
    case 'bad spectrum':
    case 'bad label':
    case 'exclude':
      return ['reviewed_bad'];
    case 'binary':
      return ['reviewed_binary'];
    case 'ignore':
      return ['reviewed_ignore'];
    default:
      return ['reviewed_enriched'];
  }
}

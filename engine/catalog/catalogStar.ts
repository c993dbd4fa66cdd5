/**
 * A star of the catalog from its observations: averages by the rules of `schema.ts` and `weightedMean.ts`, flags, verdicts.
 *
 * Labels are averaged over the observations whose labels are of the star's model, that of its observation with labels that has the
 * highest S/N. Which column comes from where is settled once, for millions of stars.
 */
import type { FlagThresholds } from '../config/config';
import type { StarVerdict } from '../reference/review';
import {
  meansOver,
  type Members,
  numberIn,
  type NumberIn,
  numberOf,
  type NumberOf,
  snrColumn,
  textOf,
  type TextOf,
  together,
} from './combining';
import { maskOf } from './flagBits';
import { madeColumns, type MadeOf } from './madeColumns';
import type { ObservationRecord, RecordLayout } from './observationRecord';
import { lithiumAmong } from './residualFlags';
import type { CatalogShape, ColumnSpec } from './schema';
import { flagsOfAverage, flagsOfStar, type FlagRow, type ModelLimits, type StarFlags } from './starFlags';
import { countedAmong, largestDifference, type Weighed } from './starObservations';
import { emptyRow, slotsOf, type StarRow } from './starRows';
import { type SurpriseCalibration, surpriseOf } from './surprise';
import { bitOf } from './verdictBits';

/** What a catalog is made by. */
export interface CatalogRules {
  readonly shape: CatalogShape;
  readonly thresholds: FlagThresholds;
  /** By the name of the model; the limits of "" are those of any other. */
  readonly limits: ReadonlyMap<string, ModelLimits>;
  /** Of the same models, what is usual among the stars that each was tested on. */
  readonly calibrations?: ReadonlyMap<string, SurpriseCalibration>;
  /** Name of the model for giants. */
  readonly giants: string;
  /** The column of the S/N that weights repeats. */
  readonly weight: string;
  /** What review.yaml says of an observation. */
  readonly verdictsOn: (observation: ObservationRecord) => readonly StarVerdict[];
}

/** A row of the catalog, valid until the next is made. */
export interface CatalogStar extends StarRow {
  readonly flags: StarFlags;
  /** NaN of a star without labels. */
  readonly surprise: number;
}

/** Makes rows of these columns. */
export class StarMaker {
  readonly #row: StarRow;
  readonly #numbers: (NumberOf | null)[] = [];
  readonly #texts: (TextOf | null)[] = [];
  readonly #made: ReturnType<typeof madeColumns>;
  readonly #surpriseAt: number;
  readonly #numberAt = new Map<string, number>();
  readonly #pulls: readonly string[];
  readonly #lithium: number;
  readonly #read: ReturnType<typeof readersOf>;

  constructor(
    layout: RecordLayout,
    columns: readonly ColumnSpec[],
    private readonly rules: CatalogRules,
    /** One a label: how wide the differences of a star's observations are, in units of their errors. */
    private readonly widths: Float64Array = new Float64Array(rules.shape.labels.length).fill(1),
  ) {
    const slots = slotsOf(columns);
    this.#row = emptyRow(slots);
    columns.forEach((spec, k) => {
      const { isText, at } = slots[k]!;
      if (!isText) this.#numberAt.set(spec.name, at);
      if (isText) this.#texts.push(spec.source === null ? null : textOf(spec));
      else this.#numbers.push(spec.source === null ? null : numberOf(spec, layout));
    });
    this.#made = madeColumns(columns, rules);
    this.#surpriseAt = this.#numberAt.get('surprise') ?? -1;
    this.#pulls = [...this.#numberAt.keys()].filter((name) => name.startsWith('pull_'));
    this.#lithium = lithiumAmong(rules.shape.elements);
    this.#read = readersOf(layout, rules.shape);
  }

  /**
   * @param observations at least one, in the order of the table
   * @param star row of the star in the catalog, from 1
   */
  make(observations: readonly ObservationRecord[], star: number): CatalogStar {
    const { rules } = this;
    const flagged = observations.map((one) => this.#flagsOf(one));
    const weighed = observations.map((one) => this.#weighed(one));
    const { best: k, isCounted, isOfOneModel } = countedAmong(weighed);
    const best = observations[k]!;
    const { model } = weighed[k]!;
    const counted = observations.filter((_, n) => isCounted[n]);
    const means = meansOver(
      counted,
      weighed.filter((_, n) => isCounted[n]).map(({ snr }) => snr),
    );
    const members: Members = { observations, counted, best, means };
    const judged = observations.length === 1 ? flagged[0]! : this.#judged(members, flagged, isOfOneModel);
    const verdicts = [...new Set(observations.flatMap((one) => rules.verdictsOn(one)))];
    const flags = { ...judged, flags: judged.flags | maskOf(verdicts.flatMap(bitOf)) };
    const { numbers, texts } = this.#row;
    this.#numbers.forEach((of, k) => of !== null && (numbers[k] = of(members)));
    this.#texts.forEach((of, k) => of !== null && (texts[k] = of(members)));
    const made: MadeOf = { flags, observations, verdicts, model, star };
    for (const { at, number, text } of this.#made) {
      if (number !== undefined) numbers[at] = number(made);
      else texts[at] = text(made);
    }
    const surprise = counted.length === 0 || this.#surpriseAt < 0 ? NaN : this.#surprise(model);
    if (this.#surpriseAt >= 0) numbers[this.#surpriseAt] = surprise;
    return { flags, surprise, numbers, texts };
  }

  #weighed(one: ObservationRecord): Weighed {
    const isLabelled = this.#read.labels.some((of) => Number.isFinite(of(one)));
    return { snr: snrOf(one, this.rules.weight), isLabelled, model: one.text('model') };
  }

  #surprise(model: string): number {
    const { numbers } = this.#row;
    const number = (name: string) => {
      const at = this.#numberAt.get(name);
      return at === undefined ? NaN : numbers[at]!;
    };
    return surpriseOf(number, this.#pulls, this.rules.calibrations?.get(model) ?? null);
  }

  /** The flags of a star that was observed more than once. */
  #judged(
    { observations, counted, means, best }: Members,
    flagged: readonly StarFlags[],
    isOfOneModel: boolean,
  ): StarFlags {
    const { shape, thresholds } = this.rules;
    const { labels, errors } = this.#read;
    const row = {
      labels: shape.labels.map(({ name }) => means(name).mean()),
      errors: shape.labels.map(({ name }) => means(name).error()),
      snr: together(observations, snrColumn(observations)),
      disagreement: largestDifference(counted.length, labels.length, (n, i) => [
        labels[i]!(counted[n]!),
        errors[i]!(counted[n]!) * this.widths[i]!,
      ]),
      isOfOneModel,
    };
    return flagsOfAverage(row, flagged, thresholds, limitsFor(best.text('model'), this.rules));
  }

  #flagsOf(observation: ObservationRecord): StarFlags {
    const { labels, errors, chi2, windows, residuals } = this.#read;
    const own = (numbers: readonly NumberIn[]) => numbers.map((of) => of(observation));
    const row: FlagRow = {
      labels: own(labels),
      errors: own(errors),
      snr: observation.number(snrColumn([observation])),
      chi2: chi2(observation),
      windowChi2: own(windows),
      isAtBound: observation.text('at_bound') !== '',
      emissionLine: observation.text('emission_line'),
      pulls: own(residuals),
      lithium: this.#lithium,
      converged: observation.number('converged') !== 0,
      ...flagNumbers(observation),
    };
    return flagsOfStar(row, this.rules.thresholds, limitsFor(observation.text('model'), this.rules));
  }
}

function flagNumbers(one: ObservationRecord) {
  return {
    rivalDeltaChi2: one.number('rival_delta_chi2'),
    badFraction: one.number('bad_fraction'),
    binaryDeltaChi2: one.number('binary_delta_chi2'),
    emission: one.number('emission'),
    rvResidual: one.number('rv_residual'),
    rvError: one.number('e_rv_residual'),
    badStretch: one.number('bad_stretch'),
    badStretchAt: one.number('bad_stretch_at'),
  };
}

/** What the flags of each observation are made of. */
function readersOf(layout: RecordLayout, { labels, elements }: CatalogShape) {
  const number = (name: string) => numberIn(layout, name);
  const perPixel = (of: string): NumberIn => {
    const [chi2, nPixels] = [number(`chi2${of}`), number(`n_pixels${of}`)];
    return (observation) => (nPixels(observation) > 0 ? chi2(observation) / nPixels(observation) : NaN);
  };
  return {
    labels: labels.map(({ name }) => number(name)),
    errors: labels.map(({ name }) => number(`e_${name}`)),
    chi2: perPixel(''),
    windows: elements.map((name) => perPixel(`_${name}`)),
    residuals: elements.map((name) => number(`pull_${name}`)),
  };
}

function limitsFor(model: string, { limits }: CatalogRules): ModelLimits | null {
  return limits.get(model) ?? limits.get('') ?? null;
}

/** S/N, by the header or else as it is measured; 0 for none. */
function snrOf(observation: ObservationRecord, column: string): number {
  const byHeader = observation.number(column);
  const snr = byHeader > 0 ? byHeader : observation.number('snr');
  return snr > 0 ? snr : 0;
}

/**
 * From all matched spectra to the stars that train each model: quality cuts in their order, models, complete labels.
 * Every step counts the stars that it keeps, so that the user sees where they went.
 */
import { basename } from 'node:path';
import { type Config, isWindowCut, type ModelSpec, type QualityCut, type WindowCut } from '../config/config';
import { evaluate } from '../config/expression';
import type { SpectrumIdentity } from '../spectra/spectrum';
import type { LabelColumn } from './derivedLabels';
import type { FunnelStep } from './funnel';
import { column } from './match';
import { type MatchedStar, type MatchedSurvey, SurveyMatcher, type SurveyReaders } from './matchedSurvey';
import { type ModelSplit, splitStars } from './modelSplit';
import { isExcluded } from './review';
import { withoutSentinel, type Cell, type Table } from './table';
import {
  type Candidate,
  chi2FromColumns,
  cutByPercentile,
  elementsOfLabels,
  type ElementChi2,
  type MeasureChi2,
} from './windowCut';

export interface ReferenceStar {
  /** Index into the spectra that were offered. */
  readonly spectrumIdx: number;
  /** Row of the reference table; repeats of a star share it. */
  readonly row: number;
  /** In the order of the model's labels; NaN where it lacks one, which only `training.missingLabels: per-pixel` allows. */
  readonly labels: readonly number[];
  /** The errors of the labels; NaN where one is not known. */
  readonly errors: readonly number[];
}

export interface ModelTrainingSet {
  readonly model: ModelSpec;
  readonly stars: readonly ReferenceStar[];
}

/** What a person should know, and the key of the config that it is about. */
export interface SelectionNote {
  readonly about: 'reference/match' | 'models' | `quality/${number}`;
  readonly sentence: string;
}

/** What became of each spectrum that was offered. */
export interface Fates {
  /** Row of the reference table; −1 for none. */
  readonly row: Int32Array;
  /** Index of the funnel's step that dropped it; −1 where it trains a model; one beyond the last step where no model takes it. */
  readonly droppedAt: Int16Array;
  /** Index of the model that takes it by its condition, also where it then lacks a label; −1 for none. */
  readonly model: Int16Array;
}

export interface ReferenceSet {
  readonly models: readonly ModelTrainingSet[];
  readonly funnel: readonly FunnelStep[];
  /** How many matched stars each cut holds for by itself; for a model without a condition, the stars that it takes. */
  readonly alone: { readonly quality: readonly number[]; readonly models: readonly number[] };
  readonly fates: Fates;
  /** Stars of `review.yaml` that none of the spectra is. */
  readonly unknownReviewed: readonly string[];
  /** Ambiguous keys, rows without a spectrum, stars without a model or with several. */
  readonly notes: readonly SelectionNote[];
}

export interface SelectionReaders extends SurveyReaders {
  /** Absent: cuts on χ² from spectra are not made, and their steps are marked as pending. */
  readonly measure?: MeasureChi2;
}

/**
 * The reference stars among `spectra`, by model. Indices are of all spectra.
 * @throws UserError CAN10x when the table cannot serve, CAN14x when a label or a cut cannot be made of it,
 * CAN170 when the verdicts on stars cannot be used.
 */
export async function selectTrainingSet(
  config: Config,
  spectra: readonly SpectrumIdentity[],
  { measure, ...readers }: SelectionReaders = {},
): Promise<ReferenceSet> {
  const matcher = await SurveyMatcher.begin(config, readers);
  spectra.forEach((spectrum, n) => matcher.add(n, spectrum));
  const survey = matcher.finish();
  const idxOf = ({ spectrumIdx }: { spectrumIdx: number }) => survey.stars[spectrumIdx]!.spectrumIdx;
  const inSurvey = <T extends { readonly spectrumIdx: number }>(stars: readonly T[]) =>
    stars.map((star): T => ({ ...star, spectrumIdx: idxOf(star) }));
  const set = await selectAmong(
    config,
    survey,
    measure && ((cut, elements, candidates) => measure(cut, elements, inSurvey(candidates))),
  );
  const models = set.models.map(({ model, stars }) => ({ model, stars: inSurvey(stars) }));
  return { ...set, models, fates: fatesOfAll(survey, set.fates) };
}

/** Whoever has no row was dropped by the match. */
function fatesOfAll({ nSpectra, stars }: MatchedSurvey, fates: Fates): Fates {
  const all = {
    row: new Int32Array(nSpectra).fill(-1),
    droppedAt: new Int16Array(nSpectra).fill(1),
    model: new Int16Array(nSpectra).fill(-1),
  };
  stars.forEach(({ spectrumIdx }, star) => {
    all.row[spectrumIdx] = fates.row[star]!;
    all.droppedAt[spectrumIdx] = fates.droppedAt[star]!;
    all.model[spectrumIdx] = fates.model[star]!;
  });
  return all;
}

/**
 * The same among the spectra with a row alone: every `spectrumIdx`, and the fates, are of the survey's matched stars.
 * @throws UserError as `selectTrainingSet`.
 */
export async function selectAmong(
  config: Config,
  survey: MatchedSurvey,
  measure: MeasureChi2 | undefined,
): Promise<ReferenceSet> {
  const selection = new Selection(config, survey);
  selection.leaveOut();
  for (const [index, cut] of config.quality.entries()) await selection.apply(cut, index, measure);
  const { split, models } = selection.divide();
  return {
    models,
    funnel: selection.funnel,
    alone: { quality: selection.alone, models: selection.aloneInModels(split.members) },
    fates: selection.fates,
    unknownReviewed: survey.unknownReviewed,
    notes: [
      ...matchNotes(survey.sentences),
      ...selection.notes,
      ...splitNotes(split, (star) => nameOf(survey.stars[star]!.spectrum)),
    ],
  };
}

/** The stars that are left, cut by cut. Stars are indices of the survey's matched stars. */
class Selection {
  readonly funnel: FunnelStep[];
  readonly alone: number[] = [];
  readonly notes: SelectionNote[] = [];
  private readonly matched: readonly number[];
  private kept: readonly number[];
  readonly fates: Fates;
  private readonly table: Table;
  private readonly labels: ReadonlyMap<string, LabelColumn>;
  private readonly stars: readonly MatchedStar[];

  constructor(
    private readonly config: Config,
    { table, labels, stars, nSpectra }: MatchedSurvey,
  ) {
    [this.table, this.labels, this.stars] = [table, labels, stars];
    this.matched = [...stars.keys()];
    this.kept = this.matched;
    this.funnel = [
      { step: 'spectra', stars: nSpectra, key: 'spectra' },
      { step: 'in the reference table', stars: this.kept.length, key: 'reference/match' },
    ];
    this.fates = {
      row: Int32Array.from(stars, ({ row }) => row),
      droppedAt: new Int16Array(stars.length).fill(-1),
      model: new Int16Array(stars.length).fill(-1),
    };
  }

  /** Keeps only `kept`, as the next step of the funnel. */
  private keep(kept: readonly number[], step: Omit<FunnelStep, 'stars'>): void {
    for (const star of this.kept) this.fates.droppedAt[star] = this.funnel.length;
    for (const star of kept) this.fates.droppedAt[star] = -1;
    this.kept = kept;
    this.funnel.push({ ...step, stars: kept.length });
  }

  /** Leaves out what people have excluded. */
  leaveOut(): void {
    const isOut = (star: number) => {
      const { verdict } = this.stars[star]!;
      return verdict !== null && isExcluded(verdict);
    };
    if (!this.kept.some(isOut)) return;
    const kept = this.kept.filter((star) => !isOut(star));
    this.keep(kept, { step: 'not excluded in review.yaml', key: 'review' });
  }

  async apply(cut: QualityCut, index: number, measure: MeasureChi2 | undefined): Promise<void> {
    if (!isWindowCut(cut)) {
      const holds = (star: number) => evaluate(cut, this.lookup(star));
      this.alone.push(this.matched.filter(holds).length);
      this.keep(this.kept.filter(holds), { step: cut.text, key: `quality/${index}` });
      return;
    }
    const chi2 = await this.chi2Of(cut, measure);
    if (chi2 === null) {
      this.alone.push(this.matched.length);
      this.keep(this.kept, { step: cut.text, key: `quality/${index}`, isPending: true });
      return;
    }
    const { kept, thresholds, nUnjudged } = cutByPercentile(this.kept.length, chi2, cut.percentile);
    if (nUnjudged > 0) {
      const sentence = `${nUnjudged} of ${this.kept.length} stars have no χ² in any element: they stay`;
      this.notes.push({ about: `quality/${index}`, sentence });
    }
    this.keep(
      kept.map((n) => this.kept[n]!),
      { step: cut.text, key: `quality/${index}`, thresholds },
    );
    // A percentile of other stars would be another cut: by itself it is what it is here.
    this.alone.push(this.kept.length);
  }

  private async chi2Of(cut: WindowCut, measure: MeasureChi2 | undefined): Promise<readonly ElementChi2[] | null> {
    const { config, table, stars } = this;
    if (cut.source.from === 'columns') {
      return chi2FromColumns(
        cut,
        config.labels,
        table,
        this.kept.map((n) => stars[n]!.row),
      );
    }
    if (measure === undefined) return null;
    const { members } = splitStars(config.models, this.kept, this.lookup);
    const modelOf = new Map(members.flatMap((own, m) => own.map((star) => [star, m] as const)));
    const candidates = this.kept.map((star): Candidate => {
      const model = modelOf.get(star) ?? -1;
      const labels = model < 0 ? [] : this.starOf(star, config.models[model]!).labels;
      return { spectrumIdx: star, row: stars[star]!.row, model, labels };
    });
    return measure(cut, cut.elements ?? elementsOfLabels(config.labels), candidates);
  }

  divide(): { split: ModelSplit; models: ModelTrainingSet[] } {
    const { config } = this;
    const split = splitStars(config.models, this.kept, this.lookup);
    const isPerPixel = config.training.missingLabels === 'per-pixel';
    const models = config.models.map((model, m) => {
      const stars = split.members[m]!.map((star) => this.starOf(star, model)).filter(({ labels }) =>
        isPerPixel ? labels.some(Number.isFinite) : labels.every(Number.isFinite),
      );
      const step = `${model.name}, with ${isPerPixel ? 'any label' : 'all labels'}`;
      for (const star of split.members[m]!) {
        this.fates.model[star] = m;
        this.fates.droppedAt[star] = this.funnel.length;
      }
      for (const { spectrumIdx } of stars) this.fates.droppedAt[spectrumIdx] = -1;
      this.funnel.push({ step, stars: stars.length, key: `models/${model.name}`, model: model.name });
      return { model, stars };
    });
    for (const star of split.without) this.fates.droppedAt[star] = this.funnel.length;
    return { split, models };
  }

  aloneInModels(members: ModelSplit['members']): number[] {
    return this.config.models.map(({ where }, m) =>
      where === null || where === 'otherwise'
        ? members[m]!.length
        : this.matched.filter((star) => evaluate(where, this.lookup(star))).length,
    );
  }

  private starOf(star: number, model: ModelSpec): ReferenceStar {
    const { row } = this.stars[star]!;
    const columns = model.labels.map((name) => this.labels.get(name)!);
    return {
      spectrumIdx: star,
      row,
      labels: columns.map(({ values }) => values[row]!),
      errors: columns.map(({ errors }) => errors?.[row] ?? NaN),
    };
  }

  private readonly lookup = (star: number) => valueLookup(this.table, this.labels, this.stars[star]!);
}

/** Names in expressions: a label, else a column of the table; `spectrum.CARD` is a card of the spectrum's header. */
function valueLookup(table: Table, labels: ReadonlyMap<string, LabelColumn>, { row, spectrum }: MatchedStar) {
  return (name: string): number | boolean | null => {
    if (name.startsWith('spectrum.')) return asNumber(spectrum.cards[name.slice('spectrum.'.length)] ?? null);
    const label = labels.get(name);
    return label !== undefined ? label.values[row]! : asNumber(column(table, name).values[row] ?? null);
  };
}

/** Text that is not a number is unknown to an expression; so is the −9999 of survey headers. */
function asNumber(value: Cell | bigint): number | boolean | null {
  return value === null || typeof value === 'boolean' ? value : withoutSentinel(Number(value));
}

function matchNotes(sentences: readonly string[]): SelectionNote[] {
  return sentences.map((sentence) => ({ about: 'reference/match', sentence }));
}

function splitNotes({ without, several }: ModelSplit, name: (star: number) => string): SelectionNote[] {
  const notes: SelectionNote[] = [];
  const say = (sentence: string) => notes.push({ about: 'models', sentence });
  const stars = (n: number) => (n === 1 ? '1 reference star' : `${n} reference stars`);
  if (without.length > 0) {
    const [verb, first] = [without.length === 1 ? 'belongs' : 'belong', name(without[0]!)];
    say(`${stars(without.length)} ${verb} to no model (${without.length === 1 ? '' : 'the first is '}${first})`);
  }
  if (several.length > 0) {
    const { star, models } = several[0]!;
    const [verb, them] = several.length === 1 ? ['fulfils', 'it'] : ['fulfil', 'they'];
    say(
      `${stars(several.length)} ${verb} the conditions of several models (the first, ${name(star)}, those of ` +
        `${models[0]} and ${models[1]}): ${them} train${several.length === 1 ? 's' : ''} the first of these`,
    );
  }
  return notes;
}

/** What a star is called: its id, else its file. */
function nameOf({ obsid, path }: SpectrumIdentity): string {
  return obsid === null ? basename(path) : String(obsid);
}

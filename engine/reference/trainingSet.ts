/**
 * From all matched spectra to the stars that train each model: quality cuts in their order, models, complete labels.
 * Every step counts the stars that it keeps, so that the user sees where they went.
 */
import { basename, resolve } from 'node:path';
import { type Config, isWindowCut, type ModelSpec, type QualityCut, type WindowCut } from '../config/config';
import { evaluate } from '../config/expression';
import { UserError } from '../problems';
import type { SpectrumIdentity } from '../spectra/spectrum';
import { labelColumns, type LabelColumn } from './derivedLabels';
import type { FunnelStep } from './funnel';
import { column, describeMatches, matchReference } from './match';
import { type ModelSplit, splitStars } from './modelSplit';
import { isExcluded, readReview, type Review, verdictsOn } from './review';
import { mentionedIn, readTable, withoutSentinel, type Cell, type Table } from './table';
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

/** How the selection comes by what is not in the config: a caller that asks often gives a `load` that remembers. */
export interface SelectionReaders {
  readonly load?: (path: string) => Promise<Table>;
  /** Absent: cuts on χ² from spectra are not made, and their steps are marked as pending. */
  readonly measure?: MeasureChi2;
  /** Verdicts on stars; absent: those in `review.yaml` beside the config. */
  readonly review?: Review;
}

/**
 * The reference stars among `spectra`, by model.
 * @throws UserError CAN10x when the table cannot serve, CAN14x when a label or a cut cannot be made of it,
 * CAN170 when the verdicts on stars cannot be used.
 */
export async function selectTrainingSet(
  config: Config,
  spectra: readonly SpectrumIdentity[],
  { load = (path) => readTable(path, mentionedIn(config)), measure, review }: SelectionReaders = {},
): Promise<ReferenceSet> {
  if (config.reference === null) {
    throw new UserError(
      'The config has no reference table',
      'Training needs `reference: { file: …, match: … }`.',
      'CAN006',
    );
  }
  const table = await load(resolve(config.folder, config.reference.file));
  const { match } = config.reference;
  const matches = matchReference(match, table, spectra);
  const selection = new Selection(config, table, spectra, matches.rowOfSpectrum);
  const unknownReviewed = selection.leaveOut(review ?? (await readReview(config.folder)));
  for (const [index, cut] of config.quality.entries()) await selection.apply(cut, index, measure);
  const { split, models } = selection.divide();
  return {
    models,
    funnel: selection.funnel,
    alone: { quality: selection.alone, models: selection.aloneInModels(split.members) },
    fates: selection.fates,
    unknownReviewed,
    notes: [
      ...matchNotes(describeMatches(match, table, spectra, matches)),
      ...selection.notes,
      ...splitNotes(split, (star) => nameOf(spectra[star]!)),
    ],
  };
}

/** The stars that are left, cut by cut. Stars are indices of the spectra that were offered. */
class Selection {
  readonly funnel: FunnelStep[];
  readonly alone: number[] = [];
  readonly notes: SelectionNote[] = [];
  private readonly matched: readonly number[];
  private kept: readonly number[];
  readonly fates: Fates;
  private readonly labels: ReadonlyMap<string, LabelColumn>;

  constructor(
    private readonly config: Config,
    private readonly table: Table,
    private readonly spectra: readonly SpectrumIdentity[],
    private readonly rowOfSpectrum: Int32Array,
  ) {
    this.labels = labelColumns(config.labels, table);
    this.matched = [...spectra.keys()].filter((n) => rowOfSpectrum[n]! >= 0);
    this.kept = this.matched;
    this.funnel = [
      { step: 'spectra', stars: spectra.length, key: 'spectra' },
      { step: 'in the reference table', stars: this.kept.length, key: 'reference/match' },
    ];
    this.fates = {
      row: rowOfSpectrum,
      droppedAt: Int16Array.from(rowOfSpectrum, (row) => (row < 0 ? 1 : -1)),
      model: new Int16Array(spectra.length).fill(-1),
    };
  }

  /** Keeps only `kept`, as the next step of the funnel. */
  private keep(kept: readonly number[], step: Omit<FunnelStep, 'stars'>): void {
    for (const star of this.kept) this.fates.droppedAt[star] = this.funnel.length;
    for (const star of kept) this.fates.droppedAt[star] = -1;
    this.kept = kept;
    this.funnel.push({ ...step, stars: kept.length });
  }

  /** Leaves out what people have excluded. Returns the stars they named that there are none of. */
  leaveOut(review: Review): string[] {
    const { verdictOf, unknown } = verdictsOn(review, this.spectra);
    const isOut = (star: number) => verdictOf.has(star) && isExcluded(verdictOf.get(star)!);
    if (this.kept.some(isOut)) {
      const kept = this.kept.filter((star) => !isOut(star));
      this.keep(kept, { step: 'not excluded in review.yaml', key: 'review' });
    }
    return unknown;
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
    const { config, table, rowOfSpectrum } = this;
    if (cut.source.from === 'columns') {
      return chi2FromColumns(
        cut,
        config.labels,
        table,
        this.kept.map((n) => rowOfSpectrum[n]!),
      );
    }
    if (measure === undefined) return null;
    const { members } = splitStars(config.models, this.kept, this.lookup);
    const modelOf = new Map(members.flatMap((stars, m) => stars.map((star) => [star, m] as const)));
    const candidates = this.kept.map((star): Candidate => {
      const model = modelOf.get(star) ?? -1;
      const labels = model < 0 ? [] : this.starOf(star, config.models[model]!).labels;
      return { spectrumIdx: star, row: rowOfSpectrum[star]!, model, labels };
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
    const row = this.rowOfSpectrum[star]!;
    const columns = model.labels.map((name) => this.labels.get(name)!);
    return {
      spectrumIdx: star,
      row,
      labels: columns.map(({ values }) => values[row]!),
      errors: columns.map(({ errors }) => errors?.[row] ?? NaN),
    };
  }

  private readonly lookup = (star: number) =>
    valueLookup(this.table, this.labels, this.rowOfSpectrum[star]!, this.spectra[star]!);
}

/** Names in expressions: a label, else a column of the table; `spectrum.CARD` is a card of the spectrum's header. */
function valueLookup(table: Table, labels: ReadonlyMap<string, LabelColumn>, row: number, spectrum: SpectrumIdentity) {
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

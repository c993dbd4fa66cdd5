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

export interface ReferenceSet {
  readonly models: readonly ModelTrainingSet[];
  readonly funnel: readonly FunnelStep[];
  /** How many matched stars each cut holds for by itself; for a model without a condition, the stars that it takes. */
  readonly alone: { readonly quality: readonly number[]; readonly models: readonly number[] };
  /** Ambiguous keys, rows without a spectrum, stars without a model or with several. */
  readonly notes: readonly SelectionNote[];
}

/** How the selection comes by what is not in the config: a caller that asks often gives a `load` that remembers. */
export interface SelectionReaders {
  readonly load?: (path: string) => Promise<Table>;
  /** Absent: cuts on χ² from spectra are not made, and their steps are marked as pending. */
  readonly measure?: MeasureChi2;
}

/**
 * The reference stars among `spectra`, by model.
 * @throws UserError CAN10x when the table cannot serve, CAN14x when a label or a cut cannot be made of it.
 */
export async function selectTrainingSet(
  config: Config,
  spectra: readonly SpectrumIdentity[],
  { load = (path) => readTable(path, mentionedIn(config)), measure }: SelectionReaders = {},
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
  for (const [index, cut] of config.quality.entries()) await selection.apply(cut, index, measure);
  const { split, models } = selection.divide();
  return {
    models,
    funnel: selection.funnel,
    alone: { quality: selection.alone, models: selection.aloneInModels(split.members) },
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
      { step: 'spectra', stars: spectra.length },
      { step: 'in the reference table', stars: this.kept.length },
    ];
  }

  async apply(cut: QualityCut, index: number, measure: MeasureChi2 | undefined): Promise<void> {
    if (!isWindowCut(cut)) {
      const holds = (star: number) => evaluate(cut, this.lookup(star));
      this.alone.push(this.matched.filter(holds).length);
      this.kept = this.kept.filter(holds);
      this.funnel.push({ step: cut.text, stars: this.kept.length });
      return;
    }
    const chi2 = await this.chi2Of(cut, measure);
    if (chi2 === null) {
      this.alone.push(this.matched.length);
      this.funnel.push({ step: cut.text, stars: this.kept.length, isPending: true });
      return;
    }
    const { kept, thresholds, nUnjudged } = cutByPercentile(this.kept.length, chi2, cut.percentile);
    if (nUnjudged > 0) {
      const sentence = `${nUnjudged} of ${this.kept.length} stars have no χ² in any element: they stay`;
      this.notes.push({ about: `quality/${index}`, sentence });
    }
    this.kept = kept.map((n) => this.kept[n]!);
    // A percentile of other stars would be another cut: by itself it is what it is here.
    this.alone.push(this.kept.length);
    this.funnel.push({ step: cut.text, stars: this.kept.length, thresholds });
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
      this.funnel.push({ step, stars: stars.length, model: model.name });
      return { model, stars };
    });
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

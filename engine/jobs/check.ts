/**
 * What can be known about a survey before anything runs: do its files exist, can they be read, do spectra and reference
 * table fit together, and has every model enough stars. Whatever is wrong is a problem at its place in `cannon.yaml`.
 *
 * Spectra are read whole, because a file whose header reads may still be cut off, and a few at a time. Of a large survey
 * that an index knows, only some are.
 */
import { termsOf } from '../config/termWords';
import { basename, resolve } from 'node:path';
import { minimumStars } from '../cannon/training';
import { type Config, isWindowCut, type SurveyFormat } from '../config/config';
import { nameNodes, writtenName } from '../config/expression';
import { expressionsOf, rangeInExpression } from '../config/names';
import type { ParsedConfig } from '../config/parse';
import { problem, type RuleCode } from '../config/rules';
import { listNames, nearest } from '../config/suggest';
import { UserError, type Problem, type TextRange } from '../problems';
import { matchReference } from '../reference/match';
import { positionOf } from '../reference/position';
import { readReview } from '../reference/review';
import { findSpectra } from '../reference/spectraWalk';
import { readTable, type Table } from '../reference/table';
import { selectTrainingSet, type ReferenceSet } from '../reference/trainingSet';
import type { MeasureChi2 } from '../reference/windowCut';
import { readSpectrum } from '../spectra/read';
import { identitiesOf, pathsOf } from '../spectraIndex/identities';
import type { SpectraTable } from '../spectraIndex/spectraTable';
import { indexSpec } from '../spectraIndex/update';
import type { JobContext } from './events';
import { throttledProgress } from './job';
import { checkColumns } from './checkColumns';
import { coverageOfModels, tellOfCoverage } from './coverage';
import { type CheckedSpectrum, coverageOf, type Tell, tellOfLabels, tellOfSpectra } from './readiness';
import { cardsOf, nothingKnown, selectionFacts, type SurveyFacts } from './surveyFacts';
import { identityOf } from './tasks';

/** How the check reads files. A caller that checks often gives readers that remember. */
export interface SurveyReaders {
  readonly spectrum: (path: string, survey: SurveyFormat) => Promise<CheckedSpectrum>;
  readonly table: (path: string) => Promise<Table>;
  /** How a cut on χ² in windows fits the spectra at `paths`; absent where nobody waits for it. */
  readonly measure?: (config: Config, paths: readonly string[]) => MeasureChi2;
  /** What an index knows of the spectra of a large survey (of more than `largeSurvey`); null for others. */
  readonly index?: (config: Config) => Promise<SpectraTable | null>;
}

export interface SurveyReport {
  readonly problems: readonly Problem[];
  readonly facts: SurveyFacts;
}

type CheckContext = Pick<JobContext, 'signal'> & Partial<Pick<JobContext, 'report'>>;

/** Readers that remember nothing. */
export const plainReaders: SurveyReaders = {
  spectrum: async (path, survey) => {
    const spectrum = await readSpectrum(path, survey);
    return { ...identityOf(spectrum), coverageAngstrom: coverageOf(spectrum) };
  },
  table: readTable,
};

const openFilesAtOnce = 8;
/** Of a survey with more spectra than this, only so many, spread over it, are read whole where an index knows all. */
export const largeSurvey = 1000;
const readOfLarge = 200;

/** Everything that the disk tells about a survey. Throws the signal's reason when it aborts. */
export async function examineSurvey(
  parsed: ParsedConfig,
  context: CheckContext,
  readers = plainReaders,
): Promise<SurveyReport> {
  const { config } = parsed;
  if (config === null) {
    return { problems: [], facts: nothingKnown };
  }
  return new SurveyCheck(parsed, config, context, readers).run();
}

type Slots<Code extends RuleCode> = Parameters<typeof problem<Code>>[1];

class SurveyCheck {
  private readonly problems: Problem[] = [];

  constructor(
    private readonly parsed: ParsedConfig,
    private readonly config: Config,
    private readonly context: CheckContext,
    private readonly readers: SurveyReaders,
  ) {}

  async run(): Promise<SurveyReport> {
    const table = await this.checkTable();
    const index = (await this.readers.index?.(this.config)) ?? null;
    const paths = index === null ? await this.checkGlobs() : pathsOf(index);
    const spectra = index === null ? await this.checkSpectra(paths) : await this.checkLarge(paths, index);
    const cards = cardsOf(spectra);
    if (spectra.length > 0) this.checkCards(cards);
    tellOfSpectra(spectra, this.config.grid, this.tell);
    // With a name wrong, the numbers of stars that follow would be wrong too.
    const isKnown = indexSpec(this.config).cards.every((card) => index?.cards.includes(card) ?? true);
    const canSelect =
      isKnown &&
      table !== null &&
      spectra.length > 0 &&
      namesOnlyKnownLabels(this.config) &&
      this.problems.every(({ severity }) => severity !== 'error');
    const rows = canSelect ? this.checkMatch(table, spectra) : null;
    const selected = canSelect && rows!.length > 0 ? await this.checkModels(table, spectra, rows!) : null;
    const facts = {
      ...{ nSpectra: paths.length, nReadable: spectra.length, table, nMatched: rows?.length ?? null, cards },
      ...{ funnel: selected?.funnel ?? null, selection: selected && selectionFacts(this.config, selected) },
      selected: selected && { config: this.config, spectra, set: selected },
      coverage: selected && coverageOfModels(selected.models, spectra, this.config.training.terms),
    };
    this.problems.sort((a, b) => (a.range?.start ?? 0) - (b.range?.start ?? 0));
    return { problems: this.problems, facts };
  }

  private report<Code extends RuleCode>(
    code: Code,
    slots: Slots<Code>,
    range?: TextRange,
    instead: string | null = null,
    fix: string | null = null,
  ): void {
    const place = {
      file: this.config.path,
      ...(range ? { range } : {}),
      ...(instead === null ? {} : { instead }),
      ...(fix === null ? {} : { fix }),
    };
    this.problems.push(problem(code, slots, place));
  }

  private readonly tell: Tell = (code, slots, path, at, fix) => {
    const place = this.parsed.places.get(path);
    // A value that is not given, such as an edge of the grid, is that of the nearest key above it.
    const above = place ?? this.parsed.places.get(path.split('/')[0]!);
    const range = at === 'key' ? (above?.key ?? above?.value) : place ? place.value : (above?.key ?? undefined);
    this.report(code, slots, range, null, place && fix !== undefined ? fix : null);
  };

  private valueRange(path: string): TextRange | undefined {
    return this.parsed.places.get(path)?.value;
  }

  private async checkTable(): Promise<Table | null> {
    const { reference, folder } = this.config;
    if (reference === null) return null;
    const file = resolve(folder, reference.file);
    try {
      const table = await this.readers.table(file);
      checkColumns(this.parsed, this.config, table, (...args) => this.report(...args));
      return table;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.report('CAN102', { reason: error.message, hint: error.hint }, this.valueRange('reference/file'));
      return null;
    }
  }

  private async checkGlobs(): Promise<string[]> {
    const { spectra: globs, folder } = this.config;
    const found = new Set<string>();
    for (const [index, glob] of globs.entries()) {
      // A glob that is being written may, for some letters, mean the whole disk.
      const paths = await findSpectra({ ...this.config, spectra: [glob] }, this.context.signal);
      this.context.signal.throwIfAborted();
      if (paths.length === 0) this.report('CAN101', { glob, folder }, this.valueRange(`spectra/${index}`));
      for (const path of paths) found.add(path);
    }
    return [...found].sort();
  }

  private async checkSpectra(paths: readonly string[]): Promise<CheckedSpectrum[]> {
    return this.usable(paths, await this.readSpectra(paths));
  }

  /** Who the spectra are is in the index; damage and coverage are judged by some of them. */
  private async checkLarge(paths: readonly string[], index: SpectraTable): Promise<CheckedSpectrum[]> {
    const { folder, survey } = this.config;
    const found: (CheckedSpectrum | UserError)[] = identitiesOf(index, folder, survey);
    const rows = Array.from({ length: readOfLarge }, (_, k) => Math.floor((k * paths.length) / readOfLarge));
    const read = await this.readSpectra(rows.map((row) => paths[row]!));
    rows.forEach((row, k) => (found[row] = read[k]!));
    return this.usable(paths, found);
  }

  private async readSpectra(paths: readonly string[]): Promise<(CheckedSpectrum | UserError)[]> {
    const { folder, survey } = this.config;
    const found = new Array<CheckedSpectrum | UserError>(paths.length);
    const { signal, report } = this.context;
    const progress = report && throttledProgress({ signal, report }, 'Reading spectra', paths.length);
    const remaining = paths.entries();
    let done = 0;
    const lane = async () => {
      for (const [n, path] of remaining) {
        signal.throwIfAborted();
        found[n] = await this.readers.spectrum(resolve(folder, path), survey).catch((error: unknown) => {
          if (error instanceof UserError) return error;
          throw error;
        });
        progress?.(++done);
      }
    };
    await Promise.all(Array.from({ length: openFilesAtOnce }, lane));
    return found;
  }

  /** The spectra that can be read; the others become one problem. */
  private usable(paths: readonly string[], found: readonly (CheckedSpectrum | UserError)[]): CheckedSpectrum[] {
    const bad = paths.flatMap((path, n) => {
      const error = found[n];
      return error instanceof UserError ? [{ path, error }] : [];
    });
    if (bad.length > 0) {
      const first = bad
        .slice(0, 3)
        .map(({ path, error }) =>
          error.message.includes(basename(path)) ? error.message : `${path}: ${error.message}`,
        );
      const reasons = first.join('; ') + (bad.length > first.length ? '; …' : '');
      const code = bad.length === paths.length ? 'CAN105' : 'CAN104';
      this.report(code, { nBad: bad.length, nSpectra: paths.length, reasons }, this.valueRange('spectra'));
    }
    return found.filter((outcome): outcome is CheckedSpectrum => !(outcome instanceof UserError));
  }

  private checkCards(known: ReadonlyMap<string, string>): void {
    const cards = new Set(known.keys());
    const check = (card: string, range: TextRange | undefined, fixOf: ((meant: string) => string) | null) => {
      if (cards.has(card)) return;
      const meant = nearest(card, cards);
      this.report(
        'CAN110',
        { card, known: listNames(cards) },
        range,
        meant,
        meant !== null && fixOf ? fixOf(meant) : null,
      );
    };
    const match = this.config.reference?.match;
    if (match?.by === 'card') {
      const key = this.parsed.places.get(`reference/match/spectrum.${match.card}`)?.key;
      check(match.card, key ?? undefined, (meant) => `spectrum.${meant}`);
    }
    for (const { path, expression } of expressionsOf(this.config)) {
      const seen = new Set<string>();
      for (const node of nameNodes(expression.root)) {
        if (!node.name.startsWith('spectrum.') || seen.has(node.name)) continue;
        seen.add(node.name);
        const { range, isExact } = rangeInExpression(this.parsed, path, expression, node);
        check(node.name.slice('spectrum.'.length), range, isExact ? (meant) => writtenName(`spectrum.${meant}`) : null);
      }
    }
  }

  /** The table's row of each spectrum that has one. */
  private checkMatch(table: Table, spectra: readonly CheckedSpectrum[]): number[] {
    const { match } = this.config.reference!;
    const rows = [...matchReference(match, table, spectra).rowOfSpectrum].filter((row) => row >= 0);
    if (rows.length > 0) return rows;
    const [first] = spectra;
    const seen =
      match.by === 'card'
        ? `${match.card} = ${String(first!.cards[match.card] ?? 'nothing')}`
        : match.by === 'filename'
          ? `names such as ${basename(first!.path)}`
          : `positions such as ${first!.raDeg ?? '?'}, ${first!.decDeg ?? '?'}`;
    const expected =
      match.by === 'sky'
        ? `${positionOf(table, match, 'ra')[0]}, ${positionOf(table, match, 'dec')[0]}`
        : `${match.column} = ${String(table.columns.get(match.column)?.values[0] ?? 'nothing')}`;
    this.report('CAN106', { file: basename(table.path), seen, expected }, this.valueRange('reference/match'));
    return rows;
  }

  private async checkModels(
    table: Table,
    spectra: readonly CheckedSpectrum[],
    rows: readonly number[],
  ): Promise<ReferenceSet | null> {
    const { table: load, measure } = this.readers;
    const paths = spectra.map(({ path }) => path);
    const review = await readReview(this.config.folder);
    const place = this.parsed.places.get('reference')?.key ?? undefined;
    for (const { message, hint, code, severity } of review.problems) {
      this.problems.push({ message, hint, code, severity, file: this.config.path, ...(place && { range: place }) });
    }
    if (review.problems.length > 0) return null;
    let selected: ReferenceSet;
    try {
      selected = await selectTrainingSet(this.config, spectra, {
        load,
        review,
        ...(measure && { measure: measure(this.config, paths) }),
      });
    } catch (error) {
      // What a cut on χ² in windows needs may be missing: only it reads more than was checked before.
      const cut = this.config.quality.findIndex(isWindowCut);
      if (!(error instanceof UserError) || cut < 0) throw error;
      this.report('CAN102', { reason: error.message, hint: error.hint }, this.valueRange(`quality/${cut}`));
      return null;
    }
    const { models, notes, unknownReviewed: unknown } = selected;
    this.checkCuts(selected);
    if (unknown.length > 0) {
      const first = unknown.slice(0, 3).join(', ') + (unknown.length > 3 ? ', …' : '');
      const nUnknown = unknown.length === 1 ? '1 star' : `${unknown.length} stars`;
      this.report('CAN171', { nUnknown, first }, this.parsed.places.get('reference')?.key ?? undefined);
    }
    for (const { model, stars } of models) {
      const nTerms = termsOf(this.config.training.terms, model.labels).length;
      const place = this.parsed.places.get(`models/${model.name}`) ?? this.parsed.places.get('labels');
      const nLeast = minimumStars(nTerms);
      const slots = { model: model.name, nTerms, nStars: stars.length };
      if (stars.length < nLeast) this.report('CAN108', { ...slots, nLeast }, place?.key ?? undefined);
      else if (stars.length < 2 * nLeast)
        this.report('CAN109', { ...slots, nWanted: 2 * nLeast }, place?.key ?? undefined);
    }
    for (const { sentence: reason, about } of notes) {
      const place = this.parsed.places.get(about) ?? this.parsed.places.get('reference');
      this.report('CAN111', { reason }, place?.key ?? place?.value);
    }
    tellOfLabels(this.config, table, rows, models, this.tell);
    tellOfCoverage(coverageOfModels(models, spectra, this.config.training.terms), this.tell);
    return selected;
  }

  /** A cut that leaves nothing, leaves all, or was not made. */
  private checkCuts({ funnel }: ReferenceSet): void {
    this.config.quality.forEach((_, index) => {
      const at = funnel.findIndex(({ key }) => key === `quality/${index}`);
      const { step: cut, stars, isPending } = funnel[at]!;
      const nBefore = funnel[at - 1]!.stars;
      const range = this.valueRange(`quality/${index}`);
      if (isPending) this.report('CAN143', {}, range);
      else if (nBefore > 0 && stars === 0) this.report('CAN140', { cut, nBefore }, range);
      else if (stars === nBefore && nBefore > 0) this.report('CAN141', { cut, nBefore }, range);
    });
  }
}

/** Whether every label of a model is there: not while one is being renamed, which the text's own problems tell. */
function namesOnlyKnownLabels({ labels, models }: Config): boolean {
  return models.every((model) => model.labels.every((name) => labels.some((label) => label.name === name)));
}

/**
 * The stars of a survey that the reference table knows, gathered spectrum by spectrum: the others, a hundred times as many, are
 * counted and forgotten. Spectra may come in any order; what comes of it depends on their indices alone.
 */
import { resolve } from 'node:path';
import type { Config } from '../config/config';
import { UserError } from '../problems';
import type { SpectrumIdentity } from '../spectra/spectrum';
import { labelColumns, type LabelColumn } from './derivedLabels';
import { Matcher } from './match';
import { type FoundEntry, readReview, type Review, Verdicts } from './review';
import { mentionedIn, readTable, type Table } from './table';

/** The spectra with a row, in the order of the survey, and what there is to choose among them by. */
export interface MatchedSurvey {
  readonly table: Table;
  readonly labels: ReadonlyMap<string, LabelColumn>;
  /** Spectra that were offered, with a row or without. */
  readonly nSpectra: number;
  readonly stars: readonly MatchedStar[];
  /** Stars of `review.yaml` that none of the spectra is. */
  readonly unknownReviewed: readonly string[];
  /** What of the match a person should know. */
  readonly sentences: readonly string[];
}

export interface MatchedStar {
  /** Index of its spectrum in the survey. */
  readonly spectrumIdx: number;
  readonly spectrum: SpectrumIdentity;
  /** Row of the reference table. */
  readonly row: number;
  /** What a person has said about it. */
  readonly verdict: FoundEntry | null;
}

/** How the selection comes by what is not in the config: a caller that asks often gives a `load` that remembers. */
export interface SurveyReaders {
  readonly load?: (path: string) => Promise<Table>;
  /** Verdicts on stars; absent: those in `review.yaml` beside the config. */
  readonly review?: Review;
}

export class SurveyMatcher {
  readonly #stars: MatchedStar[] = [];
  #nSpectra = 0;

  private constructor(
    private readonly table: Table,
    private readonly matcher: Matcher,
    private readonly labels: ReadonlyMap<string, LabelColumn>,
    private readonly verdicts: Verdicts,
  ) {}

  /**
   * Reads the table and the verdicts.
   * @throws UserError CAN006 without a reference, CAN10x when the table cannot serve, CAN14x when a label cannot be made of it,
   * CAN170 when the verdicts on stars cannot be used.
   */
  static async begin(
    config: Config,
    { load = (path) => readTable(path, mentionedIn(config)), review }: SurveyReaders = {},
  ): Promise<SurveyMatcher> {
    if (config.reference === null) {
      throw new UserError(
        'The config has no reference table',
        'Training needs `reference: { file: …, match: … }`.',
        'CAN006',
      );
    }
    const { file, match } = config.reference;
    const table = await load(resolve(config.folder, file));
    const matcher = new Matcher(match, table);
    const labels = labelColumns(config.labels, table);
    return new SurveyMatcher(table, matcher, labels, new Verdicts(review ?? (await readReview(config.folder))));
  }

  /** The spectrum at `spectrumIdx` of the survey. @returns whether it is kept. */
  add(spectrumIdx: number, spectrum: SpectrumIdentity): boolean {
    this.#nSpectra++;
    const row = this.matcher.add(spectrumIdx, spectrum);
    const verdict = this.verdicts.of(spectrum);
    if (row >= 0) this.#stars.push({ spectrumIdx, spectrum, row, verdict });
    return row >= 0;
  }

  /** When all have been added. */
  finish(): MatchedSurvey {
    return {
      table: this.table,
      labels: this.labels,
      nSpectra: this.#nSpectra,
      stars: this.#stars.sort((a, b) => a.spectrumIdx - b.spectrumIdx),
      unknownReviewed: this.verdicts.unknown,
      sentences: this.matcher.sentences(),
    };
  }
}

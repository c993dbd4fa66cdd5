/**
 * What a catalog says when it is asked, as the language server answers and the review bench shows it. Types only. Rows are those of
 * the file, 0 the first; values cross column by column.
 */
import type { ReviewEntry } from '../reference/review';
import type { NearestStars } from '../jobs/trainingSetView';
import type { ColumnKind } from './filterValue';
import type { FilterProblem } from './filterTokens';

export interface CatalogColumnInfo {
  readonly name: string;
  /** As the file says, or "". */
  readonly unit: string;
  readonly ucd: string;
  readonly kind: ColumnKind;
}

/** A kind of flag, one bit of the column `flags`. */
export interface CatalogFlag {
  readonly bit: number;
  /** As searches write it: has('binary'). */
  readonly name: string;
  /** What it says of a star, in words. */
  readonly words: string;
}

/** A condition that the survey's description keeps under a name. */
export interface SavedSearch {
  readonly name: string;
  readonly where: string;
  /** Null for one that can be used with this catalog. */
  readonly problem: FilterProblem | null;
}

export interface CatalogFacts {
  readonly nRows: number;
  /** In the order of the file. `verdict`, `enriched_in`, `note` and the verdicts' bits of `flags` are those of review.yaml. */
  readonly columns: readonly CatalogColumnInfo[];
  readonly flags: readonly CatalogFlag[];
  readonly searches: readonly SavedSearch[];
  /** The column that says how surprising a star is; null for a catalog without one. */
  readonly surprise: string | null;
  /** Why verdicts cannot be shown, or "". */
  readonly reviewProblem: string;
}

/** Exactly one of `nSelected` and `problem` says something: a condition that is still being typed is no failure. */
export interface SelectionSize {
  readonly nSelected: number;
  readonly nRows: number;
  readonly problem: FilterProblem | null;
}

/** Ids beyond 2^53 are digits, and null is a missing value. */
export type CellValue = string | number | boolean | null;

export interface SelectedRows {
  readonly nSelected: number;
  /** Row of the file, one a star. */
  readonly rows: readonly number[];
  /** One list a column asked for, in that order. */
  readonly values: readonly (readonly CellValue[])[];
  /** By index into `rows`. */
  readonly verdicts: readonly (ReviewEntry & { readonly at: number })[];
}

export interface SelectionCounts {
  readonly nSelected: number;
  readonly nReviewed: number;
  /** Stars of the selection with each flag; in the order of the bits, all flags. */
  readonly flags: readonly { readonly name: string; readonly count: number }[];
  /** Verdicts that are there, the most frequent first. */
  readonly verdicts: readonly { readonly verdict: string; readonly count: number }[];
}

/** Another observation of a star. */
export interface RepeatOfStar {
  readonly obsid: string;
  /** Absolute; null where it is not known. */
  readonly path: string | null;
  /** By name; what the repeat has of labels, χ² and S/N. */
  readonly values: Readonly<Record<string, number>>;
  readonly flags: readonly string[];
}

/** Why a star was flagged, in words, with the stars to compare it with. */
export interface StarReasons {
  /** As review.yaml names it. */
  readonly star: string;
  /** Of its spectrum, absolute; null where it is not known. Of several observations that of the odd one. */
  readonly path: string | null;
  /** What to think of the star, in one sentence; "" where there is nothing to say. */
  readonly summary: string;
  /** With the flag each is about, by name; "" for a remark. */
  readonly reasons: readonly { readonly flag: string; readonly text: string }[];
  /** All columns of the star that have a value. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
  readonly verdict: ReviewEntry | null;
  readonly repeats: readonly RepeatOfStar[];
  /** Index of the most surprising of `repeats`, which the star's flags are most likely about; −1 where none is known to be. */
  readonly odd: number;
  readonly nearest: NearestStars | null;
  /** Why there are no nearest training stars, or "". */
  readonly nearestProblem: string;
}

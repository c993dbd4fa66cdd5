/**
 * What client and server say to each other about catalogs: a survey's stars as a table, a row a star, with flags.
 *
 * A selection travels as what was asked for, never as a number that only one process knows: after a restart of the server the
 * same question has the same answer. Row numbers are those of the file, 0 the first. Values cross column by column.
 */
import type { NearestStars, Packed, ReviewEntry } from '../engine/index';
import type { Notification, Request } from './protocol';

/** A catalog, and the survey whose verdicts and saved searches belong to it. */
export interface CatalogParams {
  /** Absolute path of the survey's description; null for a catalog of none. */
  readonly config: string | null;
  /** Absolute path: Parquet, FITS, VOTable or CSV. */
  readonly catalog: string;
}

export interface CatalogColumnInfo {
  readonly name: string;
  /** As the file says, or "". */
  readonly unit: string;
  readonly ucd: string;
  readonly kind: 'number' | 'integer' | 'text' | 'boolean';
}

/** A kind of flag, one bit of the column `flags`. */
export interface CatalogFlag {
  readonly bit: number;
  /** As searches write it: has('binary'). */
  readonly name: string;
  /** What it says of a star, in words. */
  readonly words: string;
}

/** What is wrong with a condition, at UTF-16 offsets in its text. */
export interface SearchProblem {
  readonly message: string;
  readonly hint: string;
  readonly start: number;
  readonly end: number;
  /** What might stand there instead; absent where nobody can tell. */
  readonly fix?: string;
}

/** A condition that the survey's description keeps under a name. */
export interface SavedSearch {
  readonly name: string;
  readonly where: string;
  /** Null for one that can be used with this catalog. */
  readonly problem: SearchProblem | null;
}

export interface CatalogAnswer {
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
/** client → server: what is in a catalog. */
export const CatalogOpenRequest: Request<CatalogParams, Packed<CatalogAnswer>> = { method: 'cannon/catalog/open' };

/** Which stars, in which order. All conditions hold at once. */
export interface CatalogSelection {
  /** SQL, as after WHERE; "" for all. docs/catalog-queries.md has the language. */
  readonly where: string;
  /** Bits, of which a star has at least one; 0 for all stars. */
  readonly flags: number;
  /** Text within the star's ids or the path of its spectrum, in any case; "" for all. */
  readonly search: string;
  /** Stars that somebody has given a verdict, the others, or all. */
  readonly reviewed: 'all' | 'yes' | 'no';
  /** A column; null for the order of the file. Stars without a value come last, equal ones in the order of the file. */
  readonly sort: string | null;
  readonly descending: boolean;
}

export interface SelectionParams extends CatalogParams {
  readonly selection: CatalogSelection;
}

/** Exactly one of `nSelected` and `problem` says something: a condition that is still being typed is no failure. */
export interface SelectAnswer {
  readonly nSelected: number;
  readonly nRows: number;
  readonly problem: SearchProblem | null;
}
/** client → server: how many stars a selection has. The order is kept for `cannon/catalog/rows`. */
export const CatalogSelectRequest: Request<SelectionParams, SelectAnswer> = { method: 'cannon/catalog/select' };

/** Of one column; ids beyond 2^53 are digits, and null is a missing value. */
export type CatalogValues = readonly (string | number | boolean | null)[];

/** `count` rows of a selection from the one numbered `from`; at most `mostRows`. */
export interface RowsParams extends SelectionParams {
  readonly from: number;
  readonly count: number;
  /** By name; those that the catalog does not have are null throughout. */
  readonly columns: readonly string[];
}
export const mostRows = 5000;

export interface RowsAnswer {
  readonly nSelected: number;
  /** Row of the file, one a star. */
  readonly rows: readonly number[];
  /** One list a column asked for, in that order. */
  readonly values: readonly CatalogValues[];
  /** By index into `rows`. */
  readonly verdicts: readonly (ReviewEntry & { readonly at: number })[];
}
/** client → server: some rows of a selection. */
export const CatalogRowsRequest: Request<RowsParams, RowsAnswer> = { method: 'cannon/catalog/rows' };

export interface CountsAnswer {
  readonly nSelected: number;
  readonly nReviewed: number;
  /** Stars of the selection with each flag; in the order of the bits, all flags. */
  readonly flags: readonly { readonly name: string; readonly count: number }[];
  /** Verdicts that are there, the most frequent first. */
  readonly verdicts: readonly { readonly verdict: string; readonly count: number }[];
}
/** client → server: what the stars of a selection have. */
export const CatalogCountsRequest: Request<SelectionParams, CountsAnswer> = { method: 'cannon/catalog/counts' };

/** Bins of equal width over the values of a column of numbers. */
export interface HistogramParams extends SelectionParams {
  readonly column: string;
  /** At most 1000. */
  readonly nBins: number;
}
export interface HistogramAnswer {
  /** Ends of the range; both 0 where no star has a value. The last bin includes its end. */
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
  /** Stars of the selection without a value. */
  readonly nMissing: number;
}
/** client → server: how the values of a column are distributed in a selection. */
export const CatalogHistogramRequest: Request<HistogramParams, HistogramAnswer> = {
  method: 'cannon/catalog/histogram',
};

/** Stars by source_id, obsid, designation, or the path or file name of a spectrum. */
export interface CatalogStarsParams extends SelectionParams {
  readonly stars: readonly string[];
  readonly columns: readonly string[];
}
export interface CatalogStarsAnswer {
  /** One a star asked for; null for a star that the catalog does not have. */
  readonly stars: readonly ({
    readonly row: number;
    /** Its place in the selection, 0 the first; −1 for one that is not in it. */
    readonly position: number;
    readonly values: CatalogValues;
  } | null)[];
}
/** client → server: certain stars, and where they are in a selection. */
export const CatalogStarsRequest: Request<CatalogStarsParams, CatalogStarsAnswer> = { method: 'cannon/catalog/stars' };

/** One star of a catalog, by its row. */
export interface ReasonsParams extends CatalogParams {
  readonly row: number;
  /** How many of the nearest training stars; 0 for none, which is quick: no spectrum is read then. */
  readonly nNearest: number;
}
export interface CatalogReason {
  /** The flag it is about, by name; "" for a remark. */
  readonly flag: string;
  readonly text: string;
}
export interface RepeatOfStar {
  readonly obsid: string;
  /** Absolute; null where it is not known. */
  readonly path: string | null;
  /** By name; what the repeat has of labels, χ² and S/N. */
  readonly values: Readonly<Record<string, number>>;
  readonly flags: readonly string[];
}
export interface ReasonsAnswer {
  /** As review.yaml names it. */
  readonly star: string;
  /** Of its spectrum, absolute; null where it is not known. */
  readonly path: string | null;
  /** What to think of the star, in one sentence; "" where there is nothing to say. */
  readonly summary: string;
  readonly reasons: readonly CatalogReason[];
  /** All columns of the star that have a value. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
  readonly verdict: ReviewEntry | null;
  readonly repeats: readonly RepeatOfStar[];
  readonly nearest: NearestStars | null;
  /** Why there are no nearest training stars, or "". */
  readonly nearestProblem: string;
}
/** client → server: why a star was flagged, in words, with the stars to compare it with. */
export const CatalogReasonsRequest: Request<ReasonsParams, Packed<ReasonsAnswer>> = {
  method: 'cannon/catalog/reasons',
};

/** server → client: a catalog that was asked about is another file now, or its verdicts or saved searches are others. */
export const CatalogChangedNotification: Notification<
  CatalogParams & { readonly what: 'catalog' | 'verdicts' | 'searches' }
> = { method: 'cannon/catalog/changed' };

/** client → server: the catalogs of a survey, the newest first: absolute paths. */
export const CatalogsRequest: Request<{ readonly config: string }, { readonly catalogs: readonly string[] }> = {
  method: 'cannon/catalog/list',
};

/** client → server: the flagged stars among the rows of a table of labels, by the catalogs of the surveys that are open. */
export interface FlaggedRowsParams {
  /** Absolute path of the table, and its text as it is in the editor. */
  readonly file: string;
  readonly text: string;
}
export interface FlaggedRow {
  /** On which its row begins and ends; 0 is the first line. */
  readonly line: number;
  readonly lastLine: number;
  readonly star: string;
  readonly config: string;
  readonly catalog: string;
  readonly row: number;
  readonly flags: readonly string[];
  /** In words. */
  readonly reasons: readonly string[];
  /** "" where there is none. */
  readonly verdict: string;
}
export const FlaggedRowsRequest: Request<FlaggedRowsParams, { readonly rows: readonly FlaggedRow[] }> = {
  method: 'cannon/catalog/flaggedRows',
};

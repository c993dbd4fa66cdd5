/**
 * What client and server say to each other about catalogs: a survey's stars as a table, a row a star, with flags.
 *
 * A selection travels as what was asked for, never as a number that only one process knows: after a restart of the server the
 * same question has the same answer. Row numbers are those of the file, 0 the first. Values cross column by column.
 */
import type {
  CatalogFacts,
  CellValue,
  Packed,
  SelectedRows,
  Selection,
  SelectionCounts,
  SelectionSize,
  StarReasons,
} from '../engine/index';
import type { Notification, Request } from './protocol';

/** A catalog, and the survey whose verdicts and saved searches belong to it. */
export interface CatalogParams {
  /** Absolute path of the survey's description; null for a catalog of none. */
  readonly config: string | null;
  /** Absolute path: Parquet, FITS, VOTable or CSV. */
  readonly catalog: string;
}

/** client → server: what is in a catalog. */
export const CatalogOpenRequest: Request<CatalogParams, Packed<CatalogFacts>> = { method: 'cannon/catalog/open' };

export interface SelectionParams extends CatalogParams {
  readonly selection: Selection;
}
/** client → server: how many stars a selection has. The order is kept for `cannon/catalog/rows`. */
export const CatalogSelectRequest: Request<SelectionParams, SelectionSize> = { method: 'cannon/catalog/select' };

/** `count` rows of a selection from the one numbered `from`; at most `mostRows`. */
export interface RowsParams extends SelectionParams {
  readonly from: number;
  readonly count: number;
  /** By name; those that the catalog does not have are null throughout. */
  readonly columns: readonly string[];
}
export const mostRows = 5000;

/** client → server: some rows of a selection. */
export const CatalogRowsRequest: Request<RowsParams, SelectedRows> = { method: 'cannon/catalog/rows' };

/** client → server: what the stars of a selection have. */
export const CatalogCountsRequest: Request<SelectionParams, SelectionCounts> = { method: 'cannon/catalog/counts' };

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
    readonly values: readonly CellValue[];
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
/** client → server: why a star was flagged, in words, with the stars to compare it with. */
export const CatalogReasonsRequest: Request<ReasonsParams, Packed<StarReasons>> = {
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

/**
 * Which stars of a catalog are pairs: a table with a row a pair, joined by ids or by positions. What cannot be used is counted
 * by its reason, never dropped in silence.
 */
import { UserError } from '../problems';
import { matchKey } from '../reference/match';
import { SkyIndex } from '../reference/skyIndex';
import type { AnalysisTable } from './analysisTable';
import { bestRowOfKey, positionsOf } from './starRows';

export interface PairListOptions {
  /** Column of ids in the catalog. */
  readonly id?: string;
  /** Columns of ids in the table of pairs, one for each star. */
  readonly pairIds?: readonly [string, string];
  /** Join by position instead, within so many arcseconds; columns ra1, dec1, ra2, dec2 of the table of pairs. */
  readonly radiusArcsec?: number;
  readonly pairPositions?: readonly [string, string, string, string];
}

export interface PairList {
  /** Rows of the catalog, two a pair, the smaller first. */
  readonly rows: readonly (readonly [number, number])[];
  readonly joinedBy: string;
  readonly nListed: number;
  /** Reason → how many pairs. */
  readonly dropped: ReadonlyMap<string, number>;
  readonly warnings: readonly string[];
}

const usualIds: readonly (readonly [string, string])[] = [
  ['source_id1', 'source_id2'],
  ['source_id_1', 'source_id_2'],
  ['obsid1', 'obsid2'],
  ['star_id1', 'star_id2'],
  ['id1', 'id2'],
  ['designation1', 'designation2'],
];
const usualPositions: readonly (readonly [string, string, string, string])[] = [
  ['ra1', 'dec1', 'ra2', 'dec2'],
  ['ra_1', 'dec_1', 'ra_2', 'dec_2'],
];

/** The columns that the join needs: of the catalog, and of the table of pairs. @throws UserError CAN440. */
export function pairColumns(
  catalog: AnalysisTable,
  pairs: AnalysisTable,
  options: PairListOptions,
): { catalog: string[]; pairs: string[]; by: 'id' | 'sky' } {
  const bySky = options.radiusArcsec !== undefined || options.pairPositions !== undefined;
  if (!bySky) {
    const ids = options.pairIds ?? usualIds.find((two) => two.every((name) => pairs.find(name) !== null));
    if (ids !== undefined) {
      const wanted = ids.map((name) => pairs.require(name));
      const stem = wanted[0]!.replace(/_?1$/, '');
      const id = options.id ?? catalog.firstOf([stem]) ?? null;
      if (id !== null) return { catalog: [catalog.require(id)], pairs: wanted, by: 'id' };
      throw new UserError(
        `${catalog.file} has no column "${stem}" to find the ids ${wanted.join(', ')} of ${pairs.file} in`,
        'Name the column of ids with --id, or join by position with --radius.',
        'CAN440',
      );
    }
  }
  const places =
    options.pairPositions ?? usualPositions.find((four) => four.every((name) => pairs.find(name) !== null));
  if (places === undefined)
    throw new UserError(
      `${pairs.file} has no columns that are known to be ids or positions of two stars`,
      `Name them: --pair-ids ID1 ID2, or --pair-positions RA1 DEC1 RA2 DEC2. Its columns are ${pairs.names.slice(0, 12).join(', ')}.`,
      'CAN440',
    );
  return { catalog: [], pairs: places.map((name) => pairs.require(name)), by: 'sky' };
}

/** Both tables have read the columns of `pairColumns`, the catalog its positions and S/N too. */
export function joinPairs(catalog: AnalysisTable, pairs: AnalysisTable, options: PairListOptions): PairList {
  const columns = pairColumns(catalog, pairs, options);
  const warnings: string[] = [];
  const find = columns.by === 'id' ? byId(catalog, columns.catalog[0]!, warnings) : bySky(catalog, options);
  const dropped = new Map<string, number>();
  const drop = (why: string) => void dropped.set(why, (dropped.get(why) ?? 0) + 1);
  const seen = new Set<string>();
  const rows: [number, number][] = [];
  const cells = columns.pairs.map((name) => pairs.column(name).values);
  for (let n = 0; n < pairs.nRows; n++) {
    const half = columns.pairs.length / 2;
    const [a, b] = [0, 1].map((k) => find(cells.slice(k * half, (k + 1) * half).map((column) => column[n]!)));
    if (a === undefined || b === undefined || a < 0 || b < 0) drop('not both stars are in the catalog');
    else if (a === b) drop('both stars are one row of the catalog');
    else if (seen.has(`${Math.min(a, b)} ${Math.max(a, b)}`)) drop('listed more than once');
    else {
      rows.push([Math.min(a, b), Math.max(a, b)]);
      seen.add(`${Math.min(a, b)} ${Math.max(a, b)}`);
    }
  }
  if (rows.length === 0)
    throw new UserError(
      `No pair of ${pairs.file} has both stars in ${catalog.file}`,
      columns.by === 'id'
        ? `They were looked for by ${columns.pairs.join(', ')} in ${columns.catalog[0]!}: check that these are ids of one kind, or join by position with --radius.`
        : 'They were looked for by position: check the columns, or give a larger --radius.',
      'CAN443',
    );
  const joinedBy =
    columns.by === 'id'
      ? `${columns.pairs.join(', ')} = ${columns.catalog[0]!}`
      : `position (${columns.pairs.join(', ')})`;
  return { rows, joinedBy, nListed: pairs.nRows, dropped, warnings };
}

type Finder = (cells: readonly (string | number | boolean | null)[]) => number;

function byId(catalog: AnalysisTable, name: string, warnings: string[]): Finder {
  const { rowOfKey, warning } = bestRowOfKey(catalog, name);
  if (warning !== null) warnings.push(warning);
  return ([cell]) => rowOfKey.get(matchKey(cell ?? null) ?? '') ?? -1;
}

const usualRadiusArcsec = 2;

function bySky(catalog: AnalysisTable, { radiusArcsec = usualRadiusArcsec }: PairListOptions): Finder {
  const { ra, dec } = positionsOf(catalog);
  const index = new SkyIndex(ra, dec);
  return ([raDeg, decDeg]) => {
    if (typeof raDeg !== 'number' || typeof decDeg !== 'number') return -1;
    let [best, nearest] = [-1, Infinity];
    index.within(raDeg, decDeg, radiusArcsec / 3600, (row, distance) => {
      if (distance < nearest || (distance === nearest && row < best)) [best, nearest] = [row, distance];
    });
    return best;
  };
}

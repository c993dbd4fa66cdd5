/** What the stars of a selection have: values of some rows, counts of flags and verdicts, how a column is distributed. */
import { flagBits, reviewBits } from '../catalog/flagBits';
import { UserError } from '../problems';
import { rowNumber } from './catalogFile';
import type { CatalogSearch, Selection } from './catalogSearch';
import type { QueryLimits } from './database';

/** Integers beyond 2^53 are digits; null is a missing value. */
export type CatalogValue = string | number | boolean | null;

/** A list a column asked for, each with a value a row; of a column that the catalog does not have, nulls. */
export async function valuesOf(
  search: CatalogSearch,
  rows: ArrayLike<number>,
  names: readonly string[],
  limits?: QueryLimits,
): Promise<CatalogValue[][]> {
  const columns = names.map((name) => search.columns.find((column) => column.name === name) ?? null);
  const asked = [...new Set(columns.filter((column) => column !== null))];
  const lists = names.map(() => new Array<CatalogValue>(rows.length).fill(null));
  if (rows.length === 0 || asked.length === 0) return lists;
  const list = asked.map(({ kind, sql }) => (kind === 'number' ? `CAST(${sql} AS DOUBLE)` : sql));
  const from = search.fromWith(asked.map(({ name }) => name));
  const places = new Map(Array.from(rows, (row, at) => [row, at]));
  const sql = `SELECT ${rowNumber}, ${list.join(', ')} FROM ${from} WHERE ${rowNumber} IN (${[...places.keys()].join(', ')})`;
  for (const [row, ...values] of await search.file.database.rows(sql, limits)) {
    const at = places.get(Number(row))!;
    columns.forEach((column, k) => {
      if (column !== null) lists[k]![at] = plain(values[asked.indexOf(column)]);
    });
  }
  return lists;
}

function plain(value: unknown): CatalogValue {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

export interface SelectionCounts {
  readonly nSelected: number;
  readonly nReviewed: number;
  /** All flags, in the order of their bits. */
  readonly flags: readonly { readonly name: string; readonly count: number }[];
  /** The most frequent first. */
  readonly verdicts: readonly { readonly verdict: string; readonly count: number }[];
}

/** @throws FilterError, UserError CAN370 */
export async function countsOf(
  search: CatalogSearch,
  selection: Selection,
  limits?: QueryLimits,
): Promise<SelectionCounts> {
  const { database } = search.file;
  const { from, where } = search.sourceOf(selection, ['flags']);
  const flags = search.columnNamed('flags').sql;
  const tests = [...flagBits.map(({ bit }) => 2 ** bit), reviewBits];
  const sums = tests.map((mask) => `count(*) FILTER ((f & ${mask}) <> 0)`).join(', ');
  const [row] = await database.rows(
    `SELECT count(*), ${sums} FROM (SELECT ${flags} AS f FROM ${from}${where})`,
    limits,
  );
  const counts = row!.map(Number);
  const isNamed = `${where === '' ? ' WHERE' : `${where} AND`} r.verdict IS NOT NULL`;
  const verdicts = await database.rows(
    `SELECT r.verdict, count(*) FROM ${from}${isNamed} GROUP BY 1 ORDER BY 2 DESC, 1`,
    limits,
  );
  return {
    nSelected: counts[0]!,
    nReviewed: counts.at(-1)!,
    flags: flagBits.map(({ name }, i) => ({ name, count: counts[1 + i]! })),
    verdicts: verdicts.map(([verdict, count]) => ({ verdict: String(verdict), count: Number(count) })),
  };
}

export interface Histogram {
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
  readonly nMissing: number;
}

const mostBins = 1000;

/** Bins of equal width over all values of a selection; the last includes its end. @throws FilterError, UserError CAN370 */
export async function histogramOf(
  search: CatalogSearch,
  selection: Selection,
  name: string,
  nBins: number,
  limits?: QueryLimits,
): Promise<Histogram> {
  const { kind, sql } = search.columnNamed(name);
  if (kind === 'text') {
    throw new UserError(`"${name}" holds texts, which have no distribution`, 'Choose a column of numbers.', 'CAN370');
  }
  if (!Number.isInteger(nBins) || nBins < 1 || nBins > mostBins) {
    throw new UserError(`A histogram cannot have ${nBins} bins`, `Ask for 1 to ${mostBins}.`, 'CAN370');
  }
  const { database } = search.file;
  const source = search.sourceOf(selection, [name]);
  const values = `(SELECT TRY_CAST(${sql} AS DOUBLE) AS x FROM ${source.from}${source.where})`;
  const [ends] = await database.rows(`SELECT min(x), max(x), count(*), count(x) FROM ${values}`, limits);
  const [from, to] = [ends![0] as number | null, ends![1] as number | null];
  const nMissing = Number(ends![2]) - Number(ends![3]);
  const counts = new Array<number>(nBins).fill(0);
  if (from === null || to === null) return { from: 0, to: 0, counts, nMissing };
  const width = to > from ? to - from : 1;
  const bin = `least(${nBins - 1}, CAST(floor((x - CAST(${from} AS DOUBLE)) / CAST(${width} AS DOUBLE) * ${nBins}) AS INTEGER))`;
  const found = await database.rows(
    `SELECT ${bin} AS b, count(*) FROM ${values} WHERE x IS NOT NULL GROUP BY b`,
    limits,
  );
  for (const [b, count] of found) counts[Number(b)] = Number(count);
  return { from, to, counts, nMissing };
}

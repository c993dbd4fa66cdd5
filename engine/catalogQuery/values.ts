/** What the stars of a selection have: values of some rows, counts of flags and verdicts. */
import { flagBits, reviewBits } from '../catalog/flagBits';
import type { CellValue, SelectionCounts } from './answers';
import { rowNumber } from './catalogFile';
import type { CatalogSearch, Selection } from './catalogSearch';
import type { QueryLimits } from './database';

/** A list a column asked for, each with a value a row; of a column that the catalog does not have, nulls. */
export async function valuesOf(
  search: CatalogSearch,
  rows: ArrayLike<number>,
  names: readonly string[],
  limits?: QueryLimits,
): Promise<CellValue[][]> {
  const columns = names.map((name) => search.columns.find((column) => column.name === name) ?? null);
  const asked = [...new Set(columns.filter((column) => column !== null))];
  const lists = names.map(() => new Array<CellValue>(rows.length).fill(null));
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

function plain(value: unknown): CellValue {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
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

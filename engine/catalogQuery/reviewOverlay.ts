/**
 * The verdicts of `review.yaml` on the rows of a catalog: they show at once, whatever the file says. A star is named by its
 * OBSID, its designation, its source_id, or its spectrum's path or file name. A verdict that the file has and review.yaml
 * does not is kept only while review.yaml has such a verdict on a star that the catalog does not name: an observation that is
 * not the best of its star.
 */
import { maskOf, type FlagName } from '../catalog/flagBits';
import type { ReviewEntry, StarVerdict } from '../reference/review';
import { sqlText } from '../reference/duckdb';
import { type CatalogFile, rowNumber } from './catalogFile';

export interface RowVerdict extends ReviewEntry {
  readonly bits: number;
}

/** The bit of the column `flags` that a verdict sets. */
function bitsOfVerdict(verdict: string): number {
  if (verdict.startsWith('enriched in')) return maskOf(['reviewed_enriched']);
  const names: Readonly<Record<string, FlagName>> = {
    ...{ real: 'reviewed_real', binary: 'reviewed_binary', ignore: 'reviewed_ignore' },
    ...{ exclude: 'reviewed_bad', 'bad spectrum': 'reviewed_bad', 'bad label': 'reviewed_bad' },
  };
  const name = Object.hasOwn(names, verdict) ? names[verdict] : undefined;
  return name === undefined ? 0 : maskOf([name]);
}

/** "Ba" of "enriched in Ba", else "". */
export function elementOfVerdict(verdict: string): string {
  return verdict.startsWith('enriched in ') ? verdict.slice('enriched in '.length) : '';
}

/** Verdicts by row. @param entries null where there is no review.yaml to look at: those of the file count */
export async function verdictsOfRows(
  file: CatalogFile,
  entries: ReadonlyMap<string, ReviewEntry> | null,
): Promise<Map<number, RowVerdict>> {
  const found = new Map<number, RowVerdict>();
  const rows = entries === null ? new Map<string, number[]>() : await rowsOfNames(file, [...entries.keys()]);
  const astray = new Set<string>();
  for (const [name, { verdict, note, by, date }] of entries ?? []) {
    const bits = bitsOfVerdict(verdict);
    const own = rows.get(name) ?? [];
    if (own.length === 0) astray.add(verdict);
    for (const row of own) if (!found.has(row)) found.set(row, { verdict, note, by, date, bits });
  }
  const baked = file.columns.find(({ name, kind }) => name === 'verdict' && kind === 'text');
  if (baked === undefined || (entries !== null && astray.size === 0)) return found;
  const sql = `SELECT ${rowNumber}, ${baked.sql} FROM ${file.from} WHERE ${baked.sql} IS NOT NULL`;
  for (const [row, verdict] of (await file.database.rows(sql)) as [bigint, string][]) {
    if (found.has(Number(row)) || (entries !== null && !astray.has(verdict))) continue;
    const bits = bitsOfVerdict(verdict);
    found.set(Number(row), { verdict: verdict as StarVerdict, note: '', by: '', date: '', bits });
  }
  return found;
}

function isInteger64(text: string): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

const idColumns = ['obsid', 'designation', 'source_id'] as const;

/** Rows by the names that stars go by, in their order. */
export async function rowsOfNames(file: CatalogFile, names: readonly string[]): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  if (names.length === 0) return found;
  const add = async (value: string, condition: string) => {
    const sql = `SELECT ${rowNumber}, ${value} FROM ${file.from} WHERE ${condition} ORDER BY 1`;
    for (const [row, name] of (await file.database.rows(sql)) as [bigint, string][]) {
      const known = found.get(name);
      if (known === undefined) found.set(name, [Number(row)]);
      else if (!known.includes(Number(row))) known.push(Number(row));
    }
  };
  for (const wanted of idColumns) {
    const column = file.columns.find(({ name }) => name === wanted);
    if (column === undefined) continue;
    const asked = column.kind === 'text' ? names.map(sqlText) : names.filter(isInteger64);
    if (asked.length > 0) await add(`CAST(${column.sql} AS VARCHAR)`, `${column.sql} IN (${asked.join(', ')})`);
  }
  const spectrum = file.columns.find(({ name, kind }) => name === 'spectrum' && kind === 'text');
  const rest = names.filter((name) => !found.has(name));
  if (spectrum === undefined || rest.length === 0) return found;
  const paths = rest.filter((name) => name.includes('/'));
  if (paths.length > 0) await add(spectrum.sql, `${spectrum.sql} IN (${paths.map(sqlText).join(', ')})`);
  // A file goes by its name, with or without what says that it is FITS.
  const others = rest.filter((name) => !name.includes('/'));
  if (others.length === 0) return found;
  const endings = ['', '.fits', '.fits.gz', '.fit', '.fit.gz', '.fits.fz', '.fits.Z'];
  const byFile = new Map(others.flatMap((name) => endings.map((ending) => [`${name}${ending}`, name] as const)));
  const fileName = `parse_filename(${spectrum.sql}, false, 'forward_slash')`;
  const sql =
    `SELECT ${rowNumber}, ${fileName} AS f FROM ${file.from} ` +
    `WHERE f IN (${[...byFile.keys()].map(sqlText).join(', ')}) ORDER BY 1`;
  for (const [row, name] of (await file.database.rows(sql)) as [bigint, string][]) {
    const star = byFile.get(name)!;
    found.set(star, [...(found.get(star) ?? []), Number(row)]);
  }
  return found;
}

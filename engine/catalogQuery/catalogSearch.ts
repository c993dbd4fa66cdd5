/**
 * Searches over one catalog: how many of its stars meet a condition, and which they are, in some order. Verdicts of
 * `review.yaml` are laid over the file (`reviewOverlay.ts`) and count in conditions like columns.
 *
 * A row is a number, 0 the first of the file. Stars without a value come last, equal ones as in the file. The first thousand
 * of a selection are found without sorting all of it; the whole order, 4 bytes a row, is made when somebody goes further.
 */
import { reviewBits } from '../catalog/flagBits';
import { UserError } from '../problems';
import { sqlText } from '../reference/duckdb';
import type { ReviewEntry } from '../reference/review';
import { type CatalogColumn, type CatalogFile, rowNumber } from './catalogFile';
import type { QueryLimits } from './database';
import { parseFilter } from './filter';
import { filterSql } from './filterSql';
import { FilterError, type FilterProblem } from './filterTokens';
import { elementOfVerdict, type RowVerdict, rowsOfNames, verdictsOfRows } from './reviewOverlay';

/** Which stars, in which order. All conditions hold at once. */
export interface Selection {
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

export const everything: Selection = {
  ...{ where: '', flags: 0, search: '', reviewed: 'all', sort: null, descending: false },
};

/** A selection in SQL. */
interface Plan {
  /** What follows FROM. */
  readonly from: string;
  /** " WHERE …", or "". */
  readonly where: string;
  /** The value by which it is sorted; null for the order of the file. */
  readonly key: string | null;
  readonly descending: boolean;
}

const headRows = 1000;
const keptOrders = 4;
const keptHeads = 8;

/** Columns that come from review.yaml. */
const overlaid = ['verdict', 'enriched_in', 'note', 'flags'] as const;

export class CatalogSearch {
  private verdicts: ReadonlyMap<number, RowVerdict> = new Map();
  private readonly counts = new Map<string, Promise<number>>();
  private readonly heads = new Map<string, Promise<Uint32Array>>();
  private readonly orders = new Map<string, Promise<Uint32Array>>();
  /** Those of the file, and `verdict`, `enriched_in`, `note` and `flags` as review.yaml has them. */
  readonly columns: readonly CatalogColumn[];

  private constructor(readonly file: CatalogFile) {
    const own = file.columns.map(laidOver);
    const missing = overlaid.filter((name) => !own.some((column) => column.name === name));
    this.columns = [...own, ...missing.map((name) => laidOver(absent(name)))];
  }

  /** @param entries the verdicts, by the names of stars; null where there is no review.yaml to look at */
  static async over(file: CatalogFile, entries: ReadonlyMap<string, ReviewEntry> | null): Promise<CatalogSearch> {
    const search = new CatalogSearch(file);
    await search.review(entries);
    return search;
  }

  /** Lays other verdicts over the catalog. */
  async review(entries: ReadonlyMap<string, ReviewEntry> | null): Promise<void> {
    const verdicts = await verdictsOfRows(this.file, entries);
    const rows = [...verdicts].map(
      ([row, { verdict, note, bits }]) =>
        `(${row}, ${sqlText(verdict)}, ${sqlText(elementOfVerdict(verdict))}, ${sqlText(note.replaceAll('\0', ''))}, ${bits})`,
    );
    const { database } = this.file;
    await database.rows(
      'CREATE OR REPLACE TABLE review (row BIGINT, verdict VARCHAR, enriched_in VARCHAR, note VARCHAR, bits INTEGER)',
    );
    for (let from = 0; from < rows.length; from += 5000) {
      await database.rows(`INSERT INTO review VALUES ${rows.slice(from, from + 5000).join(', ')}`);
    }
    this.verdicts = verdicts;
    for (const memory of [this.counts, this.heads, this.orders]) memory.clear();
  }

  close(): void {
    this.file.database.close();
  }

  /** Closes once those who were given it have asked what they wanted to. */
  letGo(): void {
    this.file.database.letGo();
  }

  /** What is wrong with a condition over this catalog, or null. */
  problemOf(where: string): FilterProblem | null {
    try {
      this.condition(where);
      return null;
    } catch (error) {
      if (error instanceof FilterError) return error.problem;
      throw error;
    }
  }

  /** How many rows a selection has. @throws FilterError, UserError CAN370 */
  async count(selection: Selection, limits?: QueryLimits): Promise<number> {
    const { from, where } = this.plan({ ...selection, sort: null });
    if (where === '') return this.file.nRows;
    return kept(this.counts, keyOf({ ...selection, sort: null }), keptHeads, limits, async () => {
      const rows = await this.file.database.rows(`SELECT count(*) FROM ${from}${where}`, limits);
      return Number(rows[0]![0]);
    });
  }

  /** `count` rows of a selection from the one numbered `start`. @throws FilterError, UserError CAN370 */
  async rows(selection: Selection, start: number, count: number, limits?: QueryLimits): Promise<Uint32Array> {
    const plan = this.plan(selection);
    if (plan.where === '' && plan.key === null) {
      const end = Math.min(this.file.nRows, start + count);
      return Uint32Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
    }
    const key = keyOf(selection);
    const isHead = start + count <= headRows && !this.orders.has(key);
    const rows = isHead
      ? await kept(this.heads, key, keptHeads, limits, () => this.ordered(plan, headRows, limits))
      : await kept(this.orders, key, keptOrders, limits, () => this.ordered(plan, null, limits));
    return rows.slice(start, start + count);
  }

  /** The place of a row in a selection, 0 the first; −1 where it is not in it. @throws FilterError, UserError CAN370 */
  async position(selection: Selection, row: number, limits?: QueryLimits): Promise<number> {
    const { from, where, key, descending } = this.plan(selection);
    const { database } = this.file;
    const and = where === '' ? ' WHERE' : `${where} AND`;
    const own = await database.rows(`SELECT ${key ?? 'NULL'} FROM ${from}${and} ${rowNumber} = ${row}`, limits);
    if (own.length === 0) return -1;
    const isEarlier = `${rowNumber} < ${row}`;
    const value = `(SELECT ${key ?? 'NULL'} FROM ${from} WHERE ${rowNumber} = ${row})`;
    const isBefore =
      key === null
        ? isEarlier
        : own[0]![0] === null
          ? `(${key} IS NOT NULL OR ${isEarlier})`
          : `(${key} ${descending ? '>' : '<'} ${value} OR (${key} = ${value} AND ${isEarlier}))`;
    const before = await database.rows(`SELECT count(*) FROM ${from}${and} ${isBefore}`, limits);
    return Number(before[0]![0]);
  }

  private async ordered(plan: Plan, most: number | null, limits?: QueryLimits): Promise<Uint32Array> {
    const { from, where, key, descending } = plan;
    const by = key === null ? 'n' : `${key} ${descending ? 'DESC' : 'ASC'} NULLS LAST, n`;
    const limit = most === null ? '' : ` LIMIT ${most}`;
    const sql = `SELECT CAST(${rowNumber} AS UINTEGER) AS n FROM ${from}${where} ORDER BY ${by}${limit}`;
    const rows = new Uint32Array(most ?? this.file.nRows);
    let n = 0;
    await this.file.database.eachChunk(
      sql,
      (chunk) => {
        rows.set(chunk.getColumnValues(0) as number[], n);
        n += chunk.rowCount;
      },
      limits,
    );
    return n === rows.length ? rows : rows.slice(0, n);
  }

  /** Of a selection without its order, for counts and distributions. @throws FilterError */
  sourceOf(selection: Selection, columns: readonly string[]): { readonly from: string; readonly where: string } {
    const { from, where } = this.plan({ ...selection, sort: null }, columns);
    return { from, where };
  }

  private plan(selection: Selection, others: readonly string[] = []): Plan {
    const { flags, reviewed, sort, descending } = selection;
    const where = this.condition(selection.where);
    const conditions = [where?.sql, this.idCondition(selection.search)].filter((one) => typeof one === 'string');
    const used = [...others, ...(where?.columns ?? []), ...(sort === null ? [] : [sort])];
    const live = this.columnNamed('flags').sql;
    if (flags !== 0) conditions.push(`(${live} & ${flags | 0}) <> 0`);
    if (reviewed !== 'all') conditions.push(`(${live} & ${reviewBits}) ${reviewed === 'yes' ? '<>' : '='} 0`);
    if (flags !== 0 || reviewed !== 'all') used.push('flags');
    return {
      from: this.fromWith(used),
      where: conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`,
      key: sort === null ? null : this.columnNamed(sort).sql,
      descending,
    };
  }

  private condition(where: string): ReturnType<typeof filterSql> | null {
    const root = parseFilter(where);
    return root === null ? null : filterSql(root, { columns: this.columns, from: this.joined });
  }

  private idCondition(search: string): string | null {
    const wanted = search.trim().toLowerCase();
    if (wanted === '') return null;
    const holds = this.file.columns
      .filter(({ name }) => ['obsid', 'designation', 'source_id', 'spectrum'].includes(name))
      .map(({ sql }) => `CAST(${sql} AS VARCHAR)`)
      // Digits have no case.
      .map((id) => `contains(${/\p{L}/u.test(wanted) ? `lower(${id})` : id}, ${sqlText(wanted.replaceAll('\0', ''))})`);
    return holds.length === 0 ? 'FALSE' : `(${holds.join(' OR ')})`;
  }

  /** What follows FROM where these columns are used: verdicts are joined only where they have a say. */
  fromWith(columns: readonly string[]): string {
    return columns.some((name) => (overlaid as readonly string[]).includes(name)) ? this.joined : this.file.from;
  }

  private get joined(): string {
    return `${this.file.from} LEFT JOIN review AS r ON r.row = ${rowNumber}`;
  }

  /** @throws UserError CAN370 for a column that the catalog does not have */
  columnNamed(name: string): CatalogColumn {
    const found = this.columns.find((column) => column.name === name);
    if (found !== undefined) return found;
    throw new UserError(`The catalog has no column "${name}"`, 'Choose another one.', 'CAN370');
  }

  verdictOf(row: number): RowVerdict | null {
    return this.verdicts.get(row) ?? null;
  }

  /** Rows of stars, by the names that they go by; the first of several. */
  async find(names: readonly string[]): Promise<Map<string, number>> {
    const found = await rowsOfNames(this.file, names);
    return new Map([...found].map(([name, rows]) => [name, rows[0]!]));
  }
}

function laidOver(column: CatalogColumn): CatalogColumn {
  const { name, sql } = column;
  if (!(overlaid as readonly string[]).includes(name)) return column;
  if (name !== 'flags') return { ...column, kind: 'text', sql: `nullif(r.${name}, '')`, isLong: false };
  const base = column.kind === 'integer' ? `coalesce(TRY_CAST(${sql} AS INTEGER), 0)` : '0';
  return {
    ...{ ...column, kind: 'integer', isLong: false },
    sql: `((${base} & ${~reviewBits}) | coalesce(r.bits, 0))`,
  };
}

function absent(name: string): CatalogColumn {
  return {
    name,
    unit: '',
    ucd: name === 'flags' ? 'meta.code' : 'meta.note',
    kind: 'text',
    sql: 'NULL',
    isLong: false,
  };
}

function keyOf({ where, flags, search, reviewed, sort, descending }: Selection): string {
  return JSON.stringify([where.trim(), flags, search.trim(), reviewed, sort, sort !== null && descending]);
}

/** What is kept under a key, the newest `most` of them; a failure is forgotten. */
async function kept<T>(
  memory: Map<string, Promise<T>>,
  key: string,
  most: number,
  limits: QueryLimits | undefined,
  make: () => Promise<T>,
): Promise<T> {
  const known = memory.get(key);
  const value = known ?? make();
  memory.delete(key);
  memory.set(key, value);
  if (memory.size > most) memory.delete(memory.keys().next().value!);
  if (known === undefined) value.catch(() => memory.get(key) === value && memory.delete(key));
  try {
    return await value;
  } catch (error) {
    // Whoever asked first may wait no longer, which is no answer to who asked the same after that.
    const isGivenUp = error instanceof Error && error.name === 'AbortError';
    if (known === undefined || !isGivenUp || limits?.signal?.aborted === true) throw error;
    return kept(memory, key, most, limits, make);
  }
}

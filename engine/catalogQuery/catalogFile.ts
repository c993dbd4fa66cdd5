/**
 * A catalog that is open for searches: its columns, how each reads in SQL, and the database that is shut in around its file.
 * What is missing in the file, be it NULL, NaN, infinite or "", is NULL everywhere.
 */
import { flagBits } from '../catalog/flagBits';
import { UserError } from '../problems';
import { sqlName, sqlText, withDuckDb } from '../reference/duckdb';
import { type Described, describeParquet } from '../reference/parquet';
import { CatalogDatabase } from './database';
import type { ColumnKind } from './filterValue';
import { parquetOf } from './importTable';

export interface CatalogColumn {
  readonly name: string;
  readonly unit: string;
  readonly ucd: string;
  readonly kind: ColumnKind;
  /** Its value in SQL, of the table `c`. */
  readonly sql: string;
  /** Beyond what a double holds: values are digits. */
  readonly isLong: boolean;
}

export interface CatalogFile {
  readonly path: string;
  readonly nRows: number;
  /** In the order of the file. */
  readonly columns: readonly CatalogColumn[];
  /** What follows FROM: the rows as `c`, with their number as `c.file_row_number`. */
  readonly from: string;
  readonly database: CatalogDatabase;
}

/** The number of a row in SQL. */
export const rowNumber = 'c.file_row_number';

/**
 * Open a catalog.
 * @param cache a folder for what is kept of catalogs that are not Parquet
 * @throws UserError CAN102, CAN370 when it cannot be read
 */
export async function openCatalogFile(path: string, cache: string): Promise<CatalogFile> {
  const parquet = await parquetOf(path, cache);
  const file = sqlText(parquet);
  const columns = await describe(path, parquet, file);
  const database = await CatalogDatabase.open(parquet);
  const from = `read_parquet(${file}, file_row_number = true) AS c`;
  try {
    const nRows = Number((await database.rows(`SELECT count(*) FROM ${from}`))[0]![0]);
    if (nRows > 2 ** 32 - 1) {
      throw new UserError(`${path} has ${nRows} rows`, 'Searches know at most 4 billion.', 'CAN370');
    }
    return { path, nRows, columns, from, database };
  } catch (error) {
    database.close();
    throw error;
  }
}

async function describe(path: string, parquet: string, file: string): Promise<CatalogColumn[]> {
  return withDuckDb(async (connection) => {
    try {
      const described = await describeParquet(connection, parquet, file);
      return described.flatMap((one) => columnOf(one) ?? []);
    } catch (error) {
      if (error instanceof UserError) throw error;
      const reason = (error as Error).message.split('\n')[0]!.replace(/^[A-Z]\w+( \w+)? Error: /, '');
      throw new UserError(`${path} is not a well-formed Parquet file: ${reason}`, 'Fetch the file again.', 'CAN102');
    }
  });
}

/** Null for a column with several values a row, or a name that SQL cannot say. */
function columnOf({ name, type, unit, ucd }: Described): CatalogColumn | null {
  if (/\]$|^(STRUCT|MAP|UNION|VARIANT|BLOB)/.test(type) || name.includes('\0')) return null;
  const column = `c.${sqlName(name)}`;
  const common = { name, unit, ucd, isLong: false };
  if (type === 'BOOLEAN') return { ...common, kind: 'boolean', sql: column };
  if (/^U?(TINY|SMALL)?INT(EGER)?$/.test(type)) return { ...common, kind: 'integer', sql: column };
  if (/^U?(BIG|HUGE)INT$/.test(type)) return { ...common, kind: 'integer', sql: column, isLong: true };
  if (/^(FLOAT|DOUBLE)$/.test(type)) {
    return { ...common, kind: 'number', sql: `(CASE WHEN isfinite(${column}) THEN ${column} END)` };
  }
  if (type.startsWith('DECIMAL')) return { ...common, kind: 'number', sql: `CAST(${column} AS DOUBLE)` };
  const text = type === 'VARCHAR' ? column : `CAST(${column} AS VARCHAR)`;
  if (name === 'flags' && type === 'VARCHAR') return { ...common, kind: 'integer', sql: flagsOfWords(column) };
  return { ...common, kind: 'text', sql: `nullif(${text}, '')` };
}

/** Tables of labels have flags as words with spaces between; some words have changed. */
function flagsOfWords(column: string): string {
  const olderNames: Readonly<Record<string, string>> = { extrapolating: 'extrapolated' };
  const terms = flagBits.map(({ name, bit }) => {
    const holds = [name, ...(olderNames[name] === undefined ? [] : [olderNames[name]])]
      .map((word) => `contains(' ' || ${column} || ' ', ' ${word} ')`)
      .join(' OR ');
    return `(CASE WHEN ${holds} THEN ${2 ** bit} ELSE 0 END)`;
  });
  return `(${terms.join(' + ')})`;
}

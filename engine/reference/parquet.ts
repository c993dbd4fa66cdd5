/**
 * A Parquet file as a reference table, through DuckDB. Numbers come as typed arrays, 64-bit integers exactly.
 *
 * Parquet has no units; they are taken from where they are written beside it: the VOTable without rows under the key
 * `IVOA.VOTable-Parquet.content` (VOParquet), or the YAML that astropy writes under `table_meta_yaml`.
 */
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import { parse as parseYaml } from 'yaml';
import { UserError } from '../problems';
import { cellOfNumber, lazyColumn, type Cell, type TableColumn } from './columns';
import { sqlName, sqlText, withDuckDb } from './duckdb';
import type { Table } from './table';
import { readVotable } from './votable';

/** Which columns to read; the others of the file are named in `Table.unread`. */
export type ColumnChoice = (column: { readonly name: string; readonly ucd: string }) => boolean;

/** A column as the file describes it. */
export interface Described {
  readonly name: string;
  /** Of DuckDB. */
  readonly type: string;
  readonly unit: string;
  readonly ucd: string;
}

/** @throws UserError CAN102 for a damaged or empty file, and where DuckDB is not to be had. */
export async function tableFromParquet(path: string, isNeeded: ColumnChoice): Promise<Table> {
  return withDuckDb(async (connection) => {
    try {
      return await read(connection, path, isNeeded);
    } catch (error) {
      if (error instanceof UserError) throw error;
      const reason = (error as Error).message.split('\n')[0]!.replace(/^[A-Z]\w+( \w+)? Error: /, '');
      throw new UserError(`${path} is not a well-formed Parquet file: ${reason}`, 'Fetch the file again.', 'CAN102');
    }
  });
}

async function read(connection: DuckDBConnection, path: string, isNeeded: ColumnChoice): Promise<Table> {
  const file = sqlText(path);
  const all = await describeParquet(connection, path, file);
  const nRows = Number((await rowsOf(connection, `SELECT count(*) FROM read_parquet(${file})`))[0]![0]);
  if (nRows === 0) throw new UserError(`${path} has no rows`, 'A reference table needs one row a star.', 'CAN102');
  const isArray = ({ type }: Described) => /\]$|^(STRUCT|MAP|UNION|VARIANT)/.test(type);
  const chosen = all.filter((column) => !isArray(column) && isNeeded(column));
  const columns = chosen.length === 0 ? [] : await readColumns(connection, file, chosen, nRows);
  return {
    path,
    nRows,
    arrays: all.filter(isArray).map(({ name }) => name),
    unread: all.filter((column) => !isArray(column) && !isNeeded(column)).map(({ name }) => name),
    columns: new Map(columns.map((column) => [column.name, column])),
  };
}

/** All columns of the file at `path`, which is `file` in SQL. */
export async function describeParquet(connection: DuckDBConnection, path: string, file: string): Promise<Described[]> {
  const described = await rowsOf(connection, `DESCRIBE SELECT * FROM read_parquet(${file})`);
  const pairs = await rowsOf(
    connection,
    `SELECT try(decode(key)), try(decode(value)) FROM parquet_kv_metadata(${file})`,
  );
  const meta = metadata(path, new Map(pairs as [string, string][]));
  return described.map(([name, type]) => {
    const { unit = '', ucd = '' } = meta.get(String(name)) ?? {};
    return { name: String(name), type: String(type), unit, ucd };
  });
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRows();
}

type Meta = ReadonlyMap<string, { readonly unit: string; readonly ucd: string }>;

/** Units by column. Metadata that cannot be read say nothing. */
function metadata(path: string, pairs: ReadonlyMap<string, string>): Meta {
  const votable = pairs.get('IVOA.VOTable-Parquet.content');
  if (votable !== undefined) {
    try {
      const { fields } = readVotable(path, Buffer.from(votable));
      return new Map(fields.map((field) => [field.name, field]));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  const yaml = pairs.get('table_meta_yaml');
  return yaml === undefined || yaml.length > 1_000_000 ? new Map() : unitsOfAstropy(yaml);
}

function unitsOfAstropy(text: string): Meta {
  const units = new Map<string, { unit: string; ucd: string }>();
  // The tags of astropy's own classes (!astropy.units.Unit {unit: K}) are not known here; the units in them are read.
  const plain = text.replace(/!astropy\.units\.Unit\s*\{unit:\s*([^}]*)\}/g, '$1').replace(/!!?[\w./]+/g, '');
  let tree: unknown;
  try {
    tree = parseYaml(plain, { maxAliasCount: 0, logLevel: 'silent' });
  } catch {
    return units;
  }
  const { datatype } = (tree ?? {}) as { datatype?: unknown };
  for (const column of Array.isArray(datatype) ? (datatype as { name?: unknown; unit?: unknown }[]) : []) {
    if (typeof column?.name === 'string' && typeof column.unit === 'string')
      units.set(column.name, { unit: column.unit, ucd: '' });
  }
  return units;
}

type Kind = 'number' | 'bigint' | 'boolean' | 'text';

/** What a type of DuckDB becomes here; dates, times and bytes become text. */
function kindOf(type: string): Kind {
  if (/^U?BIGINT$/.test(type)) return 'bigint';
  if (type === 'BOOLEAN') return 'boolean';
  return /^(U?(TINY|SMALL)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*|U?HUGEINT)$/.test(type) ? 'number' : 'text';
}

async function readColumns(
  connection: DuckDBConnection,
  file: string,
  chosen: readonly Described[],
  nRows: number,
): Promise<TableColumn[]> {
  const sinks = chosen.map((column) => new Sink(kindOf(column.type), nRows));
  const list = chosen.map(({ name, type }, k) => {
    const { kind } = sinks[k]!;
    const isPlain = kind === 'boolean' || kind === 'bigint' || type === 'VARCHAR';
    return isPlain ? sqlName(name) : `CAST(${sqlName(name)} AS ${kind === 'text' ? 'VARCHAR' : 'DOUBLE'})`;
  });
  const result = await connection.stream(`SELECT ${list.join(', ')} FROM read_parquet(${file})`);
  for (let from = 0; ;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    sinks.forEach((sink, k) => sink.take(chunk, k, from));
    from += chunk.rowCount;
  }
  return chosen.map((column, k) => lazyColumn(column, (nRows) => sinks[k]!.cells(nRows)));
}

/** The values of a column as they come, in a typed array where they are numbers. */
class Sink {
  private readonly numbers: Float64Array;
  private readonly others: Cell[];

  constructor(
    readonly kind: Kind,
    nRows: number,
  ) {
    this.numbers = new Float64Array(kind === 'number' ? nRows : 0);
    this.others = new Array<Cell>(kind === 'number' ? 0 : nRows).fill(null);
  }

  take(chunk: DuckDBDataChunk, k: number, from: number): void {
    const vector = chunk.getColumnVector(k);
    for (let i = 0; i < chunk.rowCount; i++) {
      const value = vector.getItem(i) as number | bigint | string | boolean | null;
      if (this.kind === 'number') this.numbers[from + i] = value === null ? NaN : Number(value);
      else this.others[from + i] = typeof value === 'bigint' ? cellOfNumber(value) : value === '' ? null : value;
    }
  }

  cells(nRows?: number): Cell[] {
    return this.kind === 'number'
      ? Array.from(this.numbers.subarray(0, nRows), cellOfNumber)
      : this.others.slice(0, nRows);
  }
}

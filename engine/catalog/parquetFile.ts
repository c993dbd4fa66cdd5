/**
 * A table as Parquet, by DuckDB, in memory that does not grow: some ten thousand rows at a time become a file of their own beside it,
 * and those are put together in a stream, in one thread, so that the same rows give the same bytes. Units, UCDs and
 * descriptions are in the file as VOParquet has them: a VOTable without rows under `IVOA.VOTable-Parquet.content`.
 */
import type { DuckDBAppender, DuckDBConnection, DuckDBDataChunk, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { flushFolder } from '../durable';
import { UserError } from '../problems';
import { loadDuckDb, sqlName, sqlText } from '../reference/duckdb';
import { type CatalogColumn, noId } from './catalog';
import { votableOfColumns } from './votableText';

/** Bytes that DuckDB may hold. */
const memory = '200MB';
/** Rows that a reader takes at a time: smaller groups make random rows quick to read, larger ones files small. */
export const rowsPerGroup = 16_384;
/** Of a file to be put together with others. */
const rowsPerPart = 2 * rowsPerGroup;
/** The most that DuckDB takes at a time. */
const chunkRows = 2048;

/** Truths of which some are not known: null. */
export interface GappedTruths extends Omit<CatalogColumn, 'values'> {
  readonly values: readonly (boolean | null)[];
  readonly hasGaps: true;
}

type Columns = readonly (CatalogColumn | GappedTruths)[];

/**
 * @param name of the table in its description
 * @param pieces rows in order, at least one piece; all have the same columns
 * @param tag tells apart what is written beside `path` by several at a time
 * @throws what the file system would throw where it takes no file, and UserError CAN405 for what else DuckDB cannot write
 */
export async function writeParquet(
  path: string,
  name: string,
  pieces: AsyncIterable<Columns> | Iterable<Columns>,
  tag: string,
  signal?: AbortSignal,
): Promise<void> {
  const duckdb = await loadDuckDb();
  const parts = `${path}.${tag}.parts.part`;
  const part = `${path}.${tag}.part`;
  rmSync(parts, { force: true, recursive: true });
  mkdirSync(parts, { recursive: true });
  try {
    const settings = { threads: '1', memory_limit: memory, temp_directory: join(parts, 'swap') };
    const open = async (): Promise<Database> => {
      const instance = await duckdb.DuckDBInstance.create(':memory:', settings);
      const connection = await instance.connect();
      const stop = () => connection.interrupt();
      signal?.addEventListener('abort', stop);
      return {
        connection,
        run: async (statement) => {
          signal?.throwIfAborted();
          await connection.run(statement).catch((error: unknown) => {
            signal?.throwIfAborted();
            throw unwritable(path, error);
          });
        },
        close: () => {
          signal?.removeEventListener('abort', stop);
          connection.closeSync();
          instance.closeSync();
        },
      };
    };
    const { columns, files } = await writeParts(pieces, parts, open);
    const whole = await open();
    try {
      await whole.run(`COPY (FROM read_parquet([${files.map(sqlText).join(', ')}])) TO ${sqlText(part)} (FORMAT parquet,
        ROW_GROUP_SIZE ${rowsPerGroup}, KV_METADATA {'IVOA.VOTable-Parquet.version': '1.0',
        'IVOA.VOTable-Parquet.content': ${sqlText(votableOfColumns(columns.map(described), name))}})`);
    } finally {
      whole.close();
    }
    const file = openSync(part, 'r+');
    fsyncSync(file);
    closeSync(file);
    renameSync(part, path);
    flushFolder(dirname(path));
  } finally {
    for (const left of [parts, part]) rmSync(left, { force: true, recursive: true });
  }
}

interface Database {
  readonly connection: DuckDBConnection;
  readonly run: (statement: string) => Promise<void>;
  readonly close: () => void;
}

/** @returns the files in order, and the columns, to know their kinds when their rows are gone. */
async function writeParts(
  pieces: AsyncIterable<Columns> | Iterable<Columns>,
  folder: string,
  open: () => Promise<Database>,
): Promise<{ columns: Columns; files: string[] }> {
  const files: string[] = [];
  let [columns, rows, part]: [Columns | null, DuckDBDataChunk | null, Part | null] = [null, null, null];
  try {
    for await (const piece of pieces) {
      if (columns === null) {
        columns = piece.map(firstRowOf);
        rows = await chunkFor(columns);
      }
      // A database for each: DuckDB keeps memory of tables that are emptied or dropped.
      part ??= await Part.begin(await open(), columns, rows!);
      part.add(piece);
      if (part.nRows < rowsPerPart) continue;
      files.push(await part.writeIn(folder, files.length));
      part.close();
      part = null;
    }
    if (columns === null) throw new Error('There is no piece of the table');
    if (part !== null) files.push(await part.writeIn(folder, files.length));
  } finally {
    part?.close();
  }
  return { columns, files };
}

async function chunkFor(columns: Columns): Promise<DuckDBDataChunk> {
  const { DuckDBDataChunk, BIGINT, BOOLEAN, DOUBLE, INTEGER, VARCHAR } = await loadDuckDb();
  const known: Readonly<Record<string, DuckDBType>> = { BIGINT, BOOLEAN, DOUBLE, INTEGER, VARCHAR };
  return DuckDBDataChunk.create(columns.map((column) => known[typeOf(column)]!));
}

/** Rows on their way, through one chunk: the memory of each would otherwise wait for a collection that has no reason to come. */
class Part {
  nRows = 0;

  private constructor(
    private readonly database: Database,
    private readonly appender: DuckDBAppender,
    private readonly rows: DuckDBDataChunk,
  ) {}

  /** Closes the database when it fails. */
  static async begin(database: Database, columns: Columns, rows: DuckDBDataChunk): Promise<Part> {
    try {
      const list = columns.map((column) => `${sqlName(column.name)} ${typeOf(column)}`);
      await database.run(`CREATE TABLE piece (${list.join(', ')})`);
      return new Part(database, await database.connection.createAppender('piece'), rows);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  add(piece: Columns): void {
    const nRows = piece[0]!.values.length;
    for (let from = 0; from < nRows; from += chunkRows) {
      const to = Math.min(nRows, from + chunkRows);
      this.rows.reset();
      this.rows.rowCount = to - from;
      piece.forEach(({ values }, k) => this.rows.setColumnValues(k, cellsOf(values, from, to)));
      this.appender.appendDataChunk(this.rows);
    }
    this.nRows += nRows;
  }

  /** @returns the file */
  async writeIn(folder: string, number: number): Promise<string> {
    this.appender.closeSync();
    const file = join(folder, `${number}.parquet`);
    await this.database.run(`COPY piece TO ${sqlText(file)} (FORMAT parquet, ROW_GROUP_SIZE ${rowsPerPart})`);
    return file;
  }

  close(): void {
    this.database.close();
  }
}

/** A column with its first row alone: what tells its kind. */
function firstRowOf(column: Columns[number]): Columns[number] {
  if ('hasGaps' in column) return { ...column, values: column.values.slice(0, 1) };
  return { ...column, values: column.values.slice(0, 1) };
}

function described(column: Columns[number]): CatalogColumn {
  return 'hasGaps' in column ? { ...column, values: [false] } : column;
}

/** Nothing known is null, but '' for a text, as everywhere else, so that "no word" can be asked for. */
function cellsOf(values: Columns[number]['values'], from: number, to: number): DuckDBValue[] {
  const cells: DuckDBValue[] = new Array<DuckDBValue>(to - from).fill(null);
  for (let row = from; row < to; row++) {
    const value = values[row] ?? null;
    const isNothing = typeof value === 'number' ? !Number.isFinite(value) : value === noId;
    if (!isNothing) cells[row - from] = value;
  }
  return cells;
}

/** What DuckDB says in words of the system, as what the file system throws: full disks have one sentence for all formats. */
const systemCodes: Readonly<Record<string, RegExp>> = {
  ENOSPC: /no space left on device/i,
  EDQUOT: /disk quota exceeded/i,
  EFBIG: /file too large/i,
  EROFS: /read-only file system/i,
  EACCES: /permission denied/i,
};

function unwritable(path: string, error: unknown): Error {
  const reason = (error as Error).message.split('\n')[0]!;
  const [code] = Object.entries(systemCodes).find(([, words]) => words.test(reason)) ?? [];
  if (code !== undefined) return Object.assign(new Error(`${code}: ${path} cannot be written`), { code, path });
  return new UserError(`${path} cannot be written: ${reason}`, 'Check the disk, or write FITS.', 'CAN405');
}

function typeOf(column: Columns[number]): string {
  if ('hasGaps' in column) return 'BOOLEAN';
  const { values } = column;
  if (values instanceof Float64Array) return 'DOUBLE';
  if (values instanceof Int32Array) return 'INTEGER';
  if (values instanceof BigInt64Array) return 'BIGINT';
  return typeof values[0] === 'boolean' ? 'BOOLEAN' : 'VARCHAR';
}

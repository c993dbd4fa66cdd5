/**
 * Catalogs that are not Parquet (FITS, VOTable, CSV) become a Parquet file in a cache, once: it is named by the path, time and
 * size of the original, and a changed original gets a new one. Integers stay exact; units and UCDs go along.
 */
import type { DuckDBAppender, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../problems';
import { loadDuckDb, sqlName, sqlText, withDuckDb } from '../reference/duckdb';
import { type Cell, readTable, type TableColumn } from '../reference/table';

/** The key under which a cached file says what its columns are. */
export const columnsKey = 'cannon.columns';

/** A reading that a random row costs: smaller groups make tables quick, larger ones files small. */
export const rowsPerGroup = 16_384;
const mostCached = 6;
const chunkRows = 2048;

/**
 * The Parquet file to search for the catalog at `path`: itself, or its copy in `cache`.
 * @throws UserError CAN102 what reading the table throws, CAN370 when the cache cannot be written
 */
export async function parquetOf(path: string, cache: string): Promise<string> {
  if ((await magicOf(path)) === 'PAR1') return path;
  const copy = await copyOf(path, cache);
  if (existsSync(copy)) {
    // The oldest are removed first.
    utimesSync(copy, new Date(), new Date());
    return copy;
  }
  const { columns, nRows } = await readTable(path);
  if (nRows === 0) throw new UserError(`${path} has no rows`, 'A catalog needs one row a star.', 'CAN102');
  try {
    mkdirSync(cache, { recursive: true });
    await writeParquet([...columns.values()], nRows, copy);
    prune(cache, copy);
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]!;
    throw new UserError(`The catalog ${path} cannot be made ready: ${reason}`, `Check the folder ${cache}.`, 'CAN370');
  }
  return copy;
}

/** Bytes: what is no larger is made ready in a second or two. */
const smallTable = 30e6;

/** Whether a catalog can be opened without anybody having asked for it: nothing large has to be made ready first. */
export async function opensQuickly(path: string, cache: string): Promise<boolean> {
  try {
    if ((await stat(path)).size <= smallTable || (await magicOf(path)) === 'PAR1') return true;
    return existsSync(await copyOf(path, cache));
  } catch {
    return false;
  }
}

/** Where the copy of a catalog is, or would be. */
async function copyOf(path: string, cache: string): Promise<string> {
  const { mtimeMs, size } = await stat(path);
  const key = createHash('sha256').update(`2 ${path} ${mtimeMs} ${size}`).digest('hex').slice(0, 24);
  return join(cache, `${key}.parquet`);
}

async function magicOf(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'it does not exist' : code === 'EISDIR' ? 'it is a folder' : message;
    throw new UserError(`The catalog ${path} cannot be read: ${reason}`, 'Make one with "cannon catalog".', 'CAN370');
  }
}

interface Writer {
  readonly name: string;
  readonly type: string;
  readonly value: (cell: Cell) => DuckDBValue;
  readonly column: TableColumn;
}

/** The kind that all values of a column have. */
function writerOf(column: TableColumn): Writer {
  const isAll = (holds: (cell: Cell) => boolean) => column.values.every((cell) => cell === null || holds(cell));
  const isWhole = (cell: Cell) =>
    (typeof cell === 'number' && Number.isSafeInteger(cell)) || (typeof cell === 'string' && /^-?\d{1,18}$/.test(cell));
  const { name } = column;
  // CSV has its booleans in words.
  if (isAll((cell) => typeof cell === 'boolean' || cell === 'true' || cell === 'false') && isAny(column))
    return { name, column, type: 'BOOLEAN', value: (cell) => (cell === null ? null : String(cell) === 'true') };
  if (
    column.isNumeric ||
    column.values.some((cell) => typeof cell === 'number' || /^-?\d{16,19}$/.test(String(cell)))
  ) {
    if (isAll((cell) => isWhole(cell) || isLongId(cell)))
      return { name, column, type: 'BIGINT', value: (cell) => (cell === null ? null : BigInt(cell)) };
    if (isAll((cell) => typeof cell === 'number')) return { name, column, type: 'DOUBLE', value: (cell) => cell };
  }
  return { name, column, type: 'VARCHAR', value: (cell) => (cell === null ? null : String(cell)) };
}

function isAny({ values }: TableColumn): boolean {
  return values.some((cell) => cell !== null);
}

/** Digits that a 64-bit integer holds. */
function isLongId(cell: Cell): boolean {
  return typeof cell === 'string' && /^-?\d{19}$/.test(cell) && BigInt.asIntN(64, BigInt(cell)) === BigInt(cell);
}

async function writeParquet(columns: readonly TableColumn[], nRows: number, path: string): Promise<void> {
  const writers = columns.map(writerOf);
  const meta = JSON.stringify(columns.map(({ name, unit, ucd = '' }) => ({ name, unit, ucd })));
  const table = `import_${Math.random().toString(36).slice(2)}`;
  const part = `${path}.${process.pid}.part`;
  await withDuckDb(async (connection) => {
    const list = writers.map(({ name, type }) => `${sqlName(name)} ${type}`).join(', ');
    await connection.run(`CREATE TEMP TABLE ${table} (${list})`);
    try {
      const appender = await connection.createAppender(table);
      await append(appender, writers, nRows);
      appender.closeSync();
      await connection.run(
        `COPY ${table} TO ${sqlText(part)} (FORMAT parquet, ROW_GROUP_SIZE ${rowsPerGroup}, KV_METADATA {${sqlName(columnsKey)}: ${sqlText(meta)}})`,
      );
      renameSync(part, path);
    } finally {
      await connection.run(`DROP TABLE ${table}`);
      rmSync(part, { force: true });
    }
  });
}

async function append(appender: DuckDBAppender, writers: readonly Writer[], nRows: number): Promise<void> {
  const { DuckDBDataChunk, BIGINT, BOOLEAN, DOUBLE, VARCHAR } = await loadDuckDb();
  const types: Readonly<Record<string, DuckDBType>> = { BIGINT, BOOLEAN, DOUBLE, VARCHAR };
  for (let from = 0; from < nRows; from += chunkRows) {
    const to = Math.min(nRows, from + chunkRows);
    const chunk = DuckDBDataChunk.create(
      writers.map(({ type }) => types[type]!),
      to - from,
    );
    writers.forEach(({ column, value }, k) => chunk.setColumnValues(k, column.values.slice(from, to).map(value)));
    appender.appendDataChunk(chunk);
    // Others have their turn: this may be the thread that answers an editor.
    if (from % (16 * chunkRows) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

function prune(cache: string, keep: string): void {
  const files = readdirSync(cache)
    .filter((name) => name.endsWith('.parquet'))
    .map((name) => ({ path: join(cache, name), time: statSync(join(cache, name)).mtimeMs }))
    .filter(({ path }) => path !== keep)
    .sort((a, b) => b.time - a.time);
  for (const { path } of files.slice(mostCached - 1)) rmSync(path, { force: true });
}

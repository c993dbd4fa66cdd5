/**
 * Catalogs that are not Parquet (FITS, VOTable, CSV) become a Parquet file in a cache, once: it is named by the path, time and
 * size of the original, and a changed original gets a new one. Integers stay exact; units and UCDs go along.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type CatalogColumn, noId } from '../catalog/catalog';
import { type GappedTruths, rowsPerGroup, writeParquet } from '../catalog/parquetFile';
import { removeForgotten } from '../durable';
import { requireFile } from '../plainFile';
import { UserError } from '../problems';
import { type Cell, readTable, type TableColumn } from '../reference/table';

const mostCached = 6;

/**
 * The Parquet file to search for the catalog at `path`: itself, or its copy in `cache`.
 * @throws UserError CAN102 what reading the table throws, CAN370 when the cache cannot be written
 */
export async function parquetOf(path: string, cache: string): Promise<string> {
  if ((await magicOf(path)) === 'PAR1') return path;
  const copy = await copyOf(path, cache);
  if (isUsedAgain(copy)) return copy;
  const { columns, nRows } = await readTable(path);
  if (nRows === 0 || columns.size === 0)
    throw new UserError(
      `${path} has no ${nRows === 0 ? 'rows' : 'column with one value a row'}`,
      'A catalog needs one row a star.',
      'CAN102',
    );
  try {
    mkdirSync(cache, { recursive: true });
    const tag = `${process.pid}-${Math.random().toString(36).slice(2)}`;
    await writeParquet(copy, basename(path), piecesOf([...columns.values()], nRows), tag);
    prune(cache, copy);
    await removeForgotten(cache);
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]!;
    throw new UserError(`The catalog ${path} cannot be made ready: ${reason}`, `Check the folder ${cache}.`, 'CAN370');
  }
  return copy;
}

/** Whether the copy is there; if so, it counts as new: the oldest are removed first, by any window. */
function isUsedAgain(copy: string): boolean {
  try {
    utimesSync(copy, new Date(), new Date());
    return true;
  } catch {
    // A cache that may not be written to keeps what it has.
    return existsSync(copy);
  }
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
  const { mtimeMs, ctimeMs, size } = await stat(path);
  const key = createHash('sha256').update(`4 ${path} ${mtimeMs} ${ctimeMs} ${size}`).digest('hex').slice(0, 24);
  return join(cache, `${key}.parquet`);
}

async function magicOf(path: string): Promise<string> {
  try {
    await requireFile(path);
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
    throw new UserError(`The catalog ${path} cannot be read: ${reason}`, 'Make one with `cannon catalog`.', 'CAN370');
  }
}

type Column = CatalogColumn | GappedTruths;

/** What some rows of the table become. */
type PieceOf = (from: number, to: number) => Column;

/** By the kind that all values of a column have. */
function pieceOf({ name, unit, ucd = '', values, isNumeric }: TableColumn): PieceOf {
  const common = { name, unit, ucd };
  const isAll = (holds: (cell: Cell) => boolean) => values.every((cell) => cell === null || holds(cell));
  // CSV has its booleans in words.
  if (isAll((cell) => typeof cell === 'boolean' || cell === 'true' || cell === 'false') && isAny(values)) {
    const truth = (cell: Cell) => (cell === null ? null : String(cell) === 'true');
    return (from, to) => ({ ...common, values: values.slice(from, to).map(truth), hasGaps: true });
  }
  if (isNumeric || values.some((cell) => typeof cell === 'number' || /^-?\d{16,19}$/.test(String(cell)))) {
    if (isAll((cell) => isWhole(cell) || isLongId(cell))) {
      const whole = (cell: Cell) => (cell === null ? noId : BigInt(cell));
      return (from, to) => ({ ...common, values: BigInt64Array.from(values.slice(from, to), whole) });
    }
    if (isAll((cell) => typeof cell === 'number')) {
      const number = (cell: Cell) => (cell === null ? NaN : (cell as number));
      return (from, to) => ({ ...common, values: Float64Array.from(values.slice(from, to), number) });
    }
  }
  return (from, to) => ({ ...common, values: values.slice(from, to).map((cell) => String(cell ?? '')) });
}

function isWhole(cell: Cell): boolean {
  return (
    (typeof cell === 'number' && Number.isSafeInteger(cell)) || (typeof cell === 'string' && /^-?\d{1,18}$/.test(cell))
  );
}

function isAny(values: readonly Cell[]): boolean {
  return values.some((cell) => cell !== null);
}

/** Digits that a 64-bit integer holds. */
function isLongId(cell: Cell): boolean {
  return typeof cell === 'string' && /^-?\d{19}$/.test(cell) && BigInt.asIntN(64, BigInt(cell)) === BigInt(cell);
}

/** Others have their turn between the pieces: this may be the thread that answers an editor. */
async function* piecesOf(columns: readonly TableColumn[], nRows: number): AsyncGenerator<Column[]> {
  const pieces = columns.map(pieceOf);
  for (let from = 0; from < nRows; from += rowsPerGroup) {
    yield pieces.map((piece) => piece(from, Math.min(nRows, from + rowsPerGroup)));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function prune(cache: string, keep: string): void {
  const files = readdirSync(cache)
    .filter((name) => name.endsWith('.parquet'))
    // Another window may have removed some just now.
    .map((name) => ({
      path: join(cache, name),
      time: statSync(join(cache, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }))
    .filter(({ path }) => path !== keep)
    .sort((a, b) => b.time - a.time);
  for (const { path } of files.slice(mostCached - 1)) rmSync(path, { force: true });
}

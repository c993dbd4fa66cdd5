/**
 * A table of reference labels: CSV (any common separator), FITS, VOTable or Parquet, the first three also gzipped.
 *
 * What a file is, its bytes say, never its name: some catalogs call a FITS table .csv. Values keep their exactness: integers
 * beyond 2^53 stay digits, so that a 64-bit id is never rounded. Empty fields, the usual words for "nothing" and the −9999 of
 * survey catalogs are null. Columns are decoded when they are asked for.
 */
import { open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { openFits } from '../fits/fitsFile';
import { requireFile } from '../plainFile';
import { patiently, tryAgain } from '../awayDisk';
import { UserError } from '../problems';
import { withoutSentinel, type Cell, type TableColumn } from './columns';
import { tableFromCsv } from './csv';
import { tableFromFits } from './fitsTable';
import { tableFromParquet, type ColumnChoice } from './parquet';
import { isVotable, tableFromVotable } from './votable';

export { withoutSentinel, type Cell, type TableColumn };

export interface Table {
  readonly path: string;
  readonly nRows: number;
  /** In the order of the file. */
  readonly columns: ReadonlyMap<string, TableColumn>;
  /** Columns with more than one value a row, which are left out. */
  readonly arrays?: readonly string[];
  /** Names of the columns that `readTable` was told to leave where they are. */
  readonly unread?: readonly string[];
}

/** Larger tables are not read into memory. */
const maxBytes = 2 ** 31 - 1;

/**
 * Read a table.
 * @param isNeeded the columns to read where reading each costs (Parquet); all without it.
 * @throws UserError CAN102: missing, empty, of unknown kind, or malformed; and what opening a FITS file throws.
 */
export async function readTable(path: string, isNeeded: ColumnChoice = () => true): Promise<Table> {
  const magic = await tryAgain(() => firstBytes(path), patiently).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(path, error);
  });
  if (magic.toString('latin1', 0, 4) === 'PAR1') return tableFromParquet(path, isNeeded);
  const packed = await tryAgain(() => readFile(path), patiently).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(path, error);
  });
  const bytes = isGzip(packed) ? await unpack(packed, path) : packed;
  if (bytes.toString('latin1', 0, 9) === 'SIMPLE  =' || (bytes[0] === 0x1f && bytes[1] === 0x9d))
    return tableFromFits(path, openFits(bytes, basename(path)));
  if (isVotable(bytes)) return tableFromVotable(path, bytes);
  const other = foreign(bytes);
  if (other === null) return tableFromCsv(path, bytes);
  throw new UserError(`${path} is ${other}, not a CSV, FITS, Parquet or VOTable file`, howToConvert, 'CAN102');
}

const howToConvert = 'Convert it to one of them (TOPCAT and astropy do that).';

function unreadable(path: string, error: NodeJS.ErrnoException): UserError {
  const isFolder = error.code === 'EISDIR';
  const reason = error.code === 'ERR_FS_FILE_TOO_LARGE' ? 'it is larger than 2 GiB' : error.message;
  return new UserError(
    error.code === 'ENOENT'
      ? `There is no file ${path}`
      : `Cannot read ${path}: ${isFolder ? 'it is a folder' : reason}`,
    error.code === 'ERR_FS_FILE_TOO_LARGE'
      ? 'Save it as Parquet, of which only the needed columns are read.'
      : 'Check `reference.file`; relative paths start from the folder of cannon.yaml.',
    'CAN102',
  );
}

async function firstBytes(path: string): Promise<Buffer> {
  await requireFile(path);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function unpack(packed: Buffer, path: string): Promise<Buffer> {
  const bytes = await promisify(gunzip)(packed, { maxOutputLength: maxBytes }).catch((error: NodeJS.ErrnoException) => {
    const isLarge = error.code === 'ERR_BUFFER_TOO_LARGE';
    throw new UserError(
      isLarge ? `${path} unpacks to more than 2 GiB` : `${path} is a damaged gzip file: ${error.message}`,
      isLarge ? 'Save it as Parquet, of which only the needed columns are read.' : 'Fetch the file again.',
      'CAN102',
    );
  });
  if (bytes.toString('latin1', 0, 4) !== 'PAR1') return bytes;
  throw new UserError(`${path} is a gzipped Parquet file`, 'Unpack it: Parquet is compressed inside.', 'CAN102');
}

/** What a file is that is none of ours, by its first bytes; null for text. */
function foreign(bytes: Buffer): string | null {
  const begins = (text: string) => bytes.toString('latin1', 0, text.length) === text;
  if (begins('PK\x03\x04')) return 'a zip archive or a spreadsheet';
  if (begins('\x89HDF')) return 'an HDF5 file';
  if (begins('SQLite format 3')) return 'a SQLite database';
  if (begins('BZh') || begins('\xfd7zXZ') || begins('(\xb5/\xfd')) return 'compressed in a way that is not read';
  if (begins('%PDF')) return 'a PDF';
  const head = bytes.toString('latin1', 0, 512).replace(/^\xef\xbb\xbf/, '');
  return /^\s*<(\?xml|!doctype|html|\w+:?\w*[\s>])/i.test(head) ? 'a page or an XML file without a VOTable' : null;
}

/** The columns that a description mentions anywhere, and those that may hold positions. */
export function mentionedIn(config: unknown): ColumnChoice {
  const text = JSON.stringify(config).toLowerCase();
  return ({ name, ucd }) =>
    text.includes(JSON.stringify(name).slice(1, -1).toLowerCase()) ||
    /^pos[._]eq/i.test(ucd) ||
    /^_?(ra|de|dec|alpha|delta)/i.test(name);
}

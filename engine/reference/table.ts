/**
 * A table of reference labels: CSV (any common separator) or a FITS binary table.
 *
 * Values keep their exactness: integers beyond 2^53 stay text, so that a 64-bit id is never rounded. Empty
 * fields, the usual words for "nothing" and the −9999 of survey catalogs are null.
 */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { readFitsFile } from '../fits/fitsFile';
import { UserError } from '../problems';
import { tableFromFits } from './fitsTable';

export type Cell = string | number | boolean | null;

export interface TableColumn {
  readonly name: string;
  /** As the file says, or "". */
  readonly unit: string;
  /** One a row. */
  readonly values: readonly Cell[];
}

export interface Table {
  readonly path: string;
  readonly nRows: number;
  /** In the order of the file. */
  readonly columns: ReadonlyMap<string, TableColumn>;
}

const nothing = new Set(['', 'nan', 'null', 'none', 'na', 'n/a', '--', 'masked']);
const numeric = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const infinite = /^[+-]?inf(inity)?$/i;

/**
 * Read a table. FITS is recognized by its first bytes, whatever its name (some catalogs call it .csv).
 * @throws UserError CAN102: missing, empty, of unknown kind, or malformed.
 */
export async function readTable(path: string): Promise<Table> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      error.code === 'ENOENT' ? `There is no file ${path}` : `Cannot read ${path}: ${error.message}`,
      'Check reference.file; relative paths start from the folder of the config.',
      'CAN102',
    );
  });
  if (bytes.subarray(0, 9).toString('latin1') === 'SIMPLE  =' || (bytes[0] === 0x1f && bytes[1] === 0x8b)) {
    return tableFromFits(path, await readFitsFile(path));
  }
  if (
    bytes.subarray(0, 4).toString('latin1') === 'PAR1' ||
    ['.vot', '.votable', '.xml'].includes(extname(path).toLowerCase())
  ) {
    throw new UserError(
      `${path} is not a CSV or FITS table`,
      'Convert it to CSV or FITS (TOPCAT and astropy do that).',
      'CAN102',
    );
  }
  return parseCsv(path, bytes);
}

function parseCsv(path: string, bytes: Buffer): Table {
  if (bytes.includes(0)) {
    throw new UserError(
      `${path} is not a CSV or FITS table: it holds binary data`,
      'Convert it to CSV or FITS.',
      'CAN102',
    );
  }
  const firstLine = /^\ufeff?(?:[ \t]*(?:#.*)?\r?\n)*(.*)/.exec(bytes.toString('utf8', 0, 65536))?.[1] ?? '';
  const delimiter = delimiterOf(firstLine);
  let rows: string[][];
  try {
    rows = parse(bytes, {
      bom: true,
      delimiter,
      comment: '#',
      comment_no_infix: true,
      skip_empty_lines: true,
      trim: true,
    });
  } catch (error) {
    throw new UserError(`${path} is not a well-formed CSV: ${(error as Error).message}`, 'Mend that line.', 'CAN102');
  }
  const [header, ...body] = rows;
  if (header === undefined || body.length === 0) {
    throw new UserError(`${path} has no rows`, 'A table needs a line of column names and one line a star.', 'CAN102');
  }
  const twice = header.find((name, i) => header.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new UserError(`${path} has two columns named "${twice}"`, 'Rename one of them.', 'CAN102');
  }
  const columns = new Map(
    header.map((name, i) => [name, { name, unit: '', values: typed(body.map((row) => row[i] ?? '')) }]),
  );
  return { path, nRows: body.length, columns };
}

/** The separator that stands most often in a table's first line. */
export function delimiterOf(firstLine: string): string {
  return [',', '\t', ';', '|'].reduce((best, d) => (count(firstLine, d) > count(firstLine, best) ? d : best), ',');
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

/** Numbers where every field that says something is one and none loses digits; text otherwise. */
function typed(fields: readonly string[]): Cell[] {
  const isNothing = fields.map((field) => nothing.has(field.toLowerCase()));
  const allNumbers = fields.every((field, i) => isNothing[i] || numeric.test(field) || infinite.test(field));
  const exact = fields.every((field) => !/^[+-]?\d+$/.test(field) || Number.isSafeInteger(Number(field)));
  return fields.map((field, i) => {
    if (isNothing[i]) return null;
    if (!allNumbers || !exact) return field;
    return infinite.test(field) ? null : withoutSentinel(Number(field));
  });
}

/** Survey catalogs write −9999 where they have no value. */
export function withoutSentinel(value: number): number | null {
  return Number.isFinite(value) && value !== -9999 ? value : null;
}

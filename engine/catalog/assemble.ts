/**
 * Tables of any length from their pieces, one piece in memory at a time. The file appears when it is whole, and its bytes do
 * not depend on how the rows were divided.
 *
 * FITS says before its rows how many there are and how wide its texts: the pieces are looked at twice.
 */
import { extname } from 'node:path';
import { fillOfBlock, tablePiece, writeFits, type NewColumn } from '../fits/writer';
import { openAside, requirePlaceFor, type Aside } from '../durable';
import { UserError } from '../problems';
import { csvHeader, csvRows, fitsColumns, type CatalogColumn } from './catalog';
import { writeParquet } from './parquetFile';
import { Binary2Stream, votableEnd, votableStart } from './votableText';

/** Gives the pieces in order, anew each time it is called. */
export type Pieces<T> = () => AsyncIterable<readonly T[]> | Iterable<readonly T[]>;

export type CatalogWriter = (pieces: Pieces<CatalogColumn>) => Promise<void>;

export interface WriterOptions {
  /** As of `openAside`. */
  readonly tag?: string;
  /** What FITS and VOTable call the table. */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

/**
 * A writer for the format that the extension of `path` asks for: the same values, units and UCDs in each.
 * @throws UserError CAN405 for other formats, CAN403 where nothing can be written, before any work is done.
 */
export function catalogWriter(path: string, { tag, name = 'LABELS', signal }: WriterOptions = {}): CatalogWriter {
  const write = writerFor(path, tag, name, signal);
  requirePlaceFor(path);
  return write;
}

function writerFor(
  path: string,
  tag: string | undefined,
  name: string,
  signal: AbortSignal | undefined,
): CatalogWriter {
  switch (extname(path).toLowerCase()) {
    case '.csv':
      return (pieces) => writeCsv(path, pieces, tag);
    case '.fits':
      return (pieces) => writeTables(path, [{ name, pieces: () => asFits(pieces) }], tag);
    case '.parquet':
      return (pieces) => writeParquet(path, name, pieces(), tag ?? 'aside', signal);
    case '.vot':
    case '.xml':
    case '.votable':
      return (pieces) => writeVotable(path, name, pieces, tag);
    default:
      throw new UserError(
        `No table can be written to ${path}`,
        'End the name of --out with .fits, .parquet, .vot or .csv.',
        'CAN405',
      );
  }
}

/** How many times a writer for `path` goes through the pieces. */
export function passesOfWriter(path: string): number {
  return extname(path).toLowerCase() === '.fits' ? 2 : 1;
}

async function* asFits(pieces: Pieces<CatalogColumn>): AsyncIterable<NewColumn[]> {
  for await (const piece of pieces()) yield fitsColumns(piece);
}

/** There is at least one piece. */
export function writeCsv(path: string, pieces: Pieces<CatalogColumn>, tag?: string): Promise<void> {
  return written(path, tag, async (file) => {
    for await (const piece of pieces()) {
      if (file.length === 0) file.write(`${csvHeader(piece)}\n`);
      file.write(csvRows(piece));
    }
  });
}

function writeVotable(path: string, name: string, pieces: Pieces<CatalogColumn>, tag?: string): Promise<void> {
  return written(path, tag, async (file) => {
    const stream = new Binary2Stream();
    for await (const piece of pieces()) {
      if (file.length === 0) file.write(votableStart(piece, name));
      file.write(stream.rows(piece));
    }
    file.write(stream.end());
    file.write(votableEnd);
  });
}

export interface TableOfPieces {
  readonly name: string;
  /** At least one, all with the same columns; none of variable length. */
  readonly pieces: Pieces<NewColumn>;
}

/** A FITS file with these tables. */
export function writeTables(path: string, tables: readonly TableOfPieces[], tag?: string): Promise<void> {
  return written(path, tag, async (file) => {
    file.write(writeFits([{ kind: 'empty' }]));
    for (const { name, pieces } of tables) await writeTable(file, name, pieces);
  });
}

async function writeTable(file: Aside, name: string, pieces: Pieces<NewColumn>): Promise<void> {
  const widths = new Map<string, number>();
  let [nRows, start] = [0, 0];
  for await (const piece of pieces()) {
    const first = piece[0]!;
    nRows += first.values.length / (first.perRow ?? 1);
    for (const column of piece)
      if (isText(column)) widths.set(column.name, widest(column, widths.get(column.name) ?? 1));
  }
  for await (const piece of pieces()) {
    const columns = piece.map((column) =>
      isText(column) ? { ...column, width: widths.get(column.name) ?? 1 } : column,
    );
    const { header, rows } = tablePiece({ name, columns }, nRows);
    if (start === 0) {
      file.write(header);
      start = file.length;
    }
    file.write(rows);
  }
  file.write(fillOfBlock(file.length - start));
}

function isText({ values }: NewColumn): boolean {
  return Array.isArray(values) && typeof values[0] === 'string';
}

/** As the writer will have it: a letter beyond ASCII may become several. */
function widest(column: NewColumn, atLeast: number): number {
  const { rows } = tablePiece({ columns: [{ name: column.name, values: column.values }] }, 0);
  return Math.max(atLeast, rows.length / Math.max(1, column.values.length));
}

async function written(path: string, tag: string | undefined, write: (file: Aside) => Promise<void>): Promise<void> {
  const file = openAside(path, tag);
  try {
    await write(file);
    file.finish();
  } catch (error) {
    file.discard();
    throw error;
  }
}

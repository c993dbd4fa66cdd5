/**
 * Tables of any length from their pieces, one piece in memory at a time. The file appears when it is whole, and its bytes do
 * not depend on how the rows were divided.
 *
 * FITS says before its rows how many there are and how wide its texts: the pieces are looked at twice.
 */
import { extname } from 'node:path';
import { fillOfBlock, tablePiece, writeFits, type NewColumn } from '../fits/writer';
import { openAside, type Aside } from '../jobs/durable';
import { UserError } from '../problems';
import { csvHeader, csvRows, fitsColumns, type CatalogColumn } from './catalog';

/** Gives the pieces in order, anew each time it is called. */
export type Pieces<T> = () => AsyncIterable<readonly T[]> | Iterable<readonly T[]>;

export type CatalogWriter = (pieces: Pieces<CatalogColumn>) => Promise<void>;

/**
 * A writer for the format that the extension of `path` asks for.
 * @param tag as of `openAside`.
 * @throws UserError CAN405 for other formats, before any work is done.
 */
export function catalogWriter(path: string, tag?: string): CatalogWriter {
  switch (extname(path).toLowerCase()) {
    case '.csv':
      return (pieces) => writeCsv(path, pieces, tag);
    case '.fits':
      return (pieces) => writeTables(path, [{ name: 'LABELS', pieces: () => asFits(pieces) }], tag);
    default:
      throw new UserError(`Labels cannot be written to ${path}`, 'End the name of --out with .csv or .fits.', 'CAN405');
  }
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

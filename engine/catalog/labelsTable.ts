/**
 * The table of labels that `cannon infer` wrote, read some thousand rows at a time: FITS, CSV or Parquet of any length.
 *
 * Numbers are NaN and texts "" where there is nothing; whole numbers of 64 bits are exact as texts. A column that is asked for in
 * one piece is asked for in all, so a table of a million rows is not decoded further than a catalog needs it.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { tableFields } from '../fits/fields';
import { openSource, readLayout, type HduLayout } from '../fits/ranged';
import { readNumbers, readTexts } from '../fits/table';
import { UserError } from '../problems';
import { tableFromCsv } from '../reference/csv';
import { requireFileNow } from '../plainFile';
import type { Cell, TableColumn } from '../reference/columns';
import { type ParquetRows, parquetRows } from '../reference/parquetRows';
import { fromSheetText } from './sheetText';

/** Some rows. */
export interface LabelsPiece {
  readonly nRows: number;
  numbers(name: string): Float64Array;
  texts(name: string): readonly string[];
}

export interface LabelsTable {
  readonly path: string;
  readonly columns: readonly { readonly name: string; readonly unit: string }[];
  readonly nRows: number;
  /** In order, from the first row each time. */
  pieces(): AsyncIterable<LabelsPiece>;
}

const bytesPerPiece = 1 << 20;

/** @throws UserError CAN360 for another kind of file, and what opening the file throws. */
export async function openLabels(path: string): Promise<LabelsTable> {
  const head = firstBytes(path);
  if (head.toString('latin1', 0, 4) === 'PAR1') return fromParquet(path, await parquetRows(path));
  if (head.toString('latin1', 0, 9) === 'SIMPLE  =') return fromFits(path);
  if (head[0] === 0x1f && head[1] === 0x8b)
    throw notLabels(path, 'is packed', 'Unpack it first: its rows are read where they lie.');
  if (/^\s*<\?xml|^\s*<VOTABLE/i.test(head.toString('latin1')))
    throw notLabels(path, 'is a VOTable', 'Give the FITS, CSV or Parquet file that `cannon infer` writes.');
  return fromCsv(path);
}

function notLabels(path: string, why: string, hint: string): UserError {
  return new UserError(`${path} ${why}, so no catalog is made of it`, hint, 'CAN360');
}

function firstBytes(path: string): Buffer {
  const head = Buffer.alloc(64);
  let file;
  try {
    requireFileNow(path);
    file = openSync(path, 'r');
    return head.subarray(0, readSync(file, head, 0, head.length, 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'is not there'
        : code === 'EISDIR'
          ? 'is a folder'
          : code === 'ENOTFILE'
            ? 'is not a file'
            : `cannot be read (${code})`;
    throw notLabels(path, why, 'Give --labels the table that `cannon infer` wrote.');
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

async function fromFits(path: string): Promise<LabelsTable> {
  const source = await openSource(path);
  let hdu: HduLayout | undefined;
  try {
    hdu = (await readLayout(source)).find(({ kind }) => kind === 'table');
  } finally {
    await source.close();
  }
  if (hdu === undefined) throw notLabels(path, 'holds no table', 'Give --labels the table that `cannon infer` wrote.');
  const layout = hdu;
  const [rowBytes = 0, nRows = 0] = layout.axes;
  const perPiece = Math.max(1, Math.floor(bytesPerPiece / Math.max(1, rowBytes)));
  return {
    path,
    nRows,
    columns: tableFields(layout).map(({ name, unit }) => ({ name, unit })),
    async *pieces() {
      const rows = await openSource(path);
      try {
        for (let from = 0; from < nRows; from += perPiece) {
          const count = Math.min(perPiece, nRows - from);
          const data = await rows.read(layout.dataOffset + from * rowBytes, count * rowBytes);
          const unit = { ...layout, axes: [rowBytes, count], data, unit: data };
          yield {
            nRows: count,
            numbers: (name) => readNumbers(unit, name),
            texts: (name) => readTexts(unit, name),
          };
        }
      } finally {
        await rows.close();
      }
    },
  };
}

function fromParquet(path: string, rows: ParquetRows): LabelsTable {
  return {
    path,
    nRows: rows.nRows,
    columns: rows.columns,
    async *pieces() {
      for await (const { nRows, cells } of rows.pieces()) yield ofCells(nRows, cells);
    },
  };
}

async function fromCsv(path: string): Promise<LabelsTable> {
  let [columns, nRows]: [LabelsTable['columns'] | null, number] = [null, 0];
  for await (const table of csvPieces(path)) {
    columns ??= [...table.columns.values()].map(({ name, unit }) => ({ name, unit }));
    nRows += table.nRows;
  }
  if (columns === null) throw notLabels(path, 'has no rows', 'Give --labels the table that `cannon infer` wrote.');
  return {
    ...{ path, nRows, columns },
    async *pieces() {
      for await (const table of csvPieces(path))
        yield ofCells(table.nRows, (name) => table.columns.get(name)?.values ?? [], fromSheetText);
    },
  };
}

function ofCells(
  nRows: number,
  cells: (name: string) => TableColumn['values'],
  textOf: (text: string) => string = (text) => text,
): LabelsPiece {
  return {
    nRows,
    numbers: (name) => Float64Array.from(cells(name), numberOf),
    texts: (name) => Array.from(cells(name), (cell) => (cell === null ? '' : textOf(String(cell)))),
  };
}

/** 1 and 0 for true and false, which are words in a text table. */
function numberOf(cell: Cell): number {
  if (cell === 'true' || cell === 'false') return Number(cell === 'true');
  return cell === null ? NaN : Number(cell);
}

/** Parts of the file that end with a line, each behind the line of names. A line may end within quotes. */
async function* csvPieces(path: string): AsyncGenerator<ReturnType<typeof tableFromCsv>> {
  const file = openSync(path, 'r');
  try {
    let [rest, names, isOver] = [Buffer.alloc(0), null as Buffer | null, false];
    while (!isOver) {
      const next = Buffer.allocUnsafe(bytesPerPiece);
      const got = readSync(file, next, 0, next.length, null);
      isOver = got === 0;
      const all = Buffer.concat([rest, next.subarray(0, got)]);
      const end = isOver ? all.length : endOfLines(all);
      let from = 0;
      if (names === null && end > 0) {
        from = all.indexOf(0x0a) + 1 || all.length;
        names = all.subarray(0, from);
      }
      rest = all.subarray(end);
      if (names !== null && all.subarray(from, end).some((byte) => byte > 32))
        yield tableFromCsv(path, Buffer.concat([names, all.subarray(from, end)]));
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    closeSync(file);
  }
}

/** Behind the last line that ends outside quotes: after an even number of them. */
function endOfLines(bytes: Buffer): number {
  let [end, isQuoted] = [0, false];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === 34) isQuoted = !isQuoted;
    else if (bytes[at] === 10 && !isQuoted) end = at + 1;
  }
  return end;
}

/** Columns by name, for what a catalog cannot do without. @throws UserError CAN360 naming those that are missing. */
export function requireColumns({ path, columns }: LabelsTable, needed: readonly string[]): void {
  const known = new Set(columns.map(({ name }) => name));
  const missing = needed.filter((name) => !known.has(name));
  if (missing.length === 0) return;
  throw new UserError(
    `${basename(path)} is not a table that \`cannon infer\` wrote: it has no column ${missing.slice(0, 5).join(', ')}`,
    'Run `cannon infer` and give its table with --labels.',
    'CAN360',
  );
}

/**
 * Columns of ASCII tables (FITS Standard 4.0, section 7.2): fixed-width text, formats A I F E D.
 * A blank numeric field is zero, as Fortran reads it; a field equal to TNULLn is null.
 */
import { fitsError } from './errors';
import type { DescribedHdu, Hdu } from './hdus';
import type { FlatColumn } from './table';

/** Where a column of an ASCII table lies in a row, and how its text is read. */
export interface AsciiField {
  readonly name: string;
  readonly type: string;
  readonly start: number;
  readonly width: number;
  readonly decimals: number;
  readonly scale: number;
  readonly zero: number;
  readonly nullText: string | null;
}

/** The column called `name`; case does not matter. Throws `UserError` when it is missing or its description malformed. */
export function asciiField(hdu: DescribedHdu, name: string): AsciiField {
  const names = asciiColumnNames(hdu);
  const index = names.findIndex((other) => other.toUpperCase() === name.toUpperCase());
  if (index >= 0) return asciiFieldAt(hdu, index);
  throw fitsError(
    'missing',
    `${hdu.place} has no column ${name}.`,
    `Its columns are ${names.slice(0, 20).join(', ')}.`,
  );
}

/** Column `index` (from 0). Throws `UserError` when its description is malformed. */
export function asciiFieldAt(hdu: DescribedHdu, index: number): AsciiField {
  const { header } = hdu;
  const n = index + 1;
  const [rowBytes = 0, nRows = 0] = hdu.axes;
  const name = header.text(`TTYPE${n}`) ?? '';
  const format = header.text(`TFORM${n}`) ?? '';
  const match = /^([AIFED])(\d+)(?:\.(\d+))?$/.exec(format);
  const start = (header.number(`TBCOL${n}`) ?? 0) - 1;
  const width = Number(match?.[2] ?? NaN);
  if (match === null || !Number.isInteger(start) || start < 0 || start + width > rowBytes) {
    throw fitsError('table', `${hdu.place}: column ${name} (TFORM${n} = '${format}') does not fit into its rows.`);
  }
  if (rowBytes === 0 && nRows > 0) throw fitsError('table', `${hdu.place}: its rows take no bytes.`);
  return {
    name,
    type: match[1]!,
    start,
    width,
    decimals: match[1] === 'I' ? 0 : Number(match[3] ?? 0),
    scale: header.number(`TSCAL${n}`) ?? 1,
    zero: header.number(`TZERO${n}`) ?? 0,
    nullText: header.text(`TNULL${n}`),
  };
}

/** The column called `name`. Throws `UserError` when it is missing or malformed. */
export function readAsciiColumn(hdu: Hdu, name: string): FlatColumn {
  return readAsciiField(hdu, asciiField(hdu, name));
}

export function readAsciiField(hdu: Hdu, field: AsciiField): FlatColumn {
  const [rowBytes = 0, nRows = 0] = hdu.axes;
  const text = Buffer.from(hdu.data.buffer, hdu.data.byteOffset, hdu.data.byteLength).toString('latin1');
  const cells: string[] = [];
  for (let row = 0, at = field.start; row < nRows; row++, at += rowBytes) cells.push(text.slice(at, at + field.width));
  return convertAsciiCells(cells, field, hdu.place);
}

/** The values of the texts in `cells`. Throws `UserError` for one that is no number where it should be. */
export function convertAsciiCells(cells: readonly string[], field: AsciiField, place: string): FlatColumn {
  if (field.type === 'A') return { kind: 'texts', values: cells.map((cell) => cell.trimEnd()), perRow: 1 };
  const isNull = (cell: string) => field.nullText !== null && cell.trim() === field.nullText;
  const values = Float64Array.from(cells, (cell) =>
    isNull(cell) ? 0 : number(cell, field, place) * field.scale + field.zero,
  );
  const nulls = cells.some(isNull) ? Uint8Array.from(cells, (cell) => (isNull(cell) ? 1 : 0)) : null;
  return { kind: 'numbers', values, nulls, perRow: 1 };
}

/** TTYPEn in order, "" where missing. */
export function asciiColumnNames(hdu: DescribedHdu): string[] {
  const nFields = hdu.header.number('TFIELDS') ?? 0;
  if (nFields < 0 || nFields > 999) throw fitsError('table', `${hdu.place}: TFIELDS = ${nFields} is impossible.`);
  return Array.from({ length: nFields }, (_, i) => hdu.header.text(`TTYPE${i + 1}`) ?? '');
}

/** Without a decimal point the format's decimals are implied; D means E. */
function number(cell: string, field: AsciiField, place: string): number {
  const text = cell.trim().replace(/[Dd]/, 'E');
  if (text === '') return 0;
  const value = Number(text);
  if (Number.isNaN(value))
    throw fitsError('table', `${place}: column ${field.name} holds '${cell.trim()}' where a number belongs.`);
  return text.includes('.') || field.decimals === 0 ? value : value / 10 ** field.decimals;
}

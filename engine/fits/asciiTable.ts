/**
 * Columns of ASCII tables (FITS Standard 4.0, section 7.2): fixed-width text, formats A I F E D.
 * A blank numeric field is zero, as Fortran reads it; a field equal to TNULLn is null.
 */
import { fitsError } from './errors';
import type { Hdu } from './hdus';
import type { FlatColumn } from './table';

/** The column called `name`; case does not matter. Throws `UserError` when it is missing or malformed. */
export function readAsciiColumn(hdu: Hdu, name: string): FlatColumn {
  const { header } = hdu;
  const names = asciiColumnNames(hdu);
  const n = names.findIndex((other) => other.toUpperCase() === name.toUpperCase()) + 1;
  if (n === 0)
    throw fitsError(
      'missing',
      `${hdu.place} has no column ${name}.`,
      `Its columns are ${names.slice(0, 20).join(', ')}.`,
    );
  const [rowBytes = 0, nRows = 0] = hdu.axes;
  const format = header.text(`TFORM${n}`) ?? '';
  const match = /^([AIFED])(\d+)(?:\.(\d+))?$/.exec(format);
  const start = (header.number(`TBCOL${n}`) ?? 0) - 1;
  const width = Number(match?.[2] ?? NaN);
  if (match === null || !Number.isInteger(start) || start < 0 || start + width > rowBytes) {
    throw fitsError('table', `${hdu.place}: column ${name} (TFORM${n} = '${format}') does not fit into its rows.`);
  }
  const text = Buffer.from(hdu.data.buffer, hdu.data.byteOffset, hdu.data.byteLength).toString('latin1');
  const cells: string[] = [];
  for (let row = 0; row < nRows; row++) cells.push(text.slice(row * rowBytes + start, row * rowBytes + start + width));
  if (match[1] === 'A') return { kind: 'texts', values: cells.map((cell) => cell.trimEnd()), perRow: 1 };
  const nullText = header.text(`TNULL${n}`);
  const isNull = (cell: string) => nullText !== null && cell.trim() === nullText;
  const decimals = match[1] === 'I' ? 0 : Number(match[3] ?? 0);
  const scale = header.number(`TSCAL${n}`) ?? 1;
  const zero = header.number(`TZERO${n}`) ?? 0;
  const values = Float64Array.from(cells, (cell) =>
    isNull(cell) ? 0 : number(cell, decimals, hdu, name) * scale + zero,
  );
  const nulls = cells.some(isNull) ? Uint8Array.from(cells, (cell) => (isNull(cell) ? 1 : 0)) : null;
  return { kind: 'numbers', values, nulls, perRow: 1 };
}

/** TTYPEn in order, "" where missing. */
export function asciiColumnNames(hdu: Hdu): string[] {
  const nFields = hdu.header.number('TFIELDS') ?? 0;
  if (nFields < 0 || nFields > 999) throw fitsError('table', `${hdu.place}: TFIELDS = ${nFields} is impossible.`);
  return Array.from({ length: nFields }, (_, i) => hdu.header.text(`TTYPE${i + 1}`) ?? '');
}

/** Without a decimal point the format's decimals are implied; D means E. */
function number(cell: string, decimals: number, hdu: Hdu, name: string): number {
  const text = cell.trim().replace(/[Dd]/, 'E');
  if (text === '') return 0;
  const value = Number(text);
  if (Number.isNaN(value))
    throw fitsError('table', `${hdu.place}: column ${name} holds '${cell.trim()}' where a number belongs.`);
  if (text.includes('.') || decimals === 0) return value;
  return value / 10 ** decimals;
}

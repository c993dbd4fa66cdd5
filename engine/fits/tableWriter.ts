/**
 * Binary tables as bytes (FITS Standard 4.0, section 7.3): rows of fixed length, then the heap with the variable-length arrays.
 * Unsigned and signed-byte integers are stored with the TZERO of table 19; 64-bit integers stay exact.
 */
import { ascii } from './cardWriter';
import { inWords, isForeignUnit } from './foreignUnits';
import type { NewCard } from './writer';
import { toFitsOrder, type BigArray, type NumberArray } from './values';

export interface NewColumn {
  readonly name: string;
  readonly unit?: string;
  /** Unified content descriptor (TUCDn, as TOPCAT and STILTS use it). */
  readonly ucd?: string;
  readonly comment?: string;
  /**
   * Numbers keep their type. Booleans become logicals, null among them "no value". Texts are padded with NUL to `width` or to the longest.
   * A list of arrays of one type becomes a variable-length column, one array a row.
   */
  readonly values: NumberArray | BigArray | readonly string[] | readonly (boolean | null)[] | readonly NumberArray[];
  /** Values a row (default 1): a fixed array in each cell. */
  readonly perRow?: number;
  /** Axes of the array in a cell, fastest first (TDIMn); their product is `perRow`. */
  readonly dims?: readonly number[];
  /** Letters of each text. */
  readonly width?: number;
  /** The numbers are real and imaginary parts in turn, two a value. */
  readonly isComplex?: boolean;
  /** The bytes are single bits, 0 or 1, `perRow` a row. */
  readonly isBits?: boolean;
  /** The type of a variable-length column's arrays where it has no row to tell. */
  readonly elementType?: 'B' | 'I' | 'J' | 'E' | 'D';
  /** TNULLn: the stored integer that stands for "no value". */
  readonly nullValue?: number | bigint;
  /** TSCALn and TZEROn: what readers make of the stored numbers. */
  readonly scale?: number;
  readonly zero?: number;
}

/** A column ready to be laid into rows. */
interface Cells {
  readonly form: string;
  readonly bytes: Uint8Array;
  readonly bytesPerRow: number;
  readonly zero?: number | bigint;
  readonly dims?: readonly number[];
  /** Arrays for the heap, one a row; the bytes of the row are their descriptors. */
  readonly arrays?: readonly Uint8Array[];
}

/** Header cards and data of a table. Throws `RangeError` where columns disagree in length or shape. */
export function tableUnit(newColumns: readonly NewColumn[]): [NewCard[], Uint8Array] {
  const columns = newColumns.map(cellsOf);
  const nRows = columns.length === 0 ? 0 : rowsOf(newColumns[0]!);
  newColumns.forEach((column) => {
    if (rowsOf(column) !== nRows)
      throw new RangeError(`column ${column.name} has ${rowsOf(column)} rows, the first column ${nRows}`);
  });
  const rowBytes = columns.reduce((sum, column) => sum + column.bytesPerRow, 0);
  const heap = layHeap(columns);
  const cards: NewCard[] = [
    { keyword: 'XTENSION', value: 'BINTABLE' },
    { keyword: 'BITPIX', value: 8 },
    { keyword: 'NAXIS', value: 2 },
    { keyword: 'NAXIS1', value: rowBytes },
    { keyword: 'NAXIS2', value: nRows },
    { keyword: 'PCOUNT', value: heap.length },
    { keyword: 'GCOUNT', value: 1 },
    { keyword: 'TFIELDS', value: columns.length },
    ...newColumns.flatMap((column, i) => columnCards(column, columns[i]!, i + 1)),
  ];
  return [cards, Buffer.concat([layRows(columns, rowBytes, nRows), heap])];
}

/** Letters that fit into a card, with some room for those that become two. */
const mostOfRemark = 60;

function columnCards(column: NewColumn, cells: Cells, n: number): NewCard[] {
  const cards: NewCard[] = [
    { keyword: `TTYPE${n}`, value: column.name, comment: column.comment ?? '' },
    { keyword: `TFORM${n}`, value: cells.form },
  ];
  const zero = cells.zero ?? column.zero;
  const dims = cells.dims ?? column.dims;
  const { unit = '', comment = '' } = column;
  if (unit !== '' && !isForeignUnit(unit)) cards.push({ keyword: `TUNIT${n}`, value: unit });
  const words = isForeignUnit(unit) ? inWords(unit) : '';
  const whole = [comment, words].filter((one) => one !== '').join(', ');
  // In one card; what is too long for that is said behind the name of the column, as far as there is room.
  const remark = whole.length <= mostOfRemark ? whole : words;
  if (remark !== '') cards.push({ keyword: `TCOMM${n}`, value: remark });
  if (column.scale !== undefined) cards.push({ keyword: `TSCAL${n}`, value: column.scale });
  if (zero !== undefined) cards.push({ keyword: `TZERO${n}`, value: zero });
  if (column.nullValue !== undefined) cards.push({ keyword: `TNULL${n}`, value: column.nullValue });
  if (dims !== undefined) cards.push({ keyword: `TDIM${n}`, value: `(${dims.join(',')})` });
  if (column.ucd !== undefined) cards.push({ keyword: `TUCD${n}`, value: column.ucd });
  return cards;
}

function layRows(columns: readonly Cells[], rowBytes: number, nRows: number): Uint8Array {
  const data = new Uint8Array(rowBytes * nRows);
  let offset = 0;
  for (const { bytes, bytesPerRow } of columns) {
    for (let row = 0, from = 0, to = offset; row < nRows; row++, from += bytesPerRow, to += rowBytes) {
      // Of a few bytes a view costs more than the bytes.
      if (bytesPerRow > 16) data.set(bytes.subarray(from, from + bytesPerRow), to);
      else for (let b = 0; b < bytesPerRow; b++) data[to + b] = bytes[from + b]!;
    }
    offset += bytesPerRow;
  }
  return data;
}

/** The arrays of all variable-length columns, column after column; their descriptors are filled in. */
function layHeap(columns: readonly Cells[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const { arrays, bytes } of columns) {
    if (arrays === undefined) continue;
    const descriptors = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    arrays.forEach((array, row) => {
      if (offset + array.length >= 2 ** 31) throw new RangeError('the variable-length arrays take more than 2 GiB');
      descriptors.setInt32(8 * row + 4, array.length === 0 ? 0 : offset);
      parts.push(array);
      offset += array.length;
    });
  }
  return Buffer.concat(parts);
}

function rowsOf({ name, values, perRow = 1, isComplex }: NewColumn): number {
  const nRows = values.length / (perRow * (isComplex === true ? 2 : 1));
  if (!Number.isInteger(nRows) && values.length > 0) throw new RangeError(`column ${name} does not fill its last row`);
  return values.length === 0 ? 0 : nRows;
}

function cellsOf(column: NewColumn): Cells {
  const { values, perRow = 1 } = column;
  if (column.dims !== undefined && column.dims.reduce((product, length) => product * length, 1) !== perRow)
    throw new RangeError(`column ${column.name} has ${perRow} values a row, not ${column.dims.join(' × ')}`);
  if (!Array.isArray(values)) return numericCells(column, values as NumberArray | BigArray);
  if (
    isList(values, (value): value is NumberArray => ArrayBuffer.isView(value)) &&
    (values.length > 0 || column.elementType !== undefined)
  )
    return raggedCells(column, values);
  if (
    isList(values, (value): value is boolean | null => typeof value === 'boolean' || value === null) &&
    values.length > 0
  ) {
    const letters = Uint8Array.from(values, (value) => (value === null ? 0 : value ? 0x54 : 0x46));
    return { form: `${perRow}L`, bytes: letters, bytesPerRow: perRow };
  }
  return textCells(
    column,
    (values as readonly string[]).map((text) => ascii(text).trimEnd()),
  );
}

function isList<T>(values: readonly unknown[], is: (value: unknown) => value is T): values is readonly T[] {
  return values.every(is);
}

function numericCells({ perRow = 1, isComplex, isBits }: NewColumn, values: NumberArray | BigArray): Cells {
  if (isBits === true) return bitCells(values as Uint8Array, perRow);
  const [letter, zero] = storedType(values);
  const bytesPerRow = perRow * values.BYTES_PER_ELEMENT * (isComplex === true ? 2 : 1);
  const form = `${perRow}${isComplex === true ? (letter === 'D' ? 'M' : 'C') : letter}`;
  return { form, bytes: bigEndian(values), bytesPerRow, ...(zero !== undefined && { zero }) };
}

function bitCells(bits: Uint8Array, perRow: number): Cells {
  const bytesPerRow = Math.ceil(perRow / 8);
  const bytes = new Uint8Array((bits.length / perRow) * bytesPerRow);
  bits.forEach((bit, i) => {
    const inRow = i % perRow;
    bytes[Math.floor(i / perRow) * bytesPerRow + (inRow >> 3)]! |= bit << (7 - (inRow & 7));
  });
  return { form: `${perRow}X`, bytes, bytesPerRow };
}

function raggedCells(column: NewColumn, rows: readonly NumberArray[]): Cells {
  const types = [...new Set(rows.map((row) => storedType(row)[0]))];
  if (types.length > 1) throw new RangeError(`column ${column.name} mixes arrays of the types ${types.join(', ')}`);
  const zero = rows[0] === undefined ? undefined : storedType(rows[0])[1];
  const longest = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const descriptors = new DataView(new ArrayBuffer(8 * rows.length));
  rows.forEach((row, i) => descriptors.setInt32(8 * i, row.length));
  return {
    form: `1P${types[0] ?? column.elementType ?? 'B'}(${longest})`,
    bytes: new Uint8Array(descriptors.buffer),
    bytesPerRow: 8,
    arrays: rows.map(bigEndian),
    ...(zero !== undefined && { zero }),
  };
}

function textCells({ name, width, perRow = 1 }: NewColumn, texts: readonly string[]): Cells {
  const longest = texts.reduce((widest, text) => Math.max(widest, text.length), 1);
  const letters = width ?? longest;
  if (longest > letters && texts.some((text) => text.length > letters))
    throw new RangeError(`column ${name} has a text of ${longest} letters, more than ${letters}`);
  return {
    form: `${letters * perRow}A`,
    bytes: Buffer.from(texts.map((text) => text.padEnd(letters, '\0')).join(''), 'latin1'),
    bytesPerRow: letters * perRow,
    ...(perRow > 1 && { dims: [letters, perRow] }),
  };
}

/** Letter of TFORM, and the TZERO of unsigned and signed-byte integers. */
export function storedType(values: NumberArray | BigArray): readonly [letter: string, zero?: number | bigint] {
  if (values instanceof Float64Array) return ['D'];
  if (values instanceof Float32Array) return ['E'];
  if (values instanceof BigInt64Array) return ['K'];
  if (values instanceof BigUint64Array) return ['K', 2n ** 63n];
  if (values instanceof Int32Array) return ['J'];
  if (values instanceof Uint32Array) return ['J', 2 ** 31];
  if (values instanceof Int16Array) return ['I'];
  if (values instanceof Uint16Array) return ['I', 2 ** 15];
  return values instanceof Int8Array ? ['B', -128] : ['B'];
}

/** The bytes of the file. Moving an unsigned integer by half its range turns its first bit over. */
export function bigEndian(values: NumberArray | BigArray): Uint8Array {
  const bytes = new Uint8Array(values.byteLength);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  toFitsOrder(bytes, values.BYTES_PER_ELEMENT);
  if (storedType(values)[1] !== undefined)
    for (let i = 0; i < bytes.length; i += values.BYTES_PER_ELEMENT) bytes[i]! ^= 0x80;
  return bytes;
}

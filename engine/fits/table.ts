/**
 * Columns of binary tables (FITS Standard 4.0, section 7.3). A column is copied out of the rows once, as one typed array.
 *
 * Scaled integers become float64 unless the scaling only moves their sign; 64-bit integers stay exact; TNULL is told apart
 * from every value. Variable-length arrays are checked against the heap before any of them is read.
 */
import { readAsciiColumn } from './asciiTable';
import { fitsError } from './errors';
import { fieldBytes, findField, tableFields, type Field, type FieldType } from './fields';
import type { DescribedHdu, Hdu } from './hdus';
import {
  decode,
  decodeNumbers,
  isBig,
  scaled,
  type BigArray,
  type ExactType,
  type NumberArray,
  type StoredType,
  type TakeNumbers,
} from './values';

/** One column, or one row of a variable-length column. `perRow` values a row, rows one after the other. */
export type FlatColumn =
  | {
      readonly kind: 'numbers';
      readonly values: NumberArray;
      readonly nulls: Uint8Array | null;
      readonly perRow: number;
    }
  | { readonly kind: 'bigints'; readonly values: BigArray; readonly nulls: Uint8Array | null; readonly perRow: number }
  /** 1 true, 0 false; also bits. */
  | {
      readonly kind: 'logicals';
      readonly values: Uint8Array;
      readonly nulls: Uint8Array | null;
      readonly perRow: number;
    }
  | { readonly kind: 'texts'; readonly values: readonly string[]; readonly perRow: number }
  /** Real and imaginary part in turn: 2 · perRow numbers a row. */
  | { readonly kind: 'complex'; readonly values: NumberArray; readonly perRow: number };

export type Column = FlatColumn | { readonly kind: 'ragged'; readonly rows: readonly FlatColumn[] };

/** Variable-length rows may share bytes of the heap, so their sum is bounded separately. */
const MAX_RAGGED_BYTES = 2 ** 30;

export function rowCount(hdu: Hdu): number {
  return hdu.axes[1] ?? 0;
}

/** The column called `name` (binary or ASCII table). Throws `UserError` when there is none or it cannot be read. */
export function readColumn(hdu: Hdu, name: string): Column {
  if (hdu.kind === 'ascii table') return readAsciiColumn(hdu, name);
  const field = findField(hdu, name);
  if (field !== null) return readField(hdu, field);
  const names = tableFields(hdu).map((other) => other.name);
  throw fitsError(
    'missing',
    `${hdu.place} has no column ${name}.`,
    `Its columns are ${names.slice(0, 20).join(', ')}.`,
  );
}

/**
 * The column as float64, NaN where null; in an array of `take` where nothing has to be changed about its values. Throws
 * `UserError` for text, and for integers that float64 cannot hold exactly.
 */
export function readNumbers(hdu: Hdu, name: string, take?: TakeNumbers): Float64Array {
  const field = hdu.kind === 'ascii table' ? null : findField(hdu, name);
  if (field !== null && isPlain(field)) return decodeNumbers(gather(hdu, field), field.type, take);
  const column = readColumn(hdu, name);
  if (column.kind !== 'numbers' && column.kind !== 'bigints' && column.kind !== 'logicals') {
    throw fitsError(
      'table',
      `${hdu.place}: column ${name} does not hold one kind of plain numbers.`,
      'Choose a numeric column.',
    );
  }
  const values =
    column.kind === 'numbers'
      ? new Float64Array(column.values)
      : Float64Array.from(column.values as ArrayLike<number | bigint>, Number);
  if (column.nulls !== null) column.nulls.forEach((isNull, i) => isNull === 1 && (values[i] = NaN));
  if (column.kind === 'bigints' && values.some((value) => Math.abs(value) > Number.MAX_SAFE_INTEGER)) {
    throw fitsError(
      'table',
      `${hdu.place}: column ${name} holds integers beyond 2^53, which are ids rather than quantities.`,
      'Use the column as an id.',
    );
  }
  return values;
}

/** Any column with one value a row as text: integers of any size as exact decimal digits, "" where null. */
export function readTexts(hdu: Hdu, name: string): string[] {
  const column = readColumn(hdu, name);
  if (column.kind === 'ragged' || column.kind === 'complex' || column.perRow !== 1) {
    throw fitsError(
      'table',
      `${hdu.place}: column ${name} holds more than one value a row.`,
      'Choose a column with one value a row.',
    );
  }
  if (column.kind === 'texts') return [...column.values];
  const { nulls } = column;
  return Array.from(column.values as ArrayLike<number | bigint>, (value, i) => (nulls?.[i] === 1 ? '' : String(value)));
}

/** The column that `field` describes. */
export function readField(hdu: Hdu, field: Field): Column {
  if (field.elementType !== null) return readRagged(hdu, field, field.elementType);
  return convertCells(gather(hdu, field), field.type, field.repeat, rowCount(hdu), field);
}

/** A field whose stored values are what it means: nothing scaled, no nulls, and nothing that float64 cannot hold. */
function isPlain(field: Field): field is Field & { readonly type: ExactType } {
  const { type, elementType, scale, zero, nullValue } = field;
  return elementType === null && 'BIJED'.includes(type) && scale === 1 && Number(zero) === 0 && nullValue === null;
}

/** The bytes of one field, rows one after the other. */
function gather(hdu: Hdu, field: Field): Uint8Array {
  const [rowBytes = 0, nRows = 0] = hdu.axes;
  const start = field.offset;
  if (nRows <= 1 || field.bytes === rowBytes) return hdu.data.subarray(start, start + nRows * field.bytes);
  const bytes = new Uint8Array(nRows * field.bytes);
  if (field.bytes <= 16) {
    for (let row = 0, to = 0, from = start; row < nRows; row++, from += rowBytes) {
      for (let b = 0; b < field.bytes; b++) bytes[to++] = hdu.data[from + b]!;
    }
  } else {
    for (let row = 0, from = start; row < nRows; row++, from += rowBytes)
      bytes.set(hdu.data.subarray(from, from + field.bytes), row * field.bytes);
  }
  return bytes;
}

/** The values in `bytes`, `nRows` rows of `perRow` elements, as `field` scales them and marks nulls. */
export function convertCells(
  bytes: Uint8Array,
  type: FieldType,
  perRow: number,
  nRows: number,
  field: Field,
): FlatColumn {
  switch (type) {
    case 'A':
      return texts(bytes, perRow, nRows, field);
    case 'L':
      return {
        kind: 'logicals',
        values: Uint8Array.from(bytes, (byte) => (byte === 0x54 ? 1 : 0)),
        nulls: bytes.includes(0) ? Uint8Array.from(bytes, (byte) => (byte === 0 ? 1 : 0)) : null,
        perRow,
      };
    case 'X':
      return { kind: 'logicals', values: bits(bytes, perRow, nRows), nulls: null, perRow };
    case 'C':
    case 'M':
      return { kind: 'complex', values: decode(bytes, type === 'C' ? 'E' : 'D') as NumberArray, perRow };
    default: {
      const stored = decode(bytes, type as StoredType);
      const values = scaled(stored, field.scale, field.zero);
      const nulls = type === 'E' || type === 'D' ? null : nullsOf(stored, field.nullValue);
      return isBig(values) ? { kind: 'bigints', values, nulls, perRow } : { kind: 'numbers', values, nulls, perRow };
    }
  }
}

function nullsOf(stored: NumberArray | BigArray, nullValue: number | bigint | null): Uint8Array | null {
  if (nullValue === null) return null;
  const wanted = isBig(stored) ? BigInt(nullValue) : Number(nullValue);
  if (!(stored as ArrayLike<number | bigint> & { includes(value: unknown): boolean }).includes(wanted)) return null;
  return Uint8Array.from(stored as ArrayLike<number | bigint>, (value) => (value === wanted ? 1 : 0));
}

/** With TDIM the first axis is the length of each string. */
function texts(bytes: Uint8Array, perRow: number, nRows: number, field: Field): FlatColumn {
  const length = field.elementType === null && field.dims.length > 0 ? field.dims[0]! : perRow;
  const stringsPerRow = length === 0 ? 1 : Math.max(1, Math.floor(perRow / length));
  const values: string[] = [];
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  for (let row = 0; row < nRows; row++) {
    for (let s = 0; s < stringsPerRow; s++) {
      const start = row * perRow + s * length;
      const text = all.slice(start, start + length);
      const end = text.indexOf('\0');
      values.push((end < 0 ? text : text.slice(0, end)).trimEnd());
    }
  }
  return { kind: 'texts', values, perRow: stringsPerRow };
}

function bits(bytes: Uint8Array, perRow: number, nRows: number): Uint8Array {
  const values = new Uint8Array(nRows * perRow);
  const rowBytes = Math.ceil(perRow / 8);
  for (let row = 0, i = 0; row < nRows; row++) {
    for (let bit = 0; bit < perRow; bit++) values[i++] = (bytes[row * rowBytes + (bit >> 3)]! >> (7 - (bit & 7))) & 1;
  }
  return values;
}

/** Where each row of a variable-length column lies in the heap. */
export interface HeapSlices {
  /** Elements of each row. */
  readonly lengths: Float64Array;
  /** Bytes from the start of the data unit; 0 for empty rows. */
  readonly starts: Float64Array;
  readonly bytes: Float64Array;
}

/**
 * The slices that the descriptors in `bytes` (rows one after the other) point to. Throws `UserError` for a row that points
 * outside the `dataBytes` of the unit, and for a column whose rows add up to more than 1 GiB.
 */
export function heapSlices(hdu: DescribedHdu, field: Field, bytes: Uint8Array, dataBytes: number): HeapSlices {
  const nRows = field.bytes === 0 ? 0 : bytes.length / field.bytes;
  const descriptors = decode(bytes, field.type === 'Q' ? 'K' : 'J');
  const heapStart = hdu.header.number('THEAP') ?? hdu.axes[0]! * hdu.axes[1]!;
  const slices = {
    lengths: new Float64Array(nRows),
    starts: new Float64Array(nRows),
    bytes: new Float64Array(nRows),
  };
  let total = 0;
  for (let row = 0; row < nRows; row++) {
    const length = Number(descriptors[2 * row]);
    const start = heapStart + Number(descriptors[2 * row + 1]);
    const size = fieldBytes(field.elementType!, length);
    total += size;
    if (length < 0 || (length > 0 && (start < heapStart || heapStart < 0 || start + size > dataBytes))) {
      throw fitsError('table', `${hdu.place}: row ${row + 1} of column ${field.name} points outside the heap.`);
    }
    slices.lengths[row] = length;
    slices.starts[row] = length === 0 ? 0 : start;
    slices.bytes[row] = size;
  }
  if (total > MAX_RAGGED_BYTES)
    throw fitsError(
      'tooLarge',
      `${hdu.place}: column ${field.name} unfolds to more than 1 GiB, which is not supported.`,
    );
  return slices;
}

function readRagged(hdu: Hdu, field: Field, elementType: FieldType): Column {
  if (field.repeat === 0) {
    const empty = convertCells(new Uint8Array(0), elementType, 0, 1, field);
    return { kind: 'ragged', rows: Array.from({ length: rowCount(hdu) }, () => empty) };
  }
  const { lengths, starts, bytes } = heapSlices(hdu, field, gather(hdu, field), hdu.data.length);
  const rows = Array.from(lengths, (length, row) => {
    const cells = hdu.data.subarray(starts[row], starts[row]! + bytes[row]!);
    return convertCells(cells, elementType, length, 1, field);
  });
  return { kind: 'ragged', rows };
}

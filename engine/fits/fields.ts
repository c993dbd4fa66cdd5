/**
 * The columns of a binary table as its header describes them (FITS Standard 4.0, section 7.3.1–7.3.3).
 * All checks of the description are here: reading a column afterwards cannot leave the table's bytes.
 */
import { fitsError } from './errors';
import { unitInWords } from './foreignUnits';
import type { DescribedHdu } from './hdus';
import type { Header } from './header';

/** L logical, X bit, B I J K integers, A characters, E D reals, C M complex, P Q descriptors of variable-length arrays. */
export type FieldType = 'L' | 'X' | 'B' | 'I' | 'J' | 'K' | 'A' | 'E' | 'D' | 'C' | 'M' | 'P' | 'Q';

export interface Field {
  /** TTYPEn, or "" where there is none. */
  readonly name: string;
  readonly unit: string;
  /** TFORMn as written. */
  readonly format: string;
  readonly type: FieldType;
  /** Elements a row; of a P or Q field 0 or 1 descriptors. */
  readonly repeat: number;
  /** Type of the array's elements where `type` is P or Q. */
  readonly elementType: FieldType | null;
  /** Where the field lies in a row, in bytes. */
  readonly offset: number;
  readonly bytes: number;
  /** TDIMn, fastest axis first, where it fits `repeat`; else empty. */
  readonly dims: readonly number[];
  readonly scale: number;
  readonly zero: number | bigint;
  readonly nullValue: number | bigint | null;
}

/** Bytes of one element; a bit field is counted in whole bytes by `fieldBytes`. */
const elementBytes: Readonly<Record<FieldType, number>> = {
  L: 1,
  X: 0,
  B: 1,
  I: 2,
  J: 4,
  K: 8,
  A: 1,
  E: 4,
  D: 8,
  C: 8,
  M: 16,
  P: 8,
  Q: 16,
};

export function fieldBytes(type: FieldType, repeat: number): number {
  return type === 'X' ? Math.ceil(repeat / 8) : repeat * elementBytes[type];
}

const formPattern = /^(\d*)([LXBIJKAEDCMPQ])(.*)$/;
/** Rows that take no bytes cost the file nothing and would cost the reader memory and time. */
const MAX_EMPTY_ROWS = 1e6;
/** By header: files of a survey share that of a table (`header.ts`), and all that matters here follows from it. */
const cache = new WeakMap<Header, readonly Field[]>();

/** The fields in order. Throws `UserError` when `hdu` is no binary table or its description contradicts itself. */
export function tableFields(hdu: DescribedHdu): readonly Field[] {
  const known = cache.get(hdu.header);
  if (known !== undefined) return known;
  if (hdu.kind !== 'table' && hdu.kind !== 'compressed image')
    throw fitsError('missing', `${hdu.place} holds no binary table.`);
  const { header } = hdu;
  const nFields = header.get('TFIELDS');
  if (typeof nFields !== 'number' || !Number.isInteger(nFields) || nFields < 0 || nFields > 999) {
    throw fitsError('table', `${hdu.place}: TFIELDS = ${header.text('TFIELDS') ?? '(missing)'} is impossible.`);
  }
  if (hdu.axes.length !== 2 || header.get('BITPIX') !== 8 || (header.has('GCOUNT') && header.get('GCOUNT') !== 1)) {
    throw fitsError('table', `${hdu.place}: a binary table must have BITPIX = 8, NAXIS = 2 and GCOUNT = 1.`);
  }
  const fields: Field[] = [];
  let offset = 0;
  for (let n = 1; n <= nFields; n++) {
    const field = readField(hdu, n, offset);
    fields.push(field);
    offset += field.bytes;
  }
  if (offset > hdu.axes[0]!) {
    throw fitsError('table', `${hdu.place}: the columns take ${offset} bytes a row, but NAXIS1 gives ${hdu.axes[0]!}.`);
  }
  if (hdu.axes[0] === 0 && hdu.axes[1]! > MAX_EMPTY_ROWS) {
    throw fitsError('table', `${hdu.place}: NAXIS2 promises ${hdu.axes[1]!} rows of no bytes.`);
  }
  cache.set(hdu.header, fields);
  return fields;
}

/** The first field of that name (case does not matter, as the standard asks), or null. */
export function findField(hdu: DescribedHdu, name: string): Field | null {
  const wanted = name.toUpperCase();
  return tableFields(hdu).find((field) => field.name.toUpperCase() === wanted) ?? null;
}

function readField(hdu: DescribedHdu, n: number, offset: number): Field {
  const { header } = hdu;
  const format = header.text(`TFORM${n}`) ?? '';
  const match = formPattern.exec(format);
  const repeat = match === null || match[1] === '' ? 1 : Number(match[1]);
  const type = match?.[2] as FieldType | undefined;
  const isDescriptor = type === 'P' || type === 'Q';
  const elementType = isDescriptor ? (/^([LXBIJKAEDCM])/.exec(match![3]!)?.[1] as FieldType | undefined) : null;
  if (
    type === undefined ||
    elementType === undefined ||
    !Number.isSafeInteger(repeat * 16) ||
    (isDescriptor && repeat > 1)
  ) {
    throw fitsError('table', `${hdu.place}: column ${n} has the impossible format TFORM${n} = '${format}'.`);
  }
  const zero = header.get(`TZERO${n}`);
  const nullValue = header.get(`TNULL${n}`);
  return {
    name: header.text(`TTYPE${n}`) ?? '',
    unit: header.text(`TUNIT${n}`) ?? unitInWords(header.text(`TCOMM${n}`) ?? ''),
    format,
    type,
    repeat,
    elementType,
    offset,
    bytes: fieldBytes(type, repeat),
    dims: dimensions(header.text(`TDIM${n}`), repeat),
    scale: header.number(`TSCAL${n}`) ?? 1,
    zero: typeof zero === 'bigint' ? zero : (header.number(`TZERO${n}`) ?? 0),
    nullValue: typeof nullValue === 'number' || typeof nullValue === 'bigint' ? nullValue : null,
  };
}

function dimensions(text: string | null, repeat: number): number[] {
  if (text === null || !/^\(\s*\d+(\s*,\s*\d+)*\s*\)$/.test(text)) return [];
  const dims = text.slice(1, -1).split(',').map(Number);
  return dims.reduce((product, length) => product * length, 1) <= repeat ? dims : [];
}

/**
 * What the reader sees in a FITS file, as data: for `cannon fits`, and for holding the reader against others. The shape is that of
 * a listing made with astropy: names of its HDU classes, axes slowest first, statistics of every image and column.
 *
 * Statistics are of the values after TSCAL and TZERO, whether or not TNULL marks them as missing. Integers that JSON cannot hold are
 * decimal text, and NaN and infinities the words nan, inf, -inf.
 */
import { UserError } from '../problems';
import { asciiFieldAt, readAsciiField } from './asciiTable';
import { checkSums, type SumCheck } from './checksum';
import { tableFields, type Field } from './fields';
import { inspectFits } from './fitsFile';
import type { Hdu, HduKind } from './hdus';
import type { Card, CardValue } from './header';
import { readImage } from './image';
import { readField, type Column, type FlatColumn } from './table';
import type { BigArray, NumberArray } from './values';

export type ReportedValue = number | string | boolean | ReportedValue[];

export interface Statistics {
  readonly n: number;
  readonly finite: number;
  readonly sum: number | string;
  /** Of the finite values; null where there are none. */
  readonly min: ReportedValue | null;
  readonly max: ReportedValue | null;
  /** The first five and the last three values. */
  readonly first: readonly ReportedValue[];
  readonly last: readonly ReportedValue[];
}

export type ReportedColumn = {
  readonly name: string | null;
  readonly format: string;
  readonly unit: string | null;
  readonly null: ReportedValue | null;
  readonly dim: string | null;
} & (
  | (Statistics & { readonly shape: readonly number[] })
  /** Texts and complex numbers. */
  | { readonly n: number; readonly first: readonly ReportedValue[]; readonly shape: readonly number[] }
  /** Variable-length arrays: the first three rows, and the lengths of the first twenty. */
  | { readonly rowsFirst: readonly (readonly ReportedValue[])[]; readonly lengths: readonly number[] }
  | { readonly error: string }
);

export interface ReportedHdu {
  readonly kind: string;
  readonly name: string;
  readonly cards: number;
  /** The first card of each keyword; no commentary. */
  readonly header: Readonly<Record<string, ReportedValue | null>>;
  /** Axes of an image, slowest first. */
  readonly shape?: readonly number[];
  readonly image?: Statistics | { readonly error: string };
  readonly rows?: number;
  readonly columns?: readonly ReportedColumn[];
}

export interface Reported {
  readonly hdus: readonly ReportedHdu[];
  /** Of each unit. */
  readonly sums: readonly SumCheck[];
  /** The damage after which there are no more units. */
  readonly problem: UserError | null;
}

/** All units of the file in `bytes`. Throws `UserError` when there is no unit. */
export function reportFits(bytes: Uint8Array, name: string): Reported {
  const { file, problem } = inspectFits(bytes, name);
  return { hdus: file.hdus.map(reportHdu), sums: checkSums(file), problem };
}

const kinds: Readonly<Record<HduKind, string>> = {
  empty: 'ImageHDU',
  image: 'ImageHDU',
  table: 'BinTableHDU',
  'ascii table': 'TableHDU',
  'compressed image': 'CompImageHDU',
  'random groups': 'GroupsHDU',
  foreign: 'NonstandardExtHDU',
};

function reportHdu(hdu: Hdu): ReportedHdu {
  const cards = hdu.kind === 'compressed image' ? imageCards(hdu) : cardsOf(hdu);
  const isPrimary = hdu.index === 0 && (hdu.kind === 'empty' || hdu.kind === 'image');
  const name = cards.find(([keyword]) => keyword === 'EXTNAME')?.[1];
  const fallback = hdu.kind === 'compressed image' ? 'COMPRESSED_IMAGE' : hdu.index === 0 ? 'PRIMARY' : '';
  const header: Record<string, ReportedValue | null> = {};
  for (const [keyword, value] of cards) if (!Object.hasOwn(header, keyword)) header[keyword] = value;
  return {
    kind: isPrimary ? 'PrimaryHDU' : kinds[hdu.kind],
    name: typeof name === 'string' ? name : fallback,
    cards: cards.length + hdu.header.cards.filter(isCommentary).length,
    header,
    ...contents(hdu),
  };
}

function contents(hdu: Hdu): Partial<ReportedHdu> {
  if (hdu.kind === 'image' || hdu.kind === 'compressed image') {
    try {
      const image = readImage(hdu);
      return { shape: [...image.axes].reverse(), image: statistics(image.values) };
    } catch (error) {
      return { image: { error: sentence(error) } };
    }
  }
  if (hdu.kind !== 'table' && hdu.kind !== 'ascii table') return {};
  const rows = hdu.axes[1] ?? 0;
  try {
    return { rows, columns: hdu.kind === 'table' ? binaryColumns(hdu) : asciiColumns(hdu) };
  } catch (error) {
    const names = { name: null, format: '', unit: null, null: null, dim: null };
    return { rows, columns: [{ ...names, error: sentence(error) }] };
  }
}

function sentence(error: unknown): string {
  if (error instanceof UserError) return error.message;
  throw error;
}

type ReportedCard = readonly [keyword: string, value: ReportedValue | null];

function cardsOf(hdu: Hdu): ReportedCard[] {
  return hdu.header.cards
    .filter((card) => !isCommentary(card))
    .map((card) => [card.keyword, card.isComplex === true ? complex(card) : plainCard(card.value)] as const);
}

function isCommentary({ keyword }: Card): boolean {
  return keyword === '' || keyword === 'COMMENT' || keyword === 'HISTORY' || keyword === 'CONTINUE';
}

function complex({ value }: Card): ReportedValue[] {
  return String(value)
    .replace(/[() ]/g, '')
    .split(',')
    .map((part) => plain(Number(part.replace(/[Dd]/, 'e'))));
}

function plainCard(value: CardValue): ReportedValue | null {
  return typeof value === 'number' || typeof value === 'bigint' ? plain(value) : value;
}

/** The header of the image itself: those cards of the table that describe the packing become the image's own, or go. */
function imageCards(hdu: Hdu): ReportedCard[] {
  const ofTable =
    /^(XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|TFIELDS|T(TYPE|FORM|UNIT|NULL|DIM)\d+|THEAP|CHECKSUM|DATASUM)$/;
  const ofPacking = /^(ZIMAGE|ZCMPTYPE|ZTILE\d+|ZNAME\d+|ZVAL\d+|ZQUANTIZ|ZDITHER0|ZSCALE|ZZERO|ZMASKCMP)$/;
  const renamed = /^Z(SIMPLE|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|EXTEND|BLOCKED|BLANK|DATASUM)$/;
  const other: Record<string, string> = { ZTENSION: 'XTENSION', ZHECKSUM: 'CHECKSUM' };
  const cards: ReportedCard[] = [];
  for (const [keyword, value] of cardsOf(hdu)) {
    if (ofTable.test(keyword) || ofPacking.test(keyword)) continue;
    if (keyword === 'EXTNAME' && value === 'COMPRESSED_IMAGE') continue;
    cards.push([other[keyword] ?? keyword.replace(renamed, '$1'), value]);
  }
  const has = (keyword: string) => cards.some(([other]) => other === keyword);
  if (has('SIMPLE')) return cards;
  const needed = { XTENSION: 'IMAGE', PCOUNT: 0, GCOUNT: 1 };
  return [...Object.entries(needed).filter(([keyword]) => !has(keyword)), ...cards];
}

function plain(value: number | bigint): number | string {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}

function binaryColumns(hdu: Hdu): ReportedColumn[] {
  return tableFields(hdu).map((field, i) => {
    const dim = hdu.header.text(`TDIM${i + 1}`);
    const description = {
      name: field.name === '' ? null : field.name,
      format: field.format,
      unit: field.unit === '' ? null : field.unit,
      null: field.nullValue === null ? null : plain(field.nullValue),
      dim,
    };
    try {
      return { ...description, ...reportColumn(readField(hdu, field), shapeOf(hdu, field)) };
    } catch (error) {
      return { ...description, error: sentence(error) };
    }
  });
}

function shapeOf(hdu: Hdu, field: Field): number[] {
  const nRows = hdu.axes[1] ?? 0;
  const axes = [...field.dims].reverse();
  if (field.type === 'A') return [nRows, ...axes.slice(0, -1)];
  if (axes.length > 0) return [nRows, ...axes];
  return field.repeat === 1 ? [nRows] : [nRows, field.repeat];
}

function asciiColumns(hdu: Hdu): ReportedColumn[] {
  const nFields = hdu.header.number('TFIELDS') ?? 0;
  return Array.from({ length: Math.min(999, Math.max(0, nFields)) }, (_, i) => {
    const text = (keyword: string) => hdu.header.text(`${keyword}${i + 1}`);
    const description = {
      name: text('TTYPE'),
      format: text('TFORM') ?? '',
      unit: text('TUNIT'),
      null: text('TNULL'),
      dim: null,
    };
    try {
      const column = readAsciiField(hdu, asciiFieldAt(hdu, i));
      return { ...description, ...reportColumn(column, [hdu.axes[1] ?? 0]) };
    } catch (error) {
      return { ...description, error: sentence(error) };
    }
  });
}

function reportColumn(column: Column, shape: readonly number[]) {
  if (column.kind === 'ragged') {
    return {
      rowsFirst: column.rows.slice(0, 3).map((row) => listed(row)),
      lengths: column.rows.slice(0, 20).map((row) => listed(row).length),
    };
  }
  const first = listed(column, 5);
  if (column.kind === 'texts') return { n: column.values.length, first, shape };
  if (column.kind === 'complex') return { n: column.values.length / 2, first, shape };
  const isLogical = column.kind === 'logicals';
  const found = statistics(column.values);
  const word = (value: ReportedValue) => (isLogical ? value === 1 : value);
  return { ...found, first: found.first.map(word), last: found.last.map(word), shape };
}

/** The values of a column: true and false, texts (letter by letter in a variable-length row), pairs. */
function listed(column: FlatColumn, most = Infinity): ReportedValue[] {
  if (column.kind === 'texts') return most === Infinity ? [...(column.values[0] ?? '')] : column.values.slice(0, most);
  if (column.kind === 'complex') {
    const values = Array.from(column.values.subarray(0, 2 * most), plain);
    return Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i]!, values[2 * i + 1]!]);
  }
  const values = Array.from((column.values as NumberArray).subarray(0, most) as ArrayLike<number | bigint>, plain);
  return column.kind === 'logicals' ? values.map((value) => value === 1) : values;
}

/** 64-bit integers are summed and compared exactly. */
function statistics(values: NumberArray | BigArray): Statistics {
  const n = values.length;
  const ends = {
    first: Array.from((values as NumberArray).subarray(0, 5) as ArrayLike<number | bigint>, plain),
    last: Array.from((values as NumberArray).subarray(Math.max(0, n - 3)) as ArrayLike<number | bigint>, plain),
  };
  let finite = 0;
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    let sum = 0n;
    let [min, max] = [values[0] ?? 0n, values[0] ?? 0n];
    for (const value of values) {
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    return { n, finite: n, sum: plain(sum), min: n > 0 ? plain(min) : null, max: n > 0 ? plain(max) : null, ...ends };
  }
  let [sum, min, max] = [0, Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    finite++;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const extremes = finite > 0 ? { min, max } : { min: null, max: null };
  return { n, finite, sum: plain(sum), ...extremes, ...ends };
}

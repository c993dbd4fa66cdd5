/**
 * Writing FITS: images and binary tables, in whole 2880-byte blocks (FITS Standard 4.0, sections 3, 4 and 7).
 *
 * The first unit becomes the primary one where it is an image or empty; before a table an empty primary is put.
 * Strings longer than a card are continued (CONTINUE), long or lower-case keywords use HIERARCH. Text is ASCII by the
 * standard: Å becomes Angstrom, ° deg, µ u, anything else outside ASCII a question mark.
 */
import { CARD_BYTES, type CardValue } from './header';
import { BLOCK_BYTES } from './hdus';
import { ascii, formatCard, formatCommentary } from './cardWriter';
import { toFitsOrder, type BigArray, type NumberArray } from './values';

export interface NewCard {
  /** "COMMENT" and "HISTORY" take their text from `comment`. */
  readonly keyword: string;
  readonly value?: CardValue;
  readonly comment?: string;
}

export interface NewColumn {
  readonly name: string;
  readonly unit?: string;
  /** Unified content descriptor (TUCDn, as TOPCAT and STILTS use it). */
  readonly ucd?: string;
  readonly comment?: string;
  /** Numbers keep their type; booleans become logicals; strings are padded with NUL to the longest. */
  readonly values:
    | Float64Array
    | Float32Array
    | Int32Array
    | Int16Array
    | Uint8Array
    | BigInt64Array
    | readonly string[]
    | readonly boolean[];
  /** Values a row (default 1): a fixed array in each cell. Not for strings. */
  readonly perRow?: number;
  /** TNULLn: the integer that stands for "no value". */
  readonly nullValue?: number | bigint;
}

export type NewHdu =
  | { readonly kind: 'empty'; readonly name?: string; readonly cards?: readonly NewCard[] }
  | {
      readonly kind: 'image';
      readonly name?: string;
      /** Fastest axis first. */
      readonly axes: readonly number[];
      readonly values: Float64Array | Float32Array | Int32Array | Int16Array | Uint8Array | BigInt64Array;
      readonly cards?: readonly NewCard[];
    }
  | {
      readonly kind: 'table';
      readonly name?: string;
      readonly columns: readonly NewColumn[];
      readonly cards?: readonly NewCard[];
    };

/** The bytes of a FITS file with these units. Throws `RangeError` where arrays and shapes disagree. */
export function writeFits(hdus: readonly NewHdu[]): Uint8Array {
  const units: readonly NewHdu[] =
    hdus[0] === undefined || hdus[0].kind === 'table' ? [{ kind: 'empty' }, ...hdus] : hdus;
  const parts: Uint8Array[] = [];
  units.forEach((hdu, index) => {
    const [cards, data] = hdu.kind === 'table' ? tableUnit(hdu) : imageUnit(hdu, index === 0);
    const own = hdu.cards ?? [];
    const named: NewCard[] = hdu.name === undefined ? [] : [{ keyword: 'EXTNAME', value: hdu.name }];
    parts.push(headerBlocks([...cards, ...named, ...own]), data, new Uint8Array(padding(data.length)));
  });
  return Buffer.concat(parts);
}

function headerBlocks(cards: readonly NewCard[]): Uint8Array {
  const records = cards.map((card) =>
    card.keyword === 'COMMENT' || card.keyword === 'HISTORY' || card.keyword === ''
      ? formatCommentary(card.keyword, card.comment ?? '')
      : formatCard(card.keyword, card.value ?? null, card.comment ?? ''),
  );
  const text = records.join('') + 'END'.padEnd(CARD_BYTES);
  return Buffer.from(text.padEnd(text.length + padding(text.length)), 'latin1');
}

function imageUnit(hdu: Extract<NewHdu, { kind: 'empty' | 'image' }>, isPrimary: boolean): [NewCard[], Uint8Array] {
  const values = hdu.kind === 'image' ? hdu.values : new Uint8Array(0);
  const axes = hdu.kind === 'image' ? hdu.axes : [];
  if (axes.length > 0 && axes.reduce((product, length) => product * length, 1) !== values.length) {
    throw new RangeError(`an image of ${axes.join(' × ')} cannot hold ${values.length} values`);
  }
  const isReal = values instanceof Float64Array || values instanceof Float32Array;
  const cards: NewCard[] = [
    isPrimary
      ? { keyword: 'SIMPLE', value: true, comment: 'conforms to the FITS standard' }
      : { keyword: 'XTENSION', value: 'IMAGE' },
    { keyword: 'BITPIX', value: values.BYTES_PER_ELEMENT * (isReal ? -8 : 8) },
    { keyword: 'NAXIS', value: axes.length },
    ...axes.map((length, i) => ({ keyword: `NAXIS${i + 1}`, value: length })),
  ];
  if (isPrimary) cards.push({ keyword: 'EXTEND', value: true });
  else cards.push({ keyword: 'PCOUNT', value: 0 }, { keyword: 'GCOUNT', value: 1 });
  return [cards, bigEndian(values)];
}

/** A column ready to be laid into rows. */
interface Cells {
  readonly form: string;
  readonly bytes: Uint8Array;
  readonly bytesPerRow: number;
}

function tableUnit(hdu: Extract<NewHdu, { kind: 'table' }>): [NewCard[], Uint8Array] {
  const columns = hdu.columns.map(cellsOf);
  const nRows = columns.length === 0 ? 0 : rowsOf(hdu.columns[0]!);
  hdu.columns.forEach((column) => {
    if (rowsOf(column) !== nRows)
      throw new RangeError(`column ${column.name} has ${rowsOf(column)} rows, the first column ${nRows}`);
  });
  const rowBytes = columns.reduce((sum, column) => sum + column.bytesPerRow, 0);
  const cards: NewCard[] = [
    { keyword: 'XTENSION', value: 'BINTABLE' },
    { keyword: 'BITPIX', value: 8 },
    { keyword: 'NAXIS', value: 2 },
    { keyword: 'NAXIS1', value: rowBytes },
    { keyword: 'NAXIS2', value: nRows },
    { keyword: 'PCOUNT', value: 0 },
    { keyword: 'GCOUNT', value: 1 },
    { keyword: 'TFIELDS', value: columns.length },
  ];
  hdu.columns.forEach((column, i) => {
    cards.push({ keyword: `TTYPE${i + 1}`, value: column.name, comment: column.comment ?? '' });
    cards.push({ keyword: `TFORM${i + 1}`, value: columns[i]!.form });
    if (column.unit !== undefined && column.unit !== '') cards.push({ keyword: `TUNIT${i + 1}`, value: column.unit });
    if (column.nullValue !== undefined) cards.push({ keyword: `TNULL${i + 1}`, value: column.nullValue });
    if (column.ucd !== undefined) cards.push({ keyword: `TUCD${i + 1}`, value: column.ucd });
  });
  return [cards, layRows(columns, rowBytes, nRows)];
}

function layRows(columns: readonly Cells[], rowBytes: number, nRows: number): Uint8Array {
  const data = new Uint8Array(rowBytes * nRows);
  let offset = 0;
  for (const { bytes, bytesPerRow } of columns) {
    for (let row = 0; row < nRows; row++)
      data.set(bytes.subarray(row * bytesPerRow, (row + 1) * bytesPerRow), row * rowBytes + offset);
    offset += bytesPerRow;
  }
  return data;
}

function rowsOf(column: NewColumn): number {
  const nRows = column.values.length / (column.perRow ?? 1);
  if (!Number.isInteger(nRows)) throw new RangeError(`column ${column.name} does not fill its last row`);
  return nRows;
}

function cellsOf(column: NewColumn): Cells {
  const { values } = column;
  const perRow = column.perRow ?? 1;
  if (!Array.isArray(values)) {
    const numbers = values as Exclude<NewColumn['values'], readonly string[] | readonly boolean[]>;
    return {
      form: `${perRow}${letterOf(numbers)}`,
      bytes: bigEndian(numbers),
      bytesPerRow: perRow * numbers.BYTES_PER_ELEMENT,
    };
  }
  if (typeof values[0] === 'boolean') {
    return {
      form: `${perRow}L`,
      bytes: Uint8Array.from(values, (value) => (value === true ? 0x54 : 0x46)),
      bytesPerRow: perRow,
    };
  }
  const texts = (values as readonly string[]).map(ascii);
  const width = texts.reduce((widest, text) => Math.max(widest, text.length), 1);
  return {
    form: `${width}A`,
    bytes: Buffer.from(texts.map((text) => text.padEnd(width, '\0')).join(''), 'latin1'),
    bytesPerRow: width,
  };
}

function letterOf(values: NumberArray | BigArray): string {
  if (values instanceof Float64Array) return 'D';
  if (values instanceof Float32Array) return 'E';
  if (values instanceof BigInt64Array) return 'K';
  if (values instanceof Int32Array) return 'J';
  return values instanceof Int16Array ? 'I' : 'B';
}

function bigEndian(values: NumberArray | BigArray): Uint8Array {
  const bytes = new Uint8Array(values.byteLength);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  toFitsOrder(bytes, values.BYTES_PER_ELEMENT);
  return bytes;
}

function padding(length: number): number {
  return (BLOCK_BYTES - (length % BLOCK_BYTES)) % BLOCK_BYTES;
}

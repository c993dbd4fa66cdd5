/**
 * Writing FITS: images and binary tables, in whole 2880-byte blocks (FITS Standard 4.0, sections 3, 4 and 7).
 *
 * The first unit becomes the primary one where it is an image or empty; before a table an empty primary is put.
 * Strings longer than a card are continued (CONTINUE), long or lower-case keywords use HIERARCH. Text is ASCII by the
 * standard: Å becomes Angstrom, ° deg, µ u, anything else outside ASCII a question mark.
 */
import { CARD_BYTES, type CardValue } from './header';
import { formatCard, formatCommentary } from './cardWriter';
import { onesComplementSum, padding, sealUnit } from './checksum';
import { bigEndian, storedType, tableUnit, type NewColumn } from './tableWriter';
import type { BigArray, NumberArray } from './values';

export type { NewColumn } from './tableWriter';

export interface NewCard {
  /** "COMMENT" and "HISTORY" take their text from `comment`. */
  readonly keyword: string;
  readonly value?: CardValue;
  readonly comment?: string;
}

export type NewHdu =
  | { readonly kind: 'empty'; readonly name?: string; readonly cards?: readonly NewCard[] }
  | {
      readonly kind: 'image';
      readonly name?: string;
      /** Fastest axis first. */
      readonly axes: readonly number[];
      readonly values: NumberArray | BigArray;
      readonly cards?: readonly NewCard[];
    }
  | {
      readonly kind: 'table';
      readonly name?: string;
      readonly columns: readonly NewColumn[];
      readonly cards?: readonly NewCard[];
    };

export interface WriteOptions {
  /** Adds DATASUM and CHECKSUM to each unit. */
  readonly checksum?: boolean;
}

/** The bytes of a FITS file with these units. Throws `RangeError` where arrays and shapes disagree. */
export function writeFits(hdus: readonly NewHdu[], { checksum = false }: WriteOptions = {}): Uint8Array {
  const units: readonly NewHdu[] =
    hdus[0] === undefined || hdus[0].kind === 'table' ? [{ kind: 'empty' }, ...hdus] : hdus;
  return Buffer.concat(
    units.map((hdu, index) => {
      const [structure, data] = hdu.kind === 'table' ? tableUnit(hdu.columns) : imageUnit(hdu, index === 0);
      const named: NewCard[] = hdu.name === undefined ? [] : [{ keyword: 'EXTNAME', value: hdu.name }];
      const cards = [...structure, ...named, ...(hdu.cards ?? [])];
      const sums = checksum ? sumCards(data) : [];
      const unit = Buffer.concat([headerBlocks([...cards, ...sums]), data, new Uint8Array(padding(data.length))]);
      if (checksum) sealUnit(unit);
      return unit;
    }),
  );
}

/**
 * A table in pieces, for more rows than memory holds: the blocks before its rows, with `nRows` of them in the header, and the
 * rows of `columns`. Other pieces have the same columns; texts need their `width`, and no column may have a variable length.
 */
export function tablePiece(
  { name, columns, cards = [] }: Omit<Extract<NewHdu, { kind: 'table' }>, 'kind'>,
  nRows: number,
): { header: Uint8Array; rows: Uint8Array } {
  const [structure, rows] = tableUnit(columns);
  const counted = structure.map((card) => (card.keyword === 'NAXIS2' ? { ...card, value: nRows } : card));
  const named: NewCard[] = name === undefined ? [] : [{ keyword: 'EXTNAME', value: name }];
  return { header: headerBlocks([...counted, ...named, ...cards]), rows };
}

/** Zeros that fill the last block of `nBytes` of data. */
export function fillOfBlock(nBytes: number): Uint8Array {
  return new Uint8Array(padding(nBytes));
}

function sumCards(data: Uint8Array): NewCard[] {
  return [
    { keyword: 'CHECKSUM', value: '0'.repeat(16), comment: 'sum of the whole unit is all ones' },
    { keyword: 'DATASUM', value: String(onesComplementSum(data)), comment: 'sum of the data' },
  ];
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
  const zero = storedType(values)[1];
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
  if (zero !== undefined) cards.push({ keyword: 'BZERO', value: zero });
  return [cards, bigEndian(values)];
}

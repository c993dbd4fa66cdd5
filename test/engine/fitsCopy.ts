/**
 * A FITS file as the units that write it again: of a file of ours, byte for byte. Units and columns are decoded and encoded, not
 * copied as bytes, so that the round trip proves reader and writer at once. Cards that describe the structure are made anew.
 */
import { tableFields, type Field } from '../../engine/fits/fields';
import type { FitsFile } from '../../engine/fits/fitsFile';
import { fitsError } from '../../engine/fits/errors';
import type { Hdu } from '../../engine/fits/hdus';
import { readImage, readStoredImage } from '../../engine/fits/image';
import { readField, type Column, type FlatColumn } from '../../engine/fits/table';
import { isBig, type BigArray, type NumberArray } from '../../engine/fits/values';
import type { NewCard, NewColumn, NewHdu, WriteOptions } from '../../engine/fits/writer';

const structure =
  /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|TFIELDS|THEAP|EXTNAME|CHECKSUM|DATASUM|T(TYPE|FORM|UNIT|COMM|SCAL|ZERO|NULL|DIM|UCD)\d+)$/;

/** What to give to `writeFits`. Throws `UserError` for units that cannot be written: ASCII tables, compressed images, random groups. */
export function toNewHdus(file: FitsFile): { hdus: NewHdu[]; options: WriteOptions } {
  return {
    hdus: file.hdus.map(toNewHdu),
    options: { checksum: file.hdus.some(({ header }) => header.has('CHECKSUM')) },
  };
}

function toNewHdu(hdu: Hdu): NewHdu {
  const name = hdu.header.text('EXTNAME');
  const common = { ...(name !== null && { name }), cards: ownCards(hdu) };
  switch (hdu.kind) {
    case 'empty':
      return { kind: 'empty', ...common };
    case 'image': {
      const values = unsignedOf(readImage(hdu).values) ?? readStoredImage(hdu);
      const isUnsigned = unsignedOf(values) !== null;
      const cards = isUnsigned ? common.cards.filter(({ keyword }) => keyword !== 'BZERO') : common.cards;
      return { kind: 'image', ...common, cards, axes: hdu.axes, values };
    }
    case 'table':
      return { kind: 'table', ...common, columns: tableFields(hdu).map((field, i) => toNewColumn(hdu, field, i + 1)) };
    default:
      throw fitsError('unsupported', `${hdu.place} is of a kind that is not written (${hdu.kind}).`);
  }
}

function ownCards(hdu: Hdu): NewCard[] {
  return hdu.header.cards
    .filter(({ keyword }) => !structure.test(keyword))
    .map(({ keyword, value, comment }) => ({ keyword, value, comment }));
}

/** Integers that the writer moves by half their range itself. */
function unsignedOf(values: NumberArray | BigArray): NumberArray | BigArray | null {
  const isMoved =
    values instanceof Uint16Array ||
    values instanceof Uint32Array ||
    values instanceof BigUint64Array ||
    values instanceof Int8Array;
  return isMoved ? values : null;
}

function toNewColumn(hdu: Hdu, field: Field, n: number): NewColumn {
  const { header } = hdu;
  const physical = readField(hdu, field);
  const isMoved = movedBySign(physical);
  const stored = isMoved ? physical : readField(hdu, { ...field, scale: 1, zero: 0 });
  const ucd = header.text(`TUCD${n}`);
  const comment = header.cards.find(({ keyword }) => keyword === `TTYPE${n}`)?.comment ?? '';
  return {
    name: field.name,
    ...(field.unit !== '' && { unit: field.unit }),
    ...(ucd !== null && { ucd }),
    ...(comment !== '' && { comment }),
    ...(field.nullValue !== null && { nullValue: field.nullValue }),
    ...(!isMoved && header.has(`TSCAL${n}`) && { scale: field.scale }),
    ...(!isMoved && header.has(`TZERO${n}`) && { zero: Number(field.zero) }),
    ...(field.dims.length > 0 && field.type !== 'A' && { dims: field.dims }),
    ...valuesOf(stored, field),
  };
}

function movedBySign(column: Column): boolean {
  const first = column.kind === 'ragged' ? column.rows[0] : column;
  return (first?.kind === 'numbers' || first?.kind === 'bigints') && unsignedOf(first.values) !== null;
}

function valuesOf(column: Column, field: Field): Omit<NewColumn, 'name'> {
  if (column.kind === 'ragged') {
    const elementType = field.elementType as NonNullable<NewColumn['elementType']>;
    return { values: column.rows.map((row) => arrayOf(row)), elementType };
  }
  const { perRow } = column;
  switch (column.kind) {
    case 'texts':
      return { values: column.values, perRow, width: field.repeat / perRow };
    case 'complex':
      return { values: column.values, perRow, isComplex: true };
    case 'logicals':
      if (field.type === 'X') return { values: column.values, perRow, isBits: true };
      return {
        values: Array.from(column.values, (value, i) => (column.nulls?.[i] === 1 ? null : value === 1)),
        perRow,
      };
    default:
      return { values: column.values, perRow };
  }
}

function arrayOf(row: FlatColumn): NumberArray {
  if (row.kind === 'numbers' && !isBig(row.values)) return row.values;
  throw fitsError('unsupported', 'Variable-length columns of this type are not written.');
}

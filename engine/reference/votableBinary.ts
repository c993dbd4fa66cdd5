/**
 * The rows of a VOTable's BINARY and BINARY2 streams: big-endian values one after the other (VOTable 1.5, sections 5.3 and 5.4).
 *
 * A cell whose length varies begins with its count as an int32; a row of BINARY2 begins with one bit a column, set for null.
 * One pass notes where each cell lies.
 */
import { UserError } from '../problems';
import { cellOfNumber } from './columns';
import { Offsets } from './offsets';
import type { CellReader, VotableField, VotableRows } from './votable';

const bytesOf: Readonly<Record<string, number>> = {
  ...{ boolean: 1, unsignedByte: 1, short: 2, int: 4, long: 8, char: 1, unicodeChar: 2, float: 4, double: 8 },
  ...{ floatComplex: 8, doubleComplex: 16 },
};

/** @throws UserError CAN102 when the stream ends inside a row. */
export function binaryRows(
  data: Buffer,
  fields: readonly VotableField[],
  hasNullBits: boolean,
  path: string,
): VotableRows {
  const nFields = fields.length;
  const maskBytes = hasNullBits ? Math.ceil(nFields / 8) : 0;
  const [starts, rowStarts] = [new Offsets(), new Offsets()];
  let at = 0;
  const cutOff = () =>
    new UserError(`${path} is cut off in row ${rowStarts.length}`, 'Fetch the file again.', 'CAN102');
  // Columns of no bytes would never come to an end.
  if (maskBytes === 0 && fields.every(({ count }) => count === 0)) return { nRows: 0, reader: () => () => null };
  while (at < data.length) {
    rowStarts.push(at);
    at += maskBytes;
    for (let k = 0; k < nFields; k++) {
      starts.push(at);
      const { count, datatype } = fields[k]!;
      if (count === null && at + 4 > data.length) throw cutOff();
      const length = count ?? data.readInt32BE(at);
      if (length < 0)
        throw new UserError(`${path} is damaged in row ${rowStarts.length}`, 'Fetch the file again.', 'CAN102');
      at += (count === null ? 4 : 0) + (datatype === 'bit' ? Math.ceil(length / 8) : length * bytesOf[datatype]!);
      if (at > data.length) throw cutOff();
    }
  }
  const reader = (k: number): CellReader => {
    const read = cellParser(data, fields[k]!);
    return (row) => {
      const isNull = maskBytes > 0 && ((data[rowStarts.at(row) + (k >> 3)]! >> (7 - (k & 7))) & 1) === 1;
      return isNull ? null : read(starts.at(row * nFields + k));
    };
  };
  return { nRows: rowStarts.length, reader };
}

function cellParser(data: Buffer, { datatype, count, nullText }: VotableField): (at: number) => ReturnType<CellReader> {
  const nullValue = nullText !== null && /^[+-]?\d+$/.test(nullText.trim()) ? BigInt(nullText.trim()) : null;
  const whole = (value: number | bigint) =>
    nullValue !== null && BigInt(value) === nullValue ? null : cellOfNumber(value);
  switch (datatype) {
    case 'boolean':
      return (at) => {
        const character = String.fromCharCode(data[at]!);
        return 'Tt1'.includes(character) ? true : 'Ff0'.includes(character) ? false : null;
      };
    case 'bit':
      // Packed bits begin with the highest; astropy writes a lone bit as 8.
      return (at) => data[at]! !== 0;
    case 'unsignedByte':
      return (at) => whole(data[at]!);
    case 'short':
      return (at) => whole(data.readInt16BE(at));
    case 'int':
      return (at) => whole(data.readInt32BE(at));
    case 'long':
      return (at) => whole(data.readBigInt64BE(at));
    case 'float':
      return (at) => cellOfNumber(data.readFloatBE(at));
    case 'double':
      return (at) => cellOfNumber(data.readDoubleBE(at));
    default: {
      const width = datatype === 'unicodeChar' ? 2 : 1;
      return (at) => {
        const length = count ?? data.readInt32BE(at);
        const from = count === null ? at + 4 : at;
        const bytes = data.subarray(from, from + length * width);
        const text = width === 1 ? bytes.toString('utf8') : Buffer.from(bytes).swap16().toString('utf16le');
        const end = text.indexOf('\0');
        const kept = (end < 0 ? text : text.slice(0, end)).trimEnd();
        return kept === '' || kept === nullText ? null : kept;
      };
    }
  }
}

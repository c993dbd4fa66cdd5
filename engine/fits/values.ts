/**
 * Big-endian FITS values as typed arrays, and their linear scaling: physical = stored · scale + zero.
 *
 * Integers whose zero only moves the sign (FITS Standard 4.0, sections 4.4.2.5 and 7.3.2, tables 11 and 19) stay exact
 * integers; any other scaling gives float64. 64-bit integers are never passed through float64.
 */
import { endianness } from 'node:os';

export type NumberArray =
  Float64Array | Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;
export type BigArray = BigInt64Array | BigUint64Array;

/** Letters as in TFORM: B uint8, I int16, J int32, K int64, E float32, D float64. */
export type StoredType = 'B' | 'I' | 'J' | 'K' | 'E' | 'D';

const storedBytes: Readonly<Record<StoredType, number>> = { B: 1, I: 2, J: 4, K: 8, E: 4, D: 8 };

const hostIsLittleEndian = endianness() === 'LE';

/** A copy of `bytes` (a whole number of values) in the host's order. */
export function decode(bytes: Uint8Array, type: StoredType): NumberArray | BigArray {
  const count = Math.floor(bytes.length / storedBytes[type]);
  const copy = new Uint8Array(count * storedBytes[type]);
  copy.set(bytes.subarray(0, copy.length));
  if (hostIsLittleEndian) swap(copy, storedBytes[type]);
  switch (type) {
    case 'B':
      return copy;
    case 'I':
      return new Int16Array(copy.buffer);
    case 'J':
      return new Int32Array(copy.buffer);
    case 'K':
      return new BigInt64Array(copy.buffer);
    case 'E':
      return new Float32Array(copy.buffer);
    case 'D':
      return new Float64Array(copy.buffer);
  }
}

/** Types whose every value float64 holds exactly. */
export type ExactType = Exclude<StoredType, 'K'>;

/** Gives an array of that length, to be filled. */
export type TakeNumbers = (length: number) => Float64Array;

/** The same values as float64, in one pass over the bytes. */
export function decodeNumbers(bytes: Uint8Array, type: ExactType, take?: TakeNumbers): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.length / storedBytes[type]);
  const values = take === undefined ? new Float64Array(count) : take(count);
  switch (type) {
    case 'B':
      values.set(bytes);
      break;
    case 'I':
      for (let i = 0; i < values.length; i++) values[i] = view.getInt16(2 * i);
      break;
    case 'J':
      for (let i = 0; i < values.length; i++) values[i] = view.getInt32(4 * i);
      break;
    case 'E':
      for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(4 * i);
      break;
    case 'D':
      for (let i = 0; i < values.length; i++) values[i] = view.getFloat64(8 * i);
      break;
  }
  return values;
}

/** Turns values of `width` bytes between the host's order and FITS order, in place. */
export function toFitsOrder(bytes: Uint8Array, width: number): void {
  if (hostIsLittleEndian) swap(bytes, width);
}

function swap(bytes: Uint8Array, width: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width === 2) buffer.swap16();
  else if (width === 4) buffer.swap32();
  else if (width === 8) buffer.swap64();
}

export function isBig(values: NumberArray | BigArray): values is BigArray {
  return values instanceof BigInt64Array || values instanceof BigUint64Array;
}

/** Applies scale and zero; `zero` may be a bigint (2^63 makes 64-bit integers unsigned). */
export function scaled(values: NumberArray | BigArray, scale: number, zero: number | bigint): NumberArray | BigArray {
  const offset = Number(zero);
  if (scale === 1 && offset === 0) return values;
  if (scale === 1) {
    if (values instanceof Uint8Array && offset === -128) return Int8Array.from(values, (value) => value - 128);
    if (values instanceof Int16Array && offset === 2 ** 15) return Uint16Array.from(values, (value) => value + 2 ** 15);
    if (values instanceof Int32Array && offset === 2 ** 31) return Uint32Array.from(values, (value) => value + 2 ** 31);
    if (values instanceof BigInt64Array && offset === 2 ** 63)
      return BigUint64Array.from(values, (value) => value + (1n << 63n));
  }
  const physical = new Float64Array(values.length);
  for (let i = 0; i < physical.length; i++) physical[i] = Number(values[i]) * scale + offset;
  return physical;
}

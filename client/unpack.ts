/** The other half of the server's packing: what JSON has no word for comes back as it was before it crossed. */
import type { Packed, PackedArray, PackedNumber } from '../server/protocol';

const arrays = { Float64Array, Float32Array, Uint8Array };

/** The server's answer with its typed arrays, NaN and infinities restored. */
export function unpack<T>(packed: Packed<T>): T {
  return unpackValue(packed) as T;
}

function unpackValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(unpackValue);
  if (isPackedNumber(value)) return Number(value.notFinite);
  if (isPackedArray(value)) {
    // A Buffer may start anywhere in a larger block; a typed array wants memory of its own, aligned.
    const bytes = Uint8Array.from(Buffer.from(value.base64, 'base64'));
    return new arrays[value.array](bytes.buffer);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpackValue(item)]));
}

function isPackedNumber(value: object): value is PackedNumber {
  return 'notFinite' in value;
}

function isPackedArray(value: object): value is PackedArray {
  return 'base64' in value && 'array' in value && typeof value.array === 'string' && value.array in arrays;
}

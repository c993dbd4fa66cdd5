/** Makes answers fit for JSON: typed arrays become base64 of their bytes, and NaN and infinities become words. */
import type { Packed, PackedArray } from './protocol';

/** `value` as it crosses to the client; bytes are in the machine's order, which both sides share. */
export function pack<T>(value: T): Packed<T> {
  return packValue(value) as Packed<T>;
}

function packValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : { notFinite: String(value) };
  if (value instanceof Float64Array) return packArray('Float64Array', value);
  if (value instanceof Float32Array) return packArray('Float32Array', value);
  if (value instanceof Uint8Array) return packArray('Uint8Array', value);
  if (Array.isArray(value)) return value.map(packValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, packValue(item)]));
}

function packArray(array: PackedArray['array'], { buffer, byteOffset, byteLength }: ArrayBufferView): PackedArray {
  return { array, base64: Buffer.from(buffer, byteOffset, byteLength).toString('base64') };
}

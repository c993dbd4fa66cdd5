/**
 * Answers as they cross borders that carry only JSON: from the language server to the extension, and within the page of a panel.
 *
 * Typed arrays become base64 of their bytes (lists of numbers would be five times the size), and NaN and infinities words, for JSON
 * has none. Bytes are in the machine's order, which all sides share. Also for the browser: nothing below imports `node:`.
 */

const arrays = { Float64Array, Float32Array, Uint8Array } as const;

export interface PackedArray {
  readonly array: keyof typeof arrays;
  readonly base64: string;
}

/** A number that JSON has no word for. */
export interface PackedNumber {
  readonly notFinite: 'NaN' | 'Infinity' | '-Infinity';
}

/** `T` with every typed array replaced by its packed form, and every number by one that survives JSON. */
export type Packed<T> = T extends Float64Array | Float32Array | Uint8Array
  ? PackedArray
  : T extends number
    ? T | PackedNumber
    : T extends object
      ? { [K in keyof T]: Packed<T[K]> }
      : T;

/** `value`, of plain data and typed arrays, as JSON can carry it. */
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

/** What was packed, with its typed arrays, NaN and infinities restored. */
export function unpack<T>(packed: Packed<T>): T {
  return unpackValue(packed) as T;
}

function unpackValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(unpackValue);
  if (isPackedNumber(value)) return Number(value.notFinite);
  if (isPackedArray(value)) return new arrays[value.array](bytesOf(value.base64).buffer);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpackValue(item)]));
}

/** In memory of their own, aligned for any kind of array. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  // Node's own way is the faster one; browsers have the other.
  if (typeof Buffer !== 'undefined') return Uint8Array.from(Buffer.from(base64, 'base64'));
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  for (let k = 0; k < bytes.length; k++) bytes[k] = characters.charCodeAt(k);
  return bytes;
}

function isPackedNumber(value: object): value is PackedNumber {
  return 'notFinite' in value;
}

function isPackedArray(value: object): value is PackedArray {
  return 'base64' in value && 'array' in value && typeof value.array === 'string' && value.array in arrays;
}

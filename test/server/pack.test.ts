/** What crosses from server to client arrives as it was. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../engine/packing';

/** As the client gets it: through JSON. */
const cross = <T>(value: T): T => unpack<T>(JSON.parse(JSON.stringify(pack(value))) as ReturnType<typeof pack<T>>);

describe('pack', () => {
  it('keeps every array bit for bit, whatever it holds', () => {
    fc.assert(
      fc.property(fc.float64Array(), fc.float32Array(), fc.uint8Array(), (wave, flux, mask) => {
        expect(cross({ inner: [{ wave }, { flux, mask }] })).toEqual({ inner: [{ wave }, { flux, mask }] });
      }),
    );
  });

  it('sends only the part of a larger memory that an array shows', () => {
    const part = Float32Array.from([1, 2, 3, 4]).subarray(1, 3);
    expect(cross(part)).toEqual(Float32Array.of(2, 3));
  });

  it('keeps numbers that JSON has no word for, and texts that look like them', () => {
    const value = { error: NaN, chi2: Infinity, z: -Infinity, name: 'NaN', none: null, list: [NaN, 1] };
    expect(cross(value)).toEqual(value);
  });
});

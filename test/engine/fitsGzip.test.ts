/** Gzipped files unpack whole whatever their trailer promises, and files read one after the other keep apart. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { readBytes, readBytesNow, unpack } from '../../engine/fits/fitsFile';
import { decode, decodeNumbers } from '../../engine/fits/values';

const folder = mkdtempSync(join(tmpdir(), 'cannon-gzip-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytesOf = (count: number, seed: number) => Buffer.from({ length: count, 0: 0 }).map((_, i) => (i * seed) >> 3);

function withPromise(packed: Buffer, length: number): Buffer {
  const changed = Buffer.from(packed);
  changed.writeUInt32LE(length, changed.length - 4);
  return changed;
}

describe('a gzipped file', () => {
  test('unpacks to what was packed, whatever its size', () => {
    for (const count of [0, 1, 63, 16 * 1024, 16 * 1024 + 1, 109_440, 3_000_001]) {
      const bytes = bytesOf(count, 7);
      expect(Buffer.compare(unpack(gzipSync(bytes), 'a.fits.gz'), bytes)).toBe(0);
    }
  });

  test('may be several packed after one another, of which the trailer tells the last one’s size', () => {
    const parts = [bytesOf(200_000, 3), bytesOf(10, 5)];
    expect(
      Buffer.compare(unpack(Buffer.concat(parts.map((part) => gzipSync(part))), 'a.fits.gz'), Buffer.concat(parts)),
    ).toBe(0);
  });

  test.each([0, 5, 2 ** 32 - 1])('whose trailer promises %d bytes against the truth is damaged', (promised) => {
    const packed = withPromise(gzipSync(bytesOf(100_000, 3)), promised);
    expect(() => unpack(packed, 'a.fits.gz')).toThrow('a.fits.gz is a damaged gzip file.');
  });

  test('that is no more than its first two bytes is truncated', () => {
    expect(() => unpack(Buffer.of(0x1f, 0x8b), 'a.fits.gz')).toThrow('a.fits.gz is a truncated gzip file.');
  });
});

test('a small packed file that unpacks to a thousand times its size fills no memory', () => {
  const nothing = gzipSync(new Uint8Array(2 ** 24));
  expect(() => unpack(Buffer.concat(Array.from({ length: 33 }, () => nothing)), 'a.fits.gz')).toThrow(
    'a.fits.gz unpacks to more than 512 MiB, which is not supported.',
  );
});

test('a file of 5 GB with nothing in it is refused by its size, before anything of it is read', async () => {
  const path = join(folder, 'huge.fits');
  writeFileSync(path, 'SIMPLE  =                    T');
  truncateSync(path, 5e9);
  const before = process.memoryUsage().rss;
  expect(() => readBytesNow(path)).toThrow('huge.fits cannot be read: it has more than 2 GiB.');
  await expect(readBytes(path)).rejects.toThrow('huge.fits cannot be read: it has more than 2 GiB.');
  expect(process.memoryUsage().rss - before).toBeLessThan(1e9);
});

describe('a file read without waiting', () => {
  test('is all there, also after a larger one and before a smaller one', () => {
    for (const [n, count] of [10, 900_000, 262_144, 0, 524_288, 77].entries()) {
      const bytes = bytesOf(count, n + 1);
      const path = join(folder, `${n}.bin`);
      writeFileSync(path, bytes);
      expect(Buffer.compare(readBytesNow(path), bytes)).toBe(0);
    }
  });

  test('that is not there, or is a folder, is told in words', () => {
    expect(() => readBytesNow(join(folder, 'nowhere.fits'))).toThrow('cannot be read: there is no such file.');
    expect(() => readBytesNow(folder)).toThrow('cannot be read: it is a folder.');
  });
});

describe('stored numbers as float64', () => {
  test.each(['B', 'I', 'J', 'E', 'D'] as const)(
    'are the same in one pass as by way of the stored type, for %s',
    (type) => {
      const stored = new Uint8Array(5 + 8 * 501).map((_, i) => (i * i * 37) >> 2).subarray(5);
      const [once, twice] = [decodeNumbers(stored, type), Float64Array.from(decode(stored, type) as ArrayLike<number>)];
      expect(once).toEqual(twice);
    },
  );
});

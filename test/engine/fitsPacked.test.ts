/** Unix compress and tile-compressed images: right against gzip and astropy, and hostile ones refused. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { openFits, readPrimaryHeader } from '../../engine/fits/fitsFile';
import { readImage, readImageNumbers } from '../../engine/fits/image';
import { LzwError, uncompressZ } from '../../engine/fits/lzw';
import { writeFits, type NewCard } from '../../engine/fits/writer';
import { UserError } from '../../engine/problems';
import { hasAstropy, python } from '../python';

const folder = mkdtempSync(join(tmpdir(), 'cannon-packed-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A writer of Unix compress for these tests: greedy, with codes up to `widest` bits, emptying the table when `clearAt` codes are full. */
function compressZ(input: Uint8Array, widest: number, clears: boolean): Uint8Array {
  const out: number[] = [0x1f, 0x9d, 0x80 | widest];
  let [width, free] = [9, 257];
  let table = new Map<string, number>();
  let group: number[] = [];
  const flush = (whole: boolean) => {
    const bits = group.flatMap((code) => Array.from({ length: width }, (_, bit) => (code >> bit) & 1));
    const nBytes = whole ? width : Math.ceil(bits.length / 8);
    for (let b = 0; b < nBytes; b++)
      out.push(bits.slice(8 * b, 8 * b + 8).reduce((sum, bit, i) => sum | (bit << i), 0));
    group = [];
  };
  const emit = (code: number) => {
    group.push(code);
    if (group.length === 8) flush(true);
  };
  let current = '';
  for (const byte of input) {
    const next = current + String.fromCharCode(byte);
    if (next.length === 1 || table.has(next)) {
      current = next;
      continue;
    }
    emit(current.length === 1 ? current.charCodeAt(0) : table.get(current)!);
    if (free < 1 << widest) {
      table.set(next, free++);
      // The reader makes each entry one code later, so the width changes one code after the table outgrows it.
      if (free > 1 << width && width < widest) {
        if (group.length > 0) flush(true);
        width++;
      }
    } else if (clears) {
      emit(256);
      if (group.length > 0) flush(true);
      [width, free] = [9, 257];
      table = new Map();
    }
    current = String.fromCharCode(byte);
  }
  if (current !== '') emit(current.length === 1 ? current.charCodeAt(0) : table.get(current)!);
  flush(false);
  return Uint8Array.from(out);
}

const noise = Uint8Array.from({ length: 60_000 }, (_, i) => (Math.sin(i * i) * 20 + (i % 7)) & 255);
const cases: [string, Uint8Array][] = [
  ['noise', noise],
  ['one byte over and over', new Uint8Array(100_000).fill(7)],
  ['a single byte', Uint8Array.of(3)],
];

describe('a file packed with Unix compress', () => {
  test.each([
    [11, true],
    [10, true],
    [12, false],
    [16, true],
  ])('of codes up to %i bits (emptying the table: %s) is unpacked as gzip unpacks it', (widest, clears) => {
    for (const [name, plain] of cases) {
      const packed = compressZ(plain, widest, clears);
      const path = join(folder, 'x.Z');
      writeFileSync(path, packed);
      const byGzip = execFileSync('gzip', ['-dc', path]);
      expect(Buffer.compare(byGzip, plain), name).toBe(0);
      expect(Buffer.compare(uncompressZ(packed, 1e6), plain), name).toBe(0);
    }
  });

  test('is refused when it unpacks to more than is allowed, or has codes that mean nothing', () => {
    const packed = compressZ(new Uint8Array(100_000), 16, true);
    expect(() => uncompressZ(packed, 50_000)).toThrow(new LzwError('too large'));
    expect(() => uncompressZ(Uint8Array.of(0x1f, 0x9d, 0x90, 0xff, 0xff), 1000)).toThrow(new LzwError('damaged'));
    expect(() => uncompressZ(Uint8Array.of(0x1f, 0x9d, 0x9f, 1, 1), 1000)).toThrow(new LzwError('damaged'));
    expect(() => openFits(Uint8Array.of(0x1f, 0x9d, 0x90, 0xff, 0xff), 'a.fits.Z')).toThrow(
      'a.fits.Z is a damaged Unix compress (.Z) file.',
    );
  });

  test('opens like the file in it, also when only its header is read', async () => {
    const fits = writeFits([{ kind: 'image', axes: [60_000], values: noise, cards: [{ keyword: 'OBSID', value: 7 }] }]);
    const path = join(folder, 'a.fits.Z');
    writeFileSync(path, compressZ(fits, 14, true));
    expect(readImage(openFits(readFileSync(path), 'a.fits.Z').hdus[0]!).values).toEqual(noise);
    expect((await readPrimaryHeader(path)).get('OBSID')).toBe(7);
  });
});

const makeImages = `
import sys, os, json, warnings
import numpy as np
warnings.simplefilter('ignore')
from astropy.io import fits
r = np.random.default_rng(5)
shape = (20, 37)
real = r.normal(100, 5, size=shape).astype('float32')
nans = real.copy(); nans[3, 5] = np.nan; nans[7] = np.nan
zeros = real.copy(); zeros[2, :5] = 0
images = {'wide': r.integers(-2**31, 2**31 - 1, size=shape).astype('int32'), 'int': r.normal(1000, 30, size=shape).astype('int32'),
  'short': r.integers(-2**15, 2**15 - 1, size=shape).astype('int16'), 'byte': r.integers(0, 255, size=shape).astype('uint8'),
  'unsigned': r.integers(0, 2**16 - 1, size=shape).astype('uint16'), 'real': real, 'nans': nans, 'zeros': zeros, 'double': real.astype('float64')}
cube = r.normal(500, 20, size=(4, 9, 11)).astype('int16')
out = {}
def put(name, data, **options):
    path = os.path.join(sys.argv[1], name + '.fits')
    fits.CompImageHDU(data, **options).writeto(path, overwrite=True)
    with fits.open(path) as f:
        out[name] = {'values': [float(v) if np.isfinite(v) else None for v in f[1].data.ravel()], 'axes': list(f[1].data.shape[::-1])}
for method in ['RICE_1', 'GZIP_1', 'GZIP_2', 'PLIO_1', 'HCOMPRESS_1']:
    tile = (37, 10) if method == 'HCOMPRESS_1' else (16, 3)
    for name, data in images.items():
        is_real = data.dtype.kind == 'f'
        if method == 'PLIO_1' and name not in ('byte', 'int'): continue
        if method == 'HCOMPRESS_1' and name in ('wide', 'short', 'unsigned'): continue  # astropy 5 cannot write these
        put(method + '-' + name, data, compression_type=method, tile_size=tile)
        for quantizing in ((1, 2, -1) if is_real else ()):
            put('%s-%s-%d' % (method, name, quantizing), data, compression_type=method, tile_size=tile, quantize_method=quantizing, dither_seed=9999)
        if is_real and method.startswith('GZIP'):
            put(method + '-' + name + '-lossless', data, compression_type=method, tile_size=tile, quantize_level=0.0)
put('RICE_1-cube', cube, compression_type='RICE_1', tile_size=(4, 5, 3))
put('GZIP_2-cube', cube, compression_type='GZIP_2', tile_size=(11, 9, 1))
print(json.dumps(out))
`;

describe.skipIf(!hasAstropy)('a compressed image of astropy (skipped: no astropy)', () => {
  test('has the same pixels here whatever its method, type, tiles and dithering, or is refused with a sentence', () => {
    const made = JSON.parse(
      execFileSync(python, ['-c', makeImages, folder], { encoding: 'utf8', maxBuffer: 1e9 }),
    ) as Record<string, { values: (number | null)[]; axes: number[] }>;
    const refused: string[] = [];
    for (const [name, { values, axes }] of Object.entries(made)) {
      const hdu = openFits(readFileSync(join(folder, `${name}.fits`)), name).hdus[1]!;
      let pixels: Float64Array;
      try {
        pixels = readImageNumbers(hdu);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        expect(error.message).toMatch(/tile 1 cannot be unpacked: its values need more than 32 bits\.$/);
        refused.push(name);
        continue;
      }
      expect(readImage(hdu).axes, name).toEqual(axes);
      const wrong = values.filter((value, i) =>
        value === null
          ? !Number.isNaN(pixels[i]!)
          : !(Math.abs(pixels[i]! - value) <= 1e-6 * Math.max(1, Math.abs(value))),
      );
      expect(wrong, name).toEqual([]);
    }
    expect([Object.keys(made).length, refused.length]).toEqual([93, 7]);
    // HCOMPRESS of values near −2^31, by which astropy marks nulls and zeros, needs 64 bits.
    for (const name of refused) expect(name).toMatch(/^HCOMPRESS_1-(nans|.*-2$)/);
  });
});

/** A compressed image with one tile of these bytes. */
function oneTile(bytes: Uint8Array, method: string, changes: NewCard[] = [], size = 4): Uint8Array {
  const cards: NewCard[] = [
    { keyword: 'ZIMAGE', value: true },
    { keyword: 'ZCMPTYPE', value: method },
    { keyword: 'ZBITPIX', value: 32 },
    { keyword: 'ZNAXIS', value: 2 },
    { keyword: 'ZNAXIS1', value: size },
    { keyword: 'ZNAXIS2', value: size },
    { keyword: 'ZTILE1', value: size },
    { keyword: 'ZTILE2', value: size },
  ];
  const changed = [...cards.filter((card) => !changes.some(({ keyword }) => keyword === card.keyword)), ...changes];
  return writeFits([{ kind: 'table', columns: [{ name: 'COMPRESSED_DATA', values: [bytes] }], cards: changed }]);
}

describe('a hostile compressed image', () => {
  const words = (...values: number[]) => Uint8Array.from(values.flatMap((value) => [(value >> 8) & 255, value & 255]));
  test.each<[string, Uint8Array, string, RegExp]>([
    ['a method nobody knows', Uint8Array.of(1), 'LZMA_9', /the method LZMA_9 is not known/],
    ['gzip data that are none', Uint8Array.of(1, 2, 3), 'GZIP_1', /its gzip data are damaged/],
    ['gzip data of the wrong length', gzipSync(new Uint8Array(7)), 'GZIP_1', /it has the wrong length/],
    ['a gzip bomb', gzipSync(new Uint8Array(1e7)), 'GZIP_2', /its gzip data are damaged/],
    ['Rice data that end too early', Uint8Array.of(0, 0, 0, 1, 255), 'RICE_1', /its data end too early/],
    ['a PLIO list longer than its data', words(0, 7, 0, 32767, 32767, 0, 0), 'PLIO_1', /its line list is damaged/],
    [
      'an HCOMPRESS header of another size',
      Uint8Array.from({ length: 40 }, (_, i) => [0xdd, 0x99, 127][i] ?? 0),
      'HCOMPRESS_1',
      /its header is damaged/,
    ],
    [
      'an HCOMPRESS stream that ends',
      Uint8Array.from({ length: 26 }, (_, i) => ({ 0: 0xdd, 1: 0x99, 5: 4, 9: 4, 22: 20 })[i] ?? 0),
      'HCOMPRESS_1',
      /Unexpected end/,
    ],
  ])('with %s is refused', (_, bytes, method, sentence) => {
    expect(() => readImage(openFits(oneTile(bytes, method), 'a.fits').hdus[1]!)).toThrow(UserError);
    expect(() => readImage(openFits(oneTile(bytes, method), 'a.fits').hdus[1]!)).toThrow(sentence);
  });

  test.each<[NewCard[], RegExp]>([
    [[{ keyword: 'ZNAXIS1', value: 4000 }], /promises 1000 tiles, but its table has 1 rows/],
    [
      [
        { keyword: 'ZNAXIS1', value: 4_000_000 },
        { keyword: 'ZTILE1', value: 4_000_000 },
      ],
      /promises 16000000 pixels in \d+ bytes/,
    ],
    [
      [
        { keyword: 'ZNAXIS1', value: 1e9 },
        { keyword: 'ZTILE1', value: 1e9 },
      ],
      /which is not supported/,
    ],
    [[{ keyword: 'ZNAXIS', value: 0 }], /ZNAXIS = 0 is impossible/],
    [[{ keyword: 'ZTILE1', value: 0 }], /ZTILE1 = 0 is impossible/],
    [[{ keyword: 'ZBITPIX', value: 7 }], /ZBITPIX = 7 is impossible/],
    [
      [
        { keyword: 'ZNAME1', value: 'BLOCKSIZE' },
        { keyword: 'ZVAL1', value: 0 },
      ],
      /BLOCKSIZE = 0 is impossible/,
    ],
    [
      [
        { keyword: 'ZNAME1', value: 'BYTEPIX' },
        { keyword: 'ZVAL1', value: 3 },
      ],
      /BYTEPIX = 3 is impossible/,
    ],
    [
      [
        { keyword: 'ZQUANTIZ', value: 'SUBTRACTIVE_DITHER_1' },
        { keyword: 'ZBITPIX', value: -32 },
        { keyword: 'ZDITHER0', value: -5 },
      ],
      /ZDITHER0 = -5/,
    ],
  ])('with the cards %j is refused', (changes, sentence) => {
    const fits = oneTile(Uint8Array.of(0, 0, 0, 1, 0, 0), 'RICE_1', changes);
    expect(() => readImage(openFits(fits, 'a.fits').hdus[1]!)).toThrow(sentence);
  });
});

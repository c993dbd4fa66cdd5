/** What is written is read again, byte for byte and by astropy: every column type, checksums, nulls, variable-length arrays. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { checkSums, encodeChecksum, onesComplementSum } from '../../engine/fits/checksum';
import { toNewHdus } from './fitsCopy';
import { openFits } from '../../engine/fits/fitsFile';
import { readImage } from '../../engine/fits/image';
import { readColumn, type FlatColumn } from '../../engine/fits/table';
import { writeFits, type NewHdu } from '../../engine/fits/writer';
import { dataPath, withoutData } from '../data';
import { hasAstropy, python } from '../python';

const folder = mkdtempSync(join(tmpdir(), 'cannon-round-trip-'));
afterAll(() => rmSync(folder, { recursive: true }));

const everything: NewHdu[] = [
  {
    kind: 'image',
    axes: [2, 2],
    values: Uint16Array.of(0, 1, 32768, 65535),
    cards: [
      { keyword: 'OBSID', value: 9007199254740993n, comment: 'an id' },
      { keyword: 'NOTE', value: "it's a long text / with everything, ".repeat(6).trim() },
      { keyword: 'eso detector name', value: 'red' },
      { keyword: 'COMMENT', comment: 'x'.repeat(150) },
    ],
  },
  { kind: 'empty', name: 'NOTHING' },
  {
    kind: 'image',
    name: 'SCALED',
    axes: [3],
    values: Int16Array.of(1, 2, -99),
    cards: [
      { keyword: 'BSCALE', value: 0.5 },
      { keyword: 'BZERO', value: 10 },
      { keyword: 'BLANK', value: -99 },
    ],
  },
  {
    kind: 'table',
    name: 'TYPES',
    cards: [{ keyword: 'ORIGIN', value: 'test' }],
    columns: [
      { name: 'L', values: [true, false, null] },
      { name: 'X', values: Uint8Array.from({ length: 33 }, (_, i) => (i % 3 === 0 ? 1 : 0)), perRow: 11, isBits: true },
      { name: 'B', values: Uint8Array.of(0, 128, 255) },
      { name: 'SB', values: Int8Array.of(-128, 0, 127) },
      { name: 'I', values: Int16Array.of(-32768, 0, 32767), nullValue: -32768, ucd: 'meta.number' },
      { name: 'UI', values: Uint16Array.of(0, 1, 65535) },
      {
        name: 'J',
        values: Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1),
        unit: 'K',
        ucd: 'phys.temperature',
        comment: 'kelvin',
      },
      { name: 'UJ', values: Uint32Array.of(0, 1, 2 ** 32 - 1) },
      { name: 'K', values: BigInt64Array.of(-(2n ** 63n), 9007199254740993n, 2n ** 63n - 1n), nullValue: -(2n ** 63n) },
      { name: 'UK', values: BigUint64Array.of(0n, 1n, 2n ** 64n - 1n) },
      { name: 'A', values: ['abc', '', 'd e'] },
      { name: 'AA', values: ['a', 'bb', 'ccc', 'd', '', 'f'], perRow: 2 },
      { name: 'E', values: Float32Array.of(1.5, NaN, -Infinity), unit: 'Angstrom' },
      { name: 'D', values: Float64Array.of(Math.PI, 5e-324, -0) },
      { name: 'C', values: Float32Array.of(1, 2, 3, 4, 5, 6), isComplex: true },
      { name: 'M', values: Float64Array.from({ length: 12 }, (_, i) => i / 3), isComplex: true, perRow: 2 },
      { name: 'CUBE', values: Float64Array.from({ length: 18 }, (_, i) => i), perRow: 6, dims: [3, 2] },
      { name: 'SCALED', values: Int16Array.of(1, 2, 3), scale: 0.25, zero: 100 },
      { name: 'PE', values: [Float32Array.of(1, 2, 3), new Float32Array(0), Float32Array.of(4)], unit: 'adu' },
      { name: 'PJ', values: [Int32Array.of(7), Int32Array.of(8, 9), Int32Array.of(10)] },
      { name: 'PB', values: [Uint8Array.of(1, 2), Uint8Array.of(3), new Uint8Array(0)] },
    ],
  },
  {
    kind: 'table',
    name: 'NO ROWS',
    columns: [
      { name: 'E', values: new Float32Array(0) },
      { name: 'P', values: [], elementType: 'D' },
    ],
  },
];

describe('a file of ours', () => {
  const flat = (name: string, hdu = 3) =>
    readColumn(openFits(writeFits(everything), 'a.fits').hdus[hdu]!, name) as FlatColumn;

  test('has every column read as it was written', () => {
    for (const { name, values, isBits, perRow } of (everything[3] as Extract<NewHdu, { kind: 'table' }>).columns) {
      if (['L', 'SCALED', 'A', 'AA', 'PE', 'PJ', 'PB'].includes(name)) continue;
      expect(flat(name).values, name).toEqual(values);
      expect(flat(name).perRow).toBe(perRow ?? 1);
      expect(flat(name).kind === 'logicals').toBe(isBits === true);
    }
    expect(flat('L')).toEqual({
      kind: 'logicals',
      values: Uint8Array.of(1, 0, 0),
      nulls: Uint8Array.of(0, 0, 1),
      perRow: 1,
    });
    expect(flat('I')).toMatchObject({ nulls: Uint8Array.of(1, 0, 0) });
    expect(flat('K')).toMatchObject({ nulls: Uint8Array.of(1, 0, 0) });
    expect(flat('A').values).toEqual(['abc', '', 'd e']);
    expect(flat('AA')).toEqual({ kind: 'texts', values: ['a', 'bb', 'ccc', 'd', '', 'f'], perRow: 2 });
    expect(flat('SCALED').values).toEqual(Float64Array.of(100.25, 100.5, 100.75));
    const arrays = readColumn(openFits(writeFits(everything), 'a.fits').hdus[3]!, 'PE');
    expect(arrays.kind === 'ragged' && arrays.rows.map(({ values }) => [...values])).toEqual([[1, 2, 3], [], [4]]);
  });

  test('has its unsigned and its scaled image read as written', () => {
    const { hdus } = openFits(writeFits(everything), 'a.fits');
    expect(readImage(hdus[0]!).values).toEqual(Uint16Array.of(0, 1, 32768, 65535));
    expect(readImage(hdus[2]!).values).toEqual(Float64Array.of(10.5, 11, NaN));
  });

  test.each([false, true])('is the same bytes after reading and writing it (checksums: %s)', (checksum) => {
    const bytes = writeFits(everything, { checksum });
    const { hdus, options } = toNewHdus(openFits(bytes, 'a.fits'));
    expect(options.checksum).toBe(checksum);
    expect(Buffer.compare(writeFits(hdus, options), bytes)).toBe(0);
  });

  test('is the same bytes after reading and writing it, whatever numbers and texts are in it', () => {
    const column = fc.oneof(
      fc.float64Array({ minLength: 4, maxLength: 4 }).map((values) => ({ name: 'a', values })),
      fc.int16Array({ minLength: 4, maxLength: 4 }).map((values) => ({ name: 'b', values, nullValue: 3 })),
      fc.bigUint64Array({ minLength: 4, maxLength: 4 }).map((values) => ({ name: 'c', values })),
      fc.array(fc.string({ maxLength: 9 }), { minLength: 4, maxLength: 4 }).map((values) => ({ name: 'd', values })),
      fc
        .array(fc.int32Array({ maxLength: 5 }), { minLength: 4, maxLength: 4 })
        .map((values) => ({ name: 'e', values })),
    );
    fc.assert(
      fc.property(
        fc.array(column, { minLength: 1, maxLength: 6 }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (columns, value) => {
          const bytes = writeFits([{ kind: 'table', columns, cards: [{ keyword: 'VALUE', value }] }], {
            checksum: true,
          });
          const { hdus, options } = toNewHdus(openFits(bytes, 'a.fits'));
          expect(Buffer.compare(writeFits(hdus, options), bytes)).toBe(0);
        },
      ),
      { seed: 11, numRuns: 200 },
    );
  });

  test('is refused while being made where its columns contradict themselves', () => {
    const write = (...columns: Extract<NewHdu, { kind: 'table' }>['columns']) =>
      writeFits([{ kind: 'table', columns }]);
    expect(() => write({ name: 'a', values: new Float32Array(6), perRow: 6, dims: [2, 2] })).toThrow(/not 2 × 2/);
    expect(() => write({ name: 'a', values: [new Float32Array(1), new Int32Array(1)] })).toThrow(/mixes arrays/);
    expect(() => write({ name: 'a', values: ['long'], width: 2 })).toThrow(/more than 2/);
    expect(() => write({ name: 'a', values: new Float32Array(3), perRow: 2 })).toThrow(/does not fill its last row/);
  });
});

describe('checksums', () => {
  test('follow the example of the standard', () => {
    // Appendix J.3: a unit that sums to 868229149 has CHECKSUM hcHjjc9ghcEghc9g.
    expect(encodeChecksum(868229149)).toBe('hcHjjc9ghcEghc9g');
  });

  test('add in ones’ complement, words and remainders', () => {
    expect(onesComplementSum(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1))).toBe(1);
    expect(onesComplementSum(Uint8Array.of(0x80, 0, 0, 0, 0x80, 0, 0, 0))).toBe(1);
    expect(onesComplementSum(Uint8Array.of(1, 2, 3, 4, 5, 6))).toBe(0x06080304);
  });

  test('are right in what we write, and wrong after any change', () => {
    const bytes = writeFits(everything, { checksum: true });
    expect(checkSums(openFits(bytes, 'a.fits'))).toEqual(everything.map(() => ({ data: true, unit: true })));
    const changed = Uint8Array.from(bytes);
    changed[2880]! ^= 1;
    expect(checkSums(openFits(changed, 'a.fits'))[0]).toEqual({ data: false, unit: false });
    const header = Buffer.from(bytes);
    header.write('an ID', header.indexOf('an id'), 'latin1');
    expect(checkSums(openFits(header, 'a.fits'))[0]).toEqual({ data: true, unit: false });
    expect(checkSums(openFits(writeFits(everything), 'a.fits'))[0]).toEqual({ data: null, unit: null });
  });

  test.skipIf(withoutData)('of other writers are checked, too (skipped: no data)', () => {
    const sums = (name: string) => checkSums(openFits(readFileSync(dataPath('fits', 'astropy', name)), name));
    expect(sums('checksum.fits')).toEqual([
      { data: true, unit: true },
      { data: true, unit: true },
    ]);
    expect(sums('checksum_false.fits')).toEqual([
      { data: false, unit: false },
      { data: false, unit: false },
    ]);
  });
});

const readByAstropy = `
import sys, json, warnings
warnings.simplefilter('error')
from astropy.io import fits
with fits.open(sys.argv[1], checksum=True) as f:
    f.verify('exception')
    t = f['TYPES']
    c = {n: t.data[n].tolist() for n in ('X', 'B', 'SB', 'I', 'UI', 'J', 'UJ', 'A', 'AA', 'CUBE', 'SCALED')}
    c['L'] = t.data['L'].tolist()
    c['K'] = [str(x) for x in t.data['K']]
    c['UK'] = [str(x) for x in t.data['UK']]
    c['C'] = [[float(x.real), float(x.imag)] for x in t.data['C']]
    c['M'] = [[[float(x.real), float(x.imag)] for x in row] for row in t.data['M']]
    c['E'], c['D'] = repr(t.data['E'].tolist()), repr(t.data['D'].tolist())
    for n in ('PE', 'PJ', 'PB'): c[n] = [x.tolist() for x in t.data[n]]
    print(json.dumps({'columns': c, 'image': f[0].data.tolist(), 'scaled': repr(f['SCALED'].data.tolist()), 'ucd': t.header['TUCD7'], 'unit': t.columns['J'].unit,
        'nulls': [t.columns['I'].null, str(t.columns['K'].null)], 'eso': f[0].header['eso detector name']}))
`;

describe.skipIf(!hasAstropy)('astropy (skipped: no astropy)', () => {
  test('opens what we write, checksums and all, with warnings as errors', () => {
    const path = join(folder, 'all.fits');
    writeFileSync(path, writeFits(everything, { checksum: true }));
    const seen = JSON.parse(execFileSync(python, ['-c', readByAstropy, path], { encoding: 'utf8' })) as Record<
      string,
      unknown
    >;
    const bits = (from: number) => Array.from({ length: 11 }, (_, i) => (i + from) % 3 === 0);
    expect(seen).toEqual({
      columns: {
        L: [true, false, false],
        X: [bits(0), bits(11), bits(22)],
        B: [0, 128, 255],
        SB: [-128, 0, 127],
        I: [-32768, 0, 32767],
        UI: [0, 1, 65535],
        J: [-(2 ** 31), 0, 2 ** 31 - 1],
        UJ: [0, 1, 2 ** 32 - 1],
        K: ['-9223372036854775808', '9007199254740993', '9223372036854775807'],
        UK: ['0', '1', '18446744073709551615'],
        A: ['abc', '', 'd e'],
        AA: [
          ['a', 'bb'],
          ['ccc', 'd'],
          ['', 'f'],
        ],
        E: '[1.5, nan, -inf]',
        D: '[3.141592653589793, 5e-324, -0.0]',
        C: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        M: [0, 1, 2].map((row) => [0, 1].map((i) => [(4 * row + 2 * i) / 3, (4 * row + 2 * i + 1) / 3])),
        CUBE: [0, 6, 12].map((first) => [
          [first, first + 1, first + 2],
          [first + 3, first + 4, first + 5],
        ]),
        SCALED: [100.25, 100.5, 100.75],
        PE: [[1, 2, 3], [], [4]],
        PJ: [[7], [8, 9], [10]],
        PB: [[1, 2], [3], []],
      },
      image: [
        [0, 1],
        [32768, 65535],
      ],
      scaled: '[10.5, 11.0, nan]',
      ucd: 'phys.temperature',
      unit: 'K',
      nulls: [-32768, '-9223372036854775808'],
      eso: 'red',
    });
  });
});

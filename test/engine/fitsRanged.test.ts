/** One column or a range of rows of a table costs only its bytes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { fileSource, memorySource, type ByteSource } from '../../engine/fits/byteSource';
import { openFits } from '../../engine/fits/fitsFile';
import { columnRange, readColumnRange, readLayout } from '../../engine/fits/ranged';
import { readColumn } from '../../engine/fits/table';
import { tableFields } from '../../engine/fits/fields';
import { asciiColumnNames } from '../../engine/fits/asciiTable';
import { writeFits } from '../../engine/fits/writer';
import { dataPath, withoutData } from '../data';

const folder = mkdtempSync(join(tmpdir(), 'cannon-ranged-'));
afterAll(() => rmSync(folder, { recursive: true }));

const nRows = 300;
/** Rows are wider than a page of the disk. */
const nPixels = 600;
const columns = [
  { name: 'ID', values: BigInt64Array.from({ length: nRows }, (_, i) => 9007199254740993n + BigInt(i)) },
  { name: 'FLUX', values: Float32Array.from({ length: nRows * nPixels }, (_, i) => i), perRow: nPixels },
  { name: 'IVAR', values: Float32Array.from({ length: nRows * nPixels }, (_, i) => -i), perRow: nPixels },
  { name: 'NAME', values: Array.from({ length: nRows }, (_, i) => `star ${i}`) },
  {
    name: 'LINES',
    values: Array.from({ length: nRows }, (_, i) => Float64Array.from({ length: i % 4 }, (_, k) => i + k)),
  },
];
const bytes = writeFits([
  { kind: 'image', axes: [100_000], values: new Float64Array(100_000) },
  { kind: 'table', name: 'STARS', columns },
]);
const path = join(folder, 'stars.fits');
writeFileSync(path, bytes);

/** Counts the bytes and the reads. */
function counted(source: ByteSource) {
  const count = { bytes: 0, reads: 0 };
  const read = (offset: number, length: number) => {
    count.bytes += length;
    count.reads++;
    return source.read(offset, length);
  };
  return { count, source: { ...source, read } };
}

describe('a large table', () => {
  test('is found at the cost of its headers alone', async () => {
    const { count, source } = counted(await fileSource(path));
    const layout = await readLayout(source);
    expect(layout.map(({ kind, name, dataOffset }) => ({ kind, name, dataOffset }))).toEqual([
      { kind: 'image', name: '', dataOffset: 2880 },
      { kind: 'table', name: 'STARS', dataOffset: 2880 + 2880 * Math.ceil(800_000 / 2880) + 2880 },
    ]);
    expect(count.bytes).toBe(2 * 2880);
    await source.close();
  });

  test.each([
    ['a column of vectors', 'FLUX', 0, nRows, nRows * nPixels * 4],
    ['a range of its rows', 'FLUX', 100, 110, 10 * nPixels * 4],
    ['one cell', 'ID', 299, 300, 8],
    ['no row', 'FLUX', 5, 5, 0],
    ['rows beyond its end', 'NAME', 298, 9999, 2 * 8],
  ])('gives %s for its bytes and no more', async (_, name, from, to, cost) => {
    const { count, source } = counted(await fileSource(path));
    const layout = await readLayout(source);
    count.bytes = 0;
    const part = await columnRange(source, layout[1]!, name, from, to, { maxGapBytes: 0 });
    expect(count.bytes).toBe(cost);
    const whole = readColumn(openFits(bytes, 'stars.fits').hdus[1]!, name);
    if (part.kind === 'ragged' || whole.kind === 'ragged') throw new Error('not ragged');
    expect(part.values).toEqual(whole.values.slice(from * whole.perRow, to * whole.perRow));
    await source.close();
  });

  test('gives a variable-length column for its descriptors and its part of the heap', async () => {
    const { count, source } = counted(memorySource(bytes, 'stars.fits'));
    const layout = await readLayout(source);
    count.bytes = 0;
    const part = await columnRange(source, layout[1]!, 'LINES', 100, 108, { maxGapBytes: 0 });
    expect(count.bytes).toBe(8 * 8 + 12 * 8);
    expect(part.kind === 'ragged' && part.rows.map(({ values }) => [...values])).toEqual(
      [0, 1, 2, 3, 0, 1, 2, 3].map((length, i) => Array.from({ length }, (_, k) => 100 + i + k)),
    );
  });

  test('reads through gaps narrower than a page in few large reads, and never through wider ones', async () => {
    const narrow = writeFits([
      {
        kind: 'table',
        columns: [
          { name: 'A', values: new Int32Array(200_000).fill(7) },
          { name: 'B', values: new Float64Array(200_000) },
        ],
      },
    ]);
    const { count, source } = counted(memorySource(narrow, 'narrow.fits'));
    expect(await readColumnRange(source, 1, 'A')).toMatchObject({ values: new Int32Array(200_000).fill(7) });
    expect(count.reads).toBeLessThan(10);
    const wide = counted(memorySource(bytes, 'stars.fits'));
    await readColumnRange(wide.source, 'STARS', 'ID');
    expect(wide.count.bytes).toBe(2 * 2880 + nRows * 8);
  });

  test('is read the same when it is gzipped, and says what is missing', async () => {
    const packed = join(folder, 'stars.fits.gz');
    writeFileSync(packed, gzipSync(bytes));
    expect(await readColumnRange(packed, 'STARS', 'id', 3, 5)).toEqual(
      await readColumnRange(path, 'stars', 'ID', 3, 5),
    );
    await expect(readColumnRange(path, 'PLANETS', 'ID')).rejects.toThrow('stars.fits has no HDU PLANETS.');
    await expect(readColumnRange(path, 1, 'MASS')).rejects.toThrow(/has no column MASS/);
    await expect(readColumnRange(join(folder, 'no.fits'), 1, 'ID')).rejects.toThrow('there is no such file');
    writeFileSync(join(folder, 'cut.fits'), bytes.subarray(0, bytes.length - 4000));
    await expect(readColumnRange(join(folder, 'cut.fits'), 1, 'ID')).rejects.toThrow(/is truncated/);
    writeFileSync(join(folder, 'text.fits'), 'teff,logg\n');
    await expect(readColumnRange(join(folder, 'text.fits'), 1, 'ID')).rejects.toThrow(/is not a FITS file/);
  });
});

describe.skipIf(withoutData)('the tables of the FITS collection (skipped: no data)', () => {
  test.each([
    'cfitsio/testprog.std',
    'astropy/theap-gap.fits',
    'astropy/stddata.fits',
    'astropy/P190mm-PAFBE-FEBEPAR.fits',
  ])('%s is read in pieces as it is read whole', async (name) => {
    const whole = openFits(readFileSync(dataPath('fits', name)), name);
    for (const hdu of whole.hdus.filter(({ kind }) => kind === 'table' || kind === 'ascii table')) {
      const names = hdu.kind === 'table' ? tableFields(hdu).map((field) => field.name) : asciiColumnNames(hdu);
      for (const column of names)
        expect(await readColumnRange(dataPath('fits', name), hdu.index, column)).toEqual(readColumn(hdu, column));
    }
  });
});

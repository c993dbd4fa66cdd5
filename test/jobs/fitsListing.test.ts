/** `cannon fits`: what the command line says of a FITS file, for programs and for people. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeFits } from '../../engine/fits/writer';
import { listFits } from '../../engine/jobs/fitsListing';
import { dataFolder, dataPath, withoutData } from '../data';
import { disagreements, expectedFits } from '../engine/expectedFits';
import { cannon } from './command';

const folder = mkdtempSync(join(tmpdir(), 'cannon-listing-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'a.fits');
const bytes = writeFits([
  { kind: 'image', axes: [2, 2], values: Float32Array.of(1, 2, NaN, 4) },
  {
    kind: 'table',
    name: 'STARS',
    columns: [
      { name: 'source_id', values: BigInt64Array.of(9007199254740993n, -1n) },
      { name: 'name', values: ['a', 'b'] },
    ],
  },
]);
writeFileSync(path, bytes);

describe('cannon fits', () => {
  it('prints one array of units as JSON, ids exactly', async () => {
    const { exitCode, stdout, stderr } = await cannon(['fits', path, '--json']);
    expect([exitCode, stderr]).toEqual([0, '']);
    const hdus = JSON.parse(stdout) as unknown;
    expect(hdus).toMatchObject([
      {
        kind: 'PrimaryHDU',
        name: 'PRIMARY',
        shape: [2, 2],
        image: { n: 4, finite: 3, sum: 7, min: 1, max: 4, first: [1, 2, 'nan', 4] },
      },
      {
        kind: 'BinTableHDU',
        name: 'STARS',
        rows: 2,
        columns: [
          { name: 'source_id', format: '1K', min: -1, max: '9007199254740993' },
          { name: 'name', first: ['a', 'b'] },
        ],
      },
    ]);
  });

  it('prints a list for people', async () => {
    const { exitCode, stdout } = await cannon(['fits', path]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('1  STARS  BinTableHDU, 13 cards, 2 rows');
    expect(stdout).toContain('4 values (1 not finite), 1 to 4, first 1 2 nan 4');
  });

  it('says what is wrong with a file and keeps what is before the damage', async () => {
    writeFileSync(join(folder, 'cut.fits'), bytes.subarray(0, 3 * 2880));
    const cut = await cannon(['fits', join(folder, 'cut.fits'), '--json']);
    expect(cut.exitCode).toBe(1);
    expect(JSON.parse(cut.stdout)).toMatchObject({
      error: expect.stringMatching(/HDU 1.*truncated/) as string,
      hdus: [{ kind: 'PrimaryHDU' }],
    });
    expect(cut.stderr).toMatch(/^error CAN202 .*truncated/);
    const missing = await cannon(['fits', join(folder, 'no.fits')]);
    expect([missing.exitCode, missing.stdout]).toEqual([1, '']);
    expect(missing.stderr).toMatch(/there is no such file/);
    expect((await cannon(['fits'])).exitCode).toBe(4);
  });

  it('says whether a unit with a checksum is as it was written', async () => {
    const sealed = writeFits([{ kind: 'image', axes: [2, 2], values: Float32Array.of(1, 2, 3, 4) }], {
      checksum: true,
    });
    writeFileSync(join(folder, 'sealed.fits'), sealed);
    sealed[sealed.length - 2880] = sealed[sealed.length - 2880]! ^ 1;
    writeFileSync(join(folder, 'changed.fits'), sealed);
    expect((await listFits(join(folder, 'sealed.fits'), false)).text).toContain('\n   checksum right\n');
    const changed = await listFits(join(folder, 'changed.fits'), true);
    expect(JSON.parse(changed.text)).toMatchObject([{ checksum: 'wrong' }]);
    expect((await listFits(path, false)).text).not.toContain('checksum');
  });
});

describe.skipIf(withoutData)('cannon fits over the FITS collection (skipped: no data)', () => {
  const files = dataFolder === null ? {} : expectedFits(dataFolder);

  it('prints what astropy reads in every file', async () => {
    const wrong: string[] = [];
    for (const [name, expected] of Object.entries(files)) {
      const { exitCode, stdout } = await cannon(['fits', dataPath('fits', name), '--json']);
      const listing = JSON.parse(stdout) as never;
      if (exitCode !== 0) wrong.push(`${name}: exit code ${String(exitCode)}`);
      else if (Array.isArray(expected))
        wrong.push(...disagreements(listing, expected).map((what) => `${name} ${what}`));
    }
    expect(Object.keys(files).length).toBe(42);
    expect(wrong).toEqual([]);
  });
});

describe.skipIf(withoutData)('the documented conformance table (skipped: no data)', () => {
  it('has a line for every file of the collection, all right for this reader', () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'fits.md'), 'utf8');
    const lines = page.split('\n').filter((line) => /^\| `/.test(line) && / right +\|/.test(line));
    expect(lines.length).toBe(Object.keys(expectedFits(dataFolder!)).length);
    for (const line of lines) expect(line.split('|')[2]!.trim()).toBe('right');
  });
});

/** Every file of the FITS collection against what astropy 5.2.1 reads in it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { reportFits } from '../../engine/fits/report';
import { dataFolder, dataPath, withoutData } from '../data';
import { disagreements, expectedFits, type Expected } from './expectedFits';

const files: Expected = dataFolder === null ? {} : expectedFits(dataFolder);
const read = (name: string) => reportFits(readFileSync(dataPath('fits', name)), name);

describe.skipIf(withoutData)('the FITS collection (skipped: no data)', () => {
  test.each(Object.keys(files))('%s is read as astropy reads it', (name) => {
    const { hdus, problem } = read(name);
    expect(problem).toBeNull();
    const expected = files[name]!;
    // astropy 5 does not unpack .Z; those are compared below.
    if (Array.isArray(expected)) expect(disagreements(hdus as never, expected)).toEqual([]);
    else expect(name).toMatch(/\.Z$/);
  });

  test.each(Object.keys(files).filter((name) => name.endsWith('.Z')))('%s is unpacked as gzip unpacks it', (name) => {
    const unpacked = execFileSync('gzip', ['-dc', dataPath('fits', name)]);
    expect(read(name).hdus).toEqual(reportFits(unpacked, name).hdus);
    expect(read(name).hdus[0]!.header['SIMPLE']).toBe(true);
  });

  test('notices a listing that says something else', () => {
    const name = 'astropy/tdim.fits';
    const expected = files[name] as unknown as Record<string, unknown>[];
    const changed = (change: (listing: never) => void) => {
      const listing = structuredClone(expected);
      change(listing as never);
      return disagreements(read(name).hdus as never, listing).join();
    };
    expect(
      changed((listing: { header: Record<string, unknown> }[]) => (listing[1]!.header['TDIM2'] = '(1,2)')),
    ).toMatch(/TDIM2/);
    expect(changed((listing: { columns: { sum: number }[] }[]) => (listing[1]!.columns[1]!.sum += 1))).toMatch(/sum/);
    expect(
      changed((listing: { columns: { first: string[] }[] }[]) => (listing[1]!.columns[0]!.first[2] = 'x')),
    ).toMatch(/first/);
    expect(changed((listing: { rows: number }[]) => (listing[1]!.rows = 4))).toMatch(/rows/);
  });

  test('has only random groups and foreign extensions without their data, which are refused by name', () => {
    const unread = Object.keys(files).flatMap((name) =>
      read(name)
        .hdus.filter(({ kind, image, columns }) => kind === 'GroupsHDU' || (image ?? columns) === undefined)
        .filter(({ kind, header }) => kind === 'GroupsHDU' || header['NAXIS'] !== 0)
        .map(({ kind }) => `${name} ${kind}`),
    );
    expect(unread).toEqual([
      'astropy/group.fits GroupsHDU',
      'astropy/group_invalid.fits GroupsHDU',
      'astropy/random_groups.fits GroupsHDU',
    ]);
  });
});

import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../engine/config/parse';
import type { Config } from '../../engine/config/config';
import { writeFits } from '../../engine/fits/writer';
import { matchKey, matchReference } from '../../engine/reference/match';
import { separationDeg } from '../../engine/reference/skyIndex';
import { findSpectra } from '../../engine/reference/spectraWalk';
import { readTable } from '../../engine/reference/table';
import { selectTrainingSet } from '../../engine/reference/trainingSet';
import type { SpectrumIdentity } from '../../engine/spectra/spectrum';

const folder = mkdtempSync(join(tmpdir(), 'cannon-reference-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function star(
  name: string,
  cards: SpectrumIdentity['cards'] = {},
  position: [number, number] | null = null,
): SpectrumIdentity {
  return {
    path: join(folder, `${name}.fits`),
    survey: 'lamost-lrs',
    star: name,
    obsid: null,
    designation: null,
    subclass: '',
    raDeg: position?.[0] ?? null,
    decDeg: position?.[1] ?? null,
    redshift: 0,
    snr: { u: null, g: null, r: null, i: null, z: null },
    cards,
  };
}

describe('reading a reference table', () => {
  it('takes columns of numbers as numbers and everything else as text', async () => {
    const table = await readTable(file('a.csv', 'obsid,teff,class\n1,5771.5,STAR\n2,,"G, dwarf"\n3,-9999,nan\n'));
    expect(table.nRows).toBe(3);
    expect(table.columns.get('obsid')?.values).toEqual([1, 2, 3]);
    expect(table.columns.get('teff')?.values).toEqual([5771.5, null, null]);
    expect(table.columns.get('class')?.values).toEqual(['STAR', 'G, dwarf', null]);
  });

  it('keeps ids beyond 2^53 exact, from CSV and from FITS', async () => {
    const id = 4295806720000000123n;
    const csv = await readTable(file('ids.csv', `source_id\n${id}\n`));
    const fits = await readTable(
      file('ids.fits', writeFits([{ kind: 'table', columns: [{ name: 'source_id', values: BigInt64Array.of(id) }] }])),
    );
    expect(csv.columns.get('source_id')?.values).toEqual([id.toString()]);
    expect(fits.columns.get('source_id')?.values).toEqual([id.toString()]);
  });

  it('finds the separator of the first line and skips comments and a byte order mark', async () => {
    const table = await readTable(file('b.txt', '\ufeff# a comment\nobsid;teff\n7;5000\n'));
    expect([...table.columns.keys()]).toEqual(['obsid', 'teff']);
    expect(table.columns.get('teff')?.values).toEqual([5000]);
  });

  it('recognizes FITS by its bytes, whatever the file is called', async () => {
    const bytes = writeFits([
      { kind: 'table', columns: [{ name: 'teff', unit: 'K', values: Float64Array.of(5000, NaN) }] },
    ]);
    const table = await readTable(file('fits.csv', bytes));
    expect(table.columns.get('teff')).toMatchObject({ name: 'teff', unit: 'K', values: [5000, null] });
  });

  it.each([
    ['missing.csv', null, /There is no file/],
    ['empty.csv', '', /has no rows/],
    ['header.csv', 'a,b\n', /has no rows/],
    ['twice.csv', 'a,a\n1,2\n', /two columns named "a"/],
    ['ragged.csv', 'a,b\n1,2\n3\n', /not a well-formed CSV/],
    ['parquet.csv', 'PAR1\0\0\0', /not a well-formed Parquet file/],
    ['binary.csv', 'a,b\n1,\0\n', /binary data/],
  ])('refuses %s with one sentence', async (name, content, sentence) => {
    const path = content === null ? join(folder, name) : file(name, content);
    await expect(readTable(path)).rejects.toThrow(sentence);
  });
});

describe('matching rows to spectra', () => {
  it('compares whole numbers by their digits', () => {
    expect(['937808200', 937808200, 937808200n, ' 0937808200.0 '].map(matchKey)).toEqual(Array(4).fill('937808200'));
    expect(matchKey('')).toBeNull();
    expect(matchKey(-28762)).toBe('-28762');
  });

  it('matches by header card, and leaves out keys that stand in several rows', async () => {
    const table = await readTable(file('match.csv', 'obsid,teff\n1,5000\n2,5100\n2,5200\n9,5300\n'));
    const spectra = [star('one', { OBSID: 1 }), star('two', { OBSID: '2' }), star('three', {})];
    const matches = matchReference({ by: 'card', card: 'OBSID', column: 'obsid' }, table, spectra);
    expect([...matches.rowOfSpectrum]).toEqual([0, -1, -1]);
    expect(matches.ambiguousKeys).toEqual(['2']);
    expect(matches.unmatchedRows).toEqual([1, 2, 3]);
  });

  it('matches by file name, with or without extension', async () => {
    const table = await readTable(
      file('names.csv', 'file,teff\nspec-1.fits,5000\nplate/spec-2.fits.gz,5100\nspec-3,5200\n'),
    );
    const matches = matchReference({ by: 'filename', column: 'file' }, table, [
      star('spec-3'),
      star('spec-2'),
      star('spec-1'),
    ]);
    expect([...matches.rowOfSpectrum]).toEqual([2, 1, 0]);
  });

  it('matches the nearest position within the radius, across 0h and at the pole', async () => {
    const table = await readTable(file('sky.csv', 'ra,dec\n0.0001,10\n359.99995,10\n120,89.99999\n50,-20\n'));
    const spectra = [
      star('at 24h', {}, [359.9999, 10]),
      star('pole', {}, [300, 89.9999]),
      star('off by 2 arcsec', {}, [50, -20 + 2 / 3600]),
    ];
    const matches = matchReference({ by: 'sky', radiusArcsec: 1 }, table, spectra);
    expect([...matches.rowOfSpectrum]).toEqual([1, 2, -1]);
  });

  it('measures small angles exactly and opposite points as 180°', () => {
    expect(separationDeg(10, 0, 10, 1 / 3600) * 3600).toBeCloseTo(1, 9);
    expect(separationDeg(10, 60, 10 + 1 / 3600, 60) * 3600).toBeCloseTo(0.5, 9);
    expect(separationDeg(0, 0, 180, 0)).toBeCloseTo(180, 9);
  });
});

describe('choosing the training set', () => {
  const yaml = (extra: string) =>
    `survey: lamost-lrs\nspectra: "*.fits"\nreference:\n  file: labels.csv\n  match: { spectrum.OBSID: obsid }\nlabels:\n  teff: { column: teff }\n  logg: { column: logg }\n${extra}`;
  const configOf = (text: string): Config => {
    const { config, problems } = parseConfig(text, join(folder, 'cannon.yaml'));
    expect(problems).toEqual([]);
    return config!;
  };
  const spectra = [1, 2, 3, 4, 5].map((obsid) => star(`s${obsid}`, { OBSID: obsid, SNRG: obsid * 10 }));
  beforeAll(() =>
    file('labels.csv', 'obsid,teff,logg,flag\n1,5000,2.5,0\n2,6000,4.4,0\n3,5500,,0\n4,5800,4.5,1\n6,5900,4.4,0\n'),
  );

  it('counts what every step keeps, and says what has no spectrum', async () => {
    const config = configOf(yaml('quality: ["spectrum.SNRG >= 20", "flag == 0"]\n'));
    const set = await selectTrainingSet(config, spectra);
    expect(set.funnel.map(({ stars }) => stars)).toEqual([5, 4, 3, 2, 1]);
    expect(set.models[0]?.stars).toEqual([{ spectrumIdx: 1, row: 1, labels: [6000, 4.4], errors: [NaN, NaN] }]);
    expect(set.notes).toEqual([
      { about: 'reference/match', sentence: '1 of 5 rows of labels.csv have no spectrum (6)' },
      { about: 'reference/match', sentence: '1 of 5 spectra have no row in labels.csv (s5.fits)' },
    ]);
  });

  it('gives each star to the first model whose condition holds', async () => {
    const config = configOf(yaml('models:\n  giants: { where: "logg < 3.5" }\n  dwarfs: { where: otherwise }\n'));
    const set = await selectTrainingSet(config, spectra);
    const ids = set.models.map(({ model, stars }) => [model.name, stars.map((one) => spectra[one.spectrumIdx]!.star)]);
    expect(ids).toEqual([
      ['giants', ['s1']],
      ['dwarfs', ['s2', 's4']],
    ]);
  });

  it('names the row whose label is a word', async () => {
    file('labels-words.csv', 'obsid,teff,logg\n1,hot,2.5\n');
    const config = configOf(yaml('').replace('labels.csv', 'labels-words.csv'));
    await expect(selectTrainingSet(config, spectra)).rejects.toThrow(/"hot" in row 1, which is not a number/);
  });
});

describe('finding spectra', () => {
  it('lists each file once, sorted, and takes names with brackets literally', async () => {
    for (const name of ['sky/b/2.fits', 'sky/a/1.fits.gz', 'sky/[odd].fits', 'sky/note.txt', 'sky/.cannon/x.fits'])
      file(name, '');
    const find = (spectra: string[]) => findSpectra({ folder, spectra });
    expect(await find(['sky/**/*.fits*', 'sky/b/*.fits'])).toEqual([
      'sky/[odd].fits',
      'sky/a/1.fits.gz',
      'sky/b/2.fits',
    ]);
    expect(await find(['sky/[odd].fits'])).toEqual(['sky/[odd].fits']);
    expect(await find([join(folder, 'sky/b/*.fits')])).toEqual([join(folder, 'sky/b/2.fits')]);
  });
});

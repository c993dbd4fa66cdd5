/** The mock survey: reproducible, laid out like LAMOST DR10, and good enough that a model trained on it finds the truth. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inferStar } from '../../engine/cannon/infer';
import { trainModel } from '../../engine/cannon/train';
import { loadConfig, parseConfig } from '../../engine/config/parse';
import { readFitsFile } from '../../engine/fits/fitsFile';
import type { JobEvent } from '../../engine/jobs/events';
import { writeSample, type SampleOptions } from '../../engine/sample/sample';
import { sampleConfigFor } from '../../engine/sample/sampleConfig';
import { Normalizer } from '../../engine/spectra/normalize';
import { readSpectrum } from '../../engine/spectra/read';
import { hasAstropy, python } from '../python';

const root = mkdtempSync(join(tmpdir(), 'cannon-sample-'));
const folder = join(root, 'survey');
const events: JobEvent[] = [];
const write = (path: string, options: SampleOptions) =>
  writeSample(path, options, { signal: new AbortController().signal, report: (event) => events.push(event) });

/** Rows of a CSV file by the names of its columns. */
function table(path: string): Record<string, string>[] {
  const [header = '', ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i]!, cell])));
}

const allFiles = (path: string) =>
  (readdirSync(path, { recursive: true }) as string[]).filter((name) => /\.(gz|csv|yaml)$/.test(name)).sort();

beforeAll(async () => {
  await write(folder, { stars: 480, seed: 1 });
});
afterAll(() => rmSync(root, { recursive: true }));

describe('a sample', () => {
  test('has three reference stars in four, a truth for all, and tells of its progress', () => {
    const [labels, truth] = [table(join(folder, 'labels.csv')), table(join(folder, 'truth.csv'))];
    expect(labels.length).toBe(360);
    expect(truth.length).toBe(480);
    expect(new Set(truth.map((row) => row['obsid'])).size).toBe(480);
    truth.forEach((row) => expect(existsSync(join(folder, row['file']!))).toBe(true));
    const ofTruth = new Map(truth.map((row) => [row['obsid'], row]));
    for (const row of labels) {
      const { star_id, snrg, ra, dec } = ofTruth.get(row['obsid'])!;
      expect(row).toMatchObject({ star_id, snrg, ra, dec });
      // An error of the catalog stands beside each label; truth is in no other file.
      expect(Number(row['e_teff'])).toBeGreaterThan(0);
    }
    expect(Object.keys(labels[0]!)).not.toContain('oddity');
    expect(table(join(folder, 'lamost.csv')).map((row) => row['obsid'])).toEqual(truth.map((row) => row['obsid']));
    expect(events.at(-1)).toEqual({ kind: 'progress', stage: 'Writing spectra', done: 480, total: 480 });
  });

  test('has a configuration without a single problem', async () => {
    const { config, problems } = await loadConfig(join(folder, 'cannon.yaml'));
    expect(problems).toEqual([]);
    expect(config?.labels.map((label) => label.name)).toEqual(['teff', 'logg', 'fe_h']);
  });

  test.each([3, 7, 10, 'paper'] as const)('has a configuration for %s labels without a problem', (labels) => {
    const { config, problems } = parseConfig(sampleConfigFor(labels), '/cannon.yaml');
    expect(problems).toEqual([]);
    expect(config!.labels.length).toBe(labels === 'paper' ? 13 : labels);
    expect(config!.models.map(({ name, labels: own }) => [name, own.length])).toEqual(
      labels === 'paper'
        ? [
            ['giants', 10],
            ['dwarfs', 9],
          ]
        : [['main', labels]],
    );
  });

  test('tells of repeats, clusters and pairs in its catalogs as the truth does', () => {
    const truth = new Map(table(join(folder, 'truth.csv')).map((row) => [row['obsid'], row]));
    const members = table(join(folder, 'clusters.csv'));
    expect(members.length).toBeGreaterThan(15);
    members.forEach((row) => expect(truth.get(row['obsid'])).toMatchObject({ cluster: row['cluster'] }));
    const pairs = table(join(folder, 'wide_binaries.csv'));
    expect(pairs.length).toBeGreaterThan(5);
    pairs.forEach((row) => expect(truth.get(row['obsid2'])).toMatchObject({ companion_of: row['obsid1'] }));
    const repeats = [...truth.values()].filter((row) => row['repeat_of'] !== '');
    expect(repeats.length).toBeGreaterThan(20);
    for (const { repeat_of, star_id, teff, mg_fe, ra } of repeats) {
      expect(truth.get(repeat_of)).toMatchObject({ star_id, teff, mg_fe, ra });
    }
  });

  test('is the same for the same seed, and its first stars do not depend on how many follow', async () => {
    await write(join(root, 'again'), { stars: 40, seed: 1 });
    for (const name of allFiles(join(root, 'again', 'spectra'))) {
      expect(
        readFileSync(join(root, 'again', 'spectra', name)).equals(readFileSync(join(folder, 'spectra', name))),
      ).toBe(true);
    }
    await write(join(root, 'other'), { stars: 40, seed: 2 });
    expect(table(join(root, 'other', 'truth.csv'))[0]!['teff']).not.toBe(table(join(folder, 'truth.csv'))[0]!['teff']);
  });

  test('has the signal to noise that was asked for', async () => {
    await write(join(root, 'bright'), { stars: 40, seed: 5, snr: 150 });
    table(join(root, 'bright', 'truth.csv')).forEach((row) =>
      expect(Math.abs(Number(row['snrg']) - 150)).toBeLessThan(20),
    );
  });

  test('is laid out like LAMOST DR10: NAXIS = 0 with NAXIS1, one row of vectors, bad pixels with ivar 0 and mask bits', async () => {
    const path = join(folder, table(join(folder, 'truth.csv'))[0]!['file']!);
    const { hdus } = await readFitsFile(path);
    expect(hdus.map((hdu) => [hdu.kind, hdu.name, ...hdu.axes])).toEqual([
      ['empty', ''],
      ['table', 'COADD', 93816, 1],
    ]);
    expect(hdus[0]!.header.get('NAXIS1')).toBe(3909);
    let nMasked = 0;
    for (const row of table(join(folder, 'truth.csv')).slice(0, 40)) {
      const spectrum = await readSpectrum(join(folder, row['file']!), 'lamost-lrs');
      expect(spectrum.obsid).toBe(row['obsid']);
      const error = Math.abs(spectrum.redshift! * 299_792.458 - Number(row['velocity_kms']));
      if (row['oddity'] === 'wrong-z') expect(error).toBeGreaterThan(100);
      else expect(error).toBeLessThan(15);
      nMasked += spectrum.masked.reduce((sum, bit) => sum + bit, 0);
    }
    expect(nMasked / (40 * 3909)).toBeGreaterThan(0.003);
    expect(nMasked / (40 * 3909)).toBeLessThan(0.05);
  });

  test.skipIf(!hasAstropy)('is opened by astropy without a warning (skipped: no astropy)', () => {
    const path = join(folder, table(join(folder, 'truth.csv'))[0]!['file']!);
    const script = `import sys, warnings; warnings.simplefilter('error')
from astropy.io import fits
with fits.open(sys.argv[1]) as f: print(f[0].header['OBSID'], f['COADD'].data['FLUX'].shape, len(f))`;
    expect(execFileSync(python, ['-c', script, path], { encoding: 'utf8' })).toMatch(/^94\d+ \(1, 3909\) 2\n$/);
  });
});

describe('the folder of a sample', () => {
  test('that holds something else is refused and left alone', async () => {
    const other = join(root, 'mine');
    mkdirSync(other);
    writeFileSync(join(other, 'thesis.tex'), 'years of work');
    await expect(write(other, { stars: 40, seed: 1 })).rejects.toThrow(
      `${other} is not empty, and it is no sample of ours`,
    );
    expect(readdirSync(other)).toEqual(['thesis.tex']);
  });

  test('that is a sample is written anew, but an edited cannon.yaml stays', async () => {
    const again = join(root, 'again');
    writeFileSync(join(again, 'cannon.yaml'), 'survey: lamost-lrs # mine\n');
    await write(again, { stars: 44, seed: 9 });
    expect(readFileSync(join(again, 'cannon.yaml'), 'utf8')).toBe('survey: lamost-lrs # mine\n');
    expect(allFiles(join(again, 'spectra')).length).toBe(44);
  });

  test('that cannot be made is refused with a sentence', async () => {
    await expect(write(join(root, 'mine', 'thesis.tex'), { stars: 40, seed: 1 })).rejects.toThrow(
      /cannot be written to/,
    );
  });

  test('is left as it is when the writing is cancelled', async () => {
    const signal = AbortSignal.abort();
    await expect(
      writeSample(join(root, 'stopped'), { stars: 40, seed: 1 }, { signal, report: () => undefined }),
    ).rejects.toThrow();
    await expect(write(join(root, 'stopped'), { stars: 40, seed: 1 })).resolves.toMatchObject({
      spectra: 40,
      referenceStars: 30,
    });
  });
});

test('a quadratic model trained on the reference stars finds the labels of the unseen ones', async () => {
  const normalizer = new Normalizer(
    { from: 3900, to: 8750, step: 4e-4 },
    { method: 'gaussian', sigma: 50, truncate: 150 },
  );
  const nPixels = normalizer.waveAngstrom.length;
  const known = new Set(table(join(folder, 'labels.csv')).map((row) => row['obsid']));
  const stars = table(join(folder, 'truth.csv')).filter((row) => Number(row['snrg']) >= 20);
  const reference = stars.filter((row) => known.has(row['obsid']));
  const values = (row: Record<string, string>) => [Number(row['teff']), Number(row['logg']), Number(row['feh'])];
  const flux = new Float64Array(reference.length * nPixels);
  const ivar = new Float64Array(reference.length * nPixels);
  for (const [n, row] of reference.entries()) {
    const normalized = normalizer.normalize(await readSpectrum(join(folder, row['file']!), 'lamost-lrs'));
    flux.set(normalized.flux, n * nPixels);
    ivar.set(normalized.ivar, n * nPixels);
  }
  const labels = ['teff', 'logg', 'fe_h'].map((name) => ({ name, unit: '' }));
  const set = {
    stars: reference.map((row) => row['obsid']!),
    labels,
    values: Float64Array.from(reference.flatMap(values)),
    waveAngstrom: normalizer.waveAngstrom,
    flux,
    ivar,
  };
  const model = await trainModel(set, { name: 'main' });
  const differences: number[][] = [[], [], []];
  for (const row of stars.filter((other) => !known.has(other['obsid']))) {
    const normalized = normalizer.normalize(await readSpectrum(join(folder, row['file']!), 'lamost-lrs'));
    const fit = inferStar(model, normalized.flux, normalized.ivar);
    values(row).forEach((truth, i) => differences[i]!.push(fit.labels[i]! - truth));
  }
  const scatter = differences
    .map((values) => values.sort((a, b) => a - b))
    .map((values) => (values[Math.floor(0.84 * values.length)]! - values[Math.floor(0.16 * values.length)]!) / 2);
  expect(scatter[0]).toBeLessThan(70);
  expect(scatter[1]).toBeLessThan(0.17);
  expect(scatter[2]).toBeLessThan(0.07);
});

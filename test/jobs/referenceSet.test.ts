/**
 * From a reference set to averaged labels, through the command line: on the mock survey, whose truth is known, and on real LAMOST
 * spectra where they are present.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FinishedEvent, JobEvent } from '../../engine/index';
import { dataPath, withoutData } from '../data';
import { cannon } from './command';

type Row = Record<string, string>;
const root = mkdtempSync(join(tmpdir(), 'cannon-reference-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const rowsOf = (path: string): Row[] => parse(readFileSync(path), { columns: true });
const number = (row: Row, name: string) => Number(row[name]);

async function finished<C extends FinishedEvent['command']>(
  command: C,
  cwd: string,
  ...args: string[]
): Promise<FinishedEvent & { command: C }> {
  const { exitCode, events, stderr } = await cannon([command, '--json', ...args], cwd);
  expect([exitCode, stderr]).toEqual([0, '']);
  const last = events.at(-1)!;
  const isIt = (event: JobEvent): event is FinishedEvent & { command: C } =>
    event.kind === 'finished' && event.command === command;
  if (!isIt(last)) throw new Error(`It ended with ${JSON.stringify(last)}`);
  return last;
}

/** Pixels of the grid three times as wide as those of the spectra: what is tested here does not hang on resolution. */
function coarsen(folder: string): void {
  const path = join(folder, 'cannon.yaml');
  writeFileSync(path, readFileSync(path, 'utf8').replace('step: 1e-4', 'step: 4e-4'));
}

function half(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))]!;
  return (at(0.84) - at(0.16)) / 2;
}

describe('repeated observations on the mock survey', () => {
  const folder = join(root, 'survey');
  let spectra: Row[];
  let stars: Row[];
  let truth: Map<string, Row>;
  let result: FinishedEvent & { command: 'infer' };

  beforeAll(async () => {
    await finished('sample', root, folder, '--stars', '640', '--seed', '3', '--workers', '2');
    coarsen(folder);
    await finished('train', folder);
    result = await finished('infer', folder, '--out', 'labels-out.csv', '--average', 'stars.csv');
    [spectra, stars] = [rowsOf(join(folder, 'labels-out.csv')), rowsOf(join(folder, 'stars.csv'))];
    truth = new Map(rowsOf(join(folder, 'truth.csv')).map((row) => [row['obsid']!, row]));
  });

  it('become one row a star, as many as the truth has', () => {
    expect(spectra).toHaveLength(640);
    expect(stars).toHaveLength(new Set([...truth.values()].map((row) => row['star_id'])).size);
    expect(stars.reduce((sum, row) => sum + number(row, 'n_observations'), 0)).toBe(640);
    expect(result.average).toMatch(/stars\.csv$/);
  });

  it('are averaged as may be done by hand for one star: by S/N in z', () => {
    const star = stars.find((row) => number(row, 'n_observations') === 2 && row['flags'] === '')!;
    const id = truth.get(star['obsid']!)!['star_id'];
    const own = spectra.filter((row) => truth.get(row['obsid']!)!['star_id'] === id);
    expect(own).toHaveLength(2);
    const weights = own.map((row) => number(truth.get(row['obsid']!)!, 'snrz'));
    const total = weights[0]! + weights[1]!;
    for (const [label, e] of [
      ['teff', 'e_teff'],
      ['logg', 'e_logg'],
      ['fe_h', 'e_fe_h'],
    ] as const) {
      const mean = own.reduce((sum, row, k) => sum + weights[k]! * number(row, label), 0) / total;
      const error = Math.hypot(...own.map((row, k) => weights[k]! * number(row, e))) / total;
      // Tables are rounded to a small part of the error.
      expect(Math.abs(number(star, label) - mean)).toBeLessThan(0.02 * error);
      expect(Math.abs(number(star, e) / error - 1)).toBeLessThan(0.02);
    }
    const best = own[weights[0]! >= weights[1]! ? 0 : 1]!;
    expect(star['spectrum']).toBe(best['spectrum']);
  });

  it('agree within the errors of the labels that were fitted to them', () => {
    const { repeats } = result;
    expect(repeats!.observations).toBeGreaterThan(60);
    for (const { label, pairs, medianPull, pullWidth } of repeats!.labels) {
      expect(pairs, label).toBeGreaterThan(30);
      expect(Math.abs(medianPull), label).toBeLessThan(0.5);
      // Below 1, as what a model misses in a star it misses in each of its spectra; above 0, as noise is another each time.
      expect(pullWidth, label).toBeGreaterThan(0.4);
      expect(pullWidth, label).toBeLessThan(1.2);
    }
  });

  it('of the members of a cluster, all of one composition, are closer in iron than the field', () => {
    const known = stars.filter((row) => row['flags'] === '' && truth.get(row['obsid']!)!['oddity'] === 'none');
    const iron = (of: readonly Row[]) => of.map((row) => number(row, 'fe_h'));
    const clusterOf = (row: Row) => truth.get(row['obsid']!)!['cluster']!;
    const centred = [...new Set(known.map(clusterOf))].flatMap((cluster) => {
      const members = iron(known.filter((row) => clusterOf(row) === cluster));
      if (cluster === '' || members.length < 4) return [];
      const mean = members.reduce((sum, x) => sum + x, 0) / members.length;
      return members.map((x) => x - mean);
    });
    expect(centred.length).toBeGreaterThan(15);
    expect(half(centred)).toBeLessThan(0.5 * half(iron(known.filter((row) => clusterOf(row) === ''))));
  });

  it('with a wrong redshift, bad pixels or a second star fit worse than others', () => {
    const kindOf = (row: Row) => truth.get(row['obsid']!)!['oddity']!;
    const median = (of: readonly Row[]) =>
      of.map((row) => number(row, 'chi2') / number(row, 'n_pixels')).sort((a, b) => a - b)[Math.floor(of.length / 2)]!;
    const usual = median(spectra.filter((row) => kindOf(row) === 'none'));
    const odd = spectra.filter((row) => ['wrong-z', 'bad-pixels', 'double-lined'].includes(kindOf(row)));
    expect(odd.length).toBeGreaterThan(4);
    expect(median(odd)).toBeGreaterThan(1.2 * usual);
  });
});

it('a sample has the same bytes with one worker as with three', async () => {
  const digest = async (workers: string) => {
    const folder = join(root, `workers-${workers}`);
    await finished('sample', root, folder, '--stars', '70', '--workers', workers);
    const hash = createHash('sha256');
    const names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) => /\.(gz|csv)$/.test(name));
    for (const name of names.sort()) hash.update(name).update(readFileSync(join(folder, name)));
    return hash.digest('hex');
  };
  expect(await digest('3')).toBe(await digest('1'));
});

describe.skipIf(withoutData)('real LAMOST DR10 spectra (skipped: no data)', () => {
  const folder = join(root, 'dr10');

  beforeAll(() => {
    mkdirSync(folder);
    for (const kind of ['dr10_F', 'dr10_G']) symlinkSync(dataPath('lamost_lrs', kind), join(folder, kind), 'dir');
    symlinkSync(dataPath('lamost_lrs', 'dr10_labels.csv'), join(folder, 'labels.csv'));
    writeFileSync(
      join(folder, 'cannon.yaml'),
      `survey: lamost-lrs
spectra: ["dr10_F/*1.fits.gz", "dr10_F/*4.fits.gz", "dr10_G/*1.fits.gz", "dr10_G/*4.fits.gz", "dr10_G/*7.fits.gz"]
reference: { file: labels.csv, match: { spectrum.OBSID: obsid } }
grid: { from: 3900, to: 8750, step: 4e-4 }
continuum: { method: gaussian, sigma: 50, truncate: 150 }
labels: { teff: { column: teff, unit: K }, logg: {}, fe_h: { column: feh } }
quality: [snrg >= 15, "4500 < teff < 7000", { windowChi2: { percentile: 95, elements: [Mg, Ca, Na] } }]
crossValidation: { folds: 5 }
`,
    );
  });

  it('go through the check, the cut on their own χ² in windows, training and cross-validation', async () => {
    const check = await finished('check', folder);
    expect(check.verdict.readiness).not.toBe('not ready');
    expect(check.matched).toBeGreaterThan(100);
    const nTrained = check.models![0]!.stars;
    const train = await finished('train', folder);
    // The cut fits spectra in folds: the check and the training make the same one.
    expect(train.models[0]!.stars).toBe(nTrained);
    const { funnel } = JSON.parse(readFileSync(join(train.models[0]!.path, '..', '..', 'result.json'), 'utf8')) as {
      funnel: { step: string; stars: number; thresholds?: { element: string; above: number; stars: number }[] }[];
    };
    const cut = funnel.find(({ thresholds }) => thresholds !== undefined)!;
    expect(cut.thresholds!.map(({ element }) => element).sort()).toEqual(['Ca', 'Mg', 'Na']);
    for (const { above, stars } of cut.thresholds!) expect(Math.abs(above - 0.05 * stars)).toBeLessThanOrEqual(1);
    const { models } = await finished('cv', folder);
    const scatter = Object.fromEntries(models[0]!.labels.map((label) => [label.label, label.scatter]));
    // 727 such stars have 50 K, 0.086 and 0.050 dex (docs/reference-set.md); fewer stars and coarser pixels do worse.
    expect(scatter['teff']).toBeLessThan(110);
    expect(scatter['logg']).toBeLessThan(0.25);
    expect(scatter['fe_h']).toBeLessThan(0.13);
  });
});

/** What `cannon infer` gives on request: samples of the posterior, priors, and χ² by window. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../engine/config/parse';
import { infer as inferJob, type InferJob } from '../../engine/jobs/infer';
import { inProcessPool } from '../../engine/jobs/pool';
import { readTable } from '../../engine/reference/table';
import { cannon } from './command';

const folder = mkdtempSync(join(tmpdir(), 'cannon-infer-'));
const sample = join(folder, 'survey');
const model = join(folder, 'run', 'main', 'model.fits');
const nStars = 80;
const nSamples = 60;

beforeAll(async () => {
  await cannon(['sample', sample, '--stars', String(nStars), '--seed', '5', '--oddities', '0']);
  const text = readFileSync(join(sample, 'cannon.yaml'), 'utf8');
  const options = `inference:
  prior: { logg: { mean: 4, sigma: 1e-3 } }
windows: { blue: { vacuum: [[3000, 5000]] }, red: { vacuum: [[5000, 6000], [6000, 10000]] } }
`;
  writeFileSync(join(sample, 'known.cannon.yaml'), `${text}\n${options}`);
  const trained = await cannon(['train', '--config', join(sample, 'cannon.yaml'), '--run', join(folder, 'run')]);
  expect(trained.exitCode).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function infer(
  config: string,
  name: string,
  ...more: string[]
): Promise<{ rows: Record<string, string>[]; out: string }> {
  const out = join(folder, `${name}.csv`);
  const run = join(folder, `run-${name}`);
  const common = ['--config', join(sample, config), '--model', model, '--run', run, '--out', out];
  const { exitCode, stderr } = await cannon(['infer', ...common, ...more]);
  expect([exitCode, stderr]).toEqual([0, expect.not.stringMatching(/error/)]);
  return { rows: parse(readFileSync(out), { columns: true }), out };
}

describe('labels with samples of their posterior', () => {
  it('have a file beside them with so many rows a star, about its labels, and the sampler’s diagnostics', async () => {
    const { rows, out } = await infer('cannon.yaml', 'sampled', '--samples', String(nSamples));
    const samples = await readTable(out.replace('.csv', '.samples.fits'));
    const column = (name: string) => samples.columns.get(name)!.values.map(Number);
    expect(samples.nRows).toBe(nStars * nSamples);
    expect(samples.columns.get('teff')!.unit).toBe('K');
    const pulls = column('teff').map((teff, k) => {
      const row = rows[column('row')[k]! - 1]!;
      return (teff - Number(row['teff'])) / Number(row['e_teff']);
    });
    const rms = Math.sqrt(pulls.reduce((sum, x) => sum + x * x, 0) / pulls.length);
    expect(rms).toBeGreaterThan(0.85);
    expect(rms).toBeLessThan(1.15);
    expect(readFileSync(out.replace('.csv', '.samples.fits')).toString('latin1')).toMatch(/effective_size/);
  });

  it('are the same bytes with one worker as with two', async () => {
    const one = await infer('cannon.yaml', 'one', '--samples', '5', '--workers', '1');
    const two = await infer('cannon.yaml', 'two', '--samples', '5', '--workers', '2');
    const bytes = (path: string) => readFileSync(path).toString('base64');
    expect(bytes(two.out)).toBe(bytes(one.out));
    const samplesOf = (path: string) => path.replace('.csv', '.samples.fits');
    expect(bytes(samplesOf(two.out))).toBe(bytes(samplesOf(one.out)));
  });
});

describe('what the survey says about inference', () => {
  it('holds: a narrow prior keeps its label, and windows have columns that add up', async () => {
    const { rows: free } = await infer('cannon.yaml', 'free');
    const { rows } = await infer('known.cannon.yaml', 'known');
    expect(rows).toHaveLength(nStars);
    for (const row of rows) {
      expect(Math.abs(Number(row['logg']) - 4)).toBeLessThan(0.02);
      expect(Number(row['e_logg'])).toBeLessThanOrEqual(1e-3);
      const sum = (name: string) => Number(row[`${name}_blue`]) + Number(row[`${name}_red`]);
      expect(sum('n_pixels')).toBe(Number(row['n_pixels']));
      expect(sum('chi2') / Number(row['chi2'])).toBeCloseTo(1, 6);
    }
    expect(Math.max(...free.map((row) => Math.abs(Number(row['logg']) - 4)))).toBeGreaterThan(0.1);
    expect(Object.keys(free[0]!)).not.toContain('chi2_blue');
  });

  it('holds: a velocity is fitted along and has columns, and its errors go into those of the labels', async () => {
    const text = readFileSync(join(sample, 'cannon.yaml'), 'utf8');
    writeFileSync(join(sample, 'moving.cannon.yaml'), `${text}\ninference: { velocity: 80 }\n`);
    const { rows: still } = await infer('cannon.yaml', 'still');
    const { rows } = await infer('moving.cannon.yaml', 'moving');
    rows.forEach((row, n) => {
      expect(Number(row['e_rv'])).toBeGreaterThan(0);
      expect(Math.abs(Number(row['rv']))).toBeLessThan(80.001);
      expect(Number(row['e_teff']) / Number(still[n]!['e_teff'])).toBeGreaterThan(0.9);
    });
    // The headers' redshifts are right to 3 km/s: what is left scatters about 0 by that and by its errors.
    const pulls = rows
      .map((row) => Math.abs(Number(row['rv'])) / Math.hypot(Number(row['e_rv']), 3))
      .sort((a, b) => a - b);
    expect(pulls[nStars / 2]).toBeLessThan(2);
    expect(Object.keys(still[0]!)).not.toContain('rv');
  });

  it('cannot be a velocity together with samples of the posterior', async () => {
    const common = ['--config', join(sample, 'moving.cannon.yaml'), '--model', model, '--run', join(folder, 'both')];
    const { exitCode, stderr } = await cannon(['infer', ...common, '--out', join(folder, 'b.csv'), '--samples', '5']);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('No samples of the posterior are drawn')]);
  });
});

describe('inference in too little memory', () => {
  it('is refused with what would fit, before any spectrum is looked for', async () => {
    const { config } = await loadConfig(join(sample, 'cannon.yaml'));
    const job = {
      ...{ config: { ...config!, spectra: ['nowhere/*.fits'] }, run: folder, pool: inProcessPool, shard: null },
      ...{
        models: [model],
        validations: [],
        out: join(folder, 'never.csv'),
        samples: 0,
        average: null,
        covariance: false,
      },
      memoryBytes: 64 * 2 ** 20,
    } as unknown as InferJob;
    const context = { report: () => undefined, signal: new AbortController().signal };
    await expect(inferJob(job, context as unknown as Parameters<typeof inferJob>[1])).rejects.toMatchObject({
      code: 'CAN320',
      message: expect.stringMatching(
        /^Inference by a model of [\d,]+ pixels × \d+ terms with 1 worker needs/,
      ) as string,
    });
  });
});

/** `cannon inspect`: one star's fit in a terminal. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FinishedEvent } from '../../engine/index';
import { readTable } from '../../engine/reference/table';
import { cannon, type Finished } from './command';

const folder = mkdtempSync(join(tmpdir(), 'cannon-inspect-'));
const survey = join(folder, 'survey');
const config = join(survey, 'cannon.yaml');
let labels: Record<string, string>[] = [];

beforeAll(async () => {
  await cannon(['sample', survey, '--stars', '80', '--seed', '5', '--oddities', '0']);
  const windows = 'windows: { blue: { vacuum: [[4000, 5000]] }, red: { vacuum: [[5000, 6000], [6000, 7000]] } }';
  writeFileSync(config, `${readFileSync(config, 'utf8')}\n${windows}\n`);
  expect((await cannon(['train', '--config', config])).exitCode).toBe(0);
  const out = join(folder, 'labels.csv');
  expect((await cannon(['infer', '--config', config, '--out', out])).exitCode).toBe(0);
  labels = parse(readFileSync(out), { columns: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inspect = (...args: string[]): Promise<Finished> => cannon(['inspect', '--config', config, ...args]);

function fitsOf({ events }: Finished) {
  const last = events.at(-1) as FinishedEvent & { command: 'inspect' };
  expect(last).toMatchObject({ kind: 'finished', command: 'inspect' });
  return last.fits;
}

const isFitted = (row: Record<string, string>): boolean => Number(row['e_teff']) > 0;

it('finds a star by its id, its designation, by its file’s name and by a path, and gives the labels that infer gives', async () => {
  const row = labels.find(isFitted)!;
  const path = join(survey, row['spectrum']!);
  for (const name of [row['obsid']!, row['designation']!, basename(path), path]) {
    const [fit, ...others] = fitsOf(await inspect(name, '--json'));
    expect(others).toEqual([]);
    expect(fit).toMatchObject({ star: row['obsid'], path });
    for (const { name: label, value, error, thetaError } of fit!.labels) {
      expect(value / Number(row[label])).toBeCloseTo(1, 4);
      expect(error / Number(row[`e_${label}`])).toBeCloseTo(1, 3);
      expect(thetaError! / Number(row[`theta_${label}`])).toBeCloseTo(1, 3);
    }
    expect(fit!.chi2 / Number(row['chi2'])).toBeCloseTo(1, 4);
    const inWindows = fit!.windows.map(({ chi2 }) => chi2).reduce((sum, chi2) => sum + chi2);
    expect(inWindows).toBeGreaterThan(0);
    expect(inWindows).toBeLessThan(fit!.chi2);
  }
});

it('prints the labels beside the reference, and χ² by window', async () => {
  const { stdout, exitCode } = await inspect(labels.find(isFitted)!['obsid']!);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/ main, z = .*, χ² \d+ of \d+ pixels, \d\.\d\d a pixel/);
  expect(stdout).toMatch(/ label +fit +error +of θ +reference +difference ÷ error\n +teff \(K\) +\d{4}/);
  expect(stdout).toMatch(/χ² a pixel \(pixels\): blue \d\.\d\d \(\d+\), red \d\.\d\d \(\d+\)/);
});

it('fits each observation of a star, and says which cannot be', async () => {
  const row = labels.find(isFitted)!;
  const path = join(survey, row['spectrum']!);
  const [again, broken] = ['again-', 'broken-'].map((prefix) => join(path, '..', `${prefix}${basename(path)}`));
  copyFileSync(path, again!);
  writeFileSync(broken!, 'no spectrum');
  const both = await inspect(row['obsid']!, '--json');
  expect(fitsOf(both).map(({ path: file }) => file)).toEqual([again, path]);
  const refused = await inspect(row['obsid']!, '--out', join(folder, 'pixels.csv'));
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('has 2 spectra, and --out is a table of the pixels of one');
  const { stderr, exitCode } = await inspect(basename(broken!));
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/CAN2\d\d/)]);
  for (const file of [again!, broken!]) rmSync(file);
});

it('writes the pixels as a table, whose residuals are those of χ²', async () => {
  const row = labels.find(isFitted)!;
  const tables = ['.csv', '.fits'].map((ending) => join(folder, `pixels${ending}`));
  for (const out of tables) {
    const inspected = await inspect(join(survey, row['spectrum']!), '--out', out, '--json');
    expect(inspected.events.at(-1)).toMatchObject({ out });
    const { columns, nRows } = await readTable(out);
    const numbers = (name: string) => columns.get(name)!.values.map(Number);
    const [flux, model, error, scatter] = ['flux_normalized', 'model', 'e_flux_normalized', 'scatter'].map(numbers);
    expect(nRows).toBe(3510);
    const used = numbers('masked').flatMap((masked, p) => (masked === 0 ? [p] : []));
    const chi2 = used
      .map((p) => ((flux![p]! - model![p]!) / Math.hypot(error![p]!, scatter![p]!)) ** 2)
      .reduce((sum, term) => sum + term, 0);
    const residuals = numbers('residual');
    expect(used.reduce((sum, p) => sum + residuals[p]! ** 2, 0) / chi2).toBeCloseTo(1, 4);
  }
});

it('says which star there is none of, and what no table can be written as, before anything is read', async () => {
  const none = await inspect('no-such-star');
  expect([none.exitCode, none.stderr]).toEqual([1, expect.stringContaining('CAN351 None of the survey’s 80 spectra')]);
  const wrong = await inspect('no-such-star', '--out', join(folder, 'pixels.txt'));
  expect([wrong.exitCode, wrong.stderr]).toEqual([1, expect.stringContaining('CAN405')]);
  expect(readdirSync(folder)).not.toContain('pixels.txt');
  expect(wrong.stderr).not.toContain('Reading');
});

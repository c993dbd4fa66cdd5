/**
 * From a mock survey to its catalog, an analysis and a verdict that changes the next training: every command a process of its own, as a
 * user's shell runs them, and what they find against the truth that the survey was made from.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FlagName, flagBits, hasFlag } from '../../engine/catalog/flagBits';
import { readModel } from '../../engine/cannon/modelFile';
import { type FinishedEvent, readTable } from '../../engine/index';
import { cannon } from './command';

type Row = Readonly<Record<string, string>>;
type Command = FinishedEvent['command'];

const folder = mkdtempSync(join(tmpdir(), 'cannon-whole-way-'));
const survey = join(folder, 'survey');
const config = join(survey, 'cannon.yaml');
const [labels, catalog, observations] = ['inferred', 'catalog', 'observations'].map((name) =>
  join(folder, `${name}.csv`),
) as [string, string, string];
const rowsOf = (path: string) => parse<Row>(readFileSync(path), { columns: true });
const at = (row: Row | undefined, name: string) => Number(row?.[name] || NaN);

/** Runs a command of the survey to its good end. */
async function made<C extends Command>(command: C, ...args: string[]): Promise<Extract<FinishedEvent, { command: C }>> {
  const { exitCode, events, stderr } = await cannon([command, ...args, '--config', config, '--json']);
  expect([exitCode, stderr]).toEqual([0, '']);
  const last = events.at(-1);
  if (last?.kind !== 'finished' || last.command !== command) throw new Error(`${command} did not finish`);
  return last as Extract<FinishedEvent, { command: C }>;
}

let truth: Map<string, Row>;
let first: Awaited<ReturnType<typeof trainedModel>>;
beforeAll(async () => {
  const sample = ['--stars', '240', '--seed', '5', '--oddities', '0.06'];
  expect((await cannon(['sample', survey, ...sample])).exitCode).toBe(0);
  const text = readFileSync(config, 'utf8').replace('from: 3900', 'from: 4200');
  writeFileSync(config, `${text}\ncrossValidation: { folds: 4 }\n`);
  truth = new Map(rowsOf(join(survey, 'truth.csv')).map((row) => [row['obsid']!, row]));
  first = await trainedModel();
  await made('cv');
  await made('infer', '--out', labels);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the whole way of a survey', () => {
  it('recovers the labels of stars that nothing is wrong with, and finds what was planted', async () => {
    const counts = await made('catalog', '--labels', labels, '--out', catalog, '--observations', observations);
    const rows = rowsOf(observations);
    expect(rows.length).toBe(truth.size);
    expect(counts).toMatchObject({ stars: rowsOf(catalog).length, observations: truth.size });
    const oddity = (row: Row) => truth.get(row['obsid']!)!['oddity']!;
    const clean = rows.filter((row) => oddity(row) === 'none' && at(row, 'flags') === 0 && at(row, 'snr') > 30);
    expect(clean.length).toBeGreaterThan(100);
    const rms = (name: string, ofTruth: string) => {
      const differences = clean.map((row) => at(row, name) - at(truth.get(row['obsid']!), ofTruth));
      return Math.sqrt(differences.reduce((sum, one) => sum + one * one, 0) / clean.length);
    };
    expect(rms('teff', 'teff')).toBeLessThan(100);
    expect(rms('logg', 'logg')).toBeLessThan(0.25);
    expect(rms('fe_h', 'feh')).toBeLessThan(0.1);
    const found = (kind: string, flag: FlagName) => {
      const planted = rows.filter((row) => oddity(row) === kind);
      return [planted.length, planted.filter((row) => hasFlag(at(row, 'flags'), flag)).length];
    };
    expect(found('wrong-z', 'rv_residual')).toEqual([3, 3]);
    expect(found('double-lined', 'binary')).toEqual([1, 1]);
    expect(found('emission', 'emission')).toEqual([2, 2]);
    expect(found('bad-pixels', 'bad_pixels')).toEqual([3, 3]);
    const residual: readonly FlagName[] = ['rv_residual', 'binary', 'emission', 'bad_pixels', 'window_chi2'];
    const innocent = rows.filter((row) => oddity(row) === 'none');
    const accused = innocent.filter((row) => residual.some((flag) => hasFlag(at(row, 'flags'), flag)));
    expect(accused.length).toBeLessThan(0.02 * innocent.length);
  });

  it('gives a catalog whose repeats are averaged and whose counts are those of its rows, the most surprising first', async () => {
    const out = join(folder, 'catalog.parquet');
    const counts = await made('catalog', '--labels', labels, '--out', out);
    const stars = await readTable(out);
    const column = (name: string) => stars.columns.get(name)!.values;
    expect([...stars.columns.keys()]).toEqual(
      expect.arrayContaining(['kiel_extrap', 'fe_h_extrap', 'cv_teff', 'surprise', 'flags']),
    );
    expect(column('n_obs').reduce<number>((sum, n) => sum + Number(n), 0)).toBe(truth.size);
    const repeated = column('n_obs').findIndex((n, row) => Number(n) > 1 && column('teff')[row] !== null);
    const own = rowsOf(labels).filter((row) => row['designation'] === column('designation')[repeated]);
    expect(own.length).toBe(column('n_obs')[repeated]);
    const weight = (row: Row) => at(row, 'snrz') || at(row, 'snr');
    const total = own.reduce((sum, row) => sum + weight(row), 0);
    const mean = own.reduce((sum, row) => sum + weight(row) * at(row, 'teff'), 0) / total;
    expect(Number(column('teff')[repeated])).toBeCloseTo(mean, 6);
    for (const { name } of flagBits) {
      const flagged = column('flags').filter((bits) => hasFlag(Number(bits), name)).length;
      expect([name, flagged]).toEqual([name, counts.flags.find((one) => one.name === name)?.stars]);
    }
    const surprises = column('surprise').map((value) => Number(value ?? -Infinity));
    expect(surprises).toEqual([...surprises].sort((a, b) => b - a));
  });

  it('analyses the catalog that it made', async () => {
    const out = join(folder, 'repeats');
    const found = await made('analyse', 'repeats', '--catalog', observations, '--id', 'designation', '--out', out);
    const visits = new Map<string, number>();
    for (const { star_id: star = '' } of truth.values()) visits.set(star, (visits.get(star) ?? 0) + 1);
    const repeated = [...visits.values()].filter((n) => n > 1);
    expect(found.numbers).toMatchObject({
      ...{ stars: repeated.length, observations: repeated.reduce((sum, n) => sum + n, 0) },
    });
    expect(rowsOf(found.table).length).toBeGreaterThan(0);
    expect(readFileSync(found.page, 'utf8')).toContain('](repeats.svg)');
  });

  it('takes a verdict: the next training leaves the star out, and the next catalog says so', async () => {
    // The most surprising star of those that trained.
    const odd = rowsOf(catalog).find(({ spectrum = '' }) => first.spectra.includes(spectrum));
    if (odd === undefined) throw new Error('the catalog has none of the training stars');
    expect(truth.get(odd['obsid']!)!['oddity']).not.toBe('none');
    appendFileSync(join(survey, 'review.yaml'), `${odd['obsid']}: { verdict: bad spectrum, by: ada }\n`);
    const after = await trainedModel();
    expect(after.spectra).toEqual(first.spectra.filter((spectrum) => spectrum !== odd['spectrum']));
    expect(after.model.theta).not.toEqual(first.model.theta);
    await made('catalog', '--labels', labels, '--out', catalog);
    const reviewed = rowsOf(catalog).filter((row) => hasFlag(at(row, 'flags'), 'reviewed_bad'));
    expect(reviewed.map((row) => [row['obsid'], row['verdict']])).toEqual([[odd['obsid'], 'bad spectrum']]);
  });
});

/** Trains, and tells on which spectra. */
async function trainedModel() {
  const { models } = await made('train');
  const [{ path, stars }] = models as [(typeof models)[0]];
  const spectra = rowsOf(join(dirname(path), 'inputs.csv')).map(({ spectrum = '' }) => spectrum);
  expect(spectra.length).toBe(stars);
  return { model: await readModel(path), spectra };
}

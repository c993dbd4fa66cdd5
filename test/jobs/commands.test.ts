import { readValidation } from '../../engine/cannon/validationFile';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents, type FinishedEvent, type JobEvent, type JobRecord } from '../../engine/index';
import { hasAstropy, python } from '../python';
import { cannon } from './command';

const folder = mkdtempSync(join(tmpdir(), 'cannon-commands-'));
const sample = join(folder, 'survey');
const config = join(sample, 'cannon.yaml');
beforeAll(async () => {
  const { exitCode, stderr } = await cannon(['sample', sample, '--stars', '150', '--seed', '3']);
  expect(stderr).not.toMatch(/error/);
  expect(exitCode).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function last<K extends JobEvent['kind']>(events: readonly JobEvent[], kind: K): Extract<JobEvent, { kind: K }> {
  const event = events.at(-1);
  expect(event?.kind).toBe(kind);
  return event as Extract<JobEvent, { kind: K }>;
}

function finished<C extends FinishedEvent['command']>(events: readonly JobEvent[], command: C) {
  const event = last(events, 'finished');
  expect(event.command).toBe(command);
  return event as Extract<FinishedEvent, { command: C }>;
}

function rows(path: string): Record<string, string>[] {
  return parse(readFileSync(path), { columns: true });
}

describe('the way from a sample to labels', () => {
  const run = join(folder, 'run');

  it('finds nothing wrong with the sample that it writes', async () => {
    const { exitCode, events } = await cannon(['check', '--config', config, '--json']);
    const { spectra, readable, matched, models } = finished(events, 'check');
    expect(spectra).toBeGreaterThan(0);
    expect(readable).toBe(spectra);
    expect(matched).toBeLessThan(spectra);
    expect(models).toEqual([{ name: 'main', stars: expect.any(Number) as number }]);
    expect(finished(events, 'check').problems.filter(({ severity }) => severity !== 'information')).toEqual([]);
    expect(exitCode).toBe(0);
  });

  it('indexes every spectrum', async () => {
    const { exitCode, events } = await cannon(['index', '--config', config, '--json']);
    expect(exitCode).toBe(0);
    expect(finished(events, 'index')).toMatchObject({ spectra: 150, readable: 150, problems: [] });
  });

  it('trains a model and says in the run folder what was asked and what came out', async () => {
    const { exitCode, events } = await cannon(['train', '--config', config, '--run', run, '--json', '--workers', '2']);
    expect(exitCode).toBe(0);
    const [model] = finished(events, 'train').models;
    expect(model).toMatchObject({ name: 'main', path: join(run, 'main', 'model.fits') });
    const job = JSON.parse(readFileSync(join(run, 'job.json'), 'utf8')) as JobRecord;
    expect(job).toMatchObject({ command: 'train', config, resolved: { survey: 'lamost-lrs' } });
    expect(Object.keys(job.inputs)).toEqual([config, join(sample, 'labels.csv')]);
    const result = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as FinishedEvent;
    expect(result).toEqual(events.at(-1));
    const kinds = readFileSync(join(run, 'events.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as JobEvent).kind);
    // Where listing the spectra takes long, that is told before.
    expect(kinds.find((kind) => kind !== 'progress')).toBe('started');
    expect(kinds.at(-1)).toBe('finished');
    expect(kinds).toContain('progress');
  });

  it('trains the same model, byte for byte, with one worker as with two', async () => {
    const alone = join(folder, 'run-alone');
    expect((await cannon(['train', '--config', config, '--run', alone, '--workers', '1'])).exitCode).toBe(0);
    expect(readFileSync(join(alone, 'main', 'model.fits')).equals(readFileSync(join(run, 'main', 'model.fits')))).toBe(
      true,
    );
  });

  it.skipIf(!hasAstropy)('writes a model that astropy opens without a warning (skipped: no astropy)', () => {
    const code = [
      'import sys, warnings; warnings.simplefilter("error")',
      'from astropy.io import fits; from astropy.table import Table',
      'h = fits.open(sys.argv[1], memmap=False); h.verify("exception")',
      't = Table.read(sys.argv[1], hdu="PIXELS")',
      'print(h["THETA"].data.shape, len(t), h["LABELS"].columns.names, h["TERMS"].data["name"][0]); h.close()',
    ].join('\n');
    const path = join(run, 'main', 'model.fits');
    const printed = execFileSync(python, ['-c', code, path], { encoding: 'utf8' });
    expect(printed).toMatch(/^\((\d+), 10\) \1 \['name', 'unit', 'pivot', 'scale', 'min', 'max'\] 1$/m);
  });

  it('labels every spectrum within a few errors of the truth, and keeps a row for those that cannot be read', async () => {
    const spectra = readdirSync(join(sample, 'spectra'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.gz'),
    );
    const broken = join(sample, 'spectra', 'broken.fits.gz');
    writeFileSync(broken, readFileSync(join(sample, 'spectra', spectra[0]!)).subarray(0, 3000));
    const out = join(folder, 'labels.csv');
    const model = join(run, 'main', 'model.fits');
    const { exitCode, events } = await cannon([
      'infer',
      '--config',
      config,
      '--run',
      join(folder, 'run2'),
      '--model',
      model,
      '--out',
      out,
      '--json',
    ]);
    rmSync(broken);
    expect(exitCode).toBe(0);
    expect(finished(events, 'infer')).toMatchObject({ out, spectra: 151, labelled: 150, problems: 1 });
    const labels = rows(out);
    expect(Object.keys(labels[0]!)).toEqual(
      expect.arrayContaining([
        'spectrum',
        'obsid',
        'teff',
        'e_teff',
        'logg',
        'e_logg',
        'fe_h',
        'e_fe_h',
        'chi2',
        'converged',
        'problem',
      ]),
    );
    expect(labels).toHaveLength(151);
    const unread = labels.filter((row) => row['problem'] !== '');
    expect(unread.map((row) => [row['spectrum'], row['teff']])).toEqual([['spectra/broken.fits.gz', '']]);
    const truth = new Map(rows(join(sample, 'truth.csv')).map((row) => [row['obsid'], row]));
    const pulls = labels.flatMap((row) => {
      const is = truth.get(row['obsid']);
      return is === undefined || row['problem'] !== ''
        ? []
        : [Math.abs(Number(row['teff']) - Number(is['teff'])) / Number(row['e_teff'])];
    });
    expect(pulls).toHaveLength(150);
    expect(pulls.sort((a, b) => a - b)[75]).toBeLessThan(2);
  });

  it('writes labels as a FITS table with units and exact ids', async () => {
    const out = join(folder, 'labels.fits');
    const model = join(run, 'main', 'model.fits');
    expect(
      (await cannon(['infer', '--config', config, '--run', join(folder, 'run3'), '--model', model, '--out', out]))
        .exitCode,
    ).toBe(0);
    const header = readFileSync(out).toString('latin1');
    expect(header).toMatch(/TTYPE\d+ *= 'teff/);
    expect(header).toMatch(/TUNIT\d+ *= 'K /);
  });

  it('cross-validates: prints scatter, bias and r and writes cv.fits, whose scatter labels then carry', async () => {
    const cv = join(sample, '.cannon', 'runs', 'cv');
    const { exitCode, stdout } = await cannon(['cv', '--config', config, '--run', cv]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/label +scatter +bias +r\n +teff \(K\) +\S+ +\S+ +0\.9/);
    expect(stdout).toMatch(/label +MAD +rms +mean +Spearman +believed from +to +precision ÷ range/);
    const path = join(cv, 'main', 'cv.fits');
    const { labels, folds, provenance } = await readValidation(path);
    expect(folds).toBe(12);
    expect(provenance['TRAINSET']).toMatch(/^[0-9a-f]{64}$/);
    const model = join(run, 'main', 'model.fits');
    const infer = (name: string, ...more: string[]) =>
      cannon(['infer', '--config', config, '--run', join(folder, name), '--model', model, ...more]);
    expect((await infer('withCv')).exitCode).toBe(0);
    const [first] = rows(join(folder, 'withCv', 'labels.csv'));
    expect(Number(first!['cv_teff'])).toBeCloseTo(labels.find(({ label }) => label === 'teff')!.scatter, 1);
    expect(Object.keys(first!).indexOf('cv_teff')).toBe(Object.keys(first!).indexOf('e_teff') + 1);
    const wrong = await infer('wrongCv', '--cv', model);
    expect(wrong.stderr).toMatch(/CAN333 model\.fits is no cross-validation/);
  });

  it('leaves out one star at a time when the config says so', async () => {
    const alone = join(sample, 'alone.yaml');
    writeFileSync(alone, `${readFileSync(config, 'utf8')}\ncrossValidation: { folds: leave-one-out }\n`);
    const { exitCode, stdout } = await cannon(['cv', '--config', alone, '--run', join(folder, 'alone')]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/teff \(K\) +\S+ +\S+ +0\.9/);
    const { folds } = await readValidation(join(folder, 'alone', 'main', 'cv.fits'));
    expect(folds).toBe('leave-one-out');
  });
});

describe('what a user does wrong', () => {
  it.each([
    [['frobnicate'], 4],
    [['train', '--nonsense'], 4],
    [['train', '--workers', 'many'], 4],
    [['train', '--config', join(folder, 'absent.yaml')], 2],
  ])('%j ends with exit code %i and a sentence', async (args, expected) => {
    const { exitCode, stderr } = await cannon(args, folder);
    expect(exitCode).toBe(expected);
    expect(stderr).toMatch(/error/);
    expect(stderr).not.toMatch(/ at .*\.js:\d/);
  });

  it('reports a mistake in the config at its place, with exit code 2, in the terminal and in the run folder', async () => {
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, readFileSync(config, 'utf8').replace('survey: lamost-lrs', 'survey: lamost-lrss'));
    const { exitCode, stderr } = await cannon(['train', '--config', bad, '--run', join(folder, 'never')], folder);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/bad\.yaml:\d+:\d+ error CAN\d{3} /);
    const [event] = (await readEvents(join(folder, 'never'))).events.slice(-1);
    expect(event).toMatchObject({ kind: 'failed', message: expect.stringContaining('bad.yaml') as string });
  });

  it('checks with exit code 2 when the survey has an error, and says the same as an event', async () => {
    const bad = join(sample, 'check.yaml');
    appendFileSync(bad, readFileSync(config, 'utf8').replace(/column: teff\b/, 'column: tef'));
    const { exitCode, events } = await cannon(['check', '--config', bad, '--json']);
    expect(exitCode).toBe(2);
    expect(finished(events, 'check').problems).toContainEqual(
      expect.objectContaining({ code: 'CAN103', severity: 'error' }),
    );
  });

  it('refuses a model that is none, a format that it cannot write, and an empty set of files', async () => {
    const common = ['--config', config, '--json', '--run'];
    const notAModel = await cannon(['infer', ...common, join(folder, 'w1'), '--model', join(sample, 'labels.csv')]);
    expect(notAModel.exitCode).toBe(1);
    expect(last(notAModel.events, 'failed').message).toMatch(/labels\.csv/);
    const badFormat = await cannon([
      'infer',
      ...common,
      join(folder, 'w2'),
      '--model',
      'x',
      '--out',
      join(folder, 'labels.xlsx'),
    ]);
    expect(last(badFormat.events, 'failed').code).toBe('CAN405');
    const nothing = join(folder, 'nothing.yaml');
    writeFileSync(nothing, readFileSync(config, 'utf8').replace(/^spectra:.*$/m, 'spectra: nowhere/*.fits'));
    const noFiles = await cannon(['index', '--config', nothing, '--json']);
    expect(last(noFiles.events, 'failed').code).toBe('CAN101');
  });

  it('names truncated spectra in the index and counts them as matched', async () => {
    const other = join(folder, 'truncated');
    expect((await cannon(['sample', other, '--stars', '40'])).exitCode).toBe(0);
    const names = readdirSync(join(other, 'spectra'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.gz'),
    );
    truncateSync(join(other, 'spectra', names[0]!), 5000);
    const { events } = await cannon(['index', '--config', join(other, 'cannon.yaml'), '--json']);
    const { spectra, readable, problems } = finished(events, 'index');
    expect([spectra, readable, problems.map(({ spectrum }) => spectrum)]).toEqual([40, 39, [`spectra/${names[0]!}`]]);
  });
});

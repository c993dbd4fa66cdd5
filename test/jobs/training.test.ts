/**
 * `training` of the config: what reaches model.fits, and one sentence for each bad input. The jobs run in this
 * thread, but for the one that is compared with the bundled command line's worker threads.
 */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../../engine/cannon/modelFile';
import { loadConfig } from '../../engine/config/parse';
import type { JobEvent } from '../../engine/index';
import { Checkpoint } from '../../engine/jobs/checkpoint';
import { crossValidateSurvey } from '../../engine/jobs/crossValidation';
import { runJob } from '../../engine/jobs/job';
import { inProcessPool } from '../../engine/jobs/pool';
import { train } from '../../engine/jobs/train';
import { writeSample } from '../../engine/sample/sample';
import { cannon } from './command';

const folder = mkdtempSync(join(tmpdir(), 'cannon-training-'));
const sample = join(folder, 'sample');
let config = '';
let table = '';

beforeAll(async () => {
  const context = { signal: new AbortController().signal, report: () => undefined };
  await writeSample(sample, { stars: 120, seed: 3 }, context);
  // A short piece of the spectrum: all paths, little time.
  config = readFileSync(join(sample, 'cannon.yaml'), 'utf8').replace('from: 3900, to: 8750', 'from: 5100, to: 5300');
  table = readFileSync(join(sample, 'labels.csv'), 'utf8');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
/** A survey beside the sample with another config or table. @returns its folder. */
function survey(text: string, rows: string): string {
  const path = join(folder, `survey${count++}`);
  mkdirSync(path);
  symlinkSync(join(sample, 'spectra'), join(path, 'spectra'));
  writeFileSync(join(path, 'cannon.yaml'), text);
  writeFileSync(join(path, 'labels.csv'), rows);
  return path;
}

const modelOf = (path: string) => join(path, 'run', 'main', 'model.fits');

/** A command on such a survey. */
async function run(command: 'train' | 'cv', text: string, rows = table) {
  const path = survey(text, rows);
  const { config, problems } = await loadConfig(join(path, 'cannon.yaml'));
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const job = {
    ...{ config: config!, configHash: '0', run: join(path, 'run'), shard: null },
    ...{ pool: inProcessPool, memoryBytes: 4e9, checkpoint: new Checkpoint(join(path, 'run', 'parts'), 'key') },
  };
  mkdirSync(job.run);
  const events: JobEvent[] = [];
  const work = { train, cv: crossValidateSurvey }[command];
  const exitCode = await runJob({ run: null, listen: (event) => void events.push(event) }, (context) =>
    work(job, context),
  );
  return { exitCode, last: events.at(-1)!, events, model: modelOf(path) };
}

/** Every reference row with one field replaced. */
function edited(column: string, value: (old: string, row: number) => string): string {
  const [head, ...rows] = table.trimEnd().split('\n');
  const k = head!.split(',').indexOf(column);
  expect(k).toBeGreaterThanOrEqual(0);
  const lines = rows.map((row, n) =>
    row
      .split(',')
      .map((field, i) => (i === k ? value(field, n) : field))
      .join(','),
  );
  return [head, ...lines, ''].join('\n');
}

const windows = 'windows: { Mg: { vacuum: [[5160, 5190]] } }\n';

describe('what the config says of training', () => {
  it('reaches the model: terms, masks, errors of labels, a searched penalty, covariances', async () => {
    const text = `${config}${windows}training: { terms: [linear, teff^2], masks: { fe_h: { not: [Mg], margin: 1 } },
  labelErrors: inflate, l1: auto, l1Search: { steps: 4 }, thetaCovariance: full, modes: 2 }\n`;
    const { exitCode, model } = await run('train', text);
    expect(exitCode).toBe(0);
    const { terms, theta, waveAngstrom, record } = await readModel(model);
    expect(terms).toEqual([[], [0], [1], [2], [0, 0]]);
    waveAngstrom.forEach((wave, p) => {
      if (wave >= 5159 && wave < 5191) expect([theta[p * 5 + 3], record!.thetaError[p * 5 + 3]]).toEqual([0, 0]);
    });
    expect(theta.some((x, k) => k % 5 === 3 && x !== 0)).toBe(true);
    expect(record!.thetaCovariance).toHaveLength(waveAngstrom.length * 15);
    expect([1, 10 ** (5 / 3), 10 ** (10 / 3), 1e5].some((x) => Math.abs(record!.l1![0]! / x - 1) < 1e-9)).toBe(true);
  });

  it('gives the same model in this thread and in two worker threads', async () => {
    const text = `${config}${windows}training: { masks: { fe_h: { only: [Mg] } }, labelErrors: down-weight, l1: 30 }\n`;
    const one = await run('train', text);
    const path = survey(text, table);
    const args = ['--config', join(path, 'cannon.yaml'), '--run', join(path, 'run'), '--workers', '2'];
    const { exitCode } = await cannon(['train', ...args]);
    expect([one.exitCode, exitCode]).toEqual([0, 0]);
    const [here, there] = [await readModel(one.model), await readModel(modelOf(path))];
    // Provenance names the program, which is another.
    expect({ ...there, provenance: null }).toEqual({ ...here, provenance: null });
  });

  it('lets stars that lack a masked label train the other pixels', async () => {
    const masks = `${config}${windows}training: { masks: { fe_h: { only: [Mg] } }, missingLabels: `;
    const rows = edited('feh', (old, n) => (n % 3 === 0 ? '' : old));
    const [left, kept] = [
      await run('train', `${masks}leave-out }\n`, rows),
      await run('train', `${masks}per-pixel }\n`, rows),
    ];
    const [out, all] = [await readModel(left.model), await readModel(kept.model)];
    all.waveAngstrom.forEach((wave, p) => {
      if (wave >= 5160 && wave < 5190) expect(all.nStars[p]).toBe(out.nStars[p]);
      else expect(all.nStars[p]!).toBeGreaterThan(out.nStars[p]! + 10);
    });
  });

  it('holds for cross-validation', async () => {
    const text = `${config}${windows}training: { terms: linear, masks: { fe_h: { only: [Mg] } }, l1: 20, labelErrors: inflate, modes: 0 }
crossValidation: { folds: 3 }\n`;
    const { exitCode, last } = await run('cv', text);
    expect(exitCode).toBe(0);
    expect(last).toMatchObject({ kind: 'finished', command: 'cv' });
  });
});

describe('one sentence', () => {
  const failed = (event: JobEvent) => {
    expect(event.kind).toBe('failed');
    return event as Extract<JobEvent, { kind: 'failed' }>;
  };

  it.each([
    [
      'for a constant label',
      () =>
        run(
          'train',
          config,
          edited('logg', () => '4'),
        ),
      'CAN303',
      /^Label "logg" is the same, 4, for all \d+ reference stars of model "main"$/,
    ],
    [
      'for more terms than stars',
      () => run('train', config.replace('snrg >= 20', 'snrg >= 150')),
      'CAN304',
      /^Model "main" has \d+ reference stars, too few for its 10 terms$/,
    ],
    [
      'for a label that another repeats',
      () => run('train', config.replace('{ column: logg }', '{ column: teff }')),
      'CAN305',
      /do not determine its term "logg"$/,
    ],
    [
      'for pixels that no star covers',
      () => run('train', config.replace('from: 5100, to: 5300', 'from: 9800, to: 9900')),
      'CAN301',
      /^Model "main" has no reference stars$/,
    ],
    [
      'for labels without errors',
      () => run('train', `${config}training: { labelErrors: inflate }\n`, table.replaceAll(',e_', ',q_')),
      'CAN307',
      /^The labels of model "main" have no errors that training could heed$/,
    ],
    [
      'for a label that is a word',
      () =>
        run(
          'train',
          config,
          edited('teff', (old, n) => (n === 5 ? 'hot' : old)),
        ),
      'CAN107',
      /"hot"/,
    ],
  ] as const)('%s', async (_, attempt, code, sentence) => {
    const { exitCode, last } = await attempt();
    expect(exitCode).not.toBe(0);
    expect(failed(last).code).toBe(code);
    expect(failed(last).message).toMatch(sentence);
  });

  it('is not needed for infinite and missing labels: their stars are left out, and the funnel counts them', async () => {
    const reference = await run('train', config);
    const nStars = ({ last }: typeof reference) =>
      last.kind === 'finished' && last.command === 'train' ? last.models[0]!.stars : 0;
    const rows = edited('teff', (old, n) =>
      n % 6 === 0 ? 'inf' : n % 6 === 1 ? 'nan' : n % 6 === 2 ? '' : n % 6 === 3 ? '1e400' : old,
    );
    const { exitCode, last, events } = await run('train', config.replace('snrg >= 20 and ', ''), rows);
    expect(exitCode).toBe(0);
    expect(last.kind === 'finished' && last.command === 'train' && last.models[0]!.stars).toBeLessThan(
      nStars(reference) / 2,
    );
    const funnel = events.find((event) => event.kind === 'funnel');
    expect(funnel?.steps.at(-1)?.stars).toBeLessThan(funnel!.steps.at(-2)!.stars);
  });

  it('tells of stars that stand in the table twice, which are left out', async () => {
    const lines = table.trimEnd().split('\n');
    const { exitCode, events } = await run('train', config, [...lines, ...lines.slice(1, 6), ''].join('\n'));
    expect(exitCode).toBe(0);
    const warnings = events.flatMap((event) => (event.kind === 'warning' ? [event.message] : []));
    expect(warnings.filter((message) => /several rows/.test(message))).toEqual([expect.stringMatching(/5/)]);
  });

  it('is not needed for empty pixels: they have no model, and say so', async () => {
    const { exitCode, model } = await run('train', config.replace('from: 5100, to: 5300', 'from: 9000, to: 9300'));
    expect(exitCode).toBe(0);
    const { scatter, nStars, converged, record } = await readModel(model);
    const last = scatter.length - 1;
    expect([scatter[last], nStars[last], converged[last], record!.condition[last]]).toEqual([Infinity, 0, 0, NaN]);
    expect(scatter[0]!).toBeLessThan(Infinity);
  });
});

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newRunFolder, type NewJob } from '../../engine/index';
import { compareRuns, type Comparison } from '../../engine/jobs/compareRuns';
import { comparisonText } from '../../engine/jobs/comparisonText';
import { listRuns, pruneRuns, runAt } from '../../engine/jobs/manageRuns';
import { RunFolder } from '../../engine/jobs/runFolder';
import { cannon } from './command';

const folder = mkdtempSync(join(tmpdir(), 'cannon-runs-'));
const config = join(folder, 'cannon.yaml');
const options = { sigma: 1, most: 10 };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const job: NewJob = {
  ...{
    command: 'infer',
    config,
    options: { samples: 0 },
    seed: 1,
    versions: { cannon: '1' },
    inputs: { [config]: 'h' },
  },
  ...{
    resolved: { training: { modes: 10 }, quality: [{ text: 'snrg > 20', names: [], root: { deep: 1 } }] },
    key: 'k',
  },
};
const header = 'spectrum,teff,e_teff,fe_h,e_fe_h,problem\n';

/** A finished inference as the program leaves it. */
async function finished(name: string, rows: string, changes: Partial<NewJob> = {}, inputs = 'spectrum,sha256\na,1\n') {
  const path = join(folder, '.cannon', 'runs', name);
  const run = await RunFolder.create(path, { ...job, ...changes });
  const out = join(path, 'labels.csv');
  writeFileSync(out, header + rows);
  writeFileSync(join(path, 'inputs.csv'), inputs);
  run.append({ kind: 'started', command: 'infer', total: 3, resumedFrom: 0 });
  const result = { kind: 'finished', command: 'infer', out, spectra: 3, labelled: 3, problems: 0 } as const;
  run.writeResult(result);
  run.append(result);
  run.release();
  return path;
}

beforeAll(async () => {
  writeFileSync(config, '');
  await finished('2026-01-01T00-00-00-infer', 'a,5000,50,0,0.1,\nb,6000,50,0,0.1,\nc,4500,50,,,unread\n');
  await finished(
    '2026-01-02T00-00-00-infer',
    'a,5000,50,0,0.1,\nb,6120,50,-0.05,0.1,\nd,4500,50,0,0.1,\n',
    { resolved: { training: { modes: 5 }, quality: [{ text: 'snrg > 20', names: [], root: { deep: 2 } }] } },
    'spectrum,sha256\na,2\nb,3\n',
  );
});

const runs = (name: string) => join(folder, '.cannon', 'runs', `2026-01-${name}T00-00-00-infer`);

describe('comparing two runs', () => {
  it('tells settings, inputs, and labels that moved by more than their errors, star by star', async () => {
    const found = await compareRuns(runs('01'), runs('02'), options);
    expect(found.isSame).toBe(false);
    expect(found.settings).toEqual([{ where: 'resolved.training.modes', a: '10', b: '5' }]);
    expect(found.files).toMatchObject({ same: 1, counts: { changed: 0, onlyA: 0, onlyB: 0 } });
    expect(found.spectra).toMatchObject({ same: 0, changed: ['a'], onlyB: ['b'] });
    expect(found.results[0]?.stars).toEqual({
      ...{ stars: 2, same: 1, onlyA: 1, onlyB: 1, moved: 1 },
      worst: [{ spectrum: 'b', labels: [{ label: 'teff', a: 6000, b: 6120, sigmas: 2.4 }] }],
      labels: [
        { label: 'teff', moved: 1, largest: 120 },
        { label: 'fe_h', moved: 0, largest: 0.05 },
      ],
      ...{ labelsOnlyA: [], labelsOnlyB: [] },
    });
    const text = comparisonText(found);
    expect(text).toContain('\n  training.modes: 10 → 5\n');
    expect(text).toContain('b: teff 6000 → 6120 (2.4 σ)');
  });

  it('compares the labels that both have, and names those that one has alone', async () => {
    const [without, withVelocity] = [join(folder, 'without'), join(folder, 'velocity')];
    const header = 'spectrum,teff,e_teff';
    const windows = [{ name: 'Mg', windows: [[5168, 5170]] }];
    for (const [run, table, resolved] of [
      [without, `${header}\na,5000,50\nb,6000,50\n`, { windows: [] }],
      [withVelocity, `${header},rv,e_rv\na,5000,50,12,1\nb,,,13,1\n`, { windows }],
    ] as const) {
      cpSync(runs('01'), run, { recursive: true });
      const out = join(run, 'labels.csv');
      writeFileSync(out, table);
      const result = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as object;
      writeFileSync(join(run, 'result.json'), JSON.stringify({ ...result, out }));
      const record = JSON.parse(readFileSync(join(run, 'job.json'), 'utf8')) as object;
      writeFileSync(join(run, 'job.json'), JSON.stringify({ ...record, resolved }));
    }
    const found = await compareRuns(without, withVelocity, options);
    expect(found.settings).toEqual([
      { where: 'resolved.windows.0.name', a: null, b: '"Mg"' },
      { where: 'resolved.windows.0.windows', a: null, b: '[[5168,5170]]' },
    ]);
    expect(found.results[0]?.stars).toMatchObject({ same: 1, moved: 1, labelsOnlyA: [], labelsOnlyB: ['rv'] });
    const text = comparisonText(found);
    expect(text).toContain('\n  Only B has rv\n');
    expect(text).toContain('\n  b: teff 6000 → none\n');
  });

  it('finds nothing between a run and its copy', async () => {
    const copy = join(folder, 'copy');
    cpSync(runs('01'), copy, { recursive: true });
    const found = await compareRuns(runs('01'), copy, options);
    expect(found.isSame).toBe(true);
    expect(comparisonText(found)).toContain('Nothing differs');
  });

  it('refuses runs of different commands, from the command line in one sentence', async () => {
    const other = join(folder, 'cv');
    (await RunFolder.create(other, { ...job, command: 'cv' })).release();
    const { exitCode, stdout, stderr } = await cannon(['runs', 'compare', '--config', config, runs('01'), other]);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error CAN412 .* is a run of infer, .* one of cv\n/);
    const json = await cannon(['runs', 'compare', '--config', config, '--json', '2026-01-01', '2026-01-02']);
    expect((JSON.parse(json.stdout) as Comparison).results[0]?.stars?.moved).toBe(1);
  });
});

describe('runs of a survey', () => {
  it('are listed newest first, found by a name, its beginning, or as the last', async () => {
    const all = await listRuns(config);
    expect(all.map((run) => run.folder)).toEqual([runs('02'), runs('01')]);
    expect((await runAt(config, '2026-01-01')).folder).toBe(runs('01'));
    expect((await runAt(config, 'last')).folder).toBe(runs('02'));
    await expect(runAt(config, '2026')).rejects.toThrow('2 runs begin with "2026"');
    await expect(runAt(config, '2027')).rejects.toThrow(/There is no run "2027"/);
    await expect(runAt(config, '../..')).rejects.toThrow(/There is no run/);
    const { stdout, exitCode } = await cannon(['runs', 'list', '--config', config]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^2026-01-02T00-00-00-infer {2}infer {2}finished .*\n2026-01-01T00-00-00-infer /);
    const shown = await cannon(['runs', 'show', '2026-01-01', '--config', config, '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({ state: 'finished', result: { spectra: 3 }, canResume: false });
  });

  it('that are over cannot be cancelled', async () => {
    const { exitCode, stderr } = await cannon(['runs', 'cancel', 'last', '--config', config]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/error CAN410 .* is finished/);
  });

  it('are removed by age, count and state, but only when asked so, and never one that is running', async () => {
    await expect(pruneRuns(config, {})).rejects.toThrow(/Nothing was removed/);
    await expect(pruneRuns(config, { state: ['done'] })).rejects.toThrow('--state done is not a state');
    const live = newRunFolder(config, 'infer');
    const running = await RunFolder.create(live, job);
    const other = join(folder, '.cannon', 'runs', 'notes');
    mkdirSync(other);
    const later = Date.now() + 10 * 86_400_000;
    expect((await pruneRuns(config, { olderThan: 20 }, later)).removed).toEqual([]);
    const tried = await pruneRuns(config, { olderThan: 5, dryRun: true }, later);
    expect(tried.removed.map((each) => each.folder).sort()).toEqual([runs('01'), runs('02')]);
    expect(existsSync(runs('01'))).toBe(true);
    const { removed } = await pruneRuns(config, { keep: 2, state: ['finished', 'running'] });
    expect(removed.map((each) => each.folder)).toEqual([runs('01')]);
    expect([runs('01'), runs('02'), live, other].map(existsSync)).toEqual([false, true, true, true]);
    const { stdout } = await cannon(['runs', 'prune', '--config', config, '--keep', '0', '--dry-run']);
    expect(stdout).toMatch(/Would remove 1 run, /);
    running.release();
    expect(readFileSync(join(live, 'job.json'), 'utf8')).toContain('"format": 2');
  });
});

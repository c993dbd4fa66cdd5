/** The view of runs without an editor: what is read when, how rows are arranged, and what is said of a run. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimEnd } from '../../client/jobs/claimEnd';
import { comparisonPage } from '../../client/runs/comparisonPage';
import { RunCatalog, type KnownRun } from '../../client/runs/runCatalog';
import { contextOf, pageSize, rowsBelow, topRows, type RunNode } from '../../client/runs/treeModel';
import { runCard, runFacts, statusText } from '../../client/runs/wording';
import { placeOfFailure, readRun, type Comparison, type RunStatus, type StampedEvent } from '../../engine/index';

let survey: string;
let config: string;

beforeEach(() => {
  survey = mkdtempSync(join(tmpdir(), 'cannon-runs-'));
  config = join(survey, 'cannon.yaml');
});
afterEach(() => rmSync(survey, { recursive: true, force: true }));

const second = (n: number): string => new Date(Date.UTC(2026, 10, 20, 12, 0, n)).toISOString();
const started: StampedEvent = { time: second(0), kind: 'started', command: 'train', total: 9, resumedFrom: 0 };
const step = (n: number, done: number): StampedEvent => ({
  ...{ time: second(n), kind: 'progress', stage: 'Training giants', done, total: 4000 },
});
const failed: StampedEvent = {
  ...{ time: second(9), kind: 'failed', code: 'CAN101' },
  ...{ message: 'No file matches x', hint: 'Check `spectra`.' },
};
const trained: StampedEvent = {
  ...{ time: second(9), kind: 'finished', command: 'train' },
  models: [{ name: 'giants', path: '/r/giants/model.fits', stars: 312, pixels: 3600, unconverged: 0 }],
};

/** A run folder with these events; with `live`, this process works on it. */
function writeRun(name: string, events: readonly StampedEvent[], { live = false, result = false } = {}): string {
  const folder = join(survey, '.cannon', 'runs', name);
  mkdirSync(folder, { recursive: true });
  const job = {
    ...{ format: 2, command: 'train', config, resolved: {}, options: {}, seed: 1, versions: { cannon: '0.1.0' } },
    ...{ inputs: {}, key: 'k', created: second(0), attempt: 1, started: second(0), pid: process.pid },
    ...{ host: hostname(), submitted: null },
  };
  writeFileSync(join(folder, 'job.json'), JSON.stringify(job));
  writeFileSync(join(folder, 'events.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  if (result) writeFileSync(join(folder, 'result.json'), JSON.stringify(events.at(-1)));
  if (live) {
    const holder = {
      host: hostname(),
      pid: process.pid,
      since: second(0),
      processStart: '',
      pidNamespace: 'elsewhere',
      token: 'x',
    };
    writeFileSync(join(folder, 'lock-1'), JSON.stringify(holder));
  }
  return folder;
}

describe('what runs there are', () => {
  it('has the newest first, reads those without a result whatever their age, and leaves old finished ones', async () => {
    const name = (n: number) => `2026-01-01T00-00-${String(n).padStart(2, '0')}-train`;
    for (let n = 0; n < 40; n++) writeRun(name(n), n === 3 ? [started] : [started, trained], { result: n !== 3 });
    const catalog = new RunCatalog();
    expect(await catalog.look([config])).toEqual({ isChanged: true, ended: [] });
    const { runs } = catalog;
    expect(runs.map(({ folder }) => folder.slice(-8, -6))).toEqual(
      Array.from({ length: 40 }, (_, n) => String(39 - n).padStart(2, '0')),
    );
    expect(runs.filter(({ status }) => status === null)).toHaveLength(9);
    expect(runs.find(({ folder }) => folder.endsWith(name(3)))?.status?.state).toBe('interrupted');
    await catalog.look([config], { thorough: true });
    expect(catalog.runs.filter(({ status }) => status === null)).toHaveLength(9);
    await catalog.read(runs.map(({ folder }) => folder));
    expect(catalog.runs.every(({ status }) => status !== null)).toBe(true);
  });

  it('tells once of the end of a run that was at work', async () => {
    const folder = writeRun('2026-01-01T00-00-00-train', [started, step(1, 10)], { live: true });
    const catalog = new RunCatalog();
    await catalog.look([config]);
    expect(catalog.live.map((run) => run.folder)).toEqual([folder]);
    writeRun('2026-01-01T00-00-00-train', [started, trained], { result: true });
    const ended: RunStatus[] = [];
    await expect
      .poll(async () => {
        ended.push(...(await catalog.look([config])).ended);
        return ended.length;
      })
      .toBe(1);
    expect(ended[0]?.state).toBe('finished');
    expect((await catalog.look([config], { thorough: true })).ended).toEqual([]);
  });

  it('tells of what an earlier window saw at work and has ended since, but not of what ended before', async () => {
    const seen = writeRun('2026-01-01T00-00-00-train', [started, failed]);
    writeRun('2026-01-01T00-00-01-train', [started, failed]);
    const { ended } = await new RunCatalog([seen]).look([config]);
    expect(ended.map(({ folder }) => folder)).toEqual([seen]);
  });

  it('sees a run that began and ended between two looks, one that was resumed, and one that was removed', async () => {
    const old = writeRun('2026-01-01T00-00-00-train', [started, { time: second(2), kind: 'cancelled', done: 2 }]);
    const catalog = new RunCatalog();
    await catalog.look([config]);
    const name = `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}-train`;
    const fresh = writeRun(name, [started, failed]);
    expect((await catalog.look([config])).ended.map(({ folder }) => folder)).toEqual([fresh]);
    writeRun('2026-01-01T00-00-00-train', [started, step(3, 7)], { live: true });
    await catalog.look([config], { thorough: true });
    expect(catalog.live.map(({ folder }) => folder)).toEqual([old]);
    rmSync(old, { recursive: true });
    expect((await catalog.look([config])).isChanged).toBe(true);
    expect(catalog.at(old)).toBeNull();
  });

  it('is quiet about a survey without runs, and about what is no run', async () => {
    const catalog = new RunCatalog();
    expect(await catalog.look([config])).toEqual({ isChanged: false, ended: [] });
    mkdirSync(join(survey, '.cannon', 'runs', 'mine'), { recursive: true });
    symlinkSync('/nowhere', join(survey, '.cannon', 'runs', '2026-01-01T00-00-00-train'));
    await catalog.look([config]);
    expect(catalog.runs.map(({ status }) => status)).toEqual([null]);
  });
});

describe('telling of the end of a run that several windows see', () => {
  const long: StampedEvent = { ...failed, time: second(50) };

  it('is on one of them, that which started it before the others', async () => {
    const run = await readRun(writeRun('a', [started, long]));
    const claims = [false, true, false].map((isOwn) => claimEnd(run, isOwn, 100));
    expect(await Promise.all(claims)).toEqual([false, true, false]);
    expect(await claimEnd(run, true)).toBe(false);
    expect(await claimEnd({ ...run, job: { ...run.job, started: second(30) } }, true)).toBe(true);
  });

  it('leaves a short run of a terminal to the terminal, and the runs of others to them', async () => {
    const short = await readRun(writeRun('a', [started, failed]));
    expect(await claimEnd(short, false, 1)).toBe(false);
    expect(await claimEnd(short, true)).toBe(true);
    const run = await readRun(writeRun('b', [started, long]));
    expect(await claimEnd({ ...run, folder: join(survey, 'not', 'to', 'be', 'written') }, true)).toBe(false);
  });
});

describe('the tree of runs', () => {
  const now = new Date(2026, 10, 20, 12);
  const known = (createdMs: number, state: RunStatus['state'] | null = null): KnownRun => ({
    ...{ config, folder: `/r/${createdMs}`, createdMs },
    status:
      state === null
        ? null
        : ({ folder: `/r/${createdMs}`, state, job: { command: 'train' }, canResume: state === 'failed' } as RunStatus),
  });
  const at = (...date: [number, number, number, number]) => new Date(...date).getTime();
  const labels = (rows: readonly RunNode[]) => rows.map((row) => (row.kind === 'group' ? row.label : row.folder));

  it('has those at work first, then days, then months, and unfolds the latest', () => {
    const early = known(at(2026, 10, 18, 9), 'queued');
    const others = [
      ...[known(at(2026, 10, 20, 0)), known(at(2026, 10, 19, 23)), known(at(2026, 10, 18, 1))],
      ...[known(at(2026, 9, 30, 1)), known(at(2026, 9, 2, 1)), known(at(2025, 9, 2, 1))],
    ];
    const rows = topRows([early, ...others], now);
    const days = ['Today', 'Yesterday', 'Wednesday 18 November', 'October 2026', 'October 2025'];
    expect(labels(rows)).toEqual([early.folder, ...days]);
    expect(rows.map((row) => row.kind === 'group' && row.isOpen)).toEqual([false, true, false, false, false, false]);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  it('shows a thousand runs of a day by the hundred', () => {
    const runs = Array.from({ length: 1000 }, (_, n) => known(at(2026, 10, 20, 11) - n));
    const [today] = topRows(runs, now);
    const pages = rowsBelow(today!);
    expect(labels(pages).slice(0, 2)).toEqual(['1–100', '101–200']);
    expect(pages.flatMap(rowsBelow).map(({ id }) => id)).toEqual(runs.map(({ folder }) => folder));
    expect(pages.every((page) => rowsBelow(page).length === pageSize)).toBe(true);
  });

  it('names in each row what can be done with it', () => {
    const context = (state: RunStatus['state']) => contextOf(topRows([known(at(2026, 10, 20, 1), state)], now)[0]!);
    expect(context('running')).toBe('run running train');
    const [group] = topRows([known(at(2026, 10, 20, 1), 'failed')], now);
    expect(contextOf(rowsBelow(group!)[0]!)).toBe('run failed train resumable');
    expect(contextOf(group!)).toBe('group');
  });
});

describe('what is said of a run', () => {
  it('tells how far it is, how fast, and how long it will take', async () => {
    // 1500 pixels in 5 s leave 2000 for 7 s.
    const run = await readRun(writeRun('a', [started, step(1, 500), step(6, 2000)], { live: true }));
    expect(run.state).toBe('running');
    expect(runFacts(run)).toBe('50 % · 0:07 left · 300 pixels/s');
    expect(statusText([run])?.short).toBe('$(sync~spin) Training 50 % · 0:07 left');
    const queued: RunStatus = { ...run, state: 'queued' };
    expect(statusText([run, run, queued])?.short).toBe('$(sync~spin) 2 Cannon jobs: 50 %, 50 % · 0:07 left, 1 queued');
    expect(statusText([queued])?.short).toBe('$(clock) 1 Cannon job queued');
    expect(statusText([])).toBeNull();
  });

  it('tells what came of it, or why nothing', async () => {
    const finished = await readRun(writeRun('a', [started, trained], { result: true }));
    expect(runFacts(finished)).toBe('giants on 312 stars');
    const broken = await readRun(writeRun('b', [started, failed]));
    expect(runFacts(broken)).toBe('No file matches x');
    expect(runCard(broken)).toContain('**No file matches x.** Check \\`spectra\\`.');
    expect(runFacts(await readRun(writeRun('c', [started, step(2, 1000)])))).toBe('stopped without a word at 25 %');
  });

  it('makes no Markdown of paths and messages', async () => {
    const odd: StampedEvent = { ...failed, message: 'No *file* <b>matches</b>\n[x](y)' };
    const card = runCard(await readRun(writeRun('a', [started, odd])));
    expect(card).toContain('No \\*file\\* \\<b\\>matches\\</b\\> \\[x\\]\\(y\\)');
  });
});

describe('a comparison as a page', () => {
  const files = { same: 2, changed: [], onlyA: [], onlyB: [], counts: { changed: 0, onlyA: 0, onlyB: 0 } };
  const name = (folder: string) => ({ folder, command: 'infer', state: 'finished' }) as const;
  const equal: Comparison = {
    ...{ a: name('/r/a'), b: name('/r/b'), sigma: 1, settings: [], files, spectra: files, isSame: true },
    results: [{ name: 'labels', isSame: true, stars: null, model: null }],
  };

  it('says that nothing differs when nothing does', () => {
    expect(comparisonPage(equal)).toContain('Nothing differs');
  });

  it('shows settings, files and the stars whose labels moved; what JSON cannot say has a sign', () => {
    const moved = { label: 'teff', a: 5000, b: null, sigmas: null } as never;
    const page = comparisonPage({
      ...equal,
      isSame: false,
      settings: [{ where: 'resolved.grid.step', a: '0.0001', b: null }],
      files: { ...files, changed: ['/s/a|b.csv'], counts: { ...files.counts, changed: 1 } },
      results: [
        {
          ...{ name: 'labels', isSame: false, model: null },
          stars: {
            ...{ stars: 1200, same: 1199, onlyA: 0, onlyB: 3, moved: 1 },
            worst: [{ spectrum: 'one.fits', labels: [moved] }],
            labels: [{ label: 'teff', moved: 1, largest: 0 }],
            ...{ labelsOnlyA: [], labelsOnlyB: ['rv'] },
          },
        },
      ],
    });
    expect(page).toContain('| `resolved.grid.step` | `0.0001` | (none) |');
    expect(page).toContain('- `/s/a\\|b.csv`');
    expect(page).toContain('1,200 stars in both, 3 only in B');
    expect(page).toContain('Only B has `rv`.');
    expect(page).toContain('| `one.fits` | `teff` | 5000 | none | ∞ |');
  });
});

describe('the line to blame for a failure', () => {
  const text = [
    ...[
      'survey: lamost-lrs',
      'spectra: a/*.fits',
      'reference:',
      '  file: labels.csv',
      '  match: { spectrum.OBSID: obsid }',
    ],
    ...['labels:', '  teff: { column: Teff_K }', '  logg: {}', 'quality: ["snrg >= 20"]'],
    ...['models:', '  giants: { where: "logg < 3", labels: [teff, logg] }', ''],
  ].join('\n');
  const blamed = (code: string, message: string): string | null => {
    const range = placeOfFailure({ code, message }, text, '/s/cannon.yaml');
    return range && text.slice(range.start, range.end);
  };

  it('is that of the key, or of the label, column or model that the sentence names', () => {
    expect(blamed('CAN101', 'No file matches a/*.fits in /s')).toBe('spectra');
    expect(blamed('CAN102', '/s/labels.csv has no rows')).toBe('file');
    expect(blamed('CAN103', 'labels.csv has no column "Teff_K"')).toBe('column');
    expect(blamed('CAN103', 'labels.csv has no column "snrg"')).toBe('"snrg >= 20"');
    expect(blamed('CAN103', 'labels.csv has no column "logg"')).toBe('logg');
    expect(blamed('CAN108', 'Model giants has no training star: 3 → 0')).toBe('giants');
    expect(blamed('CAN303', 'Label "logg" is the same, 4, for all 9 reference stars of model "giants"')).toBe('logg');
  });

  it('is the nearest key above one that the file leaves out, and none where the file is not to blame', () => {
    expect(blamed('CAN310', 'Cannot divide 3 stars into 12 folds')).toBeNull();
    expect(blamed('CAN402', 'The disk is full')).toBeNull();
    expect(placeOfFailure({ code: 'CAN101', message: 'x' }, 'survey: [', '/s/cannon.yaml')).toBeNull();
  });
});

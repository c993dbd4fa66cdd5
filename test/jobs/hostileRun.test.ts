/** What somebody may have put into a run's folder, or a crash left there: read within bounds, at once, and never believed. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readEvents, readLog, readResult, readRun, requestCancel } from '../../engine/index';
import type { NewJob } from '../../engine/jobs/jobRecord';
import { reviewStars } from '../../engine/jobs/reviewFile';
import { RunFolder } from '../../engine/jobs/runFolder';
import { lockIn } from '../../engine/jobs/runLock';
import { parseShallow } from '../../engine/jobs/shape';
import { readReview } from '../../engine/reference/review';

const root = mkdtempSync(join(tmpdir(), 'cannon-hostile-'));
let run: string;
let count = 0;
const job: NewJob = {
  ...{ command: 'train', config: '/survey/cannon.yaml', resolved: {}, options: {}, seed: 1 },
  ...{ versions: {}, inputs: {}, key: 'k' },
};
const at = (name: string) => join(run, name);
const line = (event: object) => `${JSON.stringify({ time: '2026-11-20T10:00:00.000Z', ...event })}\n`;
const progress = (done: number) => line({ kind: 'progress', stage: 'Training', done, total: 9 });

beforeEach(async () => {
  run = join(root, String(count++));
  (await RunFolder.create(run, job)).release();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What may lie in the place of a file. */
const inPlace: Readonly<Record<string, (path: string) => void>> = {
  'a pipe': (path) => execFileSync('mkfifo', [path]),
  'a folder': (path) => mkdirSync(path),
  'a link to itself': (path) => symlinkSync(path, path),
  'a link to /dev/zero': (path) => symlinkSync('/dev/zero', path),
  'a hole of 5 GB': (path) => {
    writeFileSync(path, '');
    truncateSync(path, 5e9);
  },
  'no text': (path) => writeFileSync(path, Buffer.from(Array.from({ length: 5000 }, (_, k) => (k * 37) % 256))),
  'brackets nested a million times': (path) => writeFileSync(path, '['.repeat(1e6) + ']'.repeat(1e6)),
};

describe.skipIf(process.platform === 'win32').each(Object.keys(inPlace))('%s', (what) => {
  const put = (name: string) => {
    rmSync(at(name), { force: true });
    inPlace[what]!(at(name));
  };

  it('in the place of events.jsonl, result.json, log.txt or a lock says nothing', async () => {
    for (const name of ['events.jsonl', 'result.json', 'log.txt', 'lock-7']) put(name);
    expect((await readEvents(run)).events).toEqual([]);
    expect(await readResult(run)).toBeNull();
    expect((await readLog(run)).length).toBeLessThanOrEqual(1e6);
    expect(lockIn(run)).toBeNull();
    expect((await readRun(run)).state).toBe('interrupted');
  });

  it('in the place of job.json is no run', async () => {
    put('job.json');
    await expect(readRun(run)).rejects.toThrow('is not a run: its job.json is damaged');
  });

  it('in the place of review.yaml is a problem, and is left as it is', async () => {
    put('review.yaml');
    const { problems } = await readReview(run);
    expect(problems.map(({ code }) => code)).toEqual(['CAN170']);
    expect(() => reviewStars(run, [{ star: '1', entry: null }])).toThrow(/review\.yaml/);
  });

  it('in the place of `cancel` is a wish to stop, and to stop is asked without waiting', async () => {
    put('cancel');
    await requestCancel(run).catch(() => undefined);
    expect(existsSync(at('cancel')) || what === 'a link to itself').toBe(true);
  });
});

it.each(['a pipe', 'a folder', 'a link to itself', 'a link to /dev/zero'])(
  'a run is not gone on with, and says so at once, where %s lies in the place of its events',
  async (what) => {
    rmSync(at('events.jsonl'), { force: true });
    inPlace[what]!(at('events.jsonl'));
    await expect(RunFolder.resume(run)).rejects.toThrow(/events\.jsonl is a (pipe|folder|link), and a run writes only/);
    expect(lockIn(run)?.isLive ?? false).toBe(false);
  },
);

it('writes nothing through links that lie in the place of its spare room and its log', async () => {
  const own = join(root, 'precious.txt');
  writeFileSync(own, 'a thesis');
  for (const name of ['spare', 'log.txt']) {
    rmSync(at(name), { force: true });
    symlinkSync(own, at(name));
    await expect(RunFolder.create(run, job)).rejects.toThrow(/is a link, and a run writes only to files of its own/);
    rmSync(at(name));
  }
  expect(readFileSync(own, 'utf8')).toBe('a thesis');
});

describe('events', () => {
  const events = () => at('events.jsonl');

  it.each<[string, string]>([
    ['nothing', 'null\n'],
    ['a number', '7\n'],
    ['a list', '[{}]\n'],
    ['an unknown kind', line({ kind: 'exploded' })],
    ['a kind of every object', line({ kind: 'constructor' })],
    ['a time that is no text', line({ kind: 'resumed', attempt: 1, time: [1] })],
    ['a stage that is no text', line({ kind: 'progress', stage: {}, done: 1, total: 2 })],
    ['a hint that is no text', line({ kind: 'failed', code: 'CAN900', message: 'x', hint: 5 })],
    ['models that are no list', line({ kind: 'finished', command: 'train', models: 'all' })],
    ['models without names', line({ kind: 'finished', command: 'train', models: [null] })],
  ])('of %s are left out', async (_, text) => {
    writeFileSync(events(), `${progress(1)}${text}${progress(2)}`);
    expect((await readEvents(run)).events).toMatchObject([{ done: 1 }, { done: 2 }]);
    expect((await readRun(run)).progress?.done).toBe(2);
  });

  it('are read on from where they were read to, a line at a time and never half a line', async () => {
    const [one, two] = [progress(1), progress(2)];
    writeFileSync(events(), one + two.slice(0, 20));
    const first = await readEvents(run);
    expect(first).toMatchObject({ events: [{ done: 1 }], nextByte: one.length });
    appendFileSync(events(), two.slice(20));
    expect(await readEvents(run, first.nextByte)).toMatchObject({
      events: [{ done: 2 }],
      nextByte: one.length + two.length,
    });
  });

  it('before and after a hole of 5 GB are read, and what follows too', async () => {
    writeFileSync(events(), line({ kind: 'started', command: 'train', total: 9, resumedFrom: 0 }) + progress(1));
    truncateSync(events(), 5e9);
    appendFileSync(events(), `\n${progress(2)}`);
    const first = await readEvents(run);
    expect(first.events).toMatchObject([{ kind: 'started' }, { done: 1 }, { done: 2 }]);
    appendFileSync(events(), progress(3));
    expect((await readEvents(run, first.nextByte)).events).toMatchObject([{ done: 3 }]);
  });

  it('after a line without end are read once it has ended', async () => {
    writeFileSync(events(), progress(1));
    truncateSync(events(), 70e6);
    const first = await readEvents(run);
    expect(first.events).toMatchObject([{ done: 1 }]);
    const second = await readEvents(run, first.nextByte);
    expect(second.nextByte).toBeLessThanOrEqual(70e6);
    appendFileSync(events(), `\n${progress(2)}`);
    expect((await readEvents(run, second.nextByte)).events).toMatchObject([{ done: 2 }]);
  });
});

it.each<[string, unknown]>([
  ['another kind', { kind: 'failed' }],
  ['no command', { kind: 'finished' }],
  ['nothing that was made', { kind: 'finished', command: 'infer' }],
  ['a path that is none', { kind: 'finished', command: 'infer', out: { toString: 1 } }],
])('a result of %s is none', async (_, result) => {
  writeFileSync(at('result.json'), JSON.stringify(result));
  expect(await readResult(run)).toBeNull();
});

it('brackets in texts nest nothing', () => {
  const deep = { text: '['.repeat(5000), quoted: '"\\[{' };
  expect(parseShallow(JSON.stringify(deep))).toEqual(deep);
});

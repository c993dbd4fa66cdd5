import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { enqueueRun, readRun, requestCancel, type FinishedEvent, type NewJob } from '../../engine/index';
import { RunFolder, shardFolder } from '../../engine/jobs/runFolder';

const root = mkdtempSync(join(tmpdir(), 'cannon-read-run-'));
let count = 0;
const fresh = () => join(root, String(count++));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const job: NewJob = {
  ...{ command: 'infer', config: '/survey/cannon.yaml', resolved: {}, options: {}, seed: 1, versions: {}, inputs: {} },
  key: 'k',
};
const result: FinishedEvent = { kind: 'finished', command: 'infer', out: 'x', spectra: 1, labelled: 1, problems: 0 };
const started = { kind: 'started', command: 'infer', total: 100, resumedFrom: 0 } as const;

it('goes through the states of docs/runs.md', async () => {
  const path = fresh();
  await enqueueRun(path, job, { system: 'slurm', id: '7', time: 'now' });
  expect(await readRun(path)).toMatchObject({ state: 'queued', job: { attempt: 0, submitted: { id: '7' } } });
  const first = await RunFolder.create(path, job);
  first.append(started);
  expect(await readRun(path)).toMatchObject({ state: 'running', job: { attempt: 1, submitted: null } });
  first.release();
  expect(await readRun(path)).toMatchObject({ state: 'interrupted', canResume: true });
  const second = await RunFolder.resume(path);
  expect(await readRun(path)).toMatchObject({ state: 'running', job: { attempt: 2 } });
  second.append({ kind: 'failed', code: 'CAN402', message: 'The disk is full', hint: 'Free some.' });
  second.release();
  expect(await readRun(path)).toMatchObject({ state: 'failed', failure: { code: 'CAN402' }, canResume: true });
  const third = await RunFolder.resume(path);
  expect((await readRun(path)).state).toBe('running');
  third.append({ kind: 'cancelled', done: 3 });
  third.release();
  expect(await readRun(path)).toMatchObject({ state: 'cancelled', failure: null, canResume: true });
  const fourth = await RunFolder.resume(path);
  fourth.writeResult(result);
  fourth.release();
  expect(await readRun(path)).toMatchObject({ state: 'finished', result, canResume: false });
  await expect(RunFolder.resume(path)).rejects.toThrow('has finished');
});

it('is cancelled when it was asked to stop before a queue began it', async () => {
  const path = fresh();
  await enqueueRun(path, job, { system: 'slurm', id: '7', time: 'now' });
  await requestCancel(path);
  expect((await readRun(path)).state).toBe('cancelled');
});

it('tells pace and time left from the last steps of the stage', async () => {
  const path = fresh();
  const run = await RunFolder.create(path, job);
  const step = (second: number, stage: string, done: number) =>
    appendFileSync(
      join(path, 'events.jsonl'),
      `${JSON.stringify({ time: new Date(second * 1000).toISOString(), kind: 'progress', stage, done, total: 100 })}\n`,
    );
  step(0, 'Reading', 100);
  step(10, 'Inferring', 10);
  expect(await readRun(path)).toMatchObject({ rate: null, secondsLeft: null });
  step(20, 'Inferring', 50);
  expect(await readRun(path)).toMatchObject({
    ...{ progress: { stage: 'Inferring', done: 50, total: 100 }, rate: 4, secondsLeft: 12.5 },
  });
  run.release();
});

it('does not mind a line that a crash tore, and goes on in a new one', async () => {
  const path = fresh();
  const run = await RunFolder.create(path, job);
  run.append(started);
  appendFileSync(join(path, 'events.jsonl'), '{"time":"2026-01-01T00:00:00.000Z","kind":"fail');
  run.release();
  expect((await readRun(path)).state).toBe('interrupted');
  const next = await RunFolder.resume(path);
  next.append({ kind: 'cancelled', done: 0 });
  next.release();
  expect((await readRun(path)).state).toBe('cancelled');
  expect(readFileSync(join(path, 'events.jsonl'), 'utf8').split('\n')).toHaveLength(5);
});

it('refuses what a newer version made, and what is no run, in a sentence', async () => {
  const [newer, none] = [fresh(), fresh()];
  mkdirSync(newer);
  writeFileSync(join(newer, 'job.json'), '{"format": 3}');
  await expect(readRun(newer)).rejects.toThrow(/made by a newer version \(its format is 3, this version knows 2\)/);
  await expect(RunFolder.create(newer, job)).rejects.toThrow(/made by a newer version/);
  await expect(readRun(none)).rejects.toThrow(/is not a run: it has no job.json/);
});

it('reads a run of format 1', async () => {
  const path = fresh();
  mkdirSync(path);
  const old = { version: 1, command: 'train', config: '/c', resolved: {}, seed: 1, pid: 1, host: 'h', started: 's' };
  writeFileSync(join(path, 'job.json'), JSON.stringify({ ...old, versions: {}, inputs: {} }));
  writeFileSync(join(path, 'result.json'), JSON.stringify({ kind: 'finished', command: 'train', models: [] }));
  expect(await readRun(path)).toMatchObject({ state: 'finished', job: { format: 2, attempt: 1, created: 's' } });
});

it('runs while one of its shards does, and waits again between them', async () => {
  const path = fresh();
  await enqueueRun(path, job, { system: 'slurm', id: '7', time: 'now' });
  const shard = { index: 0, count: 2 };
  const first = await RunFolder.shard(path, shard);
  first.append({ kind: 'progress', stage: 'Inferring', done: 10, total: 50 });
  expect(await readRun(path)).toMatchObject({
    state: 'running',
    // The other of the two shards has as much before it, as far as anyone knows.
    progress: { done: 10, total: 100 },
    shards: [{ index: 0, count: 2, state: 'running', folder: shardFolder(path, shard) }],
  });
  first.append({ kind: 'shardFinished', shard, chunks: 5, isComplete: false });
  first.release();
  expect(await readRun(path)).toMatchObject({ state: 'queued', shards: [{ state: 'finished' }] });
});

it('stops a shard at the cancel file of its run', async () => {
  const path = fresh();
  await enqueueRun(path, job, { system: 'slurm', id: '7', time: 'now' });
  const shard = await RunFolder.shard(path, { index: 1, count: 2 });
  expect(shard.cancelRequested()).toBe(false);
  await requestCancel(path);
  expect(shard.cancelRequested()).toBe(true);
  shard.release();
});

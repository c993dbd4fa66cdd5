import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Follower } from '../../client/jobs/follower';
import { foreignProcess, startProcess, type JobProcess } from '../../client/jobs/process';
import type { StampedEvent } from '../../engine/index';

const fakeCli = join(import.meta.dirname, '..', 'fixtures', 'fakeCannon.mjs');

let survey: string;
let runFolder: string;
const started: JobProcess[] = [];

beforeEach(() => {
  survey = mkdtempSync(join(tmpdir(), 'cannon-follower-'));
  runFolder = join(survey, '.cannon', 'runs', 'one-infer');
});
afterEach(() => {
  for (const process of started.splice(0)) process.kill('SIGKILL');
  rmSync(survey, { recursive: true, force: true, maxRetries: 5 });
});

async function start(behaviour: string): Promise<JobProcess> {
  const process = await startProcess(fakeCli, {
    command: 'infer',
    config: join(survey, 'cannon.yaml'),
    runFolder,
    args: [behaviour],
  });
  started.push(process);
  return process;
}

/** A follower with short waits, everything it told, and a promise of the first event of a kind. */
function follow(process: JobProcess, graceMs = 60_000) {
  const follower = new Follower(runFolder, process, { pollMs: 10, graceMs });
  const events: StampedEvent[] = [];
  const waiting = new Map<string, () => void>();
  follower.onChange((_state, event) => {
    if (event === null) return;
    events.push(event);
    waiting.get(event.kind)?.();
  });
  const first = (kind: StampedEvent['kind']): Promise<void> =>
    new Promise((resolve) => {
      if (events.some((event) => event.kind === kind)) resolve();
      else waiting.set(kind, resolve);
    });
  return { follower, events, first };
}

describe('following a job by its run folder', () => {
  it('hears every event in order and how the job finished', async () => {
    const { follower, events } = follow(await start('finish'));
    expect(await follower.ended).toMatchObject({ kind: 'finished', event: { command: 'infer', labelled: 4 } });
    expect(events.map(({ kind }) => kind)).toEqual(['started', 'progress', 'warning', 'finished']);
    expect(follower.state).toMatchObject({ stage: 'reading spectra', done: 2, total: 5, nWarnings: 1 });
  });

  it('passes on the sentence and the hint of a failure', async () => {
    const { follower } = follow(await start('fail'));
    expect(await follower.ended).toEqual({ kind: 'failed', message: 'No file matches "x"', hint: 'Check the path.' });
  });

  it('reports a process that died without a word, with the last lines of its log', async () => {
    const { follower } = follow(await start('crash'));
    const outcome = await follower.ended;
    expect(outcome).toMatchObject({ kind: 'died' });
    expect(outcome).toHaveProperty('lastLines', expect.stringContaining('out of stars'));
    expect(await readFile(join(runFolder, 'log.txt'), 'utf8')).toContain('out of stars');
  });

  it('leaves a job alone that it stops following, and a second follower finds it again', async () => {
    const process = await start('wait for a file');
    const early = follow(process);
    await early.first('progress');
    early.follower.stop();
    expect(await early.follower.ended).toBeNull();
    expect(process.lives()).toBe(true);

    const late = follow(foreignProcess(process.pid, true));
    await late.first('progress');
    writeFileSync(join(runFolder, 'go'), '');
    expect(await late.follower.ended).toMatchObject({ kind: 'finished' });
    expect(late.events.map(({ kind }) => kind)).toEqual(['started', 'progress', 'finished']);
  });

  it('reads the last word of a job that ended while nobody followed it', async () => {
    const process = await start('finish');
    await follow(process).follower.ended;
    const gone = { pid: process.pid, lives: () => false, kill: () => undefined };
    expect(await follow(gone).follower.ended).toMatchObject({ kind: 'finished' });
  });

  it('says so when the process cannot be started', async () => {
    rmSync(survey, { recursive: true });
    writeFileSync(survey, 'a file where the folder should be');
    await expect(start('finish')).rejects.toThrow(/ENOTDIR|EEXIST/);
  });
});

describe('cancelling a job', () => {
  it('asks with the cancel file first', async () => {
    const process = await start('wait for cancel');
    const { follower, first } = follow(process);
    await first('progress');
    follower.cancel();
    expect(follower.cancelling).toBe(true);
    expect(await follower.ended).toEqual({ kind: 'cancelled' });
  });

  it('asks again when the job cleared its folder after the first request', async () => {
    const { follower } = follow(await start('clear the folder first'));
    follower.cancel();
    expect(await follower.ended).toEqual({ kind: 'cancelled' });
  });

  it('sends SIGTERM to a job that does not look at the file', async () => {
    const { follower, first } = follow(await start('wait for SIGTERM'), 50);
    await first('progress');
    follower.cancel();
    expect(await follower.ended).toEqual({ kind: 'cancelled' });
  });

  it('ends a job that heeds neither, and counts it as cancelled', async () => {
    const process = await start('heed nothing');
    const { follower, first } = follow(process, 100);
    await first('progress');
    follower.cancel();
    expect(await follower.ended).toEqual({ kind: 'cancelled' });
    expect(existsSync(join(runFolder, 'heard'))).toBe(true);
    expect(process.lives()).toBe(false);
  });

  it('asks a job on another host by the file alone', async () => {
    mkdirSync(runFolder, { recursive: true });
    const { follower } = follow(foreignProcess(process.pid, false), 10);
    follower.cancel();
    await vi.waitFor(() => expect(existsSync(join(runFolder, 'cancel'))).toBe(true));
    const answer = { time: new Date().toISOString(), kind: 'cancelled', done: 0 };
    writeFileSync(join(runFolder, 'events.jsonl'), `${JSON.stringify(answer)}\n`);
    expect(await follower.ended).toEqual({ kind: 'cancelled' });
  });
});

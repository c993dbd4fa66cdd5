import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRun, type FinishedEvent } from '../../engine/index';
import { cannon, program } from './command';
import { fractions, resultsOf, survive, type KilledJob } from './killing';

const folder = mkdtempSync(join(tmpdir(), 'cannon-survival-'));
const config = join(folder, 'survey', 'cannon.yaml');
const alone = join(folder, 'survey', 'alone.yaml');
const model = join(folder, 'train', 'main', 'model.fits');
const commands = {
  train: ['train', '--config', config, '--workers', '1'],
  cv: ['cv', '--config', config, '--workers', '1'],
  leaveOneOut: ['cv', '--config', alone, '--workers', '1'],
  infer: ['infer', '--config', config, '--model', model, '--samples', '5', '--workers', '1'],
} as const;
type Name = keyof typeof commands;
const durations = new Map<Name, number>();

/** What an uninterrupted run makes; it is in the folder of the command's name. */
const expected = (name: Name) => resultsOf(join(folder, name));

beforeAll(async () => {
  expect((await cannon(['sample', join(folder, 'survey'), '--stars', '80', '--seed', '5'])).exitCode).toBe(0);
  const text = readFileSync(config, 'utf8').replace(/step: 1e-4/, 'step: 4e-4');
  writeFileSync(config, `${text}\ncrossValidation: { folds: 3, seed: 1 }\n`);
  writeFileSync(alone, `${text}\ncrossValidation: { folds: leave-one-out, seed: 1 }\n`);
  for (const name of ['train', 'cv', 'leaveOneOut', 'infer'] as const) {
    const start = Date.now();
    const { exitCode, stderr } = await cannon([...commands[name], '--run', join(folder, name)]);
    expect(stderr).not.toMatch(/^error/m);
    expect(exitCode).toBe(0);
    durations.set(name, Date.now() - start);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a job that is killed', () => {
  it('at 50 random instants and resumed gives, bit for bit, what an uninterrupted one gives', async () => {
    const random = fractions(20261120);
    let [kills, atWork] = [0, 0];
    const lane = async (names: readonly Name[], lane: number) => {
      for (let round = 0; kills < 50; round++) {
        const name = names[round % names.length]!;
        const job: KilledJob = {
          args: commands[name],
          run: join(folder, `lane${lane}`),
          durationMs: durations.get(name)!,
        };
        const ordeal = await survive(job, Math.min(6, 50 - kills), random);
        kills += ordeal.kills;
        atWork += ordeal.atWork;
        expect(ordeal.states.filter((state) => state !== 'interrupted' && state !== 'finished')).toEqual([]);
        const results = resultsOf(job.run);
        expect(results).toEqual(expected(name));
        // What was there between kills was whole.
        for (const [path, hash] of ordeal.early) expect(`${path} ${hash}`).toBe(`${path} ${expected(name).get(path)}`);
        expect((await readRun(job.run)).state).toBe('finished');
      }
    };
    await Promise.all([lane(['train', 'leaveOneOut', 'infer'], 0), lane(['cv', 'infer', 'leaveOneOut'], 1)]);
    expect(kills).toBeGreaterThanOrEqual(50);
    // Not all may strike a program that has done nothing yet.
    expect(atWork).toBeGreaterThan(0);
  }, 400_000);

  it('does again what the disk has damaged, and only that', async () => {
    const run = join(folder, 'damaged');
    const prepare = await cannon([...commands.infer, '--run', run, '--prepare']);
    expect(prepare.exitCode).toBe(0);
    expect((await cannon(['infer', '--config', config, '--run', run, '--shard', '0/1'])).exitCode).toBe(0);
    truncateSync(join(run, 'checkpoint', 'labels', '000', '000002.chunk'), 500);
    const { exitCode, events } = await cannon(['runs', 'resume', run, '--json']);
    expect(exitCode).toBe(0);
    expect(events.find((event) => event.kind === 'started')).toMatchObject({ total: 80, resumedFrom: 64 });
    expect(resultsOf(run)).toEqual(expected('infer'));
  });
});

describe('a run', () => {
  it('refuses to go on when its config or its stars have changed, and says which', async () => {
    const run = join(folder, 'changed');
    expect((await cannon([...commands.cv, '--run', run, '--prepare'])).exitCode).toBe(0);
    const text = readFileSync(config, 'utf8');
    try {
      writeFileSync(config, text.replace('folds: 3', 'folds: 4'));
      const { exitCode, stderr } = await cannon(['runs', 'resume', run]);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`error CAN407 The run in ${run} cannot go on: ${config} changed since`);
    } finally {
      writeFileSync(config, text);
    }
    expect((await cannon(['runs', 'resume', run])).exitCode).toBe(0);
    expect(resultsOf(run)).toEqual(expected('cv'));
  });

  it('that has finished has nothing to resume', async () => {
    const { exitCode, stderr } = await cannon(['runs', 'resume', join(folder, 'train')]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/error CAN410 The train in .* has finished/);
  });

  it('fails with a sentence when the disk takes no more, keeps earlier results, and goes on when there is room', async () => {
    const run = join(folder, 'full');
    expect((await cannon([...commands.train, '--run', run])).exitCode).toBe(0);
    const before = resultsOf(run);
    const limited = [
      '-c',
      'ulimit -f 40; exec "$@"',
      'bash',
      process.execPath,
      program,
      ...commands.train,
      '--run',
      run,
    ];
    expect(() => execFileSync('bash', limited, { stdio: 'pipe' })).toThrow(
      /error CAN402 The disk takes no more from you/,
    );
    expect(await readRun(run)).toMatchObject({ state: 'failed', failure: { code: 'CAN402' }, canResume: true });
    expect(resultsOf(run)).toEqual(before);
    expect((await cannon(['runs', 'resume', run])).exitCode).toBe(0);
    expect(resultsOf(run)).toEqual(before);
  });
});

describe('shards', () => {
  it.each(['infer', 'cv', 'leaveOneOut'] as const)(
    'of %s, each done twice by several processes, merge into the same bytes',
    async (name) => {
      const run = join(folder, `shards-${name}`);
      expect((await cannon([...commands[name], '--run', run, '--prepare'])).exitCode).toBe(0);
      expect((await readRun(run)).state).toBe('queued');
      const shard = (index: number) =>
        cannon([...commands[name].slice(0, 3), '--run', run, '--shard', `${index}/3`, '--json']);
      const both = await Promise.all([shard(0), shard(1)]);
      expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
      expect((await shard(1)).events.at(-1)).toMatchObject({ kind: 'shardFinished', isComplete: false });
      expect((await readRun(run)).shards.map(({ index, state }) => [index, state])).toEqual([
        [0, 'finished'],
        [1, 'finished'],
      ]);
      // The merge does what is missing.
      const merged = await cannon(['runs', 'resume', run, '--json']);
      expect(merged.exitCode).toBe(0);
      const alone = JSON.parse(readFileSync(join(folder, name, 'result.json'), 'utf8')) as FinishedEvent;
      expect({ ...merged.events.at(-1), out: '', models: [] }).toEqual({ ...alone, out: '', models: [] });
      expect(resultsOf(run)).toEqual(expected(name));
      const late = await shard(2);
      expect(late.exitCode).toBe(1);
      expect(late.events.at(-1)).toMatchObject({ kind: 'failed', code: 'CAN411' });
      expect((await readRun(run)).state).toBe('finished');
    },
  );
});

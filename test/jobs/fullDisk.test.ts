/** Runs on a real disk that fills up: a small one in memory, which only root can mount. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRun } from '../../engine/index';
import { cannon } from './command';
import { resultsOf } from './killing';

const folder = mkdtempSync(join(tmpdir(), 'cannon-full-'));
const disk = join(folder, 'disk');
const canMount = mounted();
const config = join(folder, 'survey', 'cannon.yaml');
const model = join(folder, 'model', 'main', 'model.fits');
const commands = {
  train: ['train', '--config', config, '--workers', '1'],
  infer: ['infer', '--config', config, '--model', model, '--samples', '5', '--average', 'stars.csv', '--workers', '1'],
};

function mounted(): boolean {
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'cannon', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

afterAll(() => {
  if (canMount) execFileSync('umount', [disk]);
  rmSync(folder, { recursive: true, force: true });
});

const ballast = join(disk, 'ballast');

/** Fill the disk up to so many bytes. */
function leaveFree(bytes: number): void {
  writeFileSync(ballast, '');
  const { bavail, bsize } = statfsSync(disk);
  appendFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - bytes)));
}

describe.skipIf(!canMount)('a run on a full disk (skipped: not root)', () => {
  const whole = new Map<string, Map<string, string>>();
  const runOf = (name: string) => join(disk, name);
  const argsOf = (name: keyof typeof commands) => [
    ...commands[name].map((arg) => (arg === 'stars.csv' ? join(runOf(name), arg) : arg)),
    ...['--run', runOf(name)],
  ];

  beforeAll(async () => {
    expect((await cannon(['sample', join(folder, 'survey'), '--stars', '80', '--seed', '5'])).exitCode).toBe(0);
    writeFileSync(config, readFileSync(config, 'utf8').replace(/step: 1e-4/, 'step: 4e-4'));
    expect((await cannon([...commands.train, '--run', join(folder, 'model')])).exitCode).toBe(0);
    for (const name of ['train', 'infer'] as const) {
      expect((await cannon(argsOf(name))).exitCode).toBe(0);
      whole.set(name, resultsOf(runOf(name)));
    }
  });

  it.each([
    ['infer', 20_000],
    ['infer', 48_000],
    ['infer', 88_000],
    ['train', 100_000],
  ] as const)('says so, keeps what was there, and goes on when there is room: %s with %d bytes', async (name, free) => {
    const run = runOf(name);
    leaveFree(free);
    const failed = await cannon(argsOf(name));
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain('error CAN402 The disk is full');
    // The last word found room, that of the spare file, and is whole.
    expect(readFileSync(join(run, 'events.jsonl'), 'utf8')).toMatch(/"kind":"failed","code":"CAN402".*\}\n$/);
    expect(existsSync(join(run, 'spare'))).toBe(false);
    expect(await readRun(run)).toMatchObject({ state: 'failed', failure: { code: 'CAN402' }, canResume: true });
    expect(resultsOf(run)).toEqual(whole.get(name));
    rmSync(ballast);
    const resumed = await cannon(['runs', 'resume', run]);
    expect(resumed.stderr).not.toContain('error');
    expect(resumed.exitCode).toBe(0);
    expect(resultsOf(run)).toEqual(whole.get(name));
  });

  it('takes nothing away when there is no room to begin', async () => {
    leaveFree(0);
    const { exitCode, stderr } = await cannon(argsOf('infer'));
    rmSync(ballast);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('error CAN402 The disk is full');
    expect(resultsOf(runOf('infer'))).toEqual(whole.get('infer'));
  });
});

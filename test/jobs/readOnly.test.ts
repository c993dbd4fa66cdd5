/** A survey that somebody else owns, and a disk that is mounted read-only: what only reads works, and what cannot write says so before it begins. */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inProcessPool } from '../../engine/index';
import { reviewStars } from '../../engine/jobs/reviewFile';
import { LiveIndex } from '../../server/spectraIndex/liveIndex';
import { writeManySpectra } from '../bench/manySpectra';
import { cannon, program } from './command';
import { loadConfig } from '../../engine/config/parse';
import { indexSpec } from '../../engine/spectraIndex/update';

const folder = mkdtempSync(join(tmpdir(), 'cannon-read-only-'));
const survey = join(folder, 'survey');
const config = join(survey, 'cannon.yaml');
const free = join(folder, 'free');
const canChange = process.getuid?.() === 0 && hasSetpriv();

function hasSetpriv(): boolean {
  try {
    execFileSync('setpriv', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The command line as somebody who owns nothing here: root may write everywhere. */
async function asNobody(args: readonly string[]): Promise<{ exitCode: number; stderr: string }> {
  const user = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, program, ...args];
  return promisify(execFile)('setpriv', user, { cwd: folder, env: { ...process.env, HOME: folder } }).then(
    ({ stderr }) => ({ exitCode: 0, stderr }),
    (error: { code: number; stderr: string }) => ({ exitCode: error.code, stderr: error.stderr }),
  );
}

describe.skipIf(!canChange)('a folder of somebody else (skipped: not root)', () => {
  const model = join(free, 'train', 'main', 'model.fits');

  beforeAll(async () => {
    expect((await cannon(['sample', survey, '--stars', '40', '--seed', '5'])).exitCode).toBe(0);
    writeFileSync(config, readFileSync(config, 'utf8').replace(/step: 1e-4/, 'step: 1e-3'));
    mkdirSync(free);
    chmodSync(folder, 0o755);
    chmodSync(free, 0o777);
    expect((await asNobody(['train', '--config', config, '--run', join(free, 'train')])).exitCode).toBe(0);
  });

  it('can be looked at and checked', async () => {
    for (const command of ['index', 'check']) expect((await asNobody([command, '--config', config])).exitCode).toBe(0);
  });

  it('is not trained in, which is said at once', async () => {
    const { exitCode, stderr } = await asNobody(['train', '--config', config]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error CAN403 .*permission is denied.*\n.*--run/);
  });

  it.each(['labels.csv', 'later/labels.parquet'])(
    'gets no %s, which is said before a spectrum is read',
    async (name) => {
      const run = join(free, `infer-${name.replaceAll(/\W/g, '-')}`);
      const args = ['infer', '--config', config, '--model', model, '--run', run, '--out', join(survey, name)];
      const { exitCode, stderr } = await asNobody(args);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(
        `error CAN403 ${join(survey, name)} cannot be written: permission is denied in ${survey}`,
      );
      expect(readFileSync(join(run, 'events.jsonl'), 'utf8')).not.toContain('"kind":"progress"');
    },
  );

  it('gets no catalog in the place of a folder', async () => {
    const out = join(free, 'taken.fits');
    mkdirSync(out);
    const { exitCode, stderr } = await asNobody(['infer', '--config', config, '--model', model, '--out', out]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/CAN403/);
  });
});

/** A disk that takes nothing: modes mean nothing to root, this does. */
const disk = join(folder, 'disk');
mkdirSync(disk);
const canMount = mounted(['-t', 'tmpfs', '-o', 'size=8m', 'cannon', disk]);
function mounted(args: readonly string[]): boolean {
  try {
    execFileSync('mount', args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!canMount)('a disk that is read-only (skipped: not root)', () => {
  beforeAll(async () => {
    await writeManySpectra(join(disk, 'survey'), 20);
    writeFileSync(join(disk, 'survey', 'review.yaml'), '# verdicts\n');
    mkdirSync(join(disk, 'storage'));
    expect(mounted(['-o', 'remount,ro', disk])).toBe(true);
  });
  afterAll(() => execFileSync('umount', [disk]));

  it('gives an index without keeping it', async () => {
    const { config: parsed } = await loadConfig(join(disk, 'survey', 'cannon.yaml'));
    const failures: unknown[] = [];
    const index = new LiveIndex(indexSpec(parsed!), {
      ...{ pool: inProcessPool, file: join(disk, 'storage', 'a.idx'), permission: () => Promise.resolve() },
      ...{ onChange: () => undefined, onReading: () => () => undefined },
      onFailure: (error) => failures.push(error),
    });
    expect((await index.settled())?.nRows).toBe(20);
    await index.dispose();
    expect(failures.map((error) => (error as NodeJS.ErrnoException).code)).toEqual(['EROFS']);
    expect(readdirSync(join(disk, 'storage'))).toEqual([]);
  });

  it('takes no verdict, and says why', () => {
    const entry = { verdict: 'real', note: '', by: 'me', date: '2026-11-20' } as const;
    expect(() => reviewStars(join(disk, 'survey'), [{ star: '1', entry }])).toThrow(
      /review\.yaml cannot be written: the disk is read-only/,
    );
  });

  it('is not trained in, which is said at once', async () => {
    const { exitCode, stderr } = await cannon(['train', '--config', join(disk, 'survey', 'cannon.yaml')]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/error CAN403 .*the disk is read-only/);
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

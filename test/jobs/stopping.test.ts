import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRunning, readEvents, requestCancel } from '../../engine/index';
import { cannon, start, until } from './command';

const folder = mkdtempSync(join(tmpdir(), 'cannon-stopping-'));
const config = join(folder, 'survey', 'cannon.yaml');

beforeAll(async () => {
  expect((await cannon(['sample', join(folder, 'survey'), '--stars', '400'])).exitCode).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Resolves once the job in `run` has reported progress: it is in the middle of its work then. */
function underWay(run: string) {
  return until(`progress in ${run}`, async () => {
    const { events } = await readEvents(run);
    return events.find((event) => event.kind === 'progress') ?? null;
  });
}

async function kinds(run: string): Promise<string[]> {
  return (await readEvents(run)).events.map(({ kind }) => kind);
}

describe('stopping a job', () => {
  it('stops at the cancel file, with exit code 3 and no result', async () => {
    const run = join(folder, 'by-file');
    const { finished } = start(['train', '--config', config, '--run', run, '--workers', '1']);
    await underWay(run);
    await requestCancel(run);
    expect((await finished).exitCode).toBe(3);
    expect((await kinds(run)).at(-1)).toBe('cancelled');
    expect(existsSync(join(run, 'result.json'))).toBe(false);
    expect(existsSync(join(run, 'main', 'model.fits'))).toBe(false);
  });

  it('stops at SIGTERM in the same way', async () => {
    const run = join(folder, 'by-signal');
    const { child, finished } = start(['train', '--config', config, '--run', run, '--workers', '1']);
    await underWay(run);
    child.kill('SIGTERM');
    expect((await finished).exitCode).toBe(3);
    expect((await kinds(run)).at(-1)).toBe('cancelled');
  });

  it('leaves a killed run that is known to be dead, and can start again in its folder', async () => {
    const run = join(folder, 'killed');
    const { child, finished } = start(['train', '--config', config, '--run', run, '--workers', '1']);
    await underWay(run);
    expect(isRunning(run)).toBe(true);
    child.kill('SIGKILL');
    expect((await finished).signal).toBe('SIGKILL');
    expect(isRunning(run)).toBe(false);
    expect((await cannon(['train', '--config', config, '--run', run])).exitCode).toBe(0);
    expect((await kinds(run)).at(-1)).toBe('finished');
  });

  it('refuses a second job in the folder of a running one, and leaves the first alone', async () => {
    const run = join(folder, 'twice');
    const first = start(['train', '--config', config, '--run', run, '--workers', '1']);
    await underWay(run);
    const second = await cannon(['train', '--config', config, '--run', run, '--json']);
    expect(second.exitCode).toBe(1);
    expect(second.events.at(-1)).toMatchObject({ kind: 'failed', code: 'CAN401' });
    await requestCancel(run);
    expect((await first.finished).exitCode).toBe(3);
  });

  it('keeps the model of an earlier run when a new one in its folder is cancelled', async () => {
    const run = join(folder, 'killed');
    const model = readFileSync(join(run, 'main', 'model.fits'));
    const { finished } = start(['train', '--config', config, '--run', run, '--workers', '1']);
    await until('a new start', async () => ((await kinds(run)).at(-1) === 'progress' ? true : null));
    await requestCancel(run);
    expect((await finished).exitCode).toBe(3);
    expect(readFileSync(join(run, 'main', 'model.fits')).equals(model)).toBe(true);
  });
});

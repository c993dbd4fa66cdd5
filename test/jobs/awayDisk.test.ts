/** Jobs on a survey that lies on a disk far away: late answers and passing failures change nothing; one that is gone is said to be. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doesNotAnswer, isAway, tryAgain, tryAgainNow } from '../../engine/awayDisk';
import { cannon, start } from './command';
import { resultsOf } from './killing';

const folder = mkdtempSync(join(tmpdir(), 'cannon-away-jobs-'));
const survey = join(folder, 'survey');
const config = join(survey, 'cannon.yaml');
const away = (failing: number, mostMs = 5) => ({
  NODE_OPTIONS: `--require ${join(import.meta.dirname, '..', 'fixtures', 'awayDisk.cjs')}`,
  CANNON_TEST_AWAY: JSON.stringify({ under: survey, seed: 11, mostMs, failing }),
});
const train = (run: string) => ['train', '--config', config, '--run', join(folder, run), '--workers', '1'];

beforeAll(async () => {
  expect((await cannon(['sample', survey, '--stars', '60', '--seed', '5'])).exitCode).toBe(0);
  writeFileSync(config, readFileSync(config, 'utf8').replace(/step: 1e-4/, 'step: 1e-3'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a training gives the same bytes where one answer in fifty fails at first', async () => {
  expect((await cannon(train('here'))).exitCode).toBe(0);
  const { exitCode, stderr } = await start(train('away'), undefined, away(0.02)).finished;
  expect(stderr).not.toMatch(/^error/m);
  expect(exitCode).toBe(0);
  expect(resultsOf(join(folder, 'away'))).toEqual(resultsOf(join(folder, 'here')));
});

describe('what is read from a disk that is away', () => {
  const failing = (code: string, times: number) => {
    let n = 0;
    return () => {
      if (n++ < times) throw Object.assign(new Error(code), { code });
      return n;
    };
  };

  it('is asked for again, as often as there are pauses', async () => {
    expect(tryAgainNow(failing('EIO', 2), [1, 1])).toBe(3);
    expect(() => tryAgainNow(failing('EIO', 3), [1, 1])).toThrow('EIO');
    const read = failing('ESTALE', 2);
    expect(await tryAgain(async () => Promise.resolve(read()), [1, 1])).toBe(3);
  });

  it('is asked for once where it is not there, or not for us', () => {
    for (const code of ['ENOENT', 'EACCES', 'EISDIR']) expect(() => tryAgainNow(failing(code, 1), [1])).toThrow(code);
  });

  it('is told of in words', () => {
    const error = Object.assign(new Error(), { code: 'ESTALE' });
    expect(isAway(error)).toBe(true);
    expect(doesNotAnswer('/net/stars', error)).toMatchObject({
      code: 'CAN416',
      message: 'The disk of /net/stars does not answer (ESTALE)',
    });
  });
});

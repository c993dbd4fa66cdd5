/** Run folders that somebody else made up: a sentence, whatever stands in job.json. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readJob, readRun } from '../../engine/index';

const folder = mkdtempSync(join(tmpdir(), 'cannon-forged-'));
const sound = { format: 2, command: 'train', config: '/nowhere/cannon.yaml', started: '2026-11-20T00:00:00Z' };
afterAll(() => rmSync(folder, { recursive: true }));

it.each<[string, unknown]>([
  ['a number in the place of the command', { ...sound, command: 7 }],
  ['inputs that are nothing', { ...sound, inputs: null }],
  ['options in a list', { ...sound, options: [1] }],
  ['versions in a text', { ...sound, versions: 'all' }],
  ['a list', [sound]],
  ['nothing', null],
])('a job.json with %s is damaged', async (_, job) => {
  writeFileSync(join(folder, 'job.json'), JSON.stringify(job));
  await expect(readRun(folder)).rejects.toThrow('its job.json is damaged');
  expect(await readJob(folder)).toBeNull();
});

it('a job.json of what must be there alone is read', async () => {
  writeFileSync(join(folder, 'job.json'), JSON.stringify(sound));
  expect((await readRun(folder)).job).toMatchObject({ command: 'train', inputs: {}, options: {} });
});

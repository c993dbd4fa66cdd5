import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { formatDuration, makeRunFolder, newRunFolder, readEvents, TimeLeft } from '../../engine/index';
import { unmakeRunFolder } from '../../engine/jobs/runFolder';

const folder = mkdtempSync(join(tmpdir(), 'cannon-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('reads events up to the last whole line, and goes on from there', async () => {
  const path = join(folder, 'events.jsonl');
  appendFileSync(path, '{"kind":"checkpoint","done":1,"time":"t"}\n{"kind":"checkp');
  const first = await readEvents(folder);
  expect(first.events).toEqual([{ kind: 'checkpoint', done: 1, time: 't' }]);
  appendFileSync(path, 'oint","done":2,"time":"µ"}\nnot json\n{"kind":"checkpoint","done":3,"time":"t"}\n');
  const second = await readEvents(folder, first.nextByte);
  expect(second.events.map((event) => event.kind === 'checkpoint' && event.done)).toEqual([2, 3]);
  expect(await readEvents(folder, second.nextByte)).toEqual({ events: [], nextByte: second.nextByte });
});

it('has no events where there is no file', async () => {
  expect(await readEvents(join(folder, 'absent'))).toEqual({ events: [], nextByte: 0 });
});

it('names a run by time and command under the folder of its config', () => {
  const path = newRunFolder('/survey/cannon.yaml', 'train', new Date('2026-03-04T05:06:07.89Z'));
  expect(path).toBe(join('/survey', '.cannon', 'runs', '2026-03-04T05-06-07-train'));
});

it('gives each of those who begin a run in the same second a folder of its own', () => {
  const [config, now] = [join(folder, 'survey', 'cannon.yaml'), new Date('2026-03-04T05:06:07Z')];
  const made = [1, 2, 3].map(() => basename(makeRunFolder(config, 'train', now)));
  expect(made).toEqual(['', '-2', '-3'].map((end) => `2026-03-04T05-06-07-train${end}`));
  unmakeRunFolder(join(folder, 'survey', '.cannon', 'runs', made[2]!));
  expect(basename(makeRunFolder(config, 'train', now))).toBe(made[2]);
});

it('judges the time left by the pace of the stage, and says nothing before it knows', () => {
  const left = new TimeLeft();
  expect(left.estimate('a', 0, 100, 0)).toBeNull();
  expect(left.estimate('a', 5, 100, 100)).toBeNull();
  expect(left.estimate('a', 25, 100, 1000)).toBeCloseTo(3);
  expect(left.estimate('b', 50, 100, 2000)).toBeNull();
  expect(left.estimate('b', 75, 100, 4000)).toBeCloseTo(2);
});

it('writes durations as people read them', () => {
  expect([0, 7.4, 90, 3725].map(formatDuration)).toEqual(['0:00', '0:07', '1:30', '1:02:05']);
});

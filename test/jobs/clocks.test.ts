/** Clocks that somebody sets while a run is at work: nothing lasts less than no time, and what is left to do is not guessed from a jump. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { claimEnd } from '../../client/jobs/claimEnd';
import { runCard } from '../../client/runs/wording';
import { readRun, TimeLeft, type JobEvent } from '../../engine/index';
import { throttledProgress } from '../../engine/jobs/job';
import { RunFolder } from '../../engine/jobs/runFolder';

const root = mkdtempSync(join(tmpdir(), 'cannon-clocks-'));
let count = 0;
afterEach(() => void vi.useRealTimers());
afterAll(() => rmSync(root, { recursive: true, force: true }));

const hour = 3_600_000;

describe('the pace of a run', () => {
  /** A run at work, whose steps were written at these seconds after ten o'clock, one item each. */
  async function paceAt(...seconds: number[]) {
    const folder = join(root, String(count++));
    const run = await RunFolder.create(folder, {
      ...{ command: 'train', config: '/survey/cannon.yaml', resolved: {}, options: {}, seed: 1 },
      ...{ versions: {}, inputs: {}, key: 'k' },
    });
    const began = Date.parse('2026-11-20T10:00:00Z');
    const stamped = (event: object, second: number) =>
      `${JSON.stringify({ time: new Date(began + 1000 * second).toISOString(), ...event })}\n`;
    const steps = seconds.map((second, n) =>
      stamped({ kind: 'progress', stage: 'Training', done: n + 1, total: 100 }, second),
    );
    const start = stamped({ kind: 'started', command: 'train', total: 100, resumedFrom: 0 }, 0);
    writeFileSync(join(folder, 'events.jsonl'), start + steps.join(''));
    const { rate, secondsLeft } = await readRun(folder);
    run.release();
    // Its end would lie before its beginning where the clock was set back.
    const card = runCard(await readRun(folder));
    expect(/Took: 0:00/.test(card)).toBe(false);
    return { rate, secondsLeft };
  }

  it('is told from what came after its clock was set back', async () => {
    const back = -3 * 3600;
    expect(await paceAt(1, 2, 3, back, back + 1, back + 2)).toEqual({ rate: 1, secondsLeft: 94 });
    expect(await paceAt(1, 2, 3, back)).toEqual({ rate: null, secondsLeft: null });
  });

  it('is told from what came after its clock was set forward', async () => {
    const forward = 5 * 3600;
    expect(await paceAt(1, 2, 3, forward, forward + 1, forward + 2)).toEqual({ rate: 1, secondsLeft: 94 });
  });
});

it('the time left begins anew after a jump in either direction', () => {
  for (const jump of [-3 * hour, 3 * hour]) {
    const left = new TimeLeft();
    left.estimate('Training', 0, 100, 0);
    expect(left.estimate('Training', 10, 100, 1000)).toBeCloseTo(9);
    expect(left.estimate('Training', 20, 100, 2000 + jump)).toBeNull();
    expect(left.estimate('Training', 40, 100, 4000 + jump)).toBeCloseTo(6);
  }
});

it('progress goes on being told when the clock is set back', () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  const told: JobEvent[] = [];
  const context = { signal: new AbortController().signal, report: (event: JobEvent) => void told.push(event) };
  const progress = throttledProgress(context, 'Training', 1000);
  progress(1);
  vi.setSystemTime(Date.now() - 5 * hour);
  vi.advanceTimersByTime(200);
  progress(2);
  expect(told.map((event) => (event.kind === 'progress' ? event.done : null))).toEqual([1, 2]);
});

it('the end of a run of others is told even where it ended before it began', async () => {
  const folder = mkdtempSync(join(root, 'run-'));
  const job = { started: '2026-11-20T10:00:00Z' } as Parameters<typeof claimEnd>[0]['job'];
  const run = { folder, job, began: '2026-11-20T10:00:00Z', ended: '2026-11-20T08:00:00Z' };
  expect(await claimEnd(run, false, 0)).toBe(true);
});

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { acquireLock, lockIn, type LockHolder } from '../../engine/jobs/runLock';

const root = mkdtempSync(join(tmpdir(), 'cannon-lock-'));
let count = 0;
const fresh = () => join(root, String(count++));
afterEach(() => void vi.useRealTimers());
afterAll(() => rmSync(root, { recursive: true, force: true }));

const onLost = () => undefined;
const holder = (changes: Partial<LockHolder>): LockHolder => ({
  ...{ host: hostname(), pid: process.pid, processStart: '', pidNamespace: '', since: 'then', token: 'other' },
  ...changes,
});

/** A lock as another process left it, last touched `silentSeconds` ago. */
function leave(folder: string, changes: Partial<LockHolder>, silentSeconds = 0): void {
  acquireLock(folder, { onLost }).release();
  const path = join(folder, 'lock-1');
  writeFileSync(path, JSON.stringify(holder(changes)));
  const time = Date.now() / 1000 - silentSeconds;
  utimesSync(path, time, time);
}

it('refuses a second holder, naming the first, until the first lets go', () => {
  const folder = fresh();
  const first = acquireLock(folder, { onLost });
  expect(lockIn(folder)).toMatchObject({ isLive: true, holder: { pid: process.pid, host: hostname() } });
  expect(() => acquireLock(folder, { onLost })).toThrow(
    `Another job (process ${process.pid} on ${hostname()}, since ${first.holder.since}) is still running in ${folder}`,
  );
  first.release();
  expect(readdirSync(folder)).toEqual([]);
  acquireLock(folder, { onLost }).release();
});

it('takes a process of another host for alive until its heart has not beaten for two minutes', () => {
  const [young, old] = [fresh(), fresh()];
  leave(young, { host: 'node17' }, 60);
  expect(() => acquireLock(young, { onLost })).toThrow(/on node17/);
  leave(old, { host: 'node17' }, 180);
  expect(lockIn(old)?.isLive).toBe(false);
  acquireLock(old, { onLost });
  expect(readdirSync(old)).toEqual(['lock-2']);
});

it('knows on its own host that a process is gone, or that its number is now that of another', async () => {
  const here = acquireLock(fresh(), { onLost }).holder;
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  const [gone, reused, same] = [fresh(), fresh(), fresh()];
  leave(gone, { ...here, pid: child.pid! });
  expect(lockIn(gone)?.isLive).toBe(false);
  leave(reused, { ...here, processStart: 'another boot 1' });
  expect(lockIn(reused)?.isLive).toBe(false);
  leave(same, here);
  expect(lockIn(same)?.isLive).toBe(true);
});

it('gives a lock to one of many that find it stale', () => {
  const folder = fresh();
  leave(folder, { host: 'node17' }, 180);
  const outcomes = Array.from({ length: 5 }, () => {
    try {
      return acquireLock(folder, { onLost });
    } catch {
      return null;
    }
  });
  expect(outcomes.filter((held) => held !== null)).toHaveLength(1);
});

it('tells a holder that was taken for dead, whose release then leaves the new lock alone', () => {
  vi.useFakeTimers();
  const folder = fresh();
  let isLost = false;
  const sleeper = acquireLock(folder, { onLost: () => (isLost = true) });
  acquireLock(folder, { onLost, takeOver: true });
  expect(isLost).toBe(false);
  vi.advanceTimersByTime(10_000);
  expect(isLost).toBe(true);
  sleeper.release();
  expect(existsSync(join(folder, 'lock-2'))).toBe(true);
});

it('beats, so that other hosts see it alive', () => {
  vi.useFakeTimers();
  const folder = fresh();
  const held = acquireLock(folder, { onLost });
  const long = Date.now() / 1000 - 500;
  utimesSync(join(folder, 'lock-1'), long, long);
  expect(lockIn(folder)!.silentMs).toBeGreaterThan(400_000);
  vi.useRealTimers();
  held.release();
});

it.each<[string, object]>([
  ['process −1, which is every process to a signal', { pid: -1 }],
  ['process 0, which is one’s own group', { pid: 0 }],
  ['a process that is a text', { pid: '1; reboot' }],
  ['no host', { host: undefined }],
])('takes a lock that names %s for no lock', (_, changes) => {
  const folder = fresh();
  leave(folder, changes);
  expect(lockIn(folder)).toBeNull();
});

describe('clocks that disagree', () => {
  const setClock = (hours: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hours * 3_600_000 });
  const beatNow = (folder: string) => {
    const now = Date.now() / 1000;
    utimesSync(join(folder, 'lock-1'), now, now);
  };

  it.each([-3, 3])('by %i hours do not break the lock of another host', (hours) => {
    const folder = fresh();
    leave(folder, { host: 'node17' });
    setClock(hours);
    expect(() => acquireLock(folder, { onLost })).toThrow(/on node17/);
    expect(readdirSync(folder)).toEqual(['lock-1']);
  });

  it('let a holder whose clock is late live from its next beat on, as long as its heart beats', () => {
    const folder = fresh();
    leave(folder, { host: 'node17' }, 3 * 3600);
    expect(lockIn(folder)?.isLive).toBe(false);
    leave(folder, { host: 'node17' }, 3 * 3600 - 10);
    expect(lockIn(folder)).toMatchObject({ isLive: true, silentMs: 0 });
  });

  it('by which a lock lies in the future do not keep it for ever', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const folder = fresh();
    leave(folder, { host: 'node17' }, -5 * 3600);
    expect(lockIn(folder)?.isLive).toBe(true);
    vi.advanceTimersByTime(130_000);
    expect(lockIn(folder)?.isLive).toBe(false);
    acquireLock(folder, { onLost }).release();
  });

  it('that are set while a lock is watched change nothing', () => {
    const folder = fresh();
    leave(folder, { host: 'node17' });
    expect(lockIn(folder)?.isLive).toBe(true);
    for (const hours of [3, -6]) {
      setClock(hours);
      expect(lockIn(folder)?.isLive).toBe(true);
    }
    vi.useRealTimers();
    beatNow(folder);
    expect(lockIn(folder)?.isLive).toBe(true);
  });
});

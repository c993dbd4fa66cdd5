/** A job that ends while the disk of its run is away. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { Follower } from '../../client/jobs/follower';
import type * as Engine from '../../engine/index';

const disk = vi.hoisted(() => ({ looksUntilBack: 3 }));

vi.mock('../../engine/index', async (original) => {
  const engine = await original<typeof Engine>();
  const readEvents: typeof engine.readEvents = (...args) =>
    disk.looksUntilBack-- > 0
      ? Promise.reject(Object.assign(new Error('stale file handle'), { code: 'ESTALE' }))
      : engine.readEvents(...args);
  return { ...engine, readEvents };
});

it('is told as it ended once the disk is back, not as one that died', async () => {
  const run = mkdtempSync(join(tmpdir(), 'cannon-away-'));
  const finished = { kind: 'finished', command: 'index', spectra: 1, readable: 1, problems: [] };
  writeFileSync(join(run, 'events.jsonl'), `${JSON.stringify({ time: '2026-01-01T00:00:00.000Z', ...finished })}\n`);
  const gone = { lives: () => false, kill: () => undefined } as unknown as ConstructorParameters<typeof Follower>[1];
  expect(await new Follower(run, gone, { pollMs: 1 }).ended).toMatchObject({ kind: 'finished' });
  expect(disk.looksUntilBack).toBeLessThan(0);
  rmSync(run, { recursive: true });
});

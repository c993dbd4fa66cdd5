import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it, vi } from 'vitest';
import { createPool } from '../../engine/index';

const folder = mkdtempSync(join(tmpdir(), 'cannon-pool-'));
const workerUrl = pathToFileURL(join(import.meta.dirname, '..', '..', 'dist', 'worker.js'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('lets its threads end by themselves when it is closed, for a thread ended while it unpacks takes the process with it', async () => {
  const paths = Array.from({ length: 40 }, (_, n) => join(folder, `${n}.fits.gz`));
  for (const path of paths) writeFileSync(path, gzipSync(Buffer.alloc(2880 * 100, ' ')));
  const spec = { folder, spectra: ['*.fits.gz'], survey: 'lamost-lrs', cards: [] } as const;
  const terminate = vi.spyOn(Worker.prototype, 'terminate');
  const pool = createPool(workerUrl, 2);
  const reading = [pool.run('readHeaders', { spec, paths }), pool.run('readHeaders', { spec, paths })];
  const outcomes = Promise.allSettled(reading);
  await Promise.all([pool.close(), pool.close()]);
  expect(await outcomes).toMatchObject([{ reason: { message: 'Stopped' } }, { reason: { message: 'Stopped' } }]);
  expect(terminate).not.toHaveBeenCalled();
  await expect(pool.run('readHeaders', { spec, paths })).rejects.toThrow('The worker threads are gone');
});

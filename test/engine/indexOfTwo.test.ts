/** One stored index and two windows that write it. */
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { SpectraTable } from '../../engine/spectraIndex/spectraTable';
import { loadIndex, saveIndex } from '../../engine/spectraIndex/store';

const folder = mkdtempSync(join(tmpdir(), 'cannon-index-of-two-'));
const path = join(folder, 'two.idx');
const tableOf = (nRows: number) =>
  SpectraTable.unread(
    Array.from({ length: nRows }, (_, k) => `s/${k}.fits`),
    [],
  );
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('is that of one or the other, and whole, where both write it at once', async () => {
  const tables = [tableOf(1000), tableOf(3000)];
  for (let round = 0; round < 10; round++) {
    await Promise.all(tables.map((table) => saveIndex(path, 'key', table)));
    expect([1000, 3000]).toContain((await loadIndex(path, 'key'))?.nRows);
  }
  expect(readdirSync(folder)).toEqual(['two.idx']);
});

it('is cleared of what a killed one left an hour ago, not of what another one is writing', async () => {
  const [old, young] = ['two.idx.a.part', 'two.idx.b.part'].map((name) => join(folder, name));
  for (const part of [old!, young!]) writeFileSync(part, 'half');
  const then = Date.now() / 1000 - 2 * 3600;
  utimesSync(old!, then, then);
  await saveIndex(path, 'key', tableOf(10));
  expect(readdirSync(folder).sort()).toEqual(['two.idx', 'two.idx.b.part']);
});

/** What the server remembers of files: until they change, and no longer than they are there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { plainReaders } from '../../engine/index';
import { FileReaders } from '../../server/fileReaders';

const folder = mkdtempSync(join(tmpdir(), 'cannon-readers-'));
const path = join(folder, 'labels.csv');
let nRead: number;
let readers: FileReaders;

beforeEach(() => {
  writeFileSync(path, 'obsid,teff\n1,5000\n');
  nRead = 0;
  readers = new FileReaders({
    ...plainReaders,
    table: (asked) => {
      nRead++;
      return plainReaders.table(asked);
    },
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

it('reads a file once while it is the same', async () => {
  await readers.table(path);
  await readers.table(path);
  expect(nRead).toBe(1);
});

it('keeps nothing of a file that the editor saw vanish', async () => {
  await readers.table(path);
  readers.forget(new Set([path]));
  await readers.table(path);
  expect(nRead).toBe(2);
});

it('says each time that a file is not there, and keeps nothing of what was', async () => {
  await readers.table(path);
  rmSync(path);
  await expect(readers.table(path)).rejects.toThrow('There is no file');
  await expect(readers.table(path)).rejects.toThrow('There is no file');
  expect(nRead).toBe(3);
});

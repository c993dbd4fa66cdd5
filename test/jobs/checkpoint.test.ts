import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { catalogWriter, writeTables } from '../../engine/catalog/assemble';
import type { CatalogColumn } from '../../engine/catalog/catalog';
import { writeFits, type NewColumn } from '../../engine/fits/writer';
import { availableBytes, budgetFor, parseBytes, processors } from '../../engine/jobs/budget';
import { Checkpoint } from '../../engine/jobs/checkpoint';

const root = mkdtempSync(join(tmpdir(), 'cannon-checkpoint-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a chunk', () => {
  const value = { texts: ['µ', ''], numbers: Float64Array.of(NaN, -0, 1 / 3, -Infinity), count: 3 };
  const store = new Checkpoint(join(root, 'store'), 'key');
  const path = join(root, 'store', 'labels', '001', '001002.chunk');

  it('comes back bit for bit, and is written in the same bytes again', () => {
    store.write('labels', 1002, value);
    const bytes = readFileSync(path);
    expect(store.read('labels', 1002)).toEqual(value);
    store.write('labels', 1002, value);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect([...store.numbers('labels')]).toEqual([1002]);
    expect(readdirSync(join(root, 'store', 'labels', '001'))).toEqual(['001002.chunk']);
  });

  it('counts as none when it is of another run, under another name, or damaged anywhere', () => {
    expect(new Checkpoint(store.folder, 'other').read('labels', 1002)).toBeNull();
    expect(store.read('labels', 7)).toBeNull();
    const bytes = readFileSync(path);
    for (const at of [0, 20, 50, bytes.length - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1;
      writeFileSync(path, damaged);
      expect(store.read('labels', 1002)).toBeNull();
    }
    writeFileSync(path, bytes.subarray(0, 10));
    expect(store.read('labels', 1002)).toBeNull();
  });

  it('of other stars is refused', () => {
    store.claim('main', 'these stars', 'The training stars of main');
    store.claim('main', 'these stars', 'The training stars of main');
    expect(() => store.claim('main', 'other stars', 'The training stars of main')).toThrow(
      'The training stars of main changed since the run began',
    );
  });
});

describe('a table from pieces', () => {
  const texts = ['a', 'Å and more', '', 'β Cet', 'e'];
  const columns = (from: number, to: number): NewColumn[] => [
    { name: 'name', ucd: 'meta.id', values: texts.slice(from, to) },
    { name: 'id', nullValue: -1n, values: BigInt64Array.of(1n, 2n, 3n, 4n, 2n ** 60n).slice(from, to) },
    { name: 'teff', unit: 'K', values: Float64Array.of(1, NaN, 3, 4, 5).slice(from, to) },
    { name: 'ok', values: [true, false, true, false, true].slice(from, to) },
    { name: 'pair', perRow: 2, values: Int32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).slice(2 * from, 2 * to) },
  ];

  it('has the bytes of the table as a whole', async () => {
    const [path, second] = [join(root, 'pieces.fits'), [{ name: 'x', values: Float64Array.of(1, 2) }]];
    const pieces = () => [columns(0, 2), columns(2, 3), columns(3, 5)];
    await writeTables(path, [
      { name: 'LABELS', pieces },
      { name: 'SECOND', pieces: () => [second] },
    ]);
    const whole = writeFits([
      { kind: 'table', name: 'LABELS', columns: columns(0, 5) },
      { kind: 'table', name: 'SECOND', columns: second },
    ]);
    expect(readFileSync(path).equals(Buffer.from(whole))).toBe(true);
  });

  it('is not there when it could not be finished, and an earlier one stays', async () => {
    const path = join(root, 'labels.csv');
    const column = (values: string[]): CatalogColumn[] => [{ name: 'a', unit: '', ucd: '', values }];
    const write = catalogWriter(path);
    await write(() => [column(['1', 'x,y']), column(['2'])]);
    expect(readFileSync(path, 'utf8')).toBe('a\n1\n"x,y"\n2\n');
    const broken = function* () {
      yield column(['new']);
      throw new Error('no more');
    };
    await expect(write(broken)).rejects.toThrow('no more');
    expect(readFileSync(path, 'utf8')).toBe('a\n1\n"x,y"\n2\n');
    expect(readdirSync(root).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('the budget', () => {
  it('reads sizes as people write them', () => {
    expect(['4G', '512M', '1.5 GiB', '1000', '2t', '3KB'].map(parseBytes)).toEqual([
      ...[4 * 2 ** 30, 2 ** 29, 1.5 * 2 ** 30, 1000, 2 ** 41, 3072],
    ]);
    expect(['', 'G', '4X', '-1', '1..2G'].map(parseBytes)).toEqual([NaN, NaN, NaN, NaN, NaN]);
  });

  it('takes no more workers than fit the memory, and says when not even one does', () => {
    expect(budgetFor({ workers: 8, memory: 2 ** 40 }).workers).toBe(8);
    expect(budgetFor({ workers: 8, memory: 600 * 2 ** 20 }).workers).toBe(2);
    expect(() => budgetFor({ memory: 100 * 2 ** 20 })).toThrow(/--memory 100M is too little: a job needs \d+M for one/);
    const usual = budgetFor({});
    expect(usual.workers).toBeLessThanOrEqual(4);
    expect(usual.workers).toBeLessThanOrEqual(processors());
  });

  it('respects the limits of its group', () => {
    expect(processors('100000 100000\n')).toBe(1);
    expect(processors('max 100000\n')).toBe(processors(''));
    expect(availableBytes('MemTotal: 9 kB\nMemAvailable:    2048 kB\n')).toBeLessThanOrEqual(2 ** 21);
  });
});

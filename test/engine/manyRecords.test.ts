import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ManyNumbers } from '../../engine/catalog/manyNumbers';
import { RepeatGroups } from '../../engine/catalog/repeatGroups';
import { SortedRecords } from '../../engine/catalog/sortedRecords';
import { groupRepeats, type StarOfSpectrum } from '../../engine/reference/starGroups';

const folder = mkdtempSync(join(tmpdir(), 'cannon-many-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Numbers in [0, 1), the same in every run. */
function uniform(): () => number {
  let state = 20261120;
  return () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
}

describe('records that are sorted on the disk', () => {
  const random = uniform();
  const records = Array.from({ length: 5000 }, (_, number) => ({
    key: Math.floor(random() * 300) - 150 + (number % 7 === 0 ? 0.5 : 0),
    number,
    text: 'x'.repeat(Math.floor(random() * 40)) + String(number),
  }));
  const expected = [...records].sort((a, b) => a.key - b.key || a.number - b.number);
  const sorted = (held: { records: number; bytes: number }) => {
    const found = new SortedRecords(join(folder, 'records'), held);
    for (const { key, number, text } of records) found.add(key, number, Buffer.from(text));
    return found;
  };
  const read = (found: SortedRecords) =>
    Array.from(found, ({ key, number, payload }) => ({ key, number, text: payload.toString() }));

  it.each([
    ['in memory', { records: 10_000, bytes: 1 << 20 }, 0],
    ['in many files by their number', { records: 100, bytes: 1 << 20 }, 50],
    ['in files by their bytes', { records: 10_000, bytes: 20_000 }, 6],
  ])('come in order %s, and again', (_, held, atLeastFiles) => {
    const found = sorted(held);
    expect(read(found)).toEqual(expected);
    expect(read(found)).toEqual(expected);
    expect(readdirSync(folder).length).toBeGreaterThanOrEqual(atLeastFiles);
    found.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('may be larger than what is held, or than what is read at a time', () => {
    const found = new SortedRecords(join(folder, 'large'), { records: 2, bytes: 100 });
    const large = (n: number) => Buffer.alloc(150_000 + n, n);
    for (const n of [5, 3, 4, 1, 2]) found.add(n, 0, large(n));
    expect(Array.from(found, ({ key, payload }) => payload.equals(large(key)))).toEqual([true, true, true, true, true]);
    found.close();
  });
});

describe('quantiles of many numbers', () => {
  /** The textbook's way, all in memory. */
  const inMemory = (values: readonly number[], fraction: number) => {
    const sorted = Float64Array.from(values).sort();
    const at = fraction * (sorted.length - 1);
    const below = sorted[Math.floor(at)]!;
    return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at));
  };

  it.each([
    ['in memory', 10_000],
    ['in a file', 64],
  ])('are those of the sorted ones, bit for bit, %s', (_, held) => {
    const random = uniform();
    const values = Array.from({ length: 3001 }, (_, n) =>
      n % 50 === 0 ? 0 : n % 51 === 0 ? -5e-324 : (random() - 0.5) * 10 ** Math.floor(20 * random() - 10),
    );
    const found = new ManyNumbers(join(folder, 'numbers'), held);
    for (const value of values) found.add(value);
    const fractions = [0, 0.16, 0.5, 0.84, 1];
    expect(found.count).toBe(3001);
    expect(found.quantiles(fractions)).toEqual(fractions.map((fraction) => inMemory(values, fraction)));
    found.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are those of a few, and not there of none', () => {
    const found = new ManyNumbers(join(folder, 'few'));
    expect(found.quantiles([0.5])).toEqual([NaN]);
    for (const value of [3, -1]) found.add(value);
    expect(found.quantiles([0, 0.5, 1])).toEqual([-1, 1, 3]);
  });
});

describe('stars of a survey of any size', () => {
  it('are those that are found when all positions are in memory', async () => {
    const random = uniform();
    const spectra: StarOfSpectrum[] = [];
    for (let star = 0; star < 3000; star++) {
      // A crowded field, places around a pole and across 0h.
      const place = [
        [180 + 0.02 * random(), 30 + 0.02 * random()],
        [360 * random(), 89.995 + 0.005 * random()],
        [(359.99 + 0.02 * random()) % 360, -0.01 + 0.02 * random()],
        [360 * random(), -90 + 180 * random()],
      ][star % 4]!;
      const times = 1 + Math.floor(3 * random());
      for (let n = 0; n < times; n++) {
        const isExact = n % 2 === 0;
        const shift = () => (isExact ? 0 : (random() - 0.5) / 3600);
        const hasPlace = random() > 0.1;
        spectra.push({
          keys: random() < 0.3 ? [`star ${star}`, ''] : [],
          raDeg: hasPlace ? place[0]! + shift() : null,
          decDeg: hasPlace ? Math.min(90, place[1]! + shift()) : null,
        });
      }
    }
    for (const radius of [0.3, 1, 20]) {
      const groups = new RepeatGroups(folder);
      for (const spectrum of spectra) groups.add(spectrum);
      const found = await groups.finish(radius, () => Promise.resolve());
      groups.close();
      expect([...found]).toEqual([...groupRepeats(spectra, radius)]);
    }
  });
});

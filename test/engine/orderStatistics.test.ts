/** The order statistics that training and inference take without sorting: they are those of sorted values. */
import { describe, expect, it } from 'vitest';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { largestOfSmallest, largestOfSmallestOfMany } from '../../engine/kernels/select';

const random = xoroshiro128plus(3);

/** Shapes on which a search by samples might lose its way. */
const shapes: [name: string, value: (k: number, n: number) => number][] = [
  ['in no order', () => uniformInt(random, 0, 2 ** 30)],
  ['with many equal ones', () => uniformInt(random, 0, 3)],
  ['all equal', () => 7],
  ['rising', (k) => k],
  ['falling', (k, n) => n - k],
  [
    'of which a sample sees only the large ones',
    (k, n) => (k % Math.floor(n / 128) === Math.floor(n / 128) >> 1 ? 1e9 + k : k),
  ],
  [
    'with infinite ones at both ends',
    (k) => (k % 9 === 0 ? Infinity : k % 11 === 0 ? -Infinity : uniformInt(random, 0, 99)),
  ],
];

describe.each(shapes)('of values %s', (_, value) => {
  it('the largest of the smallest is where sorting puts it, for few and for many values', () => {
    for (const n of [1, 2, 3, 10, 599, 600, 601, 2000, 5003]) {
      const values = Float64Array.from({ length: n }, (_, k) => value(k, n));
      const sorted = values.slice().sort();
      for (const count of new Set([1, 2, Math.ceil(n / 20), (n + 1) >> 1, Math.ceil(0.97 * n), n - 1, n])) {
        if (count < 1 || count > n) continue;
        expect(largestOfSmallest(values.slice(), count)).toBe(sorted[count - 1]);
        expect(largestOfSmallestOfMany(values.slice(), count)).toBe(sorted[count - 1]);
      }
    }
  });
});

it('the smaller values lie before the one that was looked for', () => {
  const values = Float64Array.from({ length: 700 }, () => uniformInt(random, 0, 2 ** 30));
  const found = largestOfSmallest(values, 100);
  expect(Math.max(...values.subarray(0, 100))).toBe(found);
  expect(Math.min(...values.subarray(100))).toBeGreaterThanOrEqual(found);
});

import { describe, expect, test } from 'vitest';
import { agreement, assignFolds, crossValidate } from '../../engine/cannon/crossValidate';
import { mockStars, normalDeviates } from './mockStars';

describe('folds', () => {
  test('differ in size by one star at most, and depend on the seed alone', () => {
    const groups = Array.from({ length: 47 }, (_, n) => String(n));
    const folds = assignFolds(groups, 5, 1);
    const sizes = [0, 1, 2, 3, 4].map((fold) => folds.filter((f) => f === fold).length);
    expect(sizes.sort((a, b) => a - b)).toEqual([9, 9, 9, 10, 10]);
    expect(assignFolds(groups, 5, 1)).toEqual(folds);
    expect(assignFolds(groups, 5, 2)).not.toEqual(folds);
  });

  test('keep the spectra of one star together', () => {
    const groups = Array.from({ length: 60 }, (_, n) => `star ${n % 13}`);
    const folds = assignFolds(groups, 4, 9);
    groups.forEach((group, n) => expect(folds[n]).toBe(folds[groups.indexOf(group)]));
    for (const fold of [0, 1, 2, 3]) expect(folds.filter((f) => f === fold).length).toBeGreaterThanOrEqual(12);
  });

  test.each([1, 2.5, 0, NaN, 11])('are refused with a sentence when their number is %s for 10 stars', (folds) => {
    const groups = Array.from({ length: 10 }, (_, n) => String(n));
    expect(() => assignFolds(groups, folds, 1)).toThrow(`Cannot divide 10 stars into ${folds} folds`);
  });
});

describe('cross-validation', () => {
  const mock = mockStars(120, 60, 2, 4);

  test('finds labels of stars it has not seen within their errors', async () => {
    const many = mockStars(400, 40, 2, 4);
    const { fits, foldOf, agreement: found } = await crossValidate(many, { name: 'm', folds: 6, seed: 3 });
    expect(new Set(foldOf).size).toBe(6);
    const pulls = fits.flatMap((fit, n) =>
      [...fit.labels].map((x, i) => (x - many.values[2 * n + i]!) / fit.errors[i]!),
    );
    const width = Math.sqrt(pulls.reduce((sum, x) => sum + x * x, 0) / pulls.length);
    // 800 pulls; the errors do not count those of θ, some per cent with 333 stars and 6 terms.
    expect(width).toBeGreaterThan(0.93);
    expect(width).toBeLessThan(1.2);
    expect(found.map(({ label, unit }) => [label, unit])).toEqual([
      ['label0', 'K'],
      ['label1', ''],
    ]);
    expect(found.every(({ correlation }) => correlation > 0.99)).toBe(true);
  });

  test('never lets a star’s own labels into the model that labels it', async () => {
    const before = await crossValidate(mock, { name: 'm', folds: 6, seed: 3 });
    const values = mock.values.slice();
    values[0]! += 2;
    const after = await crossValidate({ ...mock, values }, { name: 'm', folds: 6, seed: 3 });
    expect(after.fits[0]).toEqual(before.fits[0]);
    const other = before.foldOf.findIndex((fold) => fold !== before.foldOf[0]);
    expect(after.fits[other]!.labels).not.toEqual(before.fits[other]!.labels);
  });

  test('tells its progress up to the end', async () => {
    const seen: [number, number][] = [];
    await crossValidate(mock, { name: 'm', folds: 2, seed: 3, onProgress: (done, total) => seen.push([done, total]) });
    expect(seen).toEqual([
      [60, 120],
      [120, 120],
    ]);
  });
});

describe('agreement', () => {
  test('is σ, offset and r for Gaussian differences', () => {
    const normal = normalDeviates(1);
    const reference = Array.from({ length: 20000 }, () => 3 * normal());
    const inferred = reference.map((x) => x + 0.5 + normal());
    const { scatter, bias, correlation } = agreement(inferred, reference);
    // The 16–84 % width of a unit Gaussian is 2 × 0.9945.
    expect(scatter).toBeCloseTo(0.9945, 1);
    expect(bias).toBeCloseTo(0.5, 1);
    expect(correlation).toBeCloseTo(3 / Math.sqrt(10), 2);
  });

  test('interpolates percentiles and leaves out stars without labels', () => {
    const difference = [0, 10, 20, 30, 40, NaN];
    expect(agreement(difference, [0, 0, 0, 0, 0, 0])).toMatchObject({ scatter: (33.6 - 6.4) / 2, bias: 20 });
    expect(agreement([1, 2, 3, 4], [1, 2, 3, NaN]).correlation).toBeCloseTo(1, 12);
  });

  test('of no star at all is not a number', () => {
    expect(agreement([NaN], [1])).toEqual({ scatter: NaN, bias: NaN, correlation: NaN });
  });
});

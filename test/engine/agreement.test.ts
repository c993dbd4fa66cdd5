/** How labels agree, and means over a star's observations: numbers of numpy and scipy, and sums written out. */
import { describe, expect, it } from 'vitest';
import { agreement, quantile, signalToNoise, snrBins } from '../../engine/cannon/agreement';
import type { TrainingSet } from '../../engine/cannon/train';
import { WeightedMean } from '../../engine/catalog/weightedMean';

describe('agreement of labels', () => {
  const inferred = [4.1, 3.0, 5.2, NaN, 2.0, 4.4, 3.9, 5.2, 1.5, 2.6];
  const reference = [4.0, 3.3, 3.5, 1.0, 1.2, NaN, 3.5, 5.0, 1.2, 2.5];

  it('is that of numpy and scipy over the stars that have both, ties included', () => {
    const found = agreement(inferred, reference);
    expect(found.stars).toBe(8);
    const expected = {
      scatter: 0.3260000000000002,
      mad: 0.22239000000000034,
      rms: 0.7008922884438094,
      bias: 0.2500000000000001,
      mean: 0.4125,
      correlation: 0.9018712702660429,
      spearman: 0.9272897575440361,
    };
    for (const [name, value] of Object.entries(expected))
      expect(found[name as keyof typeof expected], name).toBeCloseTo(value, 12);
  });

  it('is unknown without a star that has both', () => {
    expect(agreement([NaN, 1], [1, NaN])).toMatchObject({
      stars: 0,
      scatter: NaN,
      mad: NaN,
      bias: NaN,
      correlation: NaN,
    });
  });

  it('takes quantiles between order statistics as numpy does', () => {
    const sorted = Float64Array.of(1, 2, 4, 8);
    expect([0, 0.16, 0.5, 0.84, 1].map((fraction) => quantile(sorted, fraction))).toEqual([1, 1.48, 3, 6.08, 8]);
    expect(quantile(Float64Array.of(5), 0.84)).toBe(5);
    expect(quantile(new Float64Array(0), 0.5)).toBeNaN();
  });
});

describe('signal-to-noise ratios', () => {
  it('are medians of flux / σ over pixels with a weight, the lower of two in the middle, and 0 without one', () => {
    const flux = Float64Array.of(1, 2, 3, 4, 9, 9, 1, 1, 1, 1, NaN, 1);
    const ivar = Float64Array.of(4, 4, 4, 4, 0, 0, 0, 0, 0, 100, 100, 0);
    const set = { stars: ['a', 'b'], flux, ivar, waveAngstrom: new Float64Array(6) } as unknown as TrainingSet;
    expect([...signalToNoise(set)]).toEqual([4, 10]);
    const none = { ...set, stars: ['a'], ivar: new Float64Array(6) };
    expect([...signalToNoise(none)]).toEqual([0]);
  });

  it('part stars into up to four equal parts of 20 and more', () => {
    const snr = (n: number) => Float64Array.from({ length: n }, (_, k) => (k * 37) % n);
    expect(snrBins(snr(39))).toEqual([]);
    const two = snrBins(snr(41));
    expect(two.map(({ from, to, rows }) => [from, to, rows.length])).toEqual([
      [0, 20, 21],
      [21, 40, 20],
    ]);
    expect(two[0]!.rows.map((row) => snr(41)[row])).toEqual(Array.from({ length: 21 }, (_, k) => k));
    expect(snrBins(snr(61)).map(({ rows }) => rows.length)).toEqual([20, 21, 20]);
    expect(snrBins(snr(500)).map(({ rows }) => rows.length)).toEqual([125, 125, 125, 125]);
  });
});

describe('the mean over observations', () => {
  const meanOf = (...observations: [snr: number, value: number, variance: number][]) => {
    const mean = new WeightedMean();
    for (const observation of observations) mean.add(...observation);
    return [mean.mean(), mean.error(), mean.covariance()];
  };

  it('weighs them by S/N, and its variance is Σ w²σ² / (Σ w)²', () => {
    const variance = (10 ** 2 * 0.04 + 30 ** 2 * 0.01) / 40 ** 2;
    expect(meanOf([10, 1, 0.04], [30, 2, 0.01])).toEqual([(10 * 1 + 30 * 2) / 40, Math.sqrt(variance), variance]);
  });

  it('leaves out what has no S/N beside what has, and weighs all alike where none has', () => {
    expect(meanOf([NaN, 9, 1], [0, 9, 1], [10, 1, 0.04])).toEqual([1, 0.2, 0.04]);
    expect(meanOf([NaN, 1, 0.04], [0, 2, 0.04])).toEqual([1.5, Math.sqrt(0.02), 0.02]);
  });

  it('leaves out values that are not known, and keeps those of one observation as they are', () => {
    expect(meanOf([10, NaN, 1], [10, Infinity, 1], [7, 0.1, 0.3])).toEqual([0.1, Math.sqrt(0.3), 0.3]);
    expect(meanOf()).toEqual([NaN, NaN, NaN]);
    expect(meanOf([10, NaN, 1])).toEqual([NaN, NaN, NaN]);
  });
});

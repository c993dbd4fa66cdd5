/** The numbers of analyses against those of scipy 1.10 and numpy on the same data, which simple formulas give. */
import { describe, expect, it } from 'vitest';
import { binValues, usualRange } from '../../engine/analysis/binnedMap';
import { ChemicalDistance, distanceError, distancesOf } from '../../engine/analysis/chemicalDistance';
import { matchByRejection } from '../../engine/analysis/rejection';
import { kolmogorovSmirnov, mannWhitney, ResampledSeparation } from '../../engine/analysis/statistics';
import { fitLine, trendOf } from '../../engine/analysis/trend';
import { normal, randomFrom } from '../../engine/kernels/random';

const rounded = (value: number, digits: number) => Number(value.toFixed(digits));
const a = Float64Array.from({ length: 40 }, (_, k) => rounded((((k + 1) * 37) % 41) / 10 + 0.05 * (k + 1), 3));
const b = Float64Array.from({ length: 25 }, (_, k) => rounded((((k + 1) * 17) % 26) / 14 + 0.03 * (k + 1), 3));

describe('comparing two samples', () => {
  it('agrees with scipy.stats.mannwhitneyu (asymptotic, one-sided), with and without ties', () => {
    const plain = mannWhitney(a, b);
    expect(plain.separation).toBeCloseTo(0.8965, 12);
    expect(plain.p / 4.6544798841634614e-8).toBeCloseTo(1, 8);
    const half = (values: Float64Array) => values.map((value) => Math.floor(value * 2));
    const tied = mannWhitney(half(a), half(b));
    expect(tied.separation).toBeCloseTo(0.9125, 12);
    expect(tied.p / 1.062521378081875e-8).toBeCloseTo(1, 8);
  });

  it('agrees with scipy.stats.ks_2samp, and its probability with the limiting distribution kstwobign', () => {
    const { distance, p } = kolmogorovSmirnov(a, b);
    expect(distance).toBeCloseTo(0.775, 12);
    expect(p / 1.8833624070505856e-8).toBeCloseTo(1, 8);
  });

  it('finds the same separation by counts as by samples that are drawn so often', () => {
    const resampled = new ResampledSeparation(a, b);
    const [countsA, countsB] = [a.map((_, k) => k % 3), b.map((_, k) => (k + 1) % 2)];
    const repeat = (values: Float64Array, counts: Float64Array) =>
      Array.from(values).flatMap((value, k) => Array<number>(counts[k]!).fill(value));
    expect(resampled.of(countsA, countsB)).toBeCloseTo(
      mannWhitney(repeat(a, countsA), repeat(b, countsB)).separation,
      12,
    );
  });
});

describe('a line through points', () => {
  const k = Float64Array.from({ length: 30 }, (_, n) => n);
  const x = k.map((n) => 5000 + 50 * n);
  const points = {
    x,
    ey: k.map((n) => 0.03 + 0.002 * (n % 5)),
    ex: k.map((n) => 40 + 5 * (n % 3)),
    y: k.map((n) =>
      rounded(0.1 - 2e-5 * (5000 + 50 * n - 5700) + 0.06 * Math.sin(n * 2.4) + 0.02 * Math.cos(5.1 * n), 4),
    ),
  };

  it('has slope, error and scatter of the same χ² solved by scipy.optimize, with errors in both coordinates', () => {
    const line = fitLine(points);
    expect(line.slope / -2.4535930505565345e-5).toBeCloseTo(1, 5);
    expect(line.slopeError / 1.9742563309154044e-5).toBeCloseTo(1, 5);
    expect(line.level).toBeCloseTo(0.09991364897925467, 8);
    expect(line.levelError).toBeCloseTo(0.008498303622543498, 8);
    expect(line.scatter).toBeCloseTo(0.031911270234859665, 7);
  });

  it('is weighted least squares with the covariance of the normal matrix where x has no errors', () => {
    const line = fitLine({ ...points, ex: x.map(() => 0) });
    expect(line.slope / -2.42841046945475e-5).toBeCloseTo(1, 7);
    expect(line.slopeError / 1.963810726686846e-5).toBeCloseTo(1, 7);
    expect(line.scatter).toBeCloseTo(0.031930247212508464, 8);
    const trend = trendOf({ ...points, ex: x.map(() => 0) }, 0, randomFrom(1));
    expect(trend.chi2Constant).toBeCloseTo(56.85542788256665, 8);
    expect(trend.pConstant / 0.0014951347298022496).toBeCloseTo(1, 8);
    expect(trend.pLine).toBeGreaterThan(trend.pConstant);
  });

  it('is not drawn towards 0 by errors in x, and finds the scatter that was put in', () => {
    const random = randomFrom(3);
    const n = 2000;
    const truth = Float64Array.from({ length: n }, () => 5000 + 300 * normal(random));
    const { slope, slopeError, scatter } = fitLine({
      x: truth.map((value) => value + 150 * normal(random)),
      y: truth.map((value) => 1e-3 * (value - 5000) + 0.05 * normal(random) + 0.03 * normal(random)),
      ex: truth.map(() => 150),
      ey: truth.map(() => 0.03),
    });
    // Plain least squares has 0.0008 here.
    expect(Math.abs(slope - 1e-3)).toBeLessThan(4 * slopeError);
    expect(slopeError).toBeLessThan(3e-5);
    expect(scatter).toBeGreaterThan(0.03);
    expect(scatter).toBeLessThan(0.07);
  });

  it('leaves out a star that is far off, and says which', () => {
    const y = points.y.slice();
    y[7] = 3;
    const { clipped, slope } = trendOf({ ...points, y }, 4, randomFrom(1));
    expect(clipped).toEqual([7]);
    expect(Math.abs(slope)).toBeLessThan(1e-4);
  });
});

describe('values in bins', () => {
  const n = Float64Array.from({ length: 2000 }, (_, k) => k);
  const part = (step: number) => n.map((k) => (k * step) % 1);
  const [x, y] = [part(0.6180339887), part(0.7548776662)];
  const values = part(0.569840291).map((v, k) => Math.sin(7 * x[k]!) + y[k]! + v);
  const grid = { x: { from: 0, to: 1 }, y: { from: 0, to: 0.9 }, nx: 4, ny: 3 };

  it('agree with scipy.stats.binned_statistic_2d', () => {
    const map = binValues({ x, y, values, chosen: new Uint8Array(2000).fill(1) }, grid);
    expect(Array.from(map.count)).toEqual([147, 150, 152, 152, 149, 151, 152, 148, 150, 150, 152, 148]);
    const mean = [1.3267022465, 1.0553279999, -0.1742619493, 0.5195595664, 1.6264635164, 1.3875473339];
    const median = [1.3176807931, 1.0933998955, -0.1726988787, 0.5130494731, 1.6256410656, 1.4312087521];
    const std = [0.4293247742, 0.5093678501, 0.3548776683, 0.569915892, 0.4216228745, 0.5207569878];
    mean.forEach((expected, bin) => expect(map.mean[bin]).toBeCloseTo(expected, 9));
    median.forEach((expected, bin) => expect(map.median[bin]).toBeCloseTo(expected, 9));
    std.forEach((expected, bin) => {
      const count = map.count[bin]!;
      // scipy divides by n.
      expect(map.scatter[bin]! * Math.sqrt((count - 1) / count)).toBeCloseTo(expected, 9);
      expect(map.error[bin]).toBeCloseTo(map.scatter[bin]! / Math.sqrt(count), 12);
    });
    expect(map.inside + map.outside).toBe(2000);
  });

  it('count what has no value, hold the upper end of the range, and give no number for empty bins', () => {
    const map = binValues(
      {
        x: Float64Array.of(0, 1, 0.5, NaN, 0.5, 2),
        y: Float64Array.of(0, 1, 0.5, 0.5, 0.5, 0.5),
        values: Float64Array.of(1, 2, 3, 4, NaN, 5),
        chosen: Uint8Array.of(1, 1, 1, 1, 1, 1),
      },
      { x: { from: 0, to: 1 }, y: { from: 0, to: 1 }, nx: 2, ny: 2 },
    );
    expect(map).toMatchObject({ inside: 3, unknown: 2, outside: 1 });
    expect(Array.from(map.count)).toEqual([1, 0, 0, 2]);
    expect(Array.from(map.mean)).toEqual([1, NaN, NaN, 2.5]);
    expect(Array.from(map.median)).toEqual([1, NaN, NaN, 2.5]);
  });

  it('have a range without the last half per cent where that lies far out', () => {
    const spread = Float64Array.from({ length: 1001 }, (_, k) => (k === 1000 ? 1e6 : k));
    expect(usualRange(spread, new Uint8Array(1001).fill(1))!.to).toBeLessThan(1001);
    expect(usualRange(Float64Array.of(3, 3, NaN), Uint8Array.of(1, 1, 1))).toBeNull();
  });
});

describe('chemical distance', () => {
  const label = (values: number[], errors: number[], cv: number[]) => ({
    ...{ name: 'x', values: Float64Array.from(values), errors: Float64Array.from(errors) },
    ...{ cv: Float64Array.from(cv), given: 0.5 },
  });
  const labels = [label([0.1, 0.4], [0.03, 0.04], [0.1, 0.1]), label([0.2, 0], [0.06, 0.08], [0.1, 0.1])];

  it('is Equation 6 for each scale', () => {
    const distance = (scale: 'cv' | 'errors' | 'given') =>
      distancesOf(new ChemicalDistance(labels, scale).scaledDifferences([[0, 1]]))[0]!;
    expect(distance('cv')).toBeCloseTo(Math.hypot(3, 2), 12);
    expect(distance('errors')).toBeCloseTo(Math.hypot(0.3 / 0.05, 0.2 / 0.1), 12);
    expect(distance('given')).toBeCloseTo(Math.hypot(0.6, 0.4), 12);
  });

  it('has the error that finite differences of it have', () => {
    const chemical = new ChemicalDistance(labels, 'cv');
    const scaled = labels.map((_, i) => chemical.scaled(0, 1, i));
    const errors = labels.map((_, i) => chemical.scaledError(0, 1, i));
    const step = 1e-6;
    const byDifferences = Math.hypot(
      ...scaled.map((_, i) => {
        const moved = scaled.map((value, j) => (i === j ? value + step : value));
        return ((Math.hypot(...moved) - Math.hypot(...scaled)) / step) * errors[i]!;
      }),
    );
    expect(distanceError(scaled, errors)).toBeCloseTo(byDifferences, 5);
  });
});

describe('matching by rejection', () => {
  it('gives random pairs the distribution of the given ones, and says how many they are worth', () => {
    const random = randomFrom(5);
    const given = Float64Array.from({ length: 150 }, () => Math.abs(0.05 * normal(random)));
    const candidates = Float64Array.from({ length: 100_000 }, () => Math.abs(0.3 * normal(random)));
    const { taken, comparable, effectiveSize } = matchByRejection(given, candidates, random);
    const chosen = taken.map((k) => candidates[k]!);
    expect(comparable).toHaveLength(150);
    expect(kolmogorovSmirnov(given, candidates).p).toBeLessThan(1e-20);
    expect(kolmogorovSmirnov(given, chosen).p).toBeGreaterThan(0.2);
    expect(taken.length).toBeGreaterThan(2000);
    expect(effectiveSize).toBeGreaterThan(taken.length);
    expect(effectiveSize).toBeLessThan(candidates.length);
    // The spread is that of the given pairs, not that of their kernels: within 2 % of it.
    const rms = (values: ArrayLike<number>) =>
      Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0) / values.length);
    expect(Math.abs(rms(chosen) / rms(given) - 1)).toBeLessThan(0.05);
  });

  it('weighs candidates by the ratio of two kernel densities, as sums over all kernels have it', () => {
    const random = randomFrom(8);
    const given = Float64Array.from({ length: 60 }, () => Math.abs(0.08 * normal(random)));
    const candidates = Float64Array.from({ length: 3000 }, () => Math.abs(0.2 * normal(random)));
    const { bandwidth, effectiveSize, comparable } = matchByRejection(given, candidates, random);
    expect(comparable).toHaveLength(60);
    const kernels = (values: Float64Array, x: number) =>
      values.reduce(
        (sum, value) =>
          sum + Math.exp(-(((x - value) / bandwidth) ** 2) / 2) + Math.exp(-(((x + value) / bandwidth) ** 2) / 2),
        0,
      );
    const weights = candidates.map((x) => kernels(given, x) / kernels(candidates, x));
    const [sum, squares] = [weights.reduce((a, w) => a + w, 0), weights.reduce((a, w) => a + w * w, 0)];
    expect(effectiveSize / (sum ** 2 / squares)).toBeCloseTo(1, 2);
  });

  it('leaves out given pairs that no candidate is like', () => {
    const random = randomFrom(6);
    const given = Float64Array.from({ length: 40 }, (_, k) => (k === 11 ? 3 : 0.01 * k));
    const candidates = Float64Array.from({ length: 20_000 }, () => Math.abs(0.3 * normal(random)));
    const { comparable } = matchByRejection(given, candidates, random);
    expect(comparable).toHaveLength(39);
    expect(comparable).not.toContain(11);
    expect(() => matchByRejection(Float64Array.of(5, 6), candidates, random)).toThrow(/No random pair/);
  });
});

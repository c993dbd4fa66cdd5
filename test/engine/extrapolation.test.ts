/**
 * Bounds from the two-dimensional kernel estimate. Figures marked so were computed with scipy 1.10.1 (numpy 1.24.2) from the
 * same 60 stars: `gaussian_kde([truth, inferred], bw_method='silverman')`, integrated over the truth with Simpson's rule on
 * 400,001 points, and its crossings of 0.1 and 0.9 found with `brentq`.
 */
import { describe, expect, it } from 'vitest';
import { agreement } from '../../engine/cannon/agreement';
import { extrapolationBounds, normalCdf, RecoveryDensity, relativePrecision } from '../../engine/cannon/extrapolation';
import { normalDeviates } from './mockStars';

// prettier-ignore
const truth = [-1.056, 0.241, -1.087, 0.337, -0.523, -0.277, 0.032, -0.463, -0.906, -1.125, -1.339, -0.023, -0.617, -1.183, 0.26, -0.952, -0.672, -0.908, -0.242, -0.34, -0.3, -0.968, -0.931, -0.993, -0.845, -1.212, -1.169, 0.428, 0.42, -1.123, -1.451, -1.091, -0.1, 0.059, -1.454, -0.345, -1.497, -0.469, -0.22, 0.471, -0.982, 0.105, 0.241, 0.345, -1.496, -0.561, 0.463, -0.702, 0.127, -0.407, 0.042, -0.53, -1.442, -1.327, -1.277, -0.998, 0.43, -0.236, 0.133, -0.368];
// prettier-ignore
const inferred = [-0.662, 0.064, -0.799, 0.074, -0.321, -0.268, -0.206, -0.453, -0.71, -0.703, -0.932, 0.047, -0.438, -0.82, 0.001, -0.613, -0.542, -0.731, -0.22, -0.323, -0.205, -0.707, -0.907, -0.653, -0.777, -0.724, -0.676, 0.103, 0.039, -0.906, -0.921, -0.791, -0.228, -0.104, -0.825, -0.299, -0.959, -0.339, -0.171, 0.248, -0.766, -0.074, -0.036, 0.03, -0.926, -0.497, 0.151, -0.597, -0.091, -0.301, -0.13, -0.477, -0.946, -0.876, -0.823, -0.705, -0.002, -0.211, -0.0, -0.259];

describe('P(true < y | inferred = y)', () => {
  it('is that of scipy', () => {
    const density = RecoveryDensity.of(inferred, truth)!;
    expect(density.below(-1)).toBeCloseTo(0.9938549529428724, 9);
    expect(density.below(-0.6)).toBeCloseTo(0.9473205530240314, 9);
    expect(density.below(-0.2)).toBeCloseTo(0.36418552274293353, 9);
    expect(density.below(0.05)).toBeCloseTo(0.060041472405896766, 9);
  });

  it('follows from Gaussian integrals to 1e-15 (scipy.stats.norm.cdf)', () => {
    const known = [
      [-8, 6.22096057427174e-16],
      [-3.5, 0.00023262907903552502],
      [-3, 0.0013498980316300933],
      [-2.9, 0.0018658133003840375],
      [-1, 0.15865525393145707],
      [-1e-3, 0.49960105778608893],
      [0, 0.5],
      [0.5, 0.6914624612740131],
      [2, 0.9772498680518208],
      [3.1, 0.9990323967867817],
      [5, 0.9999997133484281],
    ] as const;
    for (const [x, value] of known) expect(normalCdf(x) / value).toBeCloseTo(1, 13);
    expect([normalCdf(-Infinity), normalCdf(Infinity), normalCdf(-40)]).toEqual([0, 1, 0]);
  });
});

describe('quantiles of p(true | inferred)', () => {
  it('are those of scipy’s density, summed up along the line of the inferred value', () => {
    const k = Array.from({ length: 40 }, (_, n) => n);
    const truth = k.map((n) => 1.5 * Math.sin(12.9898 * (n + 1)) + 0.02 * n);
    const inferred = k.map((n) => 0.8 * truth[n]! + 0.3 * Math.cos(78.233 * (n + 1)));
    const density = RecoveryDensity.of(inferred, truth)!;
    // gaussian_kde([t, y], bw_method='silverman') on 200001 points from −8 to 8.
    const known: readonly (readonly [number, readonly number[]])[] = [
      [-0.9, [-1.4719302755, -1.0302289524, -0.704383334]],
      [0.2, [-0.1378736793, 0.2625230998, 0.6581908311]],
      [1.1, [0.9937969423, 1.3674994132, 1.7432996829]],
    ];
    for (const [y, values] of known) {
      density.quantiles(y, [0.1, 0.5, 0.9]).forEach((found, i) => expect(found).toBeCloseTo(values[i]!, 6));
    }
  });

  it('meet the line true = inferred at the bounds, and are none far from all stars', () => {
    const density = RecoveryDensity.of(inferred, truth)!;
    const { lower, upper } = density.bounds()!;
    for (const y of [lower, upper, -0.5]) expect(density.quantiles(y, [density.below(y)])[0]).toBeCloseTo(y, 6);
    expect(density.quantiles(1e6, [0.1, 0.9])).toEqual([NaN, NaN]);
  });
});

describe('bounds', () => {
  it('are where scipy’s density crosses 10 % and 90 %', () => {
    const bounds = extrapolationBounds(inferred, truth)!;
    expect(bounds.lower).toBeCloseTo(-0.5068152412125015, 9);
    expect(bounds.upper).toBeCloseTo(-0.039588838558036736, 9);
    expect(bounds).toMatchObject({ lowerExcluded: true, upperExcluded: true });
  });

  /** Stars whose labels come out right in the middle and level off beyond ±1.5. */
  function levelling(count: number, noise: number, seed: number) {
    const normal = normalDeviates(seed);
    const t = Array.from({ length: count }, () => 1.2 * normal());
    return { t, y: t.map((x) => 1.5 * Math.tanh(x / 1.5) + noise * normal()) };
  }

  it('take in the range where a label is recovered, and end where it levels off', () => {
    const { t, y } = levelling(2000, 0.1, 3);
    const bounds = extrapolationBounds(y, t)!;
    expect(bounds.lowerExcluded && bounds.upperExcluded).toBe(true);
    expect(bounds.lower).toBeGreaterThan(-1.6);
    expect(bounds.lower).toBeLessThan(-0.8);
    expect(bounds.upper).toBeLessThan(1.6);
    expect(bounds.upper).toBeGreaterThan(0.8);
  });

  it('end with the last stars where nothing is excluded, even on a line without any width', () => {
    const line = Array.from({ length: 50 }, (_, n) => n / 7);
    const ends = { lower: 0, upper: 7, lowerExcluded: false, upperExcluded: false };
    expect(extrapolationBounds(line, line)).toEqual(ends);
    const normal = normalDeviates(8);
    const noisy = Array.from({ length: 500 }, () => normal());
    const bounds = extrapolationBounds(
      noisy.map((x) => x + 0.3 * normal()),
      noisy,
    )!;
    expect(bounds.lower).toBeLessThan(-1);
    expect(bounds.upper).toBeGreaterThan(1);
  });

  it('do not depend on the order of the stars, move with the origin and stretch with the unit', () => {
    const { t, y } = levelling(300, 0.2, 4);
    const bounds = extrapolationBounds(y, t)!;
    expect(extrapolationBounds([...y].reverse(), [...t].reverse())).toEqual(bounds);
    const inKelvin = (x: number) => 5000 + 400 * x;
    const moved = extrapolationBounds(y.map(inKelvin), t.map(inKelvin))!;
    expect(moved.lower).toBeCloseTo(inKelvin(bounds.lower), 6);
    expect(moved.upper).toBeCloseTo(inKelvin(bounds.upper), 6);
    const mirrored = extrapolationBounds(
      y.map((x) => -x),
      t.map((x) => -x),
    )!;
    expect(mirrored.lower).toBeCloseTo(-bounds.upper, 9);
    expect(mirrored.upper).toBeCloseTo(-bounds.lower, 9);
  });

  it('leave out stars that lack a label', () => {
    expect(extrapolationBounds([...inferred, NaN, 3], [...truth, 1, NaN])).toEqual(
      extrapolationBounds(inferred, truth),
    );
  });

  it('are none for too few stars, a label that is the same for all, or one that is never right', () => {
    expect(extrapolationBounds([1, 2, 3], [1, 2, 3])).toBeNull();
    expect(
      extrapolationBounds(
        inferred,
        inferred.map(() => 4.5),
      ),
    ).toBeNull();
    expect(
      extrapolationBounds(
        truth.map(() => 4.5),
        truth,
      ),
    ).toBeNull();
    expect(
      extrapolationBounds(
        truth.map((x) => x + 100),
        truth,
      ),
    ).toBeNull();
  });

  it('of ten thousand stars are found in a moment', () => {
    const { t, y } = levelling(10000, 0.1, 5);
    const from = performance.now();
    expect(extrapolationBounds(y, t)).not.toBeNull();
    expect(performance.now() - from).toBeLessThan(2000);
  });
});

describe('relative precision', () => {
  it('is twice the scatter over the range that is believed', () => {
    const range = { lower: -1, upper: 0.5, lowerExcluded: true, upperExcluded: true };
    expect(relativePrecision(0.15, range)).toBeCloseTo(0.2, 12);
    expect(relativePrecision(NaN, range)).toBeNull();
    expect(relativePrecision(0.1, { ...range, upper: -1 })).toBeNull();
    expect(relativePrecision(0.1, null)).toBeNull();
  });
});

describe('agreement', () => {
  it('is that of numpy and scipy', () => {
    const found = agreement(inferred, truth);
    const known = {
      scatter: 0.3181,
      mad: 0.3498936,
      rms: 0.2917372676456221,
      bias: 0.1,
      mean: 0.103,
      correlation: 0.976578520392907,
      spearman: 0.9634198864487193,
    };
    for (const [key, value] of Object.entries(known)) expect(found[key as keyof typeof known]).toBeCloseTo(value, 12);
    expect(found.stars).toBe(60);
  });

  it('gives equal values the mean of their ranks', () => {
    const tenths = (values: readonly number[]) => values.map((x) => Math.round(10 * x));
    expect(agreement(tenths(inferred), tenths(truth)).spearman).toBeCloseTo(0.9612321715530247, 12);
  });
});

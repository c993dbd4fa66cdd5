/** Posterior samples against quadrature, priors against their definition, and χ² by window. */
import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { inferStars } from '../../engine/cannon/infer';
import { predictFlux, type Model } from '../../engine/cannon/model';
import { effectiveSize } from '../../engine/cannon/posterior';
import { linearTerms, quadraticTerms } from '../../engine/cannon/vectorizer';
import { normalDeviates } from './mockStars';

const nPixels = 60;
const normal = normalDeviates(17);

function modelOf(nLabels: number, terms: Model['terms'], theta: (degree: number) => number): Model {
  return {
    name: 'mock',
    labels: Array.from({ length: nLabels }, (_, i) => ({
      ...{ name: `x${i}`, unit: '', pivot: 5 * i, scale: 2, min: 5 * i - 6, max: 5 * i + 6 },
    })),
    terms,
    waveAngstrom: Float64Array.from({ length: nPixels }, (_, p) => 5000 + p),
    theta: Float64Array.from({ length: nPixels * terms.length }, (_, k) => theta(terms[k % terms.length]!.length)),
    scatter: new Float64Array(nPixels).fill(0.001),
    modes: new Float64Array(0),
    converged: new Uint8Array(nPixels).fill(1),
    nStars: new Int32Array(nPixels).fill(500),
    provenance: {},
  };
}

function star(model: Model, truth: number[], sigma: number) {
  const flux = predictFlux(model, truth).map((f) => f + normal() * Math.hypot(sigma, 0.001));
  return { flux, ivar: new Float64Array(nPixels).fill(1 / sigma ** 2) };
}

describe('posterior samples', () => {
  // Mostly the square of the label is seen: two minima of unlike depth, each skewed.
  const line = modelOf(1, quadraticTerms(1), (degree) => [1, 0.0004 * normal(), 0.004][degree]!);
  const { flux, ivar } = star(line, [1.6], 0.01);
  const samples = { count: 4000, seeds: [7] };
  const [fit] = inferStars(line, [flux], [ivar], { samples });
  const chi2 = (x: number) =>
    predictFlux(line, [x]).reduce((sum, f, p) => sum + (flux[p]! - f) ** 2 / (1e-4 + line.scatter[p]! ** 2), 0);

  it('have the moments of the posterior, and its share in each minimum, by quadrature', () => {
    const grid = Array.from({ length: 4001 }, (_, k) => -8 + 0.004 * k);
    const weights = grid.map((x) => Math.exp((fit!.chi2 - chi2(x)) / 2));
    const total = weights.reduce((sum, w) => sum + w, 0);
    const expected = (of: (x: number) => number) => grid.reduce((sum, x, k) => sum + of(x) * weights[k]!, 0) / total;
    const found = (of: (x: number) => number) => {
      const values = fit!.posterior!.samples.map(of);
      return values.reduce((sum, x) => sum + x, 0) / values.length;
    };
    expect(fit!.posterior!.samples).toHaveLength(4000);
    const positive = expected((x) => Number(x > 0));
    expect(positive).toBeGreaterThan(0.05);
    expect(positive).toBeLessThan(0.95);
    // Four times what 3000 independent samples would leave.
    const tolerance = (of: (x: number) => number) => {
      const mean = expected(of);
      return 4 * Math.sqrt(expected((x) => (of(x) - mean) ** 2) / 3000);
    };
    for (const of of [(x: number) => Number(x > 0), (x: number) => x, Math.abs, (x: number) => x * x]) {
      expect(Math.abs(found(of) - expected(of))).toBeLessThan(tolerance(of));
    }
  });

  it('come with diagnostics: most proposals are taken, and nearly every sample counts', () => {
    const { acceptance, effectiveSize: size } = fit!.posterior!;
    expect(acceptance).toBeGreaterThan(0.6);
    expect(size).toBeGreaterThan(2500);
    expect(size).toBeLessThanOrEqual(4000);
  });

  it('have the covariance of the fit where χ² is nearly a paraboloid', () => {
    const model = modelOf(3, quadraticTerms(3), (degree) => [1, 0.05, 0.0005][degree]! * (degree === 0 ? 1 : normal()));
    const { flux, ivar } = star(model, [1, 4, 11], 0.005);
    const [{ labels, covariance, posterior }] = inferStars(model, [flux], [ivar], {
      samples: { count: 5000, seeds: [1] },
    }) as [ReturnType<typeof inferStars>[number]];
    const column = (i: number) => posterior!.samples.filter((_, k) => k % 3 === i);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j <= i; j++) {
        const [x, y] = [column(i), column(j)];
        const product = x.reduce((sum, value, k) => sum + (value - labels[i]!) * (y[k]! - labels[j]!), 0) / x.length;
        const scale = Math.sqrt(covariance[i * 4]! * covariance[j * 4]!);
        expect(Math.abs(product - covariance[i * 3 + j]!) / scale).toBeLessThan(0.08);
      }
    }
  });

  it('depend on the seed of the star alone', () => {
    const other = star(line, [-1], 0.01);
    const together = inferStars(line, [other.flux, flux], [other.ivar, ivar], {
      samples: { count: 4000, seeds: [3, 7] },
    });
    expect(together[1]!.posterior).toEqual(fit!.posterior);
    const [reseeded] = inferStars(line, [flux], [ivar], { samples: { count: 4000, seeds: [8] } });
    expect(reseeded!.posterior!.samples).not.toEqual(fit!.posterior!.samples);
  });

  it('are none where a star has no labels, or when none were asked for', () => {
    const [none] = inferStars(line, [flux], [new Float64Array(nPixels)], { samples });
    expect([none!.problem === null, none!.posterior]).toEqual([false, null]);
    expect(inferStars(line, [flux], [ivar])[0]!.posterior).toBeNull();
  });
});

describe('the effective size of a chain', () => {
  it('is that of an autoregressive chain by its theory, and all of an independent one', () => {
    for (const phi of [0, 0.5, 0.9]) {
      let x = 0;
      const chain = Float64Array.from({ length: 40000 }, () => (x = phi * x + normal()));
      expect(effectiveSize(chain) / (40000 * ((1 - phi) / (1 + phi)))).toBeCloseTo(1, 0.7);
    }
    expect(effectiveSize(new Float64Array(100).fill(3))).toBe(1);
  });
});

describe('a prior on labels', () => {
  const model = modelOf(2, linearTerms(2), (degree) => (degree === 0 ? 1 : 0.02 * normal()));
  const { flux, ivar } = star(model, [1, 6], 0.02);
  const prior = [null, { mean: 5.2, sigma: 0.3 }];

  it('adds its information to the pixels’: exactly so for a linear model', () => {
    const [free] = inferStars(model, [flux], [ivar]);
    const [fit] = inferStars(model, [flux], [ivar], { prior });
    const matrix = (values: Float64Array) => new Matrix([[...values.subarray(0, 2)], [...values.subarray(2)]]);
    const information = inverse(matrix(free!.covariance));
    const both = inverse(matrix(fit!.covariance));
    expect(both.get(0, 0) / information.get(0, 0)).toBeCloseTo(1, 8);
    expect(both.get(1, 1) - information.get(1, 1)).toBeCloseTo(1 / 0.3 ** 2, 6);
    const right = information.mmul(Matrix.columnVector([...free!.labels])).to1DArray();
    const expected = inverse(both)
      .mmul(Matrix.columnVector([right[0]!, right[1]! + 5.2 / 0.3 ** 2]))
      .to1DArray();
    fit!.labels.forEach((x, i) => expect(Math.abs(x - expected[i]!) / fit!.errors[i]!).toBeLessThan(1e-7));
  });

  it('is exact for quadratic models and shapes the samples too', () => {
    const curved = modelOf(2, quadraticTerms(2), (degree) => (degree === 0 ? 1 : [0, 0.02, 0.005][degree]! * normal()));
    const mock = star(curved, [1, 6], 0.02);
    const options = { prior, samples: { count: 3000, seeds: [4] } };
    const [fit] = inferStars(curved, [mock.flux], [mock.ivar], options);
    const total = (labels: Float64Array) =>
      predictFlux(curved, labels).reduce((sum, f, p) => sum + (mock.flux[p]! - f) ** 2 / (4e-4 + 1e-6), 0) +
      ((labels[1]! - 5.2) / 0.3) ** 2;
    for (const i of [0, 1]) {
      const at = (step: number) => total(fit!.labels.map((x, k) => (k === i ? x + step * fit!.errors[i]! : x)));
      expect(Math.abs(at(0.01) - at(-0.01)) / 0.02).toBeLessThan(1e-5);
    }
    const second = fit!.posterior!.samples.filter((_, k) => k % 2 === 1);
    const mean = second.reduce((sum, x) => sum + x, 0) / second.length;
    expect(Math.abs(mean - fit!.labels[1]!)).toBeLessThan(0.3 * fit!.errors[1]!);
  });
});

describe('χ² by window', () => {
  it('is the part of χ² from the usable pixels between two wavelengths', () => {
    const model = modelOf(2, linearTerms(2), (degree) => (degree === 0 ? 1 : 0.02 * normal()));
    const { flux, ivar } = star(model, [1, 6], 0.02);
    ivar[12] = 0;
    const windows = [
      { name: 'blue', windows: [[4000, 5010]] as const },
      { name: 'middle', windows: [[5010, 5030.5]] as const },
      { name: 'red', windows: [[5030.5, 9000]] as const },
      { name: 'outside', windows: [[3000, 4000]] as const },
    ];
    const [fit] = inferStars(model, [flux], [ivar], { windows });
    expect(fit!.windows.map((window) => window.nPixels)).toEqual([10, 20, 29, 0]);
    expect(fit!.windows.reduce((sum, { chi2 }) => sum + chi2, 0) / fit!.chi2).toBeCloseTo(1, 12);
    const first = predictFlux(model, fit!.labels)
      .subarray(0, 10)
      .reduce((sum, f, p) => sum + (flux[p]! - f) ** 2 / (4e-4 + 1e-6), 0);
    expect(fit!.windows[0]!.chi2 / first).toBeCloseTo(1, 9);
  });
});

/** Errors of θ and the condition of a pixel: against finite differences, plain algebra, and the scatter of many mocks. */
import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { trainPixelsFast, type FastPixelFit, type FastPixelJob } from '../../engine/cannon/fastTraining';
import { plainErrors } from '../../engine/cannon/thetaErrors';
import { planTraining, triangle, type PlanOptions } from '../../engine/cannon/trainingPlan';
import { orthonormalBasis } from '../../engine/kernels/orthonormalBasis';
import { mockStars as benchStars } from '../bench/mockSurvey';
import { normalDeviates } from './mockStars';

const size = { nStars: 150, nPixels: 20, nLabels: 2 };
const mock = benchStars(size, 4);
const nTerms = mock.terms.length;

function job(options: Partial<PlanOptions & FastPixelJob> = {}, flux = mock.flux): FastPixelJob {
  const { terms, design, ivar } = mock;
  const plan = planTraining({ design, terms, stars: [...Array(size.nStars).keys()], nSlots: 1, ...options });
  return {
    plan,
    design,
    flux,
    ivar,
    nPixels: size.nPixels,
    fromPixel: 0,
    toPixel: size.nPixels,
    covariance: 'full',
    ...options,
  };
}

function weights(p: number, scatter: number): number[] {
  return Array.from({ length: size.nStars }, (_, n) => {
    const iv = mock.ivar[n * size.nPixels + p]!;
    return iv === 0 ? 0 : 1 / (1 / iv + scatter ** 2);
  });
}

/** Half of χ² of a pixel, with the ridge. */
function halfChi2(p: number, theta: ArrayLike<number>, w: readonly number[], ridge: number): number {
  let sum = 0;
  w.forEach((weight, n) => {
    if (weight === 0) return;
    let r = mock.flux[n * size.nPixels + p]!;
    for (let t = 0; t < nTerms; t++) r -= theta[t]! * mock.design[n * nTerms + t]!;
    sum += weight * r * r;
  });
  for (let t = 1; t < nTerms; t++) sum += ridge * theta[t]! ** 2;
  return sum / 2;
}

/** The Hessian by central differences; χ² is quadratic, so the steps may be large. */
function hessian(p: number, at: Float64Array, w: readonly number[], ridge: number): Matrix {
  const h = 0.1;
  const shifted = (i: number, a: number, j: number, b: number) => {
    const theta = at.slice();
    theta[i]! += a;
    theta[j]! += b;
    return halfChi2(p, theta, w, ridge);
  };
  const matrix = Matrix.zeros(nTerms, nTerms);
  for (let i = 0; i < nTerms; i++) {
    for (let j = 0; j < nTerms; j++) {
      const sum = shifted(i, h, j, h) - shifted(i, h, j, -h) - shifted(i, -h, j, h) + shifted(i, -h, j, -h);
      matrix.set(i, j, sum / (4 * h * h));
    }
  }
  return matrix;
}

function expectInverseHessian(fit: FastPixelFit, ridge: number, tolerance: number) {
  for (let p = 0; p < size.nPixels; p++) {
    const theta = fit.theta.slice(p * nTerms, (p + 1) * nTerms);
    const expected = inverse(hessian(p, theta, weights(p, fit.scatter[p]!), ridge));
    for (let i = 0; i < nTerms; i++) {
      for (let j = 0; j <= i; j++) {
        const found = fit.covariance![p * triangle(nTerms) + triangle(i) + j]!;
        const unit = Math.sqrt(expected.get(i, i) * expected.get(j, j));
        expect(Math.abs(found - expected.get(i, j)) / unit).toBeLessThan(tolerance);
      }
      expect(fit.thetaVariance![p * nTerms + i]!).toBe(fit.covariance![p * triangle(nTerms) + triangle(i + 1) - 1]!);
    }
  }
}

describe('the covariance of θ', () => {
  it('is the inverse of the Hessian of χ² / 2 at the s of each pixel, by finite differences', () => {
    expectInverseHessian(trainPixelsFast(job()), 0, 3e-3);
    const fixedScatter = new Float64Array(size.nPixels).fill(0.013);
    expectInverseHessian(trainPixelsFast(job({ fixedScatter })), 0, 1e-7);
  });

  it('is so with a ridge, and with the restricted likelihood', () => {
    expectInverseHessian(trainPixelsFast(job({ ridge: 200 })), 200, 3e-3);
    expectInverseHessian(trainPixelsFast(job({ scatterEstimator: 'reml' })), 0, 3e-3);
  });

  it('is that of the same s held, whichever likelihood found it, and so is the condition', () => {
    for (const scatterEstimator of ['ml', 'reml'] as const) {
      const free = trainPixelsFast(job({ scatterEstimator }));
      const held = trainPixelsFast(job({ fixedScatter: free.scatter }));
      free.condition!.forEach((x, p) => expect(x / held.condition![p]!).toBeCloseTo(1, 2));
      free.thetaVariance!.forEach((x, k) => expect(x / held.thetaVariance![k]!).toBeCloseTo(1, 2));
    }
  });

  it('has 0 where θ is held at 0, and is that of the smaller model elsewhere', () => {
    const allowed = mock.terms.map((term) => (term.includes(1) ? 0 : 1));
    const allowedTerms = Uint8Array.from({ length: size.nPixels * nTerms }, (_, k) => allowed[k % nTerms]!);
    const fit = trainPixelsFast(job({ allowedTerms }));
    const kept = allowed.flatMap((flag, t) => (flag === 1 ? [t] : []));
    for (let p = 0; p < size.nPixels; p++) {
      const theta = fit.theta.slice(p * nTerms, (p + 1) * nTerms);
      const whole = hessian(p, theta, weights(p, fit.scatter[p]!), 0);
      const expected = inverse(whole.selection(kept, kept));
      kept.forEach((t, k) => expect(fit.thetaVariance![p * nTerms + t]! / expected.get(k, k)).toBeCloseTo(1, 2));
      allowed.forEach((flag, t) => flag === 0 && expect(fit.thetaVariance![p * nTerms + t]).toBe(0));
    }
  });

  it('is the scatter of θ over mocks that differ in their noise, within what 400 mocks can tell', () => {
    const scatter = 0.02;
    const nMocks = 400;
    const normal = normalDeviates(21);
    const truth = trainPixelsFast(job()).theta;
    const fixedScatter = new Float64Array(size.nPixels).fill(scatter);
    const nUsed = 4;
    const sums = new Float64Array(nUsed * nTerms);
    let fit: FastPixelFit | null = null;
    for (let k = 0; k < nMocks; k++) {
      const flux = mock.flux.map((_, e) => {
        const [n, p] = [Math.floor(e / size.nPixels), e % size.nPixels];
        if (p >= nUsed || mock.ivar[e] === 0) return 1;
        let f = Math.sqrt(1 / mock.ivar[e]! + scatter ** 2) * normal();
        for (let t = 0; t < nTerms; t++) f += truth[p * nTerms + t]! * mock.design[n * nTerms + t]!;
        return f;
      });
      fit = trainPixelsFast(job({ fixedScatter, toPixel: nUsed }, flux));
      fit.theta.forEach((x, e) => (sums[e]! += (x - truth[e]!) ** 2 / nMocks));
    }
    // A variance of 400 draws is known to 7 %; the worst of 24 lies within four of that.
    fit!.thetaVariance!.forEach((variance, e) => expect(Math.abs(sums[e]! / variance - 1)).toBeLessThan(0.28));
    const mean = fit!.thetaVariance!.reduce((sum, variance, e) => sum + sums[e]! / variance, 0) / sums.length;
    expect(mean).toBeGreaterThan(0.94);
    expect(mean).toBeLessThan(1.06);
  });

  it('has a condition: the 1-norms of the scaled normal matrix and its inverse', () => {
    const fit = trainPixelsFast(job());
    for (let p = 0; p < size.nPixels; p++) {
      const a = hessian(p, fit.theta.slice(p * nTerms, (p + 1) * nTerms), weights(p, fit.scatter[p]!), 0);
      const scaled = Matrix.zeros(nTerms, nTerms);
      for (let i = 0; i < nTerms; i++) {
        for (let j = 0; j < nTerms; j++) scaled.set(i, j, a.get(i, j) / Math.sqrt(a.get(i, i) * a.get(j, j)));
      }
      const norm = (m: Matrix) =>
        Math.max(...Array.from({ length: nTerms }, (_, j) => m.getColumn(j).reduce((sum, x) => sum + Math.abs(x), 0)));
      expect(fit.condition![p]! / (norm(scaled) * norm(inverse(scaled)))).toBeCloseTo(1, 1);
    }
  });

  it('is the same from orthogonal factors, which serve where labels are nearly the same', () => {
    const fit = trainPixelsFast(job());
    const { q, r } = orthonormalBasis(mock.design, size.nStars, nTerms);
    for (let p = 0; p < size.nPixels; p++) {
      const plain = plainErrors(q, r, weights(p, fit.scatter[p]!), nTerms, true)!;
      plain.covariance!.forEach((x, e) => {
        expect(Math.abs(x - fit.covariance![p * triangle(nTerms) + e]!)).toBeLessThan(
          3e-3 * Math.max(...plain.variance),
        );
      });
      expect(plain.condition / fit.condition![p]!).toBeCloseTo(1, 2);
    }
    const near = Float64Array.from(mock.design, (x, k) => (k % nTerms === 2 ? mock.design[k - 1]! + 1e-6 * x : x));
    const terms = [[], [0], [1]];
    const design = Float64Array.from(
      { length: size.nStars * 3 },
      (_, k) => near[Math.floor(k / 3) * nTerms + (k % 3)]!,
    );
    const plan = planTraining({ design, terms, stars: [...Array(size.nStars).keys()], nSlots: 1 });
    const hard = trainPixelsFast({ ...job(), plan, design });
    expect(hard.converged.every((flag) => flag === 1)).toBe(true);
    // Normal equations were tried once.
    expect([...hard.iterations]).toEqual(Array(size.nPixels).fill(1));
    // A flux that is not a number counts as one without weight, in the errors too.
    const place = 17 * size.nPixels + 5;
    const hidden = trainPixelsFast({ ...job(), plan, design, ivar: mock.ivar.map((iv, k) => (k === place ? 0 : iv)) });
    const broken = mock.flux.map((f, k) => (k === place ? NaN : f));
    expect(trainPixelsFast({ ...job({}, broken), plan, design }).thetaVariance).toEqual(hidden.thetaVariance);
    expect(hidden.thetaVariance![5 * 3]).not.toBe(hard.thetaVariance![5 * 3]);
    for (let p = 0; p < size.nPixels; p++) {
      const w = weights(p, hard.scatter[p]!);
      // The same model in labels that are told apart: θ₁ + θ₂ and 1e-6 θ₂ are its coefficients.
      const clean = Matrix.zeros(3, 3);
      for (let n = 0; n < size.nStars; n++) {
        const eta = [1, mock.design[n * nTerms + 1]!, mock.design[n * nTerms + 2]!];
        eta.forEach((x, i) => eta.forEach((y, j) => clean.set(i, j, clean.get(i, j) + w[n]! * x * y)));
      }
      const expected = inverse(clean);
      expect((hard.thetaVariance![p * 3 + 2]! * 1e-12) / expected.get(2, 2)).toBeCloseTo(1, 2);
      expect(hard.condition![p]!).toBeGreaterThan(1e10);
    }
  });

  it('is not a number where a pixel has no model', () => {
    const ivar = mock.ivar.map((iv, k) => (k % size.nPixels === 3 ? 0 : iv));
    const fit = trainPixelsFast({ ...job(), ivar });
    expect(fit.thetaVariance![3 * nTerms]).toBeNaN();
    expect(fit.condition![3]).toBeNaN();
    expect(fit.thetaVariance![4 * nTerms]!).toBeGreaterThan(0);
    expect(fit.iterations[4]).toBeGreaterThan(0);
  });
});

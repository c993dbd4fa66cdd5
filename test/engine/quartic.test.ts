/** The polynomial of a star's χ² against the pixels it came from, and the labels found on it against the truth. */
import { describe, expect, it } from 'vitest';
import { fitStars, type StarJob } from '../../engine/cannon/quartic';
import { planStars, StarBlock } from '../../engine/cannon/starBlock';
import { linearTerms, quadraticTerms, vectorize, vectorizeGradient, type Term } from '../../engine/cannon/vectorizer';
import { withSlot } from '../../engine/kernels/arena';
import type { KernelKind } from '../../engine/kernels/kernels';
import { monomialsOf } from '../../engine/kernels/monomials';
import { Polynomial } from '../../engine/kernels/polynomial';
import { normalDeviates } from './mockStars';

const nLabels = 3;
const terms = quadraticTerms(nLabels);
const nTerms = terms.length;
const nPixels = 90;
const normal = normalDeviates(3);
const theta = Float64Array.from({ length: nPixels * nTerms }, (_, k) => {
  const degree = terms[k % nTerms]!.length;
  return degree === 0 ? 1 : (degree === 1 ? 0.05 : 0.01) * normal();
});
const scatter = Float64Array.from({ length: nPixels }, (_, p) => (p % 3) * 0.002);
const ranges = Array.from({ length: nLabels }, () => ({ min: -3.5, max: 3.5 }));

interface Stars {
  readonly labels: Float64Array;
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
}

/** Stars that the model describes exactly: noise of σ and of its own s. */
function stars(count: number, sigma = 0.004): Stars {
  const labels = Float64Array.from({ length: count * nLabels }, normal);
  const flux = new Float64Array(count * nPixels);
  const ivar = new Float64Array(count * nPixels);
  for (let k = 0; k < flux.length; k++) {
    const [n, p] = [Math.floor(k / nPixels), k % nPixels];
    flux[k] = modelFlux(labels.subarray(n * nLabels, (n + 1) * nLabels), p) + normal() * Math.hypot(sigma, scatter[p]!);
    ivar[k] = k % 37 === 5 ? 0 : 1 / sigma ** 2;
    if (k % 41 === 7) flux[k] = NaN;
  }
  return { labels, flux, ivar };
}

function modelFlux(labels: ArrayLike<number>, pixel: number): number {
  const eta = new Float64Array(nTerms);
  vectorize(labels, terms, eta);
  return eta.reduce((sum, x, t) => sum + x * theta[pixel * nTerms + t]!, 0);
}

/** χ² on the pixels, from its definition. */
function chi2OnPixels({ flux, ivar }: Stars, n: number, labels: ArrayLike<number>): number {
  let sum = 0;
  for (let p = 0; p < nPixels; p++) {
    const k = n * nPixels + p;
    if (!(ivar[k]! > 0) || !Number.isFinite(flux[k]!)) continue;
    sum += (flux[k]! - modelFlux(labels, p)) ** 2 / (1 / ivar[k]! + scatter[p]! ** 2);
  }
  return sum;
}

function jobOf({ flux, ivar }: Stars, kind?: KernelKind): StarJob {
  const count = flux.length / nPixels;
  const plan = planStars(terms, nLabels, nPixels, 1, kind);
  return { plan, model: { theta, scatter }, ranges, flux, ivar, stars: [...Array(count).keys()] };
}

describe('the polynomial of a star', () => {
  it('is its χ² at any labels', () => {
    const mock = stars(5);
    const { plan } = jobOf(mock);
    withSlot(plan.arena, (slot) => {
      const block = new StarBlock(plan, monomialsOf(plan.terms), slot);
      block.setModel({ theta, scatter });
      const rows = (source: Float64Array) =>
        [0, 1, 2, 3, 4].map((n) => source.subarray(n * nPixels, (n + 1) * nPixels));
      const { constant, nPixels: usable } = block.load(rows(mock.flux), rows(mock.ivar));
      const polynomial = new Polynomial(block.products.monomials, nLabels);
      block.coefficients(5).forEach((coefficients, n) => {
        polynomial.setCoefficients(coefficients);
        for (let trial = 0; trial < 4; trial++) {
          const labels = [normal(), normal(), normal()];
          polynomial.moveTo(labels);
          expect((constant[n]! + polynomial.value()) / chi2OnPixels(mock, n, labels)).toBeCloseTo(1, 10);
        }
        const row = [...mock.flux.subarray(n * nPixels, (n + 1) * nPixels)];
        expect(usable[n]).toBe(row.filter((f, p) => Number.isFinite(f) && mock.ivar[n * nPixels + p]! > 0).length);
      });
    });
  });

  it('has the gradient and Hessian of finite differences, for monomials of any degree', () => {
    const monomials: Term[] = [[], [0], [1], [0, 0], [0, 1], [1, 1, 1], [0, 0, 1, 2], [2, 2, 2, 2], [0, 1, 1, 2, 2]];
    const polynomial = new Polynomial(monomials, 3);
    polynomial.setCoefficients(Float64Array.from(monomials, normal));
    const at = [0.7, -1.2, 0];
    const shifted = (i: number, h: number) => at.map((x, k) => (k === i ? x + h : x));
    const gradientAt = (labels: number[]) => {
      polynomial.moveTo(labels);
      const gradient = new Float64Array(3);
      polynomial.gradient(gradient);
      return gradient;
    };
    const valueAt = (labels: number[]) => {
      polynomial.moveTo(labels);
      return polynomial.value();
    };
    const h = 1e-5;
    const gradient = gradientAt(at);
    const hessian = new Float64Array(6);
    polynomial.hessian(hessian);
    for (let i = 0; i < 3; i++) {
      expect(gradient[i]).toBeCloseTo((valueAt(shifted(i, h)) - valueAt(shifted(i, -h))) / (2 * h), 7);
      const [up, down] = [gradientAt(shifted(i, h)), gradientAt(shifted(i, -h))];
      for (let j = 0; j < 3; j++) {
        const element = hessian[i >= j ? (i * (i + 1)) / 2 + j : (j * (j + 1)) / 2 + i];
        expect(element).toBeCloseTo((up[j]! - down[j]!) / (2 * h), 7);
      }
    }
  });
});

describe('labels from polynomials', () => {
  const mock = stars(70);
  const fits = fitStars(jobOf(mock));

  it('lie where χ² on the pixels is least, with its value', () => {
    fits.forEach((fit, n) => {
      expect(fit.converged).toBe(true);
      expect(fit.chi2 / chi2OnPixels(mock, n, fit.labels)).toBeCloseTo(1, 9);
      for (let i = 0; i < nLabels; i++) {
        const h = 0.01 * Math.sqrt(fit.covariance[i * (nLabels + 1)]!);
        const at = (step: number) => fit.labels.map((x, k) => (k === i ? x + step : x));
        const slope = (chi2OnPixels(mock, n, at(h)) - chi2OnPixels(mock, n, at(-h))) / 0.02;
        // In units of χ² for one standard error: at the minimum to 1e-6 of it, or to rounding.
        expect(Math.abs(slope)).toBeLessThan(1e-4);
      }
    });
  });

  it('carry the covariance (JᵀWJ)⁻¹', () => {
    const fit = fits[3]!;
    const jacobian = new Float64Array(nTerms * nLabels);
    vectorizeGradient(fit.labels, terms, jacobian);
    const information = new Float64Array(nLabels ** 2);
    for (let p = 0; p < nPixels; p++) {
      const k = 3 * nPixels + p;
      if (!(mock.ivar[k]! > 0) || !Number.isFinite(mock.flux[k]!)) continue;
      const w = 1 / (1 / mock.ivar[k]! + scatter[p]! ** 2);
      const slope = [0, 1, 2].map((i) =>
        terms.reduce((s, _, t) => s + theta[p * nTerms + t]! * jacobian[t * 3 + i]!, 0),
      );
      for (let e = 0; e < 9; e++) information[e]! += w * slope[Math.floor(e / 3)]! * slope[e % 3]!;
    }
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        const product = [0, 1, 2].reduce((s, k) => s + information[i * 3 + k]! * fit.covariance[k * 3 + j]!, 0);
        expect(product).toBeCloseTo(i === j ? 1 : 0, 7);
      }
    }
  });

  it('miss the truth by their errors: pulls have width 1 where the model is exact', () => {
    const many = stars(500);
    let [sum, sum2] = [0, 0];
    fitStars(jobOf(many)).forEach((fit, n) =>
      fit.labels.forEach((x, i) => {
        const pull = (x - many.labels[n * nLabels + i]!) / Math.sqrt(fit.covariance[i * (nLabels + 1)]!);
        sum += pull;
        sum2 += pull ** 2;
      }),
    );
    expect(Math.abs(sum / 1500)).toBeLessThan(0.08);
    expect(Math.sqrt(sum2 / 1500)).toBeGreaterThan(0.95);
    expect(Math.sqrt(sum2 / 1500)).toBeLessThan(1.05);
  });

  it('do not depend on the other stars of a batch, nor, but for rounding, on the kernels', () => {
    const job = jobOf(mock);
    const some = fitStars({ ...job, stars: [69, 0, 31] });
    expect(some.map((fit) => [...fit.labels])).toEqual([69, 0, 31].map((n) => [...fits[n]!.labels]));
    fitStars(jobOf(mock, 'plain')).forEach((fit, n) =>
      fit.labels.forEach((x, i) => expect(x - fits[n]!.labels[i]!).toBeCloseTo(0, 10)),
    );
  });

  it('find both minima where the flux tells a label but not its sign', () => {
    const lineTerms: Term[] = [[], [0], [0, 0]];
    const model = { theta: new Float64Array([1, 0.002, 0.1, 1, -0.001, 0.05]), scatter: new Float64Array(2) };
    const plan = planStars(lineTerms, 1, 2, 1);
    const flux = new Float64Array([1 + 0.002 + 0.1, 1 - 0.001 + 0.05]);
    const ivar = new Float64Array(2).fill(1e4);
    const [fit] = fitStars({ plan, model, ranges: [{ min: -2, max: 2 }], flux, ivar, stars: [0] });
    expect(fit!.labels[0]).toBeCloseTo(1, 8);
    expect(fit!.rivals).toHaveLength(1);
    expect(fit!.rivals[0]!.labels[0]).toBeCloseTo(-1, 1);
    expect(fit!.rivals[0]!.chi2).toBeGreaterThan(fit!.chi2);
  });

  it('are no numbers for a star without usable pixels, or with fewer than labels', () => {
    const empty = { ...mock, ivar: mock.ivar.slice() };
    empty.ivar.fill(0, 0, nPixels);
    empty.ivar.fill(0, nPixels, 2 * nPixels - 1);
    const [none, one, good] = fitStars({ ...jobOf(empty), stars: [0, 1, 2] });
    expect([none!.nPixels, none!.converged, [...none!.labels]]).toEqual([0, false, [NaN, NaN, NaN]]);
    expect([one!.converged, [...one!.labels]]).toEqual([false, [NaN, NaN, NaN]]);
    expect([...good!.labels]).toEqual([...fits[2]!.labels]);
  });

  it('give weight to no pixel without a model, and follow linear models too', () => {
    const linear = linearTerms(nLabels);
    const cut = Float64Array.from(
      { length: nPixels * linear.length },
      (_, k) => theta[Math.floor(k / 4) * nTerms + (k % 4)]!,
    );
    const holes = scatter.map((s, p) => (p < 10 ? Infinity : s));
    const plan = planStars(linear, nLabels, nPixels, 1);
    const [fit] = fitStars({ ...jobOf(mock), plan, model: { theta: cut, scatter: holes }, stars: [4] });
    const usable = [...Array(nPixels).keys()].filter((p) => {
      const k = 4 * nPixels + p;
      return p >= 10 && mock.ivar[k]! > 0 && Number.isFinite(mock.flux[k]!);
    });
    expect(fit!.nPixels).toBe(usable.length);
    // Normal equations of the linear problem hold.
    for (let i = 1; i < 4; i++) {
      let sum = 0;
      for (const p of usable) {
        const k = 4 * nPixels + p;
        const model = cut[p * 4]! + [0, 1, 2].reduce((s, j) => s + cut[p * 4 + 1 + j]! * fit!.labels[j]!, 0);
        sum += (cut[p * 4 + i]! * (mock.flux[k]! - model)) / (1 / mock.ivar[k]! + holes[p]! ** 2);
      }
      expect(Math.abs(sum)).toBeLessThan(1e-6);
    }
  });
});

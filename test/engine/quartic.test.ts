/** χ² as a polynomial against the pixels it came from, and the labels found on it against truth and oracle. */
import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { inferStars } from '../../engine/cannon/infer';
import type { Model } from '../../engine/cannon/model';
import { StarBlock } from '../../engine/cannon/starBlock';
import { ModeElimination } from '../../engine/cannon/starSums';
import { linearTerms, quadraticTerms, vectorize, type Term } from '../../engine/cannon/vectorizer';
import { Polynomial } from '../../engine/kernels/polynomial';
import { largestOfSmallest, largestOfSmallestOfMany } from '../../engine/kernels/select';
import { normalDeviates } from './mockStars';
import { inferPlainly } from './plainInference';

const nLabels = 3;
const terms = quadraticTerms(nLabels);
const nTerms = terms.length;
const nPixels = 90;
const nModes = 2;
const normal = normalDeviates(3);

/** Labels in units of their own; the third pixel in four has no scatter, pixels 20 and 21 no model. */
const model: Model = {
  name: 'mock',
  labels: [1, 0.5, 200].map((scale, i) => ({
    ...{ name: `x${i}`, unit: '', pivot: 3 * i, scale, min: 3 * i - 3.5 * scale, max: 3 * i + 3.5 * scale },
  })),
  terms,
  waveAngstrom: Float64Array.from({ length: nPixels }, (_, p) => 5000 + p),
  theta: Float64Array.from({ length: nPixels * nTerms }, (_, k) => {
    const degree = terms[k % nTerms]!.length;
    return degree === 0 ? 1 : (degree === 1 ? 0.05 : 0.01) * normal();
  }),
  scatter: Float64Array.from({ length: nPixels }, (_, p) => (p === 20 || p === 21 ? Infinity : (p % 3) * 0.002)),
  modes: Float64Array.from(
    { length: nModes * nPixels },
    (_, k) => 0.01 * (k < nPixels ? Math.sin(k / 7) : (k % nPixels) / nPixels),
  ),
  converged: new Uint8Array(nPixels).fill(1),
  nStars: new Int32Array(nPixels).fill(500),
  provenance: {},
};
const independent: Model = { ...model, modes: new Float64Array(0) };

interface Stars {
  /** Standardized. */
  readonly labels: Float64Array[];
  readonly flux: Float64Array[];
  readonly ivar: Float64Array[];
}

/** Stars that the model describes exactly: noise of σ, of its own s, and of its modes. */
function stars(of: Model, count: number, sigma = 0.004): Stars {
  const labels = Array.from({ length: count }, () => Float64Array.from({ length: nLabels }, normal));
  const flux = labels.map((own) => {
    const amplitudes = Float64Array.from({ length: of.modes.length / nPixels }, normal);
    return Float64Array.from({ length: nPixels }, (_, p) => {
      const s = of.scatter[p]! < Infinity ? of.scatter[p]! : 0.1;
      const shift = amplitudes.reduce((sum, x, k) => sum + x * of.modes[k * nPixels + p]!, 0);
      return modelFlux(own, p) + shift + normal() * Math.hypot(sigma, s);
    });
  });
  const ivar = flux.map((row, n) => row.map((_, p) => ((n * nPixels + p) % 37 === 5 ? 0 : 1 / sigma ** 2)));
  flux.forEach((row, n) => row.forEach((_, p) => (n * nPixels + p) % 41 === 7 && (row[p] = NaN)));
  return { labels, flux, ivar };
}

function modelFlux(labels: ArrayLike<number>, pixel: number): number {
  const eta = new Float64Array(nTerms);
  vectorize(labels, terms, eta);
  return eta.reduce((sum, x, t) => sum + x * model.theta[pixel * nTerms + t]!, 0);
}

const isUsable = ({ flux, ivar }: Stars, n: number, p: number) =>
  ivar[n]![p]! > 0 && Number.isFinite(flux[n]![p]!) && model.scatter[p]! < Infinity;

/** rᵀ C⁻¹ r with the whole covariance matrix of the pixels that are not left out. */
function chi2OnPixels(of: Model, mock: Stars, n: number, labels: ArrayLike<number>, leftOut: number[] = []): number {
  const used = [...Array(nPixels).keys()].filter((p) => isUsable(mock, n, p) && !leftOut.includes(p));
  const covariance = Matrix.diag(used.map((p) => 1 / mock.ivar[n]![p]! + of.scatter[p]! ** 2));
  for (let k = 0; k < of.modes.length / nPixels; k++) {
    const mode = Matrix.columnVector(used.map((p) => of.modes[k * nPixels + p]!));
    covariance.add(mode.mmul(mode.transpose()));
  }
  const residual = Matrix.columnVector(used.map((p) => mock.flux[n]![p]! - modelFlux(labels, p)));
  return residual.transpose().mmul(inverse(covariance)).mmul(residual).get(0, 0);
}

describe('the polynomial of a star', () => {
  it.each([
    ['independent errors', independent, []],
    ['correlated errors', model, []],
    ['correlated errors and some pixels left out', model, [3, 40, 41]],
    ['correlated errors and most pixels left out', model, Array.from({ length: 80 }, (_, p) => p)],
  ])('is its χ² at any labels: %s', (_, of, leftOut) => {
    const mock = stars(of, 5);
    const block = new StarBlock({ terms, nPixels, nModes: of.modes.length / nPixels });
    block.setModel(of);
    const usable = block.load(mock.flux, mock.ivar);
    const moments = block.moments();
    const polynomial = new Polynomial(block.products.monomials, nLabels);
    block.projectAtPivot().forEach((all, n) => {
      const projection = block.projectionWithout(n, all, leftOut);
      const elimination = new ModeElimination(block, block.momentsWithout(n, moments[n]!, leftOut));
      const { coefficients, constant } = elimination.polynomial(projection);
      polynomial.setCoefficients(coefficients);
      for (let trial = 0; trial < 4; trial++) {
        const labels = [normal(), normal(), normal()];
        polynomial.moveTo(labels);
        expect((constant + polynomial.value()) / chi2OnPixels(of, mock, n, labels, leftOut)).toBeCloseTo(1, 9);
      }
      expect(usable[n]).toBe([...Array(nPixels).keys()].filter((p) => isUsable(mock, n, p)).length);
    });
  });

  it('is the same, to the last bit, where the model squared is kept and where it is made anew for every block', () => {
    const wide = 1100;
    const repeated = (row: Float64Array, per = 1) =>
      Float64Array.from({ length: wide * per }, (_, k) => row[k % row.length]!);
    const long = {
      terms,
      theta: repeated(model.theta, nTerms),
      scatter: repeated(model.scatter),
      modes: Float64Array.from({ length: 2 * wide }, (_, k) => 0.01 * Math.sin(k / 9)),
    };
    const mock = stars(model, 6);
    const [kept, anew] = [undefined, 0].map((keptBytes) => {
      const block = new StarBlock({ terms, nPixels: wide, nModes: 2 }, undefined, keptBytes);
      block.setModel(long);
      block.load(
        mock.flux.map((row) => repeated(row)),
        mock.ivar.map((row) => repeated(row)),
      );
      return block.moments().map((row) => row.slice());
    });
    expect(anew).toEqual(kept);
    expect(kept![0]!.some((x) => x !== 0)).toBe(true);
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

describe('labels of many stars', () => {
  const mock = stars(model, 70);
  // Cosmic rays in every third star, one of them enormous; an empty star; one with fewer pixels than labels.
  mock.flux.forEach((row, n) => n % 3 === 0 && (row[(n * 7) % 19] = n === 30 ? 1e9 : 1.7));
  mock.ivar[50]!.fill(0);
  mock.ivar[51]!.fill(0, 2);
  const fits = inferStars(model, mock.flux, mock.ivar);

  it('are those of the oracle, star by star', () => {
    let nClipped = 0;
    fits.forEach((fit, n) => {
      const plain = inferPlainly(model, mock.flux[n]!, mock.ivar[n]!);
      const { problem, nPixels, nClipped: clipped, converged, extrapolated } = plain;
      expect(fit).toMatchObject({ problem, nPixels, nClipped: clipped, converged, extrapolated });
      nClipped += clipped;
      if (problem !== null) return;
      expect(fit.chi2 / plain.chi2).toBeCloseTo(1, 9);
      fit.labels.forEach((x, i) => expect(Math.abs(x - plain.labels[i]!) / plain.errors[i]!).toBeLessThan(1e-6));
      fit.covariance.forEach((x, k) => expect(x / plain.covariance[k]!).toBeCloseTo(1, 6));
    });
    expect(nClipped).toBeGreaterThan(20);
    expect(fits.filter(({ problem }) => problem !== null)).toHaveLength(2);
  });

  it('lie where χ² with the whole covariance is least', () => {
    for (const n of [1, 2, 4]) {
      const { labels, errors } = fits[n]!;
      const standard = (step: number, i: number) =>
        labels.map((x, k) => (x + (k === i ? step * errors[k]! : 0) - model.labels[k]!.pivot) / model.labels[k]!.scale);
      for (let i = 0; i < nLabels; i++) {
        const slope = [0.01, -0.01].map((step) => chi2OnPixels(model, mock, n, standard(step, i))) as [number, number];
        // In units of χ² for one standard error.
        expect(Math.abs(slope[0] - slope[1]) / 0.02).toBeLessThan(1e-4);
      }
    }
  });

  it.each([
    ['independent', independent],
    ['correlated', model],
  ])('miss the truth by their errors: pulls have width 1.00 ± 0.05 where the model is exact, errors %s', (_, of) => {
    const many = stars(of, 700);
    let [sum, sum2] = [0, 0];
    inferStars(of, many.flux, many.ivar, { clippingSigma: Infinity }).forEach((fit, n) =>
      fit.labels.forEach((x, i) => {
        const { pivot, scale } = of.labels[i]!;
        const pull = (x - pivot - scale * many.labels[n]![i]!) / fit.errors[i]!;
        sum += pull;
        sum2 += pull ** 2;
      }),
    );
    expect(Math.abs(sum / 2100)).toBeLessThan(0.08);
    expect(Math.sqrt(sum2 / 2100)).toBeGreaterThan(0.95);
    expect(Math.sqrt(sum2 / 2100)).toBeLessThan(1.05);
  });

  it('do not depend on the division into batches, on models used in between, nor, but for rounding, on the kernels', () => {
    const some = [69, 0, 31];
    const pick = (rows: Float64Array[]) => some.map((n) => rows[n]!);
    expect(inferStars(model, pick(mock.flux), pick(mock.ivar))).toEqual(some.map((n) => fits[n]));
    const doubled = { ...model, theta: model.theta.map((x) => 2 * x) };
    expect(inferStars(doubled, pick(mock.flux), pick(mock.ivar))[0]!.labels).not.toEqual(fits[69]!.labels);
    const copy = { ...model, theta: model.theta.slice() };
    expect(inferStars(copy, pick(mock.flux), pick(mock.ivar))).toEqual(some.map((n) => fits[n]));
    inferStars(model, mock.flux, mock.ivar, { kernels: 'plain' }).forEach((fit, n) =>
      fit.labels.forEach((x, i) => {
        if (fit.problem === null) expect(Math.abs(x - fits[n]!.labels[i]!) / fit.errors[i]!).toBeLessThan(1e-9);
      }),
    );
  });

  it('follow linear models too', () => {
    const theta = Float64Array.from(
      { length: nPixels * 4 },
      (_, k) => model.theta[Math.floor(k / 4) * nTerms + (k % 4)]!,
    );
    const linear = { ...model, terms: linearTerms(nLabels), theta };
    const [fit] = inferStars(linear, [mock.flux[4]!], [mock.ivar[4]!]);
    const plain = inferPlainly(linear, mock.flux[4]!, mock.ivar[4]!);
    fit!.labels.forEach((x, i) => expect(Math.abs(x - plain.labels[i]!) / plain.errors[i]!).toBeLessThan(1e-6));
  });
});

describe('order statistics', () => {
  it('are those of the sorted values, with ties and in any order', () => {
    for (let trial = 0; trial < 200; trial++) {
      const values = Float64Array.from({ length: 1 + (trial % 23) }, () => Math.abs(Math.round(3 * normal())));
      const sorted = values.slice().sort();
      for (let count = 1; count <= values.length; count++) {
        expect(largestOfSmallest(values.slice(), count)).toBe(sorted[count - 1]);
        expect(largestOfSmallestOfMany(values.slice(), count)).toBe(sorted[count - 1]);
      }
    }
    for (const shape of [(k: number) => normal() + k / 2000, (k: number) => (k % 16 === 7 ? 9 : normal()), () => 1]) {
      const values = Float64Array.from({ length: 2003 }, (_, k) => shape(k));
      const sorted = values.slice().sort();
      for (const count of [1, 40, 1001, 1002, 1990, 2003]) {
        expect(largestOfSmallestOfMany(values.slice(), count)).toBe(sorted[count - 1]);
      }
    }
  });
});

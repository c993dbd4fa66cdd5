/**
 * What errors of θ do to labels: κ_p C₀ against the covariance of θ itself, the error of labels against sums made pixel by pixel with
 * derivatives taken as differences, and the pulls of stars that are much better measured than those that trained the model.
 */
import { describe, expect, it } from 'vitest';
import { inferStars } from '../../engine/cannon/infer';
import { predictFlux, standardize, type Model } from '../../engine/cannon/model';
import { modelBytes, modelOf } from '../../engine/cannon/modelFile';
import { trainModel } from '../../engine/cannon/train';
import { vectorize } from '../../engine/cannon/vectorizer';
import { openFits } from '../../engine/fits/fitsFile';
import { mockStars, normalDeviates } from './mockStars';

const [nLabels, nPixels] = [4, 250];

/** Weak lines and few stars: the last two labels are hardly seen, and no pixel has a scatter of its own. */
function weakLines(nStars: number) {
  const mock = mockStars(nStars, nPixels, nLabels, 3);
  const normal = normalDeviates(29);
  const { terms, trueTheta } = mock;
  const sizes = [0.03, 0.02, 0.004, 0.003];
  for (let k = 0; k < trueTheta.length; k++) {
    const term = terms[k % terms.length]!;
    if (term.length > 0) trueTheta[k] = normal() * (term.length === 1 ? sizes[term[0]!]! : 0.001);
  }
  const eta = new Float64Array(terms.length);
  for (let n = 0; n < nStars; n++) {
    vectorize(mock.values.subarray(n * nLabels, (n + 1) * nLabels), terms, eta);
    for (let p = 0; p < nPixels; p++) {
      const expected = eta.reduce((sum, term, t) => sum + term * trueTheta[p * terms.length + t]!, 0);
      mock.flux[n * nPixels + p] = expected + 0.02 * normal();
      mock.ivar[n * nPixels + p] = 1 / 0.02 ** 2;
    }
  }
  return mock;
}

const mock = weakLines(120);
const model = await trainModel(mock, { name: 'weak', maxModes: 0, thetaCovariance: 'full' });

/** Stars of the true θ with these errors. */
function unseen(count: number, sigma: number) {
  const normal = normalDeviates(41);
  const truth = Array.from({ length: count }, () => Float64Array.from({ length: nLabels }, normal));
  const eta = new Float64Array(mock.terms.length);
  const flux = truth.map((labels) => {
    vectorize(labels, mock.terms, eta);
    return Float64Array.from({ length: nPixels }, (_, p) => {
      const row = mock.trueTheta.subarray(p * eta.length, (p + 1) * eta.length);
      return eta.reduce((sum, term, t) => sum + term * row[t]!, sigma * normal());
    });
  });
  return { truth, flux, ivar: flux.map((row) => row.map(() => 1 / sigma ** 2)) };
}

function width(pulls: readonly number[]): number {
  const sorted = pulls.map(Math.abs).sort((a, b) => a - b);
  return sorted[Math.floor(0.683 * sorted.length)]!;
}

describe('errors of θ', () => {
  it('are κ C₀, but for what the residuals of a pixel happen to be', () => {
    const { kappa, moments } = model.thetaNoise!;
    const { thetaCovariance: exact } = model.record!;
    const nTerms = model.terms.length;
    const size = (nTerms * (nTerms + 1)) / 2;
    // tr(M C_p) / nTerms is κ_p if C_p = κ_p M⁻¹.
    const ratios = Array.from(kappa, (own, p) => {
      let trace = 0;
      for (let i = 0, e = p * size; i < nTerms; i++) {
        for (let j = 0; j <= i; j++, e++) trace += exact![e]! * moments[i * nTerms + j]! * (i === j ? 1 : 2);
      }
      return (own * nTerms) / trace;
    });
    // The scatter of 105 degrees of freedom is 0.14; s takes up what is above 1, and counts as measured.
    const mean = ratios.reduce((sum, x) => sum + x, 0) / nPixels;
    expect(mean).toBeGreaterThan(0.93);
    expect(mean).toBeLessThan(1.13);
    expect(Math.max(...ratios)).toBeLessThan(1.3);
    expect(Math.min(...ratios)).toBeGreaterThan(0.5);
  });

  it('make formal errors of labels far too small for well measured stars, and are told beside them', () => {
    const { truth, flux, ivar } = unseen(400, 0.002);
    const fits = inferStars(model, flux, ivar);
    for (const label of [2, 3]) {
      const off = fits.map((fit, n) => fit.labels[label]! - truth[n]![label]!);
      expect(width(off.map((x, n) => x / fits[n]!.errors[label]!))).toBeGreaterThan(2);
      const both = width(off.map((x, n) => x / Math.hypot(fits[n]!.errors[label]!, fits[n]!.thetaErrors![label]!)));
      expect(both).toBeGreaterThan(0.5);
      expect(both).toBeLessThan(1.35);
    }
    // What many strong lines tell is hardly touched, and no error is larger than the spread of the training stars.
    const median = (label: number) => fits.map((fit) => fit.thetaErrors![label]!).sort((a, b) => a - b)[200]!;
    expect(median(0)).toBeLessThan(0.1 * median(3));
    expect(median(3)).toBeLessThan(1.2);
  });

  it('do to labels what sums over pixels say', () => {
    const { flux, ivar } = unseen(3, 0.004);
    // A pixel far off has no say; there are modes of correlated error, which count in `errors` alone.
    flux[1]![17] = 3;
    const modes = Float64Array.from({ length: nPixels }, (_, p) => 0.004 * Math.sin(p / 9));
    for (const of of [model, { ...model, modes }]) {
      inferStars(of, flux, ivar).forEach((fit, n) => {
        const plain = plainErrors(of, fit.labels, (p) => (n === 1 && p === 17 ? 0 : ivar[n]![p]!));
        fit.thetaErrors!.forEach((error, i) => expect(error / plain[i]!).toBeCloseTo(1, 4));
      });
    }
  });

  it('are not told by models that do not know them', async () => {
    const { flux, ivar } = unseen(2, 0.004);
    const { thetaNoise, ...older } = model;
    expect(thetaNoise).toBeDefined();
    const [with_, without] = [inferStars(model, flux, ivar), inferStars(older, flux, ivar)];
    expect(without.map((fit) => fit.thetaErrors)).toEqual([null, null]);
    expect(without.map(({ labels, errors }) => [labels, errors])).toEqual(
      with_.map(({ labels, errors }) => [labels, errors]),
    );
    const penalized = await trainModel(mock, { name: 'ridge', maxModes: 0, ridge: 1 });
    expect(penalized.thetaNoise).toBeUndefined();
  });

  it('come back from model.fits to the last bit, and are refused where they are damaged', () => {
    const back = modelOf(openFits(Buffer.from(modelBytes(model)), 'x.fits'));
    expect(back.thetaNoise).toEqual(model.thetaNoise);
    const { kappa, moments } = model.thetaNoise!;
    const read = (noise: Model['thetaNoise']) => () =>
      modelOf(openFits(Buffer.from(modelBytes({ ...model, thetaNoise: noise! })), 'x.fits'));
    expect(read({ kappa: kappa.map((x, p) => (p === 3 ? -x : x)), moments })).toThrow(/theta_noise is negative/);
    expect(read({ kappa, moments: moments.map((x, k) => (k === 7 ? NaN : x)) })).toThrow(/MOMENTS holds values/);
  });
});

/** R Σ Rᵀ of `thetaShare.ts` with J as central differences, and the inverses by elimination. */
function plainErrors(of: Model, labels: Float64Array, ivarAt: (p: number) => number): number[] {
  const { kappa, moments } = of.thetaNoise!;
  const nTerms = of.terms.length;
  const step = 1e-5;
  const moved = (i: number, by: number) => labels.map((x, k) => (k === i ? x + by * of.labels[i]!.scale : x));
  const differences = (at: (labels: Float64Array) => Float64Array) =>
    Array.from({ length: nLabels }, (_, i) => {
      const [up, down] = [at(moved(i, step)), at(moved(i, -step))];
      return up.map((x, k) => (x - down[k]!) / (2 * step));
    });
  const jacobian = differences((at) => predictFlux(of, at));
  const slopes = differences((at) => {
    const eta = new Float64Array(nTerms);
    vectorize(standardize(of, at), of.terms, eta);
    return eta;
  });
  const c0 = inverse(Array.from({ length: nTerms }, (_, t) => [...moments.subarray(t * nTerms, (t + 1) * nTerms)]));
  const weights = Array.from(kappa, (_, p) => {
    const iv = ivarAt(p);
    return iv > 0 ? 1 / (1 / iv + of.scatter[p]! ** 2) : 0;
  });
  const sum = weights.reduce((total, w, p) => total + w * kappa[p]!, 0);
  const square = (at: (i: number, j: number) => number) =>
    Array.from({ length: nLabels }, (_, i) => Array.from({ length: nLabels }, (_, j) => at(i, j)));
  const information = square((i, j) => weights.reduce((s, w, p) => s + w * jacobian[i]![p]! * jacobian[j]![p]!, 0));
  const s = square((i, j) => {
    let total = 0;
    for (let t = 0; t < nTerms; t++) {
      for (let u = 0; u < nTerms; u++) total += slopes[i]![t]! * c0[t]![u]! * slopes[j]![u]!;
    }
    return sum * total;
  });
  const plain = inverse(information);
  const r = square((i, j) => plain[i]!.reduce((x, a, k) => x + a * s[k]![j]!, 0));
  const place = (i: number) => of.terms.findIndex((term) => term.length === 1 && term[0] === i);
  return of.labels.map(({ scale }, i) => {
    let variance = 0;
    for (let a = 0; a < nLabels; a++) {
      for (let b = 0; b < nLabels; b++) variance += r[i]![a]! * r[i]![b]! * moments[place(a) * nTerms + place(b)]!;
    }
    return scale * Math.sqrt(variance);
  });
}

/** By Gauss and Jordan. */
function inverse(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...Array.from({ length: n }, (_, j) => (i === j ? 1 : 0))]);
  for (let i = 0; i < n; i++) {
    const pivot = rows[i]![i]!;
    rows[i] = rows[i]!.map((x) => x / pivot);
    for (let k = 0; k < n; k++) {
      if (k === i) continue;
      const factor = rows[k]![i]!;
      rows[k] = rows[k]!.map((x, c) => x - factor * rows[i]![c]!);
    }
  }
  return rows.map((row) => row.slice(n));
}

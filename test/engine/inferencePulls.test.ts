/**
 * Errors on stars that the model describes exactly: for every label pulls have width 1.00 ± 0.05, and so have those about
 * the mean of posterior samples, whose covariance is the formal one. The width of 4000 pulls is known to 0.011, that of
 * 1600 to 0.018.
 */
import { expect, it } from 'vitest';
import { inferStars, type LabelFit } from '../../engine/cannon/infer';
import type { Model } from '../../engine/cannon/model';
import { quadraticTerms, vectorize } from '../../engine/cannon/vectorizer';
import { normalDeviates } from './mockStars';

const nLabels = 4;
const nPixels = 240;
const terms = quadraticTerms(nLabels);
const nTerms = terms.length;
const normal = normalDeviates(17);
const scales = [500, 0.5, 0.3, 0.2];
const names = ['teff', 'logg', 'fe_h', 'mg_fe'];

const model: Model = {
  name: 'exact',
  labels: names.map((name, i) => ({ name, unit: '', pivot: 2 * i, scale: scales[i]!, min: -1e4, max: 1e4 })),
  terms,
  waveAngstrom: Float64Array.from({ length: nPixels }, (_, p) => 5000 + p),
  theta: Float64Array.from({ length: nPixels * nTerms }, (_, k) => {
    const degree = terms[k % nTerms]!.length;
    return degree === 0 ? 0.9 : (degree === 1 ? 0.05 : 0.008) * normal();
  }),
  scatter: Float64Array.from({ length: nPixels }, (_, p) => 0.004 * (p % 3)),
  modes: new Float64Array(0),
  converged: new Uint8Array(nPixels).fill(1),
  nStars: new Int32Array(nPixels).fill(1000),
  provenance: {},
};
const modes = Float64Array.from(
  { length: 2 * nPixels },
  (_, k) => 0.006 * Math.sin((k % nPixels) / (k < nPixels ? 9 : 31)),
);

/** Stars of the model with its own modes, their fits, and each label's truth. */
function fitted(of: Model, count: number, samples = 0): { fits: LabelFit[]; truths: Float64Array[] } {
  const eta = new Float64Array(nTerms);
  const sigmas = Array.from({ length: count }, (_, n) => 0.004 * 10 ** ((n % 7) / 10));
  const truths = sigmas.map(() => Float64Array.from({ length: nLabels }, normal));
  const flux = truths.map((own, n) => {
    vectorize(own, terms, eta);
    const amplitudes = Float64Array.from({ length: of.modes.length / nPixels }, normal);
    return Float64Array.from({ length: nPixels }, (_, p) => {
      let sum = normal() * Math.hypot(sigmas[n]!, of.scatter[p]!);
      for (let t = 0; t < nTerms; t++) sum += of.theta[p * nTerms + t]! * eta[t]!;
      amplitudes.forEach((x, k) => (sum += x * of.modes[k * nPixels + p]!));
      return sum;
    });
  });
  const ivar = sigmas.map((sigma) => new Float64Array(nPixels).fill(1 / sigma ** 2));
  const asked = samples > 0 ? { samples: { count: samples, seeds: sigmas.map((_, n) => n) } } : {};
  return { fits: inferStars(of, flux, ivar, { clippingSigma: Infinity, ...asked }), truths };
}

const truthOf = (i: number, standardized: number) => model.labels[i]!.pivot + model.labels[i]!.scale * standardized;

function expectWidthOne(pulls: readonly number[]): void {
  const mean = pulls.reduce((sum, x) => sum + x, 0) / pulls.length;
  const width = Math.sqrt(pulls.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (pulls.length - 1));
  expect(width).toBeGreaterThan(0.95);
  expect(width).toBeLessThan(1.05);
  expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(pulls.length));
}

it.each([
  ['independent errors', model],
  ['correlated errors', { ...model, modes }],
])('pulls of each label have width 1.00 ± 0.05, %s', (_, of) => {
  const { fits, truths } = fitted(of, 4000);
  expect(fits.every(({ converged, problem }) => converged && problem === null)).toBe(true);
  for (let i = 0; i < nLabels; i++) {
    expectWidthOne(fits.map(({ labels, errors }, n) => (labels[i]! - truthOf(i, truths[n]![i]!)) / errors[i]!));
  }
});

it('samples of the posterior have the formal covariance, and the truth lies among them as they say', () => {
  const nSamples = 80;
  const { fits, truths } = fitted(model, 1600, nSamples);
  const pulls = names.map((): number[] => []);
  const ratio = new Float64Array(nLabels * nLabels);
  fits.forEach(({ posterior, covariance, errors }, n) => {
    const { samples } = posterior!;
    const mean = names.map((_, i) => {
      let sum = 0;
      for (let k = i; k < samples.length; k += nLabels) sum += samples[k]!;
      return sum / nSamples;
    });
    for (let i = 0; i < nLabels; i++) {
      for (let j = 0; j < nLabels; j++) {
        let sum = 0;
        for (let k = 0; k < samples.length; k += nLabels)
          sum += (samples[k + i]! - mean[i]!) * (samples[k + j]! - mean[j]!);
        const own = (sum / (nSamples - 1) - covariance[i * nLabels + j]!) / (errors[i]! * errors[j]!);
        ratio[i * nLabels + j]! += own / fits.length;
      }
    }
    mean.forEach((x, i) => pulls[i]!.push((x - truthOf(i, truths[n]![i]!)) / errors[i]!));
  });
  // In units of the errors' products, averaged over the stars: 5 % of a variance, as of a correlation.
  ratio.forEach((x) => expect(Math.abs(x)).toBeLessThan(0.05));
  pulls.forEach(expectWidthOne);
});

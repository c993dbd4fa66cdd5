/** Fast training against the exact solution pixel by pixel, where σ of the stars ranges over orders of magnitude. */
import { expect, it } from 'vitest';
import { trainPixelsFast } from '../../engine/cannon/fastTraining';
import { trainPixels } from '../../engine/cannon/training';
import { planTraining } from '../../engine/cannon/trainingPlan';
import { linearTerms, vectorize } from '../../engine/cannon/vectorizer';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { randomFrom } from '../../engine/kernels/random';
import { mockStars, normalDeviates } from './mockStars';

it.each([
  ['few stars, σ over 3.5 decades', 60, 3.5, 30],
  ['few stars, σ over 1 decade', 60, 1, 31],
  ['many stars, σ over 4 decades', 300, 4, 32],
])('s and θ are those of the exact solution: %s', (_, nStars, decades, seed) => {
  const nPixels = 160;
  const { terms, values, flux } = mockStars(nStars, nPixels, 3, seed);
  const nTerms = terms.length;
  const design = new Float64Array(nStars * nTerms);
  for (let n = 0; n < nStars; n++) vectorize(values.subarray(3 * n, 3 * n + 3), terms, design, n * nTerms);
  const [random, normal] = [randomFrom(seed), normalDeviates(seed)];
  const sigma = flux.map(() => 1e-4 * 10 ** (decades * uniformFloat64(random)));
  const job = {
    design,
    flux: flux.map((f, k) => f + sigma[k]! * normal()),
    ivar: sigma.map((s) => 1 / s ** 2),
    nPixels,
  };
  const plan = planTraining({ design, terms, stars: [...Array(nStars).keys()], nSlots: 1 });
  const range = { fromPixel: 0, toPixel: nPixels };
  const fast = trainPixelsFast({ plan, ...job, ...range, covariance: true });
  const exact = trainPixels({ ...job, nStars, nTerms, ...range });
  for (let p = 0; p < nPixels; p++) {
    expect(Math.abs(fast.scatter[p]! - exact.scatter[p]!)).toBeLessThanOrEqual(1e-5 * exact.scatter[p]!);
    for (let k = p * nTerms; k < (p + 1) * nTerms; k++) {
      expect(Math.abs(fast.theta[k]! - exact.theta[k]!)).toBeLessThan(1e-3 * Math.sqrt(fast.thetaVariance![k]!));
    }
  }
});

it('s and θ are those of the exact solution: terms whose products fill their rows to the last', () => {
  // Six linear labels have 28 products of two, a multiple of the four that kernels take at a time.
  const [nStars, nPixels, nLabels] = [120, 20, 6];
  const { values, flux, ivar } = mockStars(nStars, nPixels, nLabels, 33);
  const terms = linearTerms(nLabels);
  const design = new Float64Array(nStars * 7);
  for (let n = 0; n < nStars; n++) vectorize(values.subarray(6 * n, 6 * n + 6), terms, design, n * 7);
  const plan = planTraining({ design, terms, stars: [...Array(nStars).keys()], nSlots: 1 });
  const job = { design, flux, ivar, nPixels, fromPixel: 0, toPixel: nPixels };
  const fast = trainPixelsFast({ plan, ...job, covariance: true });
  const exact = trainPixels({ ...job, nStars, nTerms: 7 });
  fast.theta.forEach((x, k) =>
    expect(Math.abs(x - exact.theta[k]!)).toBeLessThan(1e-3 * Math.sqrt(fast.thetaVariance![k]!)),
  );
  fast.scatter.forEach((s, p) => expect(Math.abs(s - exact.scatter[p]!)).toBeLessThanOrEqual(1e-5 * exact.scatter[p]!));
});

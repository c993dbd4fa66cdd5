/** Stars whose truth is known: flux from a known θ with noise of known σ and s. Everything follows from the seed. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { randomFrom } from '../../engine/kernels/random';
import type { TrainingSet } from '../../engine/cannon/train';
import { quadraticTerms, vectorize, type Term } from '../../engine/cannon/vectorizer';

/** Standard normal deviates (Box and Muller). */
export function normalDeviates(seed: number): () => number {
  const random = randomFrom(seed);
  return () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(random)));
    return radius * Math.cos(2 * Math.PI * uniformFloat64(random));
  };
}

export interface MockStars extends TrainingSet {
  readonly terms: readonly Term[];
  /** nPixels × nTerms in labels / 1 (the mock's labels are near standard already), and s. */
  readonly trueTheta: Float64Array;
  readonly trueScatter: Float64Array;
}

/**
 * `nStars` with standard normal labels; pixel p has s = 0 when p is a multiple of 3, else 0.005 to 0.02. σ of a star
 * lies between 0.002 and 0.02, the same for all its pixels.
 */
export function mockStars(nStars: number, nPixels: number, nLabels: number, seed: number): MockStars {
  const normal = normalDeviates(seed);
  const terms = quadraticTerms(nLabels);
  const nTerms = terms.length;
  const values = Float64Array.from({ length: nStars * nLabels }, normal);
  const trueTheta = Float64Array.from({ length: nPixels * nTerms }, (_, k) => {
    const degree = terms[k % nTerms]!.length;
    return degree === 0 ? 0.9 + 0.03 * normal() : (degree === 1 ? 0.05 : 0.01) * normal();
  });
  const trueScatter = Float64Array.from({ length: nPixels }, (_, p) => (p % 3 === 0 ? 0 : 0.005 + 0.005 * (p % 4)));
  const flux = new Float64Array(nStars * nPixels);
  const ivar = new Float64Array(nStars * nPixels);
  const eta = new Float64Array(nTerms);
  for (let n = 0; n < nStars; n++) {
    vectorize(values.subarray(n * nLabels, (n + 1) * nLabels), terms, eta);
    const sigma = 0.002 * 10 ** ((n % 11) / 10);
    for (let p = 0; p < nPixels; p++) {
      const expected = eta.reduce((sum, term, t) => sum + term * trueTheta[p * nTerms + t]!, 0);
      flux[n * nPixels + p] = expected + normal() * Math.hypot(sigma, trueScatter[p]!);
      ivar[n * nPixels + p] = 1 / sigma ** 2;
    }
  }
  return {
    stars: Array.from({ length: nStars }, (_, n) => `star ${n}`),
    labels: Array.from({ length: nLabels }, (_, i) => ({ name: `label${i}`, unit: i === 0 ? 'K' : '' })),
    values,
    waveAngstrom: Float64Array.from({ length: nPixels }, (_, p) => 5000 + p),
    flux,
    ivar,
    terms,
    trueTheta,
    trueScatter,
  };
}

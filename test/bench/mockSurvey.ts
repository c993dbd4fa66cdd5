/**
 * Spectra with known truth for the bench, made fast and always alike: labels with three common causes, lines that depend
 * on a few labels each, an error of the model's own in most pixels, errors from 0.3 to 5 %, and 0.4 % bad pixels.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { quadraticTerms, vectorize, type Term } from '../../engine/cannon/vectorizer';

export interface Size {
  readonly nStars: number;
  readonly nPixels: number;
  readonly nLabels: number;
}

export interface MockStars {
  readonly terms: readonly Term[];
  /** nStars × nLabels, standardized. */
  readonly labels: Float64Array;
  readonly design: Float64Array;
  /** nStars × nPixels, shared. */
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
}

export const shared = (length: number) => new Float64Array(new SharedArrayBuffer(8 * length));

export function mockStars({ nStars, nPixels, nLabels }: Size, seed: number): MockStars {
  const terms = quadraticTerms(nLabels);
  const nTerms = terms.length;
  const ofPixels = generator(1);
  const theta = new Float64Array(nPixels * nTerms);
  const scatter = new Float64Array(nPixels);
  for (let p = 0; p < nPixels; p++) {
    const depth = 0.1 * ofPixels.uniform() ** 2;
    for (let t = 0; t < nTerms; t++) {
      const size = ofPixels.uniform() < 0.4 ? 1e-6 : t > nLabels ? 0.05 * depth : 0.3 * depth;
      theta[p * nTerms + t] = t === 0 ? 1 - 3 * depth : size * ofPixels.normal();
    }
    scatter[p] = ofPixels.uniform() < 0.25 ? 0 : 10 ** (-3.7 + 2 * ofPixels.uniform());
  }
  const random = generator(seed);
  const labels = mockLabels(random, nStars, nLabels);
  const design = new Float64Array(nStars * nTerms);
  const [flux, ivar] = [shared(nStars * nPixels), shared(nStars * nPixels)];
  for (let n = 0; n < nStars; n++) {
    vectorize(labels.subarray(n * nLabels, (n + 1) * nLabels), terms, design, n * nTerms);
    for (let p = 0; p < nPixels; p++) {
      const sigma = 0.003 * Math.exp(2.8 * random.uniform());
      let sum = sigma * random.normal() + scatter[p]! * random.normal();
      for (let t = 0; t < nTerms; t++) sum += theta[p * nTerms + t]! * design[n * nTerms + t]!;
      const bad = random.uniform() < 0.004;
      flux[n * nPixels + p] = bad ? 2.5 : sum;
      ivar[n * nPixels + p] = bad ? 0 : 1 / sigma ** 2;
    }
  }
  return { terms, labels, design, flux, ivar };
}

type Generator = ReturnType<typeof generator>;

function generator(seed: number) {
  const state = xoroshiro128plus(seed);
  const uniform = () => uniformFloat64(state);
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

function mockLabels(random: Generator, nStars: number, nLabels: number): Float64Array {
  const causes = generator(2);
  const mixing = Array.from({ length: 3 * nLabels }, () => causes.normal());
  const labels = new Float64Array(nStars * nLabels);
  for (let n = 0; n < nStars; n++) {
    const cause = [random.normal(), random.normal(), random.normal()];
    for (let i = 0; i < nLabels; i++) {
      const weights = mixing.slice(3 * i, 3 * i + 3);
      const common = cause.reduce((sum, x, k) => sum + x * weights[k]!, 0) / Math.hypot(...weights);
      labels[n * nLabels + i] = 0.8 * common + 0.6 * random.normal();
    }
  }
  return labels;
}

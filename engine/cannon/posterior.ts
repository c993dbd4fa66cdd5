/**
 * Samples of a star's posterior, exp(−χ²/2) times the prior, on the exact polynomial of χ².
 *
 * Independence sampler (Tierney 1994): each proposal is drawn anew, from a mixture over the minima that matter (within
 * ΔChi² of 30) of multivariate t distributions with 5 degrees of freedom, about each minimum with the inverse of half its
 * Hessian as scale; it is taken with the probability of Metropolis and Hastings. Their tails are wider than those of the
 * posterior, so the chain gets everywhere, and steps from one minimum to another like within one. Every fifth state is kept,
 * after 50 for a start. Diagnostics: the share of proposals taken, and the effective number of independent samples, that
 * of the worst label, by Geyer's initial positive sequence (Geyer 1992). Cost: five values of the polynomial a sample.
 */
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { choleskyFactor, choleskyInverse } from '../kernels/cholesky';
import { normal, randomFrom } from '../kernels/random';
import type { Minimum } from './quartic';

export interface Posterior {
  /** nSamples × nLabels, row-major; standardized. */
  readonly samples: Float64Array;
  /** Share of the proposals that were taken. */
  readonly acceptance: number;
  /** As many independent samples would tell the mean of the worst label as well. */
  readonly effectiveSize: number;
}

const degreesOfFreedom = 5;
const thinning = 5;
const warmUp = 50;
const maxDeltaChi2 = 30;

/** One t distribution: its centre, the Cholesky factor of its scale, and the logarithm of its weight and normalization. */
interface Component {
  readonly centre: Float64Array;
  /** Lower triangle of the factor of the scale matrix, and that of its inverse. */
  readonly factor: Float64Array;
  readonly inverse: Float64Array;
  readonly logWeight: number;
  readonly logDensity0: number;
}

/**
 * @param chi2At χ² with the prior, less any constant.
 * @param minima the best first. Null when the Hessian of the best is not positive.
 */
export function samplePosterior(
  chi2At: (labels: Float64Array) => number,
  minima: readonly Minimum[],
  nSamples: number,
  seed: number,
): Posterior | null {
  const best = minima[0]!;
  const components = minima.flatMap((minimum) => componentOf(minimum, best.chi2));
  if (components.length === 0 || components[0]!.centre !== best.labels) return null;
  const random = randomFrom(seed);
  const n = best.labels.length;
  /** Logarithm of target over proposal. */
  const logRatio = (labels: Float64Array) => (best.chi2 - chi2At(labels)) / 2 - logProposal(components, labels);
  let state = best.labels;
  let weight = logRatio(state);
  let taken = 0;
  const samples = new Float64Array(nSamples * n);
  const nProposals = warmUp + thinning * nSamples;
  for (let k = 1; k <= nProposals; k++) {
    const next = draw(components, random);
    const nextWeight = logRatio(next);
    if (Math.log(1 - uniformFloat64(random)) < nextWeight - weight) {
      [state, weight] = [next, nextWeight];
      taken++;
    }
    if (k > warmUp && (k - warmUp) % thinning === 0) samples.set(state, ((k - warmUp) / thinning - 1) * n);
  }
  const sizes = Array.from({ length: n }, (_, i) => effectiveSize(samples.filter((_, k) => k % n === i)));
  return { samples, acceptance: taken / nProposals, effectiveSize: Math.min(...sizes) };
}

function componentOf({ labels, chi2, hessian }: Minimum, bestChi2: number): Component[] {
  if (chi2 - bestChi2 > maxDeltaChi2) return [];
  const n = labels.length;
  const information = new Float64Array(n * n);
  for (let i = 0, e = 0; i < n; i++) for (let j = 0; j <= i; j++, e++) information[i * n + j] = hessian[e]! / 2;
  const inverse = information.slice();
  if (!choleskyFactor(inverse, n)) return [];
  const factor = choleskyInverse(inverse, n);
  if (!choleskyFactor(factor, n)) return [];
  let logRoot = 0;
  for (let i = 0; i < n; i++) logRoot += Math.log(factor[i * (n + 1)]!);
  // The weight of a Gaussian minimum is its depth times its volume; the t distribution's own constants are all alike.
  const logWeight = (bestChi2 - chi2) / 2 + logRoot;
  return [{ centre: labels, factor, inverse, logWeight, logDensity0: -logRoot }];
}

function draw(components: readonly Component[], random: RandomGenerator): Float64Array {
  const { centre, factor } = choose(components, random);
  const n = centre.length;
  const normals = Float64Array.from({ length: n }, () => normal(random));
  let chiSquare = 0;
  for (let k = 0; k < degreesOfFreedom; k++) chiSquare += normal(random) ** 2;
  const stretch = Math.sqrt(degreesOfFreedom / chiSquare);
  return centre.map((x, i) => {
    let sum = 0;
    for (let j = 0; j <= i; j++) sum += factor[i * n + j]! * normals[j]!;
    return x + stretch * sum;
  });
}

function choose(components: readonly Component[], random: RandomGenerator): Component {
  const weights = components.map(({ logWeight }) => Math.exp(logWeight - components[0]!.logWeight));
  let left = uniformFloat64(random) * weights.reduce((sum, weight) => sum + weight, 0);
  return components.find((_, k) => (left -= weights[k]!) < 0) ?? components[0]!;
}

/** Up to a constant. */
function logProposal(components: readonly Component[], labels: Float64Array): number {
  const n = labels.length;
  const logs = components.map(({ centre, inverse, logWeight, logDensity0 }) => {
    let distance2 = 0;
    // The information is L Lᵀ: the distance is the length of Lᵀ (x − centre).
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let i = j; i < n; i++) sum += inverse[i * n + j]! * (labels[i]! - centre[i]!);
      distance2 += sum * sum;
    }
    return logWeight + logDensity0 - ((degreesOfFreedom + n) / 2) * Math.log1p(distance2 / degreesOfFreedom);
  });
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, x) => sum + Math.exp(x - most), 0));
}

/** Number of samples over the integrated autocorrelation time. */
export function effectiveSize(chain: Float64Array): number {
  const count = chain.length;
  const mean = chain.reduce((sum, x) => sum + x, 0) / count;
  const covariance = (lag: number) => {
    let sum = 0;
    for (let k = 0; k + lag < count; k++) sum += (chain[k]! - mean) * (chain[k + lag]! - mean);
    return sum / count;
  };
  const variance = covariance(0);
  if (!(variance > 0)) return 1;
  let time = -1;
  for (let lag = 0; lag + 1 < count; lag += 2) {
    const pair = covariance(lag) + covariance(lag + 1);
    if (pair <= 0) break;
    time += (2 * pair) / variance;
  }
  return Math.min(count, count / Math.max(time, 1 / count));
}

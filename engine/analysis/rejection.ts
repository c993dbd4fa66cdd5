/**
 * Choosing random pairs that are distributed in one number, such as |Δ[Fe/H]|, as given pairs are: rejection sampling. A candidate x is
 * taken with the probability w(x) / max w, w = p(x) / q(x), where p is the density of the given pairs and q that of the
 * candidates. Both are kernel densities with one Gaussian kernel, on a fine grid, reflected at 0.
 *
 * The kernel is a fifth of Silverman's for the given pairs: it widens their distribution by less than half a per cent, and
 * candidates are many enough to fill it. Where they are not (fewer than five in a kernel) a given pair has nothing to be
 * compared with, and is left out. How evenly the candidates count is told by Kish's effective size, (Σw)² / Σw².
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { quantile } from '../cannon/agreement';
import { UserError } from '../problems';
import { standardDeviation } from './statistics';

export interface Matching {
  /** Given pairs that have candidates like them, by their index. */
  readonly comparable: readonly number[];
  /** Candidates that were taken, by their index, rising. */
  readonly taken: readonly number[];
  /** Of the candidates' weights. */
  readonly effectiveSize: number;
  readonly bandwidth: number;
}

const partOfSilverman = 0.2;
const leastInKernel = 5;
/** Grid steps in a kernel's σ, and how far kernels reach. */
const stepsPerSigma = 6;
const reach = 5;

/** @param given and @param candidates: not negative. @throws UserError CAN445 when no candidate is like any given pair. */
export function matchByRejection(given: Float64Array, candidates: Float64Array, random: RandomGenerator): Matching {
  const bandwidth = bandwidthOf(given);
  const step = bandwidth / stepsPerSigma;
  const nNodes = Math.ceil((Math.max(...given) + reach * bandwidth) / step) + 2;
  const grid = { nNodes, step };
  const q = smoothed(candidates, grid);
  // Σ over candidates of the kernel, in units of its peak: how many lie in it.
  const inKernel = (x: number) => at(q, x, grid) * stepsPerSigma * Math.sqrt(2 * Math.PI);
  const comparable = [...given.keys()].filter((k) => inKernel(given[k]!) >= leastInKernel);
  if (comparable.length === 0)
    throw new UserError(
      'No random pair is as far apart in [Fe/H] as any of the pairs',
      'The catalog holds too few stars to compare with.',
      'CAN445',
    );
  const p = smoothed(
    Float64Array.from(comparable, (k) => given[k]!),
    grid,
  );
  const weights = candidates.map((x) => {
    const density = at(q, x, grid);
    return density > 0 ? at(p, x, grid) / density : 0;
  });
  let [sum, squares, most] = [0, 0, 0];
  for (const weight of weights) {
    sum += weight;
    squares += weight * weight;
    most = Math.max(most, weight);
  }
  const taken: number[] = [];
  weights.forEach((weight, k) => {
    if (uniformFloat64(random) * most < weight) taken.push(k);
  });
  return { comparable, taken, effectiveSize: (sum * sum) / squares, bandwidth };
}

/** Never 0: pairs that all are at one distance are matched to a thousandth of it. */
function bandwidthOf(given: Float64Array): number {
  const sorted = given.slice().sort();
  const spread = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 1.34;
  const deviation = given.length > 1 ? standardDeviation(given) : 0;
  const width = Math.min(...[spread, deviation].filter((one) => one > 0));
  const silverman = Number.isFinite(width) ? 0.9 * width * given.length ** -0.2 : 0;
  // The grid must not grow beyond all measure where one pair lies far off.
  const most = sorted.at(-1)!;
  return Math.max(partOfSilverman * silverman, most / 2000, 1e-6);
}

interface Grid {
  readonly nNodes: number;
  readonly step: number;
}

/** Σ of unit kernels at the nodes, per step: each value is shared by the two nodes beside it, then smoothed. */
function smoothed(values: Float64Array, { nNodes, step }: Grid): Float64Array {
  const counts = new Float64Array(nNodes);
  for (const value of values) {
    const place = value / step;
    const node = Math.floor(place);
    if (node + 1 >= nNodes) continue;
    counts[node]! += 1 - (place - node);
    counts[node + 1]! += place - node;
  }
  const half = reach * stepsPerSigma;
  const kernel = Float64Array.from({ length: half + 1 }, (_, k) => Math.exp(-0.5 * (k / stepsPerSigma) ** 2));
  const area = kernel[0]! + 2 * kernel.subarray(1).reduce((sum, one) => sum + one, 0);
  return counts.map((_, node) => {
    let sum = 0;
    for (let k = -half; k <= half; k++) {
      // Reflected at 0; node 0 is its own image, and holds what the halves of its kernel on both sides would.
      const from = node + k;
      if (Math.abs(from) < nNodes) sum += counts[Math.abs(from)]! * kernel[Math.abs(k)]! * (from === 0 ? 2 : 1);
    }
    return sum / area;
  });
}

function at(density: Float64Array, x: number, { step }: Grid): number {
  const place = x / step;
  const node = Math.floor(place);
  if (node + 1 >= density.length) return 0;
  return density[node]! + (place - node) * (density[node + 1]! - density[node]!);
}

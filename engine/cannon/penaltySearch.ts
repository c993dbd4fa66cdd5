/**
 * λ of the penalty λ Σ |θ| by validation. Casey et al. 2016 (arXiv:1603.03040) deal each labelled star a number from 0 to
 * 9, hold out those with 0, and vary Λ from 1 to 10⁵ in logarithmic steps, one for all pixels, judging by how well the
 * fluxes of the held-out stars are predicted. So here, with two differences: s is free, hence the measure is
 * −2 ln L = Σ (w r² − ln w) of the held-out stars and not χ² alone, which a larger s always lowers; and a penalty for each
 * pixel may be asked for. Stars are dealt by seed, so that the choice can be made again.
 *
 * Each penalty begins at the s that the one before it ended at. Cost: a training a step.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { withSlot } from '../kernels/arena';
import { randomFrom } from '../kernels/random';
import { solveColumns, type FastPixelJob } from './fastTraining';
import { PixelBlock } from './pixelBlock';

export interface PenaltySearch {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly per: 'model' | 'pixel';
}

/** The penalties that are tried, rising by equal factors. */
export function penaltiesOf({ from, to, steps }: PenaltySearch): number[] {
  return Array.from({ length: steps }, (_, k) => from * (to / from) ** (k / (steps - 1)));
}

/** 0 or, for the held-out tenth, 1: one a star. */
export function heldOutTenth(nStars: number, seed: number): Int32Array {
  const random = randomFrom(seed);
  const order = Int32Array.from({ length: nStars }, (_, k) => k);
  for (let k = nStars - 1; k > 0; k--) {
    const other = uniformInt(random, 0, k);
    [order[k], order[other]] = [order[other]!, order[k]!];
  }
  const held = new Int32Array(nStars);
  for (let k = 0; k < Math.max(1, Math.round(nStars / 10)); k++) held[order[k]!] = 1;
  return held;
}

/** A range of pixels; `plan` was made with two folds, of which the second is held out. */
export interface PenaltyJob extends Omit<FastPixelJob, 'fixedScatter' | 'covariance' | 'l1'> {
  readonly penalties: readonly number[];
}

/** A task: −2 ln L of the held-out stars, a row a pixel and a column a penalty; NaN where a pixel has no model. */
export function scorePenalties(job: PenaltyJob): Float64Array {
  const { plan, fromPixel, toPixel, penalties } = job;
  const scores = new Float64Array((toPixel - fromPixel) * penalties.length).fill(NaN);
  withSlot(plan.arena, (slot) => {
    for (let from = fromPixel; from < toPixel; from += plan.blockPixels) {
      const count = Math.min(plan.blockPixels, toPixel - from);
      const columns = Array.from({ length: count }, (_, k) => ({ pixel: from + k, heldOut: 1 }));
      let start: number[] | null = null;
      penalties.forEach((penalty, step) => {
        const l1 = new Float64Array(job.nPixels).fill(penalty);
        const fits = solveColumns(new PixelBlock(plan, { ...job, l1 }, slot), columns, start);
        start = fits.map(({ v }) => (Number.isFinite(v) ? v : 0));
        fits.forEach(({ state, theta, v }, k) => {
          if (state !== 'done' && state !== 'restless') return;
          scores[(from + k - fromPixel) * penalties.length + step] = scoreOf(job, from + k, theta, v);
        });
      });
    }
  });
  return scores;
}

function scoreOf({ plan, design, flux, ivar, nPixels }: PenaltyJob, pixel: number, theta: Float64Array, v: number) {
  let score = 0;
  for (let row = plan.foldStarts[1]!; row < plan.foldStarts[2]!; row++) {
    const n = plan.stars[row]!;
    const [f, iv] = [flux[n * nPixels + pixel]!, ivar[n * nPixels + pixel]!];
    if (!(iv > 0 && iv < Infinity && Number.isFinite(f))) continue;
    let r = f;
    for (let t = 0; t < theta.length; t++) r -= design[n * theta.length + t]! * theta[t]!;
    const w = iv / (1 + iv * v);
    score += w * r * r * (plan.rootWeights?.[row] ?? 1) ** 2 - Math.log(w);
  }
  return score;
}

/** The penalty of each pixel: where the scores, nPixels × nPenalties, are lowest. The larger one where they are equal. */
export function choosePenalties(
  scores: Float64Array,
  penalties: readonly number[],
  per: PenaltySearch['per'],
): Float64Array {
  const nPixels = scores.length / penalties.length;
  const lowest = (row: (step: number) => number) => {
    let best = penalties.length - 1;
    for (let step = best; step >= 0; step--) if (row(step) < row(best) || Number.isNaN(row(best))) best = step;
    return penalties[best]!;
  };
  if (per === 'pixel') {
    return Float64Array.from({ length: nPixels }, (_, p) => lowest((step) => scores[p * penalties.length + step]!));
  }
  // A pixel without a model under some penalty has no say.
  const sums = new Float64Array(penalties.length);
  for (let p = 0; p < nPixels; p++) {
    const row = scores.subarray(p * penalties.length, (p + 1) * penalties.length);
    if (row.every(Number.isFinite)) row.forEach((score, step) => (sums[step]! += score));
  }
  return new Float64Array(nPixels).fill(lowest((step) => sums[step]!));
}

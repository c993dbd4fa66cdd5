/**
 * Pixels whose normal equations are too near singular, or whose scatter will not settle: solved by `trainPixels`, whose
 * orthogonal factors bear more, in the terms that they may use and with the weights of their stars.
 *
 * A star of weight g counts as one whose flux and terms are √g as large: that is the same as errors 1 / √g as large.
 */
import { orthonormalBasis } from '../kernels/orthonormalBasis';
import type { ColumnFit, FastPixelJob } from './fastTraining';
import { plainErrors, type ThetaErrors } from './thetaErrors';
import { selectRows, trainPixels } from './training';
import { packedIndex, triangle } from './trainingPlan';

/** The terms that a pixel may use. */
export function termsAt({ allowedTerms, plan: { nTerms } }: FastPixelJob, pixel: number): number[] {
  const terms = [...Array(nTerms).keys()];
  return allowedTerms ? terms.filter((t) => allowedTerms[pixel * nTerms + t] === 1) : terms;
}

/** Of pixels that may use the same terms. */
export function solveByOrthogonalFactors(
  job: FastPixelJob,
  pixels: readonly number[],
  heldOut: number | null,
): ColumnFit[] {
  const { plan, nPixels, fixedScatter } = job;
  const { foldStarts, rootWeights } = plan;
  const rows = [...plan.stars.keys()].filter(
    (n) => heldOut === null || n < foldStarts[heldOut]! || n >= foldStarts[heldOut + 1]!,
  );
  const stars = rows.map((n) => plan.stars[n]!);
  const root = (k: number) => rootWeights?.[rows[k]!] ?? 1;
  const cut = (source: Float64Array, scale: (k: number) => number) =>
    Float64Array.from({ length: stars.length * pixels.length }, (_, e) => {
      const k = Math.floor(e / pixels.length);
      return source[stars[k]! * nPixels + pixels[e % pixels.length]!]! * scale(k);
    });
  const terms = termsAt(job, pixels[0]!);
  const whole = selectRows(job.design, stars, plan.nTerms);
  const design = Float64Array.from(
    { length: stars.length * terms.length },
    (_, e) =>
      whole[Math.floor(e / terms.length) * plan.nTerms + terms[e % terms.length]!]! *
      root(Math.floor(e / terms.length)),
  );
  const [flux, ivar] = [cut(job.flux, root), cut(job.ivar, () => 1)];
  const basis = orthonormalBasis(design, stars.length, terms.length);
  if (basis.dependentColumn >= 0) return pixels.map((pixel) => unsolved(job, pixel, stars));
  const solved = trainPixels({
    flux,
    ivar,
    nStars: stars.length,
    nPixels: pixels.length,
    design,
    nTerms: terms.length,
    fromPixel: 0,
    toPixel: pixels.length,
    ...(fixedScatter && { fixedScatter: Float64Array.from(pixels, (pixel) => fixedScatter[pixel]!) }),
  });
  return pixels.map((_, k) => {
    const found = solved.theta.subarray(k * terms.length, (k + 1) * terms.length);
    const v = solved.scatter[k]! ** 2;
    const weights = stars.map((_, n) => weightOf(flux[n * pixels.length + k]!, ivar[n * pixels.length + k]!, v));
    const errors = job.covariance
      ? plainErrors(basis.q, basis.r, weights, terms.length, job.covariance === 'full')
      : null;
    return {
      theta: spread(found, terms, plan.nTerms),
      v,
      nStars: solved.nStars[k]!,
      meanFlux: found[0]!,
      state: v === Infinity ? 'weak' : solved.converged[k] === 1 ? 'done' : 'restless',
      iterations: 0,
      errors: errors && spreadErrors(errors, terms, plan.nTerms),
    };
  });
}

function weightOf(flux: number, ivar: number, v: number): number {
  return ivar > 0 && ivar < Infinity && Number.isFinite(flux) ? ivar / (1 + ivar * v) : 0;
}

/** The stars do not tell apart the terms that a pixel may use. */
function unsolved({ flux, ivar, nPixels, plan }: FastPixelJob, pixel: number, stars: readonly number[]): ColumnFit {
  const usable = stars.map((n) => n * nPixels + pixel).filter((e) => weightOf(flux[e]!, ivar[e]!, 0) > 0);
  const meanFlux = usable.length === 0 ? 1 : usable.reduce((sum, e) => sum + flux[e]!, 0) / usable.length;
  const theta = new Float64Array(plan.nTerms);
  return { theta, v: Infinity, nStars: usable.length, meanFlux, state: 'weak', iterations: 0, errors: null };
}

/** Numbers of some terms among all: 0 for the others. */
function spread(values: ArrayLike<number>, terms: readonly number[], nTerms: number): Float64Array {
  const all = new Float64Array(nTerms);
  terms.forEach((t, k) => (all[t] = values[k]!));
  return all;
}

function spreadErrors({ variance, condition, covariance }: ThetaErrors, terms: readonly number[], nTerms: number) {
  let whole: Float64Array | null = null;
  if (covariance) {
    whole = new Float64Array(triangle(nTerms));
    for (let i = 0; i < terms.length; i++) {
      for (let j = 0; j <= i; j++) whole[packedIndex(terms[i]!, terms[j]!)] = covariance[packedIndex(i, j)]!;
    }
  }
  return { variance: spread(variance, terms, nTerms), condition, covariance: whole };
}

/**
 * Training of single pixels: θ and s at the maximum of the likelihood. A pure function of a range of pixels, so that
 * ranges can go to worker threads and the result does not depend on how they were cut.
 *
 * Model (Wheeler et al. 2020, eq. 3 and 5): F_n ~ N(η_n · θ, σ_n² + v), v = s². With w = 1 / (σ² + v) and residuals r at
 * the weighted least-squares θ̂(v), the profile log-likelihood is L(v) = −½ Σ (w r² − ln w). θ̂ is a stationary point of
 * the likelihood, so (envelope theorem) only the explicit v counts in the first derivative:
 *   dL/dv = ½ Σ (w² r² − w),   d²L/dv² = ½ Σ w² − Σ w³ r² + uᵀ A⁻¹ u,   A = Xᵀ W X,   u = Xᵀ W² r.
 * Newton steps on dL/dv inside a bracket of its sign change find v; v = 0 is the optimum where dL/dv(0) ≤ 0.
 * L may have several maxima when σ_n differ by orders of magnitude: the search starts on the best rung of a ladder of v.
 */
import { choleskyFactor, choleskySolve } from '../kernels/cholesky';
import { accumulateNormal } from '../kernels/normalMatrix';
import { orthonormalBasis, solveUpper } from '../kernels/orthonormalBasis';

/** A range of pixels to train. Arrays may lie in shared memory; none is written to. */
export interface PixelJob {
  /** nStars × nPixels, star-major. Weight is 0 where ivar is not above 0 or either is not finite. */
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
  readonly nStars: number;
  readonly nPixels: number;
  /** η of every star, nStars × nTerms, row-major, of full column rank over the stars that count. */
  readonly design: Float64Array;
  readonly nTerms: number;
  /** First pixel, and the one after the last. */
  readonly fromPixel: number;
  readonly toPixel: number;
  /** 1 for stars that count; all count when it is absent. */
  readonly starMask?: Uint8Array;
  /** nPixels: take these s as given and find θ alone. */
  readonly fixedScatter?: Float64Array;
}

/** One element (θ: one row) for each of toPixel − fromPixel pixels; see `Model` for what they mean. */
export interface PixelFit {
  readonly theta: Float64Array;
  readonly scatter: Float64Array;
  readonly converged: Uint8Array;
  readonly nStars: Int32Array;
}

/** Fewer stars than two for each coefficient fit their own noise: s comes out near 0 and such a pixel would rule the fit. */
export function minimumStars(nTerms: number): number {
  return 2 * nTerms;
}

/** @throws Error when the design is rank deficient (`trainModel` says so to the user before). */
export function trainPixels(job: PixelJob): PixelFit {
  const { nTerms, fromPixel, toPixel } = job;
  const stars = [...Array(job.nStars).keys()].filter((n) => job.starMask === undefined || job.starMask[n] === 1);
  const { q, r, dependentColumn } = orthonormalBasis(selectRows(job.design, stars, nTerms), stars.length, nTerms);
  if (dependentColumn >= 0) throw new Error(`Column ${dependentColumn} of the design depends on those before it`);

  const count = toPixel - fromPixel;
  const fit: PixelFit = {
    theta: new Float64Array(count * nTerms),
    scatter: new Float64Array(count),
    converged: new Uint8Array(count),
    nStars: new Int32Array(count),
  };
  const profile = new PixelProfile(stars.length, nTerms);
  for (let k = 0; k < count; k++) {
    const pixel = fromPixel + k;
    profile.load(job, stars, q, pixel);
    const optimum = profile.nStars < minimumStars(nTerms) ? null : solvePixel(profile, job.fixedScatter?.[pixel]);
    fit.nStars[k] = profile.nStars;
    if (optimum === null) {
      fit.theta[k * nTerms] = profile.meanFlux();
      fit.scatter[k] = Infinity;
    } else {
      solveUpper(r, nTerms, profile.coefficients, fit.theta, k * nTerms);
      fit.scatter[k] = Math.sqrt(optimum.variance);
      fit.converged[k] = optimum.converged ? 1 : 0;
    }
  }
  return fit;
}

/** The design of these stars alone. */
export function selectRows(design: Float64Array, stars: readonly number[], nTerms: number): Float64Array {
  const selected = new Float64Array(stars.length * nTerms);
  stars.forEach((n, row) => selected.set(design.subarray(n * nTerms, (n + 1) * nTerms), row * nTerms));
  return selected;
}

interface Optimum {
  readonly variance: number;
  readonly converged: boolean;
}

const relativeTolerance = 1e-7;
const maxSteps = 60;

/** The maximum of the profile likelihood; `profile` is left there. Null when the pixel's own design is singular. */
function solvePixel(profile: PixelProfile, fixedScatter: number | undefined): Optimum | null {
  if (fixedScatter !== undefined) {
    return profile.evaluate(fixedScatter ** 2) ? { variance: fixedScatter ** 2, converged: true } : null;
  }
  if (!profile.evaluate(profile.medianVariance())) return null;
  const floor = profile.lowestRung();
  let v = profile.bestRung(floor);
  let [low, high] = [0, Infinity];
  let lowSeen = false; // whether dL/dv > 0 at `low` is known
  for (let step = 0; step < maxSteps; step++) {
    if (!profile.evaluate(v)) return null;
    const { slope, curvature } = profile;
    if (v === 0 && slope <= 0) return { variance: 0, converged: true };
    if (slope > 0) [low, lowSeen] = [v, true];
    else high = v;

    let next = v - slope / curvature;
    const inside = curvature < 0 && next > low && next < high;
    if (!inside) {
      if (high === Infinity) next = v === 0 ? floor : 4 * v;
      else if (!lowSeen) next = high > floor ? high / 4 : 0;
      else next = low === 0 ? high / 16 : Math.sqrt(low * high);
    }
    // Far below every σ² the value of v no longer matters to any weight: that is the absolute part of the tolerance.
    if (Math.abs(next - v) <= relativeTolerance * (v + floor) || high - low <= relativeTolerance * low) {
      return { variance: v, converged: true };
    }
    v = next;
  }
  return { variance: v, converged: false };
}

/** One pixel's data, and the profile likelihood with its derivatives at the last evaluated v. */
class PixelProfile {
  nStars = 0;
  /** In the orthonormal basis. */
  readonly coefficients: Float64Array;
  /** dL/dv and d²L/dv². */
  slope = 0;
  curvature = 0;
  readonly #rows: Float64Array;
  readonly #flux: Float64Array;
  readonly #ivar: Float64Array;
  readonly #weight: Float64Array;
  readonly #residual: Float64Array;
  readonly #normal: Float64Array;
  readonly #u: Float64Array;

  constructor(
    maxStars: number,
    readonly nTerms: number,
  ) {
    this.coefficients = new Float64Array(nTerms);
    this.#rows = new Float64Array(maxStars * nTerms);
    this.#flux = new Float64Array(maxStars);
    this.#ivar = new Float64Array(maxStars);
    this.#weight = new Float64Array(maxStars);
    this.#residual = new Float64Array(maxStars);
    this.#normal = new Float64Array(nTerms * nTerms);
    this.#u = new Float64Array(nTerms);
  }

  /** Takes the stars that have a usable flux in `pixel`; row k of `basis` belongs to stars[k]. */
  load(job: PixelJob, stars: readonly number[], basis: Float64Array, pixel: number): void {
    const { nTerms } = this;
    this.nStars = 0;
    for (let k = 0; k < stars.length; k++) {
      const flux = job.flux[stars[k]! * job.nPixels + pixel]!;
      const ivar = job.ivar[stars[k]! * job.nPixels + pixel]!;
      if (!(ivar > 0 && ivar < Infinity && Number.isFinite(flux))) continue;
      this.#flux[this.nStars] = flux;
      this.#ivar[this.nStars] = ivar;
      for (let t = 0; t < nTerms; t++) this.#rows[this.nStars * nTerms + t] = basis[k * nTerms + t]!;
      this.nStars++;
    }
  }

  /** Weighted least squares at v, and the derivatives of L there. False when the normal matrix is singular. */
  evaluate(v: number): boolean {
    const { nTerms, nStars, coefficients } = this;
    for (let n = 0; n < nStars; n++) this.#weight[n] = this.#ivar[n]! / (1 + this.#ivar[n]! * v);
    accumulateNormal(this.#rows, this.#weight, this.#flux, nStars, nTerms, this.#normal, coefficients);
    if (!choleskyFactor(this.#normal, nTerms)) return false;
    choleskySolve(this.#normal, nTerms, coefficients);

    const u = this.#u.fill(0);
    let [sumW, sumW2, sumW2R2, sumW3R2] = [0, 0, 0, 0];
    for (let n = 0; n < nStars; n++) {
      const base = n * nTerms;
      const w = this.#weight[n]!;
      let r = this.#flux[n]!;
      for (let t = 0; t < nTerms; t++) r -= this.#rows[base + t]! * coefficients[t]!;
      this.#residual[n] = r;
      const w2r = w * w * r;
      for (let t = 0; t < nTerms; t++) u[t]! += w2r * this.#rows[base + t]!;
      sumW += w;
      sumW2 += w * w;
      sumW2R2 += w2r * r;
      sumW3R2 += w * w2r * r;
    }
    const solved = u.slice();
    choleskySolve(this.#normal, nTerms, solved);
    this.slope = (sumW2R2 - sumW) / 2;
    this.curvature = sumW2 / 2 - sumW3R2;
    for (let t = 0; t < nTerms; t++) this.curvature += u[t]! * solved[t]!;
    return true;
  }

  meanFlux(): number {
    let sum = 0;
    for (let n = 0; n < this.nStars; n++) sum += this.#flux[n]!;
    return this.nStars === 0 ? 1 : sum / this.nStars;
  }

  medianVariance(): number {
    const sorted = this.#ivar.slice(0, this.nStars).sort();
    return 1 / sorted[this.nStars >> 1]!;
  }

  /** A v that is small beside every σ². */
  lowestRung(): number {
    let largest = 0;
    for (let n = 0; n < this.nStars; n++) if (this.#ivar[n]! > largest) largest = this.#ivar[n]!;
    return 1e-3 / largest;
  }

  /** The v of a ladder (0, then factors of 4) with the highest likelihood of the residuals as they stand. */
  bestRung(lowest: number): number {
    let largest = 0;
    for (let n = 0; n < this.nStars; n++) largest = Math.max(largest, this.#residual[n]! ** 2);
    let best = 0;
    let bestLogL = this.#logLikelihood(0);
    for (let v = lowest; v <= largest; v *= 4) {
      const logL = this.#logLikelihood(v);
      if (logL > bestLogL) [best, bestLogL] = [v, logL];
    }
    return best;
  }

  #logLikelihood(v: number): number {
    let sum = 0;
    let product = 1; // of weights, four at a time: one logarithm for all four
    for (let n = 0; n < this.nStars; n++) {
      const w = this.#ivar[n]! / (1 + this.#ivar[n]! * v);
      sum -= w * this.#residual[n]! ** 2;
      product *= w;
      if ((n & 3) === 3) {
        sum += Math.log(product);
        product = 1;
      }
    }
    return (sum + Math.log(product)) / 2;
  }
}

/**
 * A trained Cannon: flux of pixel p = θ_p · η((ℓ − pivot) / scale), with Gaussian error σ² + s_p².
 *
 * A pixel that could not be trained (too few stars there) has θ = (mean flux, 0, …), scatter Infinity and converged 0.
 * Infinite scatter is weight 0 wherever 1 / (σ² + s²) is formed, so such a pixel never speaks about a star. Pure.
 */
import type { ThetaNoise } from './thetaNoise';
import { vectorize, type Term } from './vectorizer';

export interface LabelInfo {
  readonly name: string;
  readonly unit: string;
  /** Mean and standard deviation over the training set. */
  readonly pivot: number;
  readonly scale: number;
  /** The range that the training set covers. */
  readonly min: number;
  readonly max: number;
}

/** How the training of a model went, pixel by pixel. */
export interface TrainingRecord {
  /** Standard errors of θ, nPixels × nTerms: 0 where θ is held at 0, NaN where the pixel has no model (`thetaErrors.ts`). */
  readonly thetaError: Float64Array;
  /** On request: the lower triangle of the covariance of θ by rows, nPixels × nTerms (nTerms + 1) / 2. */
  readonly thetaCovariance?: Float64Array;
  /** Of the normal matrix with its diagonal scaled to 1, in the 1-norm; NaN where the pixel has no model. */
  readonly condition: Float64Array;
  /** Solutions of the weighted least squares before s was found. */
  readonly iterations: Int32Array;
  /** λ of the penalty λ Σ |θ|; absent where there was none. */
  readonly l1?: Float64Array;
}

export interface Model {
  readonly name: string;
  readonly labels: readonly LabelInfo[];
  readonly terms: readonly Term[];
  /** Vacuum Å, rest frame, rising; all arrays below have this length or a row a pixel. */
  readonly waveAngstrom: Float64Array;
  /** nPixels × nTerms, row-major, in standardized labels. */
  readonly theta: Float64Array;
  /** s, in units of the continuum; Infinity where the pixel has no model. */
  readonly scatter: Float64Array;
  /**
   * Patterns in which the model's error moves many pixels together, nModes × nPixels, row-major, each with an amplitude of
   * variance 1 (`modes.ts`): the error of a spectrum has the covariance diag(σ² + s²) + Σ m mᵀ. Empty in the model of
   * the paper, whose errors are independent.
   */
  readonly modes: Float64Array;
  /** 1 where θ and s are at the maximum of the likelihood. */
  readonly converged: Uint8Array;
  /** Stars with a usable flux in that pixel. */
  readonly nStars: Int32Array;
  /** Survey, grid, continuum, versions, seed, config hash: how to make this model again. */
  readonly provenance: Readonly<Record<string, string | number>>;
  /** Absent for models of folds, and for files of earlier versions. */
  readonly record?: TrainingRecord;
  /** How large the errors of θ are; absent also under masks, ridge or l1. */
  readonly thetaNoise?: ThetaNoise;
}

/** (ℓ − pivot) / scale, in the order of `model.labels`. */
export function standardize(model: Pick<Model, 'labels'>, labels: ArrayLike<number>): Float64Array {
  return Float64Array.from(model.labels, ({ pivot, scale }, i) => (labels[i]! - pivot) / scale);
}

/** The continuum-normalized flux that the model expects of a star with these labels (in their own units), one a pixel. */
export function predictFlux(model: Model, labels: ArrayLike<number>): Float64Array {
  const eta = new Float64Array(model.terms.length);
  vectorize(standardize(model, labels), model.terms, eta);
  return thetaTimes(model, eta);
}

/** θ · η for every pixel. */
export function thetaTimes(model: Pick<Model, 'theta' | 'waveAngstrom'>, eta: Float64Array): Float64Array {
  const nTerms = eta.length;
  const flux = new Float64Array(model.waveAngstrom.length);
  for (let p = 0; p < flux.length; p++) {
    let sum = 0;
    for (let t = 0; t < nTerms; t++) sum += model.theta[p * nTerms + t]! * eta[t]!;
    flux[p] = sum;
  }
  return flux;
}

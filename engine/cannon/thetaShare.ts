/**
 * What the errors of θ do to a star's labels.
 *
 * Inference compares the star with derivatives J of the model that hold noise δJ. The curvature JᵀWJ of χ² contains
 * S = Σ_p w κ_p (∂η)ᵀ C₀ ∂η more than that of the true θ (`thetaNoise.ts`): information that is none. A star that is x off the
 * pivot is therefore found short by (JᵀWJ)⁻¹ S x, as slopes are when their regressors have errors (attenuation; Fuller 1987, §1.1),
 * whatever its S/N: both matrices grow with w. Over stars like the training stars, whose labels have the second moments Σ, that is
 *   R Σ Rᵀ,   R = (JᵀWJ)⁻¹ S,
 * the square of what is told here: it is never much more than the spread of the training stars, and nothing for labels that
 * many strong lines tell. All observations of a star share it, so it is told beside the formal error and not in it: averages do not
 * lessen it, and repeats do not show it. J is taken without the modes of correlated error, which hide label and attenuation alike.
 *
 * It is an estimate. For a linear model it is the expected square; with squares S is larger than its linear part would be, and
 * (JᵀWJ)⁻¹ smaller than that of the true J. docs/method.md has what it came to on mock surveys.
 */
import { choleskyFactor, choleskyInverse } from '../kernels/cholesky';
import type { Model } from './model';
import type { StarPixels } from './starBlock';
import type { ModeElimination } from './starSums';
import { linearTerms } from './thetaNoise';
import { vectorizeGradient } from './vectorizer';

/** A star after its fit. */
export interface SharedBy {
  /** Standardized, and the inverse of the curvature there, nLabels × nLabels. */
  readonly labels: Float64Array;
  readonly covariance: Float64Array;
  readonly elimination: Pick<ModeElimination, 'alongLabels'>;
  readonly pixels: StarPixels;
  /** These have no say. */
  readonly leftOut: readonly number[];
}

export class ThetaShare {
  readonly #gradient: Float64Array;

  private constructor(
    private readonly model: Model,
    private readonly kappa: Float64Array,
    /** C₀, and Σ. */
    private readonly inverse: Float64Array,
    private readonly spread: Float64Array,
  ) {
    this.#gradient = new Float64Array(model.terms.length * model.labels.length);
  }

  /** Null for a model that does not know its noise. */
  static of(model: Model): ThetaShare | null {
    const { terms, labels, thetaNoise: noise } = model;
    const places = linearTerms(terms, labels.length);
    if (noise === undefined || places === null) return null;
    const factor = noise.moments.slice();
    if (!choleskyFactor(factor, terms.length)) return null;
    const inverse = choleskyInverse(factor, terms.length);
    const spread = Float64Array.from(places.flatMap((i) => places.map((j) => noise.moments[i * terms.length + j]!)));
    return new ThetaShare(model, noise.kappa, inverse, spread);
  }

  /** The standard deviation of each label, in the labels' units; NaN where the curvature is none. */
  errorsOf(star: SharedBy): Float64Array {
    const { labels } = this.model;
    const n = labels.length;
    vectorizeGradient(star.labels, this.model.terms, this.#gradient);
    const information = inverseOf(star.covariance, n);
    if (information === null) return new Float64Array(n).fill(NaN);
    star.elimination.alongLabels(this.#gradient, information);
    const plain = inverseOf(information, n);
    if (plain === null) return new Float64Array(n).fill(NaN);
    const r = product(plain, this.falseInformation(star), n);
    const variance = product(product(r, this.spread, n), transposed(r, n), n);
    return Float64Array.from(labels, ({ scale }, i) => scale * Math.sqrt(Math.max(0, variance[i * (n + 1)]!)));
  }

  /** S, of standardized labels; from the gradient at hand. */
  private falseInformation({ pixels, leftOut }: SharedBy): Float64Array {
    const { kappa } = this;
    const { numbers, weight } = pixels;
    let sum = 0;
    for (let p = 0; p < kappa.length; p++) sum += numbers[weight + 4 * p]! * kappa[p]!;
    for (const p of leftOut) sum -= numbers[weight + 4 * p]! * kappa[p]!;
    const n = this.model.labels.length;
    const nTerms = this.model.terms.length;
    const gradient = this.#gradient;
    const s = new Float64Array(n * n);
    const solved = new Float64Array(nTerms);
    for (let i = 0; i < n; i++) {
      solved.fill(0);
      for (let t = 0; t < nTerms; t++) {
        const slope = sum * gradient[t * n + i]!;
        if (slope === 0) continue;
        for (let u = 0; u < nTerms; u++) solved[u]! += slope * this.inverse[t * nTerms + u]!;
      }
      for (let u = 0; u < nTerms; u++) {
        if (solved[u] === 0) continue;
        for (let j = 0; j <= i; j++) s[i * n + j]! += solved[u]! * gradient[u * n + j]!;
      }
    }
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) s[j * n + i] = s[i * n + j]!;
    return s;
  }
}

/** Of a symmetric positive definite matrix; else null. */
function inverseOf(matrix: Float64Array, n: number): Float64Array | null {
  const factor = matrix.slice();
  return choleskyFactor(factor, n) ? choleskyInverse(factor, n) : null;
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const c = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) c[i * n + j]! += a[i * n + k]! * b[k * n + j]!;
  }
  return c;
}

const transposed = (a: Float64Array, n: number) => a.map((_, e) => a[(e % n) * n + Math.floor(e / n)]!);

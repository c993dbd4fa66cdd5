/**
 * What is left of one star after its labels, and how much of it a pattern explains: the algebra under all diagnostics.
 *
 * With residuals r, weights W = 1 / (σ² + s²), the model's modes M and the derivatives D of the model in the labels, fitted labels
 * and modes have taken their part of r. A pattern t that is fitted beside them, all free at once, has
 *   amplitude a = tᵀP r / tᵀP t,  significance tᵀP r / √(tᵀP t),  gain in χ² (tᵀP r)² / tᵀP t,
 *   P = C⁻¹ − C⁻¹D (DᵀC⁻¹D)⁻¹ DᵀC⁻¹,  C = W⁻¹ + M Mᵀ,
 * so that significances are unit normal however many labels there are, and what a label could explain counts for nothing.
 * The fit is at its minimum: DᵀC⁻¹r = 0, and (DᵀC⁻¹D)⁻¹ is the covariance of the labels. C⁻¹ by Woodbury's identity
 * (`starSums.ts`). Source: Golub & Van Loan, §6.1; the theorem of Frisch, Waugh and Lovell.
 *
 * Pixels left out of the fit say nothing about labels and modes; a template of a few pixels counts them for itself, as a line
 * that is far off is what it looks for. All arrays have a number a pixel of the model. Pure.
 */
import type { LineTemplate } from './lineTemplates';
import type { PixelModel } from './starBlock';
import type { ModeElimination } from './starSums';

/** One pattern, or the residuals themselves, in the space of the fit. */
export interface Pattern {
  /** After the modes: Σ w t (free part of) θ', one a term; and the modes' own part of it. */
  readonly slopes: Float64Array;
  readonly u: Float64Array;
}

export interface FittedPattern {
  /** tᵀP r and tᵀP t. */
  readonly product: number;
  readonly square: number;
}

export class StarResiduals {
  readonly #residualU: Float64Array;
  readonly #nTerms: number;
  readonly #nModes: number;
  readonly #sums: Float64Array;

  /**
   * @param weight of usable pixels, 0 elsewhere; `used` without those left out of the fit.
   * @param atLabels Σ w r θ'_t, then Σ w r m_k, over the used pixels.
   * @param gradient ∂η_t/∂ℓ_i at the labels, nTerms × nLabels; `covariance` nLabels × nLabels; labels standardized.
   */
  constructor(
    readonly model: PixelModel,
    readonly weight: Float64Array,
    readonly used: Float64Array,
    readonly residual: Float64Array,
    readonly elimination: ModeElimination,
    atLabels: Float64Array,
    readonly gradient: Float64Array,
    readonly covariance: Float64Array,
  ) {
    this.#nTerms = model.terms.length;
    this.#nModes = atLabels.length - this.#nTerms;
    this.#residualU = elimination.project(atLabels).u;
    this.#sums = new Float64Array(atLabels.length);
  }

  /**
   * How a pattern of some pixels fits, among all usable ones of these but those from `gap` up to but not including `gap` + 2;
   * null where nothing is left of it. Without modes their variance counts as part of s, which it is.
   */
  fit({ pixels, values }: LineTemplate, gap = -2, withModes = true): FittedPattern | null {
    const { weight, used, residual } = this;
    const { theta, modes, scatter } = this.model;
    const [nTerms, nModes, nPixels] = [this.#nTerms, this.#nModes, scatter.length];
    const sums = this.#sums.fill(0);
    let [product, square] = [0, 0];
    for (let k = 0; k < pixels.length; k++) {
      const p = pixels[k]!;
      const w = weight[p]!;
      if (w === 0 || p === gap || p === gap + 1) continue;
      const t = values[k]!;
      product += w * t * residual[p]!;
      square += w * t * t;
      if (used[p] === 0) continue;
      const wt = w * t;
      for (let j = 0; j < nTerms; j++) sums[j]! += wt * theta[p * nTerms + j]!;
      for (let j = 0; j < nModes; j++) sums[nTerms + j]! += wt * modes[j * nPixels + p]!;
    }
    if (square === 0) return null;
    if (withModes) return this.freed(product, square, this.elimination.project(sums));
    return this.freed(product, square, { slopes: sums.slice(0, nTerms), u: new Float64Array(nModes) });
  }

  /**
   * The same without the two neighbouring pixels that speak most for it: a cosmic ray is no line. And without modes: a few odd stars
   * of the training set are enough to make theirs a mode.
   */
  fitWithoutPeak({ pixels, values }: LineTemplate): FittedPattern | null {
    let [most, gap] = [-Infinity, -2];
    const spoken = (k: number) => {
      const p = pixels[k] ?? -1;
      return p < 0 ? 0 : this.weight[p]! * values[k]! * this.residual[p]!;
    };
    for (let k = 0; k + 1 < pixels.length; k++) {
      const pair = spoken(k) + spoken(k + 1);
      if (pair > most) [most, gap] = [pair, pixels[k]!];
    }
    return this.fit({ pixels, values }, gap, false);
  }

  /** tᵀP r and tᵀP t from Σ w t r, Σ w t² and the pattern; null where the labels and modes explain all of it. */
  freed(product: number, square: number, pattern: Pattern): FittedPattern | null {
    const left = square - dot(pattern.u, pattern.u) - this.#byLabels(pattern, pattern);
    if (!(left > leastLeft * square)) return null;
    return { product: product - dot(pattern.u, this.#residualU), square: left };
  }

  /** aᵀP b from Σ w a b and both patterns. */
  overlap(sum: number, a: Pattern, b: Pattern): number {
    return sum - dot(a.u, b.u) - this.#byLabels(a, b);
  }

  /** (DᵀC⁻¹a)ᵀ cov (DᵀC⁻¹b). */
  #byLabels(a: Pattern, b: Pattern): number {
    const [x, y] = [this.#onLabels(a.slopes), a === b ? null : this.#onLabels(b.slopes)];
    const n = x.length;
    const other = y ?? x;
    let sum = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sum += x[i]! * this.covariance[i * n + j]! * other[j]!;
    return sum;
  }

  #onLabels(slopes: Float64Array): Float64Array {
    const n = this.gradient.length / this.#nTerms;
    const out = new Float64Array(n);
    for (let t = 0; t < this.#nTerms; t++)
      for (let i = 0; i < n; i++) out[i]! += slopes[t]! * this.gradient[t * n + i]!;
    return out;
  }
}

/** Less than this part of a pattern's square is rounding and nonlinearity. */
const leastLeft = 1e-3;

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

export function significanceOf(fit: FittedPattern | null): number {
  return fit === null ? NaN : fit.product / Math.sqrt(fit.square);
}

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
import type { Model } from './model';
import type { PatternSums } from './residualPanels';
import type { StarPixels } from './starBlock';
import type { ModeElimination } from './starSums';

/** A pattern of a few pixels, with the model there. */
export interface SparsePattern extends LineTemplate {
  /** θ of the terms, then the modes, a row a pixel of the pattern; 0 where there is no model. */
  readonly rows: Float64Array;
}

export function sparsePattern(model: PixelModel, template: LineTemplate): SparsePattern {
  const { terms, theta, modes, scatter } = model;
  const [nTerms, nPixels] = [terms.length, scatter.length];
  const nRows = nTerms + modes.length / nPixels;
  const rows = new Float64Array(template.pixels.length * nRows);
  template.pixels.forEach((p, k) => {
    if (!(scatter[p]! < Infinity)) return;
    for (let t = 0; t < nTerms; t++) rows[k * nRows + t] = theta[p * nTerms + t]!;
    for (let m = nTerms; m < nRows; m++) rows[k * nRows + m] = modes[(m - nTerms) * nPixels + p]!;
  });
  return { ...template, rows };
}

type PixelModel = Pick<Model, 'terms' | 'theta' | 'scatter' | 'modes'>;

/** One pattern, or the residuals themselves, in the space of the fit. */
interface Pattern {
  /** After the modes: Σ w t (free part of) θ', one a term; and the modes' own part of it. */
  readonly slopes: Float64Array;
  readonly u: Float64Array;
}

export interface FittedPattern {
  /** tᵀP r and tᵀP t. */
  readonly product: number;
  readonly square: number;
}

const none = new Float64Array(0);

export class StarResiduals {
  readonly #residualU: Float64Array;
  readonly #nTerms: number;
  readonly #nModes: number;
  readonly #sums: Float64Array;
  readonly #onLabelsOf: Float64Array;

  /**
   * @param pixels weights and residuals; `leftOut` are those that have no say in the fit.
   * @param atLabels Σ w r θ'_t, then Σ w r m_k, over the pixels of the fit.
   * @param gradient ∂η_t/∂ℓ_i at the labels, nTerms × nLabels; `covariance` nLabels × nLabels; labels standardized.
   */
  constructor(
    readonly pixels: StarPixels,
    readonly leftOut: readonly number[],
    readonly elimination: ModeElimination,
    atLabels: Float64Array,
    readonly gradient: Float64Array,
    readonly covariance: Float64Array,
  ) {
    const nLabels = Math.round(Math.sqrt(covariance.length));
    this.#nTerms = gradient.length / nLabels;
    this.#nModes = atLabels.length - this.#nTerms;
    this.#residualU = elimination.project(atLabels).u;
    this.#sums = new Float64Array(atLabels.length);
    this.#onLabelsOf = new Float64Array(2 * nLabels);
  }

  /** 0 where there is no weight. */
  residualAt(p: number): number {
    const { numbers, weight, residual } = this.pixels;
    return numbers[weight + 4 * p]! > 0 ? numbers[residual + 4 * p]! : 0;
  }

  /**
   * How a pattern of some pixels fits, among all usable ones of these but those from `gap` up to but not including `gap` + 2;
   * null where nothing is left of it. Without modes their variance counts as part of s, which it is.
   */
  fit({ pixels, values, rows }: SparsePattern, gap = -2, withModes = true): FittedPattern | null {
    const { numbers, weight, residual } = this.pixels;
    const nRows = this.#nTerms + this.#nModes;
    const nUsed = withModes ? nRows : this.#nTerms;
    const sums = this.#sums.fill(0);
    const areOut = this.leftOut.length > 0;
    let [product, square] = [0, 0];
    for (let k = 0; k < pixels.length; k++) {
      const p = pixels[k]!;
      const w = numbers[weight + 4 * p]!;
      if (w === 0 || p === gap || p === gap + 1) continue;
      const t = values[k]!;
      const wt = w * t;
      product += wt * numbers[residual + 4 * p]!;
      square += wt * t;
      if (areOut && this.leftOut.includes(p)) continue;
      for (let j = 0; j < nUsed; j++) sums[j]! += wt * rows[k * nRows + j]!;
    }
    if (square === 0) return null;
    return this.#freed(product, square, withModes ? this.elimination.project(sums) : { slopes: sums, u: none });
  }

  /**
   * The significance of the same without the two neighbouring pixels that speak most for it: a cosmic ray is no line. And without modes:
   * a few odd stars of the training set are enough to make theirs a mode. 0 where it is below that, NaN without pixels.
   */
  riseWithoutPeak(pattern: SparsePattern): number {
    const { pixels, values } = pattern;
    const { numbers, weight, residual } = this.pixels;
    let [most, gap, before, sum] = [-Infinity, -2, 0, 0];
    for (let k = 0; k < pixels.length; k++) {
      const e = 4 * pixels[k]!;
      const w = numbers[weight + e]!;
      const spoken = w > 0 ? w * values[k]! * numbers[residual + e]! : 0;
      if (k > 0 && before + spoken > most) [most, gap] = [before + spoken, pixels[k - 1]!];
      before = spoken;
      sum += spoken;
    }
    return sum - most < 0 ? 0 : significanceOf(this.fit(pattern, gap, false));
  }

  /** tᵀP r and tᵀP t from Σ w t r, Σ w t² and Σ w t θ', Σ w t m; null where the labels and modes explain all of it. */
  freed(sums: PatternSums): FittedPattern | null {
    return this.#freed(sums.product, sums.square, this.elimination.project(sums.projected));
  }

  #freed(product: number, square: number, pattern: Pattern): FittedPattern | null {
    const left = square - dot(pattern.u, pattern.u) - this.#byLabels(pattern, pattern);
    if (!(left > leastLeft * square)) return null;
    return { product: product - dot(pattern.u, this.#residualU), square: left };
  }

  /** aᵀP b from Σ w a b and the sums of both with θ' and m. */
  overlap(sum: number, a: Float64Array, b: Float64Array): number {
    const [first, second] = [this.elimination.project(a), this.elimination.project(b)];
    return sum - dot(first.u, second.u) - this.#byLabels(first, second);
  }

  /** (DᵀC⁻¹a)ᵀ cov (DᵀC⁻¹b). */
  #byLabels(a: Pattern, b: Pattern): number {
    const x = this.#onLabelsOf;
    const n = x.length / 2;
    this.#onLabels(a.slopes, 0);
    const other = a === b ? 0 : n;
    if (a !== b) this.#onLabels(b.slopes, n);
    let sum = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sum += x[i]! * this.covariance[i * n + j]! * x[other + j]!;
    return sum;
  }

  #onLabels(slopes: Float64Array, to: number): void {
    const out = this.#onLabelsOf;
    const n = out.length / 2;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let t = 0; t < this.#nTerms; t++) sum += slopes[t]! * this.gradient[t * n + i]!;
      out[to + i] = sum;
    }
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

/**
 * χ² of one star as a polynomial of its standardized labels ℓ, exact for any vectorizer (a quartic for the quadratic one).
 *
 * Minimized over the amplitudes a of the model's modes, which have variance 1, is
 *   χ²(ℓ, a) = Σ_p w_p (f_p − θ_p · η(ℓ) − a · m_p)² + a · a,   w = 1 / (σ² + s²),
 * which is the χ² of the residuals with the covariance diag(1/w) + Σ m mᵀ. Sums over pixels depend on neither: with
 * d = η(ℓ) − η(0), the residuals e about the model at ℓ = 0, and x_p = (θ_p, m_p), they are N = Σ w x xᵀ (+ 1 on the modes'
 * diagonal), h = Σ w e x and Σ w e². Eliminating a leaves χ² = c − 2 d · b + dᵀ M d, with M the Schur complement of the
 * modes in N. Cost: one pass over the pixels, nPixels (nTerms + nModes)² / 2; then nTerms² an evaluation.
 */
import { accumulateNormal } from '../../engine/kernels/normalMatrix';
import { thetaTimes, type Model } from '../../engine/cannon/model';
import { vectorize, vectorizeGradient, type Term } from '../../engine/cannon/vectorizer';

/** χ² with its gradient and Gauss–Newton matrix at the labels last moved to. */
export class Chi2Surface {
  chi2 = 0;
  /** JᵀW(f − model), downhill. */
  readonly downhill: Float64Array;
  /** JᵀWJ, full and symmetric. */
  readonly hessian: Float64Array;
  readonly #terms: readonly Term[];
  readonly #eta: Float64Array;
  readonly #etaAtPivot: Float64Array;
  readonly #gradient: Float64Array;
  readonly #m: Float64Array;
  readonly #b: Float64Array;
  #constant = 0;

  constructor(model: Model, flux: Float64Array, weight: Float64Array) {
    const [nTerms, nLabels] = [model.terms.length, model.labels.length];
    this.#terms = model.terms;
    this.#eta = new Float64Array(nTerms);
    this.#etaAtPivot = new Float64Array(nTerms);
    this.#gradient = new Float64Array(nTerms * nLabels);
    this.#m = new Float64Array(nTerms * nTerms);
    this.#b = new Float64Array(nTerms);
    this.downhill = new Float64Array(nLabels);
    this.hessian = new Float64Array(nLabels * nLabels);

    // Residuals about the pivot keep the constant near the size of χ² itself, so that little is lost to rounding.
    vectorize(new Float64Array(nLabels), model.terms, this.#etaAtPivot);
    const residual = thetaTimes(model, this.#etaAtPivot);
    for (let p = 0; p < residual.length; p++) {
      residual[p] = flux[p]! - residual[p]!;
      if (weight[p]! > 0) this.#constant += weight[p]! * residual[p]! ** 2;
    }
    const nColumns = nTerms + model.modes.length / residual.length;
    const normal = new Float64Array(nColumns * nColumns);
    const right = new Float64Array(nColumns);
    accumulateNormal(columnsOf(model), weight, residual, residual.length, nColumns, normal, right);
    this.#constant -= eliminateModes(normal, right, nTerms, nColumns);
    for (let i = 0; i < nTerms; i++) {
      this.#b[i] = right[i]!;
      for (let j = 0; j <= i; j++) {
        this.#m[i * nTerms + j] = this.#m[j * nTerms + i] = normal[i * nColumns + j]!;
      }
    }
  }

  /** Sets `chi2`, `downhill` and `hessian` for these labels. */
  moveTo(labels: Float64Array): void {
    const nTerms = this.#terms.length;
    const nLabels = labels.length;
    const md = this.#timesM(this.#difference(labels));
    this.chi2 = this.#chi2At(md);
    vectorizeGradient(labels, this.#terms, this.#gradient);
    this.downhill.fill(0);
    this.hessian.fill(0);
    for (let i = 0; i < nLabels; i++) {
      const column = Float64Array.from({ length: nTerms }, (_, t) => this.#gradient[t * nLabels + i]!);
      const mColumn = this.#timesM(column);
      for (let t = 0; t < nTerms; t++) {
        this.downhill[i]! += column[t]! * (this.#b[t]! - md[t]!);
        for (let j = 0; j < nLabels; j++)
          this.hessian[i * nLabels + j]! += mColumn[t]! * this.#gradient[t * nLabels + j]!;
      }
    }
  }

  chi2At(labels: Float64Array): number {
    return this.#chi2At(this.#timesM(this.#difference(labels)));
  }

  #difference(labels: Float64Array): Float64Array {
    vectorize(labels, this.#terms, this.#eta);
    for (let t = 0; t < this.#eta.length; t++) this.#eta[t]! -= this.#etaAtPivot[t]!;
    return this.#eta;
  }

  #chi2At(md: Float64Array): number {
    let sum = this.#constant;
    for (let t = 0; t < md.length; t++) sum += this.#eta[t]! * (md[t]! - 2 * this.#b[t]!);
    return sum;
  }

  #timesM(x: Float64Array): Float64Array {
    const n = x.length;
    const product = new Float64Array(n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) product[i]! += this.#m[i * n + j]! * x[j]!;
    return product;
  }
}

/** x_p = (θ_p, m_p): a row a pixel. */
function columnsOf({ theta, modes, terms, waveAngstrom }: Model): Float64Array {
  const [nTerms, nPixels] = [terms.length, waveAngstrom.length];
  const nModes = modes.length / nPixels;
  if (nModes === 0) return theta;
  const columns = new Float64Array(nPixels * (nTerms + nModes));
  for (let p = 0; p < nPixels; p++) {
    const base = p * (nTerms + nModes);
    for (let t = 0; t < nTerms; t++) columns[base + t] = theta[p * nTerms + t]!;
    for (let k = 0; k < nModes; k++) columns[base + nTerms + k] = modes[k * nPixels + p]!;
  }
  return columns;
}

/**
 * Puts the Schur complement of the last rows of the normal matrix (with their prior, 1 on the diagonal) and its right-hand
 * side into the first `nKept`, in place; returns what the eliminated ones take off Σ w e².
 */
function eliminateModes(normal: Float64Array, right: Float64Array, nKept: number, nColumns: number): number {
  let gain = 0;
  for (let k = nColumns - 1; k >= nKept; k--) {
    const pivot = normal[k * nColumns + k]! + 1;
    gain += right[k]! ** 2 / pivot;
    for (let i = 0; i < k; i++) {
      const factor = normal[k * nColumns + i]! / pivot;
      right[i]! -= factor * right[k]!;
      for (let j = 0; j <= i; j++) normal[i * nColumns + j]! -= factor * normal[k * nColumns + j]!;
    }
  }
  return gain;
}

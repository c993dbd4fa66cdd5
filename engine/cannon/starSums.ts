/**
 * From one star's sums over pixels to its χ² as a polynomial of its standardized labels ℓ, exact for any vectorizer.
 *
 * Minimized over the amplitudes a of the model's modes, which have variance 1, is
 *   χ²(ℓ, a) = Σ_p w_p (r_p − θ'_p · η(ℓ) − a · m_p)² + a · a,
 * which is the χ² of the residuals with the covariance diag(1/w) + Σ m mᵀ. With G = 1 + Σ w m mᵀ = L Lᵀ,
 * V = L⁻¹ Σ w m θ'ᵀ and u = L⁻¹ Σ w r m, eliminating a leaves
 *   χ²(ℓ) = Σ w r² − u · u − 2 η · (Σ w r θ' − Vᵀ u) + Σ_p w (θ'_p · η)² − Σ_k (V_k · η)².
 * Cost: nModes (nModes + nTerms)² / 2 multiply-adds a star. Source: Woodbury's identity, Golub & Van Loan, §2.1.4.
 */
import { choleskyFactor } from '../kernels/cholesky';
import type { Chi2Polynomial } from './quartic';
import type { Projection, StarBlock } from './starBlock';

type Sums = Pick<StarBlock, 'products' | 'shape' | 'nMonomialRows'>;

/** What the modes take away from one star's sums. */
export class ModeElimination {
  readonly #sums: Sums;
  /** Of G, nModes × nModes. */
  readonly #factor: Float64Array;
  /** V, nModes × nTerms. */
  readonly #v: Float64Array;
  /** Coefficients of Σ w (θ'_p · η)² − Σ_k (V_k · η)², one a monomial. */
  readonly #squares: Float64Array;

  constructor(sums: Sums, moments: Float64Array) {
    const { terms, nModes } = sums.shape;
    const nTerms = terms.length;
    this.#sums = sums;
    const squares = moments.subarray(0, sums.products.monomials.length);
    this.#squares = nModes > 0 ? squares.slice() : squares;
    this.#v = moments.slice(sums.nMonomialRows, sums.nMonomialRows + nModes * nTerms);
    this.#factor = new Float64Array(nModes * nModes);
    for (let k = 0, e = sums.nMonomialRows + nModes * nTerms; k < nModes; k++) {
      for (let l = 0; l <= k; l++, e++) this.#factor[k * nModes + l] = moments[e]! + (k === l ? 1 : 0);
    }
    choleskyFactor(this.#factor, nModes, 0);
    for (let t = 0; t < nTerms; t++) this.#forwardSolve(this.#v, t, nTerms);
    for (let k = 0; k < nModes; k++) this.#subtractSquare(this.#v.subarray(k * nTerms, (k + 1) * nTerms));
  }

  /** χ² = constant + Σ coefficient · monomial, from the projection of the residuals about the pivot. */
  polynomial(atPivot: Projection): Chi2Polynomial {
    const { nModes } = this.#sums.shape;
    const { slopes, u } = this.project(atPivot.sums);
    const coefficients = this.#squares.slice();
    for (let t = 0; t < slopes.length; t++) coefficients[t]! -= 2 * slopes[t]!;
    let constant = atPivot.squares;
    for (let k = 0; k < nModes; k++) constant -= u[k]! ** 2;
    return { coefficients, constant };
  }

  /** Σ_p w x θ'_t with the residuals x freed of the modes: −½ ∂χ²/∂η_t for residuals at the star's labels. */
  slopes(atLabels: Float64Array): Float64Array {
    return this.project(atLabels).slopes;
  }

  /** Adds to the information of labels, nLabels × nLabels, what the modes take of it; `gradient` is ∂η_t/∂ℓ_i, nTerms × nLabels. */
  alongLabels(gradient: Float64Array, information: Float64Array): void {
    const { terms, nModes } = this.#sums.shape;
    const nTerms = terms.length;
    const nLabels = gradient.length / nTerms;
    const row = new Float64Array(nLabels);
    for (let k = 0; k < nModes; k++) {
      row.fill(0);
      for (let t = 0; t < nTerms; t++) {
        const v = this.#v[k * nTerms + t]!;
        for (let i = 0; i < nLabels; i++) row[i]! += v * gradient[t * nLabels + i]!;
      }
      for (let i = 0; i < nLabels; i++)
        for (let j = 0; j < nLabels; j++) information[i * nLabels + j]! += row[i]! * row[j]!;
    }
  }

  /** Of Σ w x θ'_t and then Σ w x m_k, for any x: the former freed of the modes, and u = L⁻¹ Σ w x m. */
  project(all: Float64Array): { readonly slopes: Float64Array; readonly u: Float64Array } {
    const { terms, nModes } = this.#sums.shape;
    const nTerms = terms.length;
    const u = all.slice(nTerms);
    this.#forwardSolve(u, 0, 1);
    const sums = all.slice(0, nTerms);
    for (let k = 0; k < nModes; k++) for (let t = 0; t < nTerms; t++) sums[t]! -= u[k]! * this.#v[k * nTerms + t]!;
    return { slopes: sums, u };
  }

  /** L⁻¹ on the column that starts at `offset`, in place. */
  #forwardSolve(rows: Float64Array, offset: number, stride: number): void {
    const { nModes } = this.#sums.shape;
    for (let k = 0; k < nModes; k++) {
      let sum = rows[k * stride + offset]!;
      for (let l = 0; l < k; l++) sum -= this.#factor[k * nModes + l]! * rows[l * stride + offset]!;
      rows[k * stride + offset] = sum / this.#factor[k * nModes + k]!;
    }
  }

  /** Takes (v · η)² off the polynomial. */
  #subtractSquare(v: Float64Array): void {
    const { products } = this.#sums.products;
    for (let i = 0, e = 0; i < v.length; i++) {
      for (let j = 0; j < i; j++, e++) this.#squares[products[e]!]! -= 2 * v[i]! * v[j]!;
      this.#squares[products[e++]!]! -= v[i]! ** 2;
    }
  }
}

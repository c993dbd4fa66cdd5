/**
 * The products of terms as monomials. η_i η_j is again a product of labels, and different pairs often give the same
 * one: of the 66 × 67 / 2 = 2211 products of a quadratic model in 10 labels only C(14, 4) = 1001 differ. So the normal
 * matrices Σ_n w_n η_n η_nᵀ of all pixels are one matrix product Z W, whose rows are then picked by `products`.
 *
 * Any set of distinct terms will do. The terms themselves come first, in their order, when the constant is one of
 * them; so Z's first rows are then the design, and the same panels serve for right-hand sides Σ w_n y_n η_n.
 */
import type { Term } from '../cannon/vectorizer';

export interface Monomials {
  readonly nTerms: number;
  /** Each a sorted list of label indices; the first nTerms of them are the terms. */
  readonly monomials: readonly Term[];
  /** Packed lower triangle, element i (i + 1) / 2 + j for j ≤ i: the monomial that η_i η_j is. */
  readonly products: Int32Array;
  /** A pair of terms for each monomial; −1, −1 for a term that is no product of two. */
  readonly factors: Int32Array;
}

/** @throws Error when two terms are the same product. */
export function monomialsOf(terms: readonly Term[]): Monomials {
  const sorted = (term: Term) => [...term].sort((a, b) => a - b);
  const monomials: Term[] = terms.map(sorted);
  const numberOf = new Map(monomials.map((monomial, m) => [monomial.join(), m]));
  if (numberOf.size < terms.length) throw new Error('Two terms are the same product of labels');
  const nTerms = terms.length;
  const products = new Int32Array((nTerms * (nTerms + 1)) / 2);
  const factors: number[] = Array<number>(2 * nTerms).fill(-1);
  for (let i = 0, e = 0; i < nTerms; i++) {
    for (let j = 0; j <= i; j++, e++) {
      const product = sorted([...terms[i]!, ...terms[j]!]);
      const key = product.join();
      let m = numberOf.get(key);
      if (m === undefined) {
        m = monomials.push(product) - 1;
        numberOf.set(key, m);
      }
      products[e] = m;
      if ((factors[2 * m] ?? -1) < 0) [factors[2 * m], factors[2 * m + 1]] = [i, j];
    }
  }
  return { nTerms, monomials, products, factors: Int32Array.from(factors) };
}

/** The monomials at one star, from its terms: one multiplication each. */
export function evaluateMonomials({ nTerms, factors }: Monomials, eta: ArrayLike<number>, out: Float64Array): void {
  for (let m = 0; m < out.length; m++) {
    out[m] = m < nTerms ? eta[m]! : eta[factors[2 * m]!]! * eta[factors[2 * m + 1]!]!;
  }
}

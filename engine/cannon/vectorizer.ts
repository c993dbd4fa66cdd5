/**
 * The vectorizer η(ℓ): which products of labels the flux of a pixel depends on, and their derivatives.
 *
 * A term is a sorted list of label indices: [] is 1, [0] the first label, [0, 2] the first times the third,
 * [0, 0, 0, 0] the fourth power of the first. Labels come standardized, (ℓ − pivot) / scale. Pure: panels use it too.
 * Source: Wheeler et al. 2020, eq. 2 and 4; the order there is 1, ℓ_i, then ℓ_i ℓ_j with i ≤ j.
 */

export type Term = readonly number[];

/** 1, every label. */
export function linearTerms(nLabels: number): Term[] {
  return [[], ...Array.from({ length: nLabels }, (_, i) => [i])];
}

/** 1, every label, every product of two labels with i ≤ j: (nLabels + 1)(nLabels + 2) / 2 terms. */
export function quadraticTerms(nLabels: number): Term[] {
  const terms = linearTerms(nLabels);
  for (let i = 0; i < nLabels; i++) for (let j = i; j < nLabels; j++) terms.push([i, j]);
  return terms;
}

/** "1", "teff", "teff*logg", "teff^2". */
export function termName(term: Term, labelNames: readonly string[]): string {
  if (term.length === 0) return '1';
  const factors: string[] = [];
  for (let k = 0; k < term.length;) {
    const label = term[k]!;
    let power = 1;
    while (term[k + power] === label) power++;
    const name = labelNames[label] ?? `label ${label}`;
    factors.push(power === 1 ? name : `${name}^${power}`);
    k += power;
  }
  return factors.join('*');
}

/** Writes η(ℓ), one number a term, into `out` from `offset` on. */
export function vectorize(labels: ArrayLike<number>, terms: readonly Term[], out: Float64Array, offset = 0): void {
  for (let t = 0; t < terms.length; t++) {
    let product = 1;
    for (const label of terms[t]!) product *= labels[label]!;
    out[offset + t] = product;
  }
}

/** Writes ∂η_t/∂ℓ_i into `out`, nTerms × nLabels, row-major. */
export function vectorizeGradient(labels: ArrayLike<number>, terms: readonly Term[], out: Float64Array): void {
  const nLabels = labels.length;
  out.fill(0);
  for (let t = 0; t < terms.length; t++) {
    const term = terms[t]!;
    // The product rule, one factor left out at a time: no division, so a label of 0 is no special case.
    for (let left = 0; left < term.length; left++) {
      let product = 1;
      for (let k = 0; k < term.length; k++) if (k !== left) product *= labels[term[k]!]!;
      out[t * nLabels + term[left]!]! += product;
    }
  }
}

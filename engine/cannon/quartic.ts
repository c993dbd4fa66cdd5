/**
 * The minima of one star's χ², an exact polynomial of its standardized labels (`starSums.ts`).
 *
 * Newton's method on the polynomial, with its exact Hessian, finds a minimum; a last step with the gradient summed over
 * pixels takes away the rounding of the coefficients. The covariance is (JᵀWJ)⁻¹ at the optimum. The second
 * derivatives of the model are left out of it: their sum is weighted by residuals, which average to zero for a model that
 * fits, and with them the matrix may be indefinite. JᵀWJ = ½ ∂²χ² + Σ_t (Σ_p w r θ_t) ∂²η_t: the Hessian without that part.
 * Other minima are looked for along each label's line through the first, and where that has not converged or fits
 * poorly, also half way from the pivot to the training set's ends, one label at a time. Cost: some 60 μs a star.
 */
import { choleskyFactor, choleskyInverse, choleskySolve } from '../kernels/cholesky';
import type { KernelKind } from '../kernels/kernels';
import { pointsAtOnce, Polynomial } from '../kernels/polynomial';
import type { Term } from './vectorizer';

/** Range of each standardized label in the training set. */
export type Ranges = readonly { readonly min: number; readonly max: number }[];

/** A Gaussian prior on a standardized label. */
export interface GaussianPrior {
  readonly mean: number;
  readonly sigma: number;
}

/** χ² = constant + Σ coefficient · monomial. */
export interface Chi2Polynomial {
  readonly coefficients: Float64Array;
  readonly constant: number;
}

export interface Minimum {
  readonly labels: Float64Array;
  readonly chi2: number;
  readonly converged: boolean;
  /** ∂²χ² there, lower triangle by rows. */
  readonly hessian: Float64Array;
}

const maxSteps = 100;
/** Squared distances to the minimum, in units of the labels' errors. Near it χ² is too flat to judge a step by. */
const near2 = 1e-6;
/** The step on pixels that follows squares what is left. */
const converged2 = 1e-10;
/** Standardized labels beyond this are nobody's star: the descent has run away. */
export const runaway = 100;

/** One star's polynomial, and the search for its minima. */
export class QuarticSurface {
  readonly #shape: Polynomial;
  readonly #terms: Polynomial;
  readonly #nLabels: number;
  readonly #coefficients: Float64Array;
  /** Where the square and the label itself stand among the monomials, one pair a label. */
  readonly #priorPlaces: readonly { readonly square: number; readonly linear: number }[];
  readonly #prior: readonly (GaussianPrior | null)[];
  #constant = 0;
  readonly #gradient: Float64Array;
  readonly #hessian: Float64Array;
  /** Room for steps, factors, and points with their values. */
  readonly #move: Float64Array;
  readonly #factor: Float64Array;
  readonly #points: Float64Array;
  readonly #values = new Float64Array(pointsAtOnce);

  /** @param monomials those of χ² @param terms those of the model @param prior one a label, or none at all */
  constructor(
    monomials: readonly Term[],
    terms: readonly Term[],
    nLabels: number,
    prior: readonly (GaussianPrior | null)[] = [],
    kind?: KernelKind,
  ) {
    this.#nLabels = nLabels;
    this.#prior = prior;
    const all = [...monomials];
    const place = (monomial: Term) => {
      const known = all.findIndex((other) => other.join() === monomial.join());
      return known >= 0 ? known : all.push(monomial) - 1;
    };
    this.#priorPlaces = prior.map((_, i) => ({ square: place([i, i]), linear: place([i]) }));
    this.#coefficients = new Float64Array(all.length);
    this.#shape = new Polynomial(all, nLabels, kind);
    this.#terms = new Polynomial(terms, nLabels, kind);
    this.#gradient = new Float64Array(nLabels);
    this.#hessian = new Float64Array((nLabels * (nLabels + 1)) / 2);
    this.#move = new Float64Array(nLabels);
    this.#factor = new Float64Array(nLabels * nLabels);
    this.#points = new Float64Array(pointsAtOnce * nLabels);
  }

  /** From here on χ² is this, plus Σ ((ℓ − mean) / sigma)² of the prior. */
  set({ coefficients, constant }: Chi2Polynomial): void {
    this.#coefficients.fill(0);
    this.#coefficients.set(coefficients);
    this.#constant = constant;
    this.#prior.forEach((prior, i) => {
      if (prior === null) return;
      const { square, linear } = this.#priorPlaces[i]!;
      this.#coefficients[square]! += 1 / prior.sigma ** 2;
      this.#coefficients[linear]! -= (2 * prior.mean) / prior.sigma ** 2;
      this.#constant += (prior.mean / prior.sigma) ** 2;
    });
    this.#shape.setCoefficients(this.#coefficients);
  }

  chi2At(labels: Float64Array): number {
    this.#shape.moveTo(labels);
    return this.#constant + this.#shape.value();
  }

  /** The lowest minimum, and others where there is reason to look for them, best first. */
  search(ranges: Ranges, nPixels: number): { best: Minimum; rivals: Minimum[] } {
    const first = this.descend(new Float64Array(this.#nLabels));
    const inverse = this.#inverse(first.hessian);
    const isPoor = !first.converged || inverse === null || first.chi2 > 3 * nPixels;
    const starts = [...(inverse ? this.#valleysBeyond(first, inverse) : []), ...(isPoor ? startsOf(ranges) : [])];
    if (starts.length === 0) return { best: first, rivals: [] };
    const minima = [first, ...starts.map((start) => this.descend(start))];
    minima.sort((a, b) => Number(b.converged) - Number(a.converged) || a.chi2 - b.chi2);
    const best = minima[0]!;
    const scale = this.#inverse(best.hessian) ?? new Float64Array(this.#nLabels ** 2).fill(1);
    const errors = best.labels.map((_, i) => Math.sqrt(2 * scale[i * (this.#nLabels + 1)]!));
    return { best, rivals: distinct(minima, errors) };
  }

  #inverse(hessian: Float64Array): Float64Array | null {
    const factor = this.#square(hessian, 0);
    return factor && choleskyInverse(factor, this.#nLabels);
  }

  /**
   * Starts on the far side of ridges. Along a line through the minimum χ² is h t² / 2 + c t³ + e t⁴ (for a quadratic
   * model exactly): two more values tell c and e, and it has another minimum where 9 c² > 16 e h, at the farther root of
   * its derivative. The lines change one label each, with the others following as its correlations have it.
   */
  #valleysBeyond({ labels, chi2 }: Minimum, inverse: Float64Array): Float64Array[] {
    const n = this.#nLabels;
    const [points, values] = [this.#points, this.#values];
    const starts: Float64Array[] = [];
    for (let first = 0; first < n; first += 2) {
      for (let lane = 0; lane < pointsAtOnce; lane++) {
        const i = Math.min(first + (lane >> 1), n - 1);
        const t = (lane & 1) === 0 ? 1 : -1;
        const stretch = t / inverse[i * (n + 1)]!;
        for (let k = 0; k < n; k++) points[pointsAtOnce * k + lane] = labels[k]! + stretch * inverse[i * n + k]!;
      }
      this.#shape.valuesAt(points, values);
      for (let i = first; i < Math.min(first + 2, n); i++) {
        const variance = inverse[i * (n + 1)]!;
        const lane = 2 * (i - first);
        const [up, down] = [values[lane]! + this.#constant - chi2, values[lane + 1]! + this.#constant - chi2];
        const [c, e] = [(up - down) / 2, (up + down - 1 / variance) / 2];
        const root = Math.sqrt(9 * c * c - (16 * e) / variance);
        if (!(e > 0 && root > 0)) continue;
        const t = (-3 * c - Math.sign(c) * root) / (8 * e);
        starts.push(labels.map((x, k) => x + (t * inverse[i * n + k]!) / variance));
      }
    }
    return starts;
  }

  /** Newton's method, damped by the diagonal where the Hessian is indefinite or χ² would rise. */
  descend(start: Float64Array): Minimum {
    const n = this.#nLabels;
    const [gradient, hessian, move] = [this.#gradient, this.#hessian, this.#move];
    let [labels, next] = [start.slice(), new Float64Array(n)];
    let chi2 = this.chi2At(labels);
    let damping = 0;
    this.#shape.gradient(gradient);
    this.#shape.hessian(hessian);
    const end = (converged: boolean) => ({ labels, chi2, converged, hessian: hessian.slice() });
    for (let trial = 0; trial < maxSteps; trial++) {
      const factor = this.#square(hessian, damping);
      // The decrement is half what χ² would fall by; ½ ∂²χ² is the inverse covariance.
      let distance2 = Infinity;
      if (factor !== null) {
        for (let i = 0; i < n; i++) move[i] = -gradient[i]!;
        choleskySolve(factor, n, move);
        distance2 = 0;
        for (let i = 0; i < n; i++) distance2 -= (move[i]! * gradient[i]!) / 2;
        for (let i = 0; i < n; i++) next[i] = labels[i]! + move[i]!;
      }
      const isNear = damping < 1e-3 && distance2 < near2;
      const nextChi2 = factor === null ? Infinity : this.chi2At(next);
      if (factor !== null && (isNear || nextChi2 <= chi2)) {
        [labels, next] = [next, labels];
        chi2 = nextChi2;
        this.#shape.gradient(gradient);
        this.#shape.hessian(hessian);
        if (isNear && distance2 < converged2) return end(true);
        damping = isNear || damping < 1e-6 ? 0 : damping / 20;
        for (let i = 0; i < n; i++) if (!(Math.abs(labels[i]!) < runaway)) return end(false);
      } else {
        damping = Math.max(1e-3, damping * 8);
        if (damping > 1e12) return end(false);
      }
    }
    return end(false);
  }

  /** A last Newton step with the gradient on pixels, and the covariance; null when it is singular. */
  finish(best: Minimum, slopes: Float64Array): { labels: Float64Array; covariance: Float64Array | null } {
    this.#terms.setCoefficients(slopes);
    this.#terms.moveTo(best.labels);
    const step = this.#gradient.slice();
    this.#terms.gradient(step); // −½ of the gradient of χ²
    this.#prior.forEach((prior, i) => {
      if (prior !== null) step[i]! += (prior.mean - best.labels[i]!) / prior.sigma ** 2;
    });
    const newton = this.#square(best.hessian, 0);
    const labels = best.labels.slice();
    if (newton !== null && best.converged) {
      choleskySolve(newton, this.#nLabels, step);
      step.forEach((x, i) => (labels[i]! += 2 * x));
    }
    const residualPart = this.#hessian.slice();
    this.#terms.hessian(residualPart);
    const information = this.#square(
      best.hessian.map((h, k) => h / 2 + residualPart[k]!),
      0,
    );
    return { labels, covariance: information && choleskyInverse(information, this.#nLabels) };
  }

  /** Cholesky factor of a packed triangle with its diagonal grown by `damping`, until the next; null when it is not positive. */
  #square(packed: Float64Array, damping: number): Float64Array | null {
    const n = this.#nLabels;
    const square = this.#factor;
    for (let i = 0, e = 0; i < n; i++) {
      for (let j = 0; j <= i; j++, e++) square[i * n + j] = packed[e]!;
      const diagonal = square[i * n + i]!;
      square[i * n + i] = diagonal + damping * Math.abs(diagonal);
    }
    return choleskyFactor(square, n) ? square : null;
  }
}

/** For each label the points half way from the pivot to the ends of its range. */
function startsOf(ranges: Ranges): Float64Array[] {
  return ranges.flatMap(({ min, max }, i) =>
    [min, max].map((edge) => {
      const start = new Float64Array(ranges.length);
      start[i] = edge / 2;
      return start;
    }),
  );
}

/** Converged minima other than the first, each once: they differ from one another by over a hundredth of an error. */
function distinct(minima: readonly Minimum[], errors: Float64Array): Minimum[] {
  const found = [minima[0]!];
  for (const minimum of minima.slice(1)) {
    const isNew = found.every(({ labels }) =>
      labels.some((x, i) => Math.abs(x - minimum.labels[i]!) > 0.01 * errors[i]!),
    );
    if (minimum.converged && isNew) found.push(minimum);
  }
  return found.slice(1);
}

/**
 * The test step: the labels of one star, by nonlinear least squares from several starts, with their covariance.
 *
 * Minimized is χ²(ℓ) = Σ_p w_p (f_p − θ_p · η(ℓ))², w = 1 / (σ² + s²), over standardized labels. The sums over pixels
 * do not depend on ℓ: with d = η(ℓ) − η(0), f₀ the model at ℓ = 0 and the residuals e = f − f₀,
 *   χ² = Σ w e² − 2 d · b + dᵀ M d,   M = Σ w θ θᵀ,   b = Σ w e θ.
 * They are formed once (the cost of one step on pixels), and Levenberg–Marquardt then runs on M and b from every start:
 * with D = ∂η/∂ℓ, JᵀWJ = Dᵀ M D and JᵀW(f − model) = Dᵀ (b − M d), the same steps as on pixels.
 * Starts: the pivot, and for each label the points half way from the pivot to its training minimum and maximum, the
 * other labels at their pivots. The lowest χ² wins; other minima are reported as rivals.
 * The covariance is (JᵀWJ)⁻¹ at the optimum. The second derivatives of the model are left out of it: their sum is
 * weighted by residuals, which average to zero for a model that fits, and with them the matrix may be indefinite.
 */
import { choleskyFactor, choleskyInverse, choleskySolve } from '../kernels/cholesky';
import { accumulateNormal } from '../kernels/normalMatrix';
import { standardize, thetaTimes, type Model } from './model';
import { vectorize, vectorizeGradient, type Term } from './vectorizer';

export interface LabelFit {
  /** In the order and units of the model's labels. NaN, as are the errors, when there is a `problem`. */
  readonly labels: Float64Array;
  /** Formal standard errors: roots of the covariance's diagonal. */
  readonly errors: Float64Array;
  /** nLabels × nLabels, in the labels' units. */
  readonly covariance: Float64Array;
  readonly chi2: number;
  /** Pixels that took part. */
  readonly nPixels: number;
  readonly converged: boolean;
  /** Outside the range that the training set covers, one a label. */
  readonly extrapolated: readonly boolean[];
  /** Other local minima that some start led to, best first. */
  readonly rivals: readonly Rival[];
  /** Why there are no labels, one sentence; null when there are. */
  readonly problem: string | null;
}

export interface Rival {
  readonly labels: Float64Array;
  readonly chi2: number;
}

export interface InferOptions {
  /** More points to start from, in the labels' units. */
  readonly starts?: readonly ArrayLike<number>[];
}

/** Fits the labels of one star to its normalized flux and ivar on the model's grid. A star that cannot be fitted is a `problem`. */
export function inferStar(model: Model, flux: Float64Array, ivar: Float64Array, options: InferOptions = {}): LabelFit {
  const nLabels = model.labels.length;
  const { weight, nPixels } = pixelWeights(model, flux, ivar);
  if (nPixels === 0) return failed(model, nPixels, 'The spectrum has no usable pixel where the model has one');
  if (nPixels < nLabels) {
    return failed(model, nPixels, `The spectrum has ${nPixels} usable pixels, too few for ${nLabels} labels`);
  }
  const surface = new Chi2Surface(model, flux, weight);
  const starts = [...standardStarts(model), ...(options.starts ?? []).map((labels) => standardize(model, labels))];
  const minima = starts.map((start) => descend(surface, start)).sort((a, b) => a.chi2 - b.chi2);
  const best = minima.find((minimum) => minimum.converged) ?? minima[0]!;

  surface.moveTo(best.labels);
  const hessian = surface.hessian.slice();
  if (!choleskyFactor(hessian, nLabels)) {
    return failed(model, nPixels, 'The usable pixels do not determine all labels');
  }
  const covariance = choleskyInverse(hessian, nLabels);
  const scaledErrors = Float64Array.from(model.labels, (_, i) => Math.sqrt(covariance[i * nLabels + i]!));
  for (let k = 0; k < covariance.length; k++) {
    covariance[k]! *= model.labels[Math.floor(k / nLabels)]!.scale * model.labels[k % nLabels]!.scale;
  }
  const labels = inUnits(model, best.labels);
  return {
    labels,
    errors: scaledErrors.map((error, i) => error * model.labels[i]!.scale),
    covariance,
    chi2: surface.chi2OverPixels(flux, weight),
    nPixels,
    converged: best.converged,
    extrapolated: model.labels.map(({ min, max }, i) => labels[i]! < min || labels[i]! > max),
    rivals: distinct(best, minima, scaledErrors).map(({ labels: at, chi2 }) => ({ labels: inUnits(model, at), chi2 })),
    problem: null,
  };
}

/** 1 / (σ² + s²), 0 for a pixel that cannot be used: no information, no flux, or no model there. */
export function pixelWeights(
  model: Model,
  flux: Float64Array,
  ivar: Float64Array,
): { weight: Float64Array; nPixels: number } {
  const weight = new Float64Array(flux.length);
  let nPixels = 0;
  for (let p = 0; p < weight.length; p++) {
    const [s, iv] = [model.scatter[p]!, ivar[p]!];
    if (!(iv > 0 && iv < Infinity && s < Infinity && Number.isFinite(flux[p]!))) continue;
    weight[p] = iv / (1 + iv * s * s);
    nPixels++;
  }
  return { weight, nPixels };
}

function standardStarts(model: Model): Float64Array[] {
  const nLabels = model.labels.length;
  const starts = [new Float64Array(nLabels)];
  model.labels.forEach(({ pivot, scale, min, max }, i) => {
    for (const edge of [min, max]) {
      const start = new Float64Array(nLabels);
      start[i] = (edge - pivot) / scale / 2;
      starts.push(start);
    }
  });
  return starts;
}

/** χ² of one star as a polynomial of its standardized labels, with gradient and Gauss–Newton matrix. */
class Chi2Surface {
  chi2 = 0;
  /** JᵀW(f − model), downhill. */
  readonly downhill: Float64Array;
  /** JᵀWJ, full and symmetric. */
  readonly hessian: Float64Array;
  readonly #model: Model;
  readonly #terms: readonly Term[];
  readonly #eta: Float64Array;
  readonly #etaAtPivot: Float64Array;
  readonly #gradient: Float64Array;
  readonly #m: Float64Array;
  readonly #b: Float64Array;
  #constant = 0;

  constructor(model: Model, flux: Float64Array, weight: Float64Array) {
    const [nTerms, nLabels] = [model.terms.length, model.labels.length];
    this.#model = model;
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
    accumulateNormal(model.theta, weight, residual, residual.length, nTerms, this.#m, this.#b);
    for (let i = 0; i < nTerms; i++) for (let j = 0; j < i; j++) this.#m[j * nTerms + i] = this.#m[i * nTerms + j]!;
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

  /** χ² at the last labels that were moved to, summed over pixels. */
  chi2OverPixels(flux: Float64Array, weight: Float64Array): number {
    const eta = this.#eta.map((d, t) => d + this.#etaAtPivot[t]!);
    const expected = thetaTimes(this.#model, eta);
    let sum = 0;
    for (let p = 0; p < expected.length; p++) if (weight[p]! > 0) sum += weight[p]! * (flux[p]! - expected[p]!) ** 2;
    return sum;
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

interface Minimum {
  readonly labels: Float64Array;
  readonly chi2: number;
  readonly converged: boolean;
}

const maxSteps = 200;
/** Squared distances to the minimum, in units of the labels' errors. Near it χ² is too flat to judge a step by. */
const near2 = 1e-6;
const converged2 = 1e-14;
/** Standardized labels beyond this are nobody's star: the descent has run away. */
const runaway = 100;

/** Levenberg–Marquardt from `start`, damped by the diagonal of JᵀWJ. */
function descend(surface: Chi2Surface, start: Float64Array): Minimum {
  let labels = start;
  let damping = 1e-3;
  surface.moveTo(labels);
  for (let step = 0; step < maxSteps; step++) {
    const undamped = solveDamped(surface, 0);
    const distance2 = undamped?.reduce((sum, x, i) => sum + x * surface.downhill[i]!, 0) ?? Infinity;
    const isNear = undamped !== null && distance2 < near2;
    const move = isNear ? undamped : solveDamped(surface, damping);
    const next = move && labels.map((x, i) => x + move[i]!);
    if (next !== null && distance2 < converged2) {
      return { labels: next, chi2: surface.chi2At(next), converged: true };
    }
    if (next !== null && (isNear || surface.chi2At(next) < surface.chi2)) {
      labels = next;
      damping = Math.max(damping / 10, 1e-12);
      surface.moveTo(labels);
      if (labels.some((x) => !(Math.abs(x) < runaway))) break;
    } else {
      damping *= 10;
      if (damping > 1e12) break;
    }
  }
  return { labels, chi2: surface.chi2, converged: false };
}

/** The step of (JᵀWJ + damping · its diagonal), or null when that is singular. */
function solveDamped({ hessian, downhill }: Chi2Surface, damping: number): Float64Array | null {
  const n = downhill.length;
  const damped = hessian.slice();
  for (let i = 0; i < n; i++) damped[i * n + i]! *= 1 + damping;
  if (!choleskyFactor(damped, n)) return null;
  const move = downhill.slice();
  choleskySolve(damped, n, move);
  return move;
}

/** Converged minima other than `best`, each once: they differ from one another by over a hundredth of an error. */
function distinct(best: Minimum, minima: readonly Minimum[], errors: Float64Array): Minimum[] {
  const found = [best];
  for (const minimum of minima) {
    const isNew = found.every((known) =>
      known.labels.some((x, i) => Math.abs(x - minimum.labels[i]!) > 0.01 * errors[i]!),
    );
    if (minimum.converged && isNew) found.push(minimum);
  }
  return found.slice(1);
}

function inUnits(model: Model, standardized: Float64Array): Float64Array {
  return standardized.map((x, i) => model.labels[i]!.pivot + x * model.labels[i]!.scale);
}

function failed(model: Model, nPixels: number, problem: string): LabelFit {
  const nothing = new Float64Array(model.labels.length).fill(NaN);
  return {
    labels: nothing,
    errors: nothing.slice(),
    covariance: new Float64Array(model.labels.length ** 2).fill(NaN),
    chi2: NaN,
    nPixels,
    converged: false,
    extrapolated: model.labels.map(() => false),
    rivals: [],
    problem,
  };
}

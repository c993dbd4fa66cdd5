/**
 * The oracle of the test step: one star at a time, Levenberg–Marquardt from several starts on sums over pixels in the order
 * of their definition (`plainChi2.ts`), with JᵀWJ = Dᵀ M D and JᵀW(f − model) = Dᵀ (b − M d), D = ∂η/∂ℓ.
 *
 * Starts: the pivot, and for each label the points half way from the pivot to its training minimum and maximum, the
 * other labels at their pivots. The lowest χ² wins. The covariance is (JᵀWJ)⁻¹.
 */
import { choleskyFactor, choleskyInverse, choleskySolve } from '../../engine/kernels/cholesky';
import { Chi2Surface } from './plainChi2';
import { thetaTimes, type Model } from '../../engine/cannon/model';
import type { InferOptions, LabelFit } from '../../engine/cannon/infer';
import { vectorize } from '../../engine/cannon/vectorizer';

/** Fits the labels of one star to its normalized flux and ivar on the model's grid. A star that cannot be fitted is a `problem`. */
export function inferPlainly(
  model: Model,
  flux: Float64Array,
  ivar: Float64Array,
  options: InferOptions = {},
): LabelFit {
  const nLabels = model.labels.length;
  const { weight, nPixels } = pixelWeights(model, flux, ivar);
  if (nPixels === 0) return failed(model, nPixels, 'The spectrum has no usable pixel where the model has one');
  if (nPixels < nLabels) {
    return failed(model, nPixels, `The spectrum has ${nPixels} usable pixels, too few for ${nLabels} labels`);
  }
  let surface = new Chi2Surface(model, flux, weight);
  const starts = standardStarts(model);
  const minima = starts.map((start) => descend(surface, start)).sort((a, b) => a.chi2 - b.chi2);
  const first = minima.find((minimum) => minimum.converged) ?? minima[0]!;

  let best = first;
  let used = weight;
  for (let round = 0; round < maxClippingRounds; round++) {
    const clipped = clip(model, flux, weight, best.labels, options.clippingSigma ?? 5);
    if (clipped.every((w, p) => w === used[p])) break;
    used = clipped;
    surface = new Chi2Surface(model, flux, used);
    best = descend(surface, best.labels);
  }
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
    thetaErrors: null,
    chi2: pulls(model, flux, weight, best.labels).reduce((sum, pull) => sum + pull * pull, 0),
    nPixels,
    nClipped: nPixels - used.reduce((count, w) => count + (w > 0 ? 1 : 0), 0),
    converged: best.converged,
    extrapolated: model.labels.map(({ min, max }, i) => labels[i]! < min || labels[i]! > max),
    atBound: Array.from(best.labels, (x) => !(Math.abs(x) < runaway)),
    rivals: distinct(first, minima, scaledErrors).map((minimum) => ({
      labels: inUnits(model, minimum.labels),
      deltaChi2: minimum.chi2 - first.chi2,
    })),
    windows: [],
    posterior: null,
    diagnostics: null,
    velocity: null,
    problem: null,
  };
}

/** 1 / (σ² + s²), 0 for a pixel that cannot be used: no information, no flux, or no model there. */
function pixelWeights(model: Model, flux: Float64Array, ivar: Float64Array): { weight: Float64Array; nPixels: number } {
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

/** (f − model) √w at standardized labels, 0 where the weight is. */
function pulls(model: Model, flux: Float64Array, weight: Float64Array, labels: Float64Array): Float64Array {
  const eta = new Float64Array(model.terms.length);
  vectorize(labels, model.terms, eta);
  return thetaTimes(model, eta).map((expected, p) =>
    weight[p]! > 0 ? (flux[p]! - expected) * Math.sqrt(weight[p]!) : 0,
  );
}

/** The weights without the pixels that are too far off. */
function clip(
  model: Model,
  flux: Float64Array,
  weight: Float64Array,
  labels: Float64Array,
  sigma: number,
): Float64Array {
  const off = pulls(model, flux, weight, labels).map(Math.abs);
  const sorted = off.filter((_, p) => weight[p]! > 0).sort();
  // 1.4826 times the median is the standard deviation of a Gaussian.
  const limit = sigma * Math.max(1, 1.4826 * sorted[sorted.length >> 1]!);
  return weight.map((w, p) => (off[p]! > limit ? 0 : w));
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

interface Minimum {
  readonly labels: Float64Array;
  readonly chi2: number;
  readonly converged: boolean;
}

const maxClippingRounds = 3;
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
    thetaErrors: null,
    chi2: NaN,
    nPixels,
    nClipped: 0,
    converged: false,
    extrapolated: model.labels.map(() => false),
    atBound: model.labels.map(() => false),
    rivals: [],
    windows: [],
    posterior: null,
    diagnostics: null,
    velocity: null,
    problem,
  };
}

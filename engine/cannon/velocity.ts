/**
 * Labels together with a radial velocity: what is left of it, or wrong with it, after the spectrum came to its rest frame.
 *
 * First the model is tried at every whole number of pixels within the bound: a shift of the data by whole pixels is
 * exact, and each trial is a fit by the fast way of `infer.ts`. Trials see the same data pixels. From the best of them
 * labels and shift go on together, by Levenberg and Marquardt's method on the pixels (`velocitySurface.ts`), with far-off pixels
 * left out as in `infer.ts`. The covariance is (JᵀC⁻¹J)⁻¹ of labels and velocity: errors of labels include what the
 * velocity leaves open. Velocities are c (λ / λ₀ − 1), positive for a spectrum that is still redshifted.
 * Cost: a fast fit for each trial, 1 + 2 · bound / pixel of them, and some 10 ms a star for 10 labels and 3500 pixels.
 */
import { choleskyFactor, choleskyInverse, choleskySolve } from '../kernels/cholesky';
import { largestOfSmallest } from '../kernels/select';
import type { LabelFit } from './infer';
import { predictFlux, standardize, type Model } from './model';
import { runaway, type GaussianPrior } from './quartic';
import { shiftedSpline } from './spline';
import { VelocitySurface } from './velocitySurface';

/** km/s */
export const speedOfLight = 299792.458;

export interface VelocityFit {
  /** km/s, and its standard error with the labels free. */
  readonly kms: number;
  readonly error: number;
  /** Covariance with each label, in km/s times its unit. */
  readonly withLabels: Float64Array;
  /** At the largest velocity that was searched. */
  readonly atBound: boolean;
}

/** ln λ from one pixel to the next. @throws Error when the grid is not equal in ln λ. */
export function logStep({ waveAngstrom }: Pick<Model, 'waveAngstrom'>): number {
  const n = waveAngstrom.length;
  const step = Math.log(waveAngstrom[n - 1]! / waveAngstrom[0]!) / (n - 1);
  for (let p = 1; p < n; p++) {
    if (Math.abs(Math.log(waveAngstrom[p]! / waveAngstrom[p - 1]!) - step) > 1e-3 * step) {
      throw new Error('A velocity needs a grid of equal steps in log wavelength');
    }
  }
  return step;
}

/** Shifts in pixels, from −most to most. */
export function trialShifts(
  model: Model,
  maxKms: number,
): { readonly most: number; readonly trials: readonly number[] } {
  const most = Math.log1p(maxKms / speedOfLight) / logStep(model);
  const whole = Math.floor(most);
  return { most, trials: Array.from({ length: 2 * whole + 1 }, (_, k) => k - whole) };
}

/** The flux that the model expects of a star at this velocity; at the very ends that of the star at rest. */
export function predictAtVelocity(model: Model, labels: ArrayLike<number>, kms: number): Float64Array {
  const atRest = predictFlux(model, labels);
  const shifted = new Float64Array(atRest.length);
  shiftedSpline(atRest, Math.log1p(kms / speedOfLight) / logStep(model), shifted, null);
  return shifted.map((x, p) => (Number.isNaN(x) ? atRest[p]! : x));
}

/** `ivar` without the ends that a model shifted by up to `most` pixels does not reach. */
export function withoutEnds(ivar: Float64Array, most: number): Float64Array {
  const margin = Math.ceil(most) + 1;
  return ivar.map((x, p) => (p < margin || p >= ivar.length - margin ? 0 : x));
}

/** The data as a model sees them that is shifted by `shift` whole pixels. */
export function shiftedBack(row: Float64Array, shift: number): Float64Array {
  return row.map((_, p) => row[p + shift] ?? 0);
}

export interface VelocityStart {
  /** The shift of the best trial, in whole pixels, and its fit. */
  readonly shift: number;
  readonly fit: LabelFit;
}

/** The trial that fits best: lowest χ² among those that have labels, converged ones first. */
export function bestTrial(trials: readonly number[], fits: readonly LabelFit[]): VelocityStart {
  const order = (fit: LabelFit) => (fit.problem !== null ? Infinity : fit.chi2) + (fit.converged ? 0 : 1e300);
  let best = (trials.length - 1) / 2;
  fits.forEach((fit, k) => (best = order(fit) < order(fits[best]!) ? k : best));
  return { shift: trials[best]!, fit: fits[best]! };
}

export interface RefineOptions {
  /** Shifts in pixels beyond ± this are not searched. */
  readonly most: number;
  readonly clippingSigma: number;
  /** On standardized labels. */
  readonly prior: readonly (GaussianPrior | null)[];
  /** Model pixels of each set of windows. */
  readonly windows: readonly (readonly number[])[];
}

const maxSteps = 100;
const maxClippingRounds = 3;
/** Squared distances to the minimum in units of the errors: near it χ² is too flat to judge a step by. */
const near2 = 1e-6;
const converged2 = 1e-10;

/** Labels and velocity from the best trial on. `ivar` is without its ends. */
export function refine(
  model: Model,
  flux: Float64Array,
  ivar: Float64Array,
  { shift, fit }: VelocityStart,
  options: RefineOptions,
): LabelFit {
  if (fit.problem !== null) return fit;
  const surface = new VelocitySurface(model, flux, ivar, shift);
  let point: Float64Array = Float64Array.of(...standardize(model, fit.labels), shift);
  let leftOut: readonly number[] = [];
  let minimum = descend(surface, point, options);
  for (let round = 0; round < maxClippingRounds; round++) {
    point = minimum.point;
    surface.moveTo(point);
    const far = farOff(surface, options.clippingSigma);
    if (far.join() === leftOut.join()) break;
    leftOut = far;
    surface.leaveOut(leftOut);
    minimum = descend(surface, point, options);
  }
  surface.moveTo(minimum.point);
  return resultOf(model, fit, surface, minimum, leftOut.length, shift, options);
}

interface Minimum {
  readonly point: Float64Array;
  readonly converged: boolean;
}

function descend(surface: VelocitySurface, start: Float64Array, { prior, most }: RefineOptions): Minimum {
  const n = surface.size;
  let point = start;
  let damping = 1e-3;
  let chi2 = surface.moveTo(point) + priorChi2(prior, point);
  for (let step = 0; step < maxSteps; step++) {
    const { information, downhill } = normalEquations(surface, prior, point);
    const undamped = solveDamped(information, downhill, 0);
    const distance2 = undamped === null ? Infinity : dot(undamped, downhill);
    const isNear = undamped !== null && distance2 < near2;
    const move = isNear ? undamped : solveDamped(information, downhill, damping);
    if (move === null) return { point, converged: false };
    const next = point.map((x, i) => x + move[i]!);
    next[n - 1] = Math.max(-most, Math.min(most, next[n - 1]!));
    const isStuck = Math.abs(next[n - 1]!) === most && next[n - 1] === point[n - 1];
    if (isNear && (distance2 < converged2 || isStuck)) return { point: next, converged: true };
    const nextChi2 = isNear ? -Infinity : surface.chi2At(next) + priorChi2(prior, next);
    if (nextChi2 <= chi2) {
      if (isStuck && chi2 - nextChi2 < 1e-9 * Math.abs(chi2)) return { point: next, converged: true };
      point = next;
      damping = Math.max(damping / 10, 1e-12);
      chi2 = surface.moveTo(point) + priorChi2(prior, point);
      if (point.subarray(0, n - 1).some((x) => !(Math.abs(x) < runaway))) return { point, converged: false };
    } else {
      damping *= 10;
      if (damping > 1e12) return { point, converged: false };
      surface.moveTo(point);
    }
  }
  return { point, converged: false };
}

/** JᵀC⁻¹J and JᵀC⁻¹r with the prior. */
function normalEquations(
  surface: VelocitySurface,
  prior: readonly (GaussianPrior | null)[],
  point: Float64Array,
): { readonly information: Float64Array; readonly downhill: Float64Array } {
  const [information, downhill] = [surface.information.slice(), surface.downhill.slice()];
  prior.forEach((one, i) => {
    if (one === null) return;
    information[i * (surface.size + 1)]! += 1 / one.sigma ** 2;
    downhill[i]! += (one.mean - point[i]!) / one.sigma ** 2;
  });
  return { information, downhill };
}

function priorChi2(prior: readonly (GaussianPrior | null)[], point: Float64Array): number {
  return prior.reduce((sum, one, i) => sum + (one === null ? 0 : ((point[i]! - one.mean) / one.sigma) ** 2), 0);
}

function solveDamped(information: Float64Array, downhill: Float64Array, damping: number): Float64Array | null {
  const n = downhill.length;
  const damped = information.slice();
  for (let i = 0; i < n; i++) damped[i * (n + 1)]! *= 1 + damping;
  if (!choleskyFactor(damped, n)) return null;
  const move = downhill.slice();
  choleskySolve(damped, n, move);
  return move;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}

/** The rule of `StarBlock.farOff`. */
function farOff({ weight, residual }: VelocitySurface, sigma: number): number[] {
  const squares = weight.map((w, p) => w * residual[p]! ** 2);
  const usable = squares.filter((_, p) => weight[p]! > 0);
  const median = largestOfSmallest(usable, (usable.length >> 1) + 1);
  const limit = sigma * sigma * Math.max(1, 1.4826 ** 2 * median);
  return [...squares.keys()].filter((p) => squares[p]! > limit);
}

function resultOf(
  model: Model,
  trial: LabelFit,
  surface: VelocitySurface,
  { point, converged }: Minimum,
  nClipped: number,
  shift: number,
  { prior, most, windows }: RefineOptions,
): LabelFit {
  const nLabels = model.labels.length;
  const { weight, residual, size } = surface;
  const { information } = normalEquations(surface, prior, point);
  if (!choleskyFactor(information, size)) {
    return { ...trial, problem: 'The usable pixels do not determine all labels and the velocity', converged: false };
  }
  const inverse = choleskyInverse(information, size);
  const step = logStep(model);
  const kmsPerPixel = speedOfLight * step * Math.exp(point[nLabels]! * step);
  const scales = [...model.labels.map(({ scale }) => scale), kmsPerPixel];
  const element = (i: number, j: number) => inverse[i * size + j]! * scales[i]! * scales[j]!;
  const labels = Float64Array.from(model.labels, ({ pivot, scale }, i) => pivot + scale * point[i]!);
  const sumOver = (pixels: Iterable<number>) => {
    let [chi2, nPixels] = [0, 0];
    for (const p of pixels) {
      chi2 += weight[p]! * residual[p]! ** 2;
      if (weight[p]! > 0) nPixels++;
    }
    return { chi2, nPixels };
  };
  const all = sumOver(weight.keys());
  const atBound = Math.abs(point[nLabels]!) >= most;
  return {
    labels,
    errors: Float64Array.from(labels, (_, i) => Math.sqrt(element(i, i))),
    covariance: Float64Array.from({ length: nLabels ** 2 }, (_, k) => element(Math.floor(k / nLabels), k % nLabels)),
    // At the best whole pixel: nothing in it depends on a fraction of one.
    thetaErrors: trial.thetaErrors,
    ...all,
    nClipped,
    converged,
    extrapolated: model.labels.map(({ min, max }, i) => labels[i]! < min || labels[i]! > max),
    atBound: model.labels.map((_, i) => Math.abs(point[i]!) >= runaway),
    rivals: trial.rivals,
    windows: windows.map((pixels) => sumOver(pixels.map((p) => p + shift).filter((p) => p >= 0 && p < weight.length))),
    posterior: null,
    diagnostics: null,
    velocity: {
      kms: speedOfLight * Math.expm1(point[nLabels]! * step),
      error: Math.sqrt(element(nLabels, nLabels)),
      withLabels: Float64Array.from(labels, (_, i) => element(nLabels, i)),
      atBound,
    },
    problem: null,
  };
}

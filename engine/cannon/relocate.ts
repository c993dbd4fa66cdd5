/**
 * Stars whose redshift is so wrong that the model was fitted to lines that are not there: where they belong, and what their
 * residuals tell there.
 *
 * A velocity of a fraction of a pixel shows as the model's slope (`diagnostics.ts`); lines that are pixels away do not. A star whose fit
 * looks bad in any way is compared with the mean star of the model at every whole shift of ± `mostShift` pixels, by the
 * gain of its lines (Σ w (f − 1) t)² / Σ w t², t = the mean star − 1. Where another shift has more, labels are fitted there, and what is left of
 * a pixel is the velocity residual beside them, at half a pixel short by its sixteenth. The star is moved where that lowers χ² by more than a second star would with the labels
 * fitted anew, as the mean of two stars also likes to be moved. Pixels that a shift brings in from beyond the ends have no say.
 * Cost: a tenth of a millisecond a star that looks bad, two fits for one that is moved, some ten where it may be two stars.
 */
import type { LabelFit } from './infer';
import type { StarDiagnostics } from './diagnostics';
import { predictFlux, type Model } from './model';
import { logStep, shiftedBack, speedOfLight, type VelocityFit, withoutEnds } from './velocity';

/** Pixels: ± 2000 km/s where they are 69 km/s wide. */
const mostShift = 29;
/** χ² that a shift must gain before it is believed. */
const leastGain = 50;
/** Flux above the continuum says nothing about lines: emission, cosmic rays. */
const highest = 0.1;

/** Whether anything about a fit is so bad that a wrong redshift may be the cause. */
function looksBad({ problem, diagnostics, chi2, nPixels, converged, extrapolated, atBound }: LabelFit): boolean {
  if (problem !== null || diagnostics === null) return false;
  const { binaryDeltaChi2, rvDeltaChi2, rvError, emission } = diagnostics;
  // A grid that is not equal in ln λ has no velocities.
  if (Number.isNaN(rvError)) return false;
  return (
    [!converged, extrapolated.some(Boolean), atBound.some(Boolean), chi2 > 2 * nPixels].some(Boolean) ||
    binaryDeltaChi2 > leastGain ||
    rvDeltaChi2 > leastGain ||
    emission > 5
  );
}

/** The mean star of a model, less 1; made once. */
const depths = new WeakMap<Model, Float64Array>();

function depthOf(model: Model): Float64Array {
  const known = depths.get(model);
  if (known !== undefined) return known;
  const { theta, terms, scatter } = model;
  const constant = terms.findIndex((term) => term.length === 0);
  const depth = scatter.map((_, p) => (constant < 0 ? 0 : theta[p * terms.length + constant]! - 1));
  depths.set(model, depth);
  return depth;
}

let room = { weight: new Float64Array(0), weighted: new Float64Array(0) };

/** The whole shift at which the lines of the mean star are found best, every second one first; 0 where they are where they should be. */
function shiftOfLines(model: Model, flux: Float64Array, ivar: Float64Array): number {
  const { scatter } = model;
  const depth = depthOf(model);
  const n = flux.length;
  if (room.weight.length !== n) room = { weight: new Float64Array(n), weighted: new Float64Array(n) };
  const { weight, weighted } = room;
  for (let p = 0; p < n; p++) {
    const w = ivar[p]! > 0 && scatter[p]! < Infinity ? ivar[p]! / (1 + ivar[p]! * scatter[p]! ** 2) : 0;
    weight[p] = w;
    weighted[p] = w * (Math.min(flux[p]!, 1 + highest) - 1);
  }
  const gainAt = (shift: number) => gainOfShift(weight, weighted, depth, shift);
  let best = { shift: 0, gain: gainAt(0) + leastGain / 2 };
  const look = (shift: number) => {
    const gain = shift === 0 || Math.abs(shift) > mostShift ? 0 : gainAt(shift);
    if (gain > best.gain) best = { shift, gain };
  };
  for (let shift = -mostShift; shift <= mostShift; shift += 2) look(shift);
  const { shift } = best;
  if (shift !== 0) [shift - 1, shift + 1].forEach(look);
  return best.shift;
}

/** Of the pixels that any shift keeps within the spectrum. */
function gainOfShift(weight: Float64Array, weighted: Float64Array, depth: Float64Array, shift: number): number {
  let [product, square] = [0, 0];
  const end = weight.length - mostShift;
  for (let p = mostShift; p < end; p++) {
    const t = depth[p - shift]!;
    product += weighted[p]! * t;
    square += weight[p]! * t * t;
  }
  return product > 0 ? (product * product) / square : 0;
}

/** Fits some rows at rest, on request with diagnostics. */
export type FitRows = (
  flux: readonly Float64Array[],
  ivar: readonly Float64Array[],
  diagnostics: boolean,
) => LabelFit[];

/** The fits, those that look bad with the diagnostics of where they belong. Labels stay those of the star at rest. */
export function lookElsewhere(
  model: Model,
  flux: readonly Float64Array[],
  ivar: readonly Float64Array[],
  fits: readonly LabelFit[],
  fitRows: FitRows,
): LabelFit[] {
  const bad = fits.flatMap((fit, n) => {
    const shift = looksBad(fit) ? shiftOfLines(model, flux[n]!, ivar[n]!) : 0;
    return shift === 0 ? [] : [{ n, shift, cut: withoutEnds(ivar[n]!, mostShift) }];
  });
  if (bad.length === 0) return [...fits];
  const here = fitRows(...([bad.map(({ n }) => flux[n]!), bad.map(({ cut }) => cut)] as const), false);
  const moved = (of: (one: (typeof bad)[number]) => Float64Array) => bad.map((one) => shiftedBack(of(one), one.shift));
  const there = fitRows(...([moved(({ n }) => flux[n]!), moved(({ cut }) => cut)] as const), true);
  const all = [...fits];
  bad.forEach(({ n, shift }, k) => {
    const [before, after] = [here[k]!, there[k]!];
    const { diagnostics } = after;
    if (before.problem !== null || diagnostics === null) return;
    const gain = before.chi2 - after.chi2 + (diagnostics.rvDeltaChi2 || 0);
    if (!(gain > leastGain)) return;
    const fit = fits[n]!;
    const two = fitTwoStars(model, flux[n]!, ivar[n]!, fit, fitRows);
    const isDouble = two !== null && two.binaryDeltaChi2 > gain;
    const rvResidual = diagnostics.rvResidual + speedOfLight * Math.expm1(shift * logStep(model));
    const found = isDouble ? { ...fit.diagnostics!, ...two } : { ...diagnostics, rvResidual, rvDeltaChi2: gain };
    all[n] = { ...fit, diagnostics: found };
  });
  return all;
}

const shares = [0.1, 0.2, 0.3, 0.4, 0.5];

/**
 * What a second star gains with the labels fitted anew: its light, as that of a star like the first, is taken off the spectrum,
 * q A shifted, and what remains is a star with (1 − q) of the light. Two rounds, as A is that of the labels found. Null without a
 * second star in the diagnostics.
 */
function fitTwoStars(
  model: Model,
  flux: Float64Array,
  ivar: Float64Array,
  fit: LabelFit,
  fitRows: FitRows,
): Pick<StarDiagnostics, 'binaryDeltaChi2' | 'binaryVelocity' | 'binaryShare'> | null {
  const { binaryDeltaChi2, binaryVelocity } = fit.diagnostics!;
  if (!(binaryDeltaChi2 > leastGain)) return null;
  const shift = Math.round(Math.log1p(binaryVelocity / speedOfLight) / logStep(model));
  let best = { binaryDeltaChi2, binaryVelocity, binaryShare: fit.diagnostics!.binaryShare };
  for (const share of shares) {
    let labels = fit.labels;
    for (let round = 0; round < 2; round++) {
      const second = shiftedBack(predictFlux(model, labels), -shift);
      const rest = flux.map((x, p) => (x - share * second[p]!) / (1 - share));
      const [first] = fitRows([rest], [ivar.map((x) => x * (1 - share) ** 2)], false);
      // Scatter of the model counts for the first star alone here, so that χ² is taken with that of the whole.
      if (first === undefined || first.problem !== null) break;
      labels = first.labels;
    }
    const gain = fit.chi2 - chi2Of(model, flux, ivar, labels, share, shift);
    if (gain > best.binaryDeltaChi2) best = { binaryDeltaChi2: gain, binaryVelocity, binaryShare: share };
  }
  return best;
}

function chi2Of(
  model: Model,
  flux: Float64Array,
  ivar: Float64Array,
  labels: Float64Array,
  share: number,
  shift: number,
): number {
  const first = predictFlux(model, labels);
  const second = shiftedBack(first, -shift);
  let sum = 0;
  for (let p = 0; p < flux.length; p++) {
    if (!(ivar[p]! > 0) || !(model.scatter[p]! < Infinity)) continue;
    const two = p - shift >= 0 && p - shift < flux.length ? (1 - share) * first[p]! + share * second[p]! : first[p]!;
    sum += (flux[p]! - two) ** 2 / (1 / ivar[p]! + model.scatter[p]! ** 2);
  }
  return sum;
}

/** The diagnostics of a star at some velocity, at whose nearest whole pixel it is fitted; `rvResidual` is what is left beside it. */
export function diagnosticsAt(
  model: Model,
  flux: Float64Array,
  ivar: Float64Array,
  { kms }: VelocityFit,
  fitRows: FitRows,
): StarDiagnostics | null {
  const step = logStep(model);
  const shift = Math.round(Math.log1p(kms / speedOfLight) / step);
  const [fit] = fitRows([shiftedBack(flux, shift)], [shiftedBack(ivar, shift)], true);
  const diagnostics = fit?.diagnostics ?? null;
  if (diagnostics === null) return null;
  const rvResidual = diagnostics.rvResidual + speedOfLight * Math.expm1(shift * step) - kms;
  return { ...diagnostics, rvResidual };
}

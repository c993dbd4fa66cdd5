/** What the inspector shows of a star's fit, worked out apart from the page. Pure. */
import type { FittedLabel, StarFit } from '../../engine/index';
import { noNumber, realMinus, roundLike, roundTo, roundToError, withError } from '../../engine/browser';
import { nearestPixel } from '../chart/decimate';
import { categoryDashes } from '../chart/colours';
import type { Mark } from '../chart/paint';
import type { PlotContent, PlotLine } from '../chart/plot';
import { quantile, robustRange, sortedValues } from '../chart/robustRange';
import { maskedColumn, medianColumn, summaryTable } from '../chart/summary';
import type { Range, Tick } from '../chart/ticks';
import { placeOfLine, spectralLines } from '../lines';
import { axisKinds } from './axisWords';
import { type Measurement, smooth } from './measure';
import type { InspectorViewState } from './protocol';
import { tintsOf } from './windows';
import type { LabelText } from '../words';
import { labelText } from '../words';

/** The part of the spectrum that the state remembers, if any. */
export function rangeOf({ fromAngstrom: from, toAngstrom: to }: InspectorViewState): Range | undefined {
  return from !== null && to !== null && to > from ? { from, to } : undefined;
}

/** The remembered state, or what of it makes sense. */
export function restoreState(remembered: unknown): InspectorViewState {
  const state = (
    typeof remembered === 'object' && remembered !== null ? remembered : {}
  ) as Partial<InspectorViewState>;
  const isRange = Number.isFinite(state.fromAngstrom) && Number.isFinite(state.toAngstrom);
  const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
  return {
    fromAngstrom: isRange ? state.fromAngstrom! : null,
    toAngstrom: isRange ? state.toAngstrom! : null,
    showResidual: state.showResidual !== false,
    showLines: state.showLines === true,
    smoothing: smoothings.includes(number(state.smoothing)) ? number(state.smoothing) : 0,
    axis: axisKinds.find((kind) => kind === state.axis) ?? 'rest',
    lineShiftKms: number(state.lineShiftKms),
    element: typeof state.element === 'string' ? state.element : null,
  };
}

/** Full widths at half maximum, in pixels, that the smoothing goes through. */
export const smoothings: readonly number[] = [0, 3, 7, 15];

/** What is drawn over the same fit. */
export interface Overlay {
  readonly smoothing: number;
  readonly element: string | null;
  readonly showLines: boolean;
  readonly lineShiftKms: number;
  /** Other stars, up to five, each a category from 0. */
  readonly pinned: readonly StarFit[];
}

/** Categories of the stars that are compared, in their order: orange is the ink of the model. */
export const pinnedInks = [0, 2, 3, 4, 5] as const;

function marksOf({ redshift }: StarFit, { showLines, lineShiftKms }: Overlay): Mark[] {
  if (!showLines) return [];
  return spectralLines
    .map((line) => ({
      at: placeOfLine(line, redshift, lineShiftKms),
      name: line.name,
      isForeign: line.origin === 'earth',
    }))
    .sort((a, b) => a.at - b.at);
}

/** Masked and uncovered pixels of a normalized spectrum hold the filler 1, which is no measurement and is not drawn. */
function measuredThoughMasked({ flux, masked }: StarFit): Uint8Array {
  return masked.map((bit, p) => (bit === 1 && flux[p] !== 1 ? 1 : 0));
}

export function fluxContent(fit: StarFit, overlay: Overlay): PlotContent {
  const { waveAngstrom, masked, modelFlux, scatter } = fit;
  const { flux, lower, upper, good, faint } = dataOf(fit, overlay.smoothing);
  return {
    waveAngstrom,
    bands: [
      {
        lower,
        upper,
        use: good,
        ink: 'foreground',
        alpha: 0.15,
      },
      {
        lower: modelFlux.map((value, p) => value - scatter[p]!),
        upper: modelFlux.map((value, p) => value + scatter[p]!),
        use: null,
        ink: 'model',
        alpha: 0.2,
      },
    ],
    lines: [
      { y: flux, use: faint, ink: 'foreground', alpha: 0.25 },
      { y: flux, use: good, ink: 'foreground', alpha: 0.8 },
      ...overlay.pinned.map((other, k): PlotLine => ({
        y: sampledAt(waveAngstrom, other, overlay.smoothing),
        use: null,
        ink: pinnedInks[k % pinnedInks.length]!,
        alpha: 0.9,
        dash: categoryDashes[k % categoryDashes.length]!,
      })),
      { y: modelFlux, use: null, ink: 'model', alpha: 1 },
    ],
    masked,
    tints: tintsOf(fit, overlay.element),
    marks: marksOf(fit, overlay),
    yRangeOf: (first, end) => {
      const isShown = (p: number): boolean => good[p] === 1;
      const [data, model] = [robustRange(flux, isShown, first, end), robustRange(modelFlux, isShown, first, end)];
      return { from: Math.min(data.from, model.from), to: Math.max(data.to, model.to) };
    },
    yTitle: 'normalized flux',
    yExponent: 0,
  };
}

interface Data {
  readonly flux: Float32Array;
  readonly lower: Float32Array;
  readonly upper: Float32Array;
  /** 1 where a pixel is used, and where it is drawn faintly. */
  readonly good: Uint8Array;
  readonly faint: Uint8Array;
}

/** What of a picture stays as it is while labels are moved, by the flux that it comes from. */
const known = new WeakMap<Float32Array, { readonly smoothing: number; readonly data: Data }>();

function dataOf(fit: StarFit, smoothing: number): Data {
  const before = known.get(fit.flux);
  if (before?.smoothing === smoothing) return before.data;
  const { flux, error } = smooth(fit.flux, fit.error, fit.masked, smoothing);
  const data = {
    flux,
    lower: flux.map((value, p) => value - error[p]!),
    upper: flux.map((value, p) => value + error[p]!),
    good: fit.masked.map((bit) => (bit === 1 ? 0 : 1)),
    faint: measuredThoughMasked(fit),
  };
  known.set(fit.flux, { smoothing, data });
  return data;
}

interface Sampled {
  readonly waveAngstrom: Float64Array;
  readonly smoothing: number;
  readonly flux: Float64Array;
}

const sampled = new WeakMap<StarFit, Sampled>();

/** Another star's flux on the pixels of this one's grid; NaN where it has none. */
function sampledAt(waveAngstrom: Float64Array, other: StarFit, smoothing: number): Float64Array {
  const before = sampled.get(other);
  if (before?.waveAngstrom === waveAngstrom && before.smoothing === smoothing) return before.flux;
  const flux = sampleOf(waveAngstrom, other, smoothing);
  sampled.set(other, { waveAngstrom, smoothing, flux });
  return flux;
}

function sampleOf(waveAngstrom: Float64Array, other: StarFit, smoothing: number): Float64Array {
  const { flux } = smooth(other.flux, other.error, other.masked, smoothing);
  return waveAngstrom.map((wave) => {
    const p = nearestPixel(other.waveAngstrom, wave);
    const isThere = p >= 0 && other.masked[p] === 0 && Math.abs(other.waveAngstrom[p]! / wave - 1) < 2e-4;
    return isThere ? flux[p]! : NaN;
  });
}

/** High enough to show ±3σ with room around it, and all residuals but single wild pixels. */
export function residualContent(fit: StarFit, overlay: Overlay): PlotContent {
  const { waveAngstrom, residualSigma, masked } = fit;
  const sizes = residualSigma.map(Math.abs);
  const reach = (first: number, end: number): number =>
    Math.max(
      4.5,
      1.1 *
        (quantile(
          sortedValues(sizes, () => true, first, end),
          0.998,
        ) || 0),
    );
  return {
    waveAngstrom,
    bands: [],
    lines: [{ y: residualSigma, use: null, ink: 'foreground', alpha: 0.8 }],
    masked,
    tints: tintsOf(fit, overlay.element),
    yRangeOf: (first, end) => ({ from: -reach(first, end), to: reach(first, end) }),
    yTitle: 'residual (σ)',
    yExponent: 0,
  };
}

/** 0 and multiples of 3σ, at most three on either side. */
export function sigmaTicks({ from, to }: Range): Tick[] {
  const step = 3 * Math.max(1, Math.ceil((to - from) / 2 / 9));
  const first = Math.ceil(from / step);
  const count = Math.max(0, Math.floor(to / step) - first + 1);
  return Array.from({ length: count }, (_, k) => {
    const value = (first + k) * step;
    return { value, label: value === 0 ? '0' : `${value > 0 ? '+' : '−'}${Math.abs(value)}σ` };
  });
}

/** One label as the facts table prints it. */
export interface LabelRow {
  /** As in cannon.yaml. */
  readonly name: string;
  readonly label: LabelText;
  readonly unit: string;
  readonly fit: string;
  readonly error: string;
  /** What errors of θ may move it by beside that; null where the model does not know. */
  readonly thetaError: string | null;
  readonly reference: string;
  /** (fit − reference) in units of the fit's error. */
  readonly delta: string;
  readonly extrapolated: boolean;
}

export function labelRow({ name, unit, value, error, thetaError, reference, extrapolated }: FittedLabel): LabelRow {
  const rounded = roundToError(value, error);
  const delta = reference !== null && error > 0 ? (value - reference) / error : NaN;
  return {
    name,
    label: labelText(name),
    unit,
    fit: rounded.value,
    error: rounded.error,
    thetaError: thetaError === undefined ? null : roundLike(thetaError, error),
    reference: reference === null ? noNumber : roundLike(reference, error),
    delta: Number.isFinite(delta) ? `${delta > 0 ? '+' : ''}${realMinus(delta.toFixed(1))}` : noNumber,
    extrapolated,
  };
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** How well the model agrees, as name and value. */
export function qualityFacts({ chi2, nPixels, converged, masked, model }: StarFit): Fact[] {
  return [
    { name: 'χ²', value: Number.isFinite(chi2) ? realMinus(chi2.toFixed(0)) : noNumber },
    { name: 'n pixels', value: `${nPixels} of ${masked.length}` },
    { name: 'χ²/n', value: nPixels > 0 && Number.isFinite(chi2) ? (chi2 / nPixels).toFixed(2) : noNumber },
    { name: 'converged', value: converged ? 'yes' : 'no' },
    { name: 'model', value: model.name },
  ];
}

/** What is under the pointer: "5183.62 Å   data 0.812 ± 0.011   model 0.805   +0.6σ". */
export function readout(
  { waveAngstrom, flux, error, masked, modelFlux, residualSigma }: StarFit,
  wave: number,
): string {
  const p = nearestPixel(waveAngstrom, wave);
  if (p < 0) return '';
  const at = `${waveAngstrom[p]!.toFixed(2)} Å`;
  const model = `model ${roundTo(modelFlux[p]!, 4)}`;
  if (masked[p] === 1) return [at, 'masked', model].join('   ');
  const residual = residualSigma[p]!;
  const sigma = Number.isFinite(residual) ? `${residual > 0 ? '+' : ''}${realMinus(residual.toFixed(1))}σ` : noNumber;
  return [at, `data ${withError(flux[p]!, error[p]!)}`, model, sigma].join('   ');
}

/** "5166.0–5177.0 Å, 9 pixels: W 1.23 ± 0.05 Å (model 1.30), rms 0.012, S/N 45". */
export function measurementText(measured: Measurement | null, { from, to }: Range): string {
  const range = `${from.toFixed(1)}–${to.toFixed(1)} Å`;
  if (measured === null) return `${range}: no usable pixel`;
  const { nPixels, equivalentWidth, equivalentWidthError, modelEquivalentWidth, rms, snr } = measured;
  const width = `W ${withError(equivalentWidth, equivalentWidthError)} Å (model ${roundLike(modelEquivalentWidth, equivalentWidthError)})`;
  return `${range}, ${nPixels} pixels: ${width}, rms ${rms.toFixed(4)}, S/N ${snr.toFixed(0)}`;
}

export function summary({ waveAngstrom, flux, modelFlux, residualSigma, masked }: StarFit): string[][] {
  const good = (p: number): boolean => masked[p] === 0;
  const format = (value: number): string => roundTo(value, 4);
  return summaryTable(waveAngstrom, [
    medianColumn('median flux', flux, good, format),
    medianColumn('median model flux', modelFlux, good, format),
    medianColumn('median size of residual (σ)', residualSigma.map(Math.abs), good, (value) => value.toFixed(1)),
    maskedColumn(masked),
  ]);
}

/**
 * Steps taken while a star is still being fitted add up to one request that goes out when it arrives: holding a key down
 * moves as far as it was held, and never piles up fits that nobody will see.
 */
export class StepQueue {
  #waiting = 0;
  #isRunning = false;

  constructor(private readonly run: (by: number) => Promise<void>) {}

  async step(by: number): Promise<void> {
    this.#waiting += by;
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#waiting !== 0) {
        const next = this.#waiting;
        this.#waiting = 0;
        await this.run(next);
      }
    } finally {
      this.#isRunning = false;
      this.#waiting = 0;
    }
  }
}

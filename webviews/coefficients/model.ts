/** What the panel of coefficients shows of a model, worked out apart from the page. Pure. */
import type { ModelAnatomy } from '../../engine/index';
import {
  type ElementScore,
  elementOfLabel,
  elementScores,
  informationOf,
  noNumber,
  realMinus,
  roundTo,
  withError,
} from '../../engine/browser';
import { nearestPixel } from '../chart/decimate';
import type { Mark, Tint } from '../chart/paint';
import type { PlotBand, PlotContent, PlotLine } from '../chart/plot';
import { robustRange } from '../chart/robustRange';
import { medianColumn, summaryTable } from '../chart/summary';
import { axisExponent, superscript, type Range } from '../chart/ticks';
import { type SpectralLine, spectralLines } from '../lines';
import { labelWord, termWord } from '../words';
import type { CoefficientsViewState } from './protocol';

/** Of every pixel, the information on a label is judged for a spectrum of this S/N a pixel. */
export const typicalSnr = 50;

/** The remembered state, or what of it makes sense. */
export function restoreState(remembered: unknown): CoefficientsViewState {
  const state = (
    typeof remembered === 'object' && remembered !== null ? remembered : {}
  ) as Partial<CoefficientsViewState>;
  const isRange = Number.isFinite(state.fromAngstrom) && Number.isFinite(state.toAngstrom);
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return {
    term: text(state.term),
    inSigma: state.inSigma === true,
    showLines: state.showLines === true,
    comparedWith: text(state.comparedWith),
    pixel: Number.isInteger(state.pixel) ? state.pixel! : null,
    fromAngstrom: isRange ? state.fromAngstrom! : null,
    toAngstrom: isRange ? state.toAngstrom! : null,
  };
}

/** The term that is shown first: that of the first label, for the constant says least. */
export function termIndexOf(model: ModelAnatomy, name: string | null): number {
  const found = model.termNames.indexOf(name ?? '');
  return found >= 0
    ? found
    : Math.max(
        0,
        model.terms.findIndex((term) => term.length === 1),
      );
}

/** The label whose information goes with a term: its first factor; null for the constant. */
export function labelOfTerm(model: ModelAnatomy, term: number): number | null {
  return model.terms[term]?.[0] ?? null;
}

/** θ of one term, in flux per standardized label, NaN where the pixel has no model. */
export function column(values: Float32Array, model: ModelAnatomy, term: number): Float32Array {
  const nTerms = model.terms.length;
  return Float32Array.from(model.scatter, (s, p) =>
    values.length > 0 && Number.isFinite(s) ? values[p * nTerms + term]! : NaN,
  );
}

/** The windows as tints; those of `selected` stand out. */
export function tintsOf({ windows }: ModelAnatomy, selected: string | null): Tint[] {
  return windows.flatMap(({ name, windows: ranges }, category) =>
    ranges.map(([from, to]) => ({ from, to, name, category, isSelected: name === selected })),
  );
}

/** What is marked on every plot: known lines of stars, at rest as the model is, and the chosen pixel. */
export function marksOf(model: ModelAnatomy, showsLines: boolean, pixel: number | null): Mark[] {
  const ofStars = showsLines ? spectralLines.filter(({ origin }) => origin === 'star') : [];
  const mark = ({ waveAngstrom, name }: SpectralLine): Mark => ({ at: waveAngstrom, name, isForeign: false });
  const chosen = pixel === null ? undefined : model.waveAngstrom[pixel];
  return [
    ...ofStars.map(mark),
    ...(chosen === undefined ? [] : [{ at: chosen, name: '', isForeign: false, isChosen: true }]),
  ].sort((a, b) => a.at - b.at);
}

const noMask = null;
const titleWith = (title: string, exponent: number): string =>
  exponent === 0 ? title : `${title} (10${superscript(exponent)})`;

/** What lies over every plot of the stack. */
export interface Overlay {
  readonly tints: readonly Tint[];
  readonly marks: readonly Mark[];
}

function content(
  model: ModelAnatomy,
  title: string,
  lines: readonly PlotLine[],
  bands: readonly PlotBand[],
  { tints, marks }: Overlay,
  rangeOf: (first: number, end: number) => Range,
): PlotContent {
  const yExponent = axisExponent(rangeOf(0, model.waveAngstrom.length));
  return {
    waveAngstrom: model.waveAngstrom,
    lines,
    bands,
    masked: noMask,
    tints,
    marks,
    yRangeOf: rangeOf,
    yTitle: titleWith(title, yExponent),
    yExponent,
  };
}

/** θ of a term against wavelength with its error, beside that of another model on the same grid if there is one. */
export function thetaContent(
  model: ModelAnatomy,
  other: ModelAnatomy | null,
  term: number,
  inSigma: boolean,
  overlay: Overlay,
): PlotContent {
  const theta = column(model.theta, model, term);
  const error = column(model.thetaError, model, term);
  const hasErrors = model.thetaError.length > 0;
  const shown = inSigma && hasErrors ? theta.map((value, p) => value / error[p]!) : theta;
  const bands: PlotBand[] =
    hasErrors && !inSigma
      ? [
          {
            lower: theta.map((value, p) => value - error[p]!),
            upper: theta.map((value, p) => value + error[p]!),
            use: null,
            ink: 'model',
            alpha: 0.2,
          },
        ]
      : [];
  const lines: PlotLine[] = [{ y: shown, use: null, ink: 'model', alpha: 1 }];
  const compared = other && otherColumn(model, other, term, inSigma);
  if (compared) lines.unshift({ y: compared, use: null, ink: 'second', alpha: 0.9, dash: [5, 3] });
  const name = termWord(model.termNames[term] ?? '1');
  const title = inSigma && hasErrors ? `θ of ${name} (σ)` : `θ of ${name}`;
  const rangeOf = (first: number, end: number): Range => {
    const range = robustRange(shown, (p) => p >= first && p < end);
    return model.terms[term]?.length === 0 ? range : { from: Math.min(range.from, 0), to: Math.max(range.to, 0) };
  };
  return content(model, title, lines, bands, overlay, rangeOf);
}

/** The other model's θ of the same term, pixel by pixel of this model's grid; null where it has no such term. */
export function otherColumn(
  model: ModelAnatomy,
  other: ModelAnatomy,
  term: number,
  inSigma: boolean,
): Float32Array | null {
  const same = other.termNames.indexOf(model.termNames[term] ?? '');
  if (same < 0) return null;
  const theta = column(other.theta, other, same);
  const error = column(other.thetaError, other, same);
  const values = inSigma && other.thetaError.length > 0 ? theta.map((value, p) => value / error[p]!) : theta;
  return Float32Array.from(model.waveAngstrom, (wave) => {
    const p = nearestPixel(other.waveAngstrom, wave);
    // Half a pixel of a grid in log λ: farther away the other model knows nothing.
    return p >= 0 && Math.abs(other.waveAngstrom[p]! / wave - 1) < 1e-4 ? values[p]! : NaN;
  });
}

export function scatterContent(model: ModelAnatomy, other: ModelAnatomy | null, overlay: Overlay): PlotContent {
  const lines: PlotLine[] = [{ y: model.scatter, use: null, ink: 'foreground', alpha: 0.8 }];
  if (other) {
    const scatter = model.waveAngstrom.map((wave) => other.scatter[nearestPixel(other.waveAngstrom, wave)] ?? NaN);
    lines.unshift({ y: scatter, use: null, ink: 'second', alpha: 0.9, dash: [5, 3] });
  }
  return content(model, 'scatter s', lines, [], overlay, (first, end) => ({
    from: 0,
    to: robustRange(model.scatter, (p) => p >= first && p < end).to,
  }));
}

/** What each pixel knows of a label, as a share of all: 1 ‰ is three to four times the mean of a LAMOST spectrum. */
export interface LabelInformation {
  readonly label: number;
  /** In thousandths of the whole, one a pixel. */
  readonly perMille: Float64Array;
  /** The formal error at `typicalSnr`. */
  readonly error: number;
  /** The richest first. */
  readonly scores: readonly ElementScore[];
}

export function labelInformation(model: ModelAnatomy, label: number): LabelInformation {
  const pivots = model.labels.map(({ pivot }) => pivot);
  const { perPixel, error } = informationOf(model, pivots, label, typicalSnr);
  const total = perPixel.reduce((sum, value) => sum + value, 0);
  const scores = elementScores(model.waveAngstrom, perPixel, model.windows);
  return {
    label,
    perMille: perPixel.map((value) => (total > 0 ? (1000 * value) / total : 0)),
    error,
    scores: [...scores].sort((a, b) => b.enrichment - a.enrichment),
  };
}

export function informationContent(
  model: ModelAnatomy,
  { label, perMille }: LabelInformation,
  overlay: Overlay,
): PlotContent {
  const name = labelWord(model.labels[label]!.name);
  return content(
    model,
    `information on ${name} (‰)`,
    [{ y: perMille, use: null, ink: 'foreground', alpha: 0.8 }],
    [],
    overlay,
    (first, end) => ({ from: 0, to: robustRange(perMille, (p) => p >= first && p < end).to }),
  );
}

/** Does θ of an element's label peak at the element's lines? In a sentence; "" for labels that are not of one element. */
export function verdict(model: ModelAnatomy, { label, scores }: LabelInformation): string {
  const { name } = model.labels[label]!;
  const element = elementOfLabel(name);
  if (element === null || element === 'Fe') return '';
  const own = scores.find((score) => score.name === element);
  if (!own)
    return `The config has no window of ${element}: whether ${labelWord(name)} is learned from its lines cannot be told.`;
  const times = `${own.enrichment.toFixed(own.enrichment < 10 ? 1 : 0)} times the mean`;
  const rank = scores.indexOf(own) + 1;
  const chance = own.chance < 0.001 ? 'less than 0.1 %' : `${(100 * own.chance).toFixed(1)} %`;
  const judged =
    own.chance <= 0.05
      ? `${labelWord(name)} is learned at the lines of ${element}`
      : `${labelWord(name)} is not learned at the lines of ${element} more than elsewhere`;
  return `${judged}: their pixels hold ${times}, as ${chance} of shifted windows would; ${element} is number ${rank} of ${scores.length} elements.`;
}

export interface PixelFact {
  readonly name: string;
  readonly value: string;
  /** The key of cannon.yaml that put it there, if one did. */
  readonly key: string | null;
}

/** What is known of one pixel, and what in the config is responsible. */
export function pixelFacts(model: ModelAnatomy, p: number): PixelFact[] {
  const wave = model.waveAngstrom[p]!;
  const inWindows = model.windows.filter(({ windows }) => windows.some(([from, to]) => wave >= from && wave < to));
  const s = model.scatter[p]!;
  return [
    { name: 'wavelength', value: `${wave.toFixed(2)} Å`, key: null },
    { name: 'pixel', value: `${p} of ${model.waveAngstrom.length}`, key: 'grid' },
    { name: 'scatter s', value: Number.isFinite(s) ? roundTo(s, 5) : noNumber, key: null },
    { name: 'stars', value: String(model.nStars[p]!), key: 'quality' },
    { name: 'converged', value: model.converged[p] === 1 ? 'yes' : 'no', key: null },
    ...inWindows.map(({ name }) => ({ name: 'window', value: name, key: `windows/${name}` })),
  ];
}

/** A pixel in one line. */
export function pixelLine(model: ModelAnatomy, term: number, information: LabelInformation | null, p: number): string {
  const number = (value: number): string => (Number.isFinite(value) ? roundTo(value, 5) : noNumber);
  const isKnown = Number.isFinite(model.scatter[p]!);
  return [
    `${model.waveAngstrom[p]!.toFixed(2)} Å`,
    `θ ${isKnown ? number(model.theta[p * model.terms.length + term]!) : noNumber}`,
    ...(information
      ? [`${labelWord(model.labels[information.label]!.name)} ${information.perMille[p]!.toFixed(2)} ‰`]
      : []),
    `s ${number(model.scatter[p]!)}`,
  ].join('   ');
}

export interface TermRow {
  readonly index: number;
  readonly name: string;
  readonly value: string;
  /** θ over its error; "" where the model has none. */
  readonly sigma: string;
}

/** The terms of one pixel, the largest effect first; the constant leads. */
export function pixelTerms(model: ModelAnatomy, p: number): TermRow[] {
  const nTerms = model.terms.length;
  const hasErrors = model.thetaError.length > 0;
  const rows = model.termNames.map((name, index) => {
    const theta = model.theta[p * nTerms + index]!;
    const error = hasErrors ? model.thetaError[p * nTerms + index]! : NaN;
    return {
      index,
      size: model.terms[index]!.length === 0 ? Infinity : Math.abs(theta),
      name: termWord(name),
      value: Number.isFinite(error) && error > 0 ? withError(theta, error) : roundTo(theta, 5),
      sigma: Number.isFinite(error) && error > 0 ? realMinus((theta / error).toFixed(1)) : '',
    };
  });
  return rows.sort((a, b) => b.size - a.size).map(({ index, name, value, sigma }) => ({ index, name, value, sigma }));
}

export function summary(model: ModelAnatomy, term: number): string[][] {
  const all = (): boolean => true;
  const format = (value: number): string => roundTo(value, 5);
  const theta = column(model.theta, model, term);
  return summaryTable(model.waveAngstrom, [
    medianColumn(`median size of θ of ${termWord(model.termNames[term]!)}`, theta.map(Math.abs), all, format),
    medianColumn('median scatter', model.scatter, all, format),
    medianColumn('median number of stars', model.nStars, all, (value) => value.toFixed(0)),
  ]);
}

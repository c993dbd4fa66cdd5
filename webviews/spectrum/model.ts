/** What the spectrum editor shows of a document, worked out apart from the page. Pure. */
import type { HduSummary, HeaderCard, MaskCount, SpectrumArrays, SpectrumDocument } from '../../engine/index';
import { realMinus, roundTo, withError } from '../../engine/browser';
import { nearestPixel } from '../chart/decimate';
import type { AxisWords, PlotContent } from '../chart/plot';
import { robustRange } from '../chart/robustRange';
import { maskedColumn, medianColumn, summaryTable } from '../chart/summary';
import type { Range } from '../chart/ticks';
import { axisExponent, superscript } from '../chart/ticks';
import type { SpectrumViewState } from './protocol';

/** The part of the spectrum that the state remembers, if any. */
export function rangeOf({ fromAngstrom: from, toAngstrom: to }: SpectrumViewState): Range | undefined {
  return from !== null && to !== null && to > from ? { from, to } : undefined;
}

/** The remembered state, or what of it makes sense. */
export function restoreState(remembered: unknown): SpectrumViewState {
  const state = (typeof remembered === 'object' && remembered !== null ? remembered : {}) as Partial<SpectrumViewState>;
  const isRange = Number.isFinite(state.fromAngstrom) && Number.isFinite(state.toAngstrom);
  return {
    fromAngstrom: isRange ? state.fromAngstrom! : null,
    toAngstrom: isRange ? state.toAngstrom! : null,
    tab: state.tab === 'headers' ? 'headers' : 'spectrum',
  };
}

/** How the axis is written: a redshift of exactly 0 says that the file has the rest frame already, as those of APOGEE. */
export function axisWordsOf({ redshift }: SpectrumDocument): AxisWords {
  const itself = (wave: number): number => wave;
  return {
    title: `vacuum wavelength (Å, ${redshift === 0 ? 'rest' : 'observed'} frame)`,
    ...{ shown: itself, wave: itself },
  };
}

/** "flux (10⁻¹⁷ erg/s/cm²/Å)": the power of ten that the ticks leave out, and the unit when the file gives one. */
export function fluxTitle(unit: string, exponent: number): string {
  const parts = [exponent === 0 ? '' : `10${superscript(exponent)}`, unit].filter((part) => part !== '');
  return parts.length === 0 ? 'flux' : `flux (${parts.join(' ')})`;
}

export function plotContent(spectrum: SpectrumArrays, fluxUnit: string): PlotContent {
  const { waveAngstrom, flux, error, masked } = spectrum;
  const good = masked.map((bit) => (bit === 1 ? 0 : 1));
  const yRangeOf = (first: number, end: number): Range =>
    robustRange(flux, (p) => p >= first && p < end && good[p] === 1);
  const yExponent = axisExponent(yRangeOf(0, flux.length));
  return {
    waveAngstrom,
    lines: [
      { y: flux, use: masked, ink: 'foreground', alpha: 0.25 },
      { y: flux, use: good, ink: 'foreground', alpha: 0.8 },
    ],
    bands: [
      {
        lower: flux.map((value, p) => value - error[p]!),
        upper: flux.map((value, p) => value + error[p]!),
        use: good,
        ink: 'foreground',
        alpha: 0.15,
      },
    ],
    masked,
    yRangeOf,
    yTitle: fluxTitle(fluxUnit, yExponent),
    yExponent,
  };
}

const counts = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** "3909 pixels, 44 masked · z = −0.00012", shown beside the title. */
export function aside({ spectrum, redshift, hdus }: SpectrumDocument): string {
  if (!spectrum) return counts(hdus.length, 'HDU');
  const nMasked = spectrum.masked.reduce((sum, bit) => sum + bit, 0);
  const pixels = `${counts(spectrum.flux.length, 'pixel')}, ${nMasked} masked`;
  if (redshift === null) return pixels;
  return `${pixels} · ${redshift === 0 ? 'in the rest frame' : `z = ${realMinus(redshift.toFixed(5))}`}`;
}

/** What is under the pointer: "5183.62 Å   1234 ± 12". */
export function readout({ waveAngstrom, flux, error, masked }: SpectrumArrays, wave: number): string {
  const p = nearestPixel(waveAngstrom, wave);
  if (p < 0) return '';
  const value = withError(flux[p]!, error[p]!);
  return `${waveAngstrom[p]!.toFixed(2)} Å   ${value}${masked[p] === 1 ? ' (masked)' : ''}`;
}

export function summary({ waveAngstrom, flux, error, masked }: SpectrumArrays): string[][] {
  const format = (value: number): string => roundTo(value, 3);
  const good = (p: number): boolean => masked[p] === 0;
  return summaryTable(waveAngstrom, [
    medianColumn('median flux', flux, good, format),
    medianColumn('median error', error, good, format),
    maskedColumn(masked),
  ]);
}

/** Of each bit of the mask: its name, what it means, and in how many pixels it is set and whether they are used. */
export function maskCells(masks: readonly MaskCount[]): (readonly [string, string, string])[] {
  return masks.map(({ name, meaning, nPixels, forbids }) => [
    name,
    meaning,
    `${counts(nPixels, 'pixel')}, ${forbids ? 'not used' : 'used'}`,
  ]);
}

export interface FoundHdu {
  readonly hdu: HduSummary;
  readonly cards: readonly HeaderCard[];
}

/** The cards that contain every word of `query` somewhere, by HDU; HDUs without any are left out of a search. */
export function searchHeaders(hdus: readonly HduSummary[], query: string): { found: FoundHdu[]; count: string } {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = ({ keyword, value, comment }: HeaderCard): boolean => {
    const text = `${keyword} ${value} ${comment}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const found = hdus
    .map((hdu) => ({ hdu, cards: hdu.cards.filter(matches) }))
    .filter(({ cards }) => words.length === 0 || cards.length > 0);
  const nCards = hdus.reduce((sum, hdu) => sum + hdu.cards.length, 0);
  const nFound = found.reduce((sum, { cards }) => sum + cards.length, 0);
  return { found, count: words.length === 0 ? counts(nCards, 'card') : `${nFound} of ${counts(nCards, 'card')}` };
}

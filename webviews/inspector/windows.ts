/** χ² in the windows around each element's lines: which elements the model does not explain in this star. Pure. */
import type { StarFit } from '../../engine/index';
import { chiSquareSurvival, noNumber, pixelsIn, realMinus } from '../../engine/browser';
import type { Tint } from '../chart/paint';
import type { Range } from '../chart/ticks';

export interface WindowFit extends Range {
  readonly nPixels: number;
  /** Σ residual / √n: in units of its own error, negative where the star's line is deeper than the model's. */
  readonly pull: number;
}

export interface ElementFit {
  readonly name: string;
  readonly chi2: number;
  readonly nPixels: number;
  /** The probability of so large a χ² by chance, for independent pixels. */
  readonly p: number;
  readonly windows: readonly WindowFit[];
}

type Fit = Pick<StarFit, 'waveAngstrom' | 'residualSigma' | 'windows'>;

/** Every element of the config with a window on the grid, in its order; windows without a usable pixel count nothing. */
export function elementFits(fit: Fit): ElementFit[] {
  const { residualSigma } = fit;
  const usable = (p: number): boolean => Number.isFinite(residualSigma[p]);
  return pixelsOf(fit).map(({ name, pixels: own, windows }) => {
    const all = own.filter(usable);
    const chi2 = all.reduce((sum, p) => sum + residualSigma[p]! ** 2, 0);
    return {
      name,
      chi2,
      nPixels: all.length,
      p: chiSquareSurvival(chi2, all.length),
      windows: windows.map(({ range, pixels: inWindow }) => {
        const pixels = inWindow.filter(usable);
        const sum = pixels.reduce((total, p) => total + residualSigma[p]!, 0);
        return { from: range[0], to: range[1], nPixels: pixels.length, pull: sum / Math.sqrt(pixels.length) };
      }),
    };
  });
}

interface ElementPixels {
  readonly name: string;
  readonly pixels: readonly number[];
  readonly windows: readonly { readonly range: readonly [number, number]; readonly pixels: readonly number[] }[];
}

/** The same for all fits of one star: labels that are moved change no wavelength. */
const pixelsByWindows = new WeakMap<Fit['windows'], readonly ElementPixels[]>();

function pixelsOf({ waveAngstrom, windows }: Fit): readonly ElementPixels[] {
  const known = pixelsByWindows.get(windows);
  if (known) return known;
  const found = windows.map(({ name, windows: ranges }) => ({
    name,
    pixels: pixelsIn(waveAngstrom, ranges),
    windows: ranges.map((range) => ({ range, pixels: pixelsIn(waveAngstrom, [range]) })),
  }));
  pixelsByWindows.set(windows, found);
  return found;
}

/** The windows as tints; those of `selected` stand out. */
export function tintsOf({ windows }: Fit, selected: string | null): Tint[] {
  return windows.flatMap(({ name, windows: ranges }, category) =>
    ranges.map(([from, to]) => ({ from, to, name, category, isSelected: name === selected })),
  );
}

export interface ElementRow {
  readonly name: string;
  readonly chi2PerPixel: string;
  readonly p: string;
  /** A pull a window: "−4.1 −2.8". */
  readonly pulls: string;
  /** Too improbable to be noise in one of so many windows. */
  readonly isOdd: boolean;
}

/** As the table prints it. An element is odd where chance would give as much in fewer than one of a hundred stars. */
export function elementRow(fit: ElementFit, nElements: number): ElementRow {
  const { name, chi2, nPixels, p, windows } = fit;
  const signed = (value: number): string =>
    Number.isFinite(value) ? `${value > 0 ? '+' : ''}${realMinus(value.toFixed(1))}` : noNumber;
  return {
    name,
    chi2PerPixel: nPixels > 0 ? (chi2 / nPixels).toFixed(2) : noNumber,
    p: probability(p),
    pulls: windows.map(({ pull }) => signed(pull)).join('  '),
    isOdd: p * nElements < 0.01,
  };
}

/** "0.31", "2e−5", "< 1e−99". */
export function probability(p: number): string {
  if (!Number.isFinite(p)) return noNumber;
  if (p >= 0.001) return p.toFixed(p >= 0.0995 ? 2 : 3);
  return p < 1e-99 ? '< 1e−99' : realMinus(p.toExponential(0));
}

/** All windows of all elements by wavelength. */
function windowsByWave({ windows }: Fit): NamedRange[] {
  return windows
    .flatMap(({ name, windows: ranges }) => ranges.map(([from, to]) => ({ name, range: { from, to } })))
    .sort((a, b) => a.range.from - b.range.from);
}

interface NamedRange {
  readonly name: string;
  readonly range: Range;
}

/** The window `by` places along the axis from the middle of `view`; null past the last. */
export function windowBeside(fit: Fit, view: Range, by: 1 | -1): NamedRange | null {
  const from = middleOf(view);
  const all = windowsByWave(fit);
  return by > 0
    ? (all.find(({ range }) => middleOf(range) > from + 0.5) ?? null)
    : (all.filter(({ range }) => middleOf(range) < from - 0.5).at(-1) ?? null);
}

/** The next window of `element` along the axis, and after its last its first again, where `selected` starts from another one too. */
export function windowOf(fit: Fit, view: Range, element: string, selected: string | null): NamedRange | null {
  const own = windowsByWave(fit).filter(({ name }) => name === element);
  const following = own.find(({ range }) => middleOf(range) > middleOf(view) + 0.5);
  return (selected === element ? (following ?? own[0]) : own[0]) ?? null;
}

/** What velocities count from: the middle of the window of `element` in view, else that of the view. */
export function velocityOrigin(fit: Fit, view: Range, element: string | null): number {
  const inView = windowsByWave(fit).find(
    ({ name, range }) => name === element && range.from >= view.from && range.to <= view.to,
  );
  return middleOf(inView?.range ?? view);
}

const middleOf = ({ from, to }: Range): number => (from + to) / 2;

/**
 * What a model has learned, for people to look at: which pixels carry a label, and whether they are those that they should be.
 *
 * Information per pixel. With g_p = ∂f_p/∂ℓ at some labels and w_p = 1 / (s_p² + σ²), the Fisher matrix of a spectrum is
 * I = Σ w g gᵀ. What pixel p adds to the knowledge of label i once all other labels are free is w_p g̃_p², where g̃ is what is
 * left of g_i after a weighted regression on the gradients of the others (the efficient score); Σ_p w_p g̃_p² = 1 / Var(ℓ̂_i).
 * A pixel that only echoes Teff therefore counts for nothing in [Eu/Fe]. Modes of correlated error are left out.
 *
 * Score of an element. The mean information of the pixels in its windows over the mean of all pixels; and the share of
 * all circular shifts of those windows along the spectrum that would do at least as well. Pure.
 */
import { choleskyFactor, choleskySolve } from '../kernels/cholesky';
import { pixelsIn, type NamedWindows } from '../spectra/elementWindows';
import { standardize, type LabelInfo } from './model';
import { vectorizeGradient, type Term } from './vectorizer';

/** A model as panels have it: numbers in single precision, everything by pixel. */
export interface ModelAnatomy {
  readonly name: string;
  /** Absolute path of model.fits. */
  readonly path: string;
  readonly labels: readonly LabelInfo[];
  readonly terms: readonly Term[];
  /** "1", "teff", "teff*logg": a name a term. */
  readonly termNames: readonly string[];
  /** Vacuum Å, rest frame, one a pixel. */
  readonly waveAngstrom: Float64Array;
  /** nPixels × nTerms, row-major, in flux per standardized label. */
  readonly theta: Float32Array;
  /** Standard errors in the same layout; empty where the file has none. */
  readonly thetaError: Float32Array;
  /** NaN where the pixel has no model. */
  readonly scatter: Float32Array;
  readonly converged: Uint8Array;
  readonly nStars: Float32Array;
  /** The windows of the survey's config; vacuum Å. */
  readonly windows: readonly NamedWindows[];
  readonly provenance: Readonly<Record<string, string | number>>;
}

type Trained = Pick<ModelAnatomy, 'labels' | 'terms' | 'theta' | 'scatter' | 'waveAngstrom'>;

/** ∂f/∂ℓ of every pixel at `labels`, nPixels × nLabels, row-major, in flux per unit of each label. */
export function fluxGradient({ labels: infos, terms, theta }: Trained, labels: ArrayLike<number>): Float64Array {
  const [nLabels, nTerms] = [infos.length, terms.length];
  const nPixels = theta.length / nTerms;
  const slope = new Float64Array(nTerms * nLabels);
  vectorizeGradient(standardize({ labels: infos }, labels), terms, slope);
  const gradient = new Float64Array(nPixels * nLabels);
  for (let p = 0; p < nPixels; p++) {
    for (let t = 0; t < nTerms; t++) {
      const coefficient = theta[p * nTerms + t]!;
      for (let i = 0; i < nLabels; i++) {
        gradient[p * nLabels + i]! += (coefficient * slope[t * nLabels + i]!) / infos[i]!.scale;
      }
    }
  }
  return gradient;
}

export interface Information {
  /** One a pixel, in 1 / (unit of the label)²; 0 where the pixel has no model. */
  readonly perPixel: Float64Array;
  /** The formal error that a spectrum of this noise would give; Infinity where the label cannot be told from the others. */
  readonly error: number;
}

/**
 * The information that each pixel holds on label `label` (its index), at `labels`, in a spectrum whose flux has the relative
 * error 1 / `snr` everywhere.
 */
export function informationOf(model: Trained, labels: ArrayLike<number>, label: number, snr: number): Information {
  const nLabels = model.labels.length;
  const nPixels = model.waveAngstrom.length;
  const gradient = fluxGradient(model, labels);
  const weight = Float64Array.from(model.scatter, (s) => (Number.isFinite(s) ? 1 / (s * s + 1 / (snr * snr)) : 0));
  const others = model.labels.map((_, i) => i).filter((i) => i !== label);
  const regression = regress(gradient, weight, nLabels, label, others);
  const perPixel = new Float64Array(nPixels);
  if (regression === null) return { perPixel, error: Infinity };
  let sum = 0;
  for (let p = 0; p < nPixels; p++) {
    let left = gradient[p * nLabels + label]!;
    others.forEach((i, k) => (left -= regression[k]! * gradient[p * nLabels + i]!));
    sum += perPixel[p] = weight[p]! * left * left;
  }
  return { perPixel, error: sum > 0 ? 1 / Math.sqrt(sum) : Infinity };
}

/** How much of each other label's gradient is in that of `label`; null where the others cannot be told apart themselves. */
function regress(
  gradient: Float64Array,
  weight: Float64Array,
  nLabels: number,
  label: number,
  others: readonly number[],
): number[] | null {
  const n = others.length;
  if (n === 0) return [];
  // In units of each gradient's own size, for Teff's per kelvin and an abundance's per dex differ by thousands.
  const size = others.map((i) => Math.sqrt(weightedProduct(gradient, weight, nLabels, i, i)));
  if (size.some((value) => !(value > 0))) return null;
  const normal = new Float64Array(n * n);
  const solution = new Float64Array(n);
  others.forEach((i, a) => {
    solution[a] = weightedProduct(gradient, weight, nLabels, i, label) / size[a]!;
    others.forEach((j, b) => {
      normal[a * n + b] = weightedProduct(gradient, weight, nLabels, i, j) / (size[a]! * size[b]!);
    });
  });
  if (!choleskyFactor(normal, n)) return null;
  choleskySolve(normal, n, solution);
  return others.map((_, a) => solution[a]! / size[a]!);
}

function weightedProduct(gradient: Float64Array, weight: Float64Array, nLabels: number, i: number, j: number): number {
  let sum = 0;
  for (let p = 0; p < weight.length; p++) sum += weight[p]! * gradient[p * nLabels + i]! * gradient[p * nLabels + j]!;
  return sum;
}

export interface ElementScore {
  readonly name: string;
  readonly nPixels: number;
  /** The part of all information that lies in the element's windows, 0 to 1. */
  readonly share: number;
  /** Mean information in the windows over the mean of all pixels. */
  readonly enrichment: number;
  /** Share of the windows' shifts along the spectrum that hold at least as much. */
  readonly chance: number;
}

/** How well the information on a label sits in the windows of each element; elements without a pixel on the grid are left out. */
export function elementScores(
  waveAngstrom: Float64Array,
  perPixel: Float64Array,
  windows: readonly NamedWindows[],
): ElementScore[] {
  const nPixels = perPixel.length;
  const total = perPixel.reduce((sum, value) => sum + value, 0);
  return windows.flatMap(({ name, windows: ofElement }) => {
    const pixels = pixelsIn(waveAngstrom, ofElement);
    if (pixels.length === 0 || !(total > 0)) return [];
    const shifted = (by: number): number => pixels.reduce((sum, p) => sum + perPixel[(p + by) % nPixels]!, 0);
    const inside = shifted(0);
    let asGood = 0;
    for (let by = 0; by < nPixels; by++) if (shifted(by) >= inside) asGood++;
    const share = inside / total;
    const enrichment = (share * nPixels) / pixels.length;
    return [{ name, nPixels: pixels.length, share, enrichment, chance: asGood / nPixels }];
  });
}

/** The element that a label is the abundance of: "Mg" for mg_fe or mg_h; null for other labels. */
export function elementOfLabel(label: string): string | null {
  const symbol = /^([a-z]{1,2})_(?:fe|h)$/i.exec(label)?.[1];
  return symbol === undefined ? null : symbol[0]!.toUpperCase() + symbol.slice(1).toLowerCase();
}

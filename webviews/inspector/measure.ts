/** What a person measures on a spectrum by hand: smoothing that carries errors along, and the numbers of a dragged range. Pure. */
import { pixelEdges, pixelsInView } from '../chart/decimate';
import type { Range } from '../chart/ticks';

export interface Smoothed {
  readonly flux: Float32Array;
  readonly error: Float32Array;
}

/**
 * A Gaussian mean over pixels, of the given full width at half maximum (in pixels), weighted by 1/σ². Masked pixels take no
 * part and stay as they are. The error is that of the weighted mean, σ² = Σ g² w / (Σ g w)²: exact for independent
 * pixels; neighbours of the result are correlated.
 */
export function smooth(flux: Float32Array, error: Float32Array, masked: Uint8Array, fwhmPixels: number): Smoothed {
  if (!(fwhmPixels > 0)) return { flux, error };
  const sigma = fwhmPixels / 2.3548;
  const reach = Math.ceil(3 * sigma);
  const kernel = Float64Array.from({ length: reach + 1 }, (_, d) => Math.exp((-0.5 * d * d) / (sigma * sigma)));
  const result = { flux: flux.slice(), error: error.slice() };
  for (let p = 0; p < flux.length; p++) {
    if (masked[p] === 1) continue;
    let [sum, norm, variance] = [0, 0, 0];
    for (let q = Math.max(0, p - reach); q <= Math.min(flux.length - 1, p + reach); q++) {
      if (masked[q] === 1 || !(error[q]! > 0)) continue;
      const weight = kernel[Math.abs(q - p)]! / (error[q]! * error[q]!);
      sum += weight * flux[q]!;
      norm += weight;
      variance += weight * kernel[Math.abs(q - p)]!;
    }
    if (norm > 0) {
      result.flux[p] = sum / norm;
      result.error[p] = Math.sqrt(variance) / norm;
    }
  }
  return result;
}

export interface Measurement {
  readonly nPixels: number;
  /** Å; positive for absorption, of the data, and of the model over the same pixels. */
  readonly equivalentWidth: number;
  readonly equivalentWidthError: number;
  readonly modelEquivalentWidth: number;
  readonly mean: number;
  /** Scatter of the data about the model. */
  readonly rms: number;
  /** Mean flux over mean error. */
  readonly snr: number;
}

/** The pixels of `range` that are not masked, on a spectrum whose continuum is 1; null when there is none. */
export function measure(
  spectrum: {
    readonly waveAngstrom: Float64Array;
    readonly flux: Float32Array;
    readonly error: Float32Array;
    readonly modelFlux: Float32Array;
    readonly masked: Uint8Array;
  },
  range: Range,
): Measurement | null {
  const { waveAngstrom, flux, error, modelFlux, masked } = spectrum;
  const [first, end] = pixelsInView(waveAngstrom, range);
  let [n, width, variance, modelWidth, sum, squares, errors] = [0, 0, 0, 0, 0, 0, 0];
  for (let p = first; p < end; p++) {
    const wave = waveAngstrom[p]!;
    if (masked[p] === 1 || wave < range.from || wave > range.to || !(error[p]! > 0)) continue;
    const edges = pixelEdges(waveAngstrom, p);
    const step = edges.to - edges.from;
    n++;
    width += (1 - flux[p]!) * step;
    variance += (error[p]! * step) ** 2;
    modelWidth += (1 - modelFlux[p]!) * step;
    sum += flux[p]!;
    squares += (flux[p]! - modelFlux[p]!) ** 2;
    errors += error[p]!;
  }
  if (n === 0) return null;
  return {
    nPixels: n,
    equivalentWidth: width,
    equivalentWidthError: Math.sqrt(variance),
    modelEquivalentWidth: modelWidth,
    mean: sum / n,
    rms: Math.sqrt(squares / n),
    snr: sum / errors,
  };
}

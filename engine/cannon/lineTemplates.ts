/**
 * What a line that the model does not have looks like on the model's pixels: the window it lies in, broadened by the instrument.
 *
 * A template has one number a pixel: the box [from, to) of each window folded with the Gaussian of the instrument, at the
 * pixel's centre. For spectra that resolve a window it is the window; for those that do not it is the profile of a line.
 * Height is of no importance, as significances do not depend on it. Wavelengths are vacuum Å, rest frame. Pure.
 */
import type { Window } from '../spectra/elementWindows';

/** Non-zero pixels only, rising. */
export interface LineTemplate {
  readonly pixels: Int32Array;
  readonly values: Float64Array;
}

/** Pixels with less than this part of the highest value say nothing. */
const least = 0.05;

/** @param spread σ of the instrument in ln λ; at least that of half a pixel's box is taken. */
export function lineTemplate(wave: Float64Array, windows: readonly Window[], spread: number): LineTemplate {
  const sums = new Map<number, number>();
  for (const [from, to] of windows) {
    const first = firstFrom(wave, from);
    // A line beyond the ends has no centre to be seen by.
    if (first === 0 || first >= wave.length) continue;
    const pixel = Math.log(wave[first]! / wave[first - 1]!);
    const sigma = Math.max(spread, pixel / Math.sqrt(12));
    const reach = 3 * sigma;
    for (let p = firstFrom(wave, from * Math.exp(-reach)); p < wave.length && wave[p]! < to * Math.exp(reach); p++) {
      const value = cumulative(Math.log(wave[p]! / from) / sigma) - cumulative(Math.log(wave[p]! / to) / sigma);
      sums.set(p, (sums.get(p) ?? 0) + value);
    }
  }
  const most = Math.max(0, ...sums.values());
  const kept = [...sums].filter(([, value]) => value >= least * most).sort(([a], [b]) => a - b);
  return {
    pixels: Int32Array.from(kept, ([p]) => p),
    values: Float64Array.from(kept, ([, value]) => value / most),
  };
}

/** The window of a line without breadth of its own. */
export function lineAt(wave: number): Window {
  return [wave * (1 - 1e-6), wave * (1 + 1e-6)];
}

/** The first pixel at or beyond a wavelength, by bisection. */
function firstFrom(wave: Float64Array, value: number): number {
  let [low, high] = [0, wave.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (wave[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Of the normal distribution. Abramowitz & Stegun 7.1.26 for erf: to 1.5e-7. */
function cumulative(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const erf = 1 - series * Math.exp(-z * z);
  return x >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
}

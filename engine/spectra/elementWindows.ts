/**
 * Windows of wavelength around the lines of elements, and the windows that GALAH uses.
 *
 * The table is Table 2 of Wheeler et al. 2020 (ApJ 898, 58): 21 elements, wavelengths in **air**, Å, as GALAH has them.
 * Everywhere else in the program a window is in vacuum. Pure.
 */
import { airToVacuum } from './airVacuum';

/** From and to, in Å. */
export type Window = readonly [from: number, to: number];

/** An element, or whatever else the user calls a set of windows. Vacuum Å, rest frame. */
export interface NamedWindows {
  readonly name: string;
  readonly windows: readonly Window[];
}

/** Å in air, by element. */
export const galahWindowsInAir: Readonly<Record<string, readonly Window[]>> = {
  Al: [
    [6695.78, 6696.17],
    [6698.41, 6698.92],
    [7834.95, 7835.47],
    [7835.84, 7836.43],
  ],
  Ba: [
    [5853.53, 5853.86],
    [6496.68, 6497.19],
  ],
  Ca: [
    [5857.22, 5857.6],
    [5867.28, 5867.72],
    [6493.48, 6493.99],
    [6499.37, 6499.94],
    [6508.52, 6509.03],
  ],
  Co: [
    [6632.23, 6632.81],
    [7712.41, 7713.07],
    [7837.76, 7838.5],
  ],
  Cr: [
    [4775.03, 4775.21],
    [4789.2, 4789.47],
    [4800.83, 4801.2],
    [4847.98, 4848.31],
    [5702.12, 5702.5],
    [5719.5, 5719.99],
    [5787.64, 5788.14],
    [5844.4, 5844.79],
    [6629.8, 6630.25],
  ],
  Cu: [[5781.92, 5782.42]],
  Eu: [
    [5818.61, 5818.99],
    [6644.97, 6645.29],
  ],
  K: [[7698.57, 7699.31]],
  La: [
    [4716.29, 4716.61],
    [4748.62, 4748.85],
    [4803.92, 4804.24],
    [5805.52, 5805.96],
  ],
  Li: [[6707.37, 6708.26]],
  Mg: [
    [4729.9, 4730.22],
    [5710.86, 5711.3],
  ],
  Mn: [
    [4739.01, 4739.29],
    [4761.37, 4761.64],
    [4765.69, 4766.06],
    [4783.17, 4783.58],
  ],
  Na: [
    [4751.71, 4751.94],
    [5682.54, 5682.92],
    [5687.93, 5688.37],
  ],
  Ni: [
    [5748.21, 5748.59],
    [5846.82, 5847.21],
    [6482.6, 6483.05],
    [6532.58, 6533.1],
    [6586.02, 6586.47],
    [6643.37, 6643.94],
    [7713.89, 7714.48],
    [7788.48, 7789.29],
  ],
  O: [
    [7771.53, 7772.27],
    [7773.75, 7774.57],
    [7775.08, 7775.75],
  ],
  Sc: [
    [4743.56, 4743.98],
    [4752.99, 4753.41],
    [5657.68, 5658.12],
    [5666.92, 5667.3],
    [5671.59, 5672.09],
    [5684.02, 5684.3],
    [5686.72, 5687.21],
    [5717.02, 5717.52],
    [5723.9, 5724.28],
    [6604.39, 6604.97],
  ],
  Si: [
    [5665.21, 5665.82],
    [5690.18, 5690.68],
    [5700.91, 5701.29],
    [5792.7, 5793.31],
  ],
  Ti: [
    [4719.32, 4719.6],
    [4757.96, 4758.28],
    [4759.07, 4759.48],
    [4764.4, 4764.82],
    [4778.06, 4778.43],
    [4781.56, 4781.93],
    [4797.84, 4798.12],
    [4798.35, 4798.63],
    [4801.8, 4802.21],
    [4820.11, 4820.66],
    [4849.04, 4849.41],
    [4865.28, 4865.83],
    [4873.88, 4874.2],
    [5689.25, 5689.8],
    [5716.25, 5716.8],
    [5720.27, 5720.65],
    [5739.24, 5739.68],
    [5866.02, 5866.79],
    [6598.89, 6599.53],
    [6716.52, 6716.9],
    [7852.19, 7853.01],
  ],
  V: [
    [4746.51, 4746.78],
    [4784.32, 4784.6],
    [4796.74, 4796.97],
    [4831.52, 4831.75],
    [4875.26, 4875.72],
    [5657.07, 5657.68],
    [5668.13, 5668.62],
    [5670.6, 5671.1],
    [5702.78, 5703.88],
    [5725.27, 5725.82],
    [5726.87, 5727.36],
    [5727.42, 5727.97],
    [5730.99, 5731.49],
    [5736.82, 5737.26],
    [5743.2, 5743.7],
    [6531.18, 6531.62],
  ],
  Y: [
    [4854.79, 4855.02],
    [4883.54, 4883.82],
    [5662.74, 5663.18],
    [5728.74, 5729.01],
  ],
  Zn: [
    [4721.99, 4722.27],
    [4810.36, 4810.63],
  ],
};

/** The same windows in vacuum. */
export function windowsInVacuum(windowsInAir: readonly Window[]): Window[] {
  return windowsInAir.map(([from, to]) => [airToVacuum(from), airToVacuum(to)]);
}

/** GALAH's windows of all elements, in vacuum. */
export function galahWindows(): NamedWindows[] {
  return Object.entries(galahWindowsInAir).map(([name, windows]) => ({ name, windows: windowsInVacuum(windows) }));
}

/**
 * The pixels whose centres lie in one of the windows (from ≤ λ < to), each once, rising. A window may be narrower than a pixel,
 * as those of high-resolution surveys are on a LAMOST grid: without a centre in it, it takes the pixel that it lies in.
 */
export function pixelsIn(waveAngstrom: Float64Array, windows: readonly Window[]): number[] {
  const pixels = new Set<number>();
  for (const [from, to] of windows) {
    const [first, end] = [firstFrom(waveAngstrom, from), firstFrom(waveAngstrom, to)];
    for (let p = first; p < end; p++) pixels.add(p);
    const isInside = first > 0 && first < waveAngstrom.length;
    if (first === end && isInside) {
      const middle = (from + to) / 2;
      pixels.add(middle - waveAngstrom[first - 1]! < waveAngstrom[first]! - middle ? first - 1 : first);
    }
  }
  return [...pixels].sort((a, b) => a - b);
}

/** The first pixel at or beyond a wavelength. */
function firstFrom(waveAngstrom: Float64Array, wave: number): number {
  const p = waveAngstrom.findIndex((x) => x >= wave);
  return p < 0 ? waveAngstrom.length : p;
}

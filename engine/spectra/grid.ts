/** The wavelength grid of a model: equal steps in log10 λ, vacuum Å, rest frame. */
import type { GridSpec } from '../config/config';

/** Pixel p lies at 10^(log10(from) + p · step), up to and including `to`. The tolerance keeps `to` itself despite rounding. */
export function gridWavelengths(grid: GridSpec): Float64Array {
  const first = Math.log10(grid.from);
  const nSteps = Math.floor((Math.log10(grid.to) - first) / grid.step + 1e-6);
  return Float64Array.from({ length: Math.max(0, nSteps + 1) }, (_, p) => 10 ** (first + p * grid.step));
}

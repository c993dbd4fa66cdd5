/**
 * From the observed frame to a rest-frame grid: λ_rest = λ_obs / (1 + z), then linear interpolation in λ.
 *
 * Flux and inverse variance are both interpolated linearly. To propagate variances as (1−f)² σ₁² + f² σ₂² would be wrong here:
 * the grid has as many pixels as the detector, neighbours on it become correlated, and a fit that takes them as
 * independent would count the gain twice. With linear ivar the information per Å is kept.
 * A grid pixel has ivar 0 and flux 0 where either neighbour is masked or the spectrum does not reach.
 */
import type { Spectrum } from './spectrum';

export interface Resampled {
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
  /** Grid pixels with ivar above 0. */
  readonly nUsable: number;
}

/**
 * `spectrum` on the rising wavelengths `gridAngstrom` (vacuum Å, rest frame), moved there by `redshift`; in the arrays of
 * `into`, whatever they hold, or in new ones.
 */
export function toRestFrame(
  spectrum: Pick<Spectrum, 'waveAngstrom' | 'flux' | 'ivar' | 'masked'>,
  redshift: number,
  gridAngstrom: Float64Array,
  into: Omit<Resampled, 'nUsable'> = {
    flux: new Float64Array(gridAngstrom.length),
    ivar: new Float64Array(gridAngstrom.length),
  },
): Resampled {
  const { waveAngstrom, masked, flux: observedFlux, ivar: observedIvar } = spectrum;
  const { flux, ivar } = into;
  const last = waveAngstrom.length - 1;
  const [lowest, highest] = [waveAngstrom[0]!, waveAngstrom[last]!];
  let nUsable = 0;
  let left = 0;
  for (let p = 0; p < gridAngstrom.length; p++) {
    flux[p] = ivar[p] = 0;
    const observed = gridAngstrom[p]! * (1 + redshift);
    if (observed < lowest || observed > highest) continue;
    while (left < last - 1 && waveAngstrom[left + 1]! <= observed) left++;
    if (masked[left] === 1 || masked[left + 1] === 1) continue;
    const below = waveAngstrom[left]!;
    const fraction = (observed - below) / (waveAngstrom[left + 1]! - below);
    const weight = observedIvar[left]! + fraction * (observedIvar[left + 1]! - observedIvar[left]!);
    flux[p] = observedFlux[left]! + fraction * (observedFlux[left + 1]! - observedFlux[left]!);
    ivar[p] = weight;
    if (weight > 0) nUsable++;
  }
  return { flux, ivar, nUsable };
}

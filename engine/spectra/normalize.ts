/** From a spectrum as observed to what a model sees: rest frame, on the model's grid, continuum divided out. */
import { basename } from 'node:path';
import type { ContinuumSpec, GridSpec } from '../config/config';
import { GaussianContinuum } from './continuum';
import { gridWavelengths } from './grid';
import { spectrumError } from './problems';
import { toRestFrame } from './resample';
import type { NormalizedSpectrum, Spectrum } from './spectrum';

/** One for all spectra of a job: it tabulates the continuum's weights once. */
export class Normalizer {
  /** The grid: vacuum Å, rest frame. */
  readonly waveAngstrom: Float64Array;
  private readonly continuum: GaussianContinuum | null;

  constructor(grid: GridSpec, continuum: ContinuumSpec) {
    this.waveAngstrom = gridWavelengths(grid);
    this.continuum =
      continuum.method === 'none'
        ? null
        : new GaussianContinuum(this.waveAngstrom, continuum.sigma, continuum.truncate);
  }

  /**
   * Flux / continuum and ivar · continuum²; ivar 0 and flux 1 where masked, uncovered, or where the continuum is not above 0.
   * Throws `UserError` when the spectrum has no redshift or no usable pixel on the grid.
   */
  normalize(spectrum: Spectrum): NormalizedSpectrum {
    const name = basename(spectrum.path);
    if (spectrum.redshift === null) {
      throw spectrumError('noRedshift', `${name} has no redshift, so it cannot be moved to the rest frame.`);
    }
    const { flux, ivar, nUsable } = toRestFrame(spectrum, spectrum.redshift, this.waveAngstrom);
    if (nUsable === 0) throw spectrumError('noOverlap', `${name} has no usable pixel on the wavelength grid.`);
    const level = this.continuum?.fit(flux, ivar) ?? null;
    for (let p = 0; p < flux.length; p++) {
      const divisor = level === null ? 1 : level[p]!;
      const isUsable = ivar[p]! > 0 && divisor > 0;
      flux[p] = isUsable ? flux[p]! / divisor : 1;
      ivar[p] = isUsable ? ivar[p]! * divisor * divisor : 0;
    }
    return { flux, ivar };
  }
}

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
  private readonly spare: NormalizedSpectrum[] = [];

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
    const row = this.onGrid(spectrum);
    this.divide([row]);
    return row;
  }

  /** The first half of it: rest frame and grid; in the arrays of `into`, or in new ones. Throws as `normalize` does. */
  onGrid(spectrum: Spectrum, into?: NormalizedSpectrum): NormalizedSpectrum {
    const name = basename(spectrum.path);
    if (spectrum.redshift === null) {
      throw spectrumError('noRedshift', `${name} has no redshift, so it cannot be moved to the rest frame.`);
    }
    const { flux, ivar, nUsable } = toRestFrame(spectrum, spectrum.redshift, this.waveAngstrom, into);
    if (nUsable === 0) throw spectrumError('noOverlap', `${name} has no usable pixel on the wavelength grid.`);
    return { flux, ivar };
  }

  /** Arrays for `onGrid`: some that were given back, or new ones. */
  takeRow(): NormalizedSpectrum {
    const nPixels = this.waveAngstrom.length;
    return this.spare.pop() ?? { flux: new Float64Array(nPixels), ivar: new Float64Array(nPixels) };
  }

  /** Nobody looks at these any more. */
  giveBack(rows: readonly NormalizedSpectrum[]): void {
    for (const { flux, ivar } of rows) this.spare.push({ flux, ivar });
  }

  /** The other half, for spectra on the grid: divides each by its continuum, in place. Many at once take less time each. */
  divide(rows: readonly NormalizedSpectrum[]): void {
    if (this.continuum === null) for (const row of rows) divideBy(new Float64Array(row.flux.length).fill(1), row);
    else this.continuum.fitAll(rows, (level, n) => divideBy(level, rows[n]!));
  }
}

function divideBy(continuum: Float64Array, { flux, ivar }: NormalizedSpectrum): void {
  for (let p = 0; p < continuum.length; p++) {
    const level = continuum[p]!;
    if (ivar[p]! > 0 && level > 0) {
      flux[p]! /= level;
      ivar[p]! *= level * level;
    } else {
      flux[p] = 1;
      ivar[p] = 0;
    }
  }
}

/**
 * Lines that people look for in the spectrum of a star, and what the Earth's air puts there. Wavelengths are given in air, as
 * the handbooks have them, and handed out in vacuum Å. Source: NIST Atomic Spectra Database; air-glow and telluric bands
 * after Osterbrock et al. 1996 and Hinkle et al. 2003. Pure.
 */
import { airToVacuum } from '../engine/browser';

export interface SpectralLine {
  /** "Hβ", "Mg I". */
  readonly name: string;
  /** Vacuum Å, in the frame of the star, or of the observer for those of the Earth. */
  readonly waveAngstrom: number;
  readonly origin: 'star' | 'earth';
}

/** Air Å. */
const ofStars: Readonly<Record<string, readonly number[]>> = {
  'Ca II K': [3933.66],
  'Ca II H': [3968.47],
  'Sr II': [4077.71, 4215.52],
  Hδ: [4101.73],
  'Ca I': [4226.73, 6102.72, 6122.22, 6162.17],
  CH: [4300],
  Hγ: [4340.46],
  CN: [3883.4, 4215],
  'Ba II': [4554.03, 4934.08, 5853.67, 6141.71, 6496.9],
  'C₂': [4737, 5165],
  Hβ: [4861.32],
  'Mg I b': [5167.32, 5172.68, 5183.6],
  MgH: [5210],
  'Fe I': [4383.54, 5269.54, 5328.04, 6393.6],
  'Mg I': [5528.4, 5711.09, 8806.76],
  'Na I D': [5889.95, 5895.92],
  'Li I': [6707.81],
  Hα: [6562.79],
  'Eu II': [6645.1],
  'K I': [7698.96],
  'O I': [7771.94, 7774.17, 7775.39],
  'Na I': [8183.26, 8194.82],
  'Ca II': [8498.02, 8542.09, 8662.14],
  TiO: [7054, 7126],
};

/** Air Å: the strongest lines of the night sky, and the heads of absorption bands. */
const ofEarth: Readonly<Record<string, readonly number[]>> = {
  '[O I] sky': [5577.34, 6300.3, 6363.78],
  'Na sky': [5889.95, 5895.92],
  'O₂ B': [6867.2],
  'O₂ A': [7593.7],
  'H₂O': [7186, 8227],
};

const inVacuum = (table: typeof ofStars, origin: SpectralLine['origin']): SpectralLine[] =>
  Object.entries(table).flatMap(([name, waves]) =>
    waves.map((wave) => ({ name, waveAngstrom: airToVacuum(wave), origin })),
  );

export const spectralLines: readonly SpectralLine[] = [
  ...inVacuum(ofStars, 'star'),
  ...inVacuum(ofEarth, 'earth'),
].sort((a, b) => a.waveAngstrom - b.waveAngstrom);

export const lightSpeedKms = 299_792.458;

/**
 * Where a line lies on a rest-frame axis of a star at `redshift`: its own lines at their wavelengths moved by `shiftKms`, those
 * of the Earth where the correction to the rest frame has taken them.
 */
export function placeOfLine(line: SpectralLine, redshift: number, shiftKms: number): number {
  return line.origin === 'star'
    ? line.waveAngstrom * (1 + shiftKms / lightSpeedKms)
    : line.waveAngstrom / (1 + redshift);
}

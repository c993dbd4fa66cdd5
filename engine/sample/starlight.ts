/**
 * A star's spectrum from its labels: absorption lines on a flat continuum, as an instrument of R = 1800 sees them.
 *
 * This is no atmosphere. It has what a data-driven model needs to be tested: every line answers smoothly and differently to Teff,
 * log g, vmic and the abundance of its element (`curveOfGrowth.ts`), and lines blend.
 */
import { airToVacuum } from '../spectra/airVacuum';
import * as growth from './curveOfGrowth';
import type { Composition } from './elements';
import { windowLines } from './elementLines';
import { molecularBands, weakLines } from './lineForest';
import { balmerLines, paschenLines, strongLines } from './lines';
import { addLine, FIRST_LOG_WAVE, LOG_STEP, N_PIXELS } from './profile';
import { Random } from './random';

export const LIGHT_KMS = 299_792.458;

/** Fixed: the stars of every sample have the same lines, whatever its seed. */
const LINE_SEED = 20_260;
const WEAK_LINES = 2200;

interface Line {
  readonly vacuumAngstrom: number;
  readonly excitation: number;
  /** The line's opacity in the Sun in units of the continuous one. */
  readonly solarOpacity: number;
}

/** What decides over lines. */
export interface Light extends Pick<growth.AtmosphereLabels, 'teff' | 'logg' | 'vmic'> {
  readonly composition: Composition;
  readonly velocityKms: number;
}

export class Starlight {
  private readonly lines: ReadonlyMap<growth.Species, readonly Line[]>;

  constructor() {
    const random = new Random(LINE_SEED, 'lines', 0);
    const bySpecies = new Map<growth.Species, Line[]>();
    const add = (species: growth.Species, excitation: number, pairs: readonly number[]) => {
      const lines = bySpecies.get(species) ?? [];
      bySpecies.set(species, lines);
      for (let i = 0; i + 1 < pairs.length; i += 2)
        lines.push(calibrated(species, excitation, pairs[i]!, pairs[i + 1]!));
    };
    add('H', 0, [...balmerLines, ...paschenLines]);
    for (const { element, stage, excitation, lines } of [
      ...strongLines,
      ...windowLines(),
      ...weakLines(random, WEAK_LINES),
    ]) {
      add(`${element} ${stage}`, excitation, lines);
    }
    for (const { molecule, lines } of molecularBands(random)) add(molecule, 0, lines);
    this.lines = bySpecies;
  }

  /** Continuum-normalized flux on the LAMOST pixels, at the star's own velocity. */
  normalizedFlux({ composition, velocityKms, ...labels }: Light): Float64Array {
    const depth = new Float64Array(N_PIXELS);
    const atmosphere = growth.atmosphereOf({ ...labels, metals: composition.Fe });
    const strengths = growth.speciesStrengths(atmosphere, composition);
    const dTheta = atmosphere.theta - growth.sunsAtmosphere.theta;
    const shift = Math.log10(1 + velocityKms / LIGHT_KMS);
    for (const [species, lines] of this.lines) {
      const damping = growth.dampingOf(species, atmosphere);
      const dopplerKms = dopplerOf(species, atmosphere);
      // A wider core spreads the same atoms over more wavelengths.
      const wider = Math.log10(dopplerKms / dopplerOf(species, growth.sunsAtmosphere));
      const strength = strengths.get(species)! - wider;
      for (const { vacuumAngstrom, excitation, solarOpacity } of lines) {
        const opacity = solarOpacity * 10 ** (strength - excitation * dTheta);
        const width = growth.equivalentWidth(opacity, damping, (vacuumAngstrom * dopplerKms) / LIGHT_KMS);
        const center = (Math.log10(vacuumAngstrom) + shift - FIRST_LOG_WAVE) / LOG_STEP;
        addLine(depth, center, width, vacuumAngstrom * Math.LN10 * LOG_STEP);
      }
    }
    for (let p = 0; p < N_PIXELS; p++) depth[p] = Math.exp(-depth[p]!);
    return depth;
  }
}

/** Hydrogen is light, and the Stark effect widens its cores. */
function dopplerOf(species: growth.Species, { dopplerKms }: growth.Atmosphere): number {
  return species === 'H' ? 12 : dopplerKms;
}

function calibrated(species: growth.Species, excitation: number, airAngstrom: number, milliAngstrom: number): Line {
  const vacuumAngstrom = airToVacuum(airAngstrom);
  const doppler = (vacuumAngstrom * dopplerOf(species, growth.sunsAtmosphere)) / LIGHT_KMS;
  return { vacuumAngstrom, excitation, solarOpacity: growth.solarOpacity(milliAngstrom / 1000, doppler) };
}

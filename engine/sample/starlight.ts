/**
 * A star's spectrum from its labels: a black body with absorption lines whose equivalent widths follow a curve of growth.
 *
 * This is no atmosphere. It has what a data-driven model needs to be tested: every line answers smoothly and differently to
 * Teff, log g and [Fe/H], weak lines grow linearly, strong ones saturate and grow wings. Line opacity over continuous
 * opacity follows Saha and Boltzmann with H⁻ as the continuum (Gray, The Observation and Analysis of Stellar Photospheres,
 * chapters 13 and 16); temperatures enter as θ = 5040 K / Teff, relative to the Sun's 0.8726.
 */
import { airToVacuum } from '../spectra/airVacuum';
import { lineGroups, molecularBands, weakLines, type LineGroup } from './lines';
import { Random } from './random';
import type { Star } from './stars';

export const LIGHT_KMS = 299_792.458;

/** log10 λ of the first pixel and the step: the grid of every LAMOST low-resolution spectrum. */
export const FIRST_LOG_WAVE = 3.5682;
export const LOG_STEP = 1e-4;
export const N_PIXELS = 3909;

const RESOLUTION = 1800;
const SOLAR_THETA = 5040 / 5776;
/** Standard deviation of the instrument's profile in pixels: constant, as both grow with λ. */
const PROFILE_PIXELS = 1 / (RESOLUTION * 2.3548 * Math.LN10 * LOG_STEP);
/** Fixed: the stars of every sample have the same lines, whatever its seed. */
const LINE_SEED = 20_260;

interface Line {
  readonly group: LineGroup;
  readonly vacuumAngstrom: number;
  /** Doppler width in Å, and the line's opacity in the Sun in units of the continuous one. */
  readonly dopplerAngstrom: number;
  readonly solarOpacity: number;
}

/** Equivalent width in Å: linear, then flat as √ln, then √ with the damping wings (Gray, section 16.3). */
function equivalentWidth(opacity: number, damping: number, doppler: number): { core: number; wings: number } {
  const linear = Math.sqrt(Math.PI) * opacity;
  const core = (doppler * linear) / (1 + linear / (2 * Math.sqrt(Math.log(2 + opacity))));
  return { core, wings: doppler * Math.sqrt(Math.sqrt(Math.PI) * damping * opacity) * (opacity / (1 + opacity)) };
}

const total = ({ core, wings }: { core: number; wings: number }) => Math.hypot(core, wings);

const SOLAR_DAMPING = 0.03;

/** The opacity that gives the solar equivalent width: bisection in its logarithm. */
function opacityFor(widthAngstrom: number, doppler: number): number {
  let [low, high] = [-6, 9];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (total(equivalentWidth(10 ** middle, SOLAR_DAMPING, doppler)) < widthAngstrom) low = middle;
    else high = middle;
  }
  return 10 ** low;
}

/** Van der Waals broadening goes with the gas pressure; ions and hydrogen feel it less. */
function dampingOf({ ionization }: LineGroup, logg: number): number {
  const exponent = ionization === 'neutral' || ionization === 'molecule' ? 0.4 : ionization === 'ionized' ? 0.1 : 0;
  return SOLAR_DAMPING * 10 ** (exponent * (logg - 4.44));
}

/** log10 of line over continuous opacity, relative to the Sun. */
function lineOpacity(group: LineGroup, star: Pick<Star, 'teff' | 'logg' | 'feh'>): number {
  const theta = 5040 / star.teff - SOLAR_THETA;
  const gravity = star.logg - 4.44;
  switch (group.ionization) {
    case 'neutral':
      // Few atoms are neutral: their number and H⁻ both go with the electron pressure, which cancels.
      return star.feh + 0.75 * (group.ionizationEnergy - group.excitation - 0.75) * theta;
    case 'ionized':
      // Nearly all atoms are ionized: only H⁻ feels the pressure, so giants have the stronger lines.
      return star.feh - (group.excitation + 0.75) * theta - 0.33 * gravity;
    case 'molecule':
      return star.feh + 1.1 * group.ionizationEnergy ** 0.5 * theta * (star.teff > 4600 ? 1 : 0.9) + 0.05 * gravity;
    case 'hydrogen':
      // The second level is 10.2 eV up; wings broaden by the Stark effect of the electrons.
      return -5.2 * theta + 0.06 * gravity;
  }
}

export class Starlight {
  private readonly lines: readonly Line[];

  constructor() {
    const random = new Random(LINE_SEED, 0);
    this.lines = [...lineGroups, ...molecularBands(random), ...weakLines(random, 1500)].flatMap((group) =>
      Array.from({ length: group.lines.length / 2 }, (_, i) => {
        const vacuumAngstrom = airToVacuum(group.lines[2 * i]!);
        const dopplerAngstrom = vacuumAngstrom * (group.ionization === 'hydrogen' ? 4e-5 : 8e-6);
        return {
          group,
          vacuumAngstrom,
          dopplerAngstrom,
          solarOpacity: opacityFor(group.lines[2 * i + 1]! / 1000, dopplerAngstrom),
        };
      }),
    );
  }

  /** Continuum-normalized flux as the instrument sees it, on the LAMOST pixels, at the star's own velocity. */
  normalizedFlux(star: Star): Float64Array {
    const depth = new Float64Array(N_PIXELS);
    const shift = Math.log10(1 + star.velocityKms / LIGHT_KMS);
    // Giants stir more (microturbulence), which widens the cores of saturated lines.
    const stirring = 1 + 0.15 * Math.max(0, 4.44 - star.logg);
    for (const line of this.lines) {
      const opacity = line.solarOpacity * 10 ** lineOpacity(line.group, star);
      const width = equivalentWidth(opacity, dampingOf(line.group, star.logg), line.dopplerAngstrom * stirring);
      const center = (Math.log10(line.vacuumAngstrom) + shift - FIRST_LOG_WAVE) / LOG_STEP;
      addLine(depth, center, total(width), width.wings, line.vacuumAngstrom * Math.LN10 * LOG_STEP);
    }
    return depth.map((value) => Math.exp(-value));
  }
}

/** Adds a pseudo-Voigt profile of area `width`; the share of wings is Lorentzian, broad enough not to become deeper than black. */
function addLine(depth: Float64Array, center: number, width: number, wings: number, angstromPerPixel: number): void {
  const lorentzShare = (wings / width) ** 2;
  const area = width / angstromPerPixel;
  const half = Math.max(area / (Math.PI * 0.9), 0.5 * PROFILE_PIXELS);
  const peak = (area * (1 - lorentzShare)) / (PROFILE_PIXELS * Math.sqrt(2 * Math.PI));
  const reach = Math.ceil(area * lorentzShare > 0.3 ? Math.min(25 * half, 700) : 4.5 * PROFILE_PIXELS);
  const last = Math.min(depth.length - 1, Math.ceil(center + reach));
  // The instrument smooths the core of the Lorentzian, too.
  const smoothed = half + 0.8 * PROFILE_PIXELS;
  for (let p = Math.max(0, Math.floor(center - reach)); p <= last; p++) {
    const distance = p - center;
    depth[p]! += peak * Math.exp(-0.5 * (distance / PROFILE_PIXELS) ** 2);
    depth[p]! += (area * lorentzShare * smoothed) / (Math.PI * (distance * distance + smoothed * smoothed));
  }
}

/** Planck's law in wavelength, relative to its value at 5500 Å. */
export function blackBody(waveAngstrom: number, teff: number): number {
  const x = (wave: number) => 1.438777e8 / (wave * teff);
  return ((5500 / waveAngstrom) ** 5 * Math.expm1(x(5500))) / Math.expm1(x(waveAngstrom));
}

/**
 * How strong a line is in which star. One layer stands for the atmosphere, at 0.9 Teff; its electron pressure follows gravity,
 * metals and temperature. Ionization after Saha, excitation after Boltzmann, H⁻ as the continuous opacity (Gray, The Observation
 * and Analysis of Stellar Photospheres, chapters 8, 9, 13 and 16), everything relative to the Sun, so that the equivalent
 * widths of solar atlases calibrate each line. Weak lines grow linearly, saturated ones hardly, strong ones as a square root.
 */
import { elements, ionizationEnergies, type Composition, type Element } from './elements';

const SUN = { teff: 5776, logg: 4.44, vmic: 1, metals: 0 } as const;
const SOLAR_DAMPING = 0.03;

/** The layer that lines are formed in. */
export interface Atmosphere {
  /** 5040 K / T of the layer. */
  readonly theta: number;
  /** log10 of the electron pressure in dyn/cm². */
  readonly logElectrons: number;
  /** log10 of the opacity of H⁻, to a constant. */
  readonly logContinuum: number;
  readonly logg: number;
  /** Thermal and turbulent velocity, km/s. */
  readonly dopplerKms: number;
}

export interface AtmosphereLabels {
  readonly teff: number;
  readonly logg: number;
  readonly vmic: number;
  /** [Fe/H], for the electrons that metals give. */
  readonly metals: number;
}

export function atmosphereOf({ teff, logg, vmic, metals }: AtmosphereLabels): Atmosphere {
  const temperature = 0.9 * teff;
  const theta = 5040 / temperature;
  const logElectrons = 0.9 + 0.33 * (logg - SUN.logg) + 0.25 * metals + 6.5e-4 * (temperature - 0.9 * SUN.teff);
  return {
    theta,
    logElectrons,
    logContinuum: logElectrons + 0.754 * theta + 2.5 * Math.log10(theta),
    logg,
    // The thermal velocity of iron-like atoms and of the small scale of everything else.
    dopplerKms: Math.hypot(1.4 * Math.sqrt(temperature / (0.9 * SUN.teff)), vmic),
  };
}

export const sunsAtmosphere = atmosphereOf(SUN);

/** log10 of the fraction of neutral and of ionized atoms: Saha's equation, partition functions in the ratio of iron's. */
function logFractions({ theta, logElectrons }: Atmosphere, energy: number): { neutral: number; ionized: number } {
  const ratio = 10 ** (-theta * energy + 2.5 * Math.log10(5040 / theta) - 0.48 + 0.49 - logElectrons);
  return { neutral: -Math.log10(1 + ratio), ionized: Math.log10(ratio / (1 + ratio)) };
}

/** Effective energies in eV and exponents of gravity; the competition for carbon by CO is in them. */
const molecules = {
  CH: { energy: 2, gravity: 0.25, parts: ['C'] },
  CN: { energy: 2.6, gravity: 0.22, parts: ['C', 'N'] },
  C2: { energy: 2, gravity: 0.2, parts: ['C', 'C'] },
  MgH: { energy: 2.6, gravity: 0.7, parts: ['Mg'] },
} as const satisfies Record<string, { energy: number; gravity: number; parts: readonly Element[] }>;

export type Molecule = keyof typeof molecules;

/** What a line belongs to: an element in a stage, a molecule, or hydrogen. */
export type Species = `${Element} ${'neutral' | 'ionized'}` | Molecule | 'H';

/** log10 of line over continuous opacity relative to the Sun for each species, for a level of zero excitation. */
export function speciesStrengths(atmosphere: Atmosphere, composition: Composition): Map<Species, number> {
  const thinner = sunsAtmosphere.logContinuum - atmosphere.logContinuum;
  const dTheta = atmosphere.theta - sunsAtmosphere.theta;
  const strengths = new Map<Species, number>();
  for (const element of elements) {
    const here = logFractions(atmosphere, ionizationEnergies[element]);
    const sun = logFractions(sunsAtmosphere, ionizationEnergies[element]);
    strengths.set(`${element} neutral`, composition[element] + here.neutral - sun.neutral + thinner);
    strengths.set(`${element} ionized`, composition[element] + here.ionized - sun.ionized + thinner);
  }
  const gravity = atmosphere.logg - SUN.logg;
  for (const [molecule, { energy, gravity: exponent, parts }] of Object.entries(molecules)) {
    const atoms = parts.reduce((sum, element) => sum + composition[element], 0);
    strengths.set(molecule as Molecule, atoms + energy * dTheta + exponent * gravity + thinner);
  }
  // Hydrogen is neutral; its second level is 10.2 eV up, of which deeper, hotter layers leave a half.
  strengths.set('H', -4.7 * dTheta + 0.06 * gravity);
  return strengths;
}

/** Å, in two parts: the core is linear and then flat as √ln, the wings grow as √. */
export interface EquivalentWidth {
  readonly core: number;
  readonly wings: number;
}

/** `opacity` in units of the continuous one at the line's centre, `dopplerAngstrom` the width of its core (Gray, section 16.3). */
export function equivalentWidth(opacity: number, damping: number, dopplerAngstrom: number): EquivalentWidth {
  const linear = Math.sqrt(Math.PI) * opacity;
  const core = (dopplerAngstrom * linear) / (1 + linear / (2 * Math.sqrt(Math.log(2 + opacity))));
  const wings = dopplerAngstrom * Math.sqrt(Math.sqrt(Math.PI) * damping * opacity) * (opacity / (1 + opacity));
  return { core, wings };
}

/** Van der Waals broadening goes with the gas pressure; ions and hydrogen feel it less. */
export function dampingOf(species: Species, { logg }: Atmosphere): number {
  const exponent = species === 'H' ? 0 : species.endsWith('ionized') ? 0.1 : 0.4;
  return SOLAR_DAMPING * 10 ** (exponent * (logg - SUN.logg));
}

/** The opacity that gives the equivalent width in the Sun, Å: bisection in its logarithm. */
export function solarOpacity(widthAngstrom: number, dopplerAngstrom: number): number {
  let [low, high] = [-6, 9];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    const { core, wings } = equivalentWidth(10 ** middle, SOLAR_DAMPING, dopplerAngstrom);
    if (Math.hypot(core, wings) < widthAngstrom) low = middle;
    else high = middle;
  }
  return 10 ** low;
}

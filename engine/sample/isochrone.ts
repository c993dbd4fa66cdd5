/**
 * Where a star of a given age and metallicity stands in the Kiel diagram. Isochrone-like relations of ours: a main sequence
 * with masses, luminosities and lifetimes as power laws near the Sun's, its turn-off, a subgiant branch that joins it to a
 * giant branch that is cooler for richer and lighter stars, and the red clump. Rich and old is cool, poor and young is hot;
 * no more is claimed. Teff in K, log g in dex of cm s⁻², masses in the Sun's.
 */
import type { Random } from './random';

export type Phase = 'main sequence' | 'subgiant' | 'red giant' | 'red clump';

export interface Kiel {
  readonly teff: number;
  readonly logg: number;
  readonly mass: number;
  readonly phase: Phase;
}

type Position = Pick<Kiel, 'teff' | 'logg'>;

const MAX_TEFF = 7000;
const MIN_TEFF = 4000;
/** Where subgiants turn into giants. */
const BASE_LOGG = 3.55;

/** The mass, in the Sun's, whose life on the main sequence is so long: poor stars are brighter and die earlier. */
export function turnOffMass(ageGyr: number, metals: number): number {
  return ((9.8 * 10 ** (0.2 * metals)) / ageGyr) ** (1 / 2.7);
}

/** On the main sequence, after a fraction `lived` of the life there. */
export function mainSequence(mass: number, metals: number, lived: number): Position {
  const logMass = Math.log10(mass);
  const luminosity = -0.155 + (mass < 1 ? 4 : 4.6) * logMass - 0.25 * metals + 0.3 * lived + 0.2 * lived ** 3;
  const teff = 5600 * mass ** 0.6 * 10 ** (-0.09 * metals) * (1 + 0.07 * lived - 0.08 * lived ** 6);
  return { teff, logg: 4.438 + logMass + 4 * Math.log10(teff / 5772) - luminosity };
}

function giantTeff(logg: number, metals: number, mass: number): number {
  return 4680 + 330 * (logg - 2.5) - 280 * metals - 30 * metals * metals + 250 * (mass - 1.1);
}

/** A star that a survey limited by brightness would pick, in any phase or in the one that is asked for. */
export function drawKiel(random: Random, ageGyr: number, metals: number, wanted?: Phase): Kiel {
  const phase = wanted ?? drawPhase(random.uniform());
  const turnOff = turnOffMass(ageGyr, metals);
  const { teff, logg, mass } = inPhase(random, phase, turnOff, metals);
  return {
    teff: Math.min(MAX_TEFF, Math.max(MIN_TEFF, teff + random.normal(0, 20))),
    logg: logg + random.normal(0, 0.015),
    mass,
    phase,
  };
}

function drawPhase(share: number): Phase {
  return share < 0.53 ? 'main sequence' : share < 0.64 ? 'subgiant' : share < 0.86 ? 'red giant' : 'red clump';
}

function inPhase(random: Random, phase: Phase, turnOff: number, metals: number): Position & { mass: number } {
  if (phase === 'main sequence') {
    let mass = random.uniform() ** 0.45 * (turnOff - 0.62) + 0.62;
    const at = () => mainSequence(mass, metals, Math.min(1, (mass / turnOff) ** 2.7));
    while (at().teff > MAX_TEFF - 60) mass *= random.uniform(0.85, 0.97);
    return { ...at(), mass };
  }
  const mass = turnOff * random.uniform(1.01, 1.05);
  if (phase === 'subgiant') {
    const from = mainSequence(turnOff, metals, 1);
    const base = giantTeff(BASE_LOGG, metals, mass);
    // Heavy stars cross the hot part in no time.
    const start = Math.max(0, Math.min(1, (from.teff - MAX_TEFF + 60) / (from.teff - base)));
    const gone = random.uniform(start ** (1 / 1.3), 1);
    return {
      teff: from.teff + (base - from.teff) * gone ** 1.3,
      logg: from.logg + (BASE_LOGG - from.logg) * gone,
      mass,
    };
  }
  // The poorest stars burn helium on the blue side, outside this diagram.
  if (phase === 'red clump' && metals > -1.2) {
    const logg = 2.42 + 0.1 * (mass - 1.1) + random.normal(0, 0.08);
    return { teff: 4860 - 250 * metals + 120 * (mass - 1.1) + random.normal(0, 40), logg, mass };
  }
  const logg = 0.9 + (BASE_LOGG - 0.9) * Math.sqrt(random.uniform());
  return { teff: giantTeff(logg, metals, mass), logg, mass };
}

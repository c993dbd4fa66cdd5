/**
 * The stars of a sample: labels that make a plausible Kiel diagram (main sequence, turn-off, red giant branch with its
 * clump), a position, a velocity and a signal-to-noise ratio.
 */
import type { Random } from './random';

export interface Star {
  /** K, dex, dex. */
  readonly teff: number;
  readonly logg: number;
  readonly feh: number;
  /** Heliocentric, km/s. */
  readonly velocityKms: number;
  /** Signal to noise a pixel in the g band. */
  readonly snr: number;
  readonly raDeg: number;
  readonly decDeg: number;
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** One star; `snr` fixes its signal to noise, otherwise it is drawn like a survey's, many faint and few bright. */
export function drawStar(random: Random, snr: number | undefined): Star {
  const kind = random.uniform();
  const labels = kind < 0.55 ? dwarf(random) : kind < 0.68 ? subgiant(random) : giant(random);
  return {
    ...labels,
    velocityKms: random.normal(0, 40),
    snr: snr ?? 10 ** clamp(random.normal(1.75, 0.25), 1.2, 2.5),
    raDeg: random.uniform(60, 140),
    decDeg: random.uniform(0, 45),
  };
}

type Labels = Pick<Star, 'teff' | 'logg' | 'feh'>;

/** Metallicity of the disc, with a tail to the poor side. */
function metallicity(random: Random): number {
  const poor = random.uniform() < 0.2;
  return clamp(random.normal(poor ? -0.6 : -0.1, poor ? 0.25 : 0.2), -1.2, 0.45);
}

/** The main sequence: log g falls with Teff; towards the turn-off stars of all ages spread below it. */
function dwarf(random: Random): Labels {
  const feh = metallicity(random);
  const teff = random.uniform(4300, 6700);
  const age = teff > 5200 ? random.uniform() ** 2 * Math.min(0.45, (teff - 5200) / 2500) : 0;
  const logg = 4.62 - 2.6e-7 * Math.max(0, teff - 4300) ** 1.8 * 0.75 - age - 0.05 * feh + random.normal(0, 0.03);
  return { teff, logg: clamp(logg, 3.7, 4.8), feh };
}

function subgiant(random: Random): Labels {
  const logg = random.uniform(3.4, 4.0);
  return { teff: clamp(random.normal(5150 + 900 * (logg - 3.4), 180), 4700, 6300), logg, feh: metallicity(random) };
}

/** The giant branch is cooler for richer stars; one giant in three sits in the clump. */
function giant(random: Random): Labels {
  const feh = metallicity(random);
  const inClump = random.uniform() < 0.35;
  const logg = inClump ? random.normal(2.45, 0.08) : 0.9 + 2.6 * Math.sqrt(random.uniform());
  const teff = 4680 + 330 * (logg - 2.4) - 260 * feh + (inClump ? 130 : 0) + random.normal(0, 60);
  return { teff: clamp(teff, 4000, 5400), logg: clamp(logg, 0.8, 3.5), feh };
}

/**
 * Where stars come from: thin disc, thick disc and halo, each with its ages and metallicities, and the composition that stars
 * are born with. [α/Fe] against [Fe/H] has the two sequences of the disc (Hayden et al. 2015); iron-peak and odd elements,
 * s- and r-process follow the trends of the solar neighbourhood (Bensby et al. 2014, Battistini & Bensby 2016) in straight
 * lines of ours: young stars have more of the s-process, old ones of the r-process. Elements of one origin scatter together.
 */
import type { Composition } from './elements';
import type { Random } from './random';

export type Component = 'thin' | 'thick' | 'halo';

/** What stars of one birth share: members of a cluster, the two stars of a wide binary. */
export interface Birth {
  readonly component: Component;
  readonly ageGyr: number;
  readonly composition: Composition;
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

const disc: Readonly<Record<Component, { share: number; fe: [number, number]; age: [number, number] }>> = {
  thin: { share: 0.77, fe: [-0.06, 0.2], age: [1.8, 10] },
  thick: { share: 0.2, fe: [-0.5, 0.25], age: [9, 12.5] },
  halo: { share: 0.03, fe: [-1.3, 0.35], age: [10.5, 13] },
};

export function drawBirth(random: Random): Birth {
  const place = random.uniform();
  const component = place < disc.thin.share ? 'thin' : place < 1 - disc.halo.share ? 'thick' : 'halo';
  const { fe, age } = disc[component];
  const iron = clamp(random.normal(...fe), -2.2, 0.5);
  const ageGyr = random.uniform(...age);
  return { component, ageGyr, composition: composition(random, component, ageGyr, iron) };
}

/** A young birth in the thin disc: an open cluster. */
export function drawCluster(random: Random): Birth {
  const iron = random.normal(0, 0.12);
  const ageGyr = random.uniform(1.5, 5);
  return { component: 'thin', ageGyr, composition: composition(random, 'thin', ageGyr, iron) };
}

/** [Mg/Fe] of the sequence that a component lies on. */
function magnesium(component: Component, iron: number, isAccreted: boolean): number {
  switch (component) {
    case 'thin':
      return 0.02 - 0.14 * iron;
    case 'thick':
      return 0.31 - 0.3 * Math.max(0, iron + 0.7);
    case 'halo':
      return isAccreted ? clamp(0.3 - 0.3 * (iron + 1.6), 0.1, 0.3) : 0.33;
  }
}

function composition(random: Random, component: Component, ageGyr: number, iron: number): Composition {
  const alpha = magnesium(component, iron, random.uniform() < 0.5) + random.normal(0, 0.025);
  const slow =
    0.13 - 0.028 * (ageGyr - 1) - 0.25 * Math.max(0, iron) + 0.1 * Math.min(0, iron) + random.normal(0, 0.07);
  const rapid = 0.02 + 0.8 * alpha - 0.15 * clamp(iron, -1, 0.5) + random.normal(0, iron < -0.9 ? 0.16 : 0.06);
  const oddLight = random.normal(0, 0.025);
  const manganese = 0.22 * clamp(iron, -1.2, 0.5) - 0.25 * alpha;
  const nearby = (mean: number, sigma = 0.02) => iron + random.normal(mean, sigma);
  return {
    Fe: iron,
    // Brought up or burnt later: `abundances.ts`.
    Li: iron < -0.8 ? 1.2 : 2.1 + 0.5 * clamp(iron, -0.8, 0.3),
    C: nearby(0.45 * alpha, 0.03),
    N: nearby(0.1 * iron, 0.04),
    O: nearby(1.25 * alpha - 0.06 * iron, 0.03),
    Na: nearby(0.3 * alpha + 0.12 * clamp(iron, -0.3, 0.5) + oddLight),
    Mg: nearby(alpha),
    Al: nearby(0.9 * alpha + 0.08 * clamp(iron, -0.5, 0.5) + oddLight),
    Si: nearby(0.8 * alpha),
    S: nearby(0.8 * alpha),
    K: nearby(0.6 * alpha, 0.04),
    Ca: nearby(0.6 * alpha),
    Sc: nearby(0.45 * alpha + 0.03),
    Ti: nearby(0.75 * alpha),
    V: nearby(0.4 * alpha),
    Cr: nearby(0),
    Mn: nearby(manganese),
    Co: nearby(0.4 * alpha + 0.1 * clamp(iron, -0.5, 0.5)),
    Ni: nearby(0.15 * alpha + 0.06 * clamp(iron, -0.5, 0.5), 0.015),
    Cu: nearby(0.3 * clamp(iron, -1.5, 0.4) + 0.2 * alpha, 0.04),
    Zn: nearby(0.5 * alpha, 0.04),
    Sr: nearby(0.9 * slow),
    Y: nearby(0.9 * slow, 0.03),
    Zr: nearby(0.8 * slow + 0.2 * rapid, 0.03),
    Ba: nearby(slow, 0.03),
    La: nearby(0.7 * slow + 0.3 * rapid, 0.03),
    Ce: nearby(0.8 * slow + 0.2 * rapid, 0.03),
    Nd: nearby(0.5 * slow + 0.5 * rapid, 0.03),
    Eu: nearby(rapid, 0.02),
  };
}

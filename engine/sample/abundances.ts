/**
 * From birth to the atmosphere: what a star's life has changed. Lithium burns, the deeper the convection the more; the first
 * dredge-up of giants brings nitrogen up and carbon down, the more the heavier the star. And the microturbulence that a
 * catalog would give it, after relations like those of GALAH.
 */
import { SOLAR_LITHIUM, type Composition } from './elements';
import type { Kiel } from './isochrone';
import type { Birth } from './population';
import type { Random } from './random';

/** All elements of the star today. */
export function atmosphereComposition({ composition, ageGyr }: Birth, kiel: Kiel, random: Random): Composition {
  const isMixed = kiel.logg < 3.5;
  const dredged = isMixed ? Math.min(0.35, Math.max(0.05, 0.18 + 0.25 * (kiel.mass - 1))) : 0;
  return {
    ...composition,
    C: composition.C - 0.8 * dredged,
    N: composition.N + 1.5 * dredged,
    Li: lithium(composition.Li + SOLAR_LITHIUM, ageGyr, kiel, random) - SOLAR_LITHIUM,
  };
}

/** A(Li): burnt below about 6000 K, in years; diluted thirtyfold and more in giants. */
function lithium(atBirth: number, ageGyr: number, { teff, logg }: Kiel, random: Random): number {
  const scatter = random.normal(0, 0.25);
  if (logg < 3.5) return atBirth - 1.9 - 0.5 * Math.max(0, 2.5 - logg) + scatter;
  const cool = Math.max(0, 6150 - teff) / 350;
  return Math.max(-0.5, atBirth - 0.45 * cool * Math.sqrt(ageGyr / 4) + scatter);
}

/** km/s: more in hot and in large stars. */
export function microturbulence({ teff, logg }: Kiel, random: Random): number {
  return Math.max(0.5, 1.06 + 1.7e-4 * (teff - 5600) + 0.22 * (4.4 - logg) + random.normal(0, 0.07));
}

/** The light of the mock stars: lines where elements have them, which grow as physics says, and noise that is what ivar says. */
import { describe, expect, test } from 'vitest';
import { airToVacuum } from '../../engine/spectra/airVacuum';
import { galahWindowsInAir, pixelsIn, windowsInVacuum } from '../../engine/spectra/elementWindows';
import { atmosphereOf, equivalentWidth, solarOpacity, speciesStrengths } from '../../engine/sample/curveOfGrowth';
import { elements, type Composition, type Element } from '../../engine/sample/elements';
import { observe, signalToNoiseOf } from '../../engine/sample/instrument';
import { N_PIXELS, pixelAngstrom } from '../../engine/sample/profile';
import { Random } from '../../engine/sample/random';
import { Starlight, type Light } from '../../engine/sample/starlight';

const starlight = new Starlight();
const solar = Object.fromEntries(elements.map((element) => [element, 0])) as Composition;
const sun: Light = { teff: 5776, logg: 4.44, vmic: 1, composition: solar, velocityKms: 0 };
const giant: Light = { ...sun, teff: 4800, logg: 2.5, vmic: 1.4 };

const withAbundance = (star: Light, element: Element, value: number): Light => ({
  ...star,
  composition: { ...star.composition, [element]: star.composition[element] + value },
});

/** Missing light between two wavelengths in air, Å, of the normalized spectrum. */
function width(star: Light, from: number, to: number): number {
  const flux = starlight.normalizedFlux(star);
  return pixelsIn(pixelAngstrom, [[airToVacuum(from), airToVacuum(to)]]).reduce(
    (sum, p) => sum + (1 - flux[p]!) * pixelAngstrom[p]! * Math.LN10 * 1e-4,
    0,
  );
}

/** The same of the lines of one element alone, Å. */
function ownWidth(star: Light, element: Element, from: number, to: number): number {
  return width(star, from, to) - width(withAbundance(star, element, -9), from, to);
}

describe('an abundance', () => {
  const slope = (star: Light, element: Element) => {
    const [more, less] = [0.05, -0.05].map((d) => starlight.normalizedFlux(withAbundance(star, element, d)));
    return more!.map((value, p) => (value - less![p]!) / 0.1);
  };

  test.each(Object.keys(galahWindowsInAir) as Element[])('of %s darkens each of its windows', (element) => {
    const derivative = slope(giant, element);
    for (const window of windowsInVacuum(galahWindowsInAir[element]!)) {
      for (const p of pixelsIn(pixelAngstrom, [window])) expect(derivative[p]).toBeLessThan(-1e-5);
    }
  });

  test.each(['Eu', 'Li', 'Zn', 'K', 'Cu'] as Element[])(
    'of %s leaves the light away from its lines as it is',
    (element) => {
      const derivative = slope(giant, element);
      const touched = derivative.filter((value) => Math.abs(value) > 1e-12).length;
      // A handful of lines of 13 pixels each.
      expect(touched).toBeGreaterThan(5);
      expect(touched).toBeLessThan(250);
      derivative.forEach((value) => expect(value).toBeLessThanOrEqual(1e-12));
    },
  );
});

describe('the curve of growth', () => {
  test('is linear, then nearly flat, then a square root', () => {
    const total = (opacity: number) => {
      const { core, wings } = equivalentWidth(opacity, 0.03, 0.03);
      return Math.hypot(core, wings);
    };
    const exponent = (opacity: number) => Math.log(total(opacity * 1.1) / total(opacity)) / Math.log(1.1);
    expect(exponent(1e-4)).toBeCloseTo(1, 2);
    expect(exponent(30)).toBeLessThan(0.4);
    expect(exponent(1e7)).toBeCloseTo(0.5, 2);
  });

  test('gives each line its width in the Sun back', () => {
    for (const wanted of [0.0018, 0.06, 0.9, 19]) {
      const { core, wings } = equivalentWidth(solarOpacity(wanted, 0.03), 0.03, 0.03);
      expect(Math.hypot(core, wings)).toBeCloseTo(wanted, 6);
    }
    const strengths = speciesStrengths(atmosphereOf({ teff: 5776, logg: 4.44, vmic: 1, metals: 0 }), solar);
    strengths.forEach((value) => expect(value).toBeCloseTo(0, 10));
  });

  test('has stronger lines of neutral metals in cool stars, of hydrogen in hot ones', () => {
    const [cool, hot] = [4500, 6500].map((teff) => ({ ...sun, teff }));
    expect(width(cool!, 5160, 5190)).toBeGreaterThan(1.5 * width(hot!, 5160, 5190));
    expect(width(hot!, 6540, 6585)).toBeGreaterThan(2 * width(cool!, 6540, 6585));
  });

  test('has a stronger calcium triplet and ions, and narrower wings of Mg b, at low gravity', () => {
    const dwarf = { ...giant, logg: 4.5 };
    expect(width(giant, 8535, 8550)).toBeGreaterThan(1.1 * width(dwarf, 8535, 8550));
    expect(ownWidth(giant, 'Ba', 6490, 6503)).toBeGreaterThan(1.3 * ownWidth(dwarf, 'Ba', 6490, 6503));
    expect(width(giant, 5160, 5190)).toBeLessThan(width(dwarf, 5160, 5190));
  });

  test('lets saturated lines grow with microturbulence, and weak ones not', () => {
    const stirred = { ...sun, vmic: 2 };
    expect(ownWidth(stirred, 'Ba', 6490, 6503) / ownWidth(sun, 'Ba', 6490, 6503)).toBeGreaterThan(1.08);
    // 1.8 mÅ in the Sun, less what the lines beside it have taken before.
    const lithium = ownWidth(sun, 'Li', 6700, 6716);
    expect(lithium).toBeGreaterThan(0.0015);
    expect(lithium).toBeLessThan(0.0018);
    expect(ownWidth(stirred, 'Li', 6700, 6716) / lithium).toBeCloseTo(1, 1);
  });

  test('shows CN in giants that have dredged up nitrogen', () => {
    const dredged = withAbundance(withAbundance(giant, 'N', 0.3), 'C', -0.15);
    expect(width(dredged, 7880, 8200)).toBeGreaterThan(width(giant, 7880, 8200));
  });
});

test('a star that recedes by two pixels has the same spectrum two pixels to the red', () => {
  const velocityKms = 299_792.458 * (10 ** 2e-4 - 1);
  const [still, moving] = [0, velocityKms].map((v) => starlight.normalizedFlux({ ...sun, velocityKms: v }));
  for (let p = 100; p < N_PIXELS - 100; p++) expect(moving![p + 2]).toBeCloseTo(still![p]!, 3);
});

describe('an observation', () => {
  test('differs from the truth by deviates of unit width in units of its errors', () => {
    const light = starlight.normalizedFlux(giant);
    let [sum, squares, n] = [0, 0, 0];
    for (let k = 0; k < 20; k++) {
      const seen = observe({ teff: 4800, snr: 50 }, light, new Random(1, 'observation', k));
      // The same exposure with a thousandfold signal has the same response, and noise that does not count.
      const truth = observe({ teff: 4800, snr: 50_000 }, light, new Random(1, 'observation', k));
      for (let p = 0; p < N_PIXELS; p++) {
        const pull = (seen.flux[p]! - truth.flux[p]! / 1000) * Math.sqrt(seen.ivar[p]!);
        sum += pull;
        squares += pull * pull;
        n++;
      }
    }
    // 78,180 deviates know their mean to 0.0036 and their variance to 0.005.
    expect(Math.abs(sum / n)).toBeLessThan(0.015);
    expect(Math.abs(squares / n - 1)).toBeLessThan(0.02);
  });

  test('has the signal to noise that was asked for in g, and LAMOST’s in the other bands', () => {
    const snr = signalToNoiseOf(
      observe({ teff: 5900, snr: 80 }, starlight.normalizedFlux(sun), new Random(2, 'observation', 0)),
    );
    expect(Math.abs(snr.G / 80 - 1)).toBeLessThan(0.06);
    // Medians of SNRU, SNRR, SNRI and SNRZ over SNRG of 189 F and G stars of DR10.
    const real = { U: 0.21, R: 1.46, I: 1.89, Z: 1.23 };
    for (const [band, ratio] of Object.entries(real)) {
      expect(Math.abs(snr[band as 'U'] / snr.G / ratio - 1), band).toBeLessThan(0.3);
    }
  });
});

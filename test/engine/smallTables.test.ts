/** Small rules that tables of labels follow: descriptors of labels, what says which star a spectrum is of, how surprising a χ² is. */
import { describe, expect, it } from 'vitest';
import { surpriseOf } from '../../engine/catalog/surprise';
import { ucdOfLabel } from '../../engine/catalog/ucd';
import { starOf } from '../../engine/reference/starGroups';
import type { SpectrumIdentity } from '../../engine/spectra/spectrum';

it.each([
  ['teff', 'phys.temperature.effective'],
  ['Teff', 'phys.temperature.effective'],
  ['LOGG', 'phys.gravity'],
  ['vmic', 'phys.veloc.microTurb'],
  ['fe_h', 'phys.abund'],
  ['feh', 'phys.abund'],
  ['Mg_Fe', 'phys.abund'],
  ['m_h', 'phys.abund'],
  ['ba_h', 'phys.abund'],
  ['age', 'phys'],
  ['teff_2', 'phys'],
  ['mass_h2', 'phys'],
])('the label %s is described as %s', (label, ucd) => expect(ucdOfLabel(label)).toBe(ucd));

describe('what a header says of its star', () => {
  const identity = {
    designation: ' J01 ',
    raDeg: 12,
    decDeg: -3,
    cards: { GAIA: 77, EMPTY: ' ' },
  } as unknown as SpectrumIdentity;

  it('is the card that the config names, alone', () => {
    expect(starOf(identity, { card: 'GAIA' })).toEqual({ keys: ['id 77'], raDeg: null, decDeg: null });
  });

  it('is designation and position where there is no such card, nothing in it, or none is named', () => {
    const byPlace = { keys: ['designation J01'], raDeg: 12, decDeg: -3 };
    for (const card of [null, 'OTHER', 'EMPTY']) expect(starOf(identity, { card })).toEqual(byPlace);
    expect(starOf({ ...identity, designation: null }, { card: null })).toEqual({ ...byPlace, keys: [] });
  });
});

describe('surprise', () => {
  it('of χ² is that of ln (χ² / n) against held-out stars, as one more normal deviate', () => {
    const calibration = { factors: new Map<string, number>(), chi2: { middle: 0.1, width: 0.25 } };
    const of = (chi2: number, calibrated: typeof calibration | null) =>
      surpriseOf(
        (name) => ({ chi2, n_pixels: 2000, emission: 0 })[name] ?? NaN,
        ['chi2', 'n_pixels', 'emission'],
        calibrated,
      );
    const added = (deviate: number) => of(2000 * Math.exp(0.1 + 0.25 * deviate), calibration) - of(1, null);
    // log10(1 + 1 / p), p the upper tail of the normal distribution (scipy.stats.norm.sf).
    expect(added(0)).toBeCloseTo(Math.log10(1 + 1 / 0.5), 6);
    expect(added(3)).toBeCloseTo(Math.log10(1 + 1 / 0.0013498980316300933), 6);
    expect(added(5)).toBeCloseTo(Math.log10(1 + 1 / 2.866515718791939e-7), 6);
  });
});

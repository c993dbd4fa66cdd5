/** What the catalog says of a star besides its labels. */
import { describe, expect, it } from 'vitest';
import type { LabelFit } from '../../engine/cannon/infer';
import { inferStars } from '../../engine/cannon/infer';
import type { Model } from '../../engine/cannon/model';
import { linearTerms } from '../../engine/cannon/vectorizer';
import { catalogColumns, type CatalogRow } from '../../engine/catalog/catalog';

const model: Model = {
  name: 'main',
  labels: [
    { name: 'teff', unit: 'K', pivot: 5000, scale: 500, min: 4000, max: 6000 },
    { name: 'logg', unit: '', pivot: 4, scale: 0.5, min: 3, max: 5 },
  ],
  terms: linearTerms(2),
  waveAngstrom: Float64Array.of(5000, 5001, 5002),
  theta: Float64Array.of(1, 0.1, 0, 1, 0, 0.1, 1, 0.1, 0.1),
  scatter: new Float64Array(3),
  modes: new Float64Array(0),
  converged: new Uint8Array(3).fill(1),
  nStars: new Int32Array(3).fill(50),
  provenance: {},
};

/** Standardized labels 3 and 0: beyond the range of teff. */
const [good] = inferStars(model, [Float64Array.of(1.3, 1, 1.3)], [new Float64Array(3).fill(1e4)]) as [LabelFit];
const row = (fit: LabelFit | null, problem = ''): CatalogRow => ({
  ...{ spectrum: 'a.fits', identity: null, model: fit && model, fit, problem },
});
const runaway: LabelFit = { ...good, converged: false, atBound: [false, true], extrapolated: [false, false] };
const rival = { labels: Float64Array.of(4200, 4.5), deltaChi2: 2.5 };
const worse = { labels: Float64Array.of(4300, 4.6), deltaChi2: 7 };
const velocity = { kms: 50, error: 2, withLabels: new Float64Array(2), atBound: true };
const inside = { ...good, extrapolated: [false, false] };
const rows = [
  row(good),
  row(runaway),
  row({ ...inside, rivals: [rival, worse] }),
  row({ ...inside, velocity }),
  row(inside),
  row(null, 'It is empty'),
];
const columns = new Map(catalogColumns(rows, [model], [], true).map((column) => [column.name, [...column.values]]));

describe('the flags of a star', () => {
  it('are words in one column, and none for a plain star or one without labels', () => {
    expect(columns.get('flags')).toEqual(['extrapolated', 'not_converged at_bound', 'rival', 'at_bound', '', '']);
  });

  it('say which label leaves the training range and which stands at a bound', () => {
    expect(columns.get('extrapolated')).toEqual(['teff', '', '', '', '', '']);
    expect(columns.get('at_bound')).toEqual(['', 'logg', '', 'rv', '', '']);
    expect(columns.get('converged')).toEqual([true, false, true, true, true, false]);
  });

  it('give the best rival minimum with its labels and Δχ²', () => {
    expect(columns.get('n_rivals')).toEqual([0, 0, 2, 0, 0, 0]);
    expect(columns.get('rival_delta_chi2')![2]).toBe(2.5);
    expect([columns.get('rival_teff')![2], columns.get('rival_logg')![2]]).toEqual([4200, 4.5]);
    expect(columns.get('rival_teff')![0]).toBeNaN();
  });

  it('stand beside the velocity where one is fitted along, and only there', () => {
    expect(columns.get('rv')).toEqual([NaN, NaN, NaN, 50, NaN, NaN]);
    expect(columns.get('e_rv')![3]).toBe(2);
    expect(catalogColumns(rows, [model], []).map(({ name }) => name)).not.toContain('rv');
  });
});

/** What a catalog needs of an observation beside labels: ids by header cards, the S/N of another band, covariances of labels by name. */
import { describe, expect, it } from 'vitest';
import type { LabelFit } from '../../engine/cannon/infer';
import type { Model } from '../../engine/cannon/model';
import { type CatalogRow, noId } from '../../engine/catalog/catalog';
import { cardsOf, exactId, sourceColumns, type SourcesOf } from '../../engine/catalog/catalogSources';
import type { SpectrumIdentity } from '../../engine/spectra/spectrum';

const asked = (repeats: Partial<SourcesOf['repeats']>, sourceId: string | null, covariance = false): SourcesOf => ({
  repeats: { card: null, weight: 'z', ...repeats } as SourcesOf['repeats'],
  catalog: { sourceId } as SourcesOf['catalog'],
  covariance,
});
const labels = [
  { name: 'teff', unit: 'K' },
  { name: 'logg', unit: 'dex' },
  { name: 'fe_h', unit: '' },
];
/** A model of the labels in another order than the catalog's. */
const model = (...names: string[]) => ({ labels: names.map((name) => ({ name })) }) as unknown as Model;
const row = (cards: Record<string, string | number>, snr: object, more: Partial<CatalogRow> = {}): CatalogRow => ({
  ...{ spectrum: 'a.fits', model: null, fit: null, problem: '' },
  identity: { cards, snr } as unknown as SpectrumIdentity,
  ...more,
});
const fit = (covariance: number[]) => ({ covariance: Float64Array.from(covariance) }) as unknown as LabelFit;

const rows = [
  row(
    { GAIA: '4611686018427387905', TARGET: 'T 1' },
    { z: 5, g: 7 },
    { model: model('fe_h', 'teff'), fit: fit([1, 2, 3, 4]) },
  ),
  row(
    { GAIA: 12, TARGET: 77 },
    { z: 6, all: 9 },
    { model: model('logg', 'teff', 'fe_h'), fit: fit([0, 1, 2, 10, 11, 12, 20, 21, 22]) },
  ),
  row({}, { z: 1 }),
  { ...row({}, {}), identity: null },
];

describe('columns beside the labels', () => {
  it('are those that the config asks for, by cards of headers', () => {
    expect(cardsOf(asked({ card: 'TARGET' }, 'GAIA'))).toEqual(['TARGET', 'GAIA']);
    expect(cardsOf(asked({}, null))).toEqual([]);
    expect(sourceColumns(rows, labels, asked({}, null))).toEqual([]);
    const columns = sourceColumns(rows, labels, asked({ card: 'TARGET', weight: 'g' }, 'GAIA'));
    expect(columns.map(({ name }) => name)).toEqual(['source_id', 'star_id', 'snrg']);
    expect([...(columns[0]!.values as BigInt64Array)]).toEqual([4611686018427387905n, 12n, noId, noId]);
    expect(columns[1]!.values).toEqual(['T 1', '77', '', '']);
    // Its own band, else that of all, else none.
    expect([...(columns[2]!.values as Float64Array)]).toEqual([7, 9, NaN, NaN]);
  });

  it('have covariances by the names of labels, whatever their order in the model, and none of labels that it lacks', () => {
    const columns = sourceColumns(rows, labels, asked({}, null, true));
    const values = new Map(columns.map((column) => [column.name, [...(column.values as Float64Array)]]));
    expect([...values.keys()]).toEqual(['cov_fe_h_logg', 'cov_fe_h_teff', 'cov_logg_teff']);
    expect(values.get('cov_fe_h_logg')).toEqual([NaN, 20, NaN, NaN]);
    expect(values.get('cov_fe_h_teff')).toEqual([2, 21, NaN, NaN]);
    expect(values.get('cov_logg_teff')).toEqual([NaN, 1, NaN, NaN]);
    expect(columns.map(({ unit }) => unit)).toEqual(['dex', 'K', 'dex.K']);
  });
});

describe('an id', () => {
  it.each([
    ['0', 0n],
    ['-5', -5n],
    ['999999999999999999', 999999999999999999n],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['-9223372036854775807', 1n - 2n ** 63n],
  ])('of 64 bits is kept to the last digit: %s', (text, id) => expect(exactId(text)).toBe(id));

  it.each(['9223372036854775808', '12345678901234567890', '', '1.5', '1e9', 'J0102', '--1'])(
    'that is no whole number of 64 bits is none: "%s"',
    (text) => expect(exactId(text)).toBe(noId),
  );

  it('that is not there is none', () => expect(exactId(null)).toBe(noId));
});

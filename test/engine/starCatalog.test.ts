/** A catalog from a table of labels: averages, bounds, flags and verdicts against figures worked out by hand, and its formats. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { catalogWriter } from '../../engine/catalog/assemble';
import type { CatalogColumn } from '../../engine/catalog/catalog';
import type { CatalogRules } from '../../engine/catalog/catalogStar';
import { flagBits, flagsIn, hasFlag, maskOf, reviewBits } from '../../engine/catalog/flagBits';
import { openLabels } from '../../engine/catalog/labelsTable';
import { fixedChi2, fixedWindowChi2, limitsOf } from '../../engine/catalog/limits';
import { recordLayout } from '../../engine/catalog/observationRecord';
import { type CatalogShape, columnOfElement, observationColumns, starColumns } from '../../engine/catalog/schema';
import { makeCatalog } from '../../engine/catalog/starCatalog';
import { flagsOfStar, type FlagRow } from '../../engine/catalog/starFlags';
import { parseConfig } from '../../engine/config/parse';
import { withDuckDb } from '../../engine/reference/duckdb';
import { readTable } from '../../engine/reference/table';
import { hasAstropy, python } from '../python';

const folder = mkdtempSync(join(tmpdir(), 'cannon-catalog-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const survey = 'survey: lamost-lrs\nspectra: "*.fits"\nlabels: { teff: {}, logg: {}, fe_h: {} }\n';
const thresholds = parseConfig(survey, '/cannon.yaml').config!.flags;

const header =
  'spectrum,obsid,designation,ra,dec,model,source_id,teff,e_teff,logg,e_logg,fe_h,e_fe_h,chi2,n_pixels,chi2_Fe,n_pixels_Fe,' +
  'snrz,snr,converged,at_bound,n_rivals,rival_delta_chi2,cov_fe_h_teff,problem';
/** Two observations of one star by S/N 30 and 10, one of another model; a star alone; one without labels. */
const rows = [
  'a.fits,101,J1,10,20,giants,4611686018427387905,4800,60,2.4,0.1,-0.5,0.06,3000,3000,40,20,30,28,true,,0,,1.5,',
  'b.fits,102,J1,10,20,giants,4611686018427387905,5000,90,2.8,0.2,-0.3,0.08,3600,3000,20,20,10,9,true,,1,4,2.5,',
  'c.fits,103,J1,10,20,dwarfs,4611686018427387905,6000,50,4.4,0.1,0.1,0.05,9000,3000,20,20,5,5,true,,0,,1,',
  'd.fits,104,J2,50,-10,dwarfs,,5900,50,4.3,0.1,0.9,0.05,3100,3000,,0,40,41,false,teff,0,,0.5,',
  'e.fits,105,"J3, ""odd""",70,0,,,,,,,,,,0,,0,3,3,false,,0,,,"The spectrum has no usable pixel"',
];

const shape: CatalogShape = {
  labels: [
    { name: 'teff', unit: 'K' },
    { name: 'logg', unit: 'dex' },
    { name: 'fe_h', unit: 'dex' },
  ],
  elements: ['Fe'],
  covariance: false,
  has: (name) => header.split(',').includes(name),
};
const limits = {
  chi2: 2,
  windowChi2: Float64Array.of(1.5),
  lower: Float64Array.of(4000, 0, -2),
  upper: Float64Array.of(7000, 5, 0.5),
};
const rules: CatalogRules = {
  ...{ shape, thresholds, giants: 'giants', weight: 'snrz' },
  limits: new Map([['', limits]]),
  verdictsOn: (one) => (one.text('obsid') === '104' ? ['enriched in Ba'] : []),
};

async function catalogOf(name: string, ofRules: CatalogRules = rules) {
  const path = join(folder, `${name}.csv`);
  writeFileSync(path, `${[header, ...rows].join('\n')}\n`);
  const table = await openLabels(path);
  const made = await makeCatalog(table, recordLayout(observationColumns(ofRules.shape), table, 'snrz'), ofRules, {
    ...{ radiusArcsec: 1, folder: join(folder, name), onRows: () => undefined },
    turn: () => Promise.resolve(),
  });
  const [stars, observations] = [await all(made.stars()), await all(made.observations())];
  return { made, stars, observations };
}

async function all(pieces: AsyncIterable<CatalogColumn[]>): Promise<Map<string, CatalogColumn['values']>> {
  const found: CatalogColumn[] = [];
  for await (const piece of pieces) found.push(...piece);
  return new Map(found.map(({ name, values }) => [name, values]));
}

describe('the stars of a catalog', () => {
  it('have averages weighted by S/N over the observations of their model, with the errors of independent ones', async () => {
    const { stars, made } = await catalogOf('averages');
    const of = (name: string) => stars.get(name)![0];
    // Weights 30 and 10: (30 · 4800 + 10 · 5000) / 40, and √((30 · 60)² + (10 · 90)²) / 40.
    expect(of('teff')).toBeCloseTo(4850, 9);
    expect(of('e_teff')).toBeCloseTo(Math.hypot(1800, 900) / 40, 9);
    expect(of('fe_h')).toBeCloseTo(-0.45, 12);
    expect([of('model'), of('giantmodel'), of('n_obs'), of('obsid')]).toEqual(['giants', true, 3, '101']);
    // χ² and pixels are those of all observations together, S/N that of independent ones.
    expect([of('chi2'), of('n_pixels'), of('chi2_fe_h')]).toEqual([15600, 9000, 80]);
    expect(of('snrz')).toBeCloseTo(Math.sqrt(900 + 100 + 25), 9);
    expect(made.counts).toMatchObject({ stars: 3, observations: 5, labelled: 2, repeated: 1 });
  });

  it('have covariances of the average when they are asked for', async () => {
    const { stars } = await catalogOf('covariances', { ...rules, shape: { ...shape, covariance: true } });
    expect(stars.get('cov_fe_h_teff')![0]).toBeCloseTo((900 * 1.5 + 100 * 2.5) / 1600, 12);
  });

  it('have exact ids, and none where there is none', async () => {
    const { stars } = await catalogOf('ids');
    expect([...stars.get('source_id')!]).toEqual([4611686018427387905n, -(2n ** 63n), -(2n ** 63n)]);
  });

  it('have the flags of all their observations, and those that only several can have', async () => {
    const { stars } = await catalogOf('flags');
    const flags = [...(stars.get('flags') as Int32Array)].map((bits) => flagsIn(bits).map(({ name }) => name));
    // χ² of the third is 3 a pixel, the windows' of the first 2; the second has a rival; models and labels disagree.
    expect(flags[0]).toEqual(['chi2', 'window_chi2', 'rival', 'observations_disagree']);
    expect(flags[1]).toEqual([
      ...['extrapolating', 'not_converged', 'at_bound', 'any_observation_extrapolates', 'reviewed_enriched'],
    ]);
    expect(flags[2]).toEqual(['low_snr', 'no_labels']);
    expect([...stars.get('extrapolating')!]).toEqual(['', 'fe_h', '']);
    expect([...stars.get('fe_h_extrap')!, ...stars.get('kiel_extrap')!]).toEqual([
      ...[false, true, false],
      false,
      false,
      false,
    ]);
    expect([...stars.get('enriched_in')!]).toEqual(['', 'Ba', '']);
  });

  it('come with the most surprising first, those of which nothing is known last, and their observations know their rows', async () => {
    const withPulls = { ...shape, has: (name: string) => shape.has(name) || name === 'emission' };
    const emission = [1, 1, 1, 9, ''];
    const lines = rows.map((row, k) => `${row},${emission[k]}`);
    const path = join(folder, 'sorted.csv');
    writeFileSync(path, `${[`${header},emission`, ...lines].join('\n')}\n`);
    const table = await openLabels(path);
    const own = { ...rules, shape: withPulls };
    const made = await makeCatalog(table, recordLayout(observationColumns(withPulls), table, 'snrz'), own, {
      ...{ radiusArcsec: 1, folder: join(folder, 'sorted'), onRows: () => undefined, turn: () => Promise.resolve() },
    });
    const stars = await all(made.stars());
    expect([...stars.get('obsid')!]).toEqual(['104', '101', '105']);
    expect(stars.get('surprise')![0]).toBeGreaterThan(stars.get('surprise')![1] as number);
    expect(stars.get('surprise')![2]).toBeNaN();
    expect([...(await all(made.observations())).get('star')!]).toEqual([2, 2, 2, 1, 3]);
  });

  it('are told of by their observations, each with its own flags', async () => {
    const { observations } = await catalogOf('observations');
    expect([...observations.get('star')!]).toEqual([1, 1, 1, 2, 3]);
    expect([...observations.get('teff')!].slice(0, 3)).toEqual([4800, 5000, 6000]);
    const flags = observations.get('flags') as Int32Array;
    expect([hasFlag(flags[0]!, 'rival'), hasFlag(flags[1]!, 'rival')]).toEqual([false, true]);
    expect(observations.has('n_obs')).toBe(false);
  });
});

describe('flags', () => {
  const usual: FlagRow = {
    ...{
      labels: [5000, 3, 0],
      errors: [50, 0.1, 0.05],
      snr: 50,
      chi2: 1,
      windowChi2: [1],
      converged: true,
      isAtBound: false,
    },
    ...{ rivalDeltaChi2: NaN, badFraction: NaN, binaryDeltaChi2: NaN, emission: NaN, emissionLine: '' },
    ...{ rvResidual: NaN, rvError: NaN, badStretch: NaN, badStretchAt: NaN, pulls: [] },
  };
  const namesOf = (change: Partial<FlagRow>) =>
    flagsIn(flagsOfStar({ ...usual, ...change }, thresholds, limits).flags).map(({ name }) => name);

  it('are none for a usual star, nor for numbers that are not known', () => expect(namesOf({})).toEqual([]));

  it.each([
    [{ chi2: 2.1 }, ['chi2']],
    [{ windowChi2: [1.6] }, ['window_chi2']],
    [{ rivalDeltaChi2: 49 }, ['rival']],
    [{ rivalDeltaChi2: 51 }, []],
    [{ errors: [1600, 0.1, 0.05] }, ['large_error']],
    [{ snr: 4.9 }, ['low_snr']],
    [{ badFraction: 0.31 }, ['bad_pixels']],
    [{ labels: [3900, 3, 0] }, ['extrapolating', 'any_observation_extrapolates']],
    [{ labels: [NaN, NaN, NaN] }, ['no_labels']],
  ] as [Partial<FlagRow>, string[]][])('of %j are %j', (change, expected) => expect(namesOf(change)).toEqual(expected));

  it('have a bit each, which stays below the sign, and words', () => {
    expect(new Set(flagBits.map(({ bit }) => bit)).size).toBe(flagBits.length);
    expect(flagBits.every(({ bit, words }) => bit < 31 && words.length > 10)).toBe(true);
    expect(reviewBits & maskOf(['no_labels', 'any_observation_extrapolates'])).toBe(0);
  });
});

describe('limits', () => {
  it('are percentiles of the held-out stars, and bounds of the cross-validation before the training range', () => {
    const n = 101;
    const chi2PerPixel = Float64Array.from({ length: n }, (_, k) => 1 + k / 100);
    const windows = new Map(['Fe', 'Mg'].map((name) => [name, chi2PerPixel]));
    const label = { label: 'teff', lower: 4200, upper: null };
    const validation = { model: 'm', labels: [label], chi2PerPixel, windows } as never;
    const model = { name: 'm', labels: [{ name: 'teff', min: 4000, max: 7000 }] } as never;
    const found = limitsOf({ model, validation }, { labels: shape.labels, elements: ['Fe', 'Ba'] }, thresholds);
    expect(found.chi2).toBeCloseTo(1.99, 12);
    // Two elements share the one in a hundred.
    expect(found.windowChi2[0]).toBeCloseTo(1.995, 12);
    expect(found.windowChi2[1]).toBe(fixedWindowChi2);
    expect([found.lower[0], found.upper[0], found.lower[1]]).toEqual([4200, 7000, NaN]);
  });

  it('are fixed figures without held-out stars, and what the config says before all', () => {
    const none = limitsOf({ model: null, validation: null }, shape, thresholds);
    expect([none.chi2, none.windowChi2[0]]).toEqual([fixedChi2, fixedWindowChi2]);
    const { config } = parseConfig(`${survey}flags: { chi2: 1.2, windowChi2: 3 }\n`, '/cannon.yaml');
    const told = limitsOf({ model: null, validation: null }, shape, config!.flags);
    expect([told.chi2, told.windowChi2[0]]).toEqual([1.2, 3]);
  });

  it('of a model for giants that is none of the models are an error at its place', () => {
    const { problems } = parseConfig(
      `${survey}models: { giants: {}, dwarfs: {} }\ncatalog: { giants: giant }\n`,
      '/cannon.yaml',
    );
    expect(problems.map(({ code, fix }) => [code, fix])).toEqual([['CAN048', 'giants']]);
  });
});

describe('columns', () => {
  it('of an element bear the name of its label', () => {
    const labels = ['mg_fe', 'fe_h', 'ba_h'].map((name) => ({ name, unit: '' }));
    expect(['Mg', 'Fe', 'Ba', 'Li', 'blue'].map((name) => columnOfElement(name, labels))).toEqual([
      ...['mg_fe', 'fe_h', 'ba_h', 'li', 'blue'],
    ]);
  });

  it('are there for what the table of labels has, and have names of their own', () => {
    const names = starColumns({ ...shape, has: () => true }).map(({ name }) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    expect(starColumns(shape).map(({ name }) => name)).not.toContain('emission');
  });
});

/** The description that VOParquet keeps in the file. */
function votableIn(path: string): Promise<string> {
  return withDuckDb(async (connection) => {
    const pairs = await connection.runAndReadAll(
      `SELECT decode(key), decode(value) FROM parquet_kv_metadata('${path}')`,
    );
    return String(pairs.getRows().find(([key]) => key === 'IVOA.VOTable-Parquet.content')?.[1]);
  });
}

describe('formats', () => {
  const formats = ['fits', 'parquet', 'vot', 'csv'] as const;

  async function written() {
    const { made } = await catalogOf('formats');
    for (const format of formats) await catalogWriter(join(folder, `stars.${format}`), { name: 'CATALOG' })(made.stars);
    return made;
  }

  it('have the same values, and all but CSV the same units and UCDs', async () => {
    await written();
    const [fits, ...others] = await Promise.all(formats.map((format) => readTable(join(folder, `stars.${format}`))));
    const specs = starColumns(shape);
    for (const table of others) {
      expect([...table.columns.keys()]).toEqual(specs.map(({ name }) => name));
      for (const { name } of specs) {
        // A text table has words for true and false, and does not tell digits from a number.
        const plain = (cell: unknown) => (typeof cell === 'number' ? cell : String(cell));
        const same = (cells: readonly unknown[]) => (name === 'obsid' ? cells.map(String) : cells.map(plain));
        const [read, first] = [table, fits!].map((one) => same(one.columns.get(name)!.values));
        expect([name, read]).toEqual([name, first]);
      }
    }
    for (const table of others.slice(0, 2))
      expect([...table.columns.values()].map(({ unit, ucd }) => [unit, ucd])).toEqual(
        specs.map(({ unit, ucd }) => [unit, ucd]),
      );
    expect(fits!.columns.get('source_id')!.values[0]).toBe('4611686018427387905');
  });

  it('are the same bytes when they are written again', async () => {
    const made = await written();
    for (const format of formats) {
      const path = join(folder, `again.${format}`);
      await catalogWriter(path, { name: 'CATALOG' })(made.stars);
      expect(readFileSync(path).equals(readFileSync(join(folder, `stars.${format}`)))).toBe(true);
    }
  });

  it('keep letters beyond ASCII in every text, but for FITS, which has none', async () => {
    const texts = ['Hγ', 'Zwerge, große'];
    const columns = [{ name: 'emission_line', unit: '', ucd: 'meta.note', values: texts }];
    for (const [ending, values] of [
      ['vot', texts],
      ['csv', texts],
      ['fits', ['H?', 'Zwerge, gro?e']],
    ] as const) {
      const path = join(folder, `letters.${ending}`);
      await catalogWriter(path)(() => [columns]);
      const read = (await readTable(path)).columns.get('emission_line')!.values;
      expect([ending, read]).toEqual([ending, values]);
    }
  });

  it('of another ending are refused before anything is done', () => {
    expect(() => catalogWriter('stars.xlsx')).toThrow(/No table can be written/);
  });

  describe.skipIf(!hasAstropy)('as astropy reads them', () => {
    it('have the same values, units and UCDs from the standard’s list, in Parquet’s own VOTable too, without a warning', async () => {
      await written();
      const program = `
import sys, warnings
import numpy as np
from astropy.io import fits, votable
from astropy.io.votable.ucd import check_ucd
from astropy.table import Table
warnings.simplefilter('ignore')
base = sys.argv[1]
tables = [Table.read(base + '.fits'), Table.read(base + '.vot', format='votable'), Table.read(base + '.csv', format='ascii.csv')]
assert tables[0].colnames == tables[1].colnames == tables[2].colnames
def plain(x):
    if x is np.ma.masked or x == '' or (isinstance(x, (float, np.floating)) and np.isnan(x)): return None
    return str(x).lower() if isinstance(x, (bool, np.bool_, str)) else int(x) if isinstance(x, np.integer) else float(x)
for name in tables[0].colnames:
    values = [[plain(x) for x in table[name]] for table in tables]
    if isinstance(next((x for x in values[0] if x is not None), None), str): values = [[None if x is None else str(x) for x in v] for v in values]
    assert values[0] == values[1] == values[2], (name, values)
header = fits.open(base + '.fits')[1].header
field = votable.parse(base + '.vot', verify='exception').get_first_table().fields
for n, f in enumerate(field, 1):
    assert check_ucd(f.ucd, check_controlled_vocabulary=True), f.ucd
    unit = None if f.unit is None else str(f.unit)
    # FITS has no dex: such a unit ends the description.
    in_words = unit is not None and 'dex' in unit
    assert header['TUCD%d' % n] == f.ucd and header.get('TUNIT%d' % n) == (None if in_words else unit), f.name
    assert header.get('TCOMM%d' % n, '').endswith('in ' + unit.replace(' ', '.')) == True if in_words else True, f.name
with warnings.catch_warnings():
    warnings.simplefilter('error')
    Table.read(base + '.vot', format='votable')
    Table.read(base + '.fits')
    inner = votable.parse(base + '.inner.xml', verify='exception').get_first_table()
assert [(f.name, f.ucd, str(f.unit), f.datatype) for f in inner.fields] == [(f.name, f.ucd, str(f.unit), f.datatype) for f in field]
print(len(tables[0]), len(field), tables[0]['source_id'][0])
`;
      writeFileSync(join(folder, 'stars.inner.xml'), await votableIn(join(folder, 'stars.parquet')));
      const said = execFileSync(python, ['-c', program, join(folder, 'stars')], { encoding: 'utf8' });
      expect(said.trim()).toBe(`3 ${starColumns(shape).length} 4611686018427387905`);
    });
  });
});

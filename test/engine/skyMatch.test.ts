/** Matching by position: against astropy's match_to_catalog_sky on real catalogs, and against every pair on made-up ones. */
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../engine/config/parse';
import { Matcher, matchReference } from '../../engine/reference/match';
import { separationDeg } from '../../engine/reference/skyIndex';
import type { SkyMatch } from '../../engine/reference/position';
import { readTable, type Cell, type Table } from '../../engine/reference/table';
import { dataPath, withoutData } from '../data';

type Position = readonly [ra: number, dec: number];

const spectrum = ([raDeg, decDeg]: Position, n: number) => ({ path: `${n}.fits`, raDeg, decDeg, cards: {} });

function tableOf(columns: Record<string, readonly Cell[]>, units: Record<string, string> = {}): Table {
  const entries = Object.entries(columns);
  return {
    path: 'stars.csv',
    nRows: entries[0]![1].length,
    columns: new Map(
      entries.map(([name, values]) => [name, { name, unit: units[name] ?? '', values, isNumeric: true }]),
    ),
  };
}

const at = (positions: readonly Position[]) =>
  tableOf({ ra: positions.map(([ra]) => ra), dec: positions.map(([, dec]) => dec) });
const within = (arcsec: number, more: Partial<SkyMatch> = {}): SkyMatch => ({
  by: 'sky',
  radiusArcsec: arcsec,
  ...more,
});

describe('the nearest row within a radius', () => {
  /** Where it is hard: at the poles, about 0h, and anywhere; crowded enough that circles overlap. */
  const crowded = (ra: fc.Arbitrary<number>, dec: fc.Arbitrary<number>) =>
    fc.array(fc.tuple(ra, dec), { minLength: 1, maxLength: 60 });
  const double = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  const fields: [string, fc.Arbitrary<number>, fc.Arbitrary<number>][] = [
    ['at the north pole', double(0, 360), double(89.998, 90)],
    ['at the south pole', double(-180, 360), double(-90, -89.998)],
    ['across 0h', fc.oneof(double(0, 0.002), double(359.998, 360), double(-0.002, 0)), double(59.999, 60.001)],
    ['anywhere', double(0, 360), double(-90, 90)],
  ];

  it.each(fields)('is that of every pair, %s', (_, ra, dec) => {
    const radius = fc.constantFrom(0.01, 1, 5, 3600);
    fc.assert(
      fc.property(crowded(ra, dec), crowded(ra, dec), radius, (rows, stars, arcsec) => {
        const { rowOfSpectrum, contested } = matchReference(within(arcsec), at(rows), stars.map(spectrum));
        // Two rows may be equally near but for rounding: what is compared is how near the chosen one is.
        stars.forEach((star, n) => {
          const distances = rows.map((row) => separationDeg(...star, ...row));
          const row = rowOfSpectrum[n]!;
          if (Math.min(...distances) > arcsec / 3600) expect(row).toBe(-1);
          else expect(distances[row]! - Math.min(...distances)).toBeLessThan(1e-12);
        });
        const several = stars.flatMap((star, n) =>
          rows.filter((row) => separationDeg(...star, ...row) <= arcsec / 3600).length > 1 ? [n] : [],
        );
        expect(contested).toEqual(several);
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});

describe('a match by position', () => {
  const close: Position[] = [
    [10, 20],
    [10, 20 + 0.4 / 3600],
    [10, 20 + 0.8 / 3600],
  ];

  it('takes the brightest where magnitudes are named, and one without a magnitude last', () => {
    const table = tableOf({ ...cellsOf(close), gmag: [15, null, 12] });
    const match = (brightest?: string) =>
      matchReference(within(1, brightest === undefined ? {} : { brightest }), table, [spectrum([10, 20], 0)]);
    expect([...match().rowOfSpectrum]).toEqual([0]);
    expect([...match('gmag').rowOfSpectrum]).toEqual([2]);
    expect(match('gmag').contested).toEqual([0]);
  });

  it('says what is ambiguous and what is missing, with the first ones', () => {
    const table = tableOf({ ...cellsOf([...close, [200, -70]]) });
    const stars = [spectrum([10, 20], 0), spectrum([50, 0], 1), { ...spectrum([0, 0], 2), raDeg: null }];
    const matcher = new Matcher(within(1), table);
    stars.forEach((star, n) => matcher.add(n, star));
    expect(matcher.sentences()).toEqual([
      '1 spectrum has several rows of stars.csv within 1″ (0.fits): the nearest is taken',
      '1 spectrum has no position (2.fits)',
      '3 of 4 rows of stars.csv have no spectrum (row 2, row 3, row 4)',
      '1 of 3 spectra have no row in stars.csv (1.fits)',
    ]);
  });

  it('finds positions by UCD and by usual names, and takes those that are named', () => {
    const rows = [spectrum([10, 20], 0)];
    const found = (table: Table, match = within(1)) => matchReference(match, table, rows).rowOfSpectrum[0];
    expect(found(tableOf({ RAJ2000: [10], DEJ2000: [20] }))).toBe(0);
    expect(found(tableOf({ lon: [10], lat: [20] }), within(1, { ra: 'lon', dec: 'lat' }))).toBe(0);
    const marked = tableOf({ ra: [99], dec: [9], a: [10], d: [20] });
    const columns = new Map(marked.columns);
    columns.set('a', { ...columns.get('a')!, ucd: 'pos.eq.ra;meta.main' });
    columns.set('d', { ...columns.get('d')!, ucd: 'pos.eq.dec;meta.main' });
    expect(found({ ...marked, columns })).toBe(0);
    const inRadians = tableOf({ ra: [(10 * Math.PI) / 180], dec: [(20 * Math.PI) / 180] }, { ra: 'rad', dec: 'rad' });
    expect(found(inRadians)).toBe(0);
  });

  it.each([
    [
      'hours',
      tableOf({ ra: [1.5], dec: [20] }, { ra: 'hourangle' }),
      /"ra" of stars.csv is in hourangle, not a position/,
    ],
    ['sexagesimal', tableOf({ ra: ['12:34:56.7'], dec: [20] }), /"ra" of stars.csv holds "12:34:56.7" in row 1/],
    ['beyond the pole', tableOf({ ra: [10, 10], dec: [20, 91] }), /"dec" of stars.csv holds 91 in row 2/],
    ['no column', tableOf({ id: [1] }), /no column that is known to be a right ascension/],
    ['not the named column', tableOf({ ra: [1], dec: [1] }), /no column "x"/],
  ])('is refused in one sentence: %s', (name, table, sentence) => {
    const match = name === 'not the named column' ? within(1, { ra: 'x' }) : within(1);
    expect(() => matchReference(match, table, [])).toThrow(sentence);
  });
});

describe('in the description of a survey', () => {
  const described = (match: string) =>
    parseConfig(
      `survey: lamost-lrs\nspectra: "*.fits"\nreference: { file: a.csv, match: ${match} }\nlabels: { teff: {} }\n`,
      '/survey/cannon.yaml',
    );

  it('columns of positions and of magnitudes go with the angle', () => {
    const { config, problems } = described('{ sky: 2 arcsec, ra: RAJ2000, dec: DEJ2000, brightest: Gmag }');
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    const expected = { by: 'sky', radiusArcsec: 2, ra: 'RAJ2000', dec: 'DEJ2000', brightest: 'Gmag' };
    expect(config?.reference?.match).toEqual(expected);
  });

  it('and mean nothing without it', () => {
    const { problems } = described('{ spectrum.OBSID: obsid, ra: RAJ2000 }');
    expect(problems.map(({ code, message }) => [code, message])).toContainEqual([
      'CAN034',
      '"ra" means nothing without "sky"',
    ]);
  });
});

function cellsOf(positions: readonly Position[]): { ra: number[]; dec: number[] } {
  return { ra: positions.map(([ra]) => ra), dec: positions.map(([, dec]) => dec) };
}

describe.skipIf(withoutData)('real catalogs agree with astropy 5.2.1 (skipped: no data)', () => {
  /** How many match, the sum of their rows, and the sum of their separations in arcsec. */
  function figures(table: Table, stars: readonly Position[], match: SkyMatch, rowsOf: readonly Position[]) {
    const { rowOfSpectrum } = matchReference(match, table, stars.map(spectrum));
    let [count, rows, separations] = [0, 0, 0];
    rowOfSpectrum.forEach((row, n) => {
      if (row < 0) return;
      count++;
      rows += row;
      separations += separationDeg(...stars[n]!, ...rowsOf[row]!) * 3600;
    });
    return { count, rows, separations: Number(separations.toFixed(4)) };
  }
  const positionsIn = (table: Table, ra: string, dec: string): Position[] =>
    table.columns.get(ra)!.values.map((value, row) => [Number(value), Number(table.columns.get(dec)!.values[row])]);

  it('Gaia × LAMOST', async () => {
    const table = await readTable(dataPath('catalogues', 'gaia_lamost', 'gaia_lamost_larger_velocity_features.csv'));
    const stars = positionsIn(table, 'ra_lamost', 'dec_lamost');
    const rows = positionsIn(table, 'ra_gaia', 'dec_gaia');
    const gaia = (arcsec: number) => figures(table, stars, within(arcsec, { ra: 'ra_gaia', dec: 'dec_gaia' }), rows);
    expect(gaia(0.1)).toEqual({ count: 485, rows: 117370, separations: 28.7596 });
    expect(gaia(0.5)).toEqual({ count: 892, rows: 397386, separations: 105.5146 });
    expect(gaia(1)).toEqual({ count: 919, rows: 421821, separations: 123.5929 });
  });

  it('the two stars of wide binaries', () => {
    // The file's line of names is cut off; positions are the ninth to sixth fields from the end.
    const lines = readFileSync(dataPath('catalogues', 'wide_binaries', 'gaia_dr3_MSMS_d200pc.csv'), 'utf8');
    const stars = lines
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').slice(-9, -5).map(Number));
    const first = stars.map(([ra, dec]): Position => [ra!, dec!]);
    const second = stars.map(([, , ra, dec]): Position => [ra!, dec!]);
    const binaries = (arcsec: number) => figures(at(first), second, within(arcsec), first);
    expect(binaries(2)).toEqual({ count: 26, rows: 4437, separations: 29.3273 });
    expect(binaries(10)).toEqual({ count: 201, rows: 33408, separations: 861.5561 });
    expect(binaries(60)).toEqual({ count: 298, rows: 48565, separations: 3155.0069 });
  });

  it('open clusters, with each other and with GALAH', async () => {
    const m67 = await readTable(dataPath('catalogues', 'open_clusters', 'NGC_2682.csv'));
    const praesepe = await readTable(dataPath('catalogues', 'open_clusters', 'NGC_2632.csv'));
    const galah = await readTable(dataPath('catalogues', 'galah_dr3_dyn', 'Galah_data_filtered_1061.csv'));
    const stars = positionsIn(m67, 'ra', 'dec');
    const clusters = figures(praesepe, stars, within(1800), positionsIn(praesepe, 'ra', 'dec'));
    expect(clusters).toEqual({ count: 262, rows: 206047, separations: 335984.541 });
    const survey = figures(galah, stars, within(3600), positionsIn(galah, 'ra_dr2', 'dec_dr2'));
    expect(survey).toEqual({ count: 28, rows: 8697, separations: 70298.4454 });
  });
});

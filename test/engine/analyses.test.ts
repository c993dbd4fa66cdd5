/** Analyses of catalogs with planted truth: pairs and clusters of one composition, repeats with known errors; and what they say of bad input. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyseCluster, type ClusterAsked } from '../../engine/analysis/analyseCluster';
import { analyseMap, type MapAsked } from '../../engine/analysis/analyseMap';
import { analysePairs, type PairsAsked } from '../../engine/analysis/analysePairs';
import { analyseRepeats, type RepeatsAsked } from '../../engine/analysis/analyseRepeats';
import { AnalysisTable } from '../../engine/analysis/analysisTable';
import { type Report, reportPage, reportText } from '../../engine/analysis/report';
import { writeFits } from '../../engine/fits/writer';
import { dataPath, withoutData } from '../data';
import { plantedErrors, writePlantedCatalog } from './mockTables';

let folder: string;
let catalog: string;
const path = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cannon-analyses-'));
  writePlantedCatalog(folder, 5000, 2);
  catalog = path('catalog.csv');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pairs = async (asked: Partial<PairsAsked> = {}, file = catalog) =>
  analysePairs(await AnalysisTable.open(file), {
    ...{ pairs: path('wide_binaries.csv'), maxDteff: Infinity, seed: 1, candidates: 8_000, ...asked },
  });
const cluster = async (asked: Partial<ClusterAsked> = {}, file = catalog) =>
  analyseCluster(await AnalysisTable.open(file), { ...{ x: 'teff', minProbability: 0.7, clip: 4, seed: 1 }, ...asked });
const repeats = async (asked: Partial<RepeatsAsked> = {}, file = catalog) =>
  analyseRepeats(await AnalysisTable.open(file), { bins: 3, seed: 1, ...asked });
const map = async (asked: Partial<MapAsked> = {}, file = catalog) =>
  analyseMap(await AnalysisTable.open(file), {
    ...{ x: 'teff', y: 'logg', values: ['fe_h'], statistic: 'mean', bins: [20, 20], minCount: 3, isEqual: false },
    ...asked,
  });

interface PairNumbers {
  readonly pairs: number;
  readonly separation: { readonly separation: number; readonly error: number; readonly p: number };
  readonly medianDistance: { readonly pairs: number; readonly random: number; readonly ratio: number };
  readonly expectedMedian: number;
  readonly matching: { readonly ksP: number; readonly ksBefore: number; readonly effectiveSize: number };
  readonly labels: readonly { readonly label: string; readonly separation: number }[];
  readonly dropped: Readonly<Record<string, number>>;
}

/** Keeps the picture for the documentation (`npm run pictures`). */
function keep({ analysis, svg }: Report): void {
  const artifacts = join(import.meta.dirname, '..', '..', 'artifacts', 'analyses');
  mkdirSync(artifacts, { recursive: true });
  writeFileSync(join(artifacts, `analysis-${analysis}.svg`), svg);
}

/** Well-formed as far as tags go: each that opens closes. */
function isWellFormed(svg: string): boolean {
  const open: string[] = [];
  for (const [, close, name, self] of svg.matchAll(/<(\/?)([a-zA-Z]+)[^>]*?(\/?)>/g)) {
    if (self === '/') continue;
    if (close === '/') {
      if (open.pop() !== name) return false;
    } else open.push(name!);
  }
  return open.length === 0 && !/NaN|Infinity|undefined/.test(svg);
}

describe('pairs of one birth', () => {
  it('are chemically closer than random pairs of the same Δ[Fe/H], as close as their errors have them', async () => {
    const report = await pairs();
    const found = report.numbers as unknown as PairNumbers;
    expect(found.pairs).toBeGreaterThan(100);
    expect(found.separation.separation).toBeGreaterThan(0.6);
    expect(found.separation.p).toBeLessThan(1e-6);
    expect(found.medianDistance.ratio).toBeLessThan(0.9);
    // What the two stars of a pair do not share, such as how far elements have settled, is small beside the errors.
    expect(Math.abs(found.medianDistance.pairs / found.expectedMedian - 1)).toBeLessThan(0.12);
    expect(found.matching.ksP).toBeGreaterThan(0.3);
    expect(found.matching.ksBefore).toBeGreaterThan(0.3);
    // Barium scatters most from star to star, manganese follows [Fe/H] and α.
    const of = (label: string) => found.labels.find((one) => one.label === label)!.separation;
    expect(of('ba_fe')).toBeGreaterThan(of('mn_fe'));
    expect(report.finding).toContain('chemically closer');
    // What the page says of them.
    const { medianDistance: distance, separation } = found;
    const page = readFileSync(join(import.meta.dirname, '../../docs/analyses.md'), 'utf8').replace(/\s+/g, ' ');
    expect(page).toContain(
      `${found.pairs} wide binaries of one birth have a median distance of ${distance.pairs.toFixed(2)}, where the errors alone give ` +
        `${found.expectedMedian.toFixed(2)} and random pairs of the same Δ[Fe/H] have ${distance.random.toFixed(2)}: ` +
        `separation ${separation.separation.toFixed(3)} ± ${separation.error.toFixed(3)}`,
    );
    keep(report);
    expect(isWellFormed(report.svg)).toBe(true);
  });

  it('shows nothing for random pairs that were chosen by their Δ[Fe/H] alone', async () => {
    const lines = readFileSync(catalog, 'utf8').trim().split('\n');
    const names = lines[0]!.split(',');
    const stars = lines.slice(1).map((line) => line.split(','));
    const iron = (star: readonly string[]) => Number(star[names.indexOf('fe_h')]);
    const chosen: string[] = [];
    for (let k = 0; chosen.length < 150; k++) {
      const [a, b] = [stars[(k * 7919) % stars.length]!, stars[(k * 104_729 + 13) % stars.length]!];
      if (a[1] !== b[1] && Math.abs(iron(a) - iron(b)) < 0.08) chosen.push(`${a[0]},${b[0]}`);
    }
    writeFileSync(path('unrelated.csv'), `obsid1,obsid2\n${chosen.join('\n')}\n`);
    const report = await pairs({ pairs: path('unrelated.csv') });
    const { separation, matching } = report.numbers as unknown as PairNumbers;
    expect(Math.abs(separation.separation - 0.5)).toBeLessThan(4 * separation.error);
    expect(separation.p).toBeGreaterThan(0.001);
    expect(matching.ksBefore).toBeGreaterThan(0.3);
    expect(report.finding).toContain('not shown');
  });

  it('are the same by ids and by positions, and with a seed bit for bit', async () => {
    const [byId, again, bySky] = await Promise.all([
      pairs(),
      pairs(),
      pairs({ pairPositions: ['ra1', 'dec1', 'ra2', 'dec2'], radiusArcsec: 1 }),
    ]);
    expect(again).toEqual(byId);
    // A repeat has the place of its star: which of both rows is taken differs.
    expect(Math.abs((bySky.numbers['pairs'] as number) - (byId.numbers['pairs'] as number))).toBeLessThan(3);
    const other = await pairs({ seed: 2 });
    expect(other.numbers['separation']).not.toEqual(byId.numbers['separation']);
  });

  it('obey limits on Teff and conditions, and count what was left out', async () => {
    const { numbers } = await pairs({ maxDteff: 1500, where: 'logg > 3' });
    const { dropped, pairs: kept } = numbers as unknown as PairNumbers;
    expect(kept).toBeGreaterThan(20);
    expect(dropped['Teff differs by 1500 K or more']).toBeGreaterThan(2);
    expect(dropped['a star fails the condition']).toBeGreaterThan(5);
  });

  it('say what is wrong with their tables', async () => {
    await expect(pairs({ labels: ['mg_fee'] })).rejects.toMatchObject({
      code: 'CAN440',
      message: 'catalog.csv has no label "mg_fee"',
      hint: expect.stringContaining('Did you mean "mg_fe"?') as string,
    });
    await expect(pairs({ scale: 'cv' })).rejects.toMatchObject({ message: expect.stringContaining('"cv_') as string });
    await expect(pairs({ sigma: [0.1] })).rejects.toMatchObject({ code: 'CAN442' });
    await expect(pairs({ pairIds: ['obsid1', 'obsid3'] })).rejects.toMatchObject({
      hint: expect.stringContaining('Did you mean "obsid') as string,
    });
    await expect(pairs({ where: 'teff < 100' })).rejects.toMatchObject({ code: 'CAN443' });
    await expect(pairs({ where: 'teff <' })).rejects.toMatchObject({ code: 'CAN442' });
    await expect(pairs({ where: 'fe_h > 0.35' })).rejects.toThrow(/pairs can be compared, of which 5 are needed/);
    writeFileSync(path('others.csv'), 'obsid1,obsid2\n1,2\n3,4\n');
    await expect(pairs({ pairs: path('others.csv') })).rejects.toThrow(/No pair of others.csv has both stars/);
    await expect(pairs({ pairs: path('nowhere.csv') })).rejects.toMatchObject({ code: 'CAN102' });
    await expect(pairs({ maxDteff: 250, teff: 'logg' })).rejects.toMatchObject({ code: 'CAN444' });
  });
});

interface TrendNumbers {
  readonly members: number;
  readonly labels: readonly {
    readonly label: string;
    readonly stars: number;
    readonly slope: number;
    readonly slopeError: number;
    readonly scatter: number;
    readonly pConstant: number;
    readonly pLine: number;
    readonly width: number;
    readonly medianError: number;
  }[];
}

describe('a cluster of one composition', () => {
  it('scatters by its errors and has no trend, by a table of members and by a column', async () => {
    const byTable = await cluster({ members: path('clusters.csv'), cluster: 'Mock 2' });
    const { members, labels } = byTable.numbers as unknown as TrendNumbers;
    expect(members).toBeGreaterThan(25);
    expect(labels.map(({ label }) => label)).toEqual(Object.keys(plantedErrors).slice(2));
    for (const { label, slope, slopeError, scatter, pConstant, pLine, medianError } of labels) {
      expect(Math.abs(slope), label).toBeLessThan(4 * slopeError);
      expect(scatter, label).toBeLessThan(medianError);
      expect(pLine, label).toBeGreaterThan(1e-4);
      expect(pConstant, label).toBeGreaterThan(1e-4);
    }
    expect(isWellFormed(byTable.svg)).toBe(true);
    keep(byTable);
    const byColumn = await cluster({ cluster: 'mock 2' });
    // The column has every observation of a star.
    expect((byColumn.numbers as unknown as TrendNumbers).members).toBeGreaterThanOrEqual(members);
  });

  it('has the trend and the scatter that are put in', async () => {
    const lines = readFileSync(catalog, 'utf8').trim().split('\n');
    const names = lines[0]!.split(',');
    const [teff, mg, al] = ['teff', 'mg_fe', 'al_fe'].map((name) => names.indexOf(name));
    const bent = lines.slice(1).map((line, n) => {
      const cells = line.split(',');
      cells[mg!] = String(Number(cells[mg!]) + 8e-5 * (Number(cells[teff!]) - 5500));
      cells[al!] = String(Number(cells[al!]) + (n % 2 === 0 ? 0.12 : -0.12));
      return cells.join(',');
    });
    writeFileSync(path('bent.csv'), [lines[0], ...bent].join('\n'));
    const { numbers, finding } = await cluster({ cluster: 'Mock 2', clip: 0 }, path('bent.csv'));
    const of = (label: string) => (numbers as unknown as TrendNumbers).labels.find((one) => one.label === label)!;
    expect(Math.abs(of('mg_fe').slope - 8e-5)).toBeLessThan(4 * of('mg_fe').slopeError);
    expect(Math.abs(of('al_fe').scatter - 0.12)).toBeLessThan(0.03);
    expect(finding).toMatch(/mg_fe .*scatter beyond their errors in .*al_fe/);
  });

  it('must be named where there are several, and be in the catalog', async () => {
    await expect(cluster()).rejects.toMatchObject({
      message: expect.stringMatching(/holds 5 clusters/) as string,
      hint: expect.stringMatching(/Mock \d \(\d+\)/) as string,
    });
    await expect(cluster({ cluster: 'Mock 22' })).rejects.toMatchObject({
      hint: expect.stringContaining('Did you mean "Mock 2"?') as string,
    });
    const asked = { members: path('clusters.csv'), cluster: 'Mock 2' };
    await expect(cluster({ ...asked, minProbability: 1 })).rejects.toThrow(/No member of Mock 2/);
    await expect(cluster({ ...asked, where: 'teff > 7000' })).rejects.toMatchObject({ code: 'CAN443' });
    await expect(cluster({ ...asked, labels: ['snrz'] })).rejects.toThrow(/no error "e_snrz"/);
  });
});

interface PullNumbers {
  readonly stars: number;
  readonly labels: readonly {
    readonly label: string;
    readonly pullWidth: number;
    readonly pullWidthError: number;
    readonly scatter: number;
    readonly medianError: number;
    readonly floor: number;
    readonly bySnr: readonly { readonly scatter: number; readonly pullWidth: number }[];
  }[];
}

describe('repeated observations', () => {
  it('differ by their errors where those are right, at every S/N', async () => {
    const report = await repeats();
    const { stars, labels } = report.numbers as unknown as PullNumbers;
    expect(stars).toBeGreaterThan(200);
    expect(labels.map(({ label }) => label)).toEqual(Object.keys(plantedErrors));
    for (const { label, pullWidth, pullWidthError, scatter, medianError, bySnr } of labels) {
      expect(Math.abs(pullWidth - 1), label).toBeLessThan(4 * pullWidthError);
      expect(Math.abs(scatter / medianError - 1), label).toBeLessThan(0.5);
      expect(bySnr, label).toHaveLength(3);
      expect(bySnr[0]!.scatter, label).toBeGreaterThan(bySnr[2]!.scatter);
    }
    expect(report.finding).toContain('as their errors say');
    keep(report);
    expect(isWellFormed(report.svg)).toBe(true);
  });

  it('are found by position, and tell the floor of errors that are too small', async () => {
    const lines = readFileSync(catalog, 'utf8').trim().split('\n');
    const column = lines[0]!.split(',').indexOf('e_fe_h');
    const small = lines.slice(1).map((line) => {
      const cells = line.split(',');
      cells[column] = String(Number(cells[column]) / 2);
      return cells.join(',');
    });
    writeFileSync(path('small.csv'), [lines[0], ...small].join('\n'));
    const { numbers } = await repeats({ labels: ['fe_h'], radiusArcsec: 0.5 }, path('small.csv'));
    const [iron] = (numbers as unknown as PullNumbers).labels;
    expect(iron!.pullWidth).toBeGreaterThan(1.6);
    expect(iron!.floor).toBeGreaterThan(0.02);
    expect(iron!.floor).toBeLessThan(0.06);
  });

  it('are told apart by the first id that any two of them share', async () => {
    const [head, ...lines] = readFileSync(catalog, 'utf8').trim().split('\n');
    const plain = ((await repeats()).numbers as unknown as PullNumbers).stars;
    // As of a survey without Gaia ids, whose observations know the row of their star.
    const rename = head!.replace(',star_id,', ',star,');
    expect(rename).not.toBe(head);
    writeFileSync(path('rows.csv'), [`${rename},source_id`, ...lines.map((line) => `${line},`)].join('\n'));
    const { numbers } = await repeats({}, path('rows.csv'));
    expect(numbers).toMatchObject({ stars: plain, grouping: expect.stringContaining('star') as string });
  });

  it('must be there', async () => {
    const [head, ...lines] = readFileSync(catalog, 'utf8').trim().split('\n');
    const once = new Map(lines.map((line) => [line.split(',')[1], line]));
    writeFileSync(path('once.csv'), [head, ...once.values()].join('\n'));
    await expect(repeats({}, path('once.csv'))).rejects.toThrow(/too few repeated observations/);
  });
});

describe('a map', () => {
  it('takes formulas, several values, and writes what each bin holds', async () => {
    keep(await map({ values: ['fe_h', 'mg_fe', 'ba_fe', 'eu_fe'], bins: [36, 36] }));
    const report = await map({ values: ['fe_h', 'mg_fe + fe_h'], x: 'teff / 1000' });
    const names = report.rows.map(({ name }) => name);
    expect(names.slice(0, 5)).toEqual(['x_from', 'x_to', 'y_from', 'y_to', 'count_fe_h']);
    expect(names).toContain('mean_mg_fe_fe_h');
    const of = (name: string) => report.rows.find((column) => column.name === name)!.values as Float64Array;
    const counts = of('count_fe_h');
    const { maps } = report.numbers as unknown as { maps: readonly { inside: number }[] };
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(maps[0]!.inside);
    expect(isWellFormed(report.svg)).toBe(true);
  });

  it('is the same of every format that a catalog comes in', async () => {
    const table = await AnalysisTable.open(catalog);
    const columns = ['teff', 'logg', 'fe_h'].map((name) => ({ name, values: table.numbers(name) }));
    writeFileSync(path('catalog.fits'), writeFits([{ kind: 'table', columns }]));
    const [csv, fits] = await Promise.all([map(), map({}, path('catalog.fits'))]);
    expect(fits.numbers).toEqual(csv.numbers);
    expect(fits.rows.map(({ values }) => values)).toEqual(csv.rows.map(({ values }) => values));
  });

  it('says what is wrong with what is asked', async () => {
    await expect(map({ x: 'tef' })).rejects.toMatchObject({
      hint: expect.stringContaining('Did you mean "teff"?') as string,
    });
    await expect(map({ x: 'cluster' })).rejects.toMatchObject({ code: 'CAN441' });
    await expect(map({ values: ['fe_h > 0'] })).rejects.toMatchObject({ code: 'CAN442' });
    await expect(map({ minCount: 100_000 })).rejects.toThrow(/No bin has 100000 stars/);
    await expect(map({ bins: [10_000, 10_000] })).rejects.toThrow(/too many/);
    await expect(map({ x: 'teff * 0' })).rejects.toThrow(/no two different values of teff \* 0/);
  });
});

describe.skipIf(withoutData)('stars of GALAH DR3 (skipped: no data)', () => {
  it('are poorer in magnesium and aluminium, and richer in europium, at the energies of what was accreted', async () => {
    const galah = dataPath('catalogues', 'galah_dr3_dyn', 'Galah_data_filtered_1061.csv');
    const report = await map(
      {
        ...{ x: 'L_Z', y: 'Energy', values: ['Mg_fe', 'Al_fe', 'Eu_fe'], statistic: 'median', bins: [1, 2] },
        ...{ xRange: { from: -600, to: 600 }, yRange: { from: -2.05e5, to: -1.25e5 } },
      },
      galah,
    );
    const medians = ['Mg_fe', 'Al_fe', 'Eu_fe'].map(
      (name) => report.rows.find((column) => column.name === `median_${name}`)!.values as Float64Array,
    );
    // numpy.median of the same stars: bound, then at high energy.
    const expected = [
      [0.25452628, 0.12084141],
      [0.20514401, -0.13809124],
      [0.31036609, 0.44778889],
    ];
    medians.forEach((found, k) => expected[k]!.forEach((value, bin) => expect(found[bin]).toBeCloseTo(value, 6)));
    expect(report.finding).toContain('[Mg/Fe]');
  });
});

describe('a report', () => {
  it('reads well in a terminal and as a page', async () => {
    const report = await map({ values: [] });
    expect(reportText(report).join('\n')).toContain('Bins shown        with at least 3 stars');
    const page = reportPage(report, 'map.svg');
    expect(page).toContain('](map.svg)');
    expect(page).toContain('| stars | count |');
  });
});

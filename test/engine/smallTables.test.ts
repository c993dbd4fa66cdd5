/** Small rules that tables follow: descriptors of labels, which star a spectrum is of, samples, packed rows, numbers and units of columns. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AnalysisTable, requireKelvin } from '../../engine/analysis/analysisTable';
import type { LabelFit } from '../../engine/cannon/infer';
import type { Model } from '../../engine/cannon/model';
import type { CatalogRow } from '../../engine/catalog/catalog';
import { RowPacker, unpackRow } from '../../engine/catalog/packedRow';
import { sampleColumns, samplesPath } from '../../engine/catalog/samples';
import { WeightedMean } from '../../engine/catalog/weightedMean';
import { surpriseOf } from '../../engine/catalog/surprise';
import { ucdOfLabel } from '../../engine/catalog/ucd';
import { writeFits } from '../../engine/fits/writer';
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

describe('samples of posteriors', () => {
  const model = (...names: string[]) =>
    ({ labels: names.map((name) => ({ name, unit: name === 'teff' ? 'K' : '' })) }) as unknown as Model;
  const [dwarfs, giants] = [model('teff', 'fe_h'), model('fe_h', 'age')];
  const row = (own: Model | null, samples: number[] | null): CatalogRow => ({
    ...{ spectrum: '', identity: null, problem: '', model: own },
    fit: {
      posterior: samples && { samples: Float64Array.from(samples), acceptance: 0.4, effectiveSize: 90 },
    } as LabelFit,
  });

  it('have the row of their star, counted on from those before, and NaN for labels of other models', () => {
    const rows = [row(dwarfs, [1, 2, 3, 4]), row(dwarfs, null), row(null, [7, 7]), row(giants, [5, 6, 7, 8, 9, 10])];
    const { samples, sampler } = sampleColumns(rows, [dwarfs, giants], 100);
    const values = (columns: typeof samples, name: string) =>
      Array.from(columns.find((column) => column.name === name)!.values as Float64Array);
    expect(samples.map(({ name, unit }) => [name, unit])).toEqual(
      [['row'], ['teff', 'K'], ['fe_h'], ['age']].map(([name, unit]) => [name, unit]),
    );
    expect(values(samples, 'row')).toEqual([101, 101, 104, 104, 104]);
    expect(values(samples, 'teff')).toEqual([1, 3, NaN, NaN, NaN]);
    expect(values(samples, 'fe_h')).toEqual([2, 4, 5, 7, 9]);
    expect(values(samples, 'age')).toEqual([NaN, NaN, 6, 8, 10]);
    expect(values(sampler, 'row')).toEqual([101, 104]);
    expect(values(sampler, 'effective_size')).toEqual([90, 90]);
    expect(samplesPath('out/labels.csv')).toBe('out/labels.samples.fits');
  });
});

describe('a packed row', () => {
  it('gives back numbers and texts, also those that are longer than all before', () => {
    const packer = new RowPacker();
    for (const length of [0, 3, 3000, 20, 40_000]) {
      const [numbers, texts] = [
        Float64Array.of(length, NaN, -0),
        ['x'.repeat(length), '', 'λ Å 星'.repeat(length / 10), 'end'],
      ];
      const [readNumbers, readTexts] = [new Float64Array(3), Array<string>(4).fill('before')];
      unpackRow(packer.pack(numbers, texts), readNumbers, readTexts);
      expect([...readNumbers]).toEqual([...numbers]);
      expect(readTexts).toEqual(texts);
    }
  });
});

describe('columns of a table as numbers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cannon-columns-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const open = (text: string) => {
    const path = join(folder, 'stars.csv');
    writeFileSync(path, text);
    return AnalysisTable.open(path);
  };

  it('are 0 and 1 of booleans and NaN where there is nothing; of texts they are none', async () => {
    const path = join(folder, 'stars.fits');
    const columns = [
      { name: 'good', values: [true, false] },
      { name: 'name', values: ['a', 'b'] },
    ];
    writeFileSync(path, writeFits([{ kind: 'table', name: 'STARS', columns }]));
    const table = await AnalysisTable.open(path);
    await table.need(['good', 'name']);
    expect([...table.numbers('good')]).toEqual([1, 0]);
    expect(() => table.numbers('name')).toThrow('Column "name" of stars.fits holds "a" in row 1, which is no number');
    expect([...(await open('x\n1.5\n\n3\n')).numbers('X')]).toEqual([1.5, 3]);
    expect([...(await open('x,y\n1.5,1\n,2\n')).numbers('X')]).toEqual([1.5, NaN]);
  });

  it('of temperatures are taken for kelvin unless most are not above a thousand', async () => {
    const of = async (...values: number[]) => {
      const table = await open(`teff\n${values.join('\n')}\n`);
      return () => requireKelvin(table, 'teff');
    };
    expect(await of(5000, 4000, 3.7)).not.toThrow();
    expect(await of(1001, 900)).not.toThrow();
    expect(await of(1000, 900)).toThrow('holds values such as 1000: it seems to be, not in K');
    expect(await of(5000, 3.7, 3.6)).toThrow('not in K');
  });

  it('have a unit where an expression is a column by itself, else none', async () => {
    const table = await open('teff,logg\n5000,4\n');
    expect(table.unitOfExpression('teff')).toBe('');
    expect(table.unitOfExpression('teff / logg')).toBe('');
  });
});

describe('the mean of observations', () => {
  const of = (...observations: [snr: number, value: number, variance: number][]) => {
    const mean = new WeightedMean();
    for (const one of observations) mean.add(...one);
    return mean;
  };

  it('is a single observation itself, bit for bit, whatever its S/N', () => {
    for (const snr of [3, 7, 49, NaN]) {
      const one = of([snr, 0.1, 0.3]);
      expect([one.mean(), one.covariance(), one.error()]).toEqual([0.1, 0.3, Math.sqrt(0.3)]);
    }
    expect(of([49, 0.1, 0.3], [50, NaN, 1]).mean()).toBe(0.1);
    expect(of().mean()).toBeNaN();
  });

  it('weighs by S/N where any has one, and all alike where none has', () => {
    const two = of([10, 1, 0.04], [30, 2, 0.01], [NaN, 100, 1]);
    expect(two.mean()).toBeCloseTo((10 * 1 + 30 * 2) / 40, 14);
    expect(two.covariance()).toBeCloseTo((100 * 0.04 + 900 * 0.01) / 1600, 14);
    const alike = of([NaN, 1, 0.04], [0, 2, 0.01]);
    expect([alike.mean(), alike.covariance()]).toEqual([1.5, expect.closeTo(0.05 / 4, 14)]);
  });
});

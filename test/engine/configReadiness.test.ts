/** "Is my data ready?": what a check says of spectra and labels that can be read, but had better not be trained on as they are. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../engine/config/parse';
import { writeFits } from '../../engine/fits/writer';
import { examineSurvey, plainReaders, type SurveyReaders, type SurveyReport } from '../../engine/jobs/check';
import { writeSample } from '../../engine/sample/sample';
import { labelEveryStar } from '../sampleLabels';
import { codesAt, unmark } from './configMarkers';

const nStars = 64;
const root = mkdtempSync(join(tmpdir(), 'cannon-ready-'));
const sample = join(root, 'sample');
const { signal } = new AbortController();
let folder: string;
let rows: Record<string, string>[];

beforeAll(async () => {
  await writeSample(sample, { stars: nStars, seed: 3, snr: 60, oddities: 0 }, { signal, report: () => undefined });
  labelEveryStar(sample);
});
beforeEach(() => {
  folder = mkdtempSync(join(root, 'survey-'));
  cpSync(sample, folder, { recursive: true });
  const [head, ...lines] = readFileSync(join(folder, 'labels.csv'), 'utf8').trim().split('\n');
  const names = head!.split(',');
  rows = lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [names[i]!, value])));
});
afterAll(() => rmSync(root, { recursive: true }));

const sound = `survey: lamost-lrs
spectra: spectra/**/*.fits.gz
reference:
  file: labels.csv
  match: { spectrum.OBSID: obsid }
grid: { from: 3900, to: 8750, step: 1e-4 }
labels:
  teff: { column: teff, unit: K }
  logg: { column: logg }
  fe_h: { column: feh }
`;

/** Writes the table anew with one column changed. */
function setColumn(name: string, value: (old: number, row: number) => number | string): void {
  rows.forEach((row, n) => (row[name] = String(value(Number(row[name]), n))));
  const names = Object.keys(rows[0]!);
  writeFileSync(
    join(folder, 'labels.csv'),
    [names.join(','), ...rows.map((row) => names.map((one) => row[one]).join(','))].join('\n'),
  );
}

async function check(marked: string, readers = plainReaders): Promise<SurveyReport> {
  const { text, ranges } = unmark(marked);
  const parsed = parseConfig(text, join(folder, 'cannon.yaml'));
  expect(parsed.problems).toEqual([]);
  const report = await examineSurvey(parsed, { signal }, readers);
  expect(codesAt(report.problems).map(({ range }) => range)).toEqual(ranges);
  for (const { message, hint } of report.problems) expect(`${message} ${hint}`).not.toMatch(/undefined|NaN|\{|\}/);
  return report;
}

const codes = ({ problems }: SurveyReport) => problems.map(({ code }) => code);
const messages = ({ problems }: SurveyReport) => problems.map(({ message, hint }) => `${message} ${hint}`).join('\n');
const mark = (key: string) => sound.replace(`${key}:`, `«${key}»:`);

describe('labels', () => {
  it('of a sound survey pass without a word', async () => {
    expect(codes(await check(sound))).toEqual([]);
  });

  it('that never change are refused, as a training would refuse them', async () => {
    setColumn('feh', () => 0.5);
    const report = await check(mark('fe_h'));
    expect(codes(report)).toEqual(['CAN114']);
    expect(report.problems[0]!.severity).toBe('error');
    expect(messages(report)).toContain(`"fe_h" is 0.5 for all ${nStars} training stars of the model "main"`);
  });

  it('that are missing are counted', async () => {
    setColumn('logg', (old, row) => (row < 7 ? '' : old));
    const report = await check(mark('logg'));
    expect(codes(report)).toEqual(['CAN115']);
    expect(messages(report)).toContain(`7 of ${nStars} stars with a spectrum have no "logg"`);
  });

  it.each<[string, string, string, (old: number) => number, RegExp]>([
    ['a temperature as its logarithm', 'teff', 'teff', Math.log10, /not K That looks like log10 of a temperature/],
    ['a temperature in kK', 'teff', 'teff', (old) => old / 1000, /temperature in kK/],
    ['a gravity itself', 'logg', 'logg', (old) => 10 ** old, /dex of cm s⁻² .*not its logarithm/],
    ['an absolute abundance', 'fe_h', 'feh', (old) => old + 7.5, /absolute abundance/],
  ])('in another unit are doubted: %s', async (_, label, column, change, words) => {
    setColumn(column, change);
    const report = await check(mark(label));
    expect(codes(report)).toEqual(['CAN116']);
    expect(messages(report)).toMatch(words);
  });

  it('that say "no value" by a number are noticed, and are not taken for a gap or a unit', async () => {
    setColumn('feh', (old, row) => (row % 16 === 0 ? -99.99 : old));
    const report = await check(mark('fe_h'));
    expect(codes(report)).toContain('CAN117');
    expect(messages(report)).toContain('4 training stars have -99.99 as their "fe_h"');
    setColumn('feh', (old) => (old === -99.99 ? 0 : old));
    expect(codes(await check(sound))).toEqual([]);
  });

  it('with an empty stretch between two crowds are named with its ends', async () => {
    setColumn('teff', (old, row) => (row % 2 === 0 ? 4000 + row : 7000 + row));
    const report = await check(mark('teff'));
    expect(codes(report)).toEqual(['CAN118']);
    expect(messages(report)).toContain('"teff" between 4062 and 7001 (32 below, 32 above)');
  });

  it('whose unit contradicts that of their column are corrected by a quick fix', async () => {
    const column = (name: string, unit = '') => ({
      name,
      unit,
      values: Float64Array.from(rows, (row) => Number(row[name])),
    });
    const columns = [column('obsid'), column('teff', 'K'), column('logg', 'log(cm.s**-2)'), column('feh', '[dex]')];
    writeFileSync(join(folder, 'labels.csv'), writeFits([{ kind: 'table', name: 'LABELS', columns }]));
    expect(codes(await check(sound))).toEqual([]);
    const report = await check(sound.replace('unit: K', 'unit: «kK»'));
    expect(codes(report)).toEqual(['CAN119']);
    expect(report.problems[0]!.fix).toBe('"K"');
  });

  it('of fewer stars than folds are too few to cross-validate', async () => {
    const report = await check(`${sound}crossValidation: { folds: «100» }\n`);
    expect(codes(report)).toEqual(['CAN120']);
    expect(report.problems[0]!.fix).toBe('10');
  });
});

describe('spectra', () => {
  it('that end within the grid are counted, and an edge that most reach is offered', async () => {
    const report = await check(sound.replace('3900', '«3000»').replace('8750', '«12000»'));
    expect(codes(report)).toEqual(['CAN112', 'CAN112']);
    expect(messages(report)).toContain(`${nStars} of ${nStars} spectra begin above 3000 Å in the rest frame`);
    const [from, to] = report.problems.map(({ fix }) => fix!);
    expect(Number(from)).toBeGreaterThan(3600);
    expect(Number(to)).toBeLessThan(9200);
    // What is offered is right: nothing is left to say.
    expect(codes(await check(sound.replace('3900', from!).replace('8750', to!)))).toEqual([]);
  });

  it('without a redshift are counted', async () => {
    let nRead = 0;
    const readers: SurveyReaders = {
      ...plainReaders,
      spectrum: async (...args) => {
        const spectrum = await plainReaders.spectrum(...args);
        return nRead++ < 3 ? { ...spectrum, redshift: null } : spectrum;
      },
    };
    const report = await check(sound.replace('spectra/**/*.fits.gz', '«spectra/**/*.fits.gz»'), readers);
    expect(codes(report)).toEqual(['CAN113']);
    expect(messages(report)).toContain(`3 of ${nStars} spectra have no redshift`);
  });
});

describe('the numbers of a check', () => {
  it('tell what each condition keeps where it stands, and by itself', async () => {
    setColumn('snrg', (_, row) => row);
    setColumn('teff', (_, row) => 5000 + 10 * row);
    const { facts } = await check(
      `${sound}quality: ["snrg >= 24", "teff < 5400"]\nmodels: { warm: { where: "teff > 5100 and spectrum.OBSID > 0" }, rest: { where: otherwise } }\n`
        .replace('warm', '«warm»')
        .replace('rest:', '«rest»:'),
    );
    // Rows 24 to 63 pass the first cut and rows 0 to 39 the second: 16 both; all of those are warmer than 5100.
    expect(facts.selection).toMatchObject({
      quality: [
        { text: 'snrg >= 24', stars: 40, alone: 40 },
        { text: 'teff < 5400', stars: 16, alone: 40 },
      ],
      models: [
        { name: 'warm', stars: 16, alone: 53 },
        { name: 'rest', stars: 0, alone: 0 },
      ],
    });
    expect(facts.cards.get('OBSID')).toMatch(/^\d+$/);
  });
});

/** What the disk tells about a survey: every mistake at its place in cannon.yaml, and the numbers of what fits together. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../engine/config/parse';
import { examineSurvey, plainReaders, type SurveyReport } from '../../engine/jobs/check';
import { findSpectra } from '../../engine/reference/spectraWalk';
import { writeSample } from '../../engine/sample/sample';
import { dataPath, withoutData } from '../data';
import { codesAt, unmark } from './configMarkers';

const nStars = 64;
const nReference = 48;
const root = mkdtempSync(join(tmpdir(), 'cannon-check-'));
const sample = join(root, 'sample');
const signal = new AbortController().signal;
let folder: string;

beforeAll(() => writeSample(sample, { stars: nStars, seed: 3, snr: 60 }, { signal, report: () => undefined }));
beforeEach(() => {
  folder = mkdtempSync(join(root, 'survey-'));
  cpSync(sample, folder, { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true }));

const sound = `survey: lamost-lrs
spectra: spectra/**/*.fits.gz
reference:
  file: labels.csv
  match: { spectrum.OBSID: obsid }
labels:
  teff: { column: teff }
  logg: { column: logg }
  fe_h: { column: feh }
quality: ["snrg >= 20"]
`;

/** Checks the survey as described by the marked text; the text itself must be without mistake. */
async function check(
  marked: string,
): Promise<SurveyReport & { text: string; ranges: ReturnType<typeof unmark>['ranges'] }> {
  const { text, ranges } = unmark(marked);
  const parsed = parseConfig(text, join(folder, 'cannon.yaml'));
  expect(parsed.problems).toEqual([]);
  return { ...(await examineSurvey(parsed, { signal })), text, ranges };
}

async function expectProblems(marked: string, codes: string[], fix?: string): Promise<SurveyReport> {
  const all = await check(marked);
  // Every star of the sample passes the one cut, which is told each time.
  const report = { ...all, problems: all.problems.filter(({ code }) => code !== 'CAN141') };
  expect(codesAt(report.problems)).toEqual(codes.map((code, n) => ({ code, range: report.ranges[n] })));
  expect(report.problems[0]!.fix).toBe(fix);
  for (const { message, hint } of report.problems) expect(`${message} ${hint}`).not.toMatch(/undefined|NaN/);
  return report;
}

function spectra(): string[] {
  const files = readdirSync(join(folder, 'spectra'), { recursive: true, encoding: 'utf8' });
  return files.filter((name) => name.endsWith('.gz')).map((name) => join(folder, 'spectra', name));
}

describe('a sound survey', () => {
  it('has no problem, and its numbers are those of the sample', async () => {
    const { problems, facts } = await check(sound);
    expect(codesAt(problems)).toEqual([
      { code: 'CAN141', range: unmark(sound.replace('"snrg >= 20"', '«"snrg >= 20"»')).ranges[0] },
    ]);
    expect(facts).toMatchObject({ nSpectra: nStars, nReadable: nStars, nMatched: nReference });
    expect(facts.table!.nRows).toBe(nReference);
    expect(facts.funnel!.at(-1)).toMatchObject({ stars: nReference });
  });

  it('tells of its progress, spectrum by spectrum, to the end', async () => {
    const parsed = parseConfig(sound, join(folder, 'cannon.yaml'));
    const events: unknown[] = [];
    const { problems } = await examineSurvey(parsed, { signal, report: (event) => events.push(event) });
    expect(problems.filter(({ severity }) => severity !== 'information')).toEqual([]);
    expect(events.at(-1)).toEqual({ kind: 'progress', stage: 'Reading spectra', done: nStars, total: nStars });
  });

  it('chooses no stars while a label has another name than models use, and does not stumble', async () => {
    const path = join(folder, 'cannon.yaml');
    const text = `${sound}models: { main: { where: otherwise, labels: [teff, logg, feh] } }\n`;
    const parsed = parseConfig(text, path);
    expect(parsed.problems.map(({ code }) => code)).toContain('CAN014');
    const { problems, facts } = await examineSurvey(parsed, { signal });
    expect(problems).toEqual([]);
    expect(facts).toMatchObject({ nSpectra: nStars, selection: null });
  });

  it('looks for no further files once it is cancelled, however much the glob means', async () => {
    await expect(findSpectra({ folder, spectra: ['/**/*.fits'] }, AbortSignal.abort())).rejects.toThrow(/abort/);
  });

  it('may have no reference table', async () => {
    const { problems, facts } = await check(sound.replace(/reference:[^]*?(?=labels:)/, ''));
    expect(problems).toEqual([]);
    expect(facts).toMatchObject({ table: null, nMatched: null, funnel: null });
  });

  it('stops at once when it is cancelled, and opens few files at a time', async () => {
    const controller = new AbortController();
    let [reading, most, total] = [0, 0, 0];
    const readers = {
      ...plainReaders,
      spectrum: async (...args: Parameters<typeof plainReaders.spectrum>) => {
        most = Math.max(most, ++reading);
        if (++total === 20) controller.abort();
        const identity = await plainReaders.spectrum(...args);
        reading--;
        return identity;
      },
    };
    const parsed = parseConfig(sound, join(folder, 'cannon.yaml'));
    await expect(examineSurvey(parsed, { signal: controller.signal }, readers)).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(most).toBeLessThanOrEqual(8);
    expect(total).toBeLessThanOrEqual(28);
  });
});

describe('what the files do not bear out is marked:', () => {
  const changed = (from: string, to: string) => sound.replace(from, to);

  it.each<[string, string, string[], string?]>([
    [
      'a glob that matches nothing',
      changed('spectra/**/*.fits.gz', '[spectra/**/*.fits.gz, «spectre/*.fits»]'),
      ['CAN101'],
    ],
    ['a table that is not there', changed('labels.csv', '«lables.csv»'), ['CAN102']],
    ['a label without its column', changed('column: feh', 'column: «fe»'), ['CAN103'], 'feh'],
    ['a label whose own name is no column', changed('fe_h: { column: feh }', '«fe_h»:'), ['CAN103']],
    ['a match without its column', changed('OBSID: obsid', 'OBSID: «obsd»'), ['CAN103'], 'obsid'],
    [
      'a match by position without positions',
      changed('spectrum.OBSID: obsid', 'sky: 1 arcsec, ra: «nowhere»'),
      ['CAN103'],
    ],
    ['a match by a position that is none', changed('spectrum.OBSID: obsid', 'sky: 1 arcsec, dec: «obsid»'), ['CAN160']],
    [
      'a magnitude that is no column',
      changed('spectrum.OBSID: obsid', 'sky: 1 arcsec, brightest: «gmagg»'),
      ['CAN103'],
    ],
    ['a condition on no column', changed('"snrg >= 20"', '"snrg >= 20 and «sngr» < 900"'), ['CAN103'], 'snrg'],
    [
      'a condition on no header card',
      changed('"snrg >= 20"', "'«spectrum.SUBCLAS» >= 20'"),
      ['CAN110'],
      'spectrum.SUBCLASS',
    ],
    [
      'a match by a card that no spectrum has',
      changed('spectrum.OBSID', '«spectrum.OBSI»'),
      ['CAN110'],
      'spectrum.OBSID',
    ],
    ['a match that finds nothing', changed('{ spectrum.OBSID: obsid }', '«{ spectrum.OBSID: teff }»'), ['CAN106']],
    [
      'a model with too few stars',
      `${sound}models: { «hot»: { where: "teff > 1e5" }, rest: { where: otherwise } }\n`,
      ['CAN108'],
    ],
  ])('%s', async (_, marked, codes, fix) => {
    await expectProblems(marked, codes, fix);
  });

  it('a column of words, for a label and for a condition', async () => {
    const table = join(folder, 'labels.csv');
    const [header, ...rows] = readFileSync(table, 'utf8').trim().split('\n');
    writeFileSync(table, [`${header},kind`, ...rows.map((row) => `${row},dwarf`)].join('\n'));
    const { problems } = await expectProblems(changed('feh }', '«kind» }').replace('snrg >= 20', '«kind» > 3'), [
      'CAN107',
      'CAN107',
    ]);
    expect(problems[0]!.message).toContain('"dwarf" in row 1');
  });

  it('a model with fewer stars than it should have', async () => {
    const table = join(folder, 'labels.csv');
    writeFileSync(table, readFileSync(table, 'utf8').split('\n').slice(0, 31).join('\n'));
    const { problems } = await expectProblems(changed('labels:', '«labels»:'), ['CAN109']);
    expect(problems[0]!.message).toContain('10 terms and only 30 training stars');
  });

  it('rows of the table that have no spectrum', async () => {
    for (const path of spectra().slice(0, 8)) rmSync(path);
    const { problems } = await expectProblems(changed('match:', '««match»»:'), ['CAN111', 'CAN111']);
    expect(problems[0]!.severity).toBe('information');
    expect(problems[0]!.message).toMatch(/\d+ of 48 rows/);
  });

  it('spectra that cannot be read, with their number and the first reasons', async () => {
    const [cutOff, text] = spectra();
    truncateSync(cutOff!, 4000);
    writeFileSync(text!, 'not a spectrum');
    const { problems, facts, ranges } = await check(changed('spectra/**/*.fits.gz', '«spectra/**/*.fits.gz»'));
    expect(problems[0]).toMatchObject({ code: 'CAN104', severity: 'warning', range: ranges[0] });
    expect(problems[0]!.message).toMatch(/^2 of 64 spectra cannot be read: /);
    expect(problems[0]!.message.split('; ')).toHaveLength(2);
    expect(facts).toMatchObject({ nSpectra: 64, nReadable: 62 });
  });

  it('that none can be read', async () => {
    for (const path of spectra()) writeFileSync(path, 'not a spectrum');
    await expectProblems(changed('spectra/**/*.fits.gz', '«spectra/**/*.fits.gz»'), ['CAN105']);
  });

  it('a name with odd characters, mended with backquotes', async () => {
    const table = join(folder, 'labels.csv');
    writeFileSync(table, readFileSync(table, 'utf8').replace('feh', '[Fe/H]'));
    await expectProblems(
      changed('column: feh', 'column: "[Fe/H]"').replace('snrg >= 20', '«`[Fe/h]`» > -9'),
      ['CAN103'],
      '`[Fe/H]`',
    );
  });
});

describe.skipIf(withoutData)('real spectra (skipped: no data, where there are none)', () => {
  it('of DR10 are all readable and all match their table', async () => {
    folder = dataPath('lamost_lrs');
    const text = sound.replace('spectra/**/*.fits.gz', 'dr10_*/*.fits.gz').replace('labels.csv', 'dr10_labels.csv');
    const { problems, facts } = await check(text);
    expect(problems).toEqual([]);
    expect(facts).toMatchObject({ nSpectra: 804, nReadable: 804, nMatched: 804 });
  });
});

/** Joins of tables and spectra over a real protocol stream: whatever is ambiguous, missing or unreadable is told at its line. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Diagnostic } from 'vscode-languageserver/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeFits } from '../../engine/fits/writer';
import { matchReference, type Matchable } from '../../engine/reference/match';
import { readTable } from '../../engine/reference/table';
import { unmark } from '../engine/configMarkers';
import { surveyTests } from './surveyTests';
import { positionOf, type TestClient } from './testClient';

const nStars = 48;
const survey = surveyTests({ stars: nStars });
let folder: string;
let client: TestClient;

beforeEach(() => {
  ({ folder, client } = survey);
});

/** Rewrites labels.csv line by line; line 0 has the names. */
function rewrite(line: (text: string, n: number) => string | string[]): void {
  const path = join(folder, 'labels.csv');
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  writeFileSync(path, lines.flatMap(line).join('\n') + '\n');
}

/** Each row with a further column of this name. */
function addColumn(name: string, cell: (n: number) => string): void {
  rewrite((text, n) => `${text},${n === 0 ? name : cell(n)}`);
}

/** Opens a survey with the marked value of `reference`, and expects one such diagnostic at the mark. */
async function told(reference: string, code: string, words: RegExp): Promise<void> {
  const { text, ranges } = unmark(`survey: lamost-lrs
spectra: spectra/**/*.fits.gz
reference: ${reference}
grid: { from: 3900, to: 8750, step: 1e-4 }
labels: { teff: { column: teff, unit: K }, logg: { column: logg }, fe_h: { column: feh } }
`);
  const path = join(folder, 'cannon.yaml');
  await client.open(path, text);
  const isIt = ({ code: own, message }: Diagnostic) =>
    own === code && words.test(typeof message === 'string' ? message : message.value);
  const found = (await client.diagnostics(path, (all) => all.some(isIt))).find(isIt)!;
  const [range] = ranges;
  expect(found.range).toEqual({ start: positionOf(text, range!.start), end: positionOf(text, range!.end) });
}

const byId = '«match»: { spectrum.OBSID: obsid }';

describe('a join is told at its line', () => {
  it('where ids are ambiguous', async () => {
    rewrite((text, n) => (n === 3 || n === 4 ? [text, text] : text));
    await told(
      `{ file: labels.csv, ${byId} }`,
      'CAN111',
      /^2 ids stand in several rows of labels\.csv \(\d+, \d+\): .*left out/,
    );
  });

  it('where rows and spectra are missing', async () => {
    rewrite((text, n) => (n === 5 || n === 6 ? text.replace(/^\d+/, `77${n}`) : text));
    const reference = `{ file: labels.csv, ${byId} }`;
    await told(reference, 'CAN111', /2 of 36 rows of labels\.csv have no spectrum \(775, 776\)/);
    await told(reference, 'CAN111', /14 of 48 spectra have no row in labels\.csv/);
  });

  it('where several rows lie within the angle', async () => {
    rewrite((text, n) => (n === 7 ? [text, text] : text));
    const words = /(spectrum has|spectra have) several rows of labels\.csv within 1″ .*the nearest is taken/;
    await told('{ file: labels.csv, «match»: { sky: 1 arcsec } }', 'CAN111', words);
  });

  it('where no id is found at all, with what both sides have', async () => {
    const words = /No spectrum matches a row of labels\.csv/;
    await told('{ file: labels.csv, match: «{ spectrum.OBSID: sobject_id }» }', 'CAN106', words);
  });

  it.each([
    ['a column of ids that is not there', '{ spectrum.OBSID: «obsidd» }', 'CAN103', /no column "obsidd"/],
    ['a column of positions that is not there', '{ sky: 1 arcsec, ra: «ra_x», dec: dec }', 'CAN103', /"ra_x"/],
    ['a column of magnitudes that is not there', '{ sky: 1 arcsec, brightest: «gmag» }', 'CAN103', /"gmag"/],
    ['a card that no spectrum has', '{ «spectrum.GAIA»: obsid }', 'CAN110', /"GAIA"/],
  ])('where it names %s', async (_, match, code, words) => {
    await told(`{ file: labels.csv, match: ${match} }`, code, words);
  });

  it('where positions are in hours, as texts, or out of range', async () => {
    addColumn('ra_hms', () => '08:40:00.1');
    await told(
      '{ file: labels.csv, match: { sky: 1 arcsec, ra: «ra_hms», dec: dec } }',
      'CAN160',
      /holds "08:40:00.1" in row 1/,
    );
    addColumn('dec_far', (n) => (n === 2 ? '91.5' : '17'));
    await told(
      '{ file: labels.csv, match: { sky: 1 arcsec, ra: ra, dec: «dec_far» } }',
      'CAN160',
      /holds 91.5 in row 2/,
    );
    const columns = [
      { name: 'ra', unit: 'hourangle', values: Float64Array.of(8.6) },
      ...['dec', 'teff', 'logg', 'feh'].map((name) => ({ name, values: Float64Array.of(17) })),
    ];
    writeFileSync(join(folder, 'hours.fits'), writeFits([{ kind: 'empty' }, { kind: 'table', columns }]));
    await told('{ file: hours.fits, match: { sky: 1 arcsec, ra: «ra» } }', 'CAN160', /is in hourangle/);
  });
});

describe('a table is told at its line', () => {
  const votable = (body: string) =>
    `<?xml version="1.0"?><VOTABLE version="1.4"><RESOURCE><TABLE>${body}</TABLE></RESOURCE></VOTABLE>`;
  it.each([
    ['empty', 'labels.csv', '', /is empty|has no rows/],
    ['without rows', 'labels.csv', 'obsid,teff,logg,feh\n', /has no rows/],
    ['ragged', 'labels.csv', 'obsid,teff,logg,feh\n1,2,3,4\n1,2\n', /line 3 has 2 fields/],
    [
      'with a cut line of names',
      'labels.csv',
      'gg,feh\n1,2,3,4\n',
      /its line of names has 2, but the first row, line 2, has 4/,
    ],
    ['a broken Parquet file', 'labels.parquet', 'PAR1 and nothing more PAR1', /is not a well-formed Parquet file/],
    [
      'a broken VOTable',
      'labels.vot',
      votable('<FIELD name="a" datatype="int"/><DATA><TABLEDATA><TR><TD>1'),
      /labels\.vot/,
    ],
    ['a VOTable without rows', 'labels.vot', votable('<FIELD name="a" datatype="int"/>'), /has no rows/],
    [
      'a VOTable whose rows lie elsewhere',
      'labels.vot',
      votable('<FIELD name="a" datatype="int"/><DATA><FITS><STREAM href="http://nowhere/x.fits"/></FITS></DATA>'),
      /labels\.vot/,
    ],
    ['a damaged gzip file', 'labels.csv', '\x1f\x8b nothing', /damaged gzip/],
  ])('that is %s', async (_, name, content, words) => {
    writeFileSync(join(folder, name), content, 'latin1');
    await told(`{ file: «${name}», match: { spectrum.OBSID: obsid } }`, 'CAN102', words);
  });
});

describe('a join by position', () => {
  it('gives the stars that a join by id gives, and repeats of a star any of its rows', async () => {
    const [labels, truth] = [
      await readTable(join(survey.sample, 'labels.csv')),
      await readTable(join(survey.sample, 'truth.csv')),
    ];
    const cell = (name: string, n: number) => truth.columns.get(name)!.values[n]!;
    const spectra = Array.from({ length: truth.nRows }, (_, n): Matchable => {
      const place = { raDeg: Number(cell('ra', n)), decDeg: Number(cell('dec', n)) };
      return { path: basename(String(cell('file', n))), ...place, cards: { OBSID: Number(cell('obsid', n)) } };
    });
    const ids = matchReference({ by: 'card', card: 'OBSID', column: 'obsid' }, labels, spectra).rowOfSpectrum;
    const places = matchReference({ by: 'sky', radiusArcsec: 1 }, labels, spectra).rowOfSpectrum;
    const starOf = (row: number) => labels.columns.get('star_id')!.values[row];
    const rowsOf = (star: unknown) => labels.columns.get('star_id')!.values.filter((one) => one === star).length;
    let nPlain = 0;
    for (const [n, row] of ids.entries()) {
      const star = cell('star_id', n);
      if (row >= 0) expect(starOf(places[n]!)).toBe(star);
      // A spectrum without a row of its own takes one that its star has from another observation.
      else expect(places[n]! >= 0).toBe(rowsOf(star) > 0);
      if (row < 0 || rowsOf(star) > 1) continue;
      expect(places[n]).toBe(row);
      nPlain++;
    }
    expect(nPlain).toBeGreaterThan(25);
  });
});

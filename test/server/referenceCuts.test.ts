/** Cuts, derived labels and models over a real protocol stream: what fails, or does nothing, is told at its line; and the page about readiness. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from 'vscode-languageserver/node';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ReadinessRequest } from '../../server/protocol';
import { unmark } from '../engine/configMarkers';
import { surveyTests } from './surveyTests';
import { positionOf, type TestClient } from './testClient';

const nStars = 48;
const survey = surveyTests({ stars: nStars });
let path: string;
let client: TestClient;

beforeAll(() => {
  const { sample } = survey;
  const [head, ...rows] = readFileSync(join(sample, 'truth.csv'), 'utf8').trim().split('\n');
  const odd = (n: number) => (n < 5 ? '' : String(n % 7));
  const more = rows.map((row, n) => `${row},0.05,${odd(n)},${n % 3},${n}`);
  writeFileSync(join(sample, 'labels.csv'), [`${head},e_mg_fe,gap,chi2_mg,rising`, ...more].join('\n'));
});
beforeEach(() => {
  ({ path, client } = survey);
});

const head = `survey: lamost-lrs
spectra: spectra/**/*.fits.gz
reference: { file: labels.csv, match: { spectrum.OBSID: obsid } }
grid: { from: 3900, to: 8750, step: 1e-4 }
`;
const labels = 'labels: { teff: { column: teff, unit: K }, logg: { column: logg }, fe_h: { column: feh } }\n';

/** Opens the marked text and expects these codes at the marks, among whatever else is told of so small a survey. */
async function check(marked: string, ...codes: string[]): Promise<readonly Diagnostic[]> {
  const { text, ranges } = unmark(head + marked);
  await client.open(path, text);
  const wanted = new Set(codes);
  const told = (found: readonly Diagnostic[]) => found.filter(({ code }) => wanted.has(String(code)));
  const found = told(await client.diagnostics(path, (all) => told(all).length >= codes.length));
  expect(found.map(({ code }) => code)).toEqual(codes);
  const expected = ranges.map(({ start, end }) => ({ start: positionOf(text, start), end: positionOf(text, end) }));
  expect(found.map(({ range }) => range)).toEqual(expected);
  return found;
}

describe('a cut is told at its line', () => {
  it.each([
    ['that drops all stars', '«teff > 1e6»', 'CAN140', /No star is left after "teff > 1e6", of 48/],
    ['that drops none', '«teff > 0»', 'CAN141', /All 48 stars pass "teff > 0"/],
    ['on a column that is not there', '«snrq» >= 3', 'CAN103', /no column "snrq"/],
    ['on a column of words', '«file» >= 3', 'CAN107', /not a number/],
    ['on a card that is not there', '«spectrum.NOPE» >= 3', 'CAN110', /no spectrum has the header card "NOPE"/i],
    ['that fits spectra, which the editor leaves to others', '«{ windowChi2: {} }»', 'CAN143', /does not wait/],
    ['on χ² columns that are not there', '{ windowChi2: { columns: { Mg: «chi2_mgg» } } }', 'CAN103', /"chi2_mgg"/],
    ['on a pattern that no column fits', '{ windowChi2: { columns: «x2_*» } }', 'CAN144', /no column of χ²/],
    ['on an element without windows', '{ windowChi2: { elements: [«Mgg»] } }', 'CAN045', /no windows of "Mgg"/],
  ])('%s', async (_, cut, code, words) => {
    const [found] = await check(`${labels}quality:\n  - ${cut}\n`, code);
    expect(found!.message).toMatch(words);
  });

  it('with what of a cut on χ² each row has, and how many are left', async () => {
    const found = await check(
      `${labels}quality:\n  - «{ windowChi2: { percentile: 50, columns: { Mg: gap } } }»\n`,
      'CAN111',
    );
    expect(found[0]!.message).toMatch(/5 of 48 stars have no χ² in any element: they stay/);
  });
});

describe('a derived label is told at its line', () => {
  it.each([
    ['with an ingredient that is not there', '{ mean: [mg_fe, «mgfe2»] }', 'CAN103', /no column "mgfe2"/],
    ['with a name in its formula that is not there', '{ expression: "mg_fe - «nope»" }', 'CAN103', /"nope"/],
    ['with weights but no errors', '{ mean: [mg_fe, «si_fe»], weights: errors }', 'CAN142', /has none for "si_fe"/],
    [
      'with a column of errors that is not there',
      '{ mean: [mg_fe], weights: errors, errors: [«sg»] }',
      'CAN103',
      /"sg"/,
    ],
    ['with an error that is not there', '{ column: mg_fe, error: «emg» }', 'CAN103', /"emg"/],
  ])('%s', async (_, label, code, words) => {
    const [found] = await check(`labels:\n  teff: { column: teff, unit: K }\n  x: ${label}\n`, code);
    expect(found!.message).toMatch(words);
  });

  it('that is made of itself', async () => {
    const [found] = await check('labels:\n  «a»: { expression: "b" }\n  b: { expression: "a + 1" }\n', 'CAN041');
    expect(found!.message).toContain('"a" from "b" from "a"');
  });
});

describe('models are told at their line', () => {
  it('where stars belong to none, or to several', async () => {
    const text = `${labels}«models»:\n  low: { where: "rising < 20" }\n  more: { where: "15 < rising < 40" }\n`;
    const { ranges } = unmark(head + text);
    expect(ranges).toHaveLength(1);
    const doubled = text.replace('«models»', '««models»»');
    const found = await check(doubled, 'CAN111', 'CAN111');
    expect(found[0]!.message).toMatch(/8 reference stars belong to no model \(the first is \d+\)/);
    expect(found[1]!.message).toMatch(/4 reference stars fulfil the conditions of several models .*low and more/);
  });

  it('where the labels of a preset are missing', async () => {
    const [found] = await check(`${labels}models: «wheeler2020»\n`, 'CAN047');
    expect(found!.message).toContain('vmic, o_fe');
  });
});

describe('the page about readiness', () => {
  it('says the verdict, its reasons, and shows the funnel in numbers and as a picture', async () => {
    const text = `${head}${labels}quality: ["rising >= 10", "teff > 1e6"]\n`;
    writeFileSync(path, text);
    const ask = () => client.connection.sendRequest<{ markdown: string }>(ReadinessRequest.method, { config: path });
    const { markdown } = await ask();
    expect(markdown).toContain('**Not ready: 2 problems to mend**');
    expect(markdown).toMatch(/1\. No star is left after .*\(CAN140\)\n2\. .*\(CAN108\)/);
    expect(markdown).toContain('| teff \\> 1e6 | 0 |');
    const picture = /base64,([A-Za-z0-9+/=]+)\)/.exec(markdown)![1]!;
    expect(Buffer.from(picture, 'base64').toString()).toMatch(/^<svg .*<title id="title">From 48 spectra/s);
    writeFileSync(path, text.replace(', "teff > 1e6"', ''));
    // 38 stars for 10 terms are fewer than training should have.
    expect((await ask()).markdown).toContain('**Ready with 1 reservation: main has 38 stars, 3\\.8 a term**');
  });
});

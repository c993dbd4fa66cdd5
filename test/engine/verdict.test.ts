/** The verdict of a check, how training stars cover the labels, and the funnel's picture. */
import { describe, expect, it } from 'vitest';
import { problem } from '../../engine/config/rules';
import { coverageOfModels, tellOfCoverage } from '../../engine/jobs/coverage';
import { funnelSvg } from '../../engine/jobs/funnelPicture';
import { nothingKnown, type SurveyFacts } from '../../engine/jobs/surveyFacts';
import { verdictOf } from '../../engine/jobs/verdict';
import { funnelInWords } from '../../engine/reference/funnel';
import type { ModelTrainingSet } from '../../engine/reference/trainingSet';

const place = { file: '/survey/cannon.yaml' };
const tooFew = problem('CAN108', { model: 'main', nTerms: 10, nStars: 5, nLeast: 20 }, place);
const short = problem('CAN109', { model: 'main', nTerms: 10, nStars: 25, nWanted: 40 }, place);
const noRedshift = problem('CAN113', { nWithout: 3, nSpectra: 9 }, place);
const noneDropped = problem('CAN141', { cut: 'x > 1', nBefore: 9 }, place);
const missing = problem('CAN115', { nMissing: 1, nStars: 9, label: 'teff' }, place);
const noColumn = problem('CAN103', { file: 'a.csv', column: 'x', known: 'y' }, place);
const facts: SurveyFacts = {
  ...nothingKnown,
  nSpectra: 9,
  table: { path: '/survey/labels.csv', nRows: 9, columns: new Map() },
  selection: { quality: [], models: [{ name: 'main', text: '', stars: 90, alone: 90 }] },
  coverage: [
    { ...{ model: 'main', stars: 90, terms: 10, correlated: [], emptyCorners: [], corners: 0 }, snr: [20, 50, 90] },
  ],
};

describe('the verdict', () => {
  it('is one line with what there is, and nothing else where all is in order', () => {
    const verdict = verdictOf([noneDropped], facts);
    expect(verdict).toEqual({ readiness: 'ready', sentence: 'Ready: main has 90 stars, 9.0 a term', reasons: [] });
  });

  it('puts what harms most first, each with what to do, and says how much there is', () => {
    const { readiness, sentence, reasons } = verdictOf([missing, tooFew, short, noColumn, noRedshift], facts);
    expect([readiness, sentence]).toEqual(['not ready', 'Not ready: 2 problems to mend']);
    expect(reasons.map(({ code }) => code)).toEqual(['CAN103', 'CAN108', 'CAN113', 'CAN109', 'CAN115']);
    for (const { hint } of reasons) expect(hint).not.toBe('');
  });

  it('has reservations where nothing is broken but something is doubtful', () => {
    const { readiness, sentence } = verdictOf([short, missing], facts);
    expect(readiness).toBe('ready with reservations');
    expect(sentence).toBe('Ready with 1 reservation: main has 90 stars, 9.0 a term');
  });

  it('knows that a survey for labelling alone has nothing to train on', () => {
    const { readiness, reasons } = verdictOf([], { ...facts, table: null, selection: null, coverage: null });
    expect(readiness).toBe('not ready');
    expect(reasons[0]!.message).toContain('no reference table');
  });
});

describe('how training stars cover the labels', () => {
  const n = 400;
  const stars = Array.from({ length: n }, (_, k) => {
    const [a, b] = [(k % 20) / 19, Math.floor(k / 20) / 19];
    return { a, b, twin: 2 * a - 1 + 0.01 * b, snr: k < 300 ? 10 : 100 };
  }).filter(({ a, b }) => !(a > 0.75 && b > 0.75));
  const set: ModelTrainingSet = {
    model: { name: 'main', where: null, labels: ['a', 'b', 'twin'] },
    stars: stars.map(({ a, b, twin }, k) => ({
      spectrumIdx: k,
      row: k,
      labels: [a, b, twin],
      errors: [NaN, NaN, NaN],
    })),
  };
  const noBands = { u: null, g: null, r: null, i: null, z: null };
  const coverage = coverageOfModels(
    [set],
    stars.map(({ snr }) => ({ snr: { ...noBands, g: snr } })),
    ['quadratic'],
  );

  it('counts stars a term, finds labels that go together and corners that nobody is in', () => {
    const [main] = coverage;
    expect(main).toMatchObject({ stars: stars.length, terms: 10, corners: 12 });
    expect(main!.correlated.map(({ one, other }) => [one, other])).toEqual([['a', 'twin']]);
    // Pearson's r of these two columns, by numpy.corrcoef: 0.99999.
    expect(main!.correlated[0]!.r).toBeGreaterThan(0.9999);
    expect(main!.emptyCorners).toEqual([
      'high a with high b',
      'low a with high twin',
      'high a with low twin',
      'high b with high twin',
    ]);
    expect(main!.snr![1]).toBe(10);
  });

  it('tells of them at their places', () => {
    const told: [code: string, path: string][] = [];
    tellOfCoverage(coverage, (code, _, path) => void told.push([code, path]));
    expect(told).toEqual([
      ['CAN145', 'labels/twin'],
      ['CAN146', 'models/main'],
      ['CAN147', 'models/main'],
    ]);
  });

  it('does not call corners empty where so few stars could not fill them', () => {
    const few = coverageOfModels(
      [{ ...set, stars: set.stars.slice(0, 100) }],
      stars.map(() => ({ snr: noBands })),
      ['quadratic'],
    );
    expect(few[0]).toMatchObject({ corners: 0, emptyCorners: [], snr: null });
  });
});

describe('the funnel', () => {
  const steps = [
    { step: 'spectra', stars: 5_000_000 },
    { step: 'in the reference table', stars: 10_012 },
    { step: 'snrz >= 30 & "odd" <cut>', stars: 5320 },
    { step: 'χ² in windows', stars: 5320, isPending: true as const },
    { step: 'giants, with all labels', stars: 532, model: 'giants' },
  ];

  it('is a line of words', () => {
    expect(funnelInWords(steps)).toMatch(/^5000000 spectra → 10012 in the reference table → .* → ≤ 5320 χ² in windows/);
  });

  it('is a picture that says what it shows, in light and dark, with text that stays text', () => {
    const svg = funnelSvg(steps, 'My <survey>');
    expect(svg).toMatch(/<svg [^>]*role="img" aria-labelledby="title desc">/);
    expect(svg).toContain(
      '<title id="title">From 5\u2009000\u2009000 spectra to the training set: My &lt;survey&gt;</title>',
    );
    expect(svg).toMatch(/<desc id="desc">.*at most 5\u2009320 χ² in windows; 532 giants, with all labels\.<\/desc>/);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toContain('snrz &gt;= 30 &amp; &quot;odd&quot; &lt;cut&gt;');
    expect(svg).not.toMatch(/undefined|NaN|<script|&(?!amp;|lt;|gt;|quot;)/);
    const widths = [...svg.matchAll(/<rect class="bar[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
    // Scaled to what matched; the number of all spectra ends open at the same length.
    expect(widths).toEqual([
      340,
      340,
      expect.closeTo((340 * 5320) / 10_012, 0),
      expect.closeTo(180.7, 0),
      expect.closeTo(18.1, 0),
    ]);
    // As many lost as the difference of the steps; models lose none.
    expect([...svg.matchAll(/−([\d\u2009]+)</g)].map(([, lost]) => lost)).toEqual([
      '4\u2009989\u2009988',
      '4\u2009692',
    ]);
  });
});

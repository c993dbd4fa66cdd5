/** Cuts and models: percentiles of χ² as numpy gives them, the division of Wheeler et al. 2020, and every star in one model or reported. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../engine/config/parse';
import { galahWindowsInAir } from '../../engine/spectra/elementWindows';
import type { SpectrumIdentity } from '../../engine/spectra/spectrum';
import { splitStars } from '../../engine/reference/modelSplit';
import type { Cell, Table } from '../../engine/reference/table';
import { selectTrainingSet, type SelectionReaders } from '../../engine/reference/trainingSet';
import { cutByPercentile, elementsOfLabels, percentileOf } from '../../engine/reference/windowCut';

function tableOf(columns: Record<string, readonly Cell[]>): Table {
  const isNumeric = (values: readonly Cell[]) => values.every((value) => typeof value === 'number');
  const named = Object.entries(columns).map(
    ([name, values]) => [name, { name, unit: '', values, isNumeric: isNumeric(values) }] as const,
  );
  return { path: '/survey/labels.csv', nRows: Object.values(columns)[0]!.length, columns: new Map(named) };
}

const head =
  'survey: lamost-lrs\nspectra: "*.fits"\nreference: { file: labels.csv, match: { filename: f } }\nlabels: { teff: {}, logg: {} }\n';

function configOf(text: string) {
  const { config, problems } = parseConfig(head + text, '/survey/cannon.yaml');
  expect(problems).toEqual([]);
  return config!;
}

function select(text: string, columns: Record<string, readonly Cell[]>, readers: SelectionReaders = {}) {
  const n = Object.values(columns)[0]!.length;
  const f = Array.from({ length: n }, (_, k) => `star${k}`);
  const spectra = f.map((path) => ({ path, star: path, obsid: null, cards: {} }) as unknown as SpectrumIdentity);
  const table = tableOf({ f, teff: f.map(() => 5000), logg: f.map(() => 4), ...columns });
  return selectTrainingSet(configOf(text), spectra, { load: () => Promise.resolve(table), ...readers });
}

describe('the cut on χ² in windows', () => {
  it('takes percentiles as numpy does', () => {
    const sorted = Float64Array.from([1, 2, 4, 7, 11]);
    // numpy.percentile([1, 2, 4, 7, 11], [0, 10, 50, 85, 99, 100])
    const expected = [1, 1.4, 4, 8.6, 10.84, 11];
    [0, 10, 50, 85, 99, 100].forEach((p, k) => expect(percentileOf(sorted, p)).toBeCloseTo(expected[k]!, 12));
  });

  it('drops a star that is too far off in any element, and does not judge it where it has no χ²', () => {
    const { kept, thresholds, nUnjudged } = cutByPercentile(
      6,
      [
        { element: 'Mg', chi2: Float64Array.from([1, 2, 3, 4, 100, NaN]) },
        { element: 'Ba', chi2: Float64Array.from([50, 1, NaN, 1, 1, NaN]) },
      ],
      75,
    );
    // Thresholds: numpy.percentile([1, 2, 3, 4, 100], 75) = 4 and numpy.percentile([50, 1, 1, 1], 75) = 13.25.
    expect(thresholds).toEqual([
      { element: 'Mg', threshold: 4, stars: 5, above: 1 },
      { element: 'Ba', threshold: 13.25, stars: 4, above: 1 },
    ]);
    expect(kept).toEqual([1, 2, 3, 5]);
    expect(nUnjudged).toBe(1);
  });

  it('takes χ² from columns by a pattern, over the stars that the cuts before have left', async () => {
    const columns = { good: [1, 1, 1, 1, 0], chi2_mg: [1, 2, 3, 40, 500], chi2_ba: [9, 1, 1, 1, 1] };
    const text = 'quality:\n  - good == 1\n  - windowChi2: { percentile: 70, columns: chi2_* }\n';
    const { funnel, models } = await select(text, columns);
    expect(funnel.map(({ stars }) => stars)).toEqual([5, 5, 4, 2, 2]);
    expect(models[0]!.stars.map(({ row }) => row)).toEqual([1, 2]);
    // numpy.percentile([1, 2, 3, 40], 70) = 6.7; of all five it would be 32.6.
    expect(funnel[3]!.thresholds![0]).toEqual({
      element: 'Mg',
      threshold: expect.closeTo(6.7, 10) as number,
      stars: 4,
      above: 1,
    });
  });

  it('takes χ² from the columns of a map, and counts stars that none judges', async () => {
    const text = 'quality: { windowChi2: { percentile: 50, columns: { Mg: q } } }\n';
    const { funnel, notes } = await select(text, { q: [1, 2, 3, null] });
    expect(funnel[2]!.stars).toBe(3);
    expect(notes).toEqual([{ about: 'quality/0', sentence: '1 of 4 stars have no χ² in any element: they stay' }]);
  });

  it('is left for later where nobody fits spectra, and asks for the elements of the labels where somebody does', async () => {
    const text = 'quality: { windowChi2: { percentile: 50, elements: [Mg, Ba] } }\n';
    const pending = await select(text, { x: [1, 2, 3] });
    expect(pending.funnel[2]).toMatchObject({ stars: 3, isPending: true });
    const asked: unknown[] = [];
    const { funnel } = await select(
      text,
      { x: [1, 2, 3] },
      {
        measure: (cut, elements, candidates) => {
          asked.push(
            elements,
            candidates.map(({ row, model, labels }) => ({ row, model, labels })),
          );
          return Promise.resolve([{ element: 'Mg', chi2: Float64Array.from([1, 2, 3]) }]);
        },
      },
    );
    expect(funnel[2]).toMatchObject({ stars: 2, thresholds: [{ element: 'Mg', threshold: 2 }] });
    const candidate = (row: number) => ({ row, model: 0, labels: [5000, 4] });
    expect(asked).toEqual([
      ['Mg', 'Ba'],
      [candidate(0), candidate(1), candidate(2)],
    ]);
  });

  it('judges by the elements that labels are named after, those in means included', () => {
    const { labels } = parseConfig(
      `${head.replace(/labels: .*\n/, '')}labels: { teff: {}, fe_h: {}, mg_fe: {}, ba_h: {}, alpha_fe: { mean: [si_fe, ca_fe] }, s_fe: {} }\n`,
      '/survey/cannon.yaml',
    ).config!;
    expect(elementsOfLabels(labels)).toEqual(['Ba', 'Ca', 'Mg', 'Si']);
    expect(elementsOfLabels(labels.slice(0, 2))).toBeNull();
    expect(Object.keys(galahWindowsInAir)).toHaveLength(21);
  });

  it.each([
    ['both columns and spectra', '{ columns: chi2_*, spectra: "*.fits" }', 'CAN044'],
    ['a pattern without a star', '{ columns: chi2 }', 'CAN046'],
    ['an element without windows', '{ elements: [Mgg] }', 'CAN045'],
    ['a percentile beyond 100', '{ percentile: 101 }', 'CAN010'],
    ['a match without spectra', '{ match: { sky: 1 arcsec } }', 'CAN020'],
  ])('refuses %s at its place', (_, text, code) => {
    const { problems } = parseConfig(`${head}quality: [{ windowChi2: ${text} }]\n`, '/survey/cannon.yaml');
    expect(problems.map((one) => one.code)).toEqual([code]);
    expect(problems[0]!.range!.start).toBeGreaterThan(head.length);
  });
});

describe('the division of Wheeler et al. 2020', () => {
  /** Equation 1 as printed. */
  const line = (teff: number) => (teff < 5200 ? 4.18 : -6e-4 * teff + 7.3);

  it('is Equation 1, by the name of its halves', () => {
    const config = configOf('models:\n  g: { where: wheeler2020-giants }\n  d: { where: wheeler2020-dwarfs }\n');
    for (let teff = 3500; teff <= 8000; teff += 50) {
      for (const offset of [-1, -1e-9, 0, 1e-9, 1]) {
        const logg = line(teff) + offset;
        const { members, without } = splitStars(config.models, [0], () => (name) => (name === 'teff' ? teff : logg));
        expect([members.map((stars) => stars.length), without]).toEqual([logg < line(teff) ? [1, 0] : [0, 1], []]);
      }
    }
    // The two halves of the line meet at 5200 K.
    expect(line(5200)).toBeCloseTo(4.18, 12);
  });

  it('is two models with the labels of the paper by one word, and says which labels are missing', () => {
    const { config, problems } = parseConfig(`${head}models: wheeler2020\n`, '/survey/cannon.yaml');
    expect(config!.models.map(({ name, labels }) => [name, labels.length])).toEqual([
      ['giants', 10],
      ['dwarfs', 9],
    ]);
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
      expect.stringMatching(/^CAN047 .*vmic, fe_h, o_fe, eu_fe, mg_fe, al_fe, mn_fe, ba_fe, alpha_fe, sc_fe, s_fe$/),
    ]);
  });
});

describe('every star goes to one model or is reported', () => {
  it('to the first that fits, with a word on those that fit several', async () => {
    const text = 'models:\n  cool: { where: "t < 5000" }\n  warm: { where: "t < 6000" }\n';
    const { models, notes } = await select(text, { t: [4000, 5500, 7000] });
    expect(models.map(({ stars }) => stars.map(({ row }) => row))).toEqual([[0], [1]]);
    expect(notes).toEqual([
      { about: 'models', sentence: '1 reference star belongs to no model (star2)' },
      expect.objectContaining({
        sentence: expect.stringMatching(/^1 reference star fulfils .* star0, those of cool and warm/) as string,
      }),
    ]);
  });

  it('and "otherwise" does not take those of which a condition is not known', async () => {
    const text = 'models:\n  cool: { where: "t < 5000" }\n  rest: { where: otherwise }\n';
    const { models, notes } = await select(text, { t: [4000, 5500, null] });
    expect(models.map(({ stars }) => stars.map(({ row }) => row))).toEqual([[0], [1]]);
    expect(notes.map(({ sentence }) => sentence)).toEqual(['1 reference star belongs to no model (star2)']);
  });

  it('with its errors, and without all of its labels where training allows that', async () => {
    const columns = { teff: [5000, null, null], e_teff: [50, 40, null], logg: [4, 4, null], logg_err: [0.1, 0, 0.1] };
    const complete = await select('', columns);
    expect(complete.models[0]!.stars).toEqual([{ spectrumIdx: 0, row: 0, labels: [5000, 4], errors: [50, 0.1] }]);
    const text = 'windows: galah\ntraining: { missingLabels: per-pixel, masks: { teff: { only: Mg } } }\n';
    const partial = await select(text, columns);
    expect(partial.models[0]!.stars.map(({ labels, errors }) => [labels, errors])).toEqual([
      [
        [5000, 4],
        [50, 0.1],
      ],
      [
        [NaN, 4],
        [40, NaN],
      ],
    ]);
  });
});

/** The stars that a reference knows, gathered from a survey spectrum by spectrum. */
import { expect, it } from 'vitest';
import { parseConfig } from '../../engine/config/parse';
import { SurveyMatcher } from '../../engine/reference/matchedSurvey';
import { parseReview } from '../../engine/reference/review';
import type { Table } from '../../engine/reference/table';
import { selectAmong, selectTrainingSet } from '../../engine/reference/trainingSet';
import type { SpectrumIdentity } from '../../engine/spectra/spectrum';

const text =
  'survey: lamost-lrs\nspectra: "*.fits"\nreference: { file: labels.csv, match: { filename: f } }\nlabels: { teff: {} }\nquality: ["teff > 5001"]\n';
const { config } = parseConfig(text, '/survey/cannon.yaml');
/** Every fifth of fifty spectra has a row; of one row there is no spectrum, and one id stands twice. */
const spectra = Array.from({ length: 50 }, (_, k) => {
  return { path: `star${k}.fits`, star: `star${k}`, obsid: null, cards: {} } as unknown as SpectrumIdentity;
});
const ids = [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 45, 99];
const columnOf = (name: string, values: readonly (string | number)[]) =>
  [name, { name, unit: '', values, isNumeric: typeof values[0] === 'number' }] as const;
const table: Table = {
  path: '/survey/labels.csv',
  nRows: ids.length,
  columns: new Map([
    columnOf(
      'f',
      ids.map((k) => `star${k}`),
    ),
    columnOf(
      'teff',
      ids.map((_, row) => 5000 + row),
    ),
  ]),
};
const review = parseReview('star20: { verdict: exclude }\nelsewhere: { verdict: exclude }\n', '/survey/review.yaml');
const readers = { load: () => Promise.resolve(table), review };

it('are the same in whatever order the spectra come, and as those of the whole survey at once', async () => {
  const whole = await selectTrainingSet(config!, spectra, readers);
  for (const step of [1, 7, 49]) {
    const matcher = await SurveyMatcher.begin(config!, readers);
    const order = spectra.map((_, n) => (n * step) % spectra.length);
    const kept = order.filter((n) => matcher.add(n, spectra[n]!));
    const survey = matcher.finish();
    expect(kept.sort((a, b) => a - b)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40]);
    expect(survey.stars.map(({ spectrumIdx }) => spectrumIdx)).toEqual(kept);
    const set = await selectAmong(config!, survey, undefined);
    expect(set.funnel).toEqual(whole.funnel);
    expect(set.notes).toEqual(whole.notes);
    expect(set.unknownReviewed).toEqual(['elsewhere']);
    const idxOf = (star: number) => survey.stars[star]!.spectrumIdx;
    expect(set.models[0]!.stars.map((star) => ({ ...star, spectrumIdx: idxOf(star.spectrumIdx) }))).toEqual(
      whole.models[0]!.stars,
    );
  }
  expect(whole.models[0]!.stars.map(({ spectrumIdx }) => spectrumIdx)).toEqual([10, 15, 25, 30, 35, 40]);
  expect(whole.notes.map(({ sentence }) => sentence)).toEqual([
    expect.stringContaining('1 id stands in several rows of'),
    expect.stringMatching(/^3 of 12 rows of .* have no spectrum \(star45, star45, star99\)$/),
    expect.stringMatching(/^41 of 50 spectra have no row in .* \(star1\.fits, star2\.fits, star3\.fits, …\)$/),
  ]);
});

/** A saved search goes into cannon.yaml so that it reads back, and touches nothing else. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../engine/index';
import { searchEdit } from '../../client/review/searchEdit';

const survey =
  'survey: lamost-lrs\nspectra: "*.fits"\ngrid: { from: 3900, to: 8750, step: 1e-4 }\nlabels:\n  teff: { column: teff, unit: K }\n';
const where = `teff > 5000 AND has('binary') AND note <> "x"`;

/** The text with the search, and what it then says under `searches`. */
function saved(source: string, name = 'odd: ones') {
  const { from, to, text } = searchEdit(source, '/s/cannon.yaml', name, where);
  const result = source.slice(0, from) + text + source.slice(to);
  const { config, problems } = parseConfig(result, '/s/cannon.yaml');
  return { result, searches: config?.searches, problems: problems.filter(({ severity }) => severity === 'error') };
}
const names = (searches: ReturnType<typeof saved>['searches']) => (searches ?? []).map(({ name }) => name);

describe('a search is saved', () => {
  it.each([
    ['in a file without searches', survey, ['odd: ones']],
    ['in a file that ends without a line break', survey.trimEnd(), ['odd: ones']],
    ['under an empty key', `${survey}searches:\n`, ['odd: ones']],
    ['under an empty map, before a comment', `${survey}searches: {} # ours\nwindows: galah\n`, ['odd: ones']],
    ['after others, a line each', `${survey}searches:\n  hot: "teff > 7000"\nwindows: galah\n`, ['hot', 'odd: ones']],
    ['after others in one line', `${survey}searches: { hot: "teff > 7000" }\n`, ['hot', 'odd: ones']],
    ['over the one of its name', `${survey}searches:\n  "odd: ones": "teff > 1"\n`, ['odd: ones']],
  ])('%s', (_, source, expected) => {
    const { result, searches, problems } = saved(source);
    expect(problems).toEqual([]);
    expect(names(searches)).toEqual(expected);
    expect(searches!.find(({ name }) => name === 'odd: ones')!.where).toBe(where);
    expect(result.startsWith(survey.trimEnd())).toBe(true);
    expect(result.includes('windows: galah')).toBe(source.includes('windows: galah'));
    expect(result.includes('# ours')).toBe(source.includes('# ours'));
  });
});

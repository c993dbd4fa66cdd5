/** Renaming a label: every use follows, what the label means stays, and a name that would break something is refused. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../engine/config/parse';
import { renameLabel } from '../../engine/config/renameLabel';

const head = 'survey: lamost-lrs\nspectra: a.fits\n';
const parse = (text: string) => parseConfig(head + text, '/s/cannon.yaml');

function renamed(text: string, from: string, to: string): string {
  const parsed = parse(text);
  expect(parsed.problems).toEqual([]);
  let result = parsed.text;
  for (const { range, newText } of renameLabel(parsed, from, to).sort((a, b) => b.range.start - a.range.start))
    result = result.slice(0, range.start) + newText + result.slice(range.end);
  return result.slice(head.length);
}

describe('renaming a label', () => {
  it('follows it through models, conditions and priors', () => {
    const text = `labels:
  teff: { column: teff, unit: K }
  "fe_h": { column: feh, unit: dex }
quality: ["fe_h > -2 and \`fe_h\` < 1", fe_h < teff]
models:
  a: { where: "abs(fe_h) < 1", labels: [teff, fe_h] }
  b: { where: otherwise, labels: ['fe_h'] }
inference: { prior: { fe_h: { mean: 0, sigma: 1 } } }
`;
    expect(renamed(text, 'fe_h', 'm_h')).toBe(text.replaceAll('fe_h', 'm_h'));
  });

  it.each([
    ['no value', 'labels:\n  teff:\n  x:\n', 'labels:\n  t: { column: teff, unit: K }\n  x:\n'],
    ['an empty map', 'labels:\n  teff: {}\n', 'labels:\n  t: { column: teff, unit: K }\n'],
    ['a map in braces', 'labels:\n  teff: { unit: mK }\n', 'labels:\n  t: { column: teff, unit: mK }\n'],
    ['a map in tight braces', 'labels:\n  teff: {unit: mK}\n', 'labels:\n  t: { column: teff, unit: mK}\n'],
    ['a map of lines', 'labels:\n  teff:\n    unit: mK\n', 'labels:\n  t:\n    column: teff\n    unit: mK\n'],
    ['a column without a unit', 'labels:\n  teff: { column: T }\n', 'labels:\n  t: { unit: K, column: T }\n'],
  ])('writes out what the label had by its name: %s', (_, before, after) => {
    expect(renamed(before, 'teff', 't').replace('{ column: teff, unit: K  }', '{ column: teff, unit: K }')).toBe(after);
  });

  const labels = 'labels: { teff: { column: t }, logg: { column: g } }\n';
  it.each([
    ['a word of conditions', labels, 'log10', 'CAN012'],
    ['no name at all', labels, 'te ff', 'CAN012'],
    ['another label', labels, 'logg', 'CAN003'],
    ['another label in other letters', labels, 'LOGG', 'CAN013'],
    ['the column of a condition', `${labels}quality: snrg > 3\n`, 'snrg', 'CAN012'],
    ['hidden in escapes', `${labels}quality: "\\x74eff > 3"\n`, 't', 'CAN012'],
  ])('refuses %s', (_, text, to, code) => {
    expect(() => renameLabel(parse(text), 'teff', to)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

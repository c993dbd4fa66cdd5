/** The context of a cursor in text that is being written: which key or value belongs there. `|` is the cursor. */
import { describe, expect, it } from 'vitest';
import { cursorAt } from '../../engine/config/cursor';

function at(marked: string): string | null {
  const offset = marked.indexOf('|');
  const cursor = cursorAt(marked.slice(0, offset) + marked.slice(offset + 1), offset);
  return cursor && `${cursor.at} ${cursor.path.join('/')} ${cursor.shape.kind} "${cursor.before}"`;
}

describe('the context of a cursor', () => {
  it.each([
    ['in an empty file', '|', 'key  map ""'],
    ['in the first word', 'sur|', 'key  map "sur"'],
    ['at a key after others', 'survey: lamost-lrs\ngri|\nspectra: x\n', 'key  map "gri"'],
    ['on an empty line', 'survey: lamost-lrs\n|\n', 'key  map ""'],
    ['at the first key of a map', 'grid:\n  |\nlabels:\n', 'key grid map ""'],
    ['at the first word of a map', 'grid:\n  fr|\nlabels:\n', 'key grid map "fr"'],
    ['at a later key of a map', 'grid:\n  from: 3900\n  t|\nlabels:\n', 'key grid map "t"'],
    ['at a later empty line of a map', 'reference:\n  file: a.csv\n  |\nlabels:\n', 'key reference map ""'],
    ['at a key of a map in braces', 'grid: { from: 3900, t| }', 'key grid map "t"'],
    ['in empty braces', 'reference: { file: a, match: { | } }', 'key reference/match map ""'],
    ['in braces that are not closed', 'grid: { from: 3900, t|', 'key grid map "t"'],
    ['at the name of a label', 'labels:\n  teff: { column: teff }\n  l|\n', 'key labels names "l"'],
    ['at a key of a label', 'labels:\n  teff: { co| }\n', 'key labels/teff map "co"'],
    ['at a value', 'survey: la|\n', 'value survey choice "la"'],
    ['at a value not begun', 'survey: |\nspectra: x\n', 'value survey choice ""'],
    ['at a card', 'reference:\n  match: { spectrum.OB|', 'key reference/match map "spectrum.OB"'],
    [
      "at a card's column",
      'reference: { match: { spectrum.OBSID: ob| } }',
      'value reference/match/spectrum.OBSID text "ob"',
    ],
    ['in a list', 'models:\n  a: { labels: [teff, l|] }', 'value models/a/labels/1 text "l"'],
    ['in a list of lines', 'spectra:\n  - a\n  - b|\n', 'value spectra/1 text "b"'],
    ['in a lone item', 'spectra: spec|\n', 'value spectra text "spec"'],
    ['in a condition', 'quality: ["snrg >= 2", "4000 < te|ff"]', 'value quality/1 condition "4000 < te"'],
    ['in a condition without quotes', 'quality:\n  - snrg >= 20 and |\n', 'value quality/0 condition "snrg >= 20 and"'],
    ['in a quote that is not closed', 'quality: ["snrg > |\nmodels:\n  a:\n', 'value quality/0 condition "snrg > "'],
  ])('%s', (_, marked, expected) => {
    // Blanks at the end of an unquoted text are not part of it, but the word at the cursor makes them so.
    expect(at(marked)?.replace(/ "$/, '"')).toBe(expected.replace(/ "$/, '"'));
  });

  it.each([
    ['in a comment', 'survey: x # la|\n'],
    ['below a key that nobody knows', 'wavelength:\n  fr|\n'],
    ['in a second line of a text', 'survey: lamost-lrs\n   mo|\n'],
    ['in a text far too deep', `${'['.repeat(60)}|`],
  ])('is none %s', (_, marked) => expect(at(marked)).toBeNull());

  it('knows what else there is, what is replaced, and whether a value follows', () => {
    const text = 'grid: { from: 3900, step: 1e-4 }';
    const cursor = cursorAt(text, text.indexOf('ste') + 2)!;
    expect(cursor.siblings).toEqual(['from']);
    expect(text.slice(cursor.range.start, cursor.range.end)).toBe('step');
    expect(cursor.hasColon).toBe(true);
    const list = 'models: { a: { labels: [teff, "lo", fe_h] } }';
    const item = cursorAt(list, list.indexOf('lo"') + 1)!;
    expect(item).toMatchObject({ isQuoted: true, siblings: ['teff', 'fe_h'], hasColon: false });
    expect(list.slice(item.range.start, item.range.end)).toBe('lo');
  });
});

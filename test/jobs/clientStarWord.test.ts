/** Which words under the pointer are worth asking the server about, and what a word is. */
import { describe, expect, it } from 'vitest';
import { starWord, wordPattern } from '../../client/starWord';

/** The word of `line` that holds the offset of `at`. */
function wordIn(line: string, at: string): string | undefined {
  const offset = line.indexOf(at);
  return [...line.matchAll(new RegExp(wordPattern, 'g'))].find(
    ({ index, 0: word }) => index <= offset && offset < index + word.length,
  )?.[0];
}

describe('a word of a text', () => {
  it.each([
    ['stars = [937808200, 937808201]', '8200', '937808200'],
    ["fit(spectrum='plates/HD07/spec-1.fits.gz')", 'HD07', 'plates/HD07/spec-1.fits.gz'],
    ['937808200,5771.2,4.4', '80', '937808200'],
    ['star=J064023.31+280120.5;', '23', 'J064023.31+280120.5'],
    ['See [it](spectra/a.fits).', 'spectra', 'spectra/a.fits'],
    ['| 937808200 | 5771 |', '937', '937808200'],
  ])('ends at blanks, quotes, brackets and separators: %s', (line, at, word) => {
    expect(wordIn(line, at)).toBe(word);
  });

  it.each([
    ['937808200', '937808200'],
    ['937808200.', '937808200'],
    ['J064023.31+280120.5', 'J064023.31+280120.5'],
    ['2M00000002+7417074', '2M00000002+7417074'],
    ['../a/spec-1.FITS.gz:', '../a/spec-1.FITS.gz'],
    ['a.fits', 'a.fits'],
  ])('may name a star: %s', (word, expected) => expect(starWord(word)).toBe(expected));

  it.each(['teff', 'x', '2026', '3.14159265', '-1.5e-12345', 'labels.csv', 'a'.repeat(70) + '12345', 'import'])(
    'names none for sure: %s',
    (word) => expect(starWord(word)).toBeNull(),
  );
});

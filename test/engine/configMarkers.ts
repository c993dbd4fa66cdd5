/** YAML with «marks» around the places where problems are expected. */
import type { Problem, TextRange } from '../../engine/problems';

export interface Marked {
  readonly text: string;
  /** In the order of the marks. */
  readonly ranges: readonly TextRange[];
}

/** Takes the marks out and remembers where they were. `«»` marks a place without extent. */
export function unmark(marked: string): Marked {
  const ranges: TextRange[] = [];
  let text = '';
  let start = 0;
  for (const part of marked.split(/([«»])/)) {
    if (part === '«') start = text.length;
    else if (part === '»') ranges.push({ start, end: text.length });
    else text += part;
  }
  return { text, ranges };
}

/** What a test compares: code and place of each problem, in the order of the file. */
export function codesAt(problems: readonly Problem[]): { code: string; range: TextRange | undefined }[] {
  return problems.map(({ code, range }) => ({ code, range }));
}

/** A description in which nothing is wrong; tests change one thing in it. */
export const soundConfig = `survey: lamost-lrs
spectra: spectra/**/*.fits.gz
reference:
  file: labels.csv
  match: { spectrum.OBSID: obsid }
labels:
  teff: { column: teff, unit: K }
  logg:
  fe_h: { column: feh }
`;

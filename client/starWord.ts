/** Which words of a text may name a star: cheap, for it is asked of whatever the pointer rests on. Pure. */

/** What stands between blanks, quotes and brackets. */
export const wordPattern = /[^\s"'`,;|()[\]{}<>=]+/;

const longestId = 64;
const longestPath = 1024;
const fileName = /\.fits?(\.(gz|Z|fz))?$/i;
const fiveDigits = /(?:\d\D*){5}/;
const decimal = /^[-+]?\d*\.\d*(e[-+]?\d+)?$/i;

/** The word as an id, a designation or a path of a FITS file may be written; null for what is none for sure. */
export function starWord(word: string): string | null {
  const trimmed = word.replace(/[.:!?]+$/, '');
  if (fileName.test(trimmed)) return trimmed.length <= longestPath ? trimmed : null;
  const isId = trimmed.length <= longestId && fiveDigits.test(trimmed) && !decimal.test(trimmed);
  return isId ? trimmed : null;
}

/** The first line of a table of text with a cell that is `star`, from 0; null where there is none. */
export function lineOfStar(text: string, star: string): number | null {
  const name = star.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const cell = new RegExp(`(?:^|[,;\\t])[ "]*${name}[ "]*(?=$|[,;\\t\\r])`);
  const line = text.split('\n').findIndex((row) => row.includes(star) && cell.test(row));
  return line < 0 ? null : line;
}

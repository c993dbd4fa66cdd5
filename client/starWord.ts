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

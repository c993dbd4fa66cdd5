/** Where a column's name stands in the text of a CSV, for editors that jump to it. */
import { open } from 'node:fs/promises';
import { requireFile } from '../plainFile';
import { delimiterOf } from './csv';

/** Zero-based line, and UTF-16 offsets in it, without quotes. */
export interface HeaderCell {
  readonly line: number;
  readonly from: number;
  readonly to: number;
}

/** A line of column names is never longer. */
const headBytes = 65_536;

/** Null where the file is no CSV, cannot be read, or has no such column. */
export async function headerCell(path: string, column: string): Promise<HeaderCell | null> {
  const head = await readHead(path).catch(() => null);
  // A zero byte, or the first card of a FITS file: no text to jump into.
  if (head === null || head.includes(0) || head.subarray(0, 9).toString('latin1') === 'SIMPLE  =') return null;
  const lines = head.toString('utf8').split(/\r\n|\n|\r/);
  // The line of names is the first that is no comment, or the comment before it (`#id,teff`, `csv.ts`).
  const first = lines.findIndex((line) => !/^\ufeff?\s*(#|$)/.test(line));
  const comment = lines.slice(0, Math.max(0, first)).findLastIndex((line) => /^\ufeff?\s*#/.test(line));
  const candidates = [first, comment].filter((line) => line >= 0);
  for (const line of candidates) {
    const found = cellIn(lines[line] ?? '', column);
    if (found !== null) return { line, ...found };
  }
  return null;
}

/** Where `column` stands among the names of a line. */
function cellIn(line: string, column: string): Omit<HeaderCell, 'line'> | null {
  // The mark at the beginning of a file is no character of its first line in an editor.
  const text = line.replace(/^\ufeff/, '');
  const lead = /^[ \t]*#+[ \t]*/.exec(text)?.[0].length ?? 0;
  const delimiter = delimiterOf(text.slice(lead));
  for (let from = lead; from <= text.length;) {
    const isQuoted = /^\s*"/.test(text.slice(from));
    const close = isQuoted ? text.indexOf('"', text.indexOf('"', from) + 1) : from;
    const next = text.indexOf(delimiter, Math.max(from, close));
    const end = next < 0 ? text.length : next;
    const cell = text.slice(from, end);
    const name = cell.trim().replace(/^"(.*)"$/, '$1');
    if (name === column) {
      const at = from + cell.indexOf(name);
      return { from: at, to: at + name.length };
    }
    from = end + 1;
  }
  return null;
}

async function readHead(path: string): Promise<Buffer> {
  await requireFile(path);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

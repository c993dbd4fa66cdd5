/** Where a column's name stands in the text of a CSV, for editors that jump to it. */
import { open } from 'node:fs/promises';
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
  const text = head.toString('utf8');
  const before = /^\ufeff?(?:[ \t]*(?:#.*)?\r?\n)*/.exec(text)![0];
  const header = /^.*/.exec(text.slice(before.length))![0];
  const line = before.split('\n').length - 1;
  // The mark at the beginning of a file is no character of its first line in an editor.
  const shift = line === 0 ? before.replace('\ufeff', '').length : 0;
  const delimiter = delimiterOf(header);
  for (let from = 0; from <= header.length;) {
    const isQuoted = /^\s*"/.test(header.slice(from));
    const close = isQuoted ? header.indexOf('"', header.indexOf('"', from) + 1) : from;
    const next = header.indexOf(delimiter, Math.max(from, close));
    const end = next < 0 ? header.length : next;
    const cell = header.slice(from, end);
    const name = cell.trim().replace(/^"(.*)"$/, '$1');
    if (name === column) {
      const at = from + cell.indexOf(name);
      return { line, from: shift + at, to: shift + at + name.length };
    }
    from = end + 1;
  }
  return null;
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

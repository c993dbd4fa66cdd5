/** Offsets of the engine as ranges of the protocol. */
import type { Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { TextRange } from '../engine/index';

export function toRange(document: TextDocument, { start, end }: TextRange): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

/** The beginning of a file. */
export const fileStart: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

export function isWithin(offset: number, range: TextRange | null | undefined): boolean {
  return range !== null && range !== undefined && range.start <= offset && offset <= range.end;
}

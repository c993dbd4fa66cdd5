/** Completion within a search of `searches`: columns of the newest catalog, flags and what they are about, and functions. */
import { CompletionItemKind } from 'vscode-languageserver';
import { type CatalogSearch, type Cursor, filterCalls, flagBits, writtenColumn } from '../engine/index';
import type { Offer } from './completion';

const unfinishedFlag = /\bhas\s*\(\s*'{1,2}(\w*)$/i;
const unfinishedName = /[\p{L}_][\p{L}\p{N}_]*$/u;
const wordAfter = /^[\p{L}\p{N}_]*/u;
const operators = ['AND', 'OR', 'NOT'];

/**
 * @param text that the cursor is in
 * @param catalog null where there is none: the language is known all the same
 */
export function searchOffers({ before, range }: Cursor, text: string, catalog: CatalogSearch | null): Offer[] {
  const flag = unfinishedFlag.exec(before)?.[1];
  const typed = flag ?? unfinishedName.exec(before)?.[0] ?? '';
  const start = range.start + before.length - typed.length;
  const offset = range.start + before.length;
  const replace = { start, end: offset + wordAfter.exec(text.slice(offset, range.end))![0].length };
  const inQuotes = quotedAs(text[range.start - 1]);
  if (flag !== undefined) {
    return flagBits.map(({ name, words, bit }) => ({
      ...{ label: name, kind: CompletionItemKind.EnumMember, detail: words, rank: bit, replace },
    }));
  }
  // Within a text nothing is known; two quotes, as a text in single quotes of YAML has them, leave it as one does.
  if ((before.replaceAll("''", "'").split("'").length - 1) % 2 === 1) return [];
  const columns = (catalog?.columns ?? []).map(({ name, unit, kind }, rank): Offer => ({
    ...{
      label: name,
      kind: CompletionItemKind.Field,
      insert: inQuotes(writtenColumn(name)),
      rank: 100 + rank,
      replace,
    },
    detail: `column of the newest catalog${unit === '' ? '' : `, ${unit}`}${kind === 'number' ? '' : `, ${kind}`}`,
  }));
  const calls = filterCalls.map(({ name, usage, about }): Offer => {
    const base = { label: usage, kind: CompletionItemKind.Function, detail: about, rank: 600, replace };
    return { ...base, insert: name === 'has' ? inQuotes(usage) : `${name}(` };
  });
  const words = operators.map((label) => ({ label, kind: CompletionItemKind.Keyword, rank: 900, replace }));
  return [...columns, ...calls, ...words];
}

/** How a text is written within a value of YAML that begins with this quote, or with none. */
function quotedAs(quote: string | undefined): (text: string) => string {
  if (quote === "'") return (text) => text.replaceAll("'", "''");
  return quote === '"' ? (text) => text.replaceAll('"', '\\"') : (text) => text;
}

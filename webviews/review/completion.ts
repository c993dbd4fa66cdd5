/** Names that can stand at a place in a condition: columns of the catalog, and flags within has('…'). Pure. */
import type { Bench } from './protocol';

export interface Completion {
  readonly text: string;
  /** Unit or what a flag means. */
  readonly detail: string;
}

export interface Completions {
  /** What is to be replaced. */
  readonly start: number;
  readonly end: number;
  readonly items: readonly Completion[];
}

const mostOffered = 8;

/** What fits the word before the cursor; none at an empty word, in a text, or where the word is whole already. */
export function completionsAt(text: string, cursor: number, bench: Bench): Completions | null {
  const before = text.slice(0, cursor);
  const flag = /has\s*\(\s*'(\w*)$/i.exec(before);
  const word = flag?.[1] ?? /(?:^|[^\w'"])([A-Za-z_]\w*)$/.exec(before)?.[1];
  if (word === undefined || (flag === null && (word === '' || isInText(before)))) return null;
  const all: Completion[] = flag
    ? bench.flags.map(({ name, words }) => ({ text: name, detail: words }))
    : bench.columns.map(({ name, unit }) => ({ text: name, detail: unit }));
  const typed = word.toLowerCase();
  const rank = ({ text: name }: Completion): number => {
    const at = name.toLowerCase().indexOf(typed);
    return at < 0 ? -1 : at === 0 ? 0 : name.toLowerCase().includes(`_${typed}`) ? 1 : 2;
  };
  const items = all
    .map((item) => ({ item, at: rank(item) }))
    .filter(({ at, item }) => at >= 0 && item.text !== word)
    .sort((a, b) => a.at - b.at)
    .slice(0, mostOffered)
    .map(({ item }) => item);
  const isWhole = all.some(({ text: name }) => name === word);
  return items.length === 0 || isWhole ? null : { start: cursor - word.length, end: cursor, items };
}

const isInText = (before: string): boolean => (before.split("'").length - 1) % 2 === 1;

/** The condition with a completion taken, and where the cursor then stands. */
export function taken(text: string, { start, end }: Completions, item: Completion): { text: string; cursor: number } {
  return { text: text.slice(0, start) + item.text + text.slice(end), cursor: start + item.text.length };
}

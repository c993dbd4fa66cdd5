/**
 * How a glob is read: `*` and `?` within a name, `**` as a whole part for any folders, `[a-z]` `[!a-z]`, `{a,b}` `{1..12}`,
 * and the groups `@(a|b)` `?(…)` `*(…)` `+(…)` `!(…)`. Brackets and braces without a counterpart are letters, and so are others that
 * mean nothing, such as parentheses in the name of a folder: every text is a glob. Time grows with the length of the text and with nothing else; groups nest 20 deep, those
 * inside are letters again.
 */

export type GlobItem =
  /** One letter, by its code. */
  | { readonly kind: 'letter'; readonly code: number }
  /** `?`, or one of a class: the codes that it stands for. */
  | { readonly kind: 'any'; readonly allows: (code: number) => boolean }
  /** `*`. */
  | { readonly kind: 'star' }
  /** `**` with its "/": any folders, or none. */
  | { readonly kind: 'folders' }
  /** `**` at the end: all that lies below. */
  | { readonly kind: 'below' }
  | { readonly kind: 'group'; readonly times: GroupTimes; readonly choices: readonly (readonly GlobItem[])[] };

export type GroupTimes = 'once' | 'maybe' | 'some' | 'many' | 'none';

const deepest = 20;
const mostOfRange = 1000;
const slash = 47;
const timesOf: Readonly<Record<string, GroupTimes>> = {
  '@': 'once',
  '?': 'maybe',
  '+': 'some',
  '*': 'many',
  '!': 'none',
};

export function parseGlob(text: string): GlobItem[] {
  return new Reader(text).items(0, text.length, { depth: 0, isFresh: true });
}

interface Around {
  readonly depth: number;
  /** Whether a part of the path begins where the items do. */
  readonly isFresh: boolean;
}

class Reader {
  /** Of each opening bracket its counterpart, and of each group the places of its separators. */
  readonly #closing = new Map<number, { readonly at: number; readonly bars: readonly number[] }>();

  constructor(private readonly text: string) {
    const open: { from: number; close: string; bar: string; bars: number[] }[] = [];
    for (let at = 0; at < text.length; at++) {
      const letter = text[at]!;
      const end = letter === '[' ? this.classEnd(at) : null;
      if (end !== null) at = end;
      else if (letter === '{') open.push({ from: at, close: '}', bar: ',', bars: [] });
      else if (letter === '(') open.push({ from: at, close: ')', bar: '|', bars: [] });
      else if (letter === open.at(-1)?.bar) open.at(-1)!.bars.push(at);
      else if (letter === open.at(-1)?.close) {
        const { from, bars } = open.pop()!;
        this.#closing.set(from, { at, bars });
      }
    }
  }

  items(from: number, to: number, { depth, isFresh }: Around): GlobItem[] {
    const found: GlobItem[] = [];
    for (let at = from; at < to;) {
      const isStart = at === from ? isFresh : this.text[at - 1] === '/';
      const { item, next } = this.itemAt(at, to, { depth, isFresh: isStart });
      found.push(...item);
      at = next;
    }
    return found;
  }

  private itemAt(at: number, to: number, around: Around): { item: GlobItem[]; next: number } {
    const letter = this.text[at]!;
    const group = this.groupAt(at, around);
    if (group !== null) return group;
    if (letter === '?') return { item: [{ kind: 'any', allows: (code) => code !== slash }], next: at + 1 };
    if (letter === '[') {
      const end = this.classEnd(at);
      if (end !== null)
        return { item: [{ kind: 'any', allows: classOf(this.text.slice(at + 1, end)) }], next: end + 1 };
    }
    if (letter !== '*') return { item: [{ kind: 'letter', code: this.text.charCodeAt(at) }], next: at + 1 };
    let next = at + 1;
    while (next < to && this.text[next] === '*' && !this.#closing.has(next + 1)) next++;
    const isWhole = next - at === 2 && around.isFresh;
    if (isWhole && next === to) return { item: [{ kind: 'below' }], next };
    if (isWhole && this.text[next] === '/') return { item: [{ kind: 'folders' }], next: next + 1 };
    return { item: [{ kind: 'star' }], next };
  }

  private groupAt(at: number, { depth, isFresh }: Around): { item: GlobItem[]; next: number } | null {
    if (depth >= deepest) return null;
    const letter = this.text[at]!;
    const sign = this.text[at + 1] === '(' && this.#closing.has(at + 1) ? timesOf[letter] : undefined;
    // What is not there cannot be told within a group that may come again.
    const times = sign === 'none' && depth > 0 ? undefined : sign;
    const open = times === undefined ? at : at + 1;
    const closing = letter === '{' || times !== undefined ? this.#closing.get(open) : undefined;
    if (closing === undefined) return null;
    const ends = [open, ...closing.bars, closing.at];
    const inner = { depth: depth + 1, isFresh };
    const next = closing.at + 1;
    if (letter === '{' && closing.bars.length === 0) {
      const range = rangeOf(this.text.slice(open + 1, closing.at));
      return range === null ? null : { item: [{ kind: 'group', times: 'once', choices: range.map(lettersOf) }], next };
    }
    const choices = ends.slice(1).map((end, k) => this.items(ends[k]! + 1, end, inner));
    return { item: [{ kind: 'group', times: times ?? 'once', choices }], next };
  }

  /** Where a class ends that begins here; null where none does, or not in this part of the path. */
  private classEnd(at: number): number | null {
    let end = at + 1;
    if (this.text[end] === '!' || this.text[end] === '^') end++;
    // A "]" that comes first is one of the letters.
    if (this.text[end] === ']') end++;
    for (; end < this.text.length && end - at < 1000; end++) {
      if (this.text[end] === ']') return end;
      if (this.text[end] === '/') return null;
    }
    return null;
  }
}

function lettersOf(word: string): GlobItem[] {
  return Array.from({ length: word.length }, (_, k) => ({ kind: 'letter', code: word.charCodeAt(k) }));
}

/** The inside of `[…]`: letters and ranges of them, all but these after `!` or `^`; never a "/". */
function classOf(inside: string): (code: number) => boolean {
  const isInverse = /^[!^]/.test(inside);
  const letters = isInverse ? inside.slice(1) : inside;
  const ranges: [number, number][] = [];
  for (let at = 0; at < letters.length; at++) {
    const from = letters.charCodeAt(at);
    const isRange = letters[at + 1] === '-' && at + 2 < letters.length;
    ranges.push([from, isRange ? letters.charCodeAt(at + 2) : from]);
    if (isRange) at += 2;
  }
  return (code) => code !== slash && ranges.some(([from, to]) => from <= code && code <= to) !== isInverse;
}

/** `1..12`, `01..12` with leading zeros, `a..f`; null for anything else, or for too many. */
function rangeOf(inside: string): string[] | null {
  const ends = /^(?:(\d{1,9})\.\.(\d{1,9})|([A-Za-z])\.\.([A-Za-z]))$/.exec(inside);
  if (ends === null) return null;
  const [, first, last, letterA, letterB] = ends;
  const [a, b] = first === undefined ? [letterA!.charCodeAt(0), letterB!.charCodeAt(0)] : [Number(first), Number(last)];
  const [from, to] = [Math.min(a, b), Math.max(a, b)];
  if (to - from >= mostOfRange) return null;
  const isPadded = [first, last].some((end) => end !== undefined && /^0\d/.test(end));
  const width = isPadded ? Math.max(first!.length, last!.length) : 0;
  const word = (n: number) => (first === undefined ? String.fromCharCode(n) : String(n).padStart(width, '0'));
  return Array.from({ length: to - from + 1 }, (_, k) => word(from + k));
}

/**
 * Reads a search, an SQL condition over the columns of a catalog, into a tree. The tree, never the text, becomes the SQL that
 * runs (`filterSql.ts`): whatever the grammar below lacks, a search cannot do.
 *
 * From loose to tight: OR; AND; NOT; comparisons, BETWEEN, IN, IS, LIKE, ILIKE, ~; & | ||; + -; * / %; unary minus; ^; ::type.
 * Values are numbers, 'texts', TRUE, FALSE, NULL, columns, calls of functions, CASE, CAST, and anything in parentheses.
 */
import {
  FilterError,
  type FilterProblem,
  type Place,
  refuse,
  refuseStatement,
  type Token,
  tokensOf,
} from './filterTokens';

export type CastType = 'double' | 'integer' | 'text';

export type FilterNode = Place &
  (
    | { readonly kind: 'number' | 'text' | 'column'; readonly text: string }
    | { readonly kind: 'boolean'; readonly value: boolean }
    | { readonly kind: 'null' }
    | { readonly kind: 'all' | 'any'; readonly parts: readonly FilterNode[] }
    | { readonly kind: 'not' | 'minus'; readonly operand: FilterNode }
    | {
        readonly kind: 'compare' | 'math';
        readonly operator: string;
        readonly left: FilterNode;
        readonly right: FilterNode;
      }
    | { readonly kind: 'between'; readonly value: FilterNode; readonly low: FilterNode; readonly high: FilterNode }
    | { readonly kind: 'in'; readonly value: FilterNode; readonly list: readonly FilterNode[] }
    | { readonly kind: 'is'; readonly value: FilterNode; readonly what: 'null' | 'true' | 'false' }
    | { readonly kind: 'like' | 'ilike' | 'regex'; readonly value: FilterNode; readonly pattern: FilterNode }
    | {
        readonly kind: 'case';
        readonly branches: readonly (readonly [FilterNode, FilterNode])[];
        readonly otherwise: FilterNode | null;
      }
    | { readonly kind: 'cast'; readonly value: FilterNode; readonly to: CastType }
    | { readonly kind: 'call'; readonly name: string; readonly args: readonly FilterNode[] }
  );

const mostNested = 60;

const castTypes: Readonly<Record<string, CastType>> = {
  ...{ double: 'double', float: 'double', real: 'double', numeric: 'double', decimal: 'double' },
  ...{ int: 'integer', integer: 'integer', bigint: 'integer', smallint: 'integer' },
  ...{ varchar: 'text', text: 'text', string: 'text', char: 'text' },
};

const comparisons = new Set(['=', '==', '<>', '!=', '<', '<=', '>', '>=']);
/** Operators that join two values, the loosest first. */
const levels: readonly (readonly string[])[] = [
  ['&', '|', '||'],
  ['+', '-'],
  ['*', '/', '%'],
];

/** The tree of a search; null for one that is empty. @throws FilterError */
export function parseFilter(text: string): FilterNode | null {
  const tokens = tokensOf(text);
  return tokens.length === 1 ? null : new Parser(tokens).whole();
}

/** What is wrong with a search apart from its columns, or null. */
export function filterProblem(text: string): FilterProblem | null {
  try {
    parseFilter(text);
    return null;
  } catch (error) {
    if (error instanceof FilterError) return error.problem;
    throw error;
  }
}

class Parser {
  private next = 0;
  private depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): FilterNode {
    const root = this.any();
    const rest = this.peek();
    if (rest.kind === 'end') return root;
    refuseStatement(rest);
    if (rest.kind === 'symbol' && comparisons.has(rest.text)) {
      refuse(rest, 'Comparisons cannot be chained', 'Join two with AND, or write “teff BETWEEN 4500 AND 7000”.');
    }
    refuse(
      rest,
      `"${rest.text}" does not belong here`,
      'Join conditions with AND or OR; check the parentheses before it.',
    );
  }

  private peek(ahead = 0): Token {
    return this.tokens[Math.min(this.next + ahead, this.tokens.length - 1)]!;
  }

  private take(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.next++;
    return token;
  }

  /** The next token when it is this word or symbol. */
  private accept(text: string, ahead = 0): Token | null {
    const token = this.peek(ahead);
    return (token.kind === 'word' || token.kind === 'symbol') && token.text === text ? this.take() : null;
  }

  private is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return (token.kind === 'word' || token.kind === 'symbol') && token.text === text;
  }

  private expect(text: string): Token {
    const found = this.accept(text);
    if (found !== null) return found;
    const token = this.peek();
    refuseStatement(token);
    const wanted = /^\w/.test(text) ? text.toUpperCase() : `"${text}"`;
    refuse(
      token,
      token.kind === 'end'
        ? `The search ends where ${wanted} should stand`
        : `${wanted} should stand before "${token.text}"`,
      text === ')' ? 'Close the parenthesis.' : `Put ${wanted} there.`,
    );
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > mostNested) {
      refuse(this.peek(), 'The search is nested too deeply', `Use at most ${mostNested} levels of parentheses.`);
    }
    const result = read();
    this.depth--;
    return result;
  }

  private any(): FilterNode {
    return this.nested(() => this.joined('any', 'or', () => this.joined('all', 'and', () => this.not())));
  }

  private joined(kind: 'any' | 'all', word: string, part: () => FilterNode): FilterNode {
    const parts = [part()];
    while (this.accept(word)) parts.push(part());
    return parts.length === 1 ? parts[0]! : { kind, parts, start: parts[0]!.start, end: parts.at(-1)!.end };
  }

  private not(): FilterNode {
    const not = this.accept('not');
    if (not === null) return this.predicate();
    const operand = this.nested(() => this.not());
    return { kind: 'not', operand, start: not.start, end: operand.end };
  }

  private predicate(): FilterNode {
    const value = this.operators(0);
    const token = this.peek();
    if (token.kind === 'symbol' && comparisons.has(token.text)) {
      this.take();
      const right = this.operators(0);
      return { kind: 'compare', operator: token.text, left: value, right, start: value.start, end: right.end };
    }
    if (this.accept('is')) return this.afterIs(value);
    const matches = this.accept('~') ?? this.accept('!~');
    if (matches !== null) {
      const node = this.matched('regex', value);
      return matches.text === '~' ? node : negated(node);
    }
    const isNegated = this.is('not') && ['between', 'in', 'like', 'ilike'].some((word) => this.is(word, 1));
    if (isNegated) this.take();
    const node = this.afterValue(value);
    return isNegated ? negated(node) : node;
  }

  private afterValue(value: FilterNode): FilterNode {
    const { start } = value;
    if (this.accept('between')) {
      const low = this.operators(0);
      this.expect('and');
      const high = this.operators(0);
      return { kind: 'between', value, low, high, start, end: high.end };
    }
    if (this.accept('in')) {
      this.expect('(');
      const list = this.list();
      return { kind: 'in', value, list, start, end: this.expect(')').end };
    }
    if (this.accept('like')) return this.matched('like', value);
    return this.accept('ilike') ? this.matched('ilike', value) : value;
  }

  private matched(kind: 'like' | 'ilike' | 'regex', value: FilterNode): FilterNode {
    const pattern = this.operators(0);
    if (this.is('escape'))
      refuse(this.peek(), 'ESCAPE is not known here', "To find a % or _ itself, use contains(x, '%').");
    return { kind, value, pattern, start: value.start, end: pattern.end };
  }

  private afterIs(value: FilterNode): FilterNode {
    const isNegated = this.accept('not') !== null;
    const { start } = value;
    let node: FilterNode | null = null;
    for (const what of ['null', 'true', 'false'] as const) {
      const word = this.accept(what);
      if (word !== null) node = { kind: 'is', value, what, start, end: word.end };
    }
    if (node === null && this.accept('distinct')) {
      this.expect('from');
      const right = this.operators(0);
      node = negated({ kind: 'compare', operator: 'same', left: value, right, start, end: right.end });
    }
    if (node === null)
      refuse(this.peek(), 'After IS stands NULL, NOT NULL, TRUE or FALSE', 'For other values write =.');
    return isNegated ? negated(node) : node;
  }

  private operators(level: number): FilterNode {
    const symbols = levels[level];
    if (symbols === undefined) return this.minus();
    let left = this.operators(level + 1);
    for (let n = 0; this.peek().kind === 'symbol' && symbols.includes(this.peek().text); n++) {
      if (n > 4 * mostNested) refuse(this.peek(), 'The sum is too long', 'Use fewer terms.');
      const operator = this.take().text;
      const right = this.operators(level + 1);
      left = { kind: 'math', operator, left, right, start: left.start, end: right.end };
    }
    return left;
  }

  private minus(): FilterNode {
    const sign = this.accept('-') ?? this.accept('+');
    if (sign === null) return this.power();
    const operand = this.nested(() => this.minus());
    return sign.text === '+' ? operand : { kind: 'minus', operand, start: sign.start, end: operand.end };
  }

  private power(): FilterNode {
    const base = this.suffixed();
    const sign = this.accept('^') ?? this.accept('**');
    if (sign === null) return base;
    const right = this.nested(() => this.minus());
    return { kind: 'math', operator: '^', left: base, right, start: base.start, end: right.end };
  }

  private suffixed(): FilterNode {
    let value = this.primary();
    for (let n = 0; this.accept('::'); n++) {
      if (n > 3) refuse(this.peek(), 'One cast is enough', 'Remove the others.');
      const { type: to, end } = this.type();
      value = { kind: 'cast', value, to, start: value.start, end };
    }
    return value;
  }

  private type(): { type: CastType; end: number } {
    const token = this.take();
    const type = token.kind === 'name' ? castTypes[token.text.toLowerCase()] : undefined;
    if (type !== undefined) return { type, end: token.end };
    refuse(token, `"${token.text}" is no type of a value here`, 'Types are double, integer and text.');
  }

  private list(): FilterNode[] {
    const list = [this.any()];
    while (this.accept(',')) list.push(this.any());
    return list;
  }

  private primary(): FilterNode {
    const token = this.take();
    const { kind, text, start, end } = token;
    if (kind === 'number' || kind === 'text') return { kind, text, start, end };
    if (kind === 'quoted') return { kind: 'column', text, start, end };
    if (kind === 'name') return this.name(token);
    if (text === 'true' || text === 'false') return { kind: 'boolean', value: text === 'true', start, end };
    if (text === 'null') return { kind: 'null', start, end };
    if (text === 'case') return this.nested(() => this.cases(token));
    if (text === 'cast' || text === 'try_cast') return this.nested(() => this.cast(token));
    if (text === '(') {
      const inner = this.any();
      return { ...inner, start, end: this.expect(')').end };
    }
    refuse(
      token,
      kind === 'end' ? 'The search ends where a value should stand' : `A value should stand before "${text}"`,
      'Write a column, a number, a text in single quotes, or something in parentheses.',
    );
  }

  private name(token: Token): FilterNode {
    const { text, start, end } = token;
    if (!this.is('(')) {
      // A column may have the name of a statement where an operator follows it: "order > 3", but not "order by".
      const after = this.peek();
      if (['name', 'quoted', 'text', 'number'].includes(after.kind) || after.text === 'null') refuseStatement(token);
      return { kind: 'column', text, start, end };
    }
    refuseStatement(token);
    this.take();
    const args = this.is(')') ? [] : this.nested(() => this.list());
    return { kind: 'call', name: text.toLowerCase(), args, start, end: this.expect(')').end };
  }

  private cases({ start }: Token): FilterNode {
    const branches: [FilterNode, FilterNode][] = [];
    if (!this.is('when')) refuse(this.peek(), 'After CASE stands WHEN', 'Write CASE WHEN … THEN … ELSE … END.');
    while (this.accept('when')) {
      const condition = this.any();
      this.expect('then');
      branches.push([condition, this.any()]);
    }
    const otherwise = this.accept('else') ? this.any() : null;
    return { kind: 'case', branches, otherwise, start, end: this.expect('end').end };
  }

  private cast({ start }: Token): FilterNode {
    this.expect('(');
    const value = this.any();
    this.expect('as');
    const { type: to } = this.type();
    return { kind: 'cast', value, to, start, end: this.expect(')').end };
  }
}

function negated(operand: FilterNode): FilterNode {
  return { kind: 'not', operand, start: operand.start, end: operand.end };
}

/**
 * The small language of `quality` and `where`: conditions over columns, parsed here and never run as JavaScript.
 *
 * Grammar, from loose to tight: `or`, `and`, `not`, comparisons (`< <= > >= == !=`, which chain as in Python:
 * `4500 < teff < 7000`), `+ -`, `* /`, unary `-`, and calls of `if(c, a, b)`, `min`, `max`, `log10`, `abs`.
 * A name is a label, a column, or a header card as `spectrum.SNRG`; one with odd characters stands in backquotes: `[Fe/H]`.
 *
 * Missing values are NaN and spread through everything, comparisons included, as in SQL: a star whose value is unknown
 * neither passes `x > 1` nor `not x > 1`. Only `false and unknown` and `true or unknown` are known.
 */

import { type ExpressionProblem, SyntaxProblem, type Token, fail, tokenize } from './tokens';

export type BinaryOperator = '+' | '-' | '*' | '/' | '<' | '<=' | '>' | '>=' | '==' | '!=' | 'and' | 'or';
export type FunctionName = 'if' | 'min' | 'max' | 'log10' | 'abs';

/** A node and where it stands in the expression's text, as UTF-16 offsets. */
export type Node = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: '-' | 'not'; readonly operand: Node }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Node; readonly right: Node }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly args: readonly Node[] }
);

/** A parsed condition. Plain data: it crosses threads and goes into `job.json`. */
export interface Expression {
  readonly text: string;
  /** The names used, each once, in order of appearance. */
  readonly names: readonly string[];
  readonly root: Node;
}

export interface ParsedExpression {
  readonly expression: Expression | null;
  readonly problem?: ExpressionProblem;
}

/** Longer or deeper text is refused, so that neither parsing nor evaluation can exhaust the stack. */
const maxLength = 2000;
const maxDepth = 60;

const arity: Record<FunctionName, { min: number; max: number; usage: string }> = {
  if: { min: 3, max: 3, usage: 'if(condition, value, otherwise)' },
  min: { min: 1, max: Infinity, usage: 'min(a, b, …)' },
  max: { min: 1, max: Infinity, usage: 'max(a, b, …)' },
  log10: { min: 1, max: 1, usage: 'log10(x)' },
  abs: { min: 1, max: 1, usage: 'abs(x)' },
};

/** How each function is written, by its name. */
export const functionUsages: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(arity).map(([name, { usage }]) => [name, usage]),
);

/** Words that cannot be names of labels, because they mean something in an expression. */
export const reservedWords: readonly string[] = ['and', 'or', 'not', ...Object.keys(arity)];

const bindingPower: Record<BinaryOperator, number> = {
  or: 1,
  and: 2,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '==': 4,
  '!=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
};
const comparisonPower = bindingPower['<'];
const notPower = 3;
const negatePower = 7;

class Parser {
  private next = 0;
  private depth = 0;
  readonly names = new Set<string>();

  constructor(private readonly tokens: readonly Token[]) {}

  private peek(): Token {
    return this.tokens[this.next]!;
  }

  private take(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.next++;
    return token;
  }

  private expect(symbol: string, why: string): Token {
    const token = this.peek();
    if (token.kind !== 'symbol' || token.text !== symbol) {
      fail(
        token,
        token.kind === 'end'
          ? `The expression ends where "${symbol}" should stand`
          : `"${symbol}" should stand before "${token.text}"`,
        why,
      );
    }
    return this.take();
  }

  private operator(): BinaryOperator | null {
    const { kind, text } = this.peek();
    return kind === 'symbol' && Object.hasOwn(bindingPower, text) ? (text as BinaryOperator) : null;
  }

  whole(): Node {
    const root = this.expression(0);
    const rest = this.peek();
    if (rest.kind !== 'end')
      fail(
        rest,
        `"${rest.text}" does not belong here`,
        'Join conditions with and, or or; check the parentheses before it.',
      );
    return root;
  }

  private expression(power: number): Node {
    if (++this.depth > maxDepth)
      fail(this.peek(), 'The expression is nested too deeply', `Use at most ${maxDepth} levels of parentheses.`);
    let left = this.prefix();
    for (let operator = this.operator(); operator && bindingPower[operator] > power; operator = this.operator()) {
      left = bindingPower[operator] === comparisonPower ? this.comparisons(left) : this.binary(left);
    }
    this.depth--;
    return left;
  }

  private binary(left: Node): Node {
    const operator = this.take().text as BinaryOperator;
    const right = this.expression(bindingPower[operator]);
    return { kind: 'binary', operator, left, right, start: left.start, end: right.end };
  }

  /** `a < b <= c` means `a < b and b <= c`. */
  private comparisons(first: Node): Node {
    let middle = first;
    let chain: Node | null = null;
    for (
      let operator = this.operator();
      operator && bindingPower[operator] === comparisonPower;
      operator = this.operator()
    ) {
      const comparison = this.binary(middle) as Node & { kind: 'binary' };
      middle = comparison.right;
      chain = chain
        ? { kind: 'binary', operator: 'and', left: chain, right: comparison, start: first.start, end: comparison.end }
        : comparison;
    }
    return chain!;
  }

  private prefix(): Node {
    const token = this.take();
    const { start } = token;
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text), start, end: token.end };
    if (token.kind === 'quoted') return this.name(token);
    if (token.kind === 'name') return this.nameOrCall(token);
    if (token.text === 'not') {
      const operand = this.expression(notPower);
      return { kind: 'unary', operator: 'not', operand, start, end: operand.end };
    }
    if (token.text === '-') {
      const operand = this.expression(negatePower);
      return { kind: 'unary', operator: '-', operand, start, end: operand.end };
    }
    if (token.text === '(') {
      const inner = this.expression(0);
      const close = this.expect(')', 'Close the parenthesis.');
      return { ...inner, start, end: close.end };
    }
    const message =
      token.kind === 'end'
        ? 'The expression ends where a value should stand'
        : `A value should stand before "${token.text}"`;
    fail(token, message, 'Write a number, a column, or something in parentheses.');
  }

  private name({ text, start, end }: Token): Node {
    this.names.add(text);
    return { kind: 'name', name: text, start, end };
  }

  private nameOrCall(token: Token): Node {
    const opens = this.peek().kind === 'symbol' && this.peek().text === '(';
    if (!opens) {
      if (Object.hasOwn(arity, token.text)) {
        const { usage } = arity[token.text as FunctionName];
        fail(
          token,
          `"${token.text}" needs its values in parentheses`,
          `Write ${usage}; a column of that name stands in backquotes.`,
        );
      }
      return this.name(token);
    }
    if (!Object.hasOwn(arity, token.text))
      fail(token, `There is no function "${token.text}"`, `Functions are ${Object.keys(arity).join(', ')}.`);
    const name = token.text as FunctionName;
    const { min, max, usage } = arity[name];
    this.take();
    const args = [this.expression(0)];
    while (this.peek().kind === 'symbol' && this.peek().text === ',') {
      this.take();
      args.push(this.expression(0));
    }
    const close = this.expect(')', `Write ${usage}.`);
    const place = { start: token.start, end: close.end };
    if (args.length < min || args.length > max)
      fail(place, `"${name}" takes ${min} ${min === 1 ? 'value' : 'values'}, not ${args.length}`, `Write ${usage}.`);
    return { kind: 'call', name, args, ...place };
  }
}

/** The first comparison or logical word where a number is needed; null if none. */
function conditionInPlaceOfNumber(node: Node): Node | null {
  if (node.kind === 'unary') return node.operator === 'not' ? node : conditionInPlaceOfNumber(node.operand);
  if (node.kind === 'binary') {
    if (bindingPower[node.operator] <= comparisonPower) return node;
    return conditionInPlaceOfNumber(node.left) ?? conditionInPlaceOfNumber(node.right);
  }
  if (node.kind !== 'call') return null;
  const values = node.name === 'if' ? node.args.slice(1) : node.args;
  return values.map(conditionInPlaceOfNumber).find((found) => found !== null) ?? null;
}

/** Whether an expression is to be true or false of a star, or a number. */
export type ExpressionKind = 'condition' | 'number';

/** The first part that yields a number where a condition is needed, such as the 20 in `snrg > 30 or 20`; null if none. */
function numberInPlaceOfCondition(node: Node): Node | null {
  switch (node.kind) {
    case 'name':
      return null;
    case 'number':
      return node;
    case 'unary':
      return node.operator === 'not' ? numberInPlaceOfCondition(node.operand) : node;
    case 'binary':
      if (node.operator === 'and' || node.operator === 'or')
        return numberInPlaceOfCondition(node.left) ?? numberInPlaceOfCondition(node.right);
      return bindingPower[node.operator] === comparisonPower ? null : node;
    case 'call':
      if (node.name !== 'if') return node;
      return node.args.map(numberInPlaceOfCondition).find((found) => found !== null) ?? null;
  }
}

/** Parses an expression. On a mistake `expression` is null and `problem` says what and where, as offsets in `text`. */
export function parseExpression(text: string, wanted: ExpressionKind = 'condition'): ParsedExpression {
  if (text.length > maxLength) {
    const message = `The expression has ${text.length} characters; at most ${maxLength} are allowed`;
    return { expression: null, problem: { message, hint: 'Split it into several.', start: 0, end: text.length } };
  }
  try {
    const parser = new Parser(tokenize(text));
    const root = parser.whole();
    const condition = wanted === 'number' ? conditionInPlaceOfNumber(root) : null;
    if (condition) {
      const part = text.slice(condition.start, condition.end);
      fail(condition, `"${part}" is true or false where a number is needed`, 'Choose by it with if(condition, a, b).');
    }
    const number = wanted === 'condition' ? numberInPlaceOfCondition(root) : null;
    if (number) {
      const part = text.slice(number.start, number.end);
      fail(
        number,
        `"${part}" is a number where a condition is needed`,
        'Compare it with something, as in "snrg >= 30".',
      );
    }
    return { expression: { text, names: [...parser.names], root } };
  } catch (error) {
    if (error instanceof SyntaxProblem) return { expression: null, problem: error.problem };
    throw error;
  }
}

/** The nodes of an expression that are names, in order of appearance. */
export function nameNodes(node: Node): (Node & { kind: 'name' })[] {
  switch (node.kind) {
    case 'number':
      return [];
    case 'name':
      return [node];
    case 'unary':
      return nameNodes(node.operand);
    case 'binary':
      return [...nameNodes(node.left), ...nameNodes(node.right)];
    case 'call':
      return node.args.flatMap(nameNodes);
  }
}

/** A name as it must be written in an expression: in backquotes where it has odd characters. */
export function writtenName(name: string): string {
  const plain = /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u.test(name) && !reservedWords.includes(name);
  return plain ? name : `\`${name}\``;
}

/** What a name stands for in one star; null, undefined and NaN mean that it is not known. */
export type Lookup = (name: string) => number | boolean | null | undefined;

/** Whether the condition is known to hold for a star. */
export function evaluate(expression: Expression, lookup: Lookup): boolean {
  const result = valueOf(expression.root, lookup);
  return result !== 0 && !Number.isNaN(result);
}

/** Whether the condition holds; null where that is not known. */
export function truthOf(expression: Expression, lookup: Lookup): boolean | null {
  const result = valueOf(expression.root, lookup);
  return Number.isNaN(result) ? null : result !== 0;
}

/** The value of a formula for a star; NaN where it is not known or not finite. */
export function numberOf(expression: Expression, lookup: Lookup): number {
  const result = valueOf(expression.root, lookup);
  return Number.isFinite(result) ? result : NaN;
}

/** A node's value: conditions are 1 or 0, and NaN is "not known". */
function valueOf(node: Node, lookup: Lookup): number {
  switch (node.kind) {
    case 'number':
      return node.value;
    case 'name':
      return Number(lookup(node.name) ?? NaN);
    case 'unary': {
      const value = valueOf(node.operand, lookup);
      if (node.operator === '-') return -value;
      return Number.isNaN(value) ? NaN : Number(value === 0);
    }
    case 'binary':
      return applyBinary(node.operator, valueOf(node.left, lookup), valueOf(node.right, lookup));
    case 'call':
      return applyCall(node, lookup);
  }
}

function applyBinary(operator: BinaryOperator, a: number, b: number): number {
  if (operator === 'and' && (a === 0 || b === 0)) return 0;
  if (operator === 'or' && ((a !== 0 && !Number.isNaN(a)) || (b !== 0 && !Number.isNaN(b)))) return 1;
  if (Number.isNaN(a) || Number.isNaN(b)) return NaN;
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '<':
      return Number(a < b);
    case '<=':
      return Number(a <= b);
    case '>':
      return Number(a > b);
    case '>=':
      return Number(a >= b);
    case '==':
      return Number(a === b);
    case '!=':
      return Number(a !== b);
    case 'and':
      return 1;
    case 'or':
      return 0;
  }
}

function applyCall(call: Node & { kind: 'call' }, lookup: Lookup): number {
  if (call.name === 'if') {
    const condition = valueOf(call.args[0]!, lookup);
    if (Number.isNaN(condition)) return NaN;
    return valueOf(condition === 0 ? call.args[2]! : call.args[1]!, lookup);
  }
  const values = call.args.map((arg) => valueOf(arg, lookup));
  switch (call.name) {
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    case 'log10':
      return values[0]! > 0 ? Math.log10(values[0]!) : NaN;
    case 'abs':
      return Math.abs(values[0]!);
  }
}

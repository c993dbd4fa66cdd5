/**
 * Cuts the text of an expression into tokens, and refuses what has no meaning there.
 * Offsets are UTF-16, in the expression's own text.
 */

export interface ExpressionProblem {
  readonly message: string;
  readonly hint: string;
  /** Offsets in the expression's text. */
  readonly start: number;
  readonly end: number;
  /** What would replace that range. */
  readonly fix?: string;
}

/** What people write out of habit, and what it is called here. */
const foreignOperators: Record<string, string> = {
  '=': '==',
  '&&': 'and',
  '&': 'and',
  '||': 'or',
  '|': 'or',
  '!': 'not',
  '<>': '!=',
};

export interface Token {
  /** `name` may be a function; `quoted` stood in backquotes and is a name whatever it says; `and`, `or`, `not` are symbols. */
  readonly kind: 'number' | 'name' | 'quoted' | 'symbol' | 'end';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Thrown inside the parser only; `parseExpression` returns its problem. */
export class SyntaxProblem extends Error {
  constructor(readonly problem: ExpressionProblem) {
    super(problem.message);
  }
}

export function fail(at: { start: number; end: number }, message: string, hint: string, fix?: string): never {
  throw new SyntaxProblem({ message, hint, start: at.start, end: at.end, ...(fix === undefined ? {} : { fix }) });
}

const wordOperators = new Set(['and', 'or', 'not']);

const tokenPattern =
  /\s+|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?<name>[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*)|`(?<quoted>[^`]*)`|(?<foreign>&&|\|\||<>|[&|])|(?<symbol><=|>=|==|!=|[-+*/<>(),])|(?<other>.)/gsu;

/** The tokens of `text`, closed by one of kind `end`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(tokenPattern)) {
    const { number, name, quoted, foreign, symbol, other } = match.groups!;
    const place = { start: match.index, end: match.index + match[0].length };
    if (number !== undefined) tokens.push({ kind: 'number', text: number, ...place });
    else if (name !== undefined)
      tokens.push({ kind: wordOperators.has(name) ? 'symbol' : 'name', text: name, ...place });
    else if (quoted !== undefined) {
      if (quoted.trim() === '') fail(place, 'The backquotes hold no name', 'Write the name of a column between them.');
      tokens.push({ kind: 'quoted', text: quoted, ...place });
    } else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, ...place });
    else if (foreign !== undefined || other !== undefined) failOnForeign(match[0], place);
  }
  tokens.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return tokens;
}

function failOnForeign(text: string, place: { start: number; end: number }): never {
  const meant = foreignOperators[text];
  if (meant !== undefined) fail(place, `"${text}" is not an operator here`, `Write "${meant}".`, meant);
  const hint =
    text === '"' || text === "'"
      ? 'Texts cannot be compared; use a column of numbers.'
      : text === '^'
        ? 'There is no power; multiply instead.'
        : 'Use names, numbers, comparisons, + - * /, and, or, not, and if, min, max, log10, abs; put an odd column name in backquotes.';
  fail(place, `"${text}" has no meaning in an expression`, hint);
}

/**
 * Cuts a search, an SQL condition as after WHERE, into tokens, and refuses what can be no part of one: statements, semicolons,
 * comments, parameters. Offsets are UTF-16, in the search's own text. `docs/catalog-queries.md` has the language.
 */

export interface FilterProblem {
  readonly message: string;
  readonly hint: string;
  readonly start: number;
  readonly end: number;
  /** What would replace that range. */
  readonly fix?: string;
}

/** Where something stands. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Thrown while a search is read; those who call get its problem. */
export class FilterError extends Error {
  constructor(readonly problem: FilterProblem) {
    super(problem.message);
  }
}

export function refuse({ start, end }: Place, message: string, hint: string, fix?: string): never {
  throw new FilterError({ message, hint, start, end, ...(fix !== undefined && { fix }) });
}

export interface Token extends Place {
  /** `quoted` stood in double quotes and is a column whatever it says; `text` stood in single quotes; words are lower case. */
  readonly kind: 'number' | 'text' | 'name' | 'quoted' | 'word' | 'symbol' | 'end';
  readonly text: string;
}

/** Words of the language; anything else is a column or a function. */
const words = new Set([
  ...['and', 'or', 'not', 'between', 'in', 'is', 'null', 'true', 'false', 'like', 'ilike', 'distinct', 'from'],
  ...['case', 'when', 'then', 'else', 'end', 'cast', 'try_cast', 'as', 'escape'],
]);

/** Words that begin something else than a condition. */
const statements = new Set([
  ...['select', 'with', 'insert', 'update', 'delete', 'create', 'drop', 'alter', 'attach', 'detach', 'copy', 'pragma'],
  ...[
    'install',
    'load',
    'set',
    'reset',
    'call',
    'export',
    'import',
    'use',
    'exists',
    'over',
    'union',
    'limit',
    'order',
  ],
  ...['group', 'having', 'where', 'merge', 'execute', 'prepare', 'explain', 'vacuum', 'checkpoint', 'truncate', 'any'],
  ...['all', 'some', 'values', 'table', 'lambda', 'recursive', 'qualify', 'describe', 'show', 'summarize', 'pivot'],
]);

/** What people write out of habit, and what it is called here. */
const foreign: Readonly<Record<string, string>> = { '&&': 'AND', '!': 'NOT', '=>': '>=', '=<': '<=' };

const pattern =
  /\s+|(?<number>(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|'(?<text>(?:[^']|'')*)'|"(?<quoted>(?:[^"]|"")*)"|`(?<back>[^`]*)`|(?<comment>--|\/\*)|(?<foreign>&&|=>|=<|!(?!=|~))|(?<symbol><=|>=|<>|==|!=|!~|::|\|\||\*\*|[-+*/%^<>=(),&|~])|(?<other>.)/gsu;

const mostCharacters = 20_000;

/** The tokens of `text`, closed by one of kind `end`. @throws FilterError */
export function tokensOf(text: string): Token[] {
  if (text.length > mostCharacters) {
    const message = `The search has ${text.length} characters; at most ${mostCharacters} are allowed`;
    refuse({ start: 0, end: text.length }, message, 'Use a shorter condition.');
  }
  const tokens: Token[] = [];
  for (const match of text.matchAll(pattern)) {
    const place = { start: match.index, end: match.index + match[0].length };
    const token = tokenOf(match.groups!, place, match[0]);
    if (token !== null) tokens.push(token);
  }
  tokens.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return tokens;
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>, place: Place, whole: string): Token | null {
  const { number, name, text, quoted, back, symbol } = groups;
  if (number !== undefined) return { kind: 'number', text: number.replaceAll('_', ''), ...place };
  if (text !== undefined) return { kind: 'text', text: printable(text.replaceAll("''", "'"), place), ...place };
  if (quoted !== undefined) return { kind: 'quoted', text: printable(quoted.replaceAll('""', '"'), place), ...place };
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, ...place };
  if (name !== undefined) {
    const word = name.toLowerCase();
    if (words.has(word)) return { kind: 'word', text: word, ...place };
    return { kind: 'name', text: name, ...place };
  }
  if (back !== undefined) {
    refuse(place, 'A column with odd characters stands in double quotes', `Write "${back}".`, `"${back}"`);
  }
  if (groups.comment !== undefined) {
    refuse(
      place,
      'A search has no comments',
      'Put a blank between two minus signs, and give the search a name instead.',
    );
  }
  if (groups.foreign !== undefined || groups.other !== undefined) refuseSymbol(whole, place);
  return null;
}

/** @throws FilterError for characters that no text of a catalog has; DuckDB would take a NUL for the end of everything. */
function printable(text: string, place: Place): string {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f]/.test(text)) refuse(place, 'The text holds a control character', 'Remove it.');
  return text;
}

function refuseSymbol(text: string, place: Place): never {
  const meant = foreign[text];
  if (meant !== undefined) refuse(place, `"${text}" is no operator of SQL`, `Write ${meant}.`, meant);
  if (text === ';') refuse(place, 'A search is one condition, without a semicolon', 'Join conditions with AND or OR.');
  if (text === "'" || text === '"') {
    refuse(place, `A ${text} is opened here and never closed`, "Texts stand in single quotes: 'J0640'.");
  }
  if (text === '?' || text === '$' || text === ':') {
    refuse(place, `"${text}" has no meaning in a search`, 'There are no parameters: write the value itself.');
  }
  refuse(
    place,
    `"${text}" has no meaning in a search`,
    'Use columns, numbers, texts in single quotes, and SQL operators.',
  );
}

/** @throws FilterError for a word that begins a statement or a query. */
export function refuseStatement({ text, ...place }: Token): void {
  if (!statements.has(text.toLowerCase())) return;
  const hint = "Write only what would stand after WHERE, for example: chi2 > 5000 AND NOT has('binary')";
  refuse(place, `"${text}" does not belong in a search, which is a single condition over the columns`, hint);
}

/** Patterns of searches as SQL. All are matched in time that grows no faster than the text: none can run for ever. */
import { sqlText } from '../reference/duckdb';
import type { FilterNode } from './filter';
import { type Place, refuse } from './filterTokens';

export type PatternKind = 'like' | 'ilike' | 'regex';

/** Whether the text `value`, in SQL, matches a pattern. LIKE goes by its simplest form, else by a regular expression. */
export function matchSql(kind: PatternKind, value: string, node: FilterNode): string {
  if (node.kind !== 'text') {
    refuse(node, 'The pattern must be a text in single quotes', "For example: designation LIKE 'J06%'");
  }
  const { text } = node;
  if (text.length > 200) refuse(node, 'The pattern is longer than 200 characters', 'Use a shorter one.');
  if (kind === 'regex') {
    requireRegex(text, node);
    return `regexp_matches(${value}, ${sqlText(text)})`;
  }
  const subject = kind === 'like' ? value : `lower(${value})`;
  const pattern = kind === 'like' ? text : text.toLowerCase();
  const [, open, middle, close] = /^(%*)([^%_]*)(%*)$/su.exec(pattern) ?? [];
  if (middle === undefined) {
    const regex = pattern
      .replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
      .replace(/%+/g, '.*')
      .replace(/_/g, '.');
    return `regexp_full_match(${subject}, ${sqlText(regex)}, 's')`;
  }
  if (middle === '' && open !== '') return `(${value} IS NOT NULL)`;
  const how = open !== '' ? (close !== '' ? 'contains' : 'ends_with') : close !== '' ? 'starts_with' : '';
  return how === '' ? `(${subject} = ${sqlText(middle)})` : `${how}(${subject}, ${sqlText(middle)})`;
}

/** What JavaScript and RE2 both refuse, and what only RE2 lacks. */
function requireRegex(text: string, place: Place): void {
  try {
    new RegExp(text, 'u');
  } catch (error) {
    const reason = (error as Error).message.replace(/^.*:\s*/, '').toLowerCase();
    refuse(
      place,
      `The regular expression is not valid: ${reason}`,
      'Check its brackets; \\ stands before a sign meant as itself.',
    );
  }
  if (/\(\?<?[=!]|\\[1-9]|\\k</.test(text)) {
    refuse(
      place,
      'The regular expression looks ahead or back',
      'Such expressions could run for ever, and are not allowed.',
    );
  }
  if (/\{\d{3,}/.test(text)) refuse(place, 'The regular expression repeats too often', 'Repeat at most 99 times.');
}

/** A saved search that a catalog cannot be asked, as a problem of the description that keeps it. */
import type { FilterProblem } from '../catalogQuery/filterTokens';
import type { Problem, TextRange } from '../problems';
import { problem } from './rules';

export interface AskedSearch {
  readonly name: string;
  readonly where: string;
  /** At offsets in `where`. */
  readonly found: FilterProblem;
  readonly file: string;
  /** Of the file, and where the value of the search stands in it. */
  readonly text: string;
  readonly place: TextRange;
}

/** CAN036, at the very name that is wrong, with its repair, where the search stands in the file letter by letter. */
export function searchProblem({ name, where, found, file, text, place }: AskedSearch): Problem {
  const message = `${found.message.charAt(0).toLowerCase()}${found.message.slice(1)}`.replace(/\.$/, '');
  const at = text.slice(place.start, place.end).indexOf(where);
  const start = place.start + at + found.start;
  const range = at < 0 ? place : { start, end: Math.max(start, place.start + at + found.end) };
  const fix = at < 0 ? undefined : found.fix;
  return problem(
    'CAN036',
    { name, reason: message, hint: found.hint },
    { file, range, ...(fix !== undefined && { fix }) },
  );
}

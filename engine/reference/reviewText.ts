/**
 * Writes verdicts into the text of `review.yaml`: a star's own line changes or comes in, every other byte stays, comments
 * included. New stars go where their names sort, so that two people who add different stars seldom meet in one place. Pure.
 */
import { isMap, parseDocument } from 'yaml';
import { nestsTooDeeply } from '../config/parse';
import { UserError } from '../problems';
import { type FoundEntry, parseReview, type ReviewEntry, reviewName } from './review';

/** What is to be said of a star; null takes its line away. */
export interface ReviewChange {
  readonly star: string;
  readonly entry: ReviewEntry | null;
}

const heading =
  '# Verdicts on single stars, one line a star. The next training leaves out "exclude", "bad spectrum", "bad label" and "binary".\n';

/** @throws UserError CAN170 when the text cannot be changed line by line. */
export function withVerdicts(before: string, changes: readonly ReviewChange[], path = reviewName): string {
  let text = before.trim() === '' ? heading : before;
  for (const change of changes) text = changed(text, change, path);
  return text;
}

/** What the text says of these stars now: the changes that would bring it back. */
export function verdictsIn(text: string, stars: readonly string[], path = reviewName): ReviewChange[] {
  const { entries } = parseReview(text, path);
  return stars.map((star) => {
    const found = entries.get(star);
    if (found === undefined) return { star, entry: null };
    const { verdict, note, by, date } = found;
    return { star, entry: { verdict, note, by, date } };
  });
}

function changed(text: string, { star, entry }: ReviewChange, path: string): string {
  const { entries, problems } = parseReview(text, path);
  if (!standsByLine(text)) {
    throw new UserError(
      problems[0]?.message ?? `${path} cannot be changed: its stars do not stand on lines of their own`,
      'Mend the file by hand first, one star a line; nothing has been changed.',
      'CAN170',
    );
  }
  // A line that cannot be read is nobody's to overwrite.
  const own = problems.find(({ message }) => message.includes(`star ${star}:`));
  if (own) throw new UserError(own.message, `${own.hint} Nothing has been changed.`, own.code);
  const found = entries.get(star);
  if (entry === null) return found ? withoutLine(text, found) : text;
  return found
    ? text.slice(0, found.range.start) + lineOf(star, entry, found.others) + text.slice(found.range.end)
    : withLine(text, lineOf(star, entry, []), star, entries);
}

/** Whether the text is a map of one line a star, or nothing yet. */
function standsByLine(text: string): boolean {
  if (nestsTooDeeply(text)) return false;
  const { contents, errors } = parseDocument(text, { uniqueKeys: false, prettyErrors: false });
  return errors.length === 0 && (contents === null || (isMap(contents) && contents.flow !== true));
}

function withoutLine(text: string, { range }: FoundEntry): string {
  const start = text.lastIndexOf('\n', range.start - 1) + 1;
  const end = text.indexOf('\n', range.end - 1);
  return text.slice(0, start) + (end < 0 ? '' : text.slice(end + 1));
}

function withLine(text: string, line: string, star: string, entries: ReadonlyMap<string, FoundEntry>): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const all = [...entries];
  const next = all.findIndex(([name]) => name.localeCompare(star, 'en', { numeric: true }) > 0);
  if (all.length === 0) return `${text}${text === '' || text.endsWith('\n') ? '' : newline}${line}${newline}`;
  const firstStart = all[0]![1].range.start;
  const lineStart = text.lastIndexOf('\n', firstStart - 1) + 1;
  const indent = text.slice(lineStart, firstStart);
  if (next === 0) return `${text.slice(0, lineStart)}${indent}${line}${newline}${text.slice(lineStart)}`;
  const previous = all.at(next < 0 ? -1 : next - 1)![1];
  const end = text.indexOf('\n', previous.range.end - 1);
  return end < 0
    ? `${text}${newline}${indent}${line}${newline}`
    : `${text.slice(0, end + 1)}${indent}${line}${newline}${text.slice(end + 1)}`;
}

function lineOf(star: string, { verdict, note, by, date }: ReviewEntry, others: readonly string[]): string {
  const parts = [
    `verdict: ${verdict}`,
    ...(note === '' ? [] : [`note: ${JSON.stringify(note)}`]),
    ...(by === '' ? [] : [`by: ${bare(by)}`]),
    ...(date === '' ? [] : [`date: ${/^\d{4}-\d\d-\d\d$/.test(date) ? date : JSON.stringify(date)}`]),
    ...others,
  ];
  return `${/^[1-9]\d*$/.test(star) ? star : JSON.stringify(star)}: { ${parts.join(', ')} }`;
}

/** Words that every reader of YAML takes for a text stand without quotes. */
function bare(text: string): string {
  return /^[A-Za-z][\w.-]{2,}$/.test(text) && !/^(true|false|null|yes|off)$/i.test(text) ? text : JSON.stringify(text);
}

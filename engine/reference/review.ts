/**
 * `review.yaml` beside the survey's description: what people have found out about single stars, one line a star, so that two
 * branches of a repository merge line by line:
 *
 *   1001605073: { verdict: exclude, note: "double-lined", by: ada, date: 2026-11-20 }
 *
 * A star is named as panels name it (OBSID, else designation, else file), or by its designation, which then means all of its
 * spectra. Stars whose verdict `isExcluded` train no model. Keys that this version does not know are left alone. Pure but for
 * `readReview`.
 */
import { basename, join } from 'node:path';
import { isCollection, isMap, isScalar, parseDocument } from 'yaml';
import { lineAndColumn, nestsTooDeeply } from '../config/parse';
import { problem } from '../config/rules';
import { nearest } from '../config/suggest';
import { clip, type YamlNode, YamlTree } from '../config/yamlTree';
import { readPlainText } from '../plainFile';
import { UserError, type Problem, type TextRange } from '../problems';
import type { SpectrumIdentity } from '../spectra/spectrum';

export const reviewName = 'review.yaml';
/** A line a star: verdicts on as many as any survey has. */
export const mostReviewBytes = 64e6;

const verdicts = ['exclude', 'real', 'bad spectrum', 'bad label', 'binary', 'ignore'] as const;
/** `enriched in Ba`: an element's symbol at the end. */
export type StarVerdict = (typeof verdicts)[number] | `enriched in ${string}`;

/** Everything but the verdict may be "". */
export interface ReviewEntry {
  readonly verdict: StarVerdict;
  readonly note: string;
  readonly by: string;
  /** As written: 2026-11-20. */
  readonly date: string;
}

/** An entry where it stands: `range` from its key to the end of its value. */
export interface FoundEntry extends ReviewEntry {
  readonly range: TextRange;
  /** Keys of other versions, as written: "seen: 3". */
  readonly others: readonly string[];
}

export interface Review {
  readonly path: string;
  /** By the name of the star, in the order of the file. */
  readonly entries: ReadonlyMap<string, FoundEntry>;
  /** Every star that a line names, where its name stands: also one whose entry cannot be read. */
  readonly named: readonly { readonly star: string; readonly range: TextRange }[];
  /** With the file and the place in it. */
  readonly problems: readonly Problem[];
}

function nothing(path: string, ...problems: readonly Problem[]): Review {
  return { path, entries: new Map(), named: [], problems };
}

/** Whether a star with this verdict is left out of the training. */
export function isExcluded({ verdict }: ReviewEntry): boolean {
  return ['exclude', 'bad spectrum', 'bad label', 'binary'].includes(verdict);
}

/** The verdicts in `folder`; none where there is no such file. */
export async function readReview(folder: string): Promise<Review> {
  const path = join(folder, reviewName);
  try {
    return parseReview(await readPlainText(path, mostReviewBytes), path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EISDIR' ? 'it is a folder' : message;
    return code === 'ENOENT' ? nothing(path) : nothing(path, unusable(path, `it cannot be read: ${reason}`, ''));
  }
}

/** The verdicts in `text`, and what is wrong with it: an entry that cannot be read is left out. */
export function parseReview(text: string, path: string): Review {
  if (nestsTooDeeply(text)) return nothing(path, unusable(path, 'it is nested too deeply', form));
  const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false });
  const [broken] = document.errors;
  if (broken) {
    const range = { start: broken.pos[0], end: broken.pos[1] };
    return nothing(path, unusable(path, `${line(text, range)}: ${broken.message}`, form, range));
  }
  const tree = new YamlTree(text, document);
  const root = tree.follow(document.contents);
  if (root === null || root === undefined || (isScalar(root) && root.value === null)) return nothing(path);
  if (!isMap(root)) return nothing(path, unusable(path, `it holds ${tree.inWords(root)}, not a map of stars`, form));
  const entries = new Map<string, FoundEntry>();
  const named: { star: string; range: TextRange }[] = [];
  const problems: Problem[] = [];
  for (const { name, range: key, value, isRepeated } of tree.pairs(root)) {
    // The range of a value on lines of its own ends with the line.
    const source = tree.source({ start: key.start, end: Math.max(key.end, tree.rangeOr(value, key).end) });
    const range = { start: key.start, end: key.start + source.trimEnd().length };
    named.push({ star: name, range: key });
    const found = isRepeated ? 'the star stands here for the second time' : entryOf(tree, value);
    if (typeof found === 'string') {
      const reason = `${line(text, range)}, star ${clip(name)}: ${found}`;
      problems.push(unusable(path, reason, isRepeated ? 'Keep one of the two lines.' : form, range));
    } else entries.set(name, { ...found, range });
  }
  return { path, entries, named, problems };
}

const form = 'A line reads “1001605073: { verdict: exclude, note: "double-lined" }”.';

function unusable(path: string, reason: string, hint: string, range?: TextRange): Problem {
  return problem('CAN170', { reason, hint }, { file: path, ...(range && { range }) });
}

function line(text: string, { start }: TextRange): string {
  return `line ${lineAndColumn(text, start).line}`;
}

/** The entry, or what is wrong with it. */
function entryOf(tree: YamlTree, value: YamlNode): Omit<FoundEntry, 'range'> | string {
  const map = tree.follow(value);
  if (!isMap(map)) return `there is ${tree.inWords(value)} instead of a verdict in braces`;
  const texts = new Map<string, string>();
  const others: string[] = [];
  for (const pair of tree.pairs(map)) {
    if (!['verdict', 'note', 'by', 'date'].includes(pair.name)) {
      others.push(tree.source({ start: pair.range.start, end: tree.rangeOr(pair.value, pair.range).end }));
      continue;
    }
    const node = tree.follow(pair.value);
    if (isCollection(node)) return `"${pair.name}" must be a text`;
    const text = tree.scalar(node);
    // A date or a number is its text.
    texts.set(pair.name, typeof text === 'string' ? text : tree.source(tree.rangeOr(pair.value, { start: 0, end: 0 })));
  }
  const verdict = texts.get('verdict') ?? '';
  if (verdict === '') return 'there is no verdict';
  if (!isVerdict(verdict)) {
    const meant = nearest(verdict, verdicts);
    const known = [...verdicts, 'enriched in Ba'].join(', ');
    return `"${clip(verdict)}" is no verdict${meant === null ? '' : ` (did you mean "${meant}"?)`}; there are ${known}`;
  }
  const word = (name: string) => texts.get(name) ?? '';
  return { verdict, note: word('note'), by: word('by'), date: word('date'), others };
}

function isVerdict(text: string): text is StarVerdict {
  return (verdicts as readonly string[]).includes(text) || /^enriched in [A-Z][a-z]?$/.test(text);
}

/**
 * The verdicts on a survey's spectra, asked for one after the other.
 * @throws UserError CAN170 when the file has an error: a training that overlooks a verdict would be worse than none.
 */
export class Verdicts {
  readonly #entries: Review['entries'];
  readonly #met = new Set<string>();

  constructor({ entries, problems }: Review) {
    const [first] = problems;
    if (first) throw new UserError(first.message, first.hint, first.code);
    this.#entries = entries;
  }

  of(spectrum: NamedSpectrum): FoundEntry | null {
    if (this.#entries.size === 0) return null;
    const name = namesOf(spectrum).find((one) => this.#entries.has(one));
    if (name === undefined) return null;
    this.#met.add(name);
    return this.#entries.get(name)!;
  }

  /** Names that none of the spectra had so far. */
  get unknown(): string[] {
    return [...this.#entries.keys()].filter((name) => !this.#met.has(name));
  }
}

type NamedSpectrum = Pick<SpectrumIdentity, 'star' | 'obsid' | 'designation' | 'path'>;

function namesOf({ star, obsid, designation, path }: NamedSpectrum): string[] {
  const file = basename(path);
  return [star, obsid, designation, file, file.replace(/(\.fits?)?(\.gz|\.fz|\.z)?$/i, '')].flatMap(
    (name) => name ?? [],
  );
}

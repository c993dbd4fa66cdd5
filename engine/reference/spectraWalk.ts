/**
 * The files that a survey's globs match, in the order of their paths, some at a time, with the names of one folder and of
 * those above it in memory: a survey may have millions of files. A disk far away may take minutes
 * for that: nobody else has to wait meanwhile, and it ends when the signal aborts.
 *
 * A folder's entries come in the order of their names, those of folders with their "/": what lies in them then is in the
 * order of whole paths. Hidden files and folders are found only where the glob names them; links are followed, but not in
 * circles.
 */
import type { Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { doesNotAnswer, isAway, patiently, tryAgain } from '../awayDisk';
import type { Config } from '../config/config';
import { UserError } from '../problems';
import { compileGlob, type Glob } from './glob';

/** Files that follow one another, at least one. */
type Paths = readonly string[];

/** Entries that are asked for at a time. */
const entriesAtOnce = 1024;

/** All of them, for who needs them in memory. @throws the signal's reason when it aborts. */
export async function findSpectra(
  survey: Pick<Config, 'folder' | 'spectra'>,
  signal: AbortSignal = new AbortController().signal,
): Promise<string[]> {
  const found: string[] = [];
  for await (const paths of walkSpectra(survey, signal)) for (const path of paths) found.push(path);
  return found;
}

/**
 * Paths relative to the folder with "/", or absolute where the glob is; each once. A path that exists as written is that file,
 * even when its name holds letters that mean something in globs.
 * @throws the signal's reason when it aborts.
 */
export async function* walkSpectra(
  { folder, spectra }: Pick<Config, 'folder' | 'spectra'>,
  signal: AbortSignal,
): AsyncGenerator<Paths> {
  const walks = spectra.map((pattern) => {
    return new Walk(folder, pattern.replaceAll('\\', '/').replace(/^(\.\/+)+/, ''), signal).paths();
  });
  if (walks.length === 1) yield* walks[0]!;
  else yield* merged(walks);
}

/** What several walks find, each path once. */
async function* merged(walks: readonly AsyncGenerator<Paths>[]): AsyncGenerator<Paths> {
  const heads = walks.map((walk) => ({ walk, paths: [] as Paths, at: 0 }));
  let found: string[] = [];
  for (;;) {
    for (const head of heads) {
      if (head.at < head.paths.length) continue;
      if (found.length > 0) yield found;
      found = [];
      const next = await head.walk.next();
      head.paths = next.done === true ? [] : next.value;
      head.at = 0;
    }
    const rest = heads.filter(({ paths, at }) => at < paths.length);
    if (rest.length === 0) return;
    const least = rest.map(({ paths, at }) => paths[at]!).reduce((a, b) => (b < a ? b : a));
    found.push(least);
    for (const head of rest) if (head.paths[head.at] === least) head.at++;
  }
}

/** The files of one glob. */
class Walk {
  readonly #glob: Glob;

  constructor(
    private readonly folder: string,
    private readonly pattern: string,
    private readonly signal: AbortSignal,
  ) {
    this.#glob = compileGlob(pattern);
  }

  async *paths(): AsyncGenerator<Paths> {
    const itself = await orNull(resolve(this.folder, this.pattern), stat);
    if (itself?.isFile() === true) yield [this.pattern];
    else if (!this.#glob.isPlain) yield* this.#under(this.#glob.base, []);
  }

  /** @param prefix ends in "/" unless it is empty. @param above real paths of the folders on the way. */
  async *#under(prefix: string, above: readonly string[]): AsyncGenerator<Paths> {
    const absolute = resolve(this.folder, prefix);
    const real = await orNull(absolute, (path) => realpath(path));
    if (real === null || above.includes(real)) return;
    let files: string[] = [];
    for (const name of await entriesOf(absolute, this.signal)) {
      const path = `${prefix}${name}`;
      if (!name.endsWith('/')) {
        if (this.#glob.isMatch(path)) files.push(path);
      } else if (this.#glob.mayHold(path.slice(0, -1))) {
        if (files.length > 0) yield files;
        files = [];
        yield* this.#under(path, [...above, real]);
      }
    }
    if (files.length > 0) yield files;
  }
}

/**
 * What is asked of `path`, or null where there is nothing, or nothing for us.
 * @throws UserError CAN416 where the disk does not answer: a survey must not shrink because of that.
 */
async function orNull<T>(path: string, ask: (path: string) => Promise<T>): Promise<T | null> {
  try {
    return await tryAgain(() => ask(path), patiently);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (isAway(error)) throw doesNotAnswer(path, error);
    return null;
  }
}

/** Sorted; those of folders end in "/". A folder that cannot be read has none. */
async function entriesOf(folder: string, signal: AbortSignal): Promise<string[]> {
  signal.throwIfAborted();
  const names = await orNull(folder, () => listed(folder, signal));
  signal.throwIfAborted();
  return names ?? [];
}

async function listed(folder: string, signal: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  const entries = await opendir(folder, { bufferSize: entriesAtOnce });
  try {
    for (let entry = await entries.read(); entry !== null; entry = await entries.read()) {
      const kind = await kindOf(entry, folder);
      if (kind !== null) names.push(kind === 'folder' ? `${entry.name}/` : entry.name);
      if (names.length % entriesAtOnce === 0) signal.throwIfAborted();
    }
  } finally {
    await entries.close();
  }
  return names.sort();
}

function kindOf(entry: Dirent, folder: string): 'file' | 'folder' | null | Promise<'file' | 'folder' | null> {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? kindOfTarget(resolve(folder, entry.name)) : null;
}

async function kindOfTarget(link: string): Promise<'file' | 'folder' | null> {
  const target = await orNull(link, stat);
  return target?.isFile() === true ? 'file' : target?.isDirectory() === true ? 'folder' : null;
}

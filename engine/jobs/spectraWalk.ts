/**
 * The files that a survey's globs match, one after the other in the order of their paths, with the names of one folder and of
 * those above it in memory: a survey may have millions of files. The same files in the same order as `findSpectra` gives.
 *
 * A folder's entries come in the order of their names, those of folders with their "/": what lies in them then is in the
 * order of whole paths. Hidden files and folders are found only where the glob names them; links are followed, but not in
 * circles.
 */
import { opendirSync, realpathSync, statSync, type Dirent } from 'node:fs';
import { resolve } from 'node:path';
import picomatch from 'picomatch';
import type { Config } from '../config/config';

/** Paths relative to the folder with "/", or absolute where the glob is; each once. */
export function* walkSpectra({ folder, spectra }: Pick<Config, 'folder' | 'spectra'>): Generator<string> {
  const walks = spectra.map((pattern) => walk(folder, pattern.replaceAll('\\', '/').replace(/^(\.\/+)+/, '')));
  const heads = walks.map((each) => each.next());
  for (;;) {
    let least: string | null = null;
    for (const { done, value } of heads) if (!done && (least === null || value < least)) least = value;
    if (least === null) return;
    yield least;
    heads.forEach(({ done, value }, k) => {
      if (!done && value === least) heads[k] = walks[k]!.next();
    });
  }
}

function* walk(folder: string, pattern: string): Generator<string> {
  if (isFile(resolve(folder, pattern))) {
    yield pattern;
    return;
  }
  const { base, glob } = picomatch.scan(pattern);
  if (glob === '') return;
  const isMatch = picomatch(pattern);
  // Above the last wildcard each folder has to match its part of the pattern; braces may hold a "/", ** any number.
  const isFixed = !/\*\*|[{(]/.test(pattern);
  const parts = isFixed ? pattern.split('/').map((part) => (part === '' ? null : picomatch(part))) : null;
  const showsHidden = /(^|\/|[{,(|])\./.test(glob);
  const enters = (path: string) => {
    if (parts === null) return showsHidden || !/(^|\/)\.[^/]*$/.test(path);
    const names = path.split('/');
    return names.length < parts.length && (parts[names.length - 1]?.(names.at(-1)!) ?? true);
  };
  const root = base === '' ? '' : base.endsWith('/') ? base : `${base}/`;
  yield* under(folder, root, isMatch, enters, []);
}

/** @param prefix ends in "/" unless it is empty. @param above real paths of the folders on the way. */
function* under(
  folder: string,
  prefix: string,
  isMatch: (path: string) => boolean,
  enters: (path: string) => boolean,
  above: readonly string[],
): Generator<string> {
  const absolute = resolve(folder, prefix);
  const real = realOf(absolute);
  if (real === null || above.includes(real)) return;
  for (const name of entriesOf(absolute)) {
    const path = `${prefix}${name}`;
    if (!name.endsWith('/')) {
      if (isMatch(path)) yield path;
    } else if (enters(path.slice(0, -1))) {
      yield* under(folder, path, isMatch, enters, [...above, real]);
    }
  }
}

/** Sorted; those of folders end in "/". A folder that cannot be read has none. */
function entriesOf(folder: string): string[] {
  const names: string[] = [];
  try {
    const entries = opendirSync(folder, { bufferSize: 1024 });
    try {
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
        const kind = kindOf(entry, folder);
        if (kind !== null) names.push(kind === 'folder' ? `${entry.name}/` : entry.name);
      }
    } finally {
      entries.closeSync();
    }
  } catch {
    return [];
  }
  return names.sort();
}

function kindOf(entry: Dirent, folder: string): 'file' | 'folder' | null {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (!entry.isSymbolicLink()) return null;
  const target = statSync(resolve(folder, entry.name), { throwIfNoEntry: false });
  return target?.isFile() ? 'file' : target?.isDirectory() ? 'folder' : null;
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

function realOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

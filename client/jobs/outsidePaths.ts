/**
 * What a survey's description names that lies neither below its own folder nor in the workspace. A description comes with the data of
 * whoever shared it: before a job reads elsewhere, the user sees where. Pure; links are not followed.
 */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { Config } from '../../engine/index';

/** Absolute folders and files, each once, in the order of the description: of a glob the part before its first wildcard. */
export function outsidePaths(config: Config, workspaceFolders: readonly string[]): string[] {
  const globs = [
    ...config.spectra,
    ...config.quality.flatMap((cut) => ('source' in cut && cut.source.from === 'spectra' ? cut.source.spectra : [])),
  ];
  const tables = config.reference === null ? [] : [resolve(config.folder, config.reference.file)];
  const inside = [config.folder, ...workspaceFolders];
  const paths = [...globs.flatMap((glob) => placesOf(config.folder, glob)), ...tables];
  return [...new Set(paths)].filter((path) => !inside.some((folder) => isBelow(path, folder)));
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(isAbsolute(way) || way === '..' || way.startsWith(`..${sep}`));
}

/** Where the files of a glob can lie; in globs, "\\" parts folders as "/" does. */
function placesOf(folder: string, glob: string): string[] {
  const text = glob.replaceAll('\\', '/');
  const [place, whole] = [resolve(folder, fixedPart(text)), resolve(folder, text)];
  // Where a file bears the glob itself as its name, ".." behind a wildcard leads out as well.
  return isBelow(whole, place) ? [place] : [place, whole];
}

/** `../data/` of `../data/**\/*.fits`: whole folders before the first wildcard. */
function fixedPart(glob: string): string {
  const wild = glob.search(/[*?[\]{}()!+@]/);
  if (wild < 0) return glob;
  return glob.slice(0, glob.lastIndexOf('/', wild) + 1) || '.';
}

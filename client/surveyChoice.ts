/**
 * Which cannon.yaml belongs to what, as far as it can be said without the editor: the one nearest above a spectrum,
 * those lying in or one level below a folder, and the order in which several are offered.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const configNames = ['cannon.yaml', 'cannon.yml'];

/** The cannon.yaml in the folder of `path` or the nearest one above it, or null when there is none up to the root. */
export function nearestConfig(path: string): string | null {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const config = configIn(folder);
    if (config !== null || folder === dirname(folder)) return config;
  }
}

/**
 * The surveys in `folders` and one level below them. Two directory listings, no search: a workspace may hold millions
 * of spectra.
 */
export async function configsNear(folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      const below = entries.filter((entry) => entry.isDirectory() && entry.name !== 'node_modules');
      return [folder, ...below.map((entry) => join(folder, entry.name))].flatMap((place) => configIn(place) ?? []);
    }),
  );
  return found.flat();
}

/** Each survey once, the one used last first, the others by path. */
export function inOrder(configs: readonly string[], last: string | undefined): string[] {
  const sorted = [...new Set(configs)].sort((a, b) => a.localeCompare(b));
  return last !== undefined && sorted.includes(last) ? [last, ...sorted.filter((path) => path !== last)] : sorted;
}

function configIn(folder: string): string | null {
  return configNames.map((name) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

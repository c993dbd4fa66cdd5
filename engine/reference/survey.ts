/** Which files a survey has. */
import { statSync } from 'node:fs';
import { glob } from 'tinyglobby';
import type { Config } from '../config/config';

/**
 * The files that the config's `spectra` globs match, sorted, each once: relative to the config's folder with "/",
 * or absolute where the glob is. Hidden folders (such as `.cannon`) are not searched.
 */
export async function findSpectra(config: Pick<Config, 'folder' | 'spectra'>): Promise<string[]> {
  const patterns = config.spectra.map((pattern) => escapeIfFile(config.folder, pattern.replaceAll('\\', '/')));
  const found = await Promise.all(
    patterns.map((pattern) =>
      glob(pattern, {
        cwd: config.folder,
        onlyFiles: true,
        absolute: pattern.startsWith('/'),
        expandDirectories: false,
      }),
    ),
  );
  return [...new Set(found.flat())].sort();
}

/** A path that exists as written is that file, even when its name holds glob characters such as "[". */
function escapeIfFile(folder: string, pattern: string): string {
  const path = pattern.startsWith('/') ? pattern : `${folder}/${pattern}`;
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  return isFile ? pattern.replace(/[[\]{}()*?!+@\\]/g, '\\$&') : pattern;
}

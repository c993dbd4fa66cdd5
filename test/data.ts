/** Where the real spectra and reference answers lie, or null where there are none. They are not part of the project. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const candidate = process.env['CANNON_DATA'] ?? join(import.meta.dirname, '..', '..', 'shared', 'data');

export const dataFolder: string | null = existsSync(candidate) ? candidate : null;

/** For `describe.skipIf`: says why in the test's name. */
export const withoutData = dataFolder === null;

/** A path inside the data folder; call it only in tests that are skipped without data. */
export function dataPath(...parts: string[]): string {
  if (dataFolder === null) throw new Error('skipped: no data');
  return join(dataFolder, ...parts);
}

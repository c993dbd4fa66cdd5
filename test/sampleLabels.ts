/** Makes every star of a mock survey a reference star with its true labels, where a test wants nothing worth a remark. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function labelEveryStar(folder: string): void {
  const [header, ...rows] = readFileSync(join(folder, 'truth.csv'), 'utf8').trim().split('\n');
  const lines = [`${header},flag_cannon`, ...rows.map((row) => `${row},0`)];
  writeFileSync(join(folder, 'labels.csv'), lines.join('\n') + '\n');
}

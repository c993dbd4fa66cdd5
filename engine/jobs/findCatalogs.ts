/** The catalogs that the runs of a survey made, for those who look at them. */
import { existsSync } from 'node:fs';
import { readResult } from './runFiles';
import { findRuns } from './runFolder';

export interface FoundCatalog {
  /** Absolute, as is the table with a row an observation, which not every catalog has. */
  readonly path: string;
  readonly observations: string | null;
}

/** Those that still exist, the newest first. */
export async function findCatalogs(configPath: string, most = 50): Promise<FoundCatalog[]> {
  const found = new Map<string, FoundCatalog>();
  for (const { folder, job } of await findRuns(configPath)) {
    if (job.command !== 'catalog') continue;
    if (found.size >= most) break;
    const result = await readResult(folder);
    if (result?.command !== 'catalog' || found.has(result.out) || !existsSync(result.out)) continue;
    const { observationsOut } = result;
    const hasThem = observationsOut !== undefined && existsSync(observationsOut);
    found.set(result.out, { path: result.out, observations: hasThem ? observationsOut : null });
  }
  return [...found.values()];
}

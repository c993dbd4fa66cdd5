/** A cross-validation for people to look at: the engine behind the panel of validation. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readValidationDetail, type ValidationDetail } from '../cannon/validationDetail';
import type { Config } from '../config/config';
import { UserError } from '../problems';
import { readResult } from './runFiles';
import { findRuns } from './runFolder';

/** The cross-validation at `path` with absolute paths of its spectra. @throws UserError what reading it throws. */
export async function validationDetail(config: Config, path: string): Promise<ValidationDetail> {
  if (!existsSync(path)) {
    throw new UserError(`${path} is no longer there`, 'Run “Cannon: Cross-Validate” again, or choose another run.');
  }
  const detail = await readValidationDetail(path);
  return { ...detail, spectra: detail.spectra.map((spectrum) => resolve(config.folder, spectrum)) };
}

/** A cross-validation of one model, as a run made it. */
export interface FoundValidation {
  readonly path: string;
  readonly model: string;
  readonly folds: number | 'leave-one-out';
  /** ISO 8601. */
  readonly created: string;
}

/** Those of the survey's runs whose files still exist, the newest first, at most `most`. */
export async function findValidations(configPath: string, most: number): Promise<FoundValidation[]> {
  const found: FoundValidation[] = [];
  for (const { folder, job } of await findRuns(configPath)) {
    if (job.command !== 'cv') continue;
    if (found.length >= most) break;
    const result = await readResult(folder);
    if (result?.command !== 'cv') continue;
    for (const { name, path, folds } of result.models)
      if (existsSync(path)) found.push({ path, model: name, folds, created: job.created });
  }
  return found.slice(0, most);
}

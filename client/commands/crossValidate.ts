/** Cannon: Cross-Validate. Labels reference stars by models that were not trained on them, and says how well. */
import type { App } from '../app';
import { saveConfig } from '../saveConfig';
import { targetOf } from '../target';

/** @returns the run folder. */
export async function crossValidate({ surveys, jobs, inspector }: App, args: readonly unknown[]): Promise<string> {
  const config = await surveys.choose(targetOf(args), inspector.config);
  await saveConfig(config);
  return jobs.start('cv', config);
}

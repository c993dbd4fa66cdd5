/** Cannon: Train. Starts a training of the survey; its models appear in the run folder. */
import type { App } from '../app';
import { saveConfig } from '../saveConfig';
import { targetOf } from '../target';

/** @returns the run folder. */
export async function train({ surveys, jobs, inspector }: App, args: readonly unknown[]): Promise<string> {
  const config = await surveys.choose(targetOf(args), inspector.config);
  await saveConfig(config);
  return jobs.start('train', config);
}

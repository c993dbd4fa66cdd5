/** Cannon: Infer Labels. Labels every spectrum of the survey with its newest trained models. */
import { commands } from 'vscode';
import { newestModels } from '../../engine/index';
import type { App } from '../app';
import { say } from '../messages';
import { saveConfig } from '../saveConfig';
import { targetOf } from '../target';

/** @returns the run folder, or undefined when there is no model yet. */
export async function infer({ surveys, jobs, inspector }: App, args: readonly unknown[]): Promise<string | undefined> {
  const config = await surveys.choose(targetOf(args), inspector.config);
  await saveConfig(config);
  if ((await newestModels(config)).length === 0) {
    say('warning', 'No model has been trained for this survey yet. Train one first, then infer labels.', {
      Train: () => commands.executeCommand('cannon.train', { config }),
    });
    return undefined;
  }
  // Without further arguments the job takes these models, and writes labels.csv into its run folder.
  return jobs.start('infer', config);
}

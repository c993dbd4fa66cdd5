/** Cannon: Make Catalog. A row a star with flags, of the labels that were inferred last; the review bench shows it when it is done. */
import { join } from 'node:path';
import { commands } from 'vscode';
import { findRuns, readResult } from '../../engine/index';
import type { App } from '../app';
import { say } from '../messages';
import { saveConfig } from '../saveConfig';
import { targetOf } from '../target';

/** @returns the run folder, or undefined when nothing has been inferred yet. */
export async function makeCatalog(app: App, args: readonly unknown[]): Promise<string | undefined> {
  const { surveys, jobs, inspector, review } = app;
  const config = await surveys.choose(targetOf(args), review.shown?.config ?? inspector.config);
  await saveConfig(config);
  if (!(await hasLabels(config))) {
    say('warning', 'No labels of this survey have been inferred yet. Infer them first, then make a catalog.', {
      'Infer Labels': () => commands.executeCommand('cannon.infer', { config }),
    });
    return undefined;
  }
  // With a table of observations, so that the bench can show a star's repeats.
  return jobs.start('catalog', config, (run) => ['--observations', join(run, 'observations.fits')]);
}

async function hasLabels(config: string): Promise<boolean> {
  for (const { folder, job } of await findRuns(config))
    if (job.command === 'infer' && (await readResult(folder))?.command === 'infer') return true;
  return false;
}

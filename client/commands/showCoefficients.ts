/**
 * Cannon: Show Coefficients. Opens the panel of a trained model; asks which, where the newest training made several. With the
 * cursor on a label in cannon.yaml it opens at that label.
 */
import { CancellationError, window } from 'vscode';
import { newestModels, UserError } from '../../engine/index';
import type { App } from '../app';
import { nameAtCursor } from '../keyAtCursor';
import { listModels } from '../panels/coefficients';
import { targetOf } from '../target';

export async function showCoefficients(app: App, args: readonly unknown[]): Promise<void> {
  const target = targetOf(args);
  const config = await app.surveys.choose(target, app.coefficients.shown?.config ?? app.inspector.config);
  const paths = await newestModels(config);
  const [only] = paths;
  if (only === undefined) {
    throw new UserError('No model has been trained for this survey yet', 'Run “Cannon: Train”.', 'CAN340');
  }
  const model = paths.length === 1 ? only : await pickModel(config, paths);
  await app.coefficients.showAt({ config, model }, target.focus ?? nameAtCursor(config, 'labels'));
}

async function pickModel(config: string, paths: readonly string[]): Promise<string> {
  const choices = (await listModels(config)).filter(({ path }) => paths.includes(path));
  const chosen = await window.showQuickPick(
    choices.map(({ path, title }) => ({ label: title, path })),
    { title: 'Which model?' },
  );
  if (chosen === undefined) throw new CancellationError();
  return chosen.path;
}

/**
 * Cannon: Show Validation. Opens the panel of a cross-validation: of the cv.fits that it is called on, else of the survey's
 * newest run; asks which, where that made several. With the cursor on a label in cannon.yaml it opens at that label.
 */
import { CancellationError, window } from 'vscode';
import { findValidations, UserError } from '../../engine/index';
import type { App } from '../app';
import { nameAtCursor } from '../keyAtCursor';
import { listValidations } from '../panels/validation';
import { targetOf } from '../target';

export async function showValidation(app: App, args: readonly unknown[]): Promise<void> {
  const target = targetOf(args);
  const config = await app.surveys.choose(target, app.validation.shown?.config ?? app.inspector.config);
  const validation = target.path ?? (await newest(config));
  await app.validation.showAt({ config, validation }, target.focus ?? nameAtCursor(config, 'labels'));
}

async function newest(config: string): Promise<string> {
  const found = await findValidations(config, 50);
  const [first] = found;
  if (first === undefined) {
    throw new UserError('No model of this survey has been cross-validated yet', 'Run “Cannon: Cross-Validate”.');
  }
  // Those of one run were started together.
  const paths = found.filter(({ created }) => created === first.created).map(({ path }) => path);
  if (paths.length === 1) return first.path;
  const choices = (await listValidations(config)).filter(({ path }) => paths.includes(path));
  const chosen = await window.showQuickPick(
    choices.map(({ path, title }) => ({ label: title, path })),
    { title: 'Which cross-validation?' },
  );
  if (chosen === undefined) throw new CancellationError();
  return chosen.path;
}

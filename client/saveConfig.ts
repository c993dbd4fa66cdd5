/** A job reads cannon.yaml from the disk: what is written in the editor but not saved has to go there first. */
import { workspace } from 'vscode';
import { UserError } from '../engine/index';

export async function saveConfig(path: string): Promise<void> {
  const document = workspace.textDocuments.find(({ uri }) => uri.scheme === 'file' && uri.fsPath === path);
  if (document?.isDirty !== true) return;
  if (!(await document.save())) throw new UserError(`${path} could not be saved`, 'Save it and try again.');
}

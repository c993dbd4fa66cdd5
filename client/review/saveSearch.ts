/** A condition of the review bench goes into cannon.yaml, under `searches` and a name that the user gives. */
import { Range, Uri, window, workspace, WorkspaceEdit } from 'vscode';
import { searchEdit } from './searchEdit';

/** @returns whether it was written; false when nobody gave a name */
export async function saveSearch(config: string, where: string): Promise<boolean> {
  const document = await workspace.openTextDocument(Uri.file(config));
  const name = await window.showInputBox({
    title: 'Save Search',
    prompt: 'Its name under `searches` in cannon.yaml',
    placeHolder: 'barium stars',
    validateInput: (text) => (text.trim() === '' ? 'A search has a name.' : null),
  });
  if (name === undefined) return false;
  const wasDirty = document.isDirty;
  const edit = new WorkspaceEdit();
  const { from, to, text } = searchEdit(document.getText(), config, name.trim(), where);
  edit.replace(document.uri, new Range(document.positionAt(from), document.positionAt(to)), text);
  await workspace.applyEdit(edit);
  // Words that somebody is writing stay theirs to save.
  return wasDirty || (await document.save());
}

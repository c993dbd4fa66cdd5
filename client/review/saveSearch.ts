/** A condition of the review bench goes into cannon.yaml, under `searches` and a name that the user gives. */
import { Uri, window, workspace, WorkspaceEdit, Range, type TextDocument } from 'vscode';
import { asYaml, parseConfig } from '../../engine/index';

/** @returns whether it was written; false when nobody gave a name */
export async function saveSearch(config: string, where: string): Promise<boolean> {
  const document = await workspace.openTextDocument(Uri.file(config));
  const name = await window.showInputBox({
    title: 'Save Search',
    prompt: 'Its name under “searches” in cannon.yaml',
    placeHolder: 'barium stars',
    validateInput: (text) => (text.trim() === '' ? 'A search has a name.' : null),
  });
  if (name === undefined) return false;
  const wasDirty = document.isDirty;
  const edit = new WorkspaceEdit();
  const { range, text } = changeFor(document, name.trim(), where);
  edit.replace(document.uri, range, text);
  await workspace.applyEdit(edit);
  // Words that somebody is writing stay theirs to save.
  if (!wasDirty) await document.save();
  return true;
}

/** Where the search goes, and what is written there: over the one of that name, after the last, or as the file's first. */
function changeFor(document: TextDocument, name: string, where: string): { range: Range; text: string } {
  const source = document.getText();
  const { places } = parseConfig(source, document.uri.fsPath);
  const at = (start: number, end = start): Range => new Range(document.positionAt(start), document.positionAt(end));
  const same = places.get(`searches/${name}`)?.value;
  if (same) return { range: at(same.start, same.end), text: JSON.stringify(where) };
  const line = `${asYaml(name)}: ${JSON.stringify(where)}`;
  const all = [...places].filter(([path]) => /^searches\/[^/]+$/.test(path));
  const last = all.at(-1)?.[1];
  if (last) {
    const column = document.positionAt(last.key?.start ?? last.value.start).character;
    const isFlow = document.lineAt(document.positionAt(last.value.start)).text.includes('{');
    const end = source.slice(0, last.value.end).trimEnd().length;
    return { range: at(end), text: isFlow ? `, ${line}` : `\n${' '.repeat(column)}${line}` };
  }
  const end = source.trimEnd().length;
  return { range: at(end, source.length), text: `\n\nsearches:\n  ${line}\n` };
}

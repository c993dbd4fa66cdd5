/** From the inspector to the row of the reference table that the star's labels were compared with. */
import { dirname, resolve } from 'node:path';
import { commands, Range, Uri, ViewColumn, window, workspace } from 'vscode';
import { parseConfig, UserError } from '../../engine/index';
import { lineOfStar } from '../starWord';

/** Opens the survey's reference table beside the panel, at the line that names `star` where it is a text. */
export async function revealRow(config: string, star: string): Promise<void> {
  const description = await workspace.openTextDocument(Uri.file(config));
  const { config: survey } = parseConfig(description.getText(), config);
  const file = survey?.reference?.file;
  if (file === undefined)
    throw new UserError('This survey names no reference table', 'Add `reference` to cannon.yaml.');
  const uri = Uri.file(resolve(dirname(config), file));
  if (!/\.[ct]sv$/i.test(file)) {
    await commands.executeCommand('vscode.open', uri);
    return;
  }
  const document = await workspace.openTextDocument(uri);
  const line = lineOfStar(document.getText(), star);
  if (line === null)
    throw new UserError(
      `No line of ${file} names star ${star}`,
      'The table is matched by place or by another name: see `reference.match` in cannon.yaml.',
    );
  const shown = window.visibleTextEditors.find((editor) => editor.document.uri.fsPath === uri.fsPath);
  const { range } = document.lineAt(line);
  await window.showTextDocument(document, {
    viewColumn: shown?.viewColumn ?? ViewColumn.One,
    selection: new Range(range.start, range.end),
  });
}

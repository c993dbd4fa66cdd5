/** Opens a survey's description in a text editor. */
import { Uri, window, workspace } from 'vscode';

export async function openConfig(path: string): Promise<void> {
  await window.showTextDocument(await workspace.openTextDocument(Uri.file(path)), { preview: false });
}

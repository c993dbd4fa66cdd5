/** What a panel exports is written where the user says: pages of webviews cannot save by themselves. */
import { dirname, join } from 'node:path';
import { Uri, window, workspace, type Memento } from 'vscode';

const folderKey = 'cannon.exportFolder';

/** Words for the file types of the dialog, by ending. */
const types: Readonly<Record<string, string>> = {
  png: 'Picture',
  svg: 'Vector graphics',
  csv: 'Table',
  py: 'Python program',
};

/**
 * Ask for a place, and write the file there.
 * @param near a file of the survey, beside which the first export of a workspace is offered; later ones go where the last one went.
 * @returns its path, or null when the dialog was closed.
 */
export async function saveFile(
  memory: Memento,
  near: string,
  { suggestedName, content }: { suggestedName: string; content: string | Uint8Array },
): Promise<string | null> {
  const folder = memory.get<string>(folderKey) ?? dirname(near);
  // The name comes from a page: only its last part counts.
  const name = suggestedName.replace(/[\\/:*?"<>|\s]+/g, '-');
  const ending = name.split('.').at(-1) ?? '';
  const place = await window.showSaveDialog({
    defaultUri: Uri.file(join(folder, name)),
    filters: { [types[ending] ?? 'File']: [ending] },
    title: 'Export',
  });
  if (!place) return null;
  await workspace.fs.writeFile(place, typeof content === 'string' ? new TextEncoder().encode(content) : content);
  await memory.update(folderKey, dirname(place.fsPath));
  window.setStatusBarMessage(`Saved ${place.fsPath}`, 5000);
  return place.fsPath;
}

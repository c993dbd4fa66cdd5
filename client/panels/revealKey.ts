/** From a panel back to the code: shows a key of cannon.yaml in its editor. */
import { Range, Uri, ViewColumn, window, workspace } from 'vscode';
import { parseConfig } from '../../engine/index';

/**
 * Opens `config` beside the panel, or where it is open already, with the place of `key` selected.
 * @param key a path of the schema: `windows/Mg`, `grid`. A key that the file leaves out shows the nearest one above it, or the
 * file's beginning.
 */
export async function revealKey(config: string, key: string): Promise<void> {
  const document = await workspace.openTextDocument(Uri.file(config));
  const { places } = parseConfig(document.getText(), config);
  const place = nearestPlace(key, (path) => places.get(path));
  const start = document.positionAt(place?.key?.start ?? place?.value.start ?? 0);
  const end = document.positionAt(place?.value.end ?? 0);
  const shown = window.visibleTextEditors.find((editor) => editor.document.uri.fsPath === config);
  await window.showTextDocument(document, {
    viewColumn: shown?.viewColumn ?? ViewColumn.One,
    selection: new Range(start, end),
  });
}

function nearestPlace<T>(key: string, find: (path: string) => T | undefined): T | undefined {
  for (let path = key; path !== ''; path = path.split('/').slice(0, -1).join('/')) {
    const found = find(path);
    if (found !== undefined) return found;
  }
  return undefined;
}

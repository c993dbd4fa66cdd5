/** What the cursor in cannon.yaml is on: from a line of code to the panel that is about it. */
import { window } from 'vscode';
import { parseConfig } from '../engine/index';

/**
 * The name under `section` ("labels", "windows", "models") whose lines the cursor of the editor in front is on, if that
 * editor shows `config`; null elsewhere.
 */
export function nameAtCursor(config: string, section: 'labels' | 'windows' | 'models'): string | null {
  const editor = window.activeTextEditor;
  if (editor?.document.uri.fsPath !== config) return null;
  const offset = editor.document.offsetAt(editor.selection.active);
  const { places } = parseConfig(editor.document.getText(), config);
  for (const [path, { key, value, name }] of places) {
    const [first, second, ...deeper] = path.split('/');
    const isNamed = first === section && second !== undefined && deeper.length === 0;
    if (isNamed && offset >= (key?.start ?? value.start) && offset <= value.end) return name;
  }
  return null;
}

/**
 * From a line of cannon.yaml to the panel that shows what it is about: actions of the editor's light bulb, beside a problem and
 * wherever the cursor is within a label, an element's windows, a cut or the cross-validation.
 */
import { type CodeAction, CodeActionKind, type Diagnostic } from 'vscode-languageserver';
import type { TextRange } from '../engine/index';
import { isWithin } from './places';
import type { Survey } from './surveys';

interface PanelAction {
  readonly title: (name: string) => string;
  readonly command: string;
}

/** By the section of the file. */
const panels: Readonly<Record<string, PanelAction>> = {
  labels: { title: (name) => `Show which pixels carry ${name}`, command: 'cannon.showCoefficients' },
  windows: { title: (name) => `Inspect a star in the windows of ${name}`, command: 'cannon.inspectStar' },
  quality: { title: () => 'Show the training set', command: 'cannon.showTrainingSet' },
  models: { title: () => 'Show the training set', command: 'cannon.showTrainingSet' },
  reference: { title: () => 'Show the training set', command: 'cannon.showTrainingSet' },
  crossValidation: { title: () => 'Show the validation', command: 'cannon.showValidation' },
};
/** Sections whose panel opens at one of their names. */
const named = new Set(['labels', 'windows']);

/**
 * The panel about what stands at `offset`.
 * @param diagnostics problems there, to whose quick fixes it belongs
 */
export function panelActions(
  { parsed, isOnDisk }: Survey,
  offset: number,
  diagnostics: readonly Diagnostic[],
): CodeAction[] {
  if (!isOnDisk) return [];
  for (const [path, { key, value, name }] of parsed.places) {
    const [section = '', second, ...deeper] = path.split('/');
    const panel = panels[section];
    const isWhole = named.has(section) ? second !== undefined && deeper.length === 0 : second === undefined;
    const range: TextRange = { start: key?.start ?? value.start, end: value.end };
    if (!panel || !isWhole || !isWithin(offset, range)) continue;
    const focus = named.has(section) ? { focus: name } : {};
    const action = {
      title: panel.title(name),
      command: { title: panel.title(name), command: panel.command, arguments: [{ config: parsed.path, ...focus }] },
    };
    // As a quick fix it stands beside the problem; elsewhere the editor shows no bulb for it, but lists it with the others.
    return diagnostics.length > 0
      ? [{ ...action, kind: CodeActionKind.QuickFix, diagnostics: [...diagnostics] }]
      : [{ ...action, kind: `${CodeActionKind.Source}.cannon` }];
  }
  return [];
}

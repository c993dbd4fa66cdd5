/** Lines of CSV tables whose stars the newest catalog has flagged bear a mark; resting the pointer on it tells why. */
import {
  type Disposable,
  Disposable as Disposables,
  MarkdownString,
  OverviewRulerLane,
  Range,
  type TextEditor,
  ThemeColor,
  window,
  workspace,
} from 'vscode';
import { FlaggedRowsRequest } from '../server/protocol';
import type { App } from './app';
import { commandUri } from './starCards';

const setting = 'flaggedRows.enabled';
const pauseMs = 500;

export function markFlaggedRows({ server }: App): Disposable {
  const mark = window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new ThemeColor('editor.wordHighlightBackground'),
    overviewRulerColor: new ThemeColor('editorOverviewRuler.warningForeground'),
    overviewRulerLane: OverviewRulerLane.Right,
  });
  const timers = new Map<TextEditor, NodeJS.Timeout>();
  const show = async (editor: TextEditor): Promise<void> => {
    const { document } = editor;
    const isOn = workspace.isTrusted && workspace.getConfiguration('cannon', document).get<boolean>(setting, true);
    if (!isOn) return editor.setDecorations(mark, []);
    const { version } = document;
    try {
      const asked = { file: document.uri.fsPath, text: document.getText() };
      const { rows } = await server.ask(FlaggedRowsRequest, asked);
      if (document.version !== version) return;
      const marks = rows.map(({ line, lastLine, star, config, reasons, verdict }) => {
        const hoverMessage = new MarkdownString();
        hoverMessage.appendText(`Flagged in the catalog: ${reasons.join('; ')}.`);
        if (verdict !== '') hoverMessage.appendText(` Verdict: ${verdict}.`);
        hoverMessage.appendMarkdown(` [Inspect](${commandUri('cannon.inspectStar', { config, star })})`);
        hoverMessage.isTrusted = { enabledCommands: ['cannon.inspectStar'] };
        return { range: new Range(line, 0, lastLine, document.lineAt(lastLine).text.length), hoverMessage };
      });
      editor.setDecorations(mark, marks);
    } catch {
      // Nobody asked for marks: where there are none, whatever the reason, nothing is shown.
      editor.setDecorations(mark, []);
    }
  };
  const later = (editor: TextEditor | undefined): void => {
    if (editor?.document.uri.scheme !== 'file' || !/\.[ct]sv$/i.test(editor.document.uri.path)) return;
    clearTimeout(timers.get(editor));
    const timer = setTimeout(() => {
      timers.delete(editor);
      void show(editor);
    }, pauseMs);
    timers.set(editor, timer);
  };
  const all = (): void => window.visibleTextEditors.forEach(later);
  all();
  return Disposables.from(
    mark,
    window.onDidChangeVisibleTextEditors(all),
    server.onDidReturn(all),
    workspace.onDidChangeTextDocument(({ document }) =>
      window.visibleTextEditors.filter((editor) => editor.document === document).forEach(later),
    ),
    workspace.onDidChangeConfiguration((change) => change.affectsConfiguration(`cannon.${setting}`) && all()),
    { dispose: () => timers.forEach((timer) => clearTimeout(timer)) },
  );
}

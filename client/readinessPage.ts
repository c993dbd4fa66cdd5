/** "Is my data ready?" beside the survey's description: a page that the language server writes, shown as a preview. */
import type { Disposable } from 'vscode';
import { commands, EventEmitter, Uri, workspace } from 'vscode';
import { ReadinessRequest } from '../server/protocol';
import type { App } from './app';
import { targetOf } from './target';

const scheme = 'cannon-readiness';
const changed = new EventEmitter<Uri>();

export function registerReadinessPages({ server }: App): Disposable {
  return workspace.registerTextDocumentContentProvider(scheme, {
    onDidChange: changed.event,
    async provideTextDocumentContent({ query }, token) {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      const { markdown } = await server.ask(ReadinessRequest, { config: query }, abort.signal);
      return markdown;
    },
  });
}

/** Cannon: Is My Data Ready? Shows the page of a survey, brought up to date. */
export async function showReadiness({ surveys, inspector }: App, args: readonly unknown[]): Promise<void> {
  const config = await surveys.choose(targetOf(args), inspector.config);
  // The path names the preview's tab; the survey is in the query.
  const page = Uri.from({ scheme, path: '/Is my data ready.md', query: config });
  changed.fire(page);
  await commands.executeCommand('markdown.showPreview', page);
}

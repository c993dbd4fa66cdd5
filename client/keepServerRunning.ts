/** Starts the language server with the extension, or as soon as the workspace is trusted. */
import { workspace, type Disposable } from 'vscode';
import type { App } from './app';
import { sayError } from './messages';

export function keepServerRunning({ server, log }: App): Disposable {
  const start = (): void => {
    server.start().catch((error: unknown) => sayError(log, 'The language server did not start', error));
  };
  if (workspace.isTrusted) start();
  return workspace.onDidGrantWorkspaceTrust(start);
}

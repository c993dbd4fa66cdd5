/** Begins to look for runs, once the workspace is trusted: also for those that outlived the window that started them. */
import { Disposable, workspace } from 'vscode';
import type { App } from '../app';

export function watchRuns({ watch }: App): Disposable {
  const configs = workspace.createFileSystemWatcher('**/cannon.{yaml,yml}', false, true, false);
  const look = (): void => watch.look();
  if (workspace.isTrusted) watch.start();
  return Disposable.from(
    configs,
    configs.onDidCreate(look),
    configs.onDidDelete(look),
    workspace.onDidGrantWorkspaceTrust(() => watch.start()),
    workspace.onDidChangeWorkspaceFolders(look),
  );
}

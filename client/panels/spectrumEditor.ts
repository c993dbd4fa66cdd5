/**
 * The editor for FITS files: a read-only view that reads the file through the language server, again whenever the file
 * changes on the disk.
 */
import { basename } from 'node:path';
import {
  RelativePattern,
  Uri,
  window,
  workspace,
  type CustomDocument,
  type CustomReadonlyEditorProvider,
  type Disposable,
  type WebviewPanel,
} from 'vscode';
import { UserError, type SpectrumDocument, unpack } from '../../engine/index';
import { ReadSpectrumRequest } from '../../server/protocol';
import { type Handlers, Rpc } from '../../webviews/rpc';
import type { SpectrumHost, SpectrumView } from '../../webviews/spectrum/protocol';
import type { App } from '../app';
import { FirstAnswers } from './firstAnswers';
import { openView } from './panelPage';

/** A file that is being written announces every block. */
const settleMs = 250;

export function registerSpectrumEditor(app: App): Disposable {
  return window.registerCustomEditorProvider('cannon.spectrum', new SpectrumEditor(app), {
    supportsMultipleEditorsPerDocument: true,
  });
}

class SpectrumEditor implements CustomReadonlyEditorProvider {
  constructor(private readonly app: App) {}

  openCustomDocument(uri: Uri): CustomDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor({ uri }: CustomDocument, panel: WebviewPanel): void {
    const view = openView(panel.webview, this.app.context.extensionUri, 'spectrum', basename(uri.path));
    const readDocument: Handlers<SpectrumHost>['readDocument'] = (_params, signal) => this.#read(uri, signal);
    const first = new FirstAnswers<SpectrumHost>({ readDocument }, ['readDocument']);
    const rpc = new Rpc<SpectrumHost, SpectrumView>(view.channel, first.handlers);
    first.tell((known) => rpc.tell(known));
    view.load();
    const changed = (): void => {
      first.forget();
      rpc.notify('changed');
    };
    const listening = [watch(uri, changed), this.app.server.onDidStart(changed)];
    panel.onDidDispose(() => {
      first.forget();
      rpc.dispose();
      for (const listener of listening) listener.dispose();
    });
  }

  async #read(uri: Uri, signal: AbortSignal): Promise<SpectrumDocument> {
    if (uri.scheme !== 'file') {
      throw new UserError(
        'Spectra are read from the disk, and this one is not there',
        `It comes from “${uri.scheme}:”; save it as a file and open that.`,
      );
    }
    return unpack<SpectrumDocument>(await this.app.server.ask(ReadSpectrumRequest, { path: uri.fsPath }, signal));
  }
}

/** One watcher for one open file; `changed` is called once the file has come to rest. */
function watch(uri: Uri, changed: () => void): Disposable {
  const name = basename(uri.fsPath).replace(/[*?{}[\]]/g, '[$&]');
  const watcher = workspace.createFileSystemWatcher(new RelativePattern(Uri.joinPath(uri, '..'), name));
  let timer: NodeJS.Timeout | undefined;
  const settle = (): void => {
    clearTimeout(timer);
    timer = setTimeout(changed, settleMs);
  };
  watcher.onDidChange(settle);
  watcher.onDidCreate(settle);
  watcher.onDidDelete(settle);
  return {
    dispose: () => {
      clearTimeout(timer);
      watcher.dispose();
    },
  };
}

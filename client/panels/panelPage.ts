/** Puts a view into a webview, and gives the channel over which to talk to it. */
import { readFileSync } from 'node:fs';
import { Uri, type Webview } from 'vscode';
import { linkedCommands } from '../../webviews/commandLinks';
import { newNonce, panelHtml } from '../../webviews/page';
import type { Channel } from '../../webviews/rpc';

/** The views that are panels or editors: folders of `webviews/`. */
export type ViewName = 'spectrum' | 'inspector' | 'coefficients' | 'validation' | 'trainingSet' | 'review';

/** Load view `name` (a folder of `webviews/`) of the extension installed at `extension`. */
export function loadView(webview: Webview, extension: Uri, name: ViewName, title: string): Channel {
  const root = Uri.joinPath(extension, 'dist', 'webviews');
  const bundle = (file: string): string => readFileSync(Uri.joinPath(root, name, file).fsPath, 'utf8');
  webview.options = {
    ...{ enableScripts: true, localResourceRoots: [root] },
    enableCommandUris: Object.values(linkedCommands),
  };
  const channel: Channel = {
    post: (message) => webview.postMessage(message),
    onMessage: (listener) => {
      const listening = webview.onDidReceiveMessage(listener);
      return () => void listening.dispose();
    },
  };
  webview.html = panelHtml({
    title,
    script: bundle('view.js'),
    style: bundle('view.css'),
    iconsUri: webview.asWebviewUri(Uri.joinPath(root, 'codicon.css')).toString(),
    cspSource: webview.cspSource,
    nonce: newNonce(),
  });
  return channel;
}

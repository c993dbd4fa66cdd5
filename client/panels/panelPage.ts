/** Puts a view into a webview, and gives the channel over which to talk to it. */
import { Uri, type Webview } from 'vscode';
import { newNonce, panelHtml } from '../../webviews/page';
import type { Channel } from '../../webviews/rpc';

/** The views that are panels or editors: folders of `webviews/`. */
export type ViewName = 'spectrum' | 'inspector' | 'coefficients' | 'validation' | 'trainingSet' | 'review';

/** Load view `name` (a folder of `webviews/`) of the extension installed at `extension`. */
export function loadView(webview: Webview, extension: Uri, name: ViewName, title: string): Channel {
  const root = Uri.joinPath(extension, 'dist', 'webviews');
  const uriOf = (...parts: string[]): string => webview.asWebviewUri(Uri.joinPath(root, ...parts)).toString();
  webview.options = { enableScripts: true, localResourceRoots: [root] };
  const channel: Channel = {
    post: (message) => webview.postMessage(message),
    onMessage: (listener) => {
      const listening = webview.onDidReceiveMessage(listener);
      return () => void listening.dispose();
    },
  };
  webview.html = panelHtml({
    title,
    scriptUri: uriOf(name, 'view.js'),
    styleUris: [uriOf(name, 'view.css')],
    iconsUri: uriOf('codicon.css'),
    cspSource: webview.cspSource,
    nonce: newNonce(),
  });
  return channel;
}

/** Puts a view into a webview, and gives the channel over which to talk to it. */
import { readFileSync } from 'node:fs';
import { Uri, type Webview, type WebviewOptions } from 'vscode';
import { linkedCommands } from '../../webviews/commandLinks';
import { newNonce, panelHtml } from '../../webviews/page';
import type { Channel } from '../../webviews/rpc';

/** The views that are panels or editors: folders of `webviews/`. */
export type ViewName = 'spectrum' | 'inspector' | 'coefficients' | 'validation' | 'trainingSet' | 'review';

const bundlesIn = (extension: Uri): Uri => Uri.joinPath(extension, 'dist', 'webviews');

/** To be given when a panel is made: VS Code makes the page anew when they change later. */
export function viewOptions(extension: Uri): WebviewOptions {
  return {
    ...{ enableScripts: true, localResourceRoots: [bundlesIn(extension)] },
    enableCommandUris: Object.values(linkedCommands),
  };
}

export interface View {
  /** Messages wait until the page has been loaded. */
  readonly channel: Channel;
  /** Makes the page. Once. */
  readonly load: () => void;
}

/** View `name` (a folder of `webviews/`) of the extension installed at `extension`, not loaded yet. */
export function openView(webview: Webview, extension: Uri, name: ViewName, title: string): View {
  const root = bundlesIn(extension);
  const bundle = (file: string): string => readFileSync(Uri.joinPath(root, name, file).fsPath, 'utf8');
  webview.options = viewOptions(extension);
  const channel: Channel = {
    post: (message) => webview.postMessage(message),
    onMessage: (listener) => {
      const listening = webview.onDidReceiveMessage(listener);
      return () => void listening.dispose();
    },
  };
  const load = (): void => {
    webview.html = panelHtml({
      title,
      script: bundle('view.js'),
      style: bundle('view.css'),
      iconsUri: webview.asWebviewUri(Uri.joinPath(root, 'codicon.css')).toString(),
      cspSource: webview.cspSource,
      nonce: newNonce(),
    });
  };
  return { channel, load };
}

/** What the editor on the other side can do, as far as answers depend on it. Known once the connection is initialized. */
import type { ClientCapabilities } from 'vscode-languageserver';

export class ClientAbilities {
  canSnippet = false;
  canRefreshLenses = false;
  canRefreshHints = false;
  /** Whether it can be asked for settings. */
  hasSettings = false;

  adopt({ textDocument, workspace }: ClientCapabilities): void {
    this.canSnippet = textDocument?.completion?.completionItem?.snippetSupport ?? false;
    this.canRefreshLenses = workspace?.codeLens?.refreshSupport ?? false;
    this.hasSettings = workspace?.configuration ?? false;
    this.canRefreshHints = workspace?.inlayHint?.refreshSupport ?? false;
  }
}

/** Lenses and hints can be switched off: the editor then does not ask for them, and those on the screen go at once. */
import { type ConfigurationScope, type Disposable, workspace } from 'vscode';
import { CodeLensRequest, InlayHintRequest, type LanguageClient, type Middleware } from 'vscode-languageclient/node';

function isOn(setting: string, scope: ConfigurationScope): boolean {
  return workspace.getConfiguration('cannon', scope).get<boolean>(setting, true);
}

export const languageSettings: Middleware = {
  provideCodeLenses: (document, token, next) => (isOn('codeLens.enabled', document) ? next(document, token) : []),
  provideInlayHints: (document, range, token, next) =>
    isOn('inlayHints.enabled', document) ? next(document, range, token) : [],
};

/** Has lenses and hints asked for again whenever their setting changes. */
export function followLanguageSettings(client: LanguageClient): Disposable {
  return workspace.onDidChangeConfiguration((change) => {
    // All documents have one provider, but it is got by a document.
    const document = workspace.textDocuments.find(({ languageId }) => languageId === 'cannon');
    if (document === undefined) return;
    if (change.affectsConfiguration('cannon.codeLens'))
      client.getFeature(CodeLensRequest.method).getProvider(document)?.onDidChangeCodeLensEmitter.fire();
    if (change.affectsConfiguration('cannon.inlayHints'))
      client.getFeature(InlayHintRequest.method).getProvider(document)?.onDidChangeInlayHints.fire();
  });
}

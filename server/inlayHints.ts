/** Numbers beside the text: how many files a glob matches, how many stars have labels, and what each condition leaves. */
import { type InlayHint, InlayHintRefreshRequest } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ParsedConfig, SurveyFacts } from '../engine/index';
import { type Feature, guard, logFailure, type ServerContext } from './context';
import { keptBy } from './facts';
import { code, count } from './words';

/** A hint after each place that has one, in the order of the file. */
function hintsOf(document: TextDocument, parsed: ParsedConfig, facts: SurveyFacts | null): InlayHint[] {
  const hint = (offset: number, label: string, about: string): InlayHint => ({
    ...{ position: document.positionAt(offset), label, paddingLeft: true },
    tooltip: { kind: 'markdown', value: about },
  });
  return [...parsed.places].flatMap(([path, { key, value, named }]): InlayHint[] => {
    if (path === 'reference/file' && facts?.table && facts.nMatched !== null) {
      const { table, nMatched } = facts;
      return [hint(value.end, `${nMatched} matched`, `${nMatched} spectra match one of ${count(table.nRows, 'row')}.`)];
    }
    const isModel = named && /^models\/[^/]+$/.test(path);
    if (!isModel && !/^quality\/\d+$/.test(path)) return [];
    const kept = keptBy(path, parsed.config, facts);
    if (kept === null) return [];
    const { text, stars, alone } = kept;
    const left = `${count(stars, 'star')} ${isModel ? 'to train on' : 'left'}.`;
    const byItself = `${code(text)} by itself holds for ${alone} of ${count(facts!.nMatched!, 'star')}.`;
    return [hint(isModel ? key!.end : value.end, count(stars, 'star'), `${left} ${byItself}`)];
  });
}

export const inlayHints: Feature = {
  capabilities: { inlayHintProvider: true },

  register({ connection, documents, surveys, client }: ServerContext): void {
    connection.languages.inlayHint.on(
      guard(connection, 'inlay hints', ({ textDocument, range }): InlayHint[] => {
        const document = documents.get(textDocument.uri);
        if (!document) return [];
        const { parsed, facts } = surveys.get(document);
        const { start, end } = range;
        return hintsOf(document, parsed, facts).filter(
          ({ position: { line } }) => line >= start.line && line <= end.line,
        );
      }),
    );
    surveys.onDidCheck(() => {
      if (!client.canRefreshHints) return;
      connection
        .sendRequest(InlayHintRefreshRequest.type)
        .catch((error: unknown) => logFailure(connection, 'inlay hints', error));
    });
  },
};

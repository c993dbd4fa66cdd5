/** The outline of `cannon.yaml`: its keys as they are nested, with labels and models by their names. */
import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ParsedConfig, Place } from '../engine/index';
import { type Feature, guard, type ServerContext } from './context';
import { toRange } from './places';

const longestDetail = 80;

function outline(document: TextDocument, { places, text }: ParsedConfig): DocumentSymbol[] {
  const top: DocumentSymbol[] = [];
  const byPath = new Map<string, DocumentSymbol>();
  for (const [path, place] of places) {
    const { key, value, name } = place;
    const isItem = key === null;
    // An item that stands for a whole list has the same range, and says nothing new.
    const parentPath = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const parent = byPath.get(parentPath);
    if (isItem && places.get(parentPath)?.value.start === value.start) continue;
    const source = text.slice(value.start, value.end);
    const detail = source.includes('\n') || source === name ? '' : source.slice(0, longestDetail);
    const symbol: DocumentSymbol = {
      name: isItem ? source.split('\n', 1)[0]!.slice(0, longestDetail) || '…' : name,
      ...(isItem ? {} : { detail }),
      kind: kindOf(path, place),
      range: toRange(document, { start: (key ?? value).start, end: Math.max((key ?? value).end, value.end) }),
      selectionRange: toRange(document, key ?? value),
      children: [],
    };
    byPath.set(path, symbol);
    (parent?.children ?? top).push(symbol);
  }
  return top;
}

function kindOf(path: string, { key, named }: Place): SymbolKind {
  if (named) return path.startsWith('labels/') ? SymbolKind.Variable : SymbolKind.Class;
  if (key === null) return SymbolKind.String;
  return path.includes('/') ? SymbolKind.Property : SymbolKind.Key;
}

export const documentSymbols: Feature = {
  capabilities: { documentSymbolProvider: true },

  register({ connection, documents, surveys }: ServerContext): void {
    connection.onDocumentSymbol(
      guard(connection, 'symbols', ({ textDocument }): DocumentSymbol[] => {
        const document = documents.get(textDocument.uri);
        return document ? outline(document, surveys.get(document).parsed) : [];
      }),
    );
  },
};

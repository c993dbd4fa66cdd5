/** Rename of a label with all its uses, and the places where a label is used. */
import type { Location, Range, WorkspaceEdit } from 'vscode-languageserver';
import { nameAt, type ParsedConfig, renameLabel, UserError, usesOfLabel } from '../engine/index';
import { type Feature, guard, type ServerContext } from './context';
import { isWithin, toRange } from './places';

/** The label that is named or used at an offset; null where none is. @throws UserError where the text cannot be read. */
function labelAt(parsed: ParsedConfig, offset: number): string | null {
  const broken = parsed.config === null ? parsed.problems[0] : undefined;
  if (broken) throw new UserError(broken.message, broken.hint, broken.code);
  const labels = (parsed.config?.labels ?? []).map(({ name }) => name);
  const here = (name: string) => usesOfLabel(parsed, name).some(({ range }) => isWithin(offset, range));
  const named = nameAt(parsed, offset);
  if (named?.isColumn === true) return null;
  return (named && labels.includes(named.name) ? named.name : labels.find(here)) ?? null;
}

export const rename: Feature = {
  capabilities: { renameProvider: { prepareProvider: true }, referencesProvider: true },

  register({ connection, documents, surveys }: ServerContext): void {
    connection.onPrepareRename(
      guard(connection, 'rename', ({ textDocument, position }): { range: Range; placeholder: string } | null => {
        const document = documents.get(textDocument.uri);
        if (!document) return null;
        const { parsed } = surveys.get(document);
        const offset = document.offsetAt(position);
        const label = labelAt(parsed, offset);
        const use =
          label === null ? undefined : usesOfLabel(parsed, label).find(({ range }) => isWithin(offset, range));
        if (label === null || !use) throw new UserError('Only labels can be renamed', 'Put the cursor on a label.');
        return { range: toRange(document, use.range), placeholder: label };
      }),
    );
    connection.onRenameRequest(
      guard(connection, 'rename', ({ textDocument, position, newName }): WorkspaceEdit | null => {
        const document = documents.get(textDocument.uri);
        if (!document) return null;
        const { parsed } = surveys.get(document);
        const label = labelAt(parsed, document.offsetAt(position));
        if (label === null) throw new UserError('Only labels can be renamed', 'Put the cursor on a label.');
        const edits = renameLabel(parsed, label, newName).map(({ range, newText }) => ({
          range: toRange(document, range),
          newText,
        }));
        return { changes: { [document.uri]: edits } };
      }),
    );
    connection.onReferences(
      guard(connection, 'references', ({ textDocument, position, context }): Location[] => {
        const document = documents.get(textDocument.uri);
        if (!document) return [];
        const { parsed } = surveys.get(document);
        const label = parsed.config === null ? null : labelAt(parsed, document.offsetAt(position));
        const uses = label === null ? [] : usesOfLabel(parsed, label);
        return uses
          .filter(({ kind }) => context.includeDeclaration || kind !== 'name')
          .map(({ range }) => ({ uri: document.uri, range: toRange(document, range) }));
      }),
    );
  },
};

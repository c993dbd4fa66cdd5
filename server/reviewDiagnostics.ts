/**
 * What is wrong with the verdicts of an open survey, at its place in `review.yaml` itself: the editor may not have that file open.
 * And where that file names stars, for links to the inspector.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { mostReviewBytes, parseReview, readPlainText, reviewName } from '../engine/index';
import { type Feature, guard, logFailure, type ServerContext } from './context';
import { toDiagnostic } from './diagnostics';
import { type ReviewStar, type ReviewStarsParams, ReviewStarsRequest } from './protocol';

export const reviewDiagnostics: Feature = {
  capabilities: {},

  register({ connection, documents, onFilesChanged }: ServerContext): void {
    /** Files with problems, by their URIs. */
    const marked = new Set<string>();
    const isOpen = (folder: string) => documents.all().some(({ uri }) => folderOf(uri) === folder);
    const look = async (folder: string) => {
      const path = join(folder, reviewName);
      const uri = pathToFileURL(path).href;
      // Where it cannot be read at all, the survey's description says so.
      const text = isOpen(folder) ? await readPlainText(path, mostReviewBytes).catch(() => '') : '';
      const { problems } = parseReview(text, path);
      if (problems.length === 0 && !marked.delete(uri)) return;
      if (problems.length > 0) marked.add(uri);
      const document = TextDocument.create(uri, 'yaml', 0, text);
      const diagnostics = problems.map((problem) => toDiagnostic(document, problem));
      await connection.sendDiagnostics({ uri, diagnostics });
    };
    const lookLater = (uri: string) => {
      const folder = folderOf(uri);
      if (folder !== null) look(folder).catch((error: unknown) => logFailure(connection, 'verdicts', error));
    };
    connection.onRequest(
      ReviewStarsRequest.method,
      guard(connection, ReviewStarsRequest.method, ({ path, text }: ReviewStarsParams): ReviewStar[] =>
        parseReview(text, path).named.map(({ star, range }) => ({ star, ...range })),
      ),
    );
    documents.onDidOpen(({ document }) => lookLater(document.uri));
    documents.onDidClose(({ document }) => lookLater(document.uri));
    onFilesChanged((changes) => {
      for (const { uri } of changes) if (uri.endsWith(`/${reviewName}`)) lookLater(uri);
    });
  },
};

function folderOf(uri: string): string | null {
  return uri.startsWith('file:') ? dirname(fileURLToPath(uri)) : null;
}

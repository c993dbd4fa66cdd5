/** The language server on any connection: its features, each a row of one table, and what they share. */
import {
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  type InitializeResult,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { version } from '../engine/index';
import { type Feature, logFailure } from './context';
import { diagnostics, toDiagnostic } from './diagnostics';
import { FileReaders } from './fileReaders';
import { hover } from './hover';
import { requests } from './requests';
import { Surveys } from './surveys';

const features: readonly Feature[] = [diagnostics, hover, requests];

/** Reference tables; spectra are not watched, for there may be millions of them. */
const watchedFiles = '**/*.{csv,tsv}';

/** Serves until the client closes the connection. */
export function serve(connection: Connection, readers = new FileReaders()): void {
  const documents = new TextDocuments(TextDocument);
  const surveys = new Surveys(
    readers,
    (document, problems) => {
      const found = problems.map((problem) => toDiagnostic(document, problem));
      void connection.sendDiagnostics({ uri: document.uri, version: document.version, diagnostics: found });
    },
    (error) => logFailure(connection, 'check', error),
  );

  let canWatch = false;
  connection.onInitialize(({ capabilities }: InitializeParams): InitializeResult => {
    canWatch = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration ?? false;
    return {
      capabilities: Object.assign(
        {},
        ...features.map((feature) => feature.capabilities),
      ) as InitializeResult['capabilities'],
      serverInfo: { name: 'Cannon Spectra', version },
    };
  });
  connection.onInitialized(() => {
    if (!canWatch) return;
    connection.client
      .register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: watchedFiles }] })
      .catch((error: unknown) => logFailure(connection, 'watching files', error));
  });
  connection.onShutdown(() => surveys.dispose());
  for (const feature of features) feature.register({ connection, documents, surveys, readers });
  documents.listen(connection);
  connection.listen();
}

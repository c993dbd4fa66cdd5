/** The language server on any connection: its features, each a row of one table, and what they share. */
import { fileURLToPath } from 'node:url';
import {
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  FileChangeType,
  type FileEvent,
  type InitializeParams,
  type InitializeResult,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { OpenCatalogs, type TaskPool, version } from '../engine/index';
import { ClientAbilities } from './clientAbilities';
import { codeLenses } from './codeLenses';
import { completion } from './completion';
import { catalogNotes } from './catalogNotes';
import { catalogs } from './catalogs';
import { type Feature, logFailure } from './context';
import { definition } from './definition';
import { diagnostics, toDiagnostic } from './diagnostics';
import { documentSymbols } from './documentSymbols';
import { FileReaders } from './fileReaders';
import { hover } from './hover';
import { inlayHints } from './inlayHints';
import { inspector } from './inspector';
import type { ServerOptions } from './protocol';
import { readiness } from './readiness';
import { rename } from './rename';
import { reviewDiagnostics } from './reviewDiagnostics';
import { requests } from './requests';
import { IndexPool } from './spectraIndex/indexPool';
import { Indexes } from './spectraIndex/indexes';
import { starRequests } from './spectraIndex/starRequests';
import { starCards } from './starCards';
import { Surveys } from './surveys';
import { trainingSets } from './trainingSets';
import { watchedFiles } from './watchedFiles';

const features: readonly Feature[] = [
  ...[diagnostics, reviewDiagnostics, hover, completion, definition, documentSymbols, codeLenses, inlayHints, rename],
  ...[requests, inspector, starRequests, starCards, readiness, trainingSets, catalogs, catalogNotes],
];

/** Serves until the client closes the connection. */
export function serve(connection: Connection, readers = new FileReaders(), pool: TaskPool = new IndexPool()): void {
  const indexes = new Indexes(connection, readers, pool);
  const documents = new TextDocuments(TextDocument);
  const surveys = new Surveys(
    { spectrum: readers.spectrum, table: readers.table, index: (config) => indexes.ofLarge(config) },
    (document, problems) => {
      const found = problems.map((problem) => toDiagnostic(document, problem));
      void connection.sendDiagnostics({ uri: document.uri, version: document.version, diagnostics: found });
    },
    (error) => logFailure(connection, 'check', error),
  );

  const client = new ClientAbilities();
  const openCatalogs = new OpenCatalogs(() => indexes.storage);
  let [canWatch, canFollow] = [false, false];
  connection.onInitialize(({ capabilities, initializationOptions }: InitializeParams): InitializeResult => {
    client.adopt(capabilities);
    indexes.storage = storageIn(initializationOptions);
    canWatch = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration ?? false;
    canFollow = capabilities.workspace?.didChangeConfiguration?.dynamicRegistration ?? false;
    return {
      capabilities: Object.assign(
        {},
        ...features.map((feature) => feature.capabilities),
      ) as InitializeResult['capabilities'],
      serverInfo: { name: 'Cannon Spectra', version },
    };
  });
  connection.onInitialized(() => {
    if (canFollow) {
      connection.client
        .register(DidChangeConfigurationNotification.type, { section: 'cannon' })
        .catch((error: unknown) => logFailure(connection, 'following settings', error));
    }
    if (!canWatch) return;
    connection.client
      .register(DidChangeWatchedFilesNotification.type, {
        watchers: watchedFiles.map((globPattern) => ({ globPattern })),
      })
      .catch((error: unknown) => logFailure(connection, 'watching files', error));
  });
  const [files, settings, closing] = [heard<[readonly FileEvent[]]>(), heard(), heard()];
  connection.onDidChangeWatchedFiles(({ changes }) => {
    const gone = changes.filter(({ type }) => type === FileChangeType.Deleted).flatMap(({ uri }) => pathOf(uri) ?? []);
    if (gone.length > 0) readers.forget(new Set(gone));
    files.tell(changes);
  });
  connection.onDidChangeConfiguration(() => settings.tell());
  connection.onShutdown(async () => {
    closing.tell();
    surveys.dispose();
    await indexes.dispose();
    await pool.close();
  });
  const told = { onFilesChanged: files.add, onSettingsChanged: settings.add, onClosing: closing.add };
  for (const feature of features) {
    feature.register({ connection, documents, surveys, readers, indexes, client, catalogs: openCatalogs, ...told });
  }
  documents.listen(connection);
  connection.listen();
}

/** Null for what is no file of this machine. */
function pathOf(uri: string): string | null {
  try {
    return fileURLToPath(uri);
  } catch {
    return null;
  }
}

/** Any number of listeners to what a connection tells one handler only. */
function heard<Told extends readonly unknown[] = []>() {
  const listeners: ((...told: Told) => void)[] = [];
  return {
    add: (listener: (...told: Told) => void) => void listeners.push(listener),
    tell: (...told: Told) => listeners.forEach((listener) => listener(...told)),
  };
}

/** The folder for what is kept between sessions, when the client has named one. */
function storageIn(options: unknown): string | null {
  const { storage } = (options ?? {}) as Partial<ServerOptions>;
  return typeof storage === 'string' && storage !== '' ? storage : null;
}

/** A language client for tests: talks to the server over a real protocol stream, and waits for what it publishes. */
import { PassThrough } from 'node:stream';
import {
  createConnection,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
  type ClientCapabilities,
  type CodeAction,
  type Diagnostic,
  type Hover,
  type InitializeResult,
  type PublishDiagnosticsParams,
} from 'vscode-languageserver/node';
import { createProtocolConnection, type ProtocolConnection } from 'vscode-languageserver-protocol/node';
import { pathToFileURL } from 'node:url';
import type { TaskPool } from '../../engine/index';
import type { FileReaders } from '../../server/fileReaders';
import type { Notification, Request } from '../../server/protocol';
import { serve } from '../../server/server';

export class TestClient {
  readonly logged: string[] = [];
  private readonly published: PublishDiagnosticsParams[] = [];
  private readonly waiting = new Set<() => void>();
  private version = 0;
  /** The glob patterns that the server asked to watch. */
  readonly watched: string[] = [];

  constructor(readonly connection: ProtocolConnection) {
    connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      this.published.push(params);
      for (const look of [...this.waiting]) look();
    });
    connection.onNotification(
      'window/logMessage',
      ({ message }: { message: string }) => void this.logged.push(message),
    );
    connection.onRequest(
      'client/registerCapability',
      ({ registrations }: { registrations: { registerOptions: { watchers?: { globPattern: string }[] } }[] }) => {
        this.watched.push(
          ...registrations.flatMap(({ registerOptions }) =>
            (registerOptions.watchers ?? []).map(({ globPattern }) => globPattern),
          ),
        );
      },
    );
    connection.listen();
  }

  /** A client of a server in this process, joined by two streams. */
  static async inProcess(
    readers?: FileReaders,
    options: { pool?: TaskPool; storage?: string | null; abilities?: ClientCapabilities } = {},
  ): Promise<TestClient> {
    const [toServer, toClient] = [new PassThrough(), new PassThrough()];
    serve(
      createConnection(ProposedFeatures.all, new StreamMessageReader(toServer), new StreamMessageWriter(toClient)),
      readers,
      options.pool,
    );
    const client = new TestClient(
      createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer)),
    );
    await client.initialize(options);
    return client;
  }

  async initialize({
    storage = null,
    abilities: { workspace, ...abilities } = {},
  }: { storage?: string | null; abilities?: ClientCapabilities } = {}): Promise<InitializeResult> {
    const watching = { didChangeWatchedFiles: { dynamicRegistration: true } };
    const capabilities = { ...abilities, workspace: { ...workspace, ...watching } };
    const result = await this.connection.sendRequest<InitializeResult>('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities,
      initializationOptions: { storage },
    });
    await this.connection.sendNotification('initialized', {});
    return result;
  }

  open(path: string, text: string): Promise<void> {
    const uri = uriOf(path);
    return this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'cannon', version: ++this.version, text },
    });
  }

  /** Replaces the whole text, as one edit. */
  change(path: string, text: string): Promise<void> {
    return this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: uriOf(path), version: ++this.version },
      contentChanges: [{ text }],
    });
  }

  notify(path: string, what: 'didSave' | 'didClose'): Promise<void> {
    return this.connection.sendNotification(`textDocument/${what}`, { textDocument: { uri: uriOf(path) } });
  }

  /** The first diagnostics of the newest text that are as wanted, published before or after this call. */
  async diagnostics(
    path: string,
    isWanted: (found: readonly Diagnostic[]) => boolean,
    since = 0,
  ): Promise<readonly Diagnostic[]> {
    const uri = uriOf(path);
    const look = () => {
      const found = this.published
        .slice(since)
        .filter((one) => one.uri === uri)
        .at(-1);
      return found && (found.version ?? this.version) === this.version && isWanted(found.diagnostics)
        ? found.diagnostics
        : null;
    };
    return new Promise((resolve) => {
      const attempt = () => {
        const found = look();
        if (found === null) return;
        this.waiting.delete(attempt);
        resolve(found);
      };
      this.waiting.add(attempt);
      attempt();
    });
  }

  codes(path: string, ...wanted: string[]): Promise<readonly Diagnostic[]> {
    const isWanted = (found: readonly Diagnostic[]) => found.map(({ code }) => code).join() === wanted.join();
    return this.diagnostics(path, isWanted);
  }

  /** How often diagnostics were published until now; to wait for later ones. */
  get nPublished(): number {
    return this.published.length;
  }

  history(path: string): readonly PublishDiagnosticsParams[] {
    return this.published.filter(({ uri }) => uri === uriOf(path));
  }

  async hover(path: string, text: string, passage: string, within = 0): Promise<string | null> {
    const position = positionOf(text, text.indexOf(passage) + within);
    const hover = await this.connection.sendRequest<Hover | null>('textDocument/hover', {
      textDocument: { uri: uriOf(path) },
      position,
    });
    return hover && (hover.contents as { value: string }).value;
  }

  /** Asks something about the place `within` characters after the beginning of `passage`. */
  at<Result>(method: string, path: string, text: string, passage: string, within = 0, more = {}): Promise<Result> {
    const position = positionOf(text, text.indexOf(passage) + within);
    return this.connection.sendRequest<Result>(`textDocument/${method}`, {
      ...{ textDocument: { uri: uriOf(path) }, position, ...more },
    });
  }

  quickFixes(path: string, { range }: Diagnostic): Promise<CodeAction[]> {
    return this.connection.sendRequest('textDocument/codeAction', {
      textDocument: { uri: uriOf(path) },
      range,
      context: { diagnostics: [] },
    });
  }

  ask<Params, Result>({ method }: Request<Params, Result>, params: Params): Promise<Result> {
    return this.connection.sendRequest<Result>(method, params);
  }

  tell<Params>({ method }: Notification<Params>, params: Params): Promise<void> {
    return this.connection.sendNotification(method, params);
  }

  async close(): Promise<void> {
    await this.connection.sendRequest('shutdown');
    this.connection.dispose();
  }
}

export function uriOf(path: string): string {
  return pathToFileURL(path).href;
}

export function positionOf(text: string, offset: number): { line: number; character: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length - 1, character: before.at(-1)!.length };
}

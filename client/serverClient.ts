/**
 * One process of the language server, and the editor's end of the connection to it. When it is gone, this is of no more use:
 * what the editor had registered with it is taken back, and another one is made.
 */
import { workspace, type Disposable, type LogOutputChannel } from 'vscode';
import {
  CloseAction,
  ErrorAction,
  ErrorCodes,
  LanguageClient,
  ResponseError,
  TransportKind,
} from 'vscode-languageclient/node';
import type { ServerOptions } from '../server/protocol';
import { documentationLinks } from './documentationLinks';
import { followLanguageSettings, languageSettings } from './languageSettings';
import type { ServerLife } from './serverLives';

/** What is done with each notification of the server, by its method. */
export type Listeners = Map<string, (params: never) => void>;

export interface ServerClientOptions {
  /** The program. */
  readonly module: string;
  /** A folder for what the server keeps between sessions, or null. */
  readonly storage: string | null;
  readonly log: LogOutputChannel;
  readonly listeners: Listeners;
  readonly onReady: () => void;
}

export class ServerClient implements ServerLife {
  readonly client: LanguageClient;
  readonly ready: Promise<void>;
  readonly gone: Promise<void>;
  readonly #parts: Disposable[] = [];

  constructor({ module, storage, log, listeners, onReady }: ServerClientOptions) {
    let tellGone: () => void = () => undefined;
    this.gone = new Promise((resolve) => {
      tellGone = resolve;
    });
    const closed = (): { action: CloseAction; handled: boolean; message: string } => {
      // First the client takes back what it has registered, then there may be another one.
      setImmediate(() => {
        this.#clear();
        tellGone();
      });
      return { action: CloseAction.DoNotRestart, handled: true, message: 'The language server has ended.' };
    };
    const watcher = workspace.createFileSystemWatcher('**/cannon.{yaml,yml}');
    this.#parts.push(watcher);
    this.client = new QuietClient(
      'cannon',
      'Cannon Spectra',
      { module, transport: TransportKind.ipc },
      {
        documentSelector: [{ scheme: 'file', language: 'cannon' }],
        outputChannel: log,
        synchronize: { fileEvents: watcher },
        middleware: { ...languageSettings, ...documentationLinks },
        initializationOptions: { storage } satisfies ServerOptions,
        // One message too many is no reason to end a server that lives: only its end counts.
        errorHandler: { error: () => ({ action: ErrorAction.Continue, handled: true }), closed },
        // Who waits for the start is told, by a sentence of ours.
        initializationFailedHandler: () => false,
      },
    );
    for (const [method, listener] of listeners) {
      this.client.onNotification(method, (params: unknown) => listener(params as never));
    }
    this.ready = this.client.start().then(
      () => {
        this.#parts.push(followLanguageSettings(this.client));
        onReady();
      },
      (error: unknown) => {
        this.#clear();
        throw error;
      },
    );
  }

  /** One that does not end when it is told to is ended. */
  async stop(): Promise<void> {
    this.#clear();
    await this.client.dispose().catch(() => undefined);
  }

  #clear(): void {
    for (const part of this.#parts.splice(0)) part.dispose();
  }
}

/** What it says of starts and ends goes to the log alone: the extension has its own words for them. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown, showNotification?: boolean | 'force'): void {
    super.error(message, data, showNotification === 'force' ? false : showNotification);
  }
}

/** Whether a request may have failed because the server was gone before it answered. */
export function isLost(error: unknown): boolean {
  if (!(error instanceof ResponseError)) return true;
  const { PendingResponseRejected, ConnectionInactive, MessageWriteError, MessageReadError } = ErrorCodes;
  return ([PendingResponseRejected, ConnectionInactive, MessageWriteError, MessageReadError] as number[]).includes(
    error.code,
  );
}

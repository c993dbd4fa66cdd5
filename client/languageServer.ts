/**
 * The language server's process, seen from the editor: started once the workspace is trusted, asked by typed requests.
 * Its standard diagnostics and hovers need nothing more than its being there.
 */
import {
  CancellationError,
  CancellationTokenSource,
  EventEmitter,
  Uri,
  workspace,
  type Disposable,
  type LogOutputChannel,
} from 'vscode';
import {
  ErrorAction,
  LanguageClient,
  LSPErrorCodes,
  ResponseError,
  State,
  TransportKind,
} from 'vscode-languageclient/node';
import { UserError } from '../engine/index';
import type { Notification, Request, ServerOptions } from '../server/protocol';
import { followLanguageSettings, languageSettings } from './languageSettings';
import { say, sayError, untrustedText } from './messages';
import { ServerCrashes } from './serverCrashes';

export class LanguageServer implements Disposable {
  #starting: Promise<LanguageClient> | null = null;
  readonly #started = new EventEmitter<void>();
  /** Each time the server has become ready: after a start, a restart, a crash. */
  readonly onDidStart = this.#started.event;

  #settings: Disposable | null = null;
  readonly #listeners = new Map<string, (params: never) => void>();

  /** @param storage a folder of this workspace for what the server keeps between sessions, or null */
  constructor(
    private readonly extension: Uri,
    private readonly storage: string | null,
    private readonly log: LogOutputChannel,
  ) {}

  /** Start the server unless it is running or starting. */
  async start(): Promise<void> {
    await this.#ready();
  }

  async restart(): Promise<void> {
    const client = await this.#starting?.catch(() => null);
    if (client) await client.restart();
    else await this.start();
  }

  /**
   * Ask the server and wait for its answer, starting it first where needed.
   * @throws UserError in an untrusted workspace, when the server cannot run, and when it answers with an error.
   */
  async ask<Params extends object, Result>(
    request: Request<Params, Result>,
    params: Params,
    signal?: AbortSignal,
  ): Promise<Result> {
    const client = await this.#ready();
    const cancellation = new CancellationTokenSource();
    const cancel = (): void => cancellation.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await client.sendRequest<Result>(request.method, params, cancellation.token);
    } catch (error) {
      if (cancellation.token.isCancellationRequested) throw new CancellationError();
      throw readable(error);
    } finally {
      signal?.removeEventListener('abort', cancel);
      cancellation.dispose();
    }
  }

  /** Tell the server something, if it is running; it is not started for that. */
  async tell<Params>({ method }: Notification<Params>, params: Params): Promise<void> {
    const client = await this.#starting?.catch(() => null);
    if (client?.state === State.Running) await client.sendNotification(method, params);
  }

  /** Hear of something from the server, also from later ones. One listener a notification; before the start. */
  hear<Params>({ method }: Notification<Params>, listener: (params: Params) => void): void {
    this.#listeners.set(method, listener);
  }

  dispose(): void {
    this.#started.dispose();
    this.#settings?.dispose();
    // A server that never got ready has nothing to be stopped.
    void this.#starting?.then((client) => client.dispose()).catch(() => undefined);
  }

  async #ready(): Promise<LanguageClient> {
    if (!workspace.isTrusted) throw new UserError(untrustedText, 'Trust it with “Workspaces: Manage Workspace Trust”.');
    this.#starting ??= this.#launch().catch((error: unknown) => {
      this.#starting = null;
      throw readable(error);
    });
    const client = await this.#starting;
    if (client.state === State.Stopped) {
      throw new UserError(
        'The language server has stopped',
        'Run “Cannon: Restart Language Server”; “Cannon: Show Log” tells why.',
      );
    }
    return client;
  }

  /** Diagnostics and hovers are gone, and panels cannot ask; jobs are processes of their own. */
  #gaveUp(): void {
    const restart = (): void => {
      this.restart().catch((error: unknown) => sayError(this.log, 'The language server did not start', error));
    };
    say('error', 'The language server has ended five times within three minutes. Jobs are not affected.', {
      'Restart Language Server': restart,
      'Show Log': () => this.log.show(),
    });
  }

  async #launch(): Promise<LanguageClient> {
    const module = Uri.joinPath(this.extension, 'dist', 'server.cjs').fsPath;
    const watcher = workspace.createFileSystemWatcher('**/cannon.{yaml,yml}');
    const crashes = new ServerCrashes(() => this.#gaveUp());
    const client = new LanguageClient(
      'cannon',
      'Cannon Spectra',
      { module, transport: TransportKind.ipc },
      {
        documentSelector: [{ scheme: 'file', language: 'cannon' }],
        outputChannel: this.log,
        synchronize: { fileEvents: watcher },
        middleware: languageSettings,
        initializationOptions: { storage: this.storage } satisfies ServerOptions,
        // One message too many is no reason to end a server that lives: only its end counts.
        errorHandler: { error: () => ({ action: ErrorAction.Continue, handled: true }), closed: crashes.closed },
      },
    );
    for (const [method, listener] of this.#listeners) {
      client.onNotification(method, (params: unknown) => listener(params as never));
    }
    client.onDidChangeState(({ newState }) => newState === State.Running && this.#started.fire());
    try {
      await client.start();
      this.#settings = followLanguageSettings(client);
      return client;
    } catch (error) {
      // A client that failed to start cannot be started again; the next request makes a new one.
      watcher.dispose();
      throw error;
    }
  }
}

function readable(error: unknown): Error {
  if (error instanceof UserError || error instanceof CancellationError) return error;
  if (error instanceof ResponseError) {
    if (error.code === LSPErrorCodes.RequestCancelled) return new CancellationError();
    const data: unknown = error.data;
    const hint =
      typeof data === 'object' && data !== null && 'hint' in data && typeof data.hint === 'string' ? data.hint : '';
    return new UserError(error.message, hint);
  }
  return new UserError('The language server does not answer', error instanceof Error ? error.message : String(error));
}

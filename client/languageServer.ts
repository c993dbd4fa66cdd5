/**
 * The language server, seen from the editor: started once the workspace is trusted, asked by typed requests. One of its
 * processes may end and another follow (`serverLives.ts`); who asks need not know.
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
import { LSPErrorCodes, ResponseError } from 'vscode-languageclient/node';
import { UserError } from '../engine/index';
import type { Notification, Request } from '../server/protocol';
import { say, sayError, untrustedText } from './messages';
import { type Listeners, isLost, ServerClient } from './serverClient';
import { ServerCrashes } from './serverCrashes';
import { ServerLives } from './serverLives';

export class LanguageServer implements Disposable {
  readonly #started = new EventEmitter<void>();
  /** Each time the server has become ready: after a start, a restart, a crash. */
  readonly onDidStart = this.#started.event;
  readonly #returned = new EventEmitter<void>();
  /** The same, but for the first time: what an earlier process was told, it no longer knows. */
  readonly onDidReturn = this.#returned.event;
  readonly #left = new EventEmitter<void>();
  /** It has ended so often that no other one is started. */
  readonly onDidLeave = this.#left.event;
  #nBegun = 0;
  readonly #listeners: Listeners = new Map();
  readonly #lives: ServerLives<ServerClient>;

  /** @param storage a folder of this workspace for what the server keeps between sessions, or null */
  constructor(
    extension: Uri,
    storage: string | null,
    private readonly log: LogOutputChannel,
  ) {
    const crashes = new ServerCrashes();
    const options = { module: Uri.joinPath(extension, 'dist', 'server.cjs').fsPath, storage, log };
    this.#lives = new ServerLives(
      () => {
        const isFirst = this.#nBegun++ === 0;
        const onReady = (): void => {
          this.#started.fire();
          if (!isFirst) this.#returned.fire();
        };
        return new ServerClient({ ...options, listeners: this.#listeners, onReady });
      },
      () => {
        const isFollowed = crashes.isFollowed();
        if (isFollowed) log.warn('The language server has ended; another one starts.');
        else this.#gaveUp();
        return isFollowed;
      },
    );
  }

  /** Start the server unless it is running or starting. Where it ended again and again, that has been said. */
  async start(): Promise<void> {
    try {
      await this.#ready();
    } catch (error) {
      if (!this.#lives.isAway) throw error;
    }
  }

  /** @throws UserError in an untrusted workspace, and when the server cannot run. */
  async restart(): Promise<void> {
    requireTrust();
    await this.#lives.restart().catch(rethrow);
  }

  /**
   * Ask the server and wait for its answer, starting it first where needed. One that dies over it is followed by another, which is
   * asked again, once: requests only read.
   * @throws UserError in an untrusted workspace, when the server cannot run, and when it answers with an error.
   */
  async ask<Params extends object, Result>(
    request: Request<Params, Result>,
    params: Params,
    signal?: AbortSignal,
  ): Promise<Result> {
    requireTrust();
    const cancellation = new CancellationTokenSource();
    const cancel = (): void => cancellation.cancel();
    if (signal?.aborted === true) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#lives.ask(
        ({ client }) => client.sendRequest<Result>(request.method, params, cancellation.token),
        (error) => !cancellation.token.isCancellationRequested && isLost(error),
      );
    } catch (error) {
      if (cancellation.token.isCancellationRequested) throw new CancellationError();
      throw readable(error);
    } finally {
      signal?.removeEventListener('abort', cancel);
      cancellation.dispose();
    }
  }

  /** Tell the server something, if it is running; it is not started for that, and one that is going need not know. */
  async tell<Params>({ method }: Notification<Params>, params: Params): Promise<void> {
    const life = await this.#lives.current?.catch(() => null);
    await life?.client.sendNotification(method, params).catch((error: unknown) => {
      if (!isLost(error)) throw error;
    });
  }

  /** Hear of something from the server, also from later ones. One listener a notification; before the start. */
  hear<Params>({ method }: Notification<Params>, listener: (params: Params) => void): void {
    this.#listeners.set(method, listener);
  }

  dispose(): void {
    for (const event of [this.#started, this.#returned, this.#left]) event.dispose();
    this.#lives.dispose();
  }

  async #ready(): Promise<void> {
    requireTrust();
    await this.#lives.ready().catch(rethrow);
  }

  /** Diagnostics and hovers are gone, and panels cannot ask; jobs are processes of their own. */
  #gaveUp(): void {
    const restart = (): void => {
      this.restart().catch((error: unknown) => sayError(this.log, 'The language server did not start', error));
    };
    this.#left.fire();
    const text = 'The language server has ended five times within three minutes';
    this.log.error(`${text}, and is not started again.`);
    say('error', `${text}. Jobs are not affected.`, {
      'Restart Language Server': restart,
      'Show Log': () => this.log.show(),
    });
  }
}

function requireTrust(): void {
  if (!workspace.isTrusted) throw new UserError(untrustedText, 'Trust it with “Workspaces: Manage Workspace Trust”.');
}

function rethrow(error: unknown): never {
  throw readable(error);
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

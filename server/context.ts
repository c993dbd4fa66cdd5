/**
 * What every feature of the server is given, and how a feature answers: through `guard`, so that no failure of a handler
 * reaches the process. What the user can mend becomes an error with a hint; anything else also becomes a line in the log.
 */
import {
  type CancellationToken,
  type Connection,
  ErrorCodes,
  type FileEvent,
  LSPErrorCodes,
  ResponseError,
  type ServerCapabilities,
  type TextDocuments,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { type OpenCatalogs, UserError } from '../engine/index';
import type { ClientAbilities } from './clientAbilities';
import type { FileReaders } from './fileReaders';
import type { Indexes } from './spectraIndex/indexes';
import type { Surveys } from './surveys';

export interface ServerContext {
  readonly connection: Connection;
  readonly documents: TextDocuments<TextDocument>;
  readonly surveys: Surveys;
  readonly readers: FileReaders;
  readonly indexes: Indexes;
  readonly client: ClientAbilities;
  readonly catalogs: OpenCatalogs;
  /** Calls `listener` with files that the editor saw change; a connection itself has room for one listener only. */
  readonly onFilesChanged: (listener: (changes: readonly FileEvent[]) => void) => void;
  /** Calls `listener` when a setting of the editor that the server asks for has another value. */
  readonly onSettingsChanged: (listener: () => void) => void;
  /** Calls `close` when the editor lets the server go; here too a connection has room for one handler only. */
  readonly onClosing: (close: () => void) => void;
}

/** One thing the server can do: what it tells the client of it, and the handlers it adds to the connection. */
export interface Feature {
  readonly capabilities: ServerCapabilities;
  register(context: ServerContext): void;
}

type Handler<Params, Result> = (params: Params, token: CancellationToken) => Result | Promise<Result>;

/** The handler with its failures turned into LSP errors. `name` is for the log. */
export function guard<Params, Result>(
  connection: Connection,
  name: string,
  handler: Handler<Params, Result>,
): Handler<Params, Result> {
  return async (params, token) => {
    try {
      return await handler(params, token);
    } catch (error) {
      if (error instanceof ResponseError) throw error;
      if (token.isCancellationRequested)
        throw new ResponseError(LSPErrorCodes.RequestCancelled, `${name} was cancelled`);
      if (error instanceof UserError) {
        throw new ResponseError(LSPErrorCodes.RequestFailed, error.message, { hint: error.hint, code: error.code });
      }
      logFailure(connection, name, error);
      const message = error instanceof Error ? error.message : String(error);
      throw new ResponseError(ErrorCodes.InternalError, `Internal error: ${message}`, {
        hint: 'The log has more.',
        code: 'CAN900',
      });
    }
  };
}

/** A failure that the user cannot mend, with where it happened. */
export function logFailure({ console: log }: Connection, name: string, error: unknown): void {
  log.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}

/**
 * Typed requests and notifications between a panel and the extension host, over any pair of message ports.
 *
 * Every promise settles. A request ends with the answer, the handler's error, its own abort, a message that could not be
 * delivered, or the end of either side. Typed arrays pass through as they are; errors cross as message and hint.
 * A question whose answer is foreseen is not asked: an answer may come with the event that makes the page ask. One that
 * comes by itself answers the question that has been asked meanwhile.
 * Both sides start counting their requests at a random number, so that an answer meant for a page that has since been
 * reloaded is never taken for an answer to its successor.
 *
 * No DOM types and no `vscode` in here: both ends use this file.
 */

/** Anything that can post and receive. A posted message that resolves to `false` was not delivered. */
export interface Channel {
  post(message: unknown): void | PromiseLike<unknown>;
  /** Returns how to stop listening. */
  onMessage(listener: (message: unknown) => void): () => void;
}

/** What the other side would answer to a request. */
export interface KnownAnswer {
  readonly method: string;
  /** Plain data. */
  readonly params?: unknown;
  readonly result: unknown;
}

/** The same for the same question. */
export const questionOf = (method: string, params: unknown): string => `${method} ${JSON.stringify(params ?? null)}`;

type AnyRequest = (params: never) => unknown;

/** What one side answers: requests are `name: (params) => result`, notifications `name: params`. */
export interface Contract {
  requests: Record<string, AnyRequest>;
  notifications: Record<string, unknown>;
}

type Name<T> = keyof T & string;
type Params<F> = F extends () => unknown ? undefined : F extends (params: infer P) => unknown ? P : never;
type Result<F> = F extends (params: never) => infer R ? Awaited<R> : never;
type RequestArguments<P> = [P] extends [undefined]
  ? [params?: undefined, signal?: AbortSignal]
  : [params: P, signal?: AbortSignal];
type NotifyArguments<P> = [P] extends [undefined] ? [params?: undefined] : [params: P];

/** What a side must implement: every request of its contract. `signal` aborts when the asker gives up. */
export type Handlers<C extends Contract> = {
  [K in Name<C['requests']>]: (
    params: Params<C['requests'][K]>,
    signal: AbortSignal,
  ) => Result<C['requests'][K]> | PromiseLike<Result<C['requests'][K]>>;
};

type Wire =
  | { rpc: 'request'; id: number; method: string; params: unknown }
  | { rpc: 'cancel'; id: number }
  | { rpc: 'result'; id: number; result: unknown }
  | { rpc: 'error'; id: number; message: string; hint: string }
  | { rpc: 'event'; method: string; params: unknown; known?: readonly KnownAnswer[] }
  | { rpc: 'known'; known: readonly KnownAnswer[] }
  | { rpc: 'open' }
  | { rpc: 'close' };

/** The other side could not answer: its sentence, and what to do about it (or ""). */
export class RpcError extends Error {
  override readonly name: string = 'RpcError';
  constructor(
    message: string,
    readonly hint = '',
  ) {
    super(message);
  }
}

/** There is nobody on the other side any more. */
export class RpcClosedError extends RpcError {
  override readonly name = 'RpcClosedError';
}

interface Pending {
  /** Null where it has parameters: those may be large, and nothing is told of them. */
  readonly question: string | null;
  resolve(value: unknown): void;
  reject(reason: Error): void;
}

/** One end of the connection: answers `Local`, asks `Remote`. */
export class Rpc<Local extends Contract, Remote extends Contract> {
  #nextId = Math.floor(Math.random() * 2 ** 40);
  #closed = false;
  readonly #pending = new Map<number, Pending>();
  readonly #running = new Map<number, AbortController>();
  readonly #listeners = new Map<string, Set<(params: unknown) => void>>();
  readonly #foreseen = new Map<string, unknown>();
  /** What has been asked since this end is there. */
  readonly #asked = new Set<string>();
  readonly #channel: Channel;
  readonly #handlers: ReadonlyMap<string, (params: unknown, signal: AbortSignal) => unknown>;
  readonly #stop: () => void;

  constructor(channel: Channel, handlers: Handlers<Local>) {
    this.#channel = channel;
    this.#handlers = new Map(Object.entries(handlers) as [string, (params: unknown, signal: AbortSignal) => unknown][]);
    this.#stop = channel.onMessage((message) => this.#receive(message));
  }

  /** Asks the other side. Rejects with `RpcError` on failure and with the signal's reason on abort. */
  request<K extends Name<Remote['requests']>>(
    method: K,
    ...[params, signal]: RequestArguments<Params<Remote['requests'][K]>>
  ): Promise<Result<Remote['requests'][K]>> {
    if (this.#closed) return Promise.reject(new RpcClosedError('The panel was closed.'));
    if (signal?.aborted) return Promise.reject(reasonOf(signal));
    const question = params === undefined ? questionOf(method, params) : null;
    if (question !== null) this.#asked.add(question);
    const foreseen = this.#takeForeseen(method, params);
    if (foreseen !== null) return Promise.resolve(foreseen.result as Result<Remote['requests'][K]>);
    const id = this.#nextId++;
    return new Promise<Result<Remote['requests'][K]>>((resolve, reject) => {
      const abort = (): void => {
        this.#take(id)?.reject(reasonOf(signal));
        this.#send({ rpc: 'cancel', id }, () => undefined);
      };
      const settle = (end: () => void): void => {
        signal?.removeEventListener('abort', abort);
        end();
      };
      this.#pending.set(id, {
        question,
        resolve: (value) => settle(() => resolve(value as Result<Remote['requests'][K]>)),
        reject: (reason) => settle(() => reject(reason)),
      });
      signal?.addEventListener('abort', abort, { once: true });
      this.#send({ rpc: 'request', id, method, params }, (reason) => this.#take(id)?.reject(reason));
    });
  }

  /**
   * Answers to the next questions of exactly these words. Each serves once, and none any more when the other side has told
   * something: it may have changed since.
   */
  foresee(answers: readonly KnownAnswer[]): void {
    for (const { method, params, result } of answers) this.#foreseen.set(questionOf(method, params), result);
  }

  /** Tells the other side; nobody waits, and a message that cannot be delivered is dropped. */
  notify<K extends Name<Remote['notifications']>>(
    method: K,
    ...[params]: NotifyArguments<Remote['notifications'][K]>
  ): void {
    if (!this.#closed) this.#send({ rpc: 'event', method, params }, () => undefined);
  }

  /** The same, with the answers to what it will make the other side ask. */
  notifyKnowing<K extends Name<Remote['notifications']>>(
    known: readonly KnownAnswer[],
    method: K,
    ...[params]: NotifyArguments<Remote['notifications'][K]>
  ): void {
    if (!this.#closed) this.#send({ rpc: 'event', method, params, known }, () => undefined);
  }

  /**
   * Answers questions without parameters that the other side has asked or is about to ask for the first time, without waiting for
   * them. They are answered by their handlers all the same; whichever comes first counts.
   */
  tell(known: readonly KnownAnswer[]): void {
    if (!this.#closed) this.#send({ rpc: 'known', known }, () => undefined);
  }

  /** Listens to a notification; returns how to stop. */
  on<K extends Name<Local['notifications']>>(
    method: K,
    listener: (params: Local['notifications'][K]) => void,
  ): () => void {
    const listeners = this.#listeners.get(method) ?? new Set();
    this.#listeners.set(method, listeners);
    const entry = (params: unknown): void => listener(params as Local['notifications'][K]);
    listeners.add(entry);
    return () => listeners.delete(entry);
  }

  /** A page that has just been loaded says so: what the host still expected from the page before it will not come. */
  open(): void {
    this.#send({ rpc: 'open' }, () => undefined);
  }

  /** Ends the connection: pending requests reject, running handlers are aborted, the other side is told. */
  dispose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    this.#send({ rpc: 'close' }, () => undefined);
    this.#forget();
    this.#foreseen.clear();
    this.#listeners.clear();
  }

  #forget(): void {
    for (const controller of this.#running.values()) controller.abort(new RpcClosedError('The panel was closed.'));
    this.#running.clear();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const asker of pending) asker.reject(new RpcClosedError('The panel was closed.'));
  }

  #takeForeseen(method: string, params: unknown): { readonly result: unknown } | null {
    if (this.#foreseen.size === 0) return null;
    const question = questionOf(method, params);
    if (!this.#foreseen.has(question)) return null;
    const result = this.#foreseen.get(question);
    this.#foreseen.delete(question);
    return { result };
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #send(message: Wire, failed: (reason: RpcError) => void): void {
    const undelivered = (): void =>
      failed(new RpcError('The message could not be delivered.', 'Reload the panel and try again.'));
    try {
      void Promise.resolve(this.#channel.post(message)).then(
        (delivered) => (delivered === false ? undelivered() : undefined),
        undelivered,
      );
    } catch {
      undelivered();
    }
  }

  #receive(message: unknown): void {
    if (!isWire(message)) return;
    switch (message.rpc) {
      case 'result':
        this.#take(message.id)?.resolve(message.result);
        return;
      case 'error':
        this.#take(message.id)?.reject(new RpcError(message.message, message.hint));
        return;
      case 'cancel':
        this.#running.get(message.id)?.abort();
        return;
      case 'event':
        this.#foreseen.clear();
        this.foresee(message.known ?? []);
        for (const listener of this.#listeners.get(message.method) ?? []) listener(message.params);
        return;
      case 'known':
        for (const answer of message.known) this.#hear(answer);
        return;
      case 'open':
      case 'close':
        this.#forget();
        return;
      case 'request':
        void this.#answer(message.id, message.method, message.params);
        return;
      default:
        message satisfies never;
    }
  }

  /** Of questions that had their answer nothing more is heard: it may be older than what they are asked about next. */
  #hear(answer: KnownAnswer): void {
    const question = questionOf(answer.method, answer.params);
    const asked = [...this.#pending].find(([, pending]) => pending.question === question);
    if (asked !== undefined) this.#take(asked[0])?.resolve(answer.result);
    else if (!this.#asked.has(question)) this.foresee([answer]);
  }

  async #answer(id: number, method: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    let answer: Wire;
    try {
      const handler = this.#handlers.get(method);
      if (!handler)
        throw new RpcError(
          `Nothing here answers "${method}".`,
          'Reload the window: panel and extension differ in version.',
        );
      answer = { rpc: 'result', id, result: await handler(params, controller.signal) };
    } catch (error) {
      answer = { rpc: 'error', id, ...describe(error) };
    }
    // An asker that gave up, or whose page is gone, has already settled its promise.
    const wanted = this.#running.get(id) === controller && !controller.signal.aborted;
    this.#running.delete(id);
    if (!wanted) return;
    // A result that cannot be copied into a message (a function in it, say) still owes an answer.
    this.#send(answer, (reason) => this.#send({ rpc: 'error', id, ...describe(reason) }, () => undefined));
  }
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new RpcError('The request was cancelled.');
}

function describe(error: unknown): { message: string; hint: string } {
  if (!(error instanceof Error)) return { message: String(error), hint: '' };
  return { message: error.message, hint: 'hint' in error && typeof error.hint === 'string' ? error.hint : '' };
}

const hasText = (value: Partial<Record<string, unknown>>, key: string): boolean => typeof value[key] === 'string';

/** Other software shares the channel (browser extensions, VS Code itself): what has not exactly our shape is not ours. */
function isWire(value: unknown): value is Wire {
  if (typeof value !== 'object' || value === null) return false;
  const message = value as Partial<Record<string, unknown>>;
  const hasId = typeof message['id'] === 'number';
  switch (message['rpc']) {
    case 'open':
    case 'close':
      return true;
    case 'result':
    case 'cancel':
      return hasId;
    case 'error':
      return hasId && hasText(message, 'message') && hasText(message, 'hint');
    case 'request':
      return hasId && hasText(message, 'method');
    case 'event':
      return hasText(message, 'method');
    case 'known':
      return Array.isArray(message['known']);
    default:
      return false;
  }
}

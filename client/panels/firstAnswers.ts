/**
 * What a page will ask first, asked before it does: VS Code takes a second to make a page, and longer to carry questions and answers
 * to and fro while it does. Answers are sent to a new page without waiting for its questions, and go with the event that makes a page
 * ask again where they are there in time. Each serves once.
 */
import { type Contract, type Handlers, type KnownAnswer, questionOf } from '../../webviews/rpc';

export const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What is larger waits for the question: it would be copied in vain for a page that has asked meanwhile. */
const mostBytesUnasked = 4e6;

type Handler = (params: unknown, signal: AbortSignal) => unknown;

export class FirstAnswers<Host extends Contract> {
  /** As they were given, but for questions that have been asked already. */
  readonly handlers: Handlers<Host>;
  readonly #given: Readonly<Record<string, Handler>>;
  readonly #asked = new Map<string, { readonly method: string; readonly answer: Promise<unknown> }>();
  #asking = new AbortController();

  /** @param methods requests without parameters that the page begins with */
  constructor(
    handlers: Handlers<Host>,
    private readonly methods: readonly (keyof Host['requests'] & string)[],
  ) {
    this.#given = handlers as unknown as Record<string, Handler>;
    this.handlers = Object.fromEntries(
      Object.keys(handlers).map((method) => [
        method,
        (params: unknown, signal: AbortSignal) => this.#take(method, params) ?? this.#given[method]!(params, signal),
      ]),
    ) as unknown as Handlers<Host>;
  }

  /** Asks, and hands on each answer as it comes, unless it is asked anew meanwhile. */
  tell(told: (known: KnownAnswer[]) => void): void {
    void this.#ask((known) => told([known]));
  }

  /** Asks, and gives what has been answered when it is due, or before that when all is; null, if meanwhile it is asked anew. */
  async ask(due: Promise<void>): Promise<KnownAnswer[] | null> {
    const known: KnownAnswer[] = [];
    const all = this.#ask((answer) => known.push(answer));
    const { signal } = this.#asking;
    await Promise.race([all, due]);
    if (signal.aborted) return null;
    for (const { method } of known) this.#asked.delete(questionOf(method, undefined));
    return [...known];
  }

  /** What has been asked is no longer what is to be shown. */
  forget(): void {
    this.#asking.abort();
    this.#asking = new AbortController();
    this.#asked.clear();
  }

  async #ask(answered: (known: KnownAnswer) => void): Promise<void> {
    this.forget();
    const { signal } = this.#asking;
    const all = this.methods.map(async (method) => {
      const answer = Promise.resolve().then(() => this.#given[method]!(undefined, signal));
      this.#asked.set(questionOf(method, undefined), { method, answer });
      // Whoever takes it hears of its failure; perhaps nobody does.
      const result = await answer.catch(() => undefined);
      if (result === undefined || signal.aborted || bytesIn(result) > mostBytesUnasked) return;
      answered({ method, result });
    });
    await Promise.all(all);
  }

  #take(method: string, params: unknown): Promise<unknown> | undefined {
    const question = questionOf(method, params);
    const answer = this.#asked.get(question)?.answer;
    this.#asked.delete(question);
    return answer;
  }
}

function bytesIn(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, item) => sum + bytesIn(item), 0);
}

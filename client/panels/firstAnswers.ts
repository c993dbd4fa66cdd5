/**
 * What a page will ask first, asked before it does: VS Code takes a second to make a page, and longer to carry questions and answers
 * to and fro while it does. Answers that are there in time go with the page, or with the event that makes it ask again; late ones are sent
 * after it without waiting for its questions, which they answer. Each serves once.
 */
import { type Contract, type Handlers, type KnownAnswer, questionOf } from '../../webviews/rpc';

export const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Larger arrays go as messages, which carry bytes as they are. */
const mostBytesInPage = 4e6;

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

  /**
   * Asks, and gives what has been answered when it is due, or before that when all is;
   * null, if meanwhile it is asked anew.
   *
   * @param late told of each answer that comes after that, unless it is asked anew
   */
  async ask(due: Promise<void>, late: (known: KnownAnswer[]) => void = () => undefined): Promise<KnownAnswer[] | null> {
    this.forget();
    const { signal } = this.#asking;
    const known: KnownAnswer[] = [];
    let isDue = false;
    const all = this.methods.map(async (method) => {
      const answer = Promise.resolve().then(() => this.#given[method]!(undefined, signal));
      const question = questionOf(method, undefined);
      this.#asked.set(question, { method, answer });
      // Whoever takes it hears of its failure; perhaps nobody does.
      const result = await answer.catch(() => undefined);
      if (result === undefined || bytesIn(result) > mostBytesInPage) return;
      if (!isDue) known.push({ method, result });
      else if (!signal.aborted) late([{ method, result }]);
    });
    await Promise.race([Promise.all(all), due]);
    isDue = true;
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

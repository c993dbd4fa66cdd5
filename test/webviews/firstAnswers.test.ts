/** What a page will ask first is asked before it does. */
import { expect, it } from 'vitest';
import { FirstAnswers } from '../../client/panels/firstAnswers';
import type { Handlers } from '../../webviews/rpc';

interface Host {
  requests: { readFit: () => { flux: Float32Array }; readFocus: () => string | null; step: (params: number) => number };
  notifications: Record<never, never>;
}

/** A host whose fit comes when it is let go; each is numbered. */
function newHost() {
  const letGo: (() => void)[] = [];
  const signals: AbortSignal[] = [];
  const handlers: Handlers<Host> = {
    readFit: (_params, signal) =>
      new Promise((resolve, reject) => {
        signals.push(signal);
        const n = signals.length;
        signal.addEventListener('abort', () => reject(new Error('given up')));
        letGo.push(() => resolve({ flux: Float32Array.of(n) }));
      }),
    readFocus: () => null,
    step: (by) => by,
  };
  const first = new FirstAnswers<Host>(handlers, ['readFit', 'readFocus']);
  const { signal } = new AbortController();
  return { first, letGo, signals, ask: () => first.handlers.readFit(undefined, signal), signal };
}

const never = new Promise<void>(() => undefined);
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

it('gives all answers as soon as they are there, and asks again what is asked after that', async () => {
  const { first, letGo, signals, ask, signal } = newHost();
  const known = first.ask(never);
  await settle();
  letGo[0]!();
  expect(await known).toEqual([
    { method: 'readFocus', result: null },
    { method: 'readFit', result: { flux: Float32Array.of(1) } },
  ]);
  const again = ask();
  letGo[1]!();
  expect(await again).toEqual({ flux: Float32Array.of(2) });
  expect(signals).toHaveLength(2);
  expect(first.handlers.step(3, signal)).toBe(3);
});

it('gives an answer that comes late to the request for it, which is not asked twice', async () => {
  const { first, letGo, signals, ask } = newHost();
  expect(await first.ask(settle())).toEqual([{ method: 'readFocus', result: null }]);
  const answer = ask();
  letGo[0]!();
  expect(await answer).toEqual({ flux: Float32Array.of(1) });
  expect(signals).toHaveLength(1);
});

it('leaves a large answer to the message that asks for it', async () => {
  const large = { flux: new Float32Array(2e6) };
  const handlers: Handlers<Host> = { readFit: () => large, readFocus: () => null, step: (by) => by };
  const first = new FirstAnswers<Host>(handlers, ['readFit']);
  expect(await first.ask(never)).toEqual([]);
  expect(await first.handlers.readFit(undefined, new AbortController().signal)).toBe(large);
});

it('lets the request hear of a failure', async () => {
  const handlers: Handlers<Host> = {
    readFit: () => Promise.reject(new Error('The file is truncated.')),
    readFocus: () => null,
    step: (by) => by,
  };
  const first = new FirstAnswers<Host>(handlers, ['readFit']);
  expect(await first.ask(never)).toEqual([]);
  await expect(first.handlers.readFit(undefined, new AbortController().signal)).rejects.toThrow('truncated');
});

it('gives nothing of what is no longer to be shown, and stops asking for it', async () => {
  const { first, letGo, signals } = newHost();
  const before = first.ask(never);
  await settle();
  const after = first.ask(never);
  await settle();
  expect(signals[0]!.aborted).toBe(true);
  letGo[1]!();
  expect(await before).toBeNull();
  expect(await after).toContainEqual({ method: 'readFit', result: { flux: Float32Array.of(2) } });
});

it('tells answers as they come, but none of what is no longer to be shown', async () => {
  const { first, letGo } = newHost();
  const told: unknown[] = [];
  const tell = (): void => first.tell((known) => void told.push(...known));
  tell();
  await settle();
  expect(told).toEqual([{ method: 'readFocus', result: null }]);
  letGo[0]!();
  await settle();
  expect(told).toContainEqual({ method: 'readFit', result: { flux: Float32Array.of(1) } });
  const before = told.length;
  tell();
  await settle();
  first.forget();
  letGo[1]!();
  await settle();
  expect(told.slice(before)).toEqual([{ method: 'readFocus', result: null }]);
});

it('gives the request for what has been told the same answer, without asking again', async () => {
  const { first, letGo, signals, ask } = newHost();
  first.tell(() => undefined);
  await settle();
  letGo[0]!();
  await settle();
  expect(await ask()).toEqual({ flux: Float32Array.of(1) });
  expect(signals).toHaveLength(1);
});

import { describe, expect, it } from 'vitest';
import { UserError } from '../../engine/problems';
import type { Channel } from '../../webviews/rpc';
import { Rpc, RpcClosedError } from '../../webviews/rpc';

interface Host {
  requests: {
    double: (params: { n: number }) => number;
    array: () => Float64Array;
    fail: () => void;
    hang: () => string;
  };
  notifications: Record<never, never>;
}
interface View {
  requests: Record<never, never>;
  notifications: { step: { by: number }; changed: undefined };
}

type Listener = (message: unknown) => void;

/** Two joined channels that clone on the way, as webviews do, and keep what was posted. */
function joinedChannels() {
  const sides: { listeners: Set<Listener>; posted: unknown[] }[] = [
    { listeners: new Set(), posted: [] },
    { listeners: new Set(), posted: [] },
  ];
  const channel = (own: number): Channel => ({
    post: (message) => {
      const cloned: unknown = structuredClone(message);
      sides[own]!.posted.push(cloned);
      queueMicrotask(() => sides[1 - own]!.listeners.forEach((listener) => listener(cloned)));
    },
    onMessage: (listener) => {
      sides[own]!.listeners.add(listener);
      return () => sides[own]!.listeners.delete(listener);
    },
  });
  const inject = (side: number, message: unknown): void =>
    sides[side]!.listeners.forEach((listener) => listener(message));
  return { hostSide: channel(0), viewSide: channel(1), inject, posted: sides.map((side) => side.posted) };
}

function connect(overrides: Partial<ConstructorParameters<typeof Rpc<Host, View>>[1]> = {}) {
  const channels = joinedChannels();
  const aborted: string[] = [];
  const host = new Rpc<Host, View>(channels.hostSide, {
    double: ({ n }) => 2 * n,
    array: () => Float64Array.of(1.5, NaN, -Infinity),
    fail: () => {
      throw new UserError('The file is truncated.', 'Download it again.');
    },
    hang: (_, signal) =>
      new Promise<string>((resolve) =>
        signal.addEventListener('abort', () => (aborted.push('hang'), resolve('too late'))),
      ),
    ...overrides,
  });
  const view = new Rpc<View, Host>(channels.viewSide, {});
  return { ...channels, host, view, aborted };
}

describe('rpc between a panel and the extension', () => {
  it('answers a request with the result of its handler', async () => {
    const { view } = connect();
    await expect(view.request('double', { n: 21 })).resolves.toBe(42);
  });

  it('does not ask what is foreseen, once, and asks anything else', async () => {
    const { view, posted } = connect();
    view.foresee([{ method: 'double', params: { n: 1 }, result: 3 }]);
    await expect(view.request('double', { n: 2 })).resolves.toBe(4);
    const asked = posted[1]!.length;
    await expect(view.request('double', { n: 1 })).resolves.toBe(3);
    expect(posted[1]).toHaveLength(asked);
    await expect(view.request('double', { n: 1 })).resolves.toBe(2);
  });

  it('no longer foresees what may have changed, but what the change brings', async () => {
    const { host, view } = connect();
    const told = new Promise<number>((resolve) =>
      view.on('changed', () => void view.request('double', { n: 1 }).then(resolve)),
    );
    view.foresee([{ method: 'double', params: { n: 5 }, result: 0 }]);
    host.notifyKnowing([{ method: 'double', params: { n: 1 }, result: 7 }], 'changed');
    await expect(told).resolves.toBe(7);
    await expect(view.request('double', { n: 5 })).resolves.toBe(10);
  });

  it('passes typed arrays through with every value as it was', async () => {
    const { view } = connect();
    const array = await view.request('array');
    expect(array).toBeInstanceOf(Float64Array);
    expect([...array]).toEqual([1.5, NaN, -Infinity]);
  });

  it('carries message and hint of a failure across', async () => {
    const { view } = connect();
    await expect(view.request('fail')).rejects.toMatchObject({
      message: 'The file is truncated.',
      hint: 'Download it again.',
    });
  });

  it('carries what a handler throws even if it is no error', async () => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    const { view } = connect({ fail: () => Promise.reject('plain text') });
    await expect(view.request('fail')).rejects.toMatchObject({ message: 'plain text', hint: '' });
  });

  it('rejects a request that nobody answers, by its name', async () => {
    const { view } = connect();
    await expect(view.request('toString' as 'double', { n: 1 })).rejects.toThrow('"toString"');
  });

  it('rejects when the result cannot be made into a message', async () => {
    const { view } = connect({ double: () => (() => 0) as unknown as number });
    await expect(view.request('double', { n: 1 })).rejects.toThrow('could not be delivered');
  });

  it('rejects when the request cannot be made into a message', async () => {
    const { view } = connect();
    await expect(view.request('double', { n: (() => 0) as unknown as number })).rejects.toThrow(
      'could not be delivered',
    );
  });

  it('rejects when the channel says that it did not deliver', async () => {
    for (const post of [() => Promise.resolve(false), () => Promise.reject(new Error('disposed'))]) {
      const rpc = new Rpc<View, Host>({ post, onMessage: () => () => undefined }, {});
      await expect(rpc.request('array')).rejects.toThrow('could not be delivered');
    }
  });

  it('rejects an aborted request at once, and aborts its handler', async () => {
    const { view, aborted, posted } = connect();
    const controller = new AbortController();
    const asked = view.request('hang', undefined, controller.signal);
    await view.request('double', { n: 1 });
    controller.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await view.request('double', { n: 1 });
    expect(aborted).toEqual(['hang']);
    // The late result is not sent: there is one answer for each of the two other requests.
    expect(posted[0]).toHaveLength(2);
  });

  it('rejects a request whose signal is aborted already, without sending it', async () => {
    const { view, posted } = connect();
    await expect(view.request('hang', undefined, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    expect(posted[1]).toEqual([]);
  });

  it('rejects what is pending when its own side ends, and aborts the handlers of the other', async () => {
    const { view, aborted } = connect();
    const asked = view.request('hang');
    await view.request('double', { n: 1 });
    view.dispose();
    await expect(asked).rejects.toBeInstanceOf(RpcClosedError);
    await expect(view.request('array')).rejects.toBeInstanceOf(RpcClosedError);
    await Promise.resolve();
    expect(aborted).toEqual(['hang']);
  });

  it('rejects what is pending when the other side ends', async () => {
    const { view, host } = connect();
    const asked = view.request('hang');
    host.dispose();
    await expect(asked).rejects.toBeInstanceOf(RpcClosedError);
  });

  it('drops the work of a page that has been reloaded, and never answers its successor with it', async () => {
    const { host, viewSide, aborted, view } = connect();
    const asked = view.request('hang');
    await view.request('double', { n: 1 });
    const successor = new Rpc<View, Host>(viewSide, {});
    successor.open();
    await expect(successor.request('double', { n: 4 })).resolves.toBe(8);
    expect(aborted).toEqual(['hang']);
    host.dispose();
    await expect(asked).rejects.toBeInstanceOf(RpcClosedError);
  });

  it('takes an answer that comes by itself for the question that waits for it', async () => {
    const { host, view } = connect({ hang: () => new Promise<string>(() => undefined) });
    const waiting = view.request('hang');
    host.tell([{ method: 'hang', result: 'told' }]);
    expect(await waiting).toBe('told');
  });

  it('keeps such an answer for a question that has never been asked, and for none that has', async () => {
    const { host, view, posted } = connect();
    host.tell([{ method: 'array', result: 'told' }]);
    await Promise.resolve();
    expect(await view.request('array')).toBe('told');
    expect(posted[1]).toEqual([]);
    host.tell([{ method: 'array', result: 'told late' }]);
    await Promise.resolve();
    expect(await view.request('array')).toEqual(Float64Array.of(1.5, NaN, -Infinity));
  });

  it('ignores messages that are not its own', async () => {
    const { view, inject } = connect();
    const asked = view.request('double', { n: 3 });
    const garbage = [undefined, null, 7, 'text', [], {}, { rpc: 'result' }, { rpc: 'error', id: 0 }, { rpc: 'request', id: 1 }, { rpc: 'event' }, { rpc: 'explode', id: 1 }, { rpc: 'result', id: -5, result: 1 }, { type: 'keydown' }]; // prettier-ignore
    for (const message of garbage) for (const side of [0, 1]) inject(side, message);
    await expect(asked).resolves.toBe(6);
  });

  it('delivers notifications to every listener until it stops listening', async () => {
    const { host, view } = connect();
    const heard: number[] = [];
    const stop = view.on('step', ({ by }) => heard.push(by));
    view.on('step', ({ by }) => heard.push(10 * by));
    host.notify('step', { by: 1 });
    await view.request('double', { n: 1 });
    stop();
    host.notify('step', { by: 2 });
    host.notify('changed');
    await view.request('double', { n: 1 });
    expect(heard).toEqual([1, 10, 20]);
  });
});

/**
 * The extension host's side of a panel, run inside the page of a test: it defines `acquireVsCodeApi`, keeps the state as
 * VS Code would (here in the session storage, which outlives a reload), and answers requests as the test arranges.
 * Messages are cloned on the way in both directions, as between a webview and its host.
 */
import type { SpectrumDocument, StarFit } from '../../engine/index';
import type { InspectorHost, InspectorView } from '../../webviews/inspector/protocol';
import { Rpc, RpcError } from '../../webviews/rpc';
import type { SpectrumHost, SpectrumView } from '../../webviews/spectrum/protocol';

interface BothHosts {
  requests: SpectrumHost['requests'] & InspectorHost['requests'];
  notifications: Record<never, never>;
}
interface BothViews {
  requests: Record<never, never>;
  notifications: SpectrumView['notifications'] & InspectorView['notifications'];
}

type Answer<T> = T | { failure: { message: string; hint: string } } | 'never';

export interface FakeHost {
  rpc: Rpc<BothHosts, BothViews>;
  document: Answer<SpectrumDocument>;
  /** The survey that the inspector steps through. */
  stars: Answer<StarFit>[];
  at: number;
  /** What the view asked, in order. */
  asked: string[];
  state(): unknown;
}

const listeners = new Set<(message: unknown) => void>();
const stateKey = 'state';
const readState = (): unknown => JSON.parse(sessionStorage.getItem(stateKey) ?? 'null') ?? undefined;

const host: FakeHost = {
  rpc: new Rpc<BothHosts, BothViews>(
    {
      post: (message) => window.postMessage(message, '*'),
      onMessage: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    {
      readDocument: () => answer('readDocument', host.document),
      readFit: () => answer('readFit', host.stars[host.at]!),
      step: ({ by }) => {
        const next = host.stars[host.at + by];
        if (next === undefined)
          return answer<StarFit>(`step ${by}`, {
            failure: { message: 'This is the last star of the survey.', hint: '' },
          });
        host.at += by;
        return answer(`step ${by}`, next);
      },
      openSpectrum: () => void host.asked.push('openSpectrum'),
    },
  ),
  document: 'never',
  stars: ['never'],
  at: 0,
  asked: [],
  state: readState,
};

function answer<T extends object>(asked: string, prepared: Answer<T>): T | Promise<T> {
  host.asked.push(asked);
  if (prepared === 'never') return new Promise<T>(() => undefined);
  if ('failure' in prepared) throw new RpcError(prepared.failure.message, prepared.failure.hint);
  return prepared;
}

Object.assign(window, {
  fakeHost: host,
  acquireVsCodeApi: () => ({
    postMessage: (message: unknown) => {
      const cloned = structuredClone(message);
      queueMicrotask(() => listeners.forEach((listener) => listener(cloned)));
    },
    getState: readState,
    setState: (state: unknown) => sessionStorage.setItem(stateKey, JSON.stringify(state)),
  }),
});

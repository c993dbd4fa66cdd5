/**
 * The extension host's side of a panel, run inside the page of a test: it defines `acquireVsCodeApi`, keeps the state as
 * VS Code would (here in the session storage, which outlives a reload), and answers requests as the test arranges.
 * Messages are cloned on the way in both directions, as between a webview and its host.
 */
import type { SpectrumDocument, StarFit } from '../../engine/index';
import type { InspectorHost, InspectorView } from '../../webviews/inspector/protocol';
import type { Handlers } from '../../webviews/rpc';
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
  /** By the name of the request, for other views; a failure or 'never' as above, or a function of the parameters. */
  answers: Record<string, unknown>;
  /** What the view asked, in order; with its parameters, where answers are prepared by name. */
  asked: string[];
  state(): unknown;
}

const listeners = new Set<(message: unknown) => void>();
const stateKey = 'state';
const readState = (): unknown => JSON.parse(sessionStorage.getItem(stateKey) ?? 'null') ?? undefined;

/** Made when the page asks for its host: by then a test has said what is answered. */
function connect(): Rpc<BothHosts, BothViews> {
  const byName = Object.keys(host.answers).map((name) => [
    name,
    (params: unknown) =>
      answer(params === undefined ? name : `${name} ${JSON.stringify(params)}`, prepared(name, params)),
  ]);
  return new Rpc<BothHosts, BothViews>(
    {
      post: (message) => window.postMessage(message, '*'),
      onMessage: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    {
      ...(Object.fromEntries(byName) as Record<string, (params: unknown) => unknown>),
      readDocument: () => answer('readDocument', host.document) as SpectrumDocument,
      readFit: () => answer('readFit', host.stars[host.at]!) as StarFit,
      step: ({ by }: { by: number }) => {
        const next = host.stars[host.at + by] ?? {
          failure: { message: 'This is the last star of the survey.', hint: '' },
        };
        if (host.stars[host.at + by] !== undefined) host.at += by;
        return answer(`step ${by}`, next) as StarFit;
      },
      readBeside: ({ path, by }: { path: string; by: number }) => {
        const beside = host.stars[placeOf(path) + by];
        if (beside === 'never') return new Promise(() => undefined);
        return beside === undefined || 'failure' in beside ? null : beside;
      },
      moveTo: ({ star, path }: StarFit) => {
        host.at = placeOf(path);
        host.asked.push(`moveTo ${star}`);
      },
      readFocus: () => (host.answers['readFocus'] as string | undefined) ?? null,
      openSpectrum: () => void host.asked.push('openSpectrum'),
      // What else the inspector may ask is among the answers by name, where a test needs it.
    } as unknown as Handlers<BothHosts>,
  );
}

/** A function among the answers is asked each time. */
function prepared(name: string, params: unknown): unknown {
  const given = host.answers[name];
  return typeof given === 'function' ? (given as (params: unknown) => unknown)(params) : given;
}

const host: Omit<FakeHost, 'rpc'> & { rpc?: FakeHost['rpc'] } = {
  document: 'never',
  stars: ['never'],
  at: 0,
  answers: {},
  asked: [],
  state: readState,
};

const placeOf = (path: string): number =>
  host.stars.findIndex((star) => typeof star === 'object' && 'path' in star && star.path === path);

function answer(asked: string, prepared: unknown): unknown {
  host.asked.push(asked);
  if (prepared === 'never') return new Promise(() => undefined);
  if (typeof prepared === 'object' && prepared !== null && 'failure' in prepared) {
    const { message, hint } = (prepared as { failure: { message: string; hint: string } }).failure;
    throw new RpcError(message, hint);
  }
  return prepared;
}

Object.assign(window, {
  fakeHost: host,
  acquireVsCodeApi: () => {
    host.rpc ??= connect();
    return {
      postMessage: (message: unknown) => {
        const cloned = structuredClone(message);
        queueMicrotask(() => listeners.forEach((listener) => listener(cloned)));
      },
      getState: readState,
      setState: (state: unknown) => sessionStorage.setItem(stateKey, JSON.stringify(state)),
    };
  },
});

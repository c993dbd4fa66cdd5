/**
 * The seam between a view and whatever hosts it: VS Code's webview, or a plain browser page that defines
 * `acquireVsCodeApi` itself, as the tests do.
 */
import type { Contract, Handlers } from './rpc';
import { Rpc } from './rpc';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

export interface HostConnection<State, Local extends Contract, Remote extends Contract> {
  readonly rpc: Rpc<Local, Remote>;
  /** What the view remembered before it was reloaded or hidden: of unknown shape, for an older version may have written it. */
  readonly remembered: unknown;
  remember(state: State): void;
}

/** To be called once in the life of a page. The connection ends with the page. */
export function connectHost<State, Local extends Contract, Remote extends Contract>(
  handlers: Handlers<Local>,
): HostConnection<State, Local, Remote> {
  const api = acquireVsCodeApi();
  const rpc = new Rpc<Local, Remote>(
    {
      post: (message) => api.postMessage(message),
      onMessage: (listener) => {
        const receive = (event: MessageEvent<unknown>): void => listener(event.data);
        window.addEventListener('message', receive);
        return () => window.removeEventListener('message', receive);
      },
    },
    handlers,
  );
  rpc.open();
  window.addEventListener('pagehide', () => rpc.dispose());
  window.addEventListener('load', addIcons, { once: true });
  return { rpc, remembered: api.getState(), remember: (state) => api.setState(state) };
}

/** When the page has been loaded and can be seen: VS Code would show nothing until the icons, too, are there. */
function addIcons(): void {
  const href = document.getElementById('app')?.dataset['icons'];
  if (href === undefined) return;
  const link = document.createElement('link');
  Object.assign(link, { rel: 'stylesheet', href });
  document.head.append(link);
}

/**
 * Cannon: Inspect Star. Shows the fit of the star at hand, or of one chosen from the survey; with the cursor on an element
 * under `windows` in cannon.yaml, in its windows.
 */
import { CancellationError, window, type QuickPickItem } from 'vscode';
import { UserError } from '../../engine/index';
import { FindStarRequest, StarsRequest } from '../../server/protocol';
import type { App } from '../app';
import { nameAtCursor } from '../keyAtCursor';
import type { LanguageServer } from '../languageServer';
import { activeSpectrum } from '../surveys';
import { targetOf } from '../target';

export async function inspectStar(app: App, args: readonly unknown[]): Promise<void> {
  const target = targetOf(args);
  const config = await app.surveys.choose(target, app.inspector.config);
  const named = target.path ?? (target.star === undefined ? null : await spectrumOf(app, target.star, config));
  const path = named ?? (target.config === null ? activeSpectrum() : null) ?? (await pickStar(app, config));
  await app.inspector.showStar({ config, path }, { element: target.focus ?? nameAtCursor(config, 'windows') });
}

async function spectrumOf({ server }: App, star: string, config: string): Promise<string> {
  const found = await server.ask(FindStarRequest, { word: star, file: config });
  if (found === null)
    throw new UserError(`No spectrum of this survey is of ${star}`, 'Let `spectra` in cannon.yaml match it.');
  return found.path;
}

type StarItem = QuickPickItem & { readonly path: string | null };

const mostListed = 200;

/** A survey may hold more stars than a list can: the list shows the first that match what is typed. */
async function pickStar({ server }: App, config: string): Promise<string> {
  const picker = window.createQuickPick<StarItem>();
  picker.title = 'Inspect Star';
  picker.placeholder = 'Type a part of the star’s id, designation, subclass or file name';
  picker.show();
  let asking: AbortController | null = null;
  try {
    return await new Promise<string>((resolve, reject) => {
      const list = async (): Promise<void> => {
        asking?.abort();
        const { signal } = (asking = new AbortController());
        picker.busy = true;
        try {
          const items = await itemsFor(server, config, picker.value, signal);
          if (signal.aborted) return;
          picker.items = items;
          picker.busy = false;
        } catch (error) {
          if (!signal.aborted) reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      picker.onDidAccept(() => {
        const path = picker.selectedItems[0]?.path;
        if (path) resolve(path);
      });
      picker.onDidHide(() => reject(new CancellationError()));
      picker.onDidChangeValue(list);
      void list();
    });
  } finally {
    (asking as AbortController | null)?.abort();
    picker.dispose();
  }
}

async function itemsFor(
  server: LanguageServer,
  config: string,
  text: string,
  signal: AbortSignal,
): Promise<StarItem[]> {
  const { stars, nMatching } = await server.ask(
    StarsRequest,
    {
      config,
      filter: { text, where: '' },
      sort: { by: 'match', descending: false },
      plate: null,
      from: 0,
      count: mostListed,
    },
    signal,
  );
  const items = stars.map(({ star, path, detail }): StarItem => ({
    label: star,
    description: detail,
    path,
    alwaysShow: true,
  }));
  const note = noteBelow(nMatching, stars.length, text);
  return note === null ? items : [...items, { label: note, path: null, alwaysShow: true }];
}

function noteBelow(nMatching: number, nListed: number, text: string): string | null {
  if (nMatching > nListed) return `${nMatching - nListed} more stars: type more of the id`;
  if (nMatching > 0) return null;
  return text.trim() === '' ? 'This survey has no stars.' : 'No star matches.';
}

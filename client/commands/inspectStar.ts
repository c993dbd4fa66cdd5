/** Cannon: Inspect Star. Shows the fit of the star at hand, or of one chosen from the survey. */
import { CancellationError, window, type QuickPickItem } from 'vscode';
import { ListStarsRequest, type StarEntry } from '../../server/protocol';
import type { App } from '../app';
import { activeSpectrum } from '../surveys';
import { targetOf } from '../target';
import { matchingStars } from './matchingStars';

export async function inspectStar(app: App, args: readonly unknown[]): Promise<void> {
  const target = targetOf(args);
  const config = await app.surveys.choose(target, app.inspector.config);
  const path = target.path ?? (target.config === null ? activeSpectrum() : null) ?? (await pickStar(app, config));
  await app.inspector.show({ config, path });
}

type StarItem = QuickPickItem & { readonly path: string | null };

/** A survey may hold more stars than a list can: the list shows the first that match what is typed. */
async function pickStar({ server }: App, config: string): Promise<string> {
  const picker = window.createQuickPick<StarItem>();
  picker.title = 'Inspect Star';
  picker.placeholder = 'Type a part of the star’s id';
  picker.busy = true;
  picker.show();
  try {
    const chosen = new Promise<string>((resolve, reject) => {
      picker.onDidAccept(() => {
        const path = picker.selectedItems[0]?.path;
        if (path) resolve(path);
      });
      picker.onDidHide(() => reject(new CancellationError()));
    });
    const listed = server.ask(ListStarsRequest, { config }).then((stars) => {
      const list = (): void => void (picker.items = itemsFor(stars, picker.value));
      picker.onDidChangeValue(list);
      list();
      picker.busy = false;
    });
    // Whichever fails first, the list or the user, ends it.
    return await Promise.race([chosen, listed.then(() => chosen)]);
  } finally {
    picker.dispose();
  }
}

const maxListed = 200;

function itemsFor(stars: readonly StarEntry[], query: string): StarItem[] {
  const { listed, nMatching } = matchingStars(stars, query, maxListed);
  const items = listed.map(({ star, path, detail }): StarItem => ({
    label: star,
    description: detail,
    path,
    alwaysShow: true,
  }));
  if (nMatching > listed.length) {
    items.push({ label: `${nMatching - listed.length} more stars: type more of the id`, path: null, alwaysShow: true });
  }
  if (nMatching === 0)
    items.push({
      label: stars.length === 0 ? 'This survey has no stars.' : 'No star matches.',
      path: null,
      alwaysShow: true,
    });
  return items;
}

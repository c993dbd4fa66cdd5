/** The commands that choose which spectra the tree shows, and in which order. */
import { CancellationError, window, type QuickPickItem } from 'vscode';
import type { StarSort } from '../../engine/index';
import type { App } from '../app';
import { sentenceOf } from '../messages';
import { everything, type SpectraChoice } from './treeModel';

const settleMs = 150;

/** Cannon: Search Spectra. The tree follows what is typed; Escape brings back what was shown before. */
export function searchSpectra({ spectra }: App): void {
  const before = spectra.choice;
  const input = window.createInputBox();
  input.title = 'Search Spectra';
  input.placeholder = 'A part of the id, designation, subclass or path';
  input.prompt = 'Words may stand in any order. Enter keeps what is shown, Escape leaves it as it was.';
  input.value = before.filter.text;
  let timer: NodeJS.Timeout | undefined;
  let isAccepted = false;
  const show = (): void => spectra.choose(withFilter(before, { text: input.value }));
  input.onDidChangeValue(() => {
    clearTimeout(timer);
    timer = setTimeout(show, settleMs);
  });
  input.onDidAccept(() => {
    isAccepted = true;
    input.hide();
  });
  input.onDidHide(() => {
    clearTimeout(timer);
    if (isAccepted) show();
    else spectra.choose(before);
    input.dispose();
  });
  input.show();
}

/** Cannon: Filter Spectra. A condition that nothing can be made of is refused while it can still be mended. */
export async function filterSpectra({ spectra }: App): Promise<void> {
  const before = spectra.choice;
  const labels = spectra.labels.join(', ');
  const where = await window.showInputBox({
    title: 'Filter Spectra',
    value: before.filter.where,
    placeHolder: 'snr >= 50, or teff < 5000 and logg < 3',
    prompt: `A condition on snr, snru … snrz, ra, dec, z${labels === '' ? '' : `, ${labels}`}; empty for all spectra.`,
    ignoreFocusOut: true,
    validateInput: async (text) => {
      try {
        if (text.trim() !== '') await spectra.test(withFilter(before, { where: text }));
        return null;
      } catch (error) {
        return sentenceOf(error);
      }
    },
  });
  if (where === undefined) throw new CancellationError();
  spectra.choose(withFilter(before, { where }));
}

type OrderItem = QuickPickItem & { readonly sort: StarSort };

/** Cannon: Sort Spectra. */
export async function sortSpectra({ spectra }: App): Promise<void> {
  const item = (label: string, by: string, descending = false): OrderItem => ({ label, sort: { by, descending } });
  const both = (label: string, by: string) => [
    item(`${label}, highest first`, by, true),
    item(`${label}, lowest first`, by),
  ];
  const items = [
    item('File', everything.sort.by),
    item('Id', 'star'),
    ...both('S/N', 'snr'),
    ...both('Redshift', 'z'),
    ...spectra.labels.flatMap((label) => both(label, label)),
  ];
  const chosen = await window.showQuickPick(items, { title: 'Sort Spectra', placeHolder: 'Order within each plate' });
  if (chosen === undefined) throw new CancellationError();
  spectra.choose({ ...spectra.choice, sort: chosen.sort });
}

function withFilter(choice: SpectraChoice, part: Partial<SpectraChoice['filter']>): SpectraChoice {
  return { ...choice, filter: { ...choice.filter, ...part } };
}

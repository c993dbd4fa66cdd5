/** What stands in the place of the queue, or above it, when there is none to show. */
import { h } from '../element';
import { banner } from '../states';
import type { ReviewViewState } from './protocol';

/** A survey without a catalog. */
export function noCatalogPage(make: () => void): HTMLElement {
  return h(
    'div',
    { class: 'failure', role: 'status' },
    h('p', {}, 'This survey has no catalog yet.'),
    h(
      'p',
      { class: 'hint' },
      'Run “Cannon: Make Catalog” once labels have been inferred; the stars it flags fill this queue.',
    ),
    h('button', { type: 'button', class: 'text-button', click: make }, 'Make Catalog'),
  );
}

/** A queue without stars. @param showAll gives up what narrows it, with the state to change */
export function nobodyPage(
  { where, flags, showsUnflagged, hidesReviewed }: ReviewViewState,
  showAll: (change: Partial<ReviewViewState>) => void,
): HTMLElement[] {
  const isNarrowed = where !== '' || flags.length > 0;
  const sentence = isNarrowed
    ? hidesReviewed
      ? 'No star without a verdict fits the condition and the chosen flags.'
      : 'No star fits the condition and the chosen flags.'
    : hidesReviewed
      ? 'Every star of this queue has a verdict.'
      : showsUnflagged
        ? 'This catalog has no star.'
        : 'No star of this catalog is flagged.';
  const text = isNarrowed || hidesReviewed ? 'Show all flagged stars' : 'Show all stars';
  const all = {
    where: '',
    flags: [],
    hidesReviewed: false,
    showsUnflagged: showsUnflagged || text === 'Show all stars',
  };
  return [h('p', {}, sentence), h('button', { type: 'button', class: 'text-button', click: () => showAll(all) }, text)];
}

/** A strip that says why verdicts cannot be read, and leads there. */
export function reviewComplaint(problem: string, open: () => void): HTMLElement {
  const strip = banner({ message: problem, hint: '' });
  strip.append(h('button', { type: 'button', class: 'link', click: open }, 'Open review.yaml'));
  return strip;
}

/** The training stars that are nearest to the star on show in its labels: what the model knows about this corner from. */
import type { NearestStars } from '../../engine/index';
import { roundTo } from '../../engine/browser';
import { h } from '../element';
import { labelWord } from '../words';

export interface NeighbourActions {
  /** Draw the star's spectrum over the one on show. */
  readonly compare: (path: string) => void;
  /** Show the star instead. */
  readonly inspect: (path: string) => void;
}

/** The same where no spectrum is on show to compare with. */
type TableActions = Pick<NeighbourActions, 'inspect'> & { readonly compare: NeighbourActions['compare'] | null };

/** Of the first columns: names have little room. */
const titles = ['', 'Distance in standard deviations of the training set'];

/** Farther than this from its nearest training star, a star has no company: in standard deviations of the training set. */
const lonely = 1;

/** A table of them, the nearest first, with a sentence on how good the company is. */
export function neighbourTable({ model, labels, stars }: NearestStars, actions: TableActions): HTMLElement[] {
  const [nearest] = stars;
  if (!nearest) return [h('p', { class: 'note' }, `The model ${model} has no training star with all labels.`)];
  const company =
    nearest.distance > lonely
      ? `No training star is near: the closest is ${nearest.distance.toFixed(1)} standard deviations away.`
      : `Distances in standard deviations of the training set of ${model}.`;
  return [
    h('h2', {}, 'Nearest training stars'),
    h('p', { class: 'note' }, company),
    h(
      'table',
      { class: 'neighbours' },
      h('caption', { class: 'for-screen-readers' }, 'Nearest training stars'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ...[
            ...['star', 'dist.', ...labels.slice(0, 3).map(({ name }) => labelWord(name))],
            ...(actions.compare ? [''] : []),
          ].map((text, k) => h('th', { scope: 'col', class: k > 0 ? 'number' : '', title: titles[k] ?? '' }, text)),
        ),
      ),
      h('tbody', {}, ...stars.map((star) => neighbourRow(star, actions))),
    ),
  ];
}

function neighbourRow(
  { star, path, distance, labels }: NearestStars['stars'][number],
  { compare, inspect }: TableActions,
): HTMLElement {
  const button = (text: string, title: string, click: () => void): HTMLElement =>
    h('button', { type: 'button', class: 'link', title, click }, text);
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      button(star, `Inspect ${star}`, () => inspect(path)),
    ),
    h('td', { class: 'number' }, distance.toFixed(2)),
    // Three say where it is; all of them are a click away.
    ...labels.slice(0, 3).map((value) => h('td', { class: 'number' }, roundTo(value, 2))),
    compare === null
      ? null
      : h(
          'td',
          { class: 'number' },
          button('compare', `Draw the spectrum of ${star} over this one`, () => compare(path)),
        ),
  );
}

/** The other observations of the star on show, as a table: another night, another plate, the same star. */
import { h } from '../element';
import type { NeighbourActions } from './neighbours';
import type { Repeat } from './protocol';

export interface RepeatActions extends NeighbourActions {
  /** Draw all of them over the one on show. */
  readonly compareAll: () => void;
}

const mostListed = 20;

export function repeatsTable(repeats: readonly Repeat[], actions: RepeatActions): HTMLElement[] {
  const link = (text: string, title: string, click: () => void): HTMLElement =>
    h('button', { type: 'button', class: 'link', title, click }, text);
  const row = ({ star, path, detail, snr }: Repeat): HTMLElement =>
    h(
      'tr',
      {},
      h(
        'th',
        { scope: 'row', title: detail },
        link(star, `Inspect ${star}: ${detail}`, () => actions.inspect(path)),
      ),
      h('td', { class: 'number' }, snr === null ? '' : snr.toFixed(0)),
      h(
        'td',
        { class: 'number' },
        link('compare', `Draw the spectrum of ${star} over this one`, () => actions.compare(path)),
      ),
    );
  const nMore = repeats.length - mostListed;
  return [
    h('h2', {}, 'Other observations'),
    h(
      'table',
      { class: 'repeats' },
      h('caption', { class: 'for-screen-readers' }, 'Other observations of this star'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'star'),
          h('th', { scope: 'col', class: 'number' }, 'S/N'),
          h(
            'th',
            { class: 'number' },
            link('all', 'Draw all of them over this one (A)', () => actions.compareAll()),
          ),
        ),
      ),
      h('tbody', {}, ...repeats.slice(0, mostListed).map(row)),
    ),
    ...(nMore > 0 ? [h('p', { class: 'note' }, `and ${nMore} more`)] : []),
  ];
}

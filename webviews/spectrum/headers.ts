/** The headers of every HDU as tables, with a field that searches them all. */
import { h } from '../element';
import type { HduSummary } from '../../engine/index';
import type { FoundHdu } from './model';
import { searchHeaders } from './model';

export class Headers {
  readonly #list = h('div', { class: 'hdus' });
  readonly #count = h('output', { class: 'count', 'aria-live': 'polite' });
  readonly #field = h('input', {
    type: 'search',
    placeholder: 'Search keywords, values, comments',
    'aria-label': 'Search the headers',
    spellcheck: 'false',
    input: () => this.#render(),
  });
  #hdus: readonly HduSummary[] = [];
  readonly element = h(
    'section',
    { class: 'headers', 'aria-label': 'Headers' },
    h('div', { class: 'search' }, this.#field, this.#count),
    this.#list,
  );

  show(hdus: readonly HduSummary[]): void {
    this.#hdus = hdus;
    this.#render();
  }

  focusSearch(): void {
    this.#field.focus();
    this.#field.select();
  }

  #render(): void {
    const { found, count } = searchHeaders(this.#hdus, this.#field.value);
    this.#count.textContent = count;
    this.#list.replaceChildren(
      ...found.map(hduTable),
      ...(found.length === 0 ? [h('p', { class: 'nothing' }, 'No card contains these words.')] : []),
    );
  }
}

function hduTable({ hdu, cards }: FoundHdu): HTMLElement {
  const facts = [hdu.kind, hdu.size].filter((text) => text !== '').join(', ');
  return h(
    'details',
    { class: 'hdu', open: true },
    h('summary', {}, h('b', {}, `${hdu.index}  ${hdu.name}`), h('span', { class: 'quiet' }, facts)),
    h(
      'table',
      {},
      h(
        'thead',
        { class: 'for-screen-readers' },
        h('tr', {}, h('th', {}, 'keyword'), h('th', {}, 'value'), h('th', {}, 'comment')),
      ),
      h(
        'tbody',
        {},
        ...cards.map((card) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, card.keyword),
            h('td', {}, card.value),
            h('td', { class: 'quiet' }, card.comment),
          ),
        ),
      ),
    ),
  );
}

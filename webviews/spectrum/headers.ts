/** The headers of every HDU as tables, with a field that searches them all; before them what the mask says, in words. */
import { h } from '../element';
import type { HduSummary, MaskCount } from '../../engine/index';
import type { FoundHdu } from './model';
import { maskCells, searchHeaders } from './model';

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
  #masks: readonly MaskCount[] = [];
  readonly element = h(
    'section',
    { class: 'headers', 'aria-label': 'Headers' },
    h('div', { class: 'search' }, this.#field, this.#count),
    this.#list,
  );

  show(hdus: readonly HduSummary[], masks: readonly MaskCount[]): void {
    [this.#hdus, this.#masks] = [hdus, masks];
    this.#render();
  }

  focusSearch(): void {
    this.#field.focus();
    this.#field.select();
  }

  #render(): void {
    const { found, count } = searchHeaders(this.#hdus, this.#field.value);
    this.#count.textContent = count;
    const isSearched = this.#field.value.trim() !== '';
    this.#list.replaceChildren(
      ...(this.#masks.length === 0 || isSearched ? [] : [maskTable(this.#masks)]),
      ...found.map(hduTable),
      ...(found.length === 0 ? [h('p', { class: 'nothing' }, 'No card contains these words.')] : []),
    );
  }
}

function hduTable({ hdu, cards }: FoundHdu): HTMLElement {
  const facts = [hdu.kind, hdu.size].filter((text) => text !== '').join(', ');
  const cells = cards.map(({ keyword, value, comment }) => [keyword, value, comment] as const);
  return block(`${hdu.index}  ${hdu.name}`, facts, ['keyword', 'value', 'comment'], cells);
}

function maskTable(masks: readonly MaskCount[]): HTMLElement {
  return block('mask', 'bits that are set', ['bit', 'meaning', 'pixels'], maskCells(masks));
}

type Cells = readonly [head: string, text: string, quiet: string];

function block(name: string, facts: string, heads: Cells, rows: readonly Cells[]): HTMLElement {
  return h(
    'details',
    { class: 'hdu', open: true },
    h('summary', {}, h('b', {}, name), h('span', { class: 'quiet' }, facts)),
    h(
      'table',
      {},
      h('thead', { class: 'for-screen-readers' }, h('tr', {}, ...heads.map((head) => h('th', {}, head)))),
      h(
        'tbody',
        {},
        ...rows.map(([head, text, quiet]) =>
          h('tr', {}, h('th', { scope: 'row' }, head), h('td', {}, text), h('td', { class: 'quiet' }, quiet)),
        ),
      ),
    ),
  );
}

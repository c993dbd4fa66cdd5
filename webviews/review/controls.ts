/** The row on top: which catalog, how far the review has come, the order, and what goes on by itself. */
import type { SelectionCounts } from '../../engine/index';
import { fill, h, iconButton } from '../element';
import { labelWord } from '../words';
import { labelsOf, reviewedText } from './model';
import type { Bench, ReviewViewState } from './protocol';

export interface ControlEvents {
  catalog(path: string): void;
  sort(column: string | null, descending: boolean): void;
  toggle(name: 'hidesReviewed' | 'advances' | 'follows'): void;
  undo(): void;
  redo(): void;
  facts(): void;
}

export class Controls {
  readonly element: HTMLElement;
  readonly #catalog = h('select', { class: 'catalog', 'aria-label': 'Catalog', title: 'Catalog' });
  readonly #sort = h('select', { class: 'sort', 'aria-label': 'Order by' });
  readonly #count = h('span', { class: 'reviewed-count', role: 'status' });
  readonly #meter = h('span', { class: 'meter', 'aria-hidden': 'true' }, h('span', {}));
  readonly #descending: HTMLButtonElement;
  readonly #switches: { readonly name: 'hidesReviewed' | 'advances' | 'follows'; readonly button: HTMLButtonElement }[];
  readonly #undo: HTMLButtonElement;
  readonly #redo: HTMLButtonElement;
  #state: ReviewViewState | null = null;

  constructor(private readonly events: ControlEvents) {
    this.#catalog.addEventListener('change', () => this.events.catalog(this.#catalog.value));
    this.#sort.addEventListener('change', () => this.events.sort(this.#sort.value || null, true));
    this.#descending = iconButton('arrow-down', 'Turn the order around', '', () =>
      this.events.sort(this.#sort.value || null, !(this.#state?.descending ?? true)),
    );
    this.#switches = (
      [
        ['hidesReviewed', 'eye-closed', 'Hide reviewed stars', 'H'],
        ['advances', 'debug-continue-small', 'A verdict goes on to the next star', 'A'],
        ['follows', 'link', 'The inspector follows', 'V'],
      ] as const
    ).map(([name, icon, title, key]) => ({ name, button: iconButton(icon, title, key, () => events.toggle(name)) }));
    this.#undo = iconButton('discard', 'Undo the last verdict', 'U', () => events.undo());
    this.#redo = iconButton('redo', 'Do it again', 'Shift+U', () => events.redo());
    this.element = h(
      'header',
      { class: 'controls' },
      this.#catalog,
      h('span', { class: 'progress-of-review' }, this.#count, this.#meter),
      h('span', { class: 'spring' }),
      h('label', { class: 'sort-label' }, h('span', {}, 'order '), this.#sort),
      this.#descending,
      ...this.#switches.map(({ button }) => button),
      this.#undo,
      this.#redo,
      iconButton('list-flat', 'The star’s page', 'F', () => events.facts()),
    );
  }

  /** The catalogs to choose from, the one on show among them. */
  list({ catalog, title }: Bench, all: readonly { readonly path: string; readonly title: string }[]): void {
    const others = all.filter(({ path }) => path !== catalog);
    const options = [[catalog, title] as const, ...others.map((other) => [other.path, other.title] as const)];
    fill(this.#catalog, options, catalog);
  }

  show(bench: Bench, state: ReviewViewState, sort: string | null, counts: SelectionCounts | null): void {
    this.#state = state;
    fill(this.#sort, sortOptions(bench), sort ?? '');
    this.#descending.firstElementChild!.className = `codicon codicon-arrow-${state.descending ? 'down' : 'up'}`;
    for (const { name, button } of this.#switches) button.setAttribute('aria-pressed', String(state[name]));
    this.#undo.disabled = state.done.length === 0;
    this.#redo.disabled = state.undone.length === 0;
    this.#count.textContent = counts === null ? '' : reviewedText(counts.nReviewed, counts.nSelected);
    this.#meter.hidden = counts === null || counts.nSelected === 0;
    const share = counts && counts.nSelected > 0 ? counts.nReviewed / counts.nSelected : 0;
    (this.#meter.firstElementChild as HTMLElement).style.width = `${(100 * share).toFixed(1)}%`;
  }
}

/** Every column, the one that says how surprising a star is first, then labels, then the others as they come. */
function sortOptions(bench: Bench): [value: string, text: string][] {
  const labels = new Set(labelsOf(bench).map(({ name }) => name));
  const rank = (name: string): number => (name === bench.surprise ? 0 : labels.has(name) ? 1 : 2);
  return [...bench.columns]
    .sort((a, b) => rank(a.name) - rank(b.name))
    .map(({ name }) => [name, labels.has(name) ? labelWord(name) : name]);
}

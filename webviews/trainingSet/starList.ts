/** The stars of a region or of a step, below the plot: who they are, why they train or not, and what can be done with them. */
import type { TrainingSetView } from '../../engine/index';
import { noNumber } from '../../engine/browser';
import { h, iconButton, refill } from '../element';
import { labelText } from '../words';
import { fateOf, titleOf, valueText, wordOf } from './model';

export interface ListEvents {
  inspect(star: number): void;
  mark(star: number): void;
  exclude(stars: readonly number[], note: string): void;
  /** Takes the verdicts on these stars away. */
  include(stars: readonly number[]): void;
  close(): void;
}

/** More rows than anybody reads; the sentence above them counts all. */
const mostRows = 300;

type Order = { readonly by: string; readonly descending: boolean };

export class StarList {
  readonly element = h('section', { class: 'stars', 'aria-label': 'Stars', hidden: true });
  readonly #note = h('input', { type: 'text', class: 'note-field', placeholder: 'note', 'aria-label': 'Note' });
  readonly #selected = new Set<number>();
  #order: Order = { by: '', descending: false };
  #shown: { set: TrainingSetView; stars: readonly number[]; words: string } | null = null;

  constructor(private readonly events: ListEvents) {}

  /** @param words what these stars are: "in the region", "dropped by snrz >= 30" */
  show(set: TrainingSetView, stars: readonly number[], words: string): void {
    const same = this.#shown?.words === words;
    if (!same) this.#selected.clear();
    const listed = new Set(stars);
    for (const n of [...this.#selected]) if (!listed.has(n)) this.#selected.delete(n);
    this.#shown = { set, stars, words };
    this.element.hidden = false;
    this.#draw();
  }

  /** Whether it has the keyboard. */
  get isFocused(): boolean {
    return this.element.contains(document.activeElement);
  }

  hide(): void {
    this.#shown = null;
    this.#selected.clear();
    this.element.hidden = true;
  }

  focus(): void {
    this.element.querySelector<HTMLElement>('tbody button')?.focus();
  }

  /** Rings its row, too. */
  mark(star: number | null): void {
    for (const row of this.element.querySelectorAll<HTMLElement>('tbody tr'))
      row.classList.toggle('selected', row.dataset['star'] === String(star));
  }

  #draw(): void {
    const shown = this.#shown;
    if (!shown) return;
    const { set, stars, words } = shown;
    const columns = set.columns.filter(({ kind }) => kind !== 'error');
    const count = stars.length === 1 ? '1 star' : `${stars.length} stars`;
    const rows = this.#sorted(shown).slice(0, mostRows);
    const scrolled = this.element.querySelector('.rows')?.scrollTop ?? 0;
    const body = h(
      'div',
      { class: 'rows' },
      h(
        'table',
        {},
        h('caption', { class: 'for-screen-readers' }, `${count} ${words}`),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, this.#box(stars, 'Select all')),
            this.#head('star', 'star', ['star']),
            this.#head('fate', 'what became of it', ['fate']),
            ...columns.map((column) => {
              const { text, subscript } = labelText(column.name);
              const word =
                column.kind === 'label' && subscript !== ''
                  ? [text, h('sub', {}, subscript)]
                  : [column.kind === 'snr' ? 'S/N' : wordOf(column)];
              return this.#head(column.name, titleOf(column), word);
            }),
            this.#head('note', 'what was noted in review.yaml', ['note']),
          ),
        ),
        h('tbody', {}, ...rows.map((n) => this.#row(set, n, columns))),
      ),
    );
    refill(this.element, this.#bar(count, words, stars), body);
    body.scrollTop = scrolled;
  }

  #bar(count: string, words: string, stars: readonly number[]): HTMLElement {
    const chosen = this.#selected.size > 0 ? stars.filter((n) => this.#selected.has(n)) : stars;
    const excluded = this.#excluded();
    const out = chosen.filter((n) => !excluded.has(n));
    const back = chosen.filter((n) => excluded.has(n));
    const of = (list: readonly number[]): string =>
      this.#selected.size > 0 ? `${list.length} selected` : list.length === 1 ? 'this star' : `all ${list.length}`;
    const more = stars.length > mostRows ? `, the first ${mostRows} of them below` : '';
    return h(
      'header',
      {},
      h('span', { class: 'count' }, `${count} ${words}${more}`),
      h('span', { class: 'spring' }),
      this.#note,
      out.length === 0
        ? null
        : h(
            'button',
            {
              type: 'button',
              class: 'text-button exclude',
              title: 'Leave them out of the next training; written to review.yaml',
              click: () => this.events.exclude(out, this.#takeNote()),
            },
            `Exclude ${of(out)}`,
          ),
      back.length === 0
        ? null
        : h(
            'button',
            {
              type: 'button',
              class: 'text-button include',
              title: 'Take their verdicts out of review.yaml',
              click: () => this.events.include(back),
            },
            `Include ${back.length} again`,
          ),
      iconButton('close', 'Close the list', 'Esc', () => this.events.close()),
    );
  }

  #takeNote(): string {
    const note = this.#note.value.trim();
    this.#note.value = '';
    return note;
  }

  #excluded(): Set<number> {
    const set = this.#shown!.set;
    const step = set.steps.findIndex(({ key }) => key === 'review');
    return new Set([...set.stars.keys()].filter((n) => step >= 0 && set.droppedAt[n] === step));
  }

  #box(stars: readonly number[], label: string): HTMLElement {
    const all = stars.length > 0 && stars.every((n) => this.#selected.has(n));
    const change = (): void => {
      for (const n of stars)
        if (all) this.#selected.delete(n);
        else this.#selected.add(n);
      this.#draw();
    };
    return h('input', { type: 'checkbox', 'aria-label': label, checked: all, change });
  }

  #head(by: string, title: string, word: readonly (HTMLElement | string)[]): HTMLElement {
    const isOwn = this.#order.by === by;
    const sort = !isOwn ? 'none' : this.#order.descending ? 'descending' : 'ascending';
    const click = (): void => {
      this.#order = { by, descending: isOwn && !this.#order.descending };
      this.#draw();
    };
    return h(
      'th',
      { scope: 'col', 'aria-sort': sort, title },
      h('button', { type: 'button', class: 'link', click }, ...word),
    );
  }

  #row(set: TrainingSetView, n: number, columns: TrainingSetView['columns']): HTMLElement {
    const verdict = set.verdicts.find(({ star }) => star === n);
    return h(
      'tr',
      { 'data-star': n, class: set.droppedAt[n]! < 0 ? '' : 'dropped', mouseenter: () => this.events.mark(n) },
      h('td', {}, this.#box([n], `Select ${set.stars[n]!}`)),
      h(
        'th',
        { scope: 'row' },
        h(
          'button',
          {
            type: 'button',
            class: 'link',
            title: `Inspect ${set.stars[n]!}`,
            click: () => this.events.inspect(n),
            focus: () => this.events.mark(n),
          },
          set.stars[n]!,
        ),
      ),
      h('td', { class: 'fate', title: fateOf(set, n) }, fateOf(set, n)),
      ...columns.map((column) => {
        const text = valueText(column, column.values[n]!);
        return h('td', { class: 'number' }, text === noNumber ? '' : text);
      }),
      h(
        'td',
        { class: 'note-cell' },
        verdict ? [verdict.verdict, verdict.note].filter((part) => part !== '').join(': ') : '',
      ),
    );
  }

  #sorted({ set, stars }: { set: TrainingSetView; stars: readonly number[] }): number[] {
    const { by, descending } = this.#order;
    const column = set.columns.find(({ name, kind }) => name === by && kind !== 'error');
    const sign = descending ? -1 : 1;
    const notes = new Map(set.verdicts.map(({ star, note }) => [star, note]));
    const text = (n: number): string =>
      by === 'star' ? set.stars[n]! : by === 'fate' ? fateOf(set, n) : (notes.get(n) ?? '');
    if (by === '') return [...stars];
    return [...stars].sort((a, b) => {
      if (!column) return sign * text(a).localeCompare(text(b), 'en', { numeric: true });
      const [p, q] = [column.values[a]!, column.values[b]!];
      // What has no value comes last in either order.
      if (Number.isNaN(p) || Number.isNaN(q)) return Number(Number.isNaN(p)) - Number(Number.isNaN(q));
      return sign * (p - q);
    });
  }
}

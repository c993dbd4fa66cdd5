/**
 * Which stars: a condition in SQL with completion and its errors at their place, saved searches, and a chip a kind of flag with
 * its count. Enter applies what is typed, Esc gives it up.
 */
import type { FilterProblem, SelectionCounts } from '../../engine/index';
import { codicon, fill, h, iconButton } from '../element';
import { type Completions, completionsAt, taken } from './completion';
import { benchFlags, flagText, thousands } from './model';
import type { Bench, ReviewViewState } from './protocol';

export interface FilterEvents {
  where(text: string): void;
  flags(names: readonly string[]): void;
  unflagged(shows: boolean): void;
  save(where: string): void;
  /** The keyboard goes back to the table. */
  leave(): void;
}

export class FilterBar {
  readonly element: HTMLElement;
  readonly #field = h('input', {
    type: 'text',
    class: 'where',
    role: 'combobox',
    spellcheck: 'false',
    autocomplete: 'off',
    'aria-label': 'Condition on the stars, as in SQL after WHERE',
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': 'completions',
    placeholder: "WHERE …   chi2 / n_pixels > 2 AND has('binary')",
  });
  readonly #list = h('ul', { id: 'completions', class: 'completions', role: 'listbox', hidden: true });
  readonly #saved = h('select', { class: 'saved', 'aria-label': 'Saved searches', title: 'Saved searches' });
  readonly #save = iconButton('save', 'Save this search in cannon.yaml', '', () => this.events.save(this.#field.value));
  readonly #clear = iconButton('close', 'All stars again', '', () => this.#apply(''));
  readonly #problem = h('div', { class: 'where-problem', role: 'alert', id: 'where-problem', hidden: true });
  readonly #chips = h('div', { class: 'chips', role: 'group', 'aria-label': 'Kinds of flags' });
  #bench: Bench | null = null;
  #where = '';
  #completions: Completions | null = null;
  #offered = 0;

  constructor(private readonly events: FilterEvents) {
    const box = h('div', { class: 'where-box field' }, codicon('filter'), this.#field, this.#clear, this.#list);
    this.element = h(
      'div',
      { class: 'filter', role: 'search' },
      h('div', { class: 'where-line' }, box, this.#saved, this.#save),
      this.#problem,
      this.#chips,
    );
    this.#field.addEventListener('input', () => this.#typed());
    this.#field.addEventListener('blur', () => this.#offer(null));
    this.#field.addEventListener('keydown', (event) => this.#key(event));
    this.#saved.addEventListener('change', () => {
      const chosen = this.#bench?.searches.find(({ name }) => name === this.#saved.value);
      if (chosen) this.#apply(chosen.where);
    });
  }

  focus(): void {
    this.#field.focus();
    this.#field.select();
  }

  show(bench: Bench, state: ReviewViewState, counts: SelectionCounts | null): void {
    this.#bench = bench;
    if (state.where !== this.#where) this.#field.value = state.where;
    this.#where = state.where;
    const searches = bench.searches.map(
      ({ name, problem }) => [name, problem ? `${name} (cannot be used)` : name] as const,
    );
    const current = bench.searches.find(({ where }) => where === state.where && where !== '')?.name ?? '';
    fill(this.#saved, [['', 'Saved searches'], ...searches], current);
    this.#saved.hidden = bench.searches.length === 0;
    this.#mark();
    this.#drawChips(bench, state, counts);
  }

  /** Says below the field what is wrong, with a mark under its place; null takes that away. */
  explain(problem: FilterProblem | null): void {
    this.#problem.hidden = problem === null;
    this.#field.setAttribute('aria-invalid', String(problem !== null));
    if (problem === null) {
      this.#field.removeAttribute('aria-describedby');
      return;
    }
    this.#field.setAttribute('aria-describedby', 'where-problem');
    const text = this.#field.value;
    const [start, end] = [Math.min(problem.start, text.length), Math.max(problem.end, problem.start + 1)];
    const fix = problem.fix;
    this.#problem.replaceChildren(
      h(
        'code',
        { class: 'place' },
        text.slice(0, start),
        h('mark', {}, text.slice(start, end) || ' '),
        text.slice(end),
      ),
      h(
        'p',
        {},
        `${problem.message} ${problem.hint}`.trim(),
        fix === undefined ? null : ' ',
        fix === undefined
          ? null
          : h(
              'button',
              {
                type: 'button',
                class: 'link',
                click: () => this.#apply(text.slice(0, problem.start) + fix + text.slice(problem.end)),
              },
              `Write ${fix}`,
            ),
      ),
    );
  }

  #apply(where: string): void {
    this.#field.value = where;
    this.#where = where.trim();
    this.#offer(null);
    this.#mark();
    this.events.where(this.#where);
  }

  /** What is typed and not applied shows. */
  #mark(): void {
    const text = this.#field.value.trim();
    this.#field.classList.toggle('unapplied', text !== this.#where);
    this.#clear.hidden = text === '';
    this.#save.hidden = text === '' || (this.#bench?.searches.some(({ where }) => where === text) ?? false);
  }

  #typed(): void {
    this.#mark();
    const { value, selectionStart } = this.#field;
    this.#offer(this.#bench && completionsAt(value, selectionStart ?? value.length, this.#bench));
  }

  #key(event: KeyboardEvent): void {
    const offered = this.#completions;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (offered && step !== undefined) {
      this.#offered = (this.#offered + step + offered.items.length) % offered.items.length;
      this.#drawList();
    } else if (offered && (event.key === 'Tab' || (event.key === 'Enter' && this.#offered > 0)))
      this.#take(this.#offered);
    else if (offered && event.key === 'Escape') this.#offer(null);
    else if (event.key === 'Enter') {
      this.#apply(this.#field.value);
      this.events.leave();
    } else if (event.key === 'ArrowDown' || event.key === 'Escape') {
      if (event.key === 'Escape') this.#field.value = this.#where;
      this.#mark();
      this.events.leave();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #take(k: number): void {
    const offered = this.#completions;
    const item = offered?.items[k];
    if (!offered || !item) return;
    const { text, cursor } = taken(this.#field.value, offered, item);
    this.#field.value = text;
    this.#field.setSelectionRange(cursor, cursor);
    this.#offer(null);
    this.#mark();
  }

  #offer(completions: Completions | null): void {
    this.#completions = completions;
    this.#offered = 0;
    this.#drawList();
  }

  #drawList(): void {
    const items = this.#completions?.items ?? [];
    this.#list.hidden = items.length === 0;
    this.#field.setAttribute('aria-expanded', String(items.length > 0));
    if (items.length === 0) this.#field.removeAttribute('aria-activedescendant');
    else this.#field.setAttribute('aria-activedescendant', `completion-${this.#offered}`);
    this.#list.replaceChildren(
      ...items.map(({ text, detail }, k) =>
        h(
          'li',
          {
            ...{ id: `completion-${k}`, role: 'option', 'aria-selected': String(k === this.#offered) },
            class: k === this.#offered ? 'selected' : '',
            // Before the field loses the focus, and the list with it.
            mousedown: (event) => {
              event.preventDefault();
              this.#take(k);
            },
          },
          h('span', {}, text),
          h('span', { class: 'detail' }, detail),
        ),
      ),
    );
  }

  #drawChips(bench: Bench, state: ReviewViewState, counts: SelectionCounts | null): void {
    const countOf = new Map(counts?.flags.map(({ name, count }) => [name, count]));
    const focused = [...this.#chips.children].indexOf(document.activeElement as HTMLElement);
    const chip = (
      text: string,
      title: string,
      pressed: boolean,
      count: number | null,
      click: () => void,
    ): HTMLElement =>
      h(
        'button',
        { type: 'button', class: 'chip toggle', title, 'aria-pressed': String(pressed), click },
        text,
        count === null ? null : h('span', { class: 'count' }, thousands(count)),
      );
    const kinds = benchFlags(bench)
      .filter(({ name }) => (countOf.get(name) ?? 1) > 0 || state.flags.includes(name))
      .map(({ name, words }) =>
        chip(flagText(name), words, state.flags.includes(name), countOf.get(name) ?? null, () => {
          const others = state.flags.filter((flag) => flag !== name);
          this.events.flags(others.length === state.flags.length ? [...others, name] : others);
        }),
      );
    const isNarrowed = state.flags.length > 0;
    this.#chips.replaceChildren(
      chip('flagged', 'All stars with a flag', !isNarrowed && !state.showsUnflagged, null, () =>
        this.events.unflagged(false),
      ),
      chip(
        'all stars',
        'Stars without a flag, too',
        !isNarrowed && state.showsUnflagged,
        counts?.nSelected ?? null,
        () => this.events.unflagged(true),
      ),
      ...kinds,
    );
    if (focused >= 0) (this.#chips.children[focused] as HTMLElement | undefined)?.focus();
  }
}

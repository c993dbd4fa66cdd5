/** Verdicts on the chosen star: a button and a key each, the element that a star is enriched in, and a note. */
import type { StarVerdict } from '../../engine/index';
import { h } from '../element';
import type { QueueRow } from './model';
import { elementOf, elementsOffered, isChosen, pullText, type VerdictChoice, verdictChoices } from './verdicts';

export interface JudgingEvents {
  judge(verdict: StarVerdict | null, note: string): void;
  /** Another note on the verdict that is there. */
  annotate(note: string): void;
  /** The keyboard goes back to the table. */
  leave(): void;
}

export class Judging {
  readonly element: HTMLElement;
  readonly #buttons = verdictChoices.map((choice) => ({ choice, button: this.#button(choice) }));
  readonly #clear = h(
    'button',
    {
      type: 'button',
      class: 'text-button verdict-button',
      title: 'Take the verdict back (Del)',
      click: () => this.clear(),
    },
    h('span', {}, 'No verdict'),
    h('kbd', { 'aria-hidden': 'true' }, 'Del'),
  );
  readonly #note = h('input', { type: 'text', class: 'note-field', placeholder: 'note (N)', 'aria-label': 'Note' });
  readonly #noteSaid = h('span', { class: 'note-said', 'aria-live': 'polite' });
  readonly #element = h('input', {
    ...{ type: 'text', class: 'element-field', size: 4, maxlength: 2, autocomplete: 'off' },
    'aria-label': 'Element that the star is enriched in',
  });
  readonly #offers = h('span', { class: 'offers' });
  readonly #asking = h(
    'div',
    { class: 'asking', hidden: true },
    h('label', {}, 'enriched in ', this.#element),
    this.#offers,
  );
  #row: QueueRow | null = null;
  /** Notes of stars that have no verdict yet, by row. */
  readonly #drafts = new Map<number, string>();

  constructor(private readonly events: JudgingEvents) {
    this.element = h(
      'section',
      { class: 'judging', 'aria-label': 'Verdict' },
      h(
        'div',
        { class: 'verdicts', role: 'group', 'aria-label': 'Verdicts' },
        ...this.#buttons.map(({ button }) => button),
        this.#clear,
      ),
      this.#asking,
      h('div', { class: 'note-line' }, this.#note),
      this.#noteSaid,
    );
    this.#note.addEventListener('keydown', (event) => this.#noteKey(event));
    this.#element.addEventListener('keydown', (event) => this.#elementKey(event));
  }

  show(row: QueueRow | null): void {
    const isOther = row?.row !== this.#row?.row;
    this.#row = row;
    for (const { choice, button } of this.#buttons) {
      button.disabled = row === null;
      button.setAttribute('aria-pressed', String(isChosen(choice, row?.verdict ?? null)));
    }
    this.#clear.disabled = !row?.verdict;
    this.#note.disabled = row === null;
    if (isOther || document.activeElement !== this.#note)
      this.#note.value = row ? (row.verdict?.note ?? this.#drafts.get(row.row) ?? '') : '';
    if (isOther) this.#close();
  }

  /** The elements to offer for the star on show. */
  offer(values: Readonly<Record<string, unknown>>): void {
    const offered = elementsOffered(values).slice(0, 5);
    this.#element.placeholder = offered[0]?.element ?? 'Ba';
    this.#offers.replaceChildren(
      ...offered.map(({ element, pull }) =>
        h(
          'button',
          {
            ...{ type: 'button', class: 'link', title: `Its lines are ${pullText(pull)} than the model’s` },
            click: () => this.#enrich(element),
          },
          element,
        ),
      ),
    );
  }

  choose(choice: VerdictChoice): void {
    if (!this.#row) return;
    if (choice.verdict === 'enriched') this.#ask();
    else this.#judge(choice.verdict);
  }

  clear(): void {
    if (this.#row?.verdict) this.events.judge(null, '');
  }

  note(): void {
    if (!this.#row) return;
    this.#note.focus();
    this.#note.select();
  }

  #button(choice: VerdictChoice): HTMLButtonElement {
    return h(
      'button',
      {
        type: 'button',
        class: 'text-button toggle verdict-button',
        title: `${choice.means} (${choice.key})`,
        click: () => this.choose(choice),
      },
      h('span', {}, choice.text),
      h('kbd', { 'aria-hidden': 'true' }, choice.key),
    );
  }

  #judge(verdict: StarVerdict): void {
    const note = this.#note.value.trim();
    if (this.#row) this.#drafts.delete(this.#row.row);
    this.#noteSaid.textContent = '';
    this.events.judge(verdict, note);
  }

  #ask(): void {
    this.#asking.hidden = false;
    this.#element.value = '';
    this.#element.focus();
  }

  #close(): void {
    this.#asking.hidden = true;
    this.#noteSaid.textContent = '';
  }

  #enrich(element: string): void {
    this.#close();
    this.#judge(`enriched in ${element}`);
    this.events.leave();
  }

  #elementKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      this.#close();
      this.events.leave();
    } else if (event.key === 'Enter') {
      const element = elementOf(this.#element.value || this.#element.placeholder);
      this.#element.setAttribute('aria-invalid', String(element === null));
      if (element !== null) this.#enrich(element);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #noteKey(event: KeyboardEvent): void {
    const row = this.#row;
    if (!row || (event.key !== 'Enter' && event.key !== 'Escape')) return;
    event.preventDefault();
    event.stopPropagation();
    const note = this.#note.value.trim();
    if (event.key === 'Escape') this.#note.value = row.verdict?.note ?? this.#drafts.get(row.row) ?? '';
    else if (row.verdict) this.events.annotate(note);
    else {
      this.#drafts.set(row.row, note);
      this.#noteSaid.textContent = note === '' ? '' : 'The note is saved with the verdict.';
    }
    this.events.leave();
  }
}

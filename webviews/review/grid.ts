/**
 * The queue as a table of any length: only the rows in view are elements. The keyboard stays with the table as a whole
 * (`aria-activedescendant`); the panel's keys move the chosen row.
 */
import { codicon, h } from '../element';
import type { LabelText } from '../words';
import { cellText, flagsOf, idsOf, numberOf, type QueueRow, type ShownColumn, titleOf, verdictText } from './model';
import type { Bench } from './protocol';
import {
  barLength,
  type Extent,
  isScaled,
  lastTop,
  rowHeightPx,
  rowsInView,
  scrollAt,
  topAt,
  topShowing,
} from './scroll';
import { isChosen, verdictChoices } from './verdicts';

export interface GridEvents {
  row(index: number): QueueRow | null;
  isFresh(index: number): boolean;
  /** Rows from `from` to before `to` are in view. */
  inView(from: number, to: number): void;
  chosen(index: number): void;
  opened(index: number): void;
  sorted(column: string): void;
  scrolled(top: number): void;
}

export interface GridContent {
  readonly bench: Bench;
  readonly columns: readonly ShownColumn[];
  readonly nRows: number;
  readonly sort: string | null;
  readonly descending: boolean;
}

export class Grid {
  readonly element: HTMLElement;
  readonly #head = h('div', { class: 'grid-head', role: 'rowgroup' });
  readonly #bar = h('div', { class: 'grid-bar', 'aria-hidden': 'true' });
  readonly #rows = h('div', { class: 'grid-rows', role: 'rowgroup' });
  readonly #body = h('div', { class: 'grid-body', role: 'presentation' }, this.#bar, this.#rows);
  #content: GridContent | null = null;
  #top = 0;
  #at = 0;
  #drawing = 0;

  constructor(private readonly events: GridEvents) {
    this.element = h(
      'div',
      { class: 'grid', role: 'grid', tabindex: 0, 'aria-label': 'Stars to review' },
      this.#head,
      this.#body,
    );
    this.#body.addEventListener('scroll', () => this.#scrolled());
    this.#body.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    this.#rows.addEventListener('click', (event) => this.#clicked(event, (index) => this.events.chosen(index)));
    this.#rows.addEventListener('dblclick', (event) => this.#clicked(event, (index) => this.events.opened(index)));
    new ResizeObserver(() => this.#content && this.#place(this.#top)).observe(this.#body);
  }

  get top(): number {
    return this.#top;
  }

  /** Whole rows that are in view at once. */
  get pageRows(): number {
    return Math.max(1, Math.floor(rowsInView(this.#extent)) - 1);
  }

  /** @param top first row in view */
  show(content: GridContent, at: number, top: number): void {
    this.#content = content;
    this.#at = at;
    this.element.setAttribute('aria-rowcount', String(content.nRows + 1));
    this.element.setAttribute('aria-colcount', String(content.columns.length));
    this.element.style.setProperty('--columns', content.columns.map(({ width }) => width).join(' '));
    this.#head.replaceChildren(this.#headRow(content));
    this.#bar.style.height = `${barLength(this.#extent)}px`;
    this.#place(top);
  }

  /** Chooses a row, and moves it into view. */
  choose(at: number): void {
    this.#at = at;
    this.#place(topShowing(this.#extent, this.#top, at));
  }

  /** Draws the rows in view again, once before the next frame. */
  redraw(): void {
    if (this.#drawing !== 0) return;
    this.#drawing = requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#draw();
    });
  }

  focus(): void {
    this.element.focus({ preventScroll: true });
  }

  get #extent(): Extent {
    return { nRows: this.#content?.nRows ?? 0, viewPx: this.#body.clientHeight };
  }

  #place(top: number): void {
    this.#top = Math.min(Math.max(0, top), lastTop(this.#extent));
    this.#body.scrollTop = scrollAt(this.#extent, this.#top);
    this.#draw();
  }

  #scrolled(): void {
    const { scrollTop } = this.#body;
    // Where the bar is a scale, its pixels are coarser than rows: what was placed there stays there.
    if (Math.abs(scrollTop - scrollAt(this.#extent, this.#top)) < 1) return;
    this.#top = topAt(this.#extent, scrollTop);
    this.redraw();
  }

  #wheel(event: WheelEvent): void {
    if (!isScaled(this.#extent) || event.ctrlKey || event.deltaY === 0) return;
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * rowHeightPx : event.deltaY;
    this.#place(this.#top + pixels / rowHeightPx);
    this.events.scrolled(this.#top);
  }

  #clicked(event: Event, tell: (index: number) => void): void {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-index]') : null;
    if (row) tell(Number(row.dataset['index']));
  }

  #draw(): void {
    const content = this.#content;
    if (!content) return;
    const first = Math.floor(this.#top);
    const last = Math.min(content.nRows, Math.ceil(this.#top + rowsInView(this.#extent)));
    this.events.inView(first, last);
    const rows = Array.from({ length: Math.max(0, last - first) }, (_, k) => this.#row(content, first + k));
    this.#rows.replaceChildren(...rows);
    this.#rows.style.transform = `translateY(${this.#body.scrollTop - (this.#top - first) * rowHeightPx}px)`;
    const isShown = this.#at >= first && this.#at < last;
    if (isShown) this.element.setAttribute('aria-activedescendant', `row-${this.#at}`);
    else this.element.removeAttribute('aria-activedescendant');
    this.events.scrolled(this.#top);
  }

  #headRow({ columns, sort, descending }: GridContent): HTMLElement {
    const cell = ({ head, title, kind, sort: by }: ShownColumn, k: number): HTMLElement => {
      const isOwn = by !== null && by === sort;
      const arrow = isOwn ? codicon(descending ? 'arrow-down' : 'arrow-up') : null;
      const name = [...labelNodes(head), arrow];
      const content =
        by === null
          ? h('span', {}, ...name)
          : h('button', { type: 'button', class: 'link', tabindex: -1, click: () => this.events.sorted(by) }, ...name);
      return h(
        'div',
        {
          role: 'columnheader',
          class: `cell cell-${kind}`,
          title: by === null ? title : `${title}. A click orders by it`,
          'aria-colindex': k + 1,
          'aria-sort': !isOwn ? 'none' : descending ? 'descending' : 'ascending',
        },
        content,
      );
    };
    return h('div', { role: 'row', class: 'grid-row', 'aria-rowindex': 1 }, ...columns.map(cell));
  }

  #row({ bench, columns }: GridContent, index: number): HTMLElement {
    const row = this.events.row(index);
    const isChosenRow = index === this.#at;
    const classes = [
      'grid-row',
      isChosenRow ? 'selected' : '',
      row?.verdict ? 'reviewed' : '',
      row && !this.events.isFresh(index) ? 'former' : '',
    ];
    return h(
      'div',
      {
        role: 'row',
        id: `row-${index}`,
        class: classes.filter((name) => name !== '').join(' '),
        'data-index': index,
        'aria-rowindex': index + 2,
        'aria-selected': String(isChosenRow),
      },
      ...columns.map((column, k) =>
        h(
          'div',
          { role: 'gridcell', class: `cell cell-${column.kind}`, 'aria-colindex': k + 1 },
          ...(row ? cellNodes(bench, column, row) : [h('span', { class: 'pending' }, k === 0 ? '…' : '')]),
        ),
      ),
    );
  }
}

export function labelNodes({ text, subscript }: LabelText): (HTMLElement | string)[] {
  return subscript === '' ? [text] : [text, h('sub', {}, subscript)];
}

function cellNodes(bench: Bench, column: ShownColumn, row: QueueRow): (Node | string | null)[] {
  switch (column.kind) {
    case 'star':
      return [h('span', { title: idsOf(row) }, titleOf(row))];
    case 'flags': {
      const flags = flagsOf(bench, row);
      return [h('span', { title: flags.map(({ text, words }) => `${text} – ${words}`).join('\n') }, flagLine(flags))];
    }
    case 'verdict': {
      const { verdict } = row;
      if (!verdict) return [];
      const icon = verdictChoices.find((choice) => isChosen(choice, verdict))?.icon ?? 'pass';
      const note = verdict.note === '' ? '' : `: ${verdict.note}`;
      const text = verdictText(verdict);
      return [codicon(icon), h('span', { title: `${text}${note}` }, `${text}${note}`)];
    }
    case 'label': {
      const text = cellText(column, row);
      const [value, error] = text.split(' ± ');
      return [value!, error === undefined ? null : h('span', { class: 'error' }, ` ± ${error}`)];
    }
    case 'number':
      return [h('span', { title: String(numberOf(row, column.key)) }, cellText(column, row))];
    case 'integer':
    case 'text':
      return [h('span', { title: cellText(column, row) }, cellText(column, row))];
    default:
      return column.kind satisfies never;
  }
}

const flagLine = (flags: readonly { text: string }[]): string => flags.map(({ text }) => text).join(' · ');

/** The review bench: a queue of flagged stars, why each was flagged, and verdicts on them by one key. */
import '../panel.css';
import './view.css';
import { h, iconButton } from '../element';
import { connectHost } from '../host';
import { bindKeys } from '../keys';
import { banner, failureOf, failurePage, ProgressLine, WorkingNote } from '../states';
import { Controls } from './controls';
import { exportDialog } from './exports';
import { FilterBar } from './filterBar';
import { Grid } from './grid';
import { InOrder } from './inOrder';
import { Judge } from './judge';
import { Judging } from './judging';
import { keysInBrief, keysOf, pointer } from './keys';
import { columnsOf, restoreState, type ShownColumn } from './model';
import { nobodyPage, noCatalogPage, reviewComplaint } from './pages';
import type { BenchAction, ReviewHost, ReviewView, ReviewViewState } from './protocol';
import { type Place, Queue } from './queue';
import { StarPage } from './starPage';
import { verdictChoices } from './verdicts';

export class ReviewBench {
  readonly #host = connectHost<ReviewViewState, ReviewView, ReviewHost>({});
  #state = restoreState(this.#host.remembered);
  /** The inspector opens beside a page that is new; one that comes back finds it as it was left. */
  #opensInspector = this.#host.remembered === undefined;
  readonly #progress = new ProgressLine();
  readonly #working = new WorkingNote();
  readonly #notice = h('div', { class: 'notice' });
  /** The last verdict, with the way back: a line of its own, so that the table does not move. */
  readonly #said = h('footer', { class: 'foot' }, h('div', { class: 'said hint' }, h('p', {}, keysInBrief)));
  readonly #spoken = h('div', { class: 'for-screen-readers', role: 'status' });
  readonly #inOrder = new InOrder(() => this.#queue.chosenId !== null);
  readonly #queue = new Queue(this.#host.rpc, {
    changed: () => this.#rowsCame(),
    failed: (error) => {
      this.#inOrder.clear();
      this.#warn(error);
    },
  });
  readonly #grid = new Grid({
    row: (index) => this.#queue.rows.at(index),
    isFresh: (index) => this.#queue.rows.isFresh(index),
    inView: (from, to) => this.#queue.rows.want(from, to),
    chosen: (index) => this.goTo(index),
    opened: () => this.inspect(true),
    sorted: (column) => this.#sort(column),
    scrolled: (top) => this.#remember({ top }),
  });
  readonly #filter = new FilterBar({
    where: (where) => void this.#select({ where }, 'first'),
    flags: (flags) => void this.#select({ flags }, 'first'),
    unflagged: (showsUnflagged) => void this.#select({ showsUnflagged, flags: [] }, 'first'),
    save: (where) => void this.#ask(() => this.#host.rpc.request('saveSearch', { where })),
    leave: () => this.#grid.focus(),
  });
  readonly #judge = new Judge({
    write: (row, verdict, note) => this.#host.rpc.request('judge', { row, verdict, note }),
    restore: (changes) => this.#host.rpc.request('restore', { changes }),
    amended: (row, verdict) => {
      this.#queue.amend(row, verdict);
      this.#rowsCame();
    },
    // Where reviewed stars are hidden, the next one comes to the place of this one by itself.
    advance: () => this.#state.advances && !this.#state.hidesReviewed && this.#moveTo(this.#queue.at + 1),
    goToRow: (row) => void this.#goToRow(row),
    history: () => this.#state,
    remember: (history) => {
      this.#remember(history);
      this.#drawControls();
    },
    ask: (work) => this.#ask(work),
    say: (element) => {
      this.#notice.replaceChildren();
      this.#said.replaceChildren(element);
    },
  });
  readonly #judging = new Judging({
    judge: (verdict, note) =>
      this.#queue.chosen && this.#judge.judge(this.#queue.chosen, verdict, note, verdict !== null),
    annotate: (note) => {
      const row = this.#queue.chosen;
      if (row?.verdict) this.#judge.judge(row, row.verdict.verdict, note, false);
    },
    leave: () => this.#grid.focus(),
  });
  readonly #page = new StarPage({
    reasons: (row, nNearest, signal) => this.#host.rpc.request('readReasons', { row, nNearest }, signal),
    judging: this.#judging.element,
    offer: (values) => this.#judging.offer(values),
    inspect: (path) => this.#showStar(path, true, false),
    arrived: (path) => this.#follow(path),
  });
  readonly #controls = new Controls({
    catalog: (path) => void this.#ask(() => this.#host.rpc.request('chooseCatalog', { path })),
    sort: (sort, descending) => void this.#select({ sort, descending }, 'same'),
    toggle: (name) => this.toggle(name),
    undo: () => this.#judge.undo(),
    redo: () => this.#judge.redo(),
    facts: () => this.toggleFacts(),
  });
  readonly #nobody = h('div', { class: 'nobody', role: 'status', hidden: true });
  readonly #content = h(
    'div',
    { class: 'bench', hidden: true },
    h('div', { class: 'queue' }, this.#filter.element, this.#grid.element, this.#nobody, this.#said),
    this.#page.element,
  );
  readonly #instead = h('div', { class: 'content', hidden: true });

  constructor(app: HTMLElement) {
    const dialog = exportDialog({
      shown: () => {
        const { bench, selection } = this.#queue;
        if (!bench || !selection) throw new Error('There are no stars to export yet.');
        return { bench, selection };
      },
      read: (selection, from, count, columns) =>
        this.#host.rpc.request('readRows', { selection, from, count, columns }),
      save: (suggestedName, content) => this.#host.rpc.request('saveFile', { suggestedName, content }),
      failed: (error) => this.#warn(error),
    });
    const showKeys = bindKeys(
      keysOf(this, this.#page, () => dialog.open()),
      pointer,
    );
    this.#controls.element.append(
      iconButton('desktop-download', 'Export', 'E', () => dialog.open()),
      iconButton('question', 'Keys', '?', showKeys),
    );
    app.replaceChildren(
      ...[this.#progress.element, this.#controls.element, this.#working.element, this.#notice],
      ...[this.#content, this.#instead, this.#spoken],
    );
    new ResizeObserver(() => this.#drawGrid(this.#grid.top)).observe(this.#grid.element);
    window.addEventListener('focus', () => this.#takeKeyboard());
    this.#host.rpc.on('changed', () => void this.#open());
    this.#host.rpc.on('act', (action) => this.act(action as BenchAction));
    this.#host.rpc.on('step', ({ by }) => this.step(by));
    this.#host.rpc.on('working', (text) => (this.#working.text = text));
    void this.#open();
  }

  /** Whether there is a star to act on. */
  get isShown(): boolean {
    return !this.#content.hidden && this.#queue.rows.nRows > 0;
  }

  act(action: BenchAction): void {
    const choice = verdictChoices.find((one) => one.action === action);
    if (choice) return this.#inOrder.run(() => this.#judging.choose(choice), true);
    const acts: Partial<Record<BenchAction, () => void>> = {
      next: () => this.step(1),
      previous: () => this.step(-1),
      clear: () => this.#inOrder.run(() => this.#judging.clear(), true),
      note: () => this.#inOrder.run(() => this.#openNote(), true),
      undo: () => this.#judge.undo(),
      redo: () => this.#judge.redo(),
      filter: () => this.#filter.focus(),
      judged: () => void this.#judged(),
    };
    acts[action]?.();
  }

  step(by: number): void {
    this.#inOrder.run(() => this.#moveTo(this.#queue.at + by), false);
  }

  get pageRows(): number {
    return this.#grid.pageRows;
  }

  goTo(index: number): void {
    this.#inOrder.run(() => this.#moveTo(index), false);
  }

  #moveTo(index: number): void {
    const { nRows } = this.#queue.rows;
    if (nRows === 0) return;
    this.#queue.at = Math.min(Math.max(0, index), nRows - 1);
    this.#grid.choose(this.#queue.at);
    this.#drawStar();
  }

  nextUnreviewed(): Promise<void> {
    return this.#ask(async () => {
      const next = await this.#queue.nextUnreviewed();
      if (next !== null) this.goTo(next);
      else this.#spoken.textContent = 'No star below is without a verdict.';
    });
  }

  toggle(name: 'hidesReviewed' | 'advances' | 'follows'): void {
    const change = { [name]: !this.#state[name] };
    if (name === 'hidesReviewed') {
      void this.#select(change, 'near');
      return;
    }
    this.#remember(change);
    this.#drawControls();
    if (name === 'follows' && this.#state.follows) this.inspect(false);
  }

  toggleFacts(): void {
    this.#content.classList.toggle('page-folded');
  }

  /** Orders by the next column of the table. */
  stepSort(): void {
    const by = this.#columns().flatMap(({ sort }) => sort ?? []);
    const next = by[(by.indexOf(this.#queue.selection?.sort ?? '') + 1) % by.length];
    if (next !== undefined) this.#sort(next);
  }

  inspect(takesFocus: boolean): void {
    const { path } = this.#page;
    if (path !== null) this.#showStar(path, true, takesFocus);
  }

  /** The catalog, as it is now. */
  async #open(): Promise<void> {
    this.#progress.busy = true;
    try {
      const bench = await this.#queue.open();
      if (bench === undefined) return;
      this.#instead.hidden = bench !== null;
      for (const part of [this.#content, this.#controls.element]) part.hidden = bench === null;
      this.#notice.replaceChildren();
      if (bench === null) {
        this.#instead.replaceChildren(noCatalogPage(() => void this.#ask(() => this.#host.rpc.request('makeCatalog'))));
        return;
      }
      if (bench.reviewProblem !== '') {
        const reveal = (): void => void this.#ask(() => this.#host.rpc.request('revealKey', { key: 'review' }));
        this.#notice.replaceChildren(reviewComplaint(bench.reviewProblem, reveal));
      }
      this.#page.forget();
      await this.#select(...this.#queue.entrance());
      this.#controls.list(bench, await this.#host.rpc.request('listCatalogs'));
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#progress.busy = false;
    }
  }

  /** Asks for the stars that the state chooses, and shows them. */
  async #select(change: Partial<ReviewViewState>, place: Place): Promise<void> {
    const { bench } = this.#queue;
    if (!bench) return;
    this.#remember(change);
    if (place === 'first') this.#inOrder.clear();
    this.#filter.show(bench, this.#state, this.#queue.counts?.chips ?? null);
    this.#progress.busy = true;
    try {
      const problem = await this.#queue.select(this.#state, place);
      if (problem === undefined) return;
      this.#filter.explain(problem);
      this.#grid.element.classList.toggle('dimmed', problem !== null);
      if (problem === null) this.#show(place);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#progress.busy = false;
    }
  }

  #show(place: Place): void {
    const hasRows = this.#queue.rows.nRows > 0;
    this.#grid.element.hidden = !hasRows;
    this.#nobody.hidden = hasRows;
    if (hasRows) {
      this.#drawGrid(place === 'restored' ? this.#state.top : place === 'first' ? 0 : this.#grid.top);
      this.#grid.choose(this.#queue.at);
      this.#takeKeyboard();
    } else {
      this.#nobody.replaceChildren(...nobodyPage(this.#state, (all) => void this.#select(all, 'first')));
    }
    this.#drawStar();
    this.#drawControls();
    void this.#ask(() => this.#count());
  }

  /** The keyboard belongs to the table unless a field has it, or another part of the editor. */
  #takeKeyboard(): void {
    if (document.hasFocus() && !this.#content.contains(document.activeElement)) this.#grid.focus();
  }

  async #count(): Promise<void> {
    const { bench } = this.#queue;
    if (!(await this.#queue.count()) || !bench) return;
    this.#filter.show(bench, this.#state, this.#queue.counts?.chips ?? null);
    this.#drawControls();
  }

  /** Somebody has written into review.yaml, be it this panel. */
  async #judged(): Promise<void> {
    if (this.#state.hidesReviewed) return this.#select({}, 'near');
    this.#queue.rows.reset(this.#queue.rows.nRows);
    this.#grid.redraw();
    await this.#ask(() => this.#count());
  }

  #rowsCame(): void {
    this.#grid.redraw();
    this.#drawStar();
    this.#drawControls();
  }

  /** The star's page follows the chosen row, as soon as that is there. */
  #drawStar(): void {
    const { bench, chosen, chosenId, rows } = this.#queue;
    if (chosenId === null && rows.nRows > 0) return;
    this.#remember({ star: chosenId ?? this.#state.star });
    this.#judging.show(chosen);
    this.#page.show(bench, chosen);
    this.#inOrder.drain();
  }

  #goToRow(row: number): Promise<void> {
    return this.#ask(async () => {
      const index = await this.#queue.indexOf(row);
      if (index !== null) this.goTo(index);
    });
  }

  #openNote(): void {
    this.#content.classList.remove('page-folded');
    this.#judging.note();
  }

  #follow(path: string): void {
    const opens = this.#opensInspector;
    this.#opensInspector = false;
    if (this.#state.follows) this.#showStar(path, opens, false);
  }

  #showStar(path: string, opens: boolean, takesFocus: boolean): void {
    void this.#ask(() => this.#host.rpc.request('inspect', { path, opens, takesFocus }));
  }

  #sort(column: string): void {
    const { bench, selection } = this.#queue;
    const kind = bench?.columns.find(({ name }) => name === column)?.kind;
    // Numbers are looked at from their large end, names from their beginning.
    const isFirst = kind === 'number' || kind === 'integer';
    const descending = selection?.sort === column ? !this.#state.descending : isFirst;
    void this.#select({ sort: column, descending }, 'same');
  }

  #columns(): ShownColumn[] {
    const { bench, selection } = this.#queue;
    return bench ? columnsOf(bench, selection?.sort ?? null, this.#grid.element.clientWidth) : [];
  }

  #drawGrid(top: number): void {
    const { bench, selection, rows, at } = this.#queue;
    if (!bench || !selection || this.#grid.element.hidden) return;
    const { sort, descending } = selection;
    this.#grid.show({ bench, columns: this.#columns(), nRows: rows.nRows, sort, descending }, at, top);
  }

  #drawControls(): void {
    const { bench, selection, counts } = this.#queue;
    if (bench) this.#controls.show(bench, this.#state, selection?.sort ?? null, counts?.shown ?? null);
  }

  #remember(change: Partial<ReviewViewState>): void {
    this.#state = { ...this.#state, ...change };
    this.#host.remember(this.#state);
  }

  async #ask(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#warn(error);
    }
  }

  #warn(error: unknown): void {
    this.#notice.replaceChildren(banner(failureOf(error)));
  }

  /** What was there stays below the sentence that says what is wrong. */
  #fail(error: unknown): void {
    if (this.isShown) {
      this.#warn(error);
      return;
    }
    this.#content.hidden = true;
    this.#instead.hidden = false;
    this.#instead.replaceChildren(failurePage(failureOf(error), () => void this.#open()));
  }
}

const app = document.getElementById('app');
if (app) new ReviewBench(app);

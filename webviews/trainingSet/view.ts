/** The panel of the training set: the reference stars in the plane of two labels, why they train or not, and verdicts on them. */
import '../panel.css';
import './view.css';
import type { TrainingSetView } from '../../engine/index';
import type { Region } from '../chart/scatter';
import { onThemeChange } from '../chart/theme';
import { h, iconButton, refill } from '../element';
import { connectHost } from '../host';
import { bindKeys } from '../keys';
import { banner, failureOf, failurePage, ProgressLine } from '../states';
import { exportDialog } from './exports';
import { correlationTable, coverageTable, type FactEvents, funnelTable, summaryTable } from './facts';
import { keysOf, pointer } from './keys';
import { entriesOf } from './legend';
import type { Choice } from './model';
import {
  choiceOf,
  droppedBy,
  indexIn,
  keyOf,
  restoreState,
  starLine,
  stepsOf,
  stepWords,
  trainingMask,
  wantedColumns,
  withoutTable,
} from './model';
import { Panes } from './panes';
import type { Mode, TrainingSetHost, TrainingSetPanelView, TrainingSetViewState } from './protocol';
import { Selects } from './selects';
import { StarList } from './starList';
import { Verdicts } from './verdicts';
import { correlations, coverageOf, plotsOf, summary } from './statistics';

const modes: readonly (readonly [mode: Mode, icon: string, title: string])[] = [
  ['diagram', 'graph-scatter', 'One diagram'],
  ['bins', 'layout', 'Bins side by side'],
  ['coverage', 'graph', 'Histograms of the labels'],
];

export class TrainingSetPanel {
  readonly #host = connectHost<TrainingSetViewState, TrainingSetPanelView, TrainingSetHost>({});
  #state = restoreState(this.#host.remembered);
  readonly #progress = new ProgressLine();
  readonly #selects = new Selects((change) => this.#change(change));
  readonly #modeButtons = modes.map(([mode, icon, title]) =>
    iconButton(icon, title, 'V', () => this.#change({ mode })),
  );
  readonly #brushButton = iconButton('inspect', 'Frame a region', 'B', () => this.toggleBrush());
  readonly #droppedButton = iconButton('eye', 'Show dropped stars', 'D', () => this.toggleDropped());
  readonly #entries = h('span', { class: 'entries' });
  readonly #readout = h('output', { class: 'readout', 'aria-hidden': 'true' });
  readonly #spoken = h('div', { class: 'for-screen-readers', role: 'status' });
  readonly #table = h('div', { class: 'for-screen-readers' });
  readonly #notice = h('div');
  readonly #facts = h('aside', { class: 'facts', id: 'facts', 'aria-label': 'Funnel and labels' });
  readonly #panes = new Panes({
    hovered: (star) => this.#hover(star),
    picked: (star) => this.#pick(star),
    brushed: (region) => this.#change({ region, step: null }),
    moved: (view) => this.#moved(view),
  });
  readonly #verdicts = new Verdicts({
    exclude: (stars, note) => this.#host.rpc.request('exclude', { stars, note }),
    restore: (changes) => this.#host.rpc.request('restore', { changes }),
    say: (sentence) => this.#notice.replaceChildren(sentence),
    ask: (work) => this.#ask(work),
    reread: () => this.#read(),
  });
  readonly #list = new StarList({
    inspect: (star) => this.#inspect(star),
    mark: (star) => this.#mark(star),
    exclude: (stars, note) => this.#set && this.#verdicts.exclude(this.#set, stars, note),
    include: (stars) => this.#set && this.#verdicts.include(this.#set, stars),
    close: () => this.clear(),
  });
  readonly #figure = h('div', { class: 'stage', tabindex: 0, role: 'group', 'aria-label': 'Reference stars' });
  readonly #content: HTMLElement;
  readonly #failurePage = h('div', { class: 'content', hidden: true });
  #set: TrainingSetView | null = null;
  #marked: number | null = null;
  #isBrushing = false;
  #reading = 0;

  constructor(app: HTMLElement) {
    const dialog = exportDialog({
      shown: () => this.#shown(),
      charts: () => this.#panes.charts,
      save: (suggestedName, content) => this.#host.rpc.request('saveFile', { suggestedName, content }),
      failed: (error) => this.#notice.replaceChildren(banner(failureOf(error))),
    });
    const showKeys = bindKeys(
      keysOf(this, () => dialog.open()),
      pointer,
    );
    this.#figure.append(this.#panes.element, this.#table, this.#spoken);
    const legend = h('div', { class: 'legend' }, this.#entries, this.#readout);
    const figure = h('div', { class: 'figure' }, legend, this.#figure, this.#list.element);
    this.#content = h('div', { class: 'content' }, figure, this.#facts);
    app.replaceChildren(
      this.#progress.element,
      this.#controls(() => dialog.open(), showKeys),
      this.#notice,
      this.#content,
      this.#failurePage,
    );
    onThemeChange(() => this.#drawFacts());
    this.#host.rpc.on('changed', () => void this.#read());
    void this.#read();
  }

  #controls(openExport: () => void, showKeys: () => void): HTMLElement {
    return h(
      'header',
      { class: 'controls' },
      ...this.#modeButtons,
      this.#selects.element,
      h('span', { class: 'spring' }),
      this.#droppedButton,
      this.#brushButton,
      this.#verdicts.button,
      iconButton('zoom-in', 'Zoom in', '+', () => this.zoom(2)),
      iconButton('zoom-out', 'Zoom out', '−', () => this.zoom(0.5)),
      iconButton('screen-full', 'Show everything', '0', () => this.reset()),
      iconButton('list-flat', 'Funnel and labels', 'F', () => this.toggleFacts()),
      iconButton('desktop-download', 'Export', 'E', openExport),
      iconButton('question', 'Keys', '?', showKeys),
    );
  }

  toggleBrush(): void {
    this.#isBrushing = !this.#isBrushing;
    this.#panes.brushing = this.#isBrushing;
    this.#brushButton.setAttribute('aria-pressed', String(this.#isBrushing));
    this.#figure.classList.toggle('brushing', this.#isBrushing);
  }

  toggleDropped(): void {
    this.#change({ showsDropped: !this.#state.showsDropped });
  }

  toggleFacts(): void {
    const isShown = getComputedStyle(this.#facts).display !== 'none';
    this.#content.classList.toggle('facts-folded', isShown);
    this.#content.classList.toggle('facts-open', !isShown);
  }

  stepMode(): void {
    const at = modes.findIndex(([mode]) => mode === this.#state.mode);
    this.#change({ mode: modes[(at + 1) % modes.length]![0] });
  }

  stepColour(by: number): void {
    this.#selects.stepColour(by);
  }

  stepFunnel(by: number): void {
    if (!this.#set) return;
    const keys = stepsOf(this.#set).flatMap(({ key, lost }) =>
      lost !== null && lost > 0 && key !== 'reference/match' ? [key] : [],
    );
    if (keys.length === 0) return;
    const at = keys.indexOf(this.#state.step ?? '');
    const next = at < 0 ? (by > 0 ? 0 : keys.length - 1) : at + by;
    this.#change({ step: keys[next] ?? null, region: null });
  }

  zoom(factor: number): void {
    this.#panes.zoom(factor);
  }

  reset(): void {
    this.#panes.reset();
  }

  /** From point to point, or with `pans` the view itself. */
  arrow(dx: number, dy: number, pans: boolean): void {
    if (!this.#set || this.#state.mode === 'coverage') return;
    if (pans) return this.#panes.pan(dx, dy);
    const next = this.#panes.main.neighbour(this.#marked, dx, dy);
    if (next !== null) this.#mark(next, true);
  }

  get marked(): number | null {
    return this.#marked;
  }

  inspectMarked(): void {
    if (this.#marked !== null) this.#inspect(this.#marked);
  }

  excludeMarked(): void {
    if (this.#set && this.#marked !== null) this.#verdicts.exclude(this.#set, [this.#marked], '');
  }

  listView(): void {
    if (this.#state.mode === 'diagram') this.#change({ region: this.#panes.main.view, step: null });
  }

  focusList(): void {
    this.#list.focus();
  }

  clear(): void {
    if (this.#list.isFocused) this.#figure.focus();
    this.#notice.querySelector('[role=status]')?.remove();
    this.#mark(null);
    this.#change({ region: null, step: null });
  }

  undo(): void {
    this.#verdicts.undo();
  }

  async #read(): Promise<void> {
    const own = ++this.#reading;
    this.#setBusy(true);
    try {
      const set = await this.#readSet();
      // An edit may have asked again in the meantime.
      if (own === this.#reading) this.#show(set);
    } catch (error) {
      if (own === this.#reading) this.#fail(error);
    } finally {
      if (own === this.#reading) this.#setBusy(false);
    }
  }

  /** A remembered column that is gone from the table, or holds words, is no longer asked for. */
  async #readSet(): Promise<TrainingSetView> {
    const columns = wantedColumns(this.#state);
    try {
      return await this.#host.rpc.request('readSet', { columns });
    } catch (error) {
      if (columns.length === 0) throw error;
      const set = await this.#host.rpc.request('readSet', { columns: [] });
      this.#notice.replaceChildren(banner(failureOf(error)));
      this.#state = { ...this.#state, ...withoutTable(this.#state) };
      return set;
    }
  }

  #show(set: TrainingSetView): void {
    const isFirst = this.#set === null;
    const star = this.#marked === null ? null : this.#set?.stars[this.#marked];
    this.#marked = star ? indexIn(set, star) : null;
    this.#set = set;
    this.#failurePage.hidden = true;
    this.#content.hidden = false;
    this.#content.classList.remove('dimmed');
    if (!this.#notice.querySelector('[role=status]')) this.#notice.replaceChildren();
    const { view } = this.#state;
    this.#draw(!isFirst);
    if (isFirst && view !== null && this.#state.mode === 'diagram') {
      this.#panes.main.look(view);
      this.#drawList();
    }
  }

  /** While somebody types, what was there stays, dimmed, below the sentence that says what is wrong. */
  #fail(error: unknown): void {
    const failure = failureOf(error);
    if (this.#set !== null) {
      this.#notice.replaceChildren(banner(failure));
      this.#content.classList.add('dimmed');
      return;
    }
    this.#content.hidden = true;
    this.#failurePage.hidden = false;
    this.#failurePage.replaceChildren(failurePage(failure, () => void this.#read()));
  }

  get #choice(): Choice | null {
    return this.#set && choiceOf(this.#set, this.#state);
  }

  #shown(): { set: TrainingSetView; choice: Choice; state: TrainingSetViewState } {
    if (!this.#set) throw new Error('There are no stars to export yet.');
    return { set: this.#set, choice: choiceOf(this.#set, this.#state), state: this.#state };
  }

  #change(change: Partial<TrainingSetViewState>): void {
    const before = this.#state;
    this.#state = { ...before, ...change };
    const moves = change.x !== undefined || change.y !== undefined || change.mode !== undefined;
    if (moves) this.#state = { ...this.#state, view: null, region: change.region ?? null };
    this.#host.remember(this.#state);
    const known = new Set(this.#set?.columns.map(keyOf));
    if (wantedColumns(this.#state).some((name) => !known.has(`column:${name}`))) void this.#read();
    else this.#draw(!moves);
  }

  #draw(keepsView: boolean): void {
    const [set, choice] = [this.#set, this.#choice];
    if (!set || !choice) return;
    const { mode } = this.#state;
    this.#selects.show(set, this.#state, choice);
    this.#modeButtons.forEach((button, k) => button.setAttribute('aria-pressed', String(modes[k]![0] === mode)));
    this.#droppedButton.setAttribute('aria-pressed', String(this.#state.showsDropped));
    this.#panes.element.dataset['mode'] = mode;
    // New stars at a view that shows everything: it goes on showing everything.
    const stays = keepsView && mode === 'diagram' && !this.#panes.main.isHome;
    this.#panes.show(plotsOf(set, this.#state, choice, this.#listed()), stays);
    this.#panes.mark(this.#marked);
    this.#hover(null);
    this.#entries.replaceChildren(...entriesOf(set, this.#state, choice));
    this.#table.replaceChildren(summaryTable(summary(set, this.#state, choice)));
    this.#drawFacts();
    this.#drawList();
  }

  #drawFacts(): void {
    const set = this.#set;
    if (!set) return;
    const mask = trainingMask(set, this.#state.model);
    const events: FactEvents = {
      reveal: (key) => void this.#ask(() => this.#host.rpc.request('revealKey', { key })),
      highlight: (step) => this.#change({ step, region: null }),
      colour: (colour) => this.#change({ colour }),
      pair: (x, y) => this.#change({ mode: 'diagram', x, y }),
    };
    const isDark = !/vscode-(light|high-contrast-light)/.test(document.body.className);
    refill(
      this.#facts,
      ...funnelTable(set, this.#state.step, events),
      ...coverageTable(coverageOf(set, mask), events),
      ...correlationTable(correlations(set, mask), isDark, events),
    );
  }

  /** The stars of the framed region, else those of the chosen step. */
  #listed(): number[] {
    const { region, step, mode } = this.#state;
    if (!this.#set) return [];
    if (region !== null) return mode === 'coverage' ? [] : this.#panes.main.inside(region);
    return droppedBy(this.#set, step);
  }

  #drawList(): void {
    const set = this.#set;
    if (!set) return;
    const { region, step } = this.#state;
    if (region === null && step === null) return this.#list.hide();
    const words = region !== null ? 'in the region' : stepWords(set, step);
    this.#list.show(set, this.#listed(), words);
    this.#list.mark(this.#marked);
  }

  #hover(star: number | null): void {
    const [set, choice] = [this.#set, this.#choice];
    const shown = star ?? this.#marked;
    this.#readout.textContent = set && choice && shown !== null ? starLine(set, choice, shown) : '';
  }

  #pick(star: number): void {
    this.#mark(star);
    this.#inspect(star);
  }

  #mark(star: number | null, isSpoken = false): void {
    this.#marked = star;
    this.#panes.mark(star);
    this.#list.mark(star);
    this.#hover(null);
    if (isSpoken) this.#spoken.textContent = this.#readout.textContent;
  }

  #inspect(star: number): void {
    const path = this.#set?.paths[star];
    if (path !== undefined) void this.#ask(() => this.#host.rpc.request('inspect', { path }));
  }

  async #ask(asked: () => Promise<unknown>): Promise<void> {
    try {
      await asked();
    } catch (error) {
      this.#notice.replaceChildren(banner(failureOf(error)));
    }
  }

  #moved(view: Region): void {
    if (this.#state.mode !== 'diagram') return;
    this.#state = { ...this.#state, view: this.#panes.main.isHome ? null : view };
    this.#host.remember(this.#state);
  }

  #setBusy(busy: boolean): void {
    this.#progress.busy = busy;
    this.#content.setAttribute('aria-busy', String(busy));
  }
}

const app = document.getElementById('app');
if (app) new TrainingSetPanel(app);

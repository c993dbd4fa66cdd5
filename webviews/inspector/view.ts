/** The star inspector: data, model and residual on one wavelength axis, χ² by element, and labels that can be moved. */
import '../panel.css';
import './view.css';
import type { ModelAnatomy, StarFit } from '../../engine/index';
import type { Plot } from '../chart/plot';
import { Stage } from '../chart/stage';
import type { Range } from '../chart/ticks';
import { h } from '../element';
import type { ExportDialog } from '../export';
import { connectHost } from '../host';
import { banner, failureOf, failurePage, ProgressLine } from '../states';
import { axisKinds, axisWordsOf } from './axisWords';
import { type InspectorActions, InspectorControls } from './controls';
import { CornerDialog } from './cornerDialog';
import { inspectorExport } from './exportDialog';
import { elementsTable, factsTable, gist } from './facts';
import { InspectorLegend } from './legend';
import { measure } from './measure';
import {
  fluxContent,
  measurementText,
  type Overlay,
  rangeOf,
  readout,
  residualContent,
  restoreState,
  sigmaTicks,
  smoothings,
  StepQueue,
  summary,
} from './model';
import type { InspectorHost, InspectorView, InspectorViewState } from './protocol';
import { neighbourTable } from './neighbours';
import { LabelSliders } from './sliders';
import { fitAt } from './trial';
import { windowsByWave } from './windows';

const xTitle = 'vacuum wavelength (Å, rest frame)';
/** Around a window that is jumped to. */
const contextAngstrom = 25;
const mostPinned = 5;

class Inspector {
  readonly #host = connectHost<InspectorViewState, InspectorView, InspectorHost>({});
  #state = restoreState(this.#host.remembered);
  readonly #progress = new ProgressLine();
  readonly #notice = h('div');
  readonly #gist = h('p', { class: 'gist', 'aria-label': 'Labels' });
  readonly #sliders = new LabelSliders((labels) => this.#tryLabels(labels));
  readonly #factsBody = h('div');
  readonly #neighbours = h('section', { 'aria-label': 'Nearest training stars', hidden: true });
  readonly #facts = h(
    'aside',
    { class: 'facts', id: 'facts', 'aria-label': 'Fit' },
    this.#sliders.element,
    this.#factsBody,
    this.#neighbours,
  );
  readonly #corner = new CornerDialog();
  readonly #stage = new Stage('Data, model and residual', {
    hovered: (wave) => this.#hover(wave),
    measured: (range) => this.#measure(range),
  });
  readonly #legend = new InspectorLegend({
    shift: (kms) => this.#change({ lineShiftKms: kms }),
    unpin: (k) => this.#unpin(k),
  });
  readonly #content = h(
    'div',
    { class: 'content' },
    h('div', { class: 'figure' }, this.#gist, this.#legend.element, this.#stage.element),
    this.#facts,
  );
  readonly #failurePage = h('div', { class: 'content', hidden: true });
  readonly #steps = new StepQueue((by) => this.#load(() => this.#host.rpc.request('step', { by })));
  readonly #controls: InspectorControls;
  readonly #flux: Plot;
  readonly #residual: { plot: Plot; frame: HTMLElement };
  /** Until the first picture. */
  #rememberedView = rangeOf(this.#state);
  /** As it came, and as it is drawn: at other labels while they are moved. */
  #fit: StarFit | null = null;
  #shown: StarFit | null = null;
  #pinned: StarFit[] = [];
  /** By the path of its file: it comes when labels are moved for the first time. */
  #anatomy: ModelAnatomy | null = null;

  constructor(app: HTMLElement) {
    const exporting = inspectorExport({
      shown: () => this.#shown,
      stage: this.#stage,
      save: (suggestedName, content) => this.#host.rpc.request('saveFile', { suggestedName, content }),
      failed: (error) => this.#notice.replaceChildren(banner(failureOf(error))),
    });
    this.#controls = new InspectorControls(
      this.#actions(exporting),
      this.#stage.buttons(),
      this.#stage.keys(() => true),
    );
    app.replaceChildren(this.#progress.element, this.#controls.element, this.#notice, this.#content, this.#failurePage);
    this.#flux = this.#stage.addPlot('tall', { xTitle, namesTints: true }).plot;
    this.#residual = this.#stage.addPlot('residual', { xTitle, yTicks: sigmaTicks, rules: [-3, 0, 3] });
    this.#layOut();
    this.#stage.axis.subscribe(() => this.#remember());
    this.#host.rpc.on('show', (fit) => {
      this.#show(fit);
      void this.#focus();
    });
    this.#host.rpc.on('step', ({ by }) => void this.#steps.step(by));
    void this.#read().then(() => this.#focus());
  }

  #actions(exporting: ExportDialog): InspectorActions {
    return {
      step: (by) => void this.#steps.step(by),
      stepWindow: (by) => this.#stepWindow(by),
      toggleResidual: () => this.#toggleResidual(),
      toggleFacts: () => this.#toggleFacts(),
      toggleLines: () => this.#change({ showLines: !this.#state.showLines }),
      stepSmoothing: () => this.#stepSmoothing(),
      stepAxis: () => this.#stepAxis(),
      toggleSliders: () => void this.#toggleSliders(),
      showPosterior: () => void this.#showPosterior(),
      pin: () => this.#pin(this.#fit),
      toggleNeighbours: () => void this.#toggleNeighbours(),
      openSpectrum: () => void this.#ask(() => this.#host.rpc.request('openSpectrum')),
      export: () => exporting.open(),
    };
  }

  #read(): Promise<void> {
    return this.#load(() => this.#host.rpc.request('readFit'));
  }

  /** Goes to the element that the panel was opened for. */
  async #focus(): Promise<void> {
    const element = await this.#host.rpc.request('readFocus').catch(() => null);
    if (element !== null) this.#jumpTo(element);
  }

  /** The old picture stays, dimmed, until the new star is there or the host says why it is not. */
  async #load(ask: () => Promise<StarFit>): Promise<void> {
    this.#setBusy(true);
    try {
      this.#show(await ask());
    } catch (error) {
      await this.#explain(error);
    } finally {
      this.#setBusy(false);
    }
  }

  /** A step that failed may have reached the end of the survey, or a star without a fit: the host knows where it stands. */
  async #explain(error: unknown): Promise<void> {
    const shown = this.#fit;
    const now = shown === null ? null : await this.#host.rpc.request('readFit').catch(() => null);
    if (now === null) {
      this.#fail(error);
      return;
    }
    this.#show(now);
    if (now.path === shown?.path) this.#notice.replaceChildren(banner(failureOf(error)));
  }

  #show(fit: StarFit): void {
    if (fit.model.path !== this.#fit?.model.path) this.#anatomy = null;
    this.#fit = fit;
    this.#shown = fit;
    this.#setFailed(false);
    this.#notice.replaceChildren();
    this.#controls.entitle(fit);
    this.#gist.replaceChildren(...gist(fit));
    this.#legend.measured('');
    this.#writeAxis();
    this.#stage.show(fit.waveAngstrom, this.#contents(fit), this.#rememberedView);
    this.#rememberedView = undefined;
    this.#stage.describe(`Fit of star ${fit.title}`, summary(fit));
    this.#drawFacts();
    if (!this.#sliders.element.hidden) void this.#showSliders();
    if (!this.#neighbours.hidden) void this.#showNeighbours();
  }

  /** The same star with something else over it. */
  #redraw(): void {
    const fit = this.#shown;
    if (!fit) return;
    this.#stage.redraw(this.#contents(fit));
    this.#drawFacts();
  }

  #contents(fit: StarFit): ReturnType<typeof fluxContent>[] {
    const { smoothing, element, showLines, lineShiftKms } = this.#state;
    const overlay: Overlay = { smoothing, element, showLines, lineShiftKms, pinned: this.#pinned };
    this.#legend.show(overlay);
    this.#controls.press('lines', showLines);
    this.#controls.press('smooth', smoothing > 0);
    this.#controls.press('axis', this.#state.axis !== 'rest');
    return [fluxContent(fit, overlay), residualContent(fit, overlay)];
  }

  #drawFacts(): void {
    const fit = this.#shown;
    if (!fit) return;
    this.#factsBody.replaceChildren(
      ...factsTable(fit, (key) => void this.#ask(() => this.#host.rpc.request('revealKey', { key }))),
      elementsTable(fit, this.#state.element, (element) => this.#jumpTo(element)),
    );
  }

  #change(change: Partial<InspectorViewState>): void {
    this.#state = { ...this.#state, ...change };
    this.#redraw();
    this.#remember();
  }

  #stepSmoothing(): void {
    const next = (smoothings.indexOf(this.#state.smoothing) + 1) % smoothings.length;
    this.#change({ smoothing: smoothings[next]! });
  }

  #stepAxis(): void {
    const next = (axisKinds.indexOf(this.#state.axis) + 1) % axisKinds.length;
    this.#state = { ...this.#state, axis: axisKinds[next]! };
    this.#writeAxis();
    this.#change({});
  }

  /** Velocities count from the middle of the view, or of the chosen element's window in view. */
  #writeAxis(): void {
    const fit = this.#fit;
    if (!fit) return;
    const { from, to } = this.#stage.axis.view;
    const inView = windowsByWave(fit).find(
      ({ name, range }) => name === this.#state.element && range.from >= from && range.to <= to,
    );
    const about = inView ? (inView.range.from + inView.range.to) / 2 : (from + to) / 2;
    this.#stage.axisWords = axisWordsOf(this.#state.axis, fit.redshift, about);
  }

  #stepWindow(by: number): void {
    if (!this.#fit) return;
    const all = windowsByWave(this.#fit);
    const middle = (this.#stage.axis.view.from + this.#stage.axis.view.to) / 2;
    const centre = ({ range }: (typeof all)[number]): number => (range.from + range.to) / 2;
    const next =
      by > 0
        ? all.find((window) => centre(window) > middle + 0.5)
        : [...all].reverse().find((window) => centre(window) < middle - 0.5);
    if (next) this.#showWindow(next.name, next.range);
  }

  /** The next window of an element; from another element, its first. */
  #jumpTo(element: string): void {
    if (!this.#fit) return;
    const own = windowsByWave(this.#fit).filter(({ name }) => name === element);
    const middle = (this.#stage.axis.view.from + this.#stage.axis.view.to) / 2;
    const following = own.find(({ range }) => (range.from + range.to) / 2 > middle + 0.5);
    const next = this.#state.element === element ? (following ?? own[0]) : own[0];
    if (next) this.#showWindow(element, next.range);
  }

  #showWindow(element: string, { from, to }: Range): void {
    this.#state = { ...this.#state, element };
    this.#stage.axis.set({ from: from - contextAngstrom, to: to + contextAngstrom });
    this.#writeAxis();
    this.#change({});
  }

  #pin(fit: StarFit | null): void {
    if (!fit || this.#pinned.some(({ path }) => path === fit.path)) return;
    this.#pinned = [...this.#pinned, fit].slice(-mostPinned);
    this.#redraw();
  }

  #unpin(k: number): void {
    this.#pinned = this.#pinned.filter((_, other) => other !== k);
    this.#redraw();
  }

  async #toggleNeighbours(): Promise<void> {
    const opens = this.#neighbours.hidden;
    this.#neighbours.hidden = !opens;
    this.#controls.press('neighbours', opens);
    if (opens) await this.#showNeighbours();
  }

  async #showNeighbours(): Promise<void> {
    await this.#ask(async () => {
      const stars = await this.#host.rpc.request('readNeighbours');
      this.#neighbours.replaceChildren(
        ...neighbourTable(stars, {
          compare: (path) => void this.#ask(async () => this.#pin(await this.#host.rpc.request('readStar', { path }))),
          inspect: (path) => void this.#load(() => this.#host.rpc.request('goTo', { path })),
        }),
      );
    });
  }

  async #toggleSliders(): Promise<void> {
    const opens = this.#sliders.element.hidden;
    this.#sliders.element.hidden = !opens;
    this.#controls.press('labels', opens);
    if (opens) await this.#showSliders();
    else this.#tryLabels(null);
  }

  async #showSliders(): Promise<void> {
    await this.#ask(async () => {
      this.#anatomy ??= await this.#host.rpc.request('readModel');
      if (this.#fit) this.#sliders.show(this.#fit, this.#anatomy);
    });
  }

  #tryLabels(labels: readonly number[] | null): void {
    if (!this.#fit) return;
    this.#shown = labels !== null && this.#anatomy ? fitAt(this.#fit, this.#anatomy, labels) : this.#fit;
    this.#redraw();
  }

  async #showPosterior(): Promise<void> {
    const fit = this.#fit;
    if (!fit) return;
    await this.#corner.open(async () => {
      const [draws, scatter] = await Promise.all([
        this.#host.rpc.request('readPosterior'),
        this.#host.rpc.request('readScatter'),
      ]);
      return { fit, draws, scatter };
    });
  }

  #measure(range: Range): void {
    if (this.#shown) this.#legend.measured(measurementText(measure(this.#shown, range), range));
  }

  #fail(error: unknown): void {
    this.#fit = this.#shown = null;
    this.#controls.entitle(null);
    this.#notice.replaceChildren();
    this.#failurePage.replaceChildren(failurePage(failureOf(error), () => void this.#read()));
    this.#setFailed(true);
  }

  #setFailed(failed: boolean): void {
    this.#failurePage.hidden = !failed;
    this.#content.hidden = failed;
  }

  #setBusy(busy: boolean): void {
    this.#progress.busy = busy;
    this.#content.classList.toggle('dimmed', busy && this.#fit !== null);
    this.#content.setAttribute('aria-busy', String(busy));
  }

  /** Something that leaves the picture as it is; what goes wrong is said above it. */
  async #ask(asked: () => Promise<unknown>): Promise<void> {
    try {
      await asked();
    } catch (error) {
      this.#notice.replaceChildren(banner(failureOf(error)));
    }
  }

  #toggleResidual(): void {
    this.#state = { ...this.#state, showResidual: !this.#state.showResidual };
    this.#layOut();
    this.#remember();
  }

  /** The facts are there unless folded: by hand, or where the panel is narrow until asked for. */
  #toggleFacts(): void {
    const isShown = getComputedStyle(this.#facts).display !== 'none';
    this.#content.classList.toggle('facts-folded', isShown);
    this.#content.classList.toggle('facts-open', !isShown);
    this.#controls.buttons.facts.setAttribute('aria-expanded', String(!isShown));
  }

  #layOut(): void {
    const { showResidual } = this.#state;
    this.#residual.frame.hidden = !showResidual;
    this.#flux.showsWavelengths = !showResidual;
    this.#controls.press('residual', showResidual);
    this.#controls.buttons.facts.setAttribute('aria-controls', 'facts');
  }

  #remember(): void {
    if (!this.#fit) return;
    const { view, isFull } = this.#stage.axis;
    this.#state = { ...this.#state, fromAngstrom: isFull ? null : view.from, toAngstrom: isFull ? null : view.to };
    this.#host.remember(this.#state);
  }

  #hover(wave: number | null): void {
    this.#legend.read(wave !== null && this.#shown ? readout(this.#shown, wave) : '');
  }
}

const app = document.getElementById('app');
if (app) new Inspector(app);

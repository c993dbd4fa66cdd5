/** The star inspector: data, model and residual on one wavelength axis, χ² by element, and labels that can be moved. */
import '../panel.css';
import './view.css';
import type { ModelAnatomy, StarFit } from '../../engine/index';
import type { Plot } from '../chart/plot';
import { Stage } from '../chart/stage';
import type { Range } from '../chart/ticks';
import { h, refill } from '../element';
import type { ExportDialog } from '../export';
import { connectHost } from '../host';
import { afterPaint, markDrawn, markFirst } from '../marks';
import { banner, failureOf, failurePage, ProgressLine, WorkingNote } from '../states';
import { axisKinds, axisWordsOf } from './axisWords';
import { Beside } from './beside';
import { Company } from './company';
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
import { LabelSliders } from './sliders';
import { fitAt } from './trial';
import { velocityOrigin, windowBeside, windowOf } from './windows';

const xTitle = 'vacuum wavelength (Å, rest frame)';
/** Around a window that is jumped to. */
const contextAngstrom = 25;
/** The tables follow labels that are moved, but not at each frame. */
const factsAfterMs = 100;

class Inspector {
  readonly #host = connectHost<InspectorViewState, InspectorView, InspectorHost>({});
  #state = restoreState(this.#host.remembered);
  #remembered: InspectorViewState | null = null;
  readonly #progress = new ProgressLine();
  readonly #working = new WorkingNote();
  readonly #notice = h('div');
  readonly #gist = h('p', { class: 'gist', 'aria-label': 'Labels' });
  readonly #sliders = new LabelSliders((labels) => this.#tryLabels(labels));
  readonly #factsBody = h('div');
  readonly #company = new Company({
    readNeighbours: () => this.#host.rpc.request('readNeighbours'),
    readRepeats: () => this.#host.rpc.request('readRepeats'),
    readStar: (path) => this.#host.rpc.request('readStar', { path }),
    inspect: (path) => void this.#load(() => this.#host.rpc.request('goTo', { path })),
    compared: () => this.#redraw(),
    failed: (error) => this.#notice.replaceChildren(banner(failureOf(error))),
  });
  readonly #facts = h(
    'aside',
    { class: 'facts', id: 'facts', 'aria-label': 'Fit' },
    this.#sliders.element,
    this.#factsBody,
    this.#company.element,
  );
  readonly #corner = new CornerDialog();
  readonly #stage = new Stage('Data, model and residual', {
    hovered: (wave) => this.#legend.read(wave !== null && this.#shown ? readout(this.#shown, wave) : ''),
    measured: (range) => this.#measure(range),
  });
  readonly #legend = new InspectorLegend({
    shift: (kms) => this.#change({ lineShiftKms: kms }),
    unpin: (k) => this.#company.unpin(k),
  });
  readonly #content = h(
    'div',
    { class: 'content' },
    h('div', { class: 'figure' }, this.#gist, this.#legend.element, this.#stage.element),
    this.#facts,
  );
  readonly #failurePage = h('div', { class: 'content', hidden: true });
  readonly #beside = new Beside((asked) => this.#host.rpc.request('readBeside', asked));
  readonly #steps = new StepQueue((by) => this.#load(() => this.#step(by), by));
  readonly #controls: InspectorControls;
  readonly #flux: Plot;
  readonly #residual: { plot: Plot; frame: HTMLElement };
  /** Until the first picture. */
  #rememberedView = rangeOf(this.#state);
  /** As it came, and as it is drawn: at other labels while they are moved. */
  #fit: StarFit | null = null;
  #shown: StarFit | null = null;
  /** By the path of its file: it comes when labels are moved for the first time. */
  #anatomy: ModelAnatomy | null = null;
  #drawingFacts: ReturnType<typeof setTimeout> | undefined;

  constructor(app: HTMLElement) {
    // Asked for before anything is built: by then the answer may be there.
    const first = this.#host.rpc.request('readFit');
    first.catch(() => undefined);
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
    app.replaceChildren(
      this.#progress.element,
      this.#controls.element,
      this.#working.element,
      this.#notice,
      this.#content,
      this.#failurePage,
    );
    this.#flux = this.#stage.addPlot('tall', { xTitle, namesTints: true }).plot;
    this.#residual = this.#stage.addPlot('residual', { xTitle, yTicks: sigmaTicks, rules: [-3, 0, 3] });
    this.#layOut();
    this.#stage.axis.subscribe(() => this.#remember());
    this.#host.rpc.on('changed', () => void this.#read());
    this.#host.rpc.on('step', ({ by }) => void this.#steps.step(by));
    this.#host.rpc.on('working', (text) => (this.#working.text = text));
    markFirst('built');
    void this.#read(() => first);
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
      pin: () => this.#fit && this.#company.pin(this.#fit),
      compareRepeats: () => void this.#company.compareRepeats(),
      toggleNeighbours: () => this.#toggleNeighbours(),
      measure: () => this.#measure(this.#stage.axis.view),
      openSpectrum: () => void this.#ask(() => this.#host.rpc.request('openSpectrum')),
      export: () => exporting.open(),
    };
  }

  /** Reads the fit anew, and goes to the element that the panel was opened for. */
  async #read(ask = (): Promise<StarFit> => this.#host.rpc.request('readFit')): Promise<void> {
    this.#beside.forget();
    const focus = this.#host.rpc.request('readFocus').catch(() => null);
    await this.#load(ask);
    const element = await focus;
    if (element !== null) this.#jumpTo(element);
  }

  /** The star `by` places on: from what has been read ahead, else from the host. */
  async #step(by: number): Promise<StarFit> {
    const ahead = this.#fit && (await this.#beside.take(this.#fit.path, by));
    if (ahead === null) return this.#host.rpc.request('step', { by });
    const { star, path, model } = ahead;
    void this.#ask(() => this.#host.rpc.request('moveTo', { star, path, model }));
    return ahead;
  }

  /**
   * The old picture stays, dimmed, until the new star is there or the host says why it is not.
   * @param by how many places it is away, where that is known
   */
  async #load(ask: () => Promise<StarFit>, by = 0): Promise<void> {
    const before = this.#fit;
    this.#setBusy(true);
    try {
      const fit = await ask();
      markFirst('data');
      this.#show(fit);
      markDrawn();
      if (before) this.#beside.arrive(fit, { fit: before, by });
      else afterPaint(() => this.#fit === fit && this.#beside.arrive(fit, null));
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
    this.#fit = this.#shown = fit;
    this.#failurePage.hidden = true;
    this.#content.hidden = false;
    this.#notice.replaceChildren();
    this.#controls.entitle(fit);
    this.#gist.replaceChildren(...gist(fit));
    this.#legend.measured('');
    this.#writeAxis();
    this.#stage.show(fit.waveAngstrom, this.#contents(fit), this.#rememberedView);
    this.#rememberedView = undefined;
    this.#stage.describe(`Fit of star ${fit.title}`, () => summary(fit));
    this.#drawFacts();
    if (!this.#sliders.element.hidden) void this.#showSliders();
    this.#company.show(fit);
  }

  /** The same star with something else over it. */
  #redraw(): void {
    if (this.#shown) this.#stage.redraw(this.#contents(this.#shown));
    this.#drawFacts();
  }

  #contents(fit: StarFit): ReturnType<typeof fluxContent>[] {
    const { smoothing, element, showLines, lineShiftKms } = this.#state;
    const overlay: Overlay = { smoothing, element, showLines, lineShiftKms, pinned: this.#company.pinned };
    this.#legend.show(overlay);
    this.#controls.press('lines', showLines);
    this.#controls.press('smooth', smoothing > 0);
    this.#controls.press('axis', this.#state.axis !== 'rest');
    return [fluxContent(fit, overlay), residualContent(fit, overlay)];
  }

  #drawFacts(): void {
    clearTimeout(this.#drawingFacts);
    this.#drawingFacts = undefined;
    const fit = this.#shown;
    if (!fit) return;
    refill(
      this.#factsBody,
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

  #writeAxis(): void {
    const fit = this.#fit;
    if (!fit) return;
    const about = velocityOrigin(fit, this.#stage.axis.view, this.#state.element);
    this.#stage.axisWords = axisWordsOf(this.#state.axis, fit.redshift, about);
  }

  #stepWindow(by: 1 | -1): void {
    const next = this.#fit && windowBeside(this.#fit, this.#stage.axis.view, by);
    if (next) this.#showWindow(next.name, next.range);
  }

  /** The next window of an element; from another element, its first. */
  #jumpTo(element: string): void {
    const next = this.#fit && windowOf(this.#fit, this.#stage.axis.view, element, this.#state.element);
    if (next) this.#showWindow(element, next.range);
  }

  #showWindow(element: string, { from, to }: Range): void {
    this.#state = { ...this.#state, element };
    this.#stage.axis.set({ from: from - contextAngstrom, to: to + contextAngstrom });
    this.#writeAxis();
    this.#change({});
  }

  #measure(range: Range): void {
    if (this.#shown) this.#legend.measured(measurementText(measure(this.#shown, range), range));
  }

  #toggleNeighbours(): void {
    void this.#company.toggleNeighbours();
    this.#controls.press('neighbours', this.#company.showsNeighbours);
    if (this.#company.showsNeighbours) this.#toggleFacts(true);
  }

  async #toggleSliders(): Promise<void> {
    const opens = this.#sliders.element.hidden;
    this.#sliders.element.hidden = !opens;
    this.#controls.press('labels', opens);
    if (!opens) return this.#tryLabels(null);
    // Sliders stand among the facts, which a narrow panel folds.
    this.#toggleFacts(true);
    await this.#showSliders();
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
    if (this.#shown) this.#stage.redraw(this.#contents(this.#shown));
    // Tables take longer than the picture, and nobody reads them at each frame.
    this.#drawingFacts ??= setTimeout(() => this.#drawFacts(), factsAfterMs);
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

  #fail(error: unknown): void {
    this.#fit = this.#shown = null;
    this.#controls.entitle(null);
    this.#notice.replaceChildren();
    this.#failurePage.replaceChildren(failurePage(failureOf(error), () => void this.#read()));
    this.#failurePage.hidden = false;
    this.#content.hidden = true;
  }

  #setBusy(busy: boolean): void {
    this.#progress.busy = busy;
    this.#content.classList.toggle('dimmed', busy && this.#fit !== null);
    this.#content.setAttribute('aria-busy', String(busy));
  }

  /** Leaves the picture as it is; what goes wrong is said above it. */
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
  #toggleFacts(opens = getComputedStyle(this.#facts).display === 'none'): void {
    this.#content.classList.toggle('facts-folded', !opens);
    this.#content.classList.toggle('facts-open', opens);
    this.#controls.buttons.facts.setAttribute('aria-expanded', String(opens));
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
    const [fromAngstrom, toAngstrom] = isFull ? [null, null] : [view.from, view.to];
    const isMoved = fromAngstrom !== this.#state.fromAngstrom || toAngstrom !== this.#state.toAngstrom;
    if (isMoved) this.#state = { ...this.#state, fromAngstrom, toAngstrom };
    if (this.#state === this.#remembered) return;
    this.#remembered = this.#state;
    this.#host.remember(this.#state);
  }
}

const app = document.getElementById('app');
if (app) new Inspector(app);

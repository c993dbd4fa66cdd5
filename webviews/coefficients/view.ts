/** The panel of coefficients: θ of a term against wavelength, which pixels carry a label, and the scatter below. */
import '../panel.css';
import './view.css';
import type { ModelAnatomy } from '../../engine/index';
import { nearestPixel } from '../chart/decimate';
import type { Plot } from '../chart/plot';
import { Stage } from '../chart/stage';
import { h, refill } from '../element';
import { csvOf, ExportDialog, pngOf, svgOf } from '../export';
import { connectHost } from '../host';
import { banner, failureOf, failurePage, ProgressLine, WorkingNote } from '../states';
import { CoefficientsControls } from './controls';
import { csvColumns, type Drawn, pythonOf } from './exports';
import { informationTable, pixelTable } from './facts';
import { CoefficientsLegend } from './legend';
import type { LabelInformation, Overlay } from './model';
import {
  informationContent,
  labelInformation,
  labelOfTerm,
  marksOf,
  pixelLine,
  restoreState,
  scatterContent,
  summary,
  termIndexOf,
  thetaContent,
  tintsOf,
} from './model';
import type { CoefficientsHost, CoefficientsView, CoefficientsViewState, ModelChoice } from './protocol';

const xTitle = 'vacuum wavelength (Å, rest frame)';
/** Around a window that is jumped to. */
const contextAngstrom = 12;

class Coefficients {
  readonly #host = connectHost<CoefficientsViewState, CoefficientsView, CoefficientsHost>({});
  #state = restoreState(this.#host.remembered);
  readonly #progress = new ProgressLine();
  readonly #working = new WorkingNote();
  readonly #legend = new CoefficientsLegend();
  readonly #spoken = h('div', { class: 'for-screen-readers', role: 'status' });
  readonly #notice = h('div');
  readonly #facts = h('aside', { class: 'facts', id: 'facts', 'aria-label': 'Elements and pixel' });
  readonly #stage = new Stage('Coefficients, information and scatter', {
    hovered: (wave) => this.#hover(wave),
    picked: (wave) => this.#model && this.#choosePixel(nearestPixel(this.#model.waveAngstrom, wave)),
  });
  readonly #content = h(
    'div',
    { class: 'content' },
    h('div', { class: 'figure' }, this.#legend.element, this.#stage.element, this.#spoken),
    this.#facts,
  );
  readonly #failurePage = h('div', { class: 'content', hidden: true });
  readonly #controls: CoefficientsControls;
  readonly #plots: readonly { readonly plot: Plot; readonly frame: HTMLElement }[];
  readonly #information = new Map<number, LabelInformation>();
  #choices: readonly ModelChoice[] = [];
  #model: ModelAnatomy | null = null;
  #other: ModelAnatomy | null = null;
  #element: string | null = null;

  constructor(app: HTMLElement) {
    this.#controls = this.#newControls(this.#exportDialog());
    app.replaceChildren(
      this.#progress.element,
      this.#controls.element,
      this.#working.element,
      this.#notice,
      this.#content,
      this.#failurePage,
    );
    this.#plots = ['tall', 'third', 'third'].map((size, k) =>
      this.#stage.addPlot(size, { xTitle, ...(k === 0 ? { namesTints: true, rules: [0] } : {}) }),
    );
    this.#plots.slice(0, -1).forEach(({ plot }) => (plot.showsWavelengths = false));
    this.#stage.axis.subscribe(() => this.#remember());
    this.#host.rpc.on('changed', () => void this.#read());
    this.#host.rpc.on('working', (text) => (this.#working.text = text));
    void this.#read();
  }

  #newControls(dialog: ExportDialog): CoefficientsControls {
    const actions = {
      chooseModel: (path: string) => void this.#ask(() => this.#host.rpc.request('chooseModel', { path })),
      chooseTerm: (term: number) => this.#chooseTerm(term),
      compare: (path: string) => void this.#compare(path),
      stepTerm: (by: number) => this.#stepTerm(by),
      stepElement: (by: number) => this.#stepElement(by),
      stepPixel: (by: number) => this.#stepPixel(by),
      leavePixel: () => this.#choosePixel(null),
      toggleSigma: () => this.#change({ inSigma: !this.#state.inSigma }),
      toggleLines: () => {
        this.#state = { ...this.#state, showLines: !this.#state.showLines };
        this.#redraw();
        this.#remember();
      },
      toggleFacts: () => this.#toggleFacts(),
      export: () => dialog.open(),
    };
    return new CoefficientsControls(actions, { buttons: this.#stage.buttons(), keys: this.#stage.keys(() => true) });
  }

  #exportDialog(): ExportDialog {
    const ready = (): Drawn => {
      if (!this.#model) throw new Error('There is no model to export yet.');
      const [information, { inSigma }] = [this.#informationNow(), this.#state];
      return { model: this.#model, other: this.#other, term: this.#term, inSigma, information };
    };
    const termName = (): string => ready().model.termNames[this.#term]!;
    return new ExportDialog({
      name: () => `${ready().model.name}-${termName().replace('*', '-')}`,
      exports: {
        png: () => pngOf(this.#stage.charts),
        svg: () => svgOf(this.#stage.charts, `Coefficients of ${termName()}`),
        csv: () => csvOf(csvColumns(ready())),
        py: () => pythonOf(ready(), this.#stage.axis.view),
      },
      save: (suggestedName, content) => this.#host.rpc.request('saveFile', { suggestedName, content }),
      failed: (error) => this.#notice.replaceChildren(banner(failureOf(error))),
    });
  }

  get #term(): number {
    return this.#model ? termIndexOf(this.#model, this.#state.term) : 0;
  }

  async #read(): Promise<void> {
    this.#setBusy(true);
    try {
      const [model, choices, focus] = await Promise.all([
        this.#host.rpc.request('readModel'),
        this.#host.rpc.request('listModels'),
        this.#host.rpc.request('readFocus'),
      ]);
      if (focus !== null) this.#state = { ...this.#state, term: focus };
      this.#choices = choices;
      this.#other = await this.#readOther(model);
      this.#show(model);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#setBusy(false);
    }
  }

  /** A model to compare with that has gone is no longer compared with. */
  async #readOther(model: ModelAnatomy): Promise<ModelAnatomy | null> {
    const path = this.#state.comparedWith;
    if (path === null || path === model.path) return null;
    return this.#host.rpc.request('readOther', { path }).catch(() => null);
  }

  #show(model: ModelAnatomy): void {
    const first = this.#model === null;
    this.#model = model;
    this.#information.clear();
    this.#failurePage.hidden = true;
    this.#content.hidden = false;
    this.#notice.replaceChildren();
    this.#controls.list(model, this.#term, this.#choices, this.#other);
    // A pixel of another grid is another wavelength.
    if ((this.#state.pixel ?? 0) >= model.waveAngstrom.length) this.#state = { ...this.#state, pixel: null };
    this.#draw(first);
  }

  #contents(model: ModelAnatomy, information: LabelInformation | null): ReturnType<typeof thetaContent>[] {
    const { inSigma, showLines, pixel } = this.#state;
    const overlay: Overlay = { tints: tintsOf(model, this.#element), marks: marksOf(model, showLines, pixel) };
    // Names stand in the uppermost plot alone.
    const below: Overlay = { ...overlay, marks: overlay.marks.map((mark) => ({ ...mark, name: '' })) };
    const scatter = scatterContent(model, this.#other, below);
    return [
      thetaContent(model, this.#other, this.#term, inSigma, overlay),
      information ? informationContent(model, information, below) : scatter,
      scatter,
    ];
  }

  /** Everything that depends on model, term, element and comparison. */
  #draw(restoresView = false): void {
    const model = this.#model;
    if (!model) return;
    const information = this.#informationNow();
    this.#controls.show(this.#state, model, this.#term);
    const compared = this.#choices.find(({ path }) => path === this.#other?.path)?.title ?? this.#other?.name ?? null;
    this.#legend.show(model.thetaError.length > 0 && !this.#state.inSigma, compared);
    // The constant is of no label.
    this.#plots[1]!.frame.hidden = information === null;
    const { fromAngstrom: from, toAngstrom: to } = this.#state;
    this.#stage.show(
      model.waveAngstrom,
      this.#contents(model, information),
      restoresView && from !== null && to !== null ? { from, to } : undefined,
    );
    this.#stage.describe(`Coefficients of the model ${model.name}`, () => summary(model, this.#term));
    this.#drawFacts();
  }

  /** The same numbers with something else over them: every axis stays as it is. */
  #redraw(): void {
    const model = this.#model;
    if (!model) return;
    this.#controls.show(this.#state, model, this.#term);
    this.#stage.redraw(this.#contents(model, this.#informationNow()));
    this.#drawFacts();
  }

  #drawFacts(): void {
    const model = this.#model;
    if (!model) return;
    const information = this.#informationNow();
    refill(
      this.#facts,
      ...pixelTable(
        model,
        this.#state.pixel,
        (term) => this.#chooseTerm(term),
        (key) => void this.#ask(() => this.#host.rpc.request('revealKey', { key })),
      ),
      ...(information ? informationTable(model, information, this.#element, (name) => this.#jumpTo(name)) : []),
    );
  }

  #informationNow(): LabelInformation | null {
    const model = this.#model;
    const label = model && labelOfTerm(model, this.#term);
    if (!model || label === null) return null;
    const known = this.#information.get(label) ?? labelInformation(model, label);
    this.#information.set(label, known);
    return known;
  }

  #change(change: Partial<CoefficientsViewState>): void {
    this.#state = { ...this.#state, ...change };
    this.#draw();
    this.#remember();
  }

  #chooseTerm(term: number): void {
    this.#change({ term: this.#model?.termNames[term] ?? null });
  }

  #stepTerm(by: number): void {
    const count = this.#model?.termNames.length ?? 0;
    if (count > 0) this.#chooseTerm((this.#term + by + count) % count);
  }

  #stepElement(by: number): void {
    const scores = this.#informationNow()?.scores ?? [];
    if (scores.length === 0) return;
    const at = scores.findIndex(({ name }) => name === this.#element);
    this.#jumpTo(scores[(at + by + scores.length + (at < 0 && by < 0 ? 1 : 0)) % scores.length]!.name);
  }

  /** Shows the element's next window: each jump to the same element goes to the following one. */
  #jumpTo(element: string): void {
    const windows = this.#model?.windows.find(({ name }) => name === element)?.windows ?? [];
    const { from, to } = this.#stage.axis.view;
    const middle = (from + to) / 2;
    const next =
      this.#element === element ? windows.findIndex(([a, b]) => (a + b) / 2 > middle + contextAngstrom / 4) : 0;
    const window = windows[Math.max(0, next)];
    this.#element = element;
    this.#draw();
    if (window) this.#stage.axis.set({ from: window[0] - contextAngstrom, to: window[1] + contextAngstrom });
  }

  #choosePixel(pixel: number | null): void {
    if (!this.#model) return;
    this.#state = { ...this.#state, pixel };
    this.#redraw();
    this.#remember();
    this.#spoken.textContent = pixel === null ? '' : pixelLine(this.#model, this.#term, this.#informationNow(), pixel);
  }

  /** From pixel to pixel, and the view along where it would be left. */
  #stepPixel(by: number): void {
    const waves = this.#model?.waveAngstrom;
    if (!waves) return;
    const { view } = this.#stage.axis;
    const { pixel } = this.#state;
    const isInView = pixel !== null && waves[pixel]! >= view.from && waves[pixel]! <= view.to;
    const next = isInView ? pixel + by : nearestPixel(waves, (view.from + view.to) / 2);
    const wave = waves[next];
    if (wave === undefined) return;
    const beyond = wave < view.from ? wave - view.from : wave > view.to ? wave - view.to : 0;
    this.#choosePixel(next);
    if (beyond !== 0) this.#stage.axis.pan(Math.sign(beyond) * 0.5);
  }

  async #compare(path: string): Promise<void> {
    this.#state = { ...this.#state, comparedWith: path === '' ? null : path };
    this.#remember();
    await this.#ask(async () => {
      this.#other = path === '' ? null : await this.#host.rpc.request('readOther', { path });
      this.#draw();
    });
  }

  #toggleFacts(): void {
    const isShown = getComputedStyle(this.#facts).display !== 'none';
    this.#content.classList.toggle('facts-folded', isShown);
    this.#content.classList.toggle('facts-open', !isShown);
  }

  async #ask(asked: () => Promise<unknown>): Promise<void> {
    this.#setBusy(true);
    try {
      await asked();
      this.#notice.replaceChildren();
    } catch (error) {
      this.#notice.replaceChildren(banner(failureOf(error)));
    } finally {
      this.#setBusy(false);
    }
  }

  #hover(wave: number | null): void {
    const model = this.#model;
    const p = model && wave !== null ? nearestPixel(model.waveAngstrom, wave) : -1;
    this.#legend.read(model && p >= 0 ? pixelLine(model, this.#term, this.#informationNow(), p) : '');
  }

  #remember(): void {
    const { view, isFull } = this.#stage.axis;
    if (!this.#model) return;
    this.#state = { ...this.#state, fromAngstrom: isFull ? null : view.from, toAngstrom: isFull ? null : view.to };
    this.#host.remember(this.#state);
  }

  #fail(error: unknown): void {
    this.#model = null;
    this.#content.hidden = true;
    this.#failurePage.hidden = false;
    this.#failurePage.replaceChildren(failurePage(failureOf(error), () => void this.#read()));
  }

  #setBusy(busy: boolean): void {
    this.#progress.busy = busy;
    this.#content.classList.toggle('dimmed', busy && this.#model !== null);
    this.#content.setAttribute('aria-busy', String(busy));
  }
}

const app = document.getElementById('app');
if (app) new Coefficients(app);

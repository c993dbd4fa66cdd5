/** The panel of coefficients: θ of a term against wavelength, which pixels carry a label, and the scatter below. */
import '../panel.css';
import './view.css';
import type { ModelAnatomy } from '../../engine/index';
import { roundTo } from '../../engine/browser';
import { nearestPixel } from '../chart/decimate';
import type { Plot } from '../chart/plot';
import { Stage } from '../chart/stage';
import { fill, h, iconButton } from '../element';
import { csvOf, ExportDialog, pngOf, svgOf } from '../export';
import { connectHost } from '../host';
import { bindKeys } from '../keys';
import { banner, failureOf, failurePage, ProgressLine, WorkingNote } from '../states';
import { labelWord, termWord } from '../words';
import { informationTable, pixelTable } from './facts';
import type { LabelInformation } from './model';
import {
  csvColumns,
  informationContent,
  labelInformation,
  labelOfTerm,
  pythonOf,
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
  readonly #models = h('select', { 'aria-label': 'Model', change: () => this.#chooseModel() });
  readonly #terms = h('select', { 'aria-label': 'Term', change: () => this.#chooseTerm(this.#terms.selectedIndex) });
  readonly #others = h('select', { 'aria-label': 'Compare with', change: () => void this.#compare() });
  readonly #sigmaButton = iconButton('symbol-operator', 'θ in units of its error', 'S', () => this.#toggleSigma());
  readonly #readout = h('output', { class: 'readout', 'aria-hidden': 'true' });
  readonly #secondLegend = h('span', { hidden: true }, h('i', { class: 'swatch line second' }), 'compared');
  readonly #notice = h('div');
  readonly #facts = h('aside', { class: 'facts', id: 'facts', 'aria-label': 'Elements and pixel' });
  readonly #stage = new Stage('Coefficients, information and scatter', {
    hovered: (wave) => this.#hover(wave),
    picked: (wave) => this.#choosePixel(wave),
  });
  readonly #content = h(
    'div',
    { class: 'content' },
    h('div', { class: 'figure' }, this.#legend(), this.#stage.element),
    this.#facts,
  );
  readonly #failurePage = h('div', { class: 'content', hidden: true });
  readonly #plots: Plot[];
  readonly #information = new Map<number, LabelInformation>();
  #choices: readonly ModelChoice[] = [];
  #model: ModelAnatomy | null = null;
  #other: ModelAnatomy | null = null;
  #element: string | null = null;

  constructor(app: HTMLElement) {
    const dialog = this.#exportDialog();
    app.replaceChildren(
      this.#progress.element,
      this.#controls(dialog),
      this.#working.element,
      this.#notice,
      this.#content,
      this.#failurePage,
    );
    this.#plots = ['tall', 'third', 'third'].map(
      (size, k) => this.#stage.addPlot(size, { xTitle, namesTints: k === 0 }).plot,
    );
    this.#plots.slice(0, -1).forEach((plot) => (plot.showsWavelengths = false));
    this.#stage.axis.subscribe(() => this.#remember());
    this.#host.rpc.on('changed', () => void this.#read());
    this.#host.rpc.on('working', (text) => (this.#working.text = text));
    void this.#read();
  }

  #controls(dialog: ExportDialog): HTMLElement {
    const showKeys = bindKeys([
      { keys: ['j'], shown: 'J', does: 'Next term', run: () => this.#stepTerm(1) },
      { keys: ['k'], shown: 'K', does: 'Previous term', run: () => this.#stepTerm(-1) },
      { keys: [']'], shown: ']', does: 'Next element', run: () => this.#stepElement(1) },
      { keys: ['['], shown: '[', does: 'Previous element', run: () => this.#stepElement(-1) },
      { keys: ['s'], shown: 'S', does: 'θ in flux, or in units of its error', run: () => this.#toggleSigma() },
      { keys: ['f'], shown: 'F', does: 'Show or hide elements and pixel', run: () => this.#toggleFacts() },
      { keys: ['e'], shown: 'E', does: 'Export', run: () => dialog.open() },
      ...this.#stage.keys(() => true),
    ]);
    return h(
      'header',
      { class: 'controls' },
      iconButton('chevron-left', 'Previous term', 'K', () => this.#stepTerm(-1)),
      iconButton('chevron-right', 'Next term', 'J', () => this.#stepTerm(1)),
      this.#models,
      this.#terms,
      this.#others,
      h('span', { class: 'spring' }),
      this.#sigmaButton,
      ...this.#stage.buttons(),
      iconButton('list-flat', 'Elements and pixel', 'F', () => this.#toggleFacts()),
      iconButton('desktop-download', 'Export', 'E', () => dialog.open()),
      iconButton('question', 'Keys', '?', showKeys),
    );
  }

  #legend(): HTMLElement {
    const entry = (text: string, swatch: string): HTMLElement => h('span', {}, h('i', { class: swatch }), text);
    return h(
      'div',
      { class: 'legend' },
      entry('coefficient', 'swatch line model'),
      entry('±1σ', 'swatch band model'),
      this.#secondLegend,
      this.#readout,
    );
  }

  #exportDialog(): ExportDialog {
    const ready = (): ModelAnatomy => {
      if (!this.#model) throw new Error('There is no model to export yet.');
      return this.#model;
    };
    return new ExportDialog({
      name: () => `${ready().name}-${ready().termNames[this.#term]!.replace('*', '-')}`,
      exports: {
        png: () => pngOf(this.#stage.charts),
        svg: () => svgOf(this.#stage.charts, `Coefficients of ${ready().termNames[this.#term]!}`),
        csv: () => csvOf(csvColumns(ready(), this.#term, this.#informationNow())),
        py: () => pythonOf(ready(), this.#term, this.#stage.axis.view),
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
    const title = (path: string): string => this.#choices.find((choice) => choice.path === path)?.title ?? model.name;
    const listed = this.#choices.some(({ path }) => path === model.path)
      ? this.#choices
      : [{ path: model.path, title: model.name }, ...this.#choices];
    fill(
      this.#models,
      listed.map(({ path }) => [path, title(path)]),
      model.path,
    );
    fill(
      this.#terms,
      model.termNames.map((name) => [name, termWord(name)]),
      model.termNames[this.#term]!,
    );
    const others = listed.filter(({ path }) => path !== model.path);
    fill(
      this.#others,
      [['', 'compare with …'], ...others.map(({ path }) => [path, title(path)] as const)],
      this.#other?.path ?? '',
    );
    this.#others.hidden = others.length === 0;
    this.#draw(first);
  }

  /** Everything that depends on model, term, element and comparison. */
  #draw(restoresView = false): void {
    const model = this.#model;
    if (!model) return;
    const [term, other] = [this.#term, this.#other];
    const tints = tintsOf(model, this.#element);
    const information = this.#informationNow();
    const hasErrors = model.thetaError.length > 0;
    this.#sigmaButton.hidden = !hasErrors;
    this.#sigmaButton.setAttribute('aria-pressed', String(this.#state.inSigma));
    this.#secondLegend.hidden = other === null;
    const contents = [
      thetaContent(model, other, term, this.#state.inSigma, tints),
      information ? informationContent(model, information, tints) : scatterContent(model, other, tints),
      scatterContent(model, other, tints),
    ];
    const { fromAngstrom: from, toAngstrom: to } = this.#state;
    this.#stage.show(
      model.waveAngstrom,
      contents,
      restoresView && from !== null && to !== null ? { from, to } : undefined,
    );
    this.#stage.describe(`Coefficients of the model ${model.name}`, () => summary(model, term));
    this.#drawFacts();
  }

  #drawFacts(): void {
    const model = this.#model;
    if (!model) return;
    const information = this.#informationNow();
    this.#facts.replaceChildren(
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

  #chooseTerm(term: number): void {
    this.#state = { ...this.#state, term: this.#model?.termNames[term] ?? null };
    this.#terms.selectedIndex = term;
    this.#draw();
    this.#remember();
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

  #choosePixel(wave: number): void {
    if (!this.#model) return;
    this.#state = { ...this.#state, pixel: nearestPixel(this.#model.waveAngstrom, wave) };
    this.#drawFacts();
    this.#remember();
  }

  #chooseModel(): void {
    const path = this.#models.value;
    void this.#ask(() => this.#host.rpc.request('chooseModel', { path }));
  }

  async #compare(): Promise<void> {
    const path = this.#others.value;
    this.#state = { ...this.#state, comparedWith: path === '' ? null : path };
    this.#remember();
    await this.#ask(async () => {
      this.#other = path === '' ? null : await this.#host.rpc.request('readOther', { path });
      this.#draw();
    });
  }

  #toggleSigma(): void {
    this.#state = { ...this.#state, inSigma: !this.#state.inSigma };
    this.#draw();
    this.#remember();
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
    if (!model || p < 0) {
      this.#readout.textContent = '';
      return;
    }
    const theta = roundTo(model.theta[p * model.terms.length + this.#term]!, 5);
    const information = this.#informationNow();
    this.#readout.textContent = [
      `${model.waveAngstrom[p]!.toFixed(2)} Å`,
      `θ ${theta}`,
      ...(information
        ? [`${labelWord(model.labels[information.label]!.name)} ${information.perMille[p]!.toFixed(2)} ‰`]
        : []),
      `s ${roundTo(model.scatter[p]!, 5)}`,
    ].join('   ');
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

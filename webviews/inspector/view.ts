/** The star inspector: data, model and residual on one wavelength axis, and the labels that the fit found. */
import '../panel.css';
import './view.css';
import type { StarFit } from '../../engine/index';
import type { Plot } from '../chart/plot';
import { Stage } from '../chart/stage';
import { h, iconButton } from '../element';
import { connectHost } from '../host';
import { bindKeys } from '../keys';
import { banner, failureOf, failurePage, ProgressLine } from '../states';
import { factsTable, gist } from './facts';
import { fluxContent, readout, residualContent, rangeOf, restoreState, sigmaTicks, StepQueue, summary } from './model';
import type { InspectorHost, InspectorView, InspectorViewState } from './protocol';

const xTitle = 'vacuum wavelength (Å, rest frame)';

class Inspector {
  readonly #host = connectHost<InspectorViewState, InspectorView, InspectorHost>({});
  readonly #progress = new ProgressLine();
  readonly #title = h('h1', {}, ' ');
  readonly #model = h('span', { class: 'aside' });
  readonly #readout = h('output', { class: 'readout', 'aria-hidden': 'true' });
  readonly #notice = h('div');
  readonly #facts = h('aside', { class: 'facts', id: 'facts', 'aria-label': 'Fit' });
  readonly #gist = h('p', { class: 'gist', 'aria-label': 'Labels' });
  readonly #stage = new Stage('Data, model and residual', { hovered: (wave) => this.#hover(wave) });
  readonly #content = h(
    'div',
    { class: 'content' },
    h('div', { class: 'figure' }, this.#gist, legend(this.#readout), this.#stage.element),
    this.#facts,
  );
  readonly #failurePage = h('div', { class: 'content', hidden: true });
  readonly #steps = new StepQueue((by) => this.#load(() => this.#host.rpc.request('step', { by })));
  readonly #residualButton = iconButton('graph-scatter', 'Residual', 'R', () => this.#toggleResidual());
  readonly #factsButton = iconButton('list-flat', 'Labels and χ²', 'F', () => this.#toggleFacts());
  readonly #flux: Plot;
  /** Of no use while there is no figure. */
  readonly #figureButtons = [...this.#stage.buttons(), this.#residualButton, this.#factsButton];
  readonly #residual: { plot: Plot; frame: HTMLElement };
  readonly #state = restoreState(this.#host.remembered);
  /** Until the first picture. */
  #rememberedView = rangeOf(this.#state);
  #showsResidual = this.#state.showResidual;
  #fit: StarFit | null = null;

  constructor(app: HTMLElement) {
    app.replaceChildren(this.#progress.element, this.#controls(), this.#notice, this.#content, this.#failurePage);
    this.#flux = this.#stage.addPlot('tall', { xTitle }).plot;
    this.#residual = this.#stage.addPlot('residual', { xTitle, yTicks: sigmaTicks, rules: [-3, 0, 3] });
    this.#layOut();
    this.#stage.axis.subscribe(() => this.#remember());
    this.#host.rpc.on('show', (fit) => this.#show(fit));
    this.#host.rpc.on('step', ({ by }) => void this.#steps.step(by));
    void this.#read();
  }

  #controls(): HTMLElement {
    const step = (by: number) => () => void this.#steps.step(by);
    const open = (): void => void this.#openSpectrum();
    const showKeys = bindKeys([
      { keys: ['j'], shown: 'J', does: 'Next star', run: step(1) },
      { keys: ['k'], shown: 'K', does: 'Previous star', run: step(-1) },
      { keys: ['r'], shown: 'R', does: 'Show or hide the residual', run: () => this.#toggleResidual() },
      { keys: ['f'], shown: 'F', does: 'Show or hide labels and χ²', run: () => this.#toggleFacts() },
      { keys: ['o'], shown: 'O', does: 'Open the spectrum', run: open },
      ...this.#stage.keys(() => true),
    ]);
    return h(
      'header',
      { class: 'controls' },
      iconButton('chevron-left', 'Previous star', 'K', step(-1)),
      iconButton('chevron-right', 'Next star', 'J', step(1)),
      this.#title,
      this.#model,
      h('span', { class: 'spring' }),
      ...this.#figureButtons,
      iconButton('go-to-file', 'Open the spectrum', 'O', open),
      iconButton('question', 'Keys', '?', showKeys),
    );
  }

  #read(): Promise<void> {
    return this.#load(() => this.#host.rpc.request('readFit'));
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
    this.#fit = fit;
    this.#setFailed(false);
    this.#notice.replaceChildren();
    this.#title.textContent = `Star ${fit.title}`;
    this.#title.title = fit.path;
    this.#model.textContent = `${fit.model.name} model`;
    this.#model.title = fit.model.path;
    this.#facts.replaceChildren(...factsTable(fit));
    this.#gist.replaceChildren(...gist(fit));
    this.#stage.show(fit.waveAngstrom, [fluxContent(fit), residualContent(fit)], this.#rememberedView);
    this.#rememberedView = undefined;
    this.#stage.describe(`Fit of star ${fit.title}`, summary(fit));
  }

  #fail(error: unknown): void {
    this.#fit = null;
    this.#title.textContent = ' ';
    this.#model.textContent = '';
    this.#notice.replaceChildren();
    this.#failurePage.replaceChildren(failurePage(failureOf(error), () => void this.#read()));
    this.#setFailed(true);
  }

  #setFailed(failed: boolean): void {
    this.#failurePage.hidden = !failed;
    this.#content.hidden = failed;
    for (const button of this.#figureButtons) button.hidden = failed;
  }

  #setBusy(busy: boolean): void {
    this.#progress.busy = busy;
    this.#content.classList.toggle('dimmed', busy && this.#fit !== null);
    this.#content.setAttribute('aria-busy', String(busy));
  }

  async #openSpectrum(): Promise<void> {
    try {
      await this.#host.rpc.request('openSpectrum');
    } catch (error) {
      this.#notice.replaceChildren(banner(failureOf(error)));
    }
  }

  #toggleResidual(): void {
    this.#showsResidual = !this.#showsResidual;
    this.#layOut();
    this.#remember();
  }

  /** The facts are there unless folded: by hand, or where the panel is narrow until asked for. */
  #toggleFacts(): void {
    const isShown = getComputedStyle(this.#facts).display !== 'none';
    this.#content.classList.toggle('facts-folded', isShown);
    this.#content.classList.toggle('facts-open', !isShown);
    this.#factsButton.setAttribute('aria-expanded', String(!isShown));
  }

  #layOut(): void {
    this.#residual.frame.hidden = !this.#showsResidual;
    this.#flux.showsWavelengths = !this.#showsResidual;
    this.#residualButton.setAttribute('aria-pressed', String(this.#showsResidual));
    this.#factsButton.setAttribute('aria-controls', 'facts');
  }

  #remember(): void {
    if (!this.#fit) return;
    const { view, isFull } = this.#stage.axis;
    this.#host.remember({
      fromAngstrom: isFull ? null : view.from,
      toAngstrom: isFull ? null : view.to,
      showResidual: this.#showsResidual,
    });
  }

  #hover(wave: number | null): void {
    this.#readout.textContent = wave !== null && this.#fit ? readout(this.#fit, wave) : '';
  }
}

function legend(readout: HTMLElement): HTMLElement {
  const entry = (text: string, ...swatches: string[]): HTMLElement =>
    h('span', {}, ...swatches.map((swatch) => h('i', { class: `swatch ${swatch}` })), text);
  return h(
    'div',
    { class: 'legend' },
    entry('data', 'line data'),
    entry('±1σ', 'band data'),
    entry('model', 'line model'),
    entry('± scatter', 'band model'),
    entry('masked', 'hatch'),
    readout,
  );
}

const app = document.getElementById('app');
if (app) new Inspector(app);

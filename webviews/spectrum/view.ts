/** The spectrum editor: a FITS spectrum as a plot and as headers; any other FITS file as headers and a sentence why. */
import '../panel.css';
import './view.css';
import type { SpectrumDocument } from '../../engine/index';
import { Stage } from '../chart/stage';
import { h, iconButton } from '../element';
import { connectHost } from '../host';
import { bindKeys } from '../keys';
import { banner, failureOf, failurePage, ProgressLine } from '../states';
import { Headers } from './headers';
import { aside, axisWordsOf, plotContent, readout, rangeOf, restoreState, summary } from './model';
import type { SpectrumHost, SpectrumView, SpectrumViewState } from './protocol';

type Tab = SpectrumViewState['tab'];

class SpectrumEditor {
  readonly #host = connectHost<SpectrumViewState, SpectrumView, SpectrumHost>({});
  readonly #progress = new ProgressLine();
  readonly #title = h('h1', {}, ' ');
  readonly #aside = h('span', { class: 'aside' });
  readonly #readout = h('output', { class: 'readout', 'aria-hidden': 'true' });
  readonly #notice = h('div');
  readonly #stage = new Stage('Spectrum', { hovered: (wave) => this.#hover(wave) });
  readonly #headers = new Headers();
  readonly #plotPage = h(
    'div',
    { class: 'page', id: 'page-spectrum', role: 'tabpanel' },
    legend(this.#readout),
    this.#stage.element,
  );
  readonly #headerPage = h('div', { class: 'page', id: 'page-headers', role: 'tabpanel' }, this.#headers.element);
  readonly #failurePage = h('div', { class: 'page', hidden: true });
  readonly #zoomButtons = this.#stage.buttons();
  readonly #tabs: Readonly<Record<Tab, HTMLButtonElement>> = {
    spectrum: this.#tab('spectrum', 'Spectrum'),
    headers: this.#tab('headers', 'Headers'),
  };
  readonly #state = restoreState(this.#host.remembered);
  /** Until the first picture. */
  #rememberedView = rangeOf(this.#state);
  #chosenTab: Tab = this.#state.tab;
  #document: SpectrumDocument | null = null;
  #reading: AbortController | null = null;

  constructor(app: HTMLElement) {
    const showKeys = bindKeys([
      ...this.#stage.keys(() => this.#shownTab === 'spectrum'),
      {
        keys: ['h'],
        shown: 'H',
        does: 'Switch between spectrum and headers',
        run: () => this.#choose(this.#shownTab === 'headers' ? 'spectrum' : 'headers'),
      },
      { keys: ['/'], shown: '/', does: 'Search the headers', run: () => this.#search() },
    ]);
    app.replaceChildren(
      this.#progress.element,
      h(
        'header',
        { class: 'controls' },
        this.#title,
        this.#aside,
        h('span', { class: 'spring' }),
        ...this.#zoomButtons,
        h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Show' }, this.#tabs.spectrum, this.#tabs.headers),
        iconButton('question', 'Keys', '?', showKeys),
      ),
      this.#notice,
      this.#plotPage,
      this.#headerPage,
      this.#failurePage,
    );
    this.#stage.addPlot('tall', { xTitle: 'vacuum wavelength (Å)' });
    this.#layOut();
    this.#stage.axis.subscribe(() => this.#remember());
    this.#host.rpc.on('changed', () => void this.#read());
    void this.#read();
  }

  /** A file without a spectrum has only its headers to show. */
  get #shownTab(): Tab {
    return this.#document !== null && this.#document.spectrum === null ? 'headers' : this.#chosenTab;
  }

  async #read(): Promise<void> {
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    this.#setBusy(true);
    try {
      const document = await this.#host.rpc.request('readDocument', undefined, reading.signal);
      if (!reading.signal.aborted) this.#show(document);
    } catch (error) {
      if (!reading.signal.aborted) this.#fail(error);
    } finally {
      if (this.#reading === reading) this.#setBusy(false);
    }
  }

  #show(document: SpectrumDocument): void {
    this.#document = document;
    this.#failurePage.hidden = true;
    this.#title.textContent = document.title;
    this.#title.title = document.fileName;
    this.#aside.textContent = aside(document);
    this.#notice.replaceChildren(...(document.problem ? [banner(document.problem)] : []));
    this.#headers.show(document.hdus, document.masks ?? []);
    this.#layOut();
    if (!document.spectrum) return;
    const { spectrum, fluxUnit } = document;
    this.#stage.axisWords = axisWordsOf(document);
    this.#stage.show(spectrum.waveAngstrom, [plotContent(spectrum, fluxUnit)], this.#rememberedView);
    this.#rememberedView = undefined;
    this.#stage.describe(`Spectrum ${document.title}`, () => summary(spectrum));
  }

  #fail(error: unknown): void {
    this.#document = null;
    this.#title.textContent = ' ';
    this.#aside.textContent = '';
    this.#notice.replaceChildren();
    this.#failurePage.replaceChildren(failurePage(failureOf(error), () => void this.#read()));
    this.#failurePage.hidden = false;
    this.#layOut();
  }

  /** The old picture stays, dimmed, until the new one is there. */
  #setBusy(busy: boolean): void {
    this.#progress.busy = busy;
    this.#plotPage.classList.toggle('dimmed', busy && this.#document !== null);
    this.#plotPage.setAttribute('aria-busy', String(busy));
  }

  #layOut(): void {
    const failed = !this.#failurePage.hidden;
    const tab = this.#shownTab;
    this.#plotPage.hidden = failed || tab !== 'spectrum';
    this.#headerPage.hidden = failed || tab !== 'headers';
    for (const button of this.#zoomButtons) button.hidden = this.#plotPage.hidden;
    const hasChoice = !failed && (this.#document === null || this.#document.spectrum !== null);
    for (const [name, button] of Object.entries(this.#tabs)) {
      button.hidden = !hasChoice;
      button.setAttribute('aria-selected', String(name === tab));
    }
  }

  #choose(tab: Tab): void {
    this.#chosenTab = tab;
    this.#layOut();
    this.#remember();
  }

  #search(): void {
    this.#choose('headers');
    this.#headers.focusSearch();
  }

  #remember(): void {
    if (!this.#document) return;
    const { view, isFull } = this.#stage.axis;
    this.#host.remember({
      fromAngstrom: isFull ? null : view.from,
      toAngstrom: isFull ? null : view.to,
      tab: this.#chosenTab,
    });
  }

  #hover(wave: number | null): void {
    const spectrum = this.#document?.spectrum;
    this.#readout.textContent = wave !== null && spectrum ? readout(spectrum, wave) : '';
  }

  #tab(tab: Tab, text: string): HTMLButtonElement {
    return h(
      'button',
      { type: 'button', role: 'tab', class: 'tab', 'aria-controls': `page-${tab}`, click: () => this.#choose(tab) },
      text,
    );
  }
}

function legend(readout: HTMLElement): HTMLElement {
  const entry = (swatch: string, text: string): HTMLElement =>
    h('span', {}, h('i', { class: `swatch ${swatch}` }), text);
  return h(
    'div',
    { class: 'legend' },
    entry('line data', 'flux'),
    entry('band data', '±1σ'),
    entry('hatch', 'masked'),
    readout,
  );
}

const app = document.getElementById('app');
if (app) new SpectrumEditor(app);

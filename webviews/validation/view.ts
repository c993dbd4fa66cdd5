/** The panel of validation: a cross-validation's stars label by label, what they say of the model, and the way to each star. */
import '../panel.css';
import './view.css';
import type { ValidationDetail } from '../../engine/index';
import { noNumber } from '../../engine/browser';
import { type Region, Scatter } from '../chart/scatter';
import { h, refill, textTable } from '../element';
import { csvOf, ExportDialog, pngOf, svgOf } from '../export';
import { connectHost } from '../host';
import { banner, failureOf, failurePage, ProgressLine, WorkingNote } from '../states';
import { labelWord } from '../words';
import { Controls, foldsOf, viewWords } from './controls';
import { csvColumns, pythonOf } from './exports';
import { factsOf } from './facts';
import { legendOf } from './legend';
import { contentOf, foldWords, labelOf, restoreState, type Scene } from './model';
import type { RunChoice, ValidationHost, ValidationView, ValidationViewState } from './protocol';
import { outliers } from './statistics';
import { Strip } from './strip';
import { starLine, summary } from './words';

class Validation {
  readonly #host = connectHost<ValidationViewState, ValidationView, ValidationHost>({});
  #state = restoreState(this.#host.remembered);
  readonly #progress = new ProgressLine();
  readonly #working = new WorkingNote();
  readonly #controls: Controls;
  readonly #entries = h('span', { class: 'entries' });
  readonly #readout = h('output', { class: 'readout', 'aria-hidden': 'true' });
  readonly #spoken = h('div', { class: 'for-screen-readers', role: 'status' });
  readonly #summary = h('div', { class: 'for-screen-readers' });
  readonly #notice = h('div');
  readonly #facts = h('aside', { class: 'facts', id: 'facts', 'aria-label': 'Agreement and stars' });
  readonly #strip = new Strip((label) => this.#change({ label }));
  readonly #stage: HTMLElement;
  readonly #content: HTMLElement;
  readonly #failurePage = h('div', { class: 'content', hidden: true });
  readonly #scatter: Scatter;
  #choices: readonly RunChoice[] = [];
  #run: ValidationDetail | null = null;
  #other: ValidationDetail | null = null;
  /** The view is being set by the program, not by a hand. */
  #isSetting = false;

  constructor(app: HTMLElement) {
    const canvas = h('canvas', { 'aria-hidden': 'true' });
    this.#stage = h(
      'section',
      { class: 'stage', tabindex: 0, 'aria-label': 'Stars' },
      h('div', { class: 'points' }, canvas, this.#readout),
      this.#summary,
      this.#spoken,
    );
    this.#controls = this.#newControls(this.#exportDialog());
    const { element, fields } = this.#controls;
    const legend = h('div', { class: 'legend' }, ...fields, this.#entries);
    const figure = h('div', { class: 'figure' }, legend, this.#stage, this.#strip.element);
    this.#content = h('div', { class: 'content' }, figure, this.#facts);
    app.replaceChildren(
      this.#progress.element,
      element,
      this.#working.element,
      this.#notice,
      this.#content,
      this.#failurePage,
    );
    this.#scatter = new Scatter(canvas, {
      hovered: (n) => this.#hover(n),
      picked: (n) => this.#pick(n),
      moved: (view) => this.#moved(view),
    });
    this.#host.rpc.on('changed', () => void this.#read());
    this.#host.rpc.on('working', (text) => (this.#working.text = text));
    void this.#read();
  }

  #newControls(dialog: ExportDialog): Controls {
    return new Controls({
      change: (change, keepsView) => this.#change(change, keepsView),
      chooseRun: (path) => this.#ask(() => this.#host.rpc.request('chooseRun', { path })),
      compare: (path) => void this.#compare(path),
      stepLabel: (by) => this.#stepLabel(by),
      stepOutlier: (by) => this.#stepOutlier(by),
      walk: (dx, dy) => this.#walk(dx, dy),
      inspect: () => this.#enter(),
      leave: () => this.#mark(null),
      toggleBounds: () => this.#change({ showsBounds: !this.#state.showsBounds }, true),
      toggleFacts: () => this.#toggleFacts(),
      zoom: (factor) => this.#scatter.zoom(factor),
      reset: () => this.#scatter.reset(),
      export: () => dialog.open(),
    });
  }

  #exportDialog(): ExportDialog {
    const ready = (): Scene => {
      const scene = this.#scene;
      if (!scene) throw new Error('There is no cross-validation to export yet.');
      return scene;
    };
    return new ExportDialog({
      name: () => {
        const { run, label, state } = ready();
        return [run.model, ...(state.view === 'precision' ? [] : [label.label]), state.view].join('-');
      },
      exports: {
        png: () => pngOf([this.#scatter.chart]),
        svg: () => svgOf([this.#scatter.chart], `${captionOf(ready())}`),
        csv: () => csvOf(csvColumns(ready())),
        py: () => pythonOf(ready(), this.#scatter.view),
      },
      save: (suggestedName, content) => this.#host.rpc.request('saveFile', { suggestedName, content }),
      failed: (error) => this.#notice.replaceChildren(banner(failureOf(error))),
    });
  }

  get #scene(): Scene | null {
    const run = this.#run;
    if (!run || run.labels.length === 0) return null;
    return { run, other: this.#other, label: labelOf(run, this.#state.label), state: this.#state };
  }

  /** Index of the marked star; null for none. */
  get #star(): number | null {
    const n = this.#state.star === null ? -1 : (this.#run?.spectra.indexOf(this.#state.star) ?? -1);
    return n >= 0 ? n : null;
  }

  async #read(): Promise<void> {
    this.#setBusy(true);
    try {
      const [run, choices, focus] = await Promise.all([
        this.#host.rpc.request('readRun'),
        this.#host.rpc.request('listRuns'),
        this.#host.rpc.request('readFocus'),
      ]);
      // Another label has other axes.
      if (focus !== this.#state.label && run.labels.some(({ label }) => label === focus))
        this.#state = { ...this.#state, label: focus, zoom: null };
      if (run.labels.length === 0) throw new Error('This cross-validation has no labels.');
      this.#choices = choices;
      const path = this.#state.comparedWith;
      // One that has gone is no longer compared with.
      this.#other =
        path === null || path === run.path
          ? null
          : await this.#host.rpc.request('readOther', { path }).catch(() => null);
      this.#show(run);
    } catch (error) {
      this.#run = null;
      this.#content.hidden = true;
      this.#failurePage.hidden = false;
      this.#failurePage.replaceChildren(failurePage(failureOf(error), () => void this.#read()));
    } finally {
      this.#setBusy(false);
    }
  }

  #show(run: ValidationDetail): void {
    const isFirst = this.#run === null;
    this.#run = run;
    this.#failurePage.hidden = true;
    this.#content.hidden = false;
    this.#notice.replaceChildren();
    if (run.folds === 'leave-one-out' || !foldsOf(run.fold).includes(this.#state.fold ?? NaN))
      this.#state = { ...this.#state, fold: null };
    this.#controls.list(this.#scene!, this.#choices);
    this.#strip.show(run);
    const { zoom } = this.#state;
    this.#draw(false);
    if (isFirst && zoom)
      this.#scatter.look({ x: { from: zoom.x[0], to: zoom.x[1] }, y: { from: zoom.y[0], to: zoom.y[1] } });
  }

  /** Everything that depends on the scene. */
  #draw(keepsView: boolean): void {
    const scene = this.#scene;
    if (!scene) return;
    this.#controls.show(scene);
    const content = contentOf(scene);
    this.#isSetting = true;
    this.#scatter.show(content, keepsView);
    this.#isSetting = false;
    this.#moved(this.#scatter.view);
    this.#entries.replaceChildren(...legendOf(scene, content));
    // There the plot has all labels.
    this.#strip.element.hidden = scene.state.view === 'precision';
    this.#strip.select(scene.label.label);
    this.#summary.replaceChildren(textTable(captionOf(scene), summary(scene)));
    this.#drawStar(scene);
  }

  #drawStar(scene: Scene): void {
    const star = this.#star;
    this.#scatter.mark(scene.state.view === 'precision' ? scene.run.labels.indexOf(scene.label) : star);
    this.#hover(null);
    refill(
      this.#facts,
      ...factsOf(scene, star, {
        reveal: (key) => this.#ask(() => this.#host.rpc.request('revealKey', { key })),
        choose: (n) => this.#mark(n),
        inspect: (n) => this.#inspect(scene.run.spectra[n]!),
      }),
    );
  }

  #change(change: Partial<ValidationViewState>, keepsView = false): void {
    this.#state = { ...this.#state, ...change };
    this.#draw(keepsView);
    this.#host.remember(this.#state);
  }

  #moved({ x, y }: Region): void {
    this.#stage.dataset['x'] = `${x.from} ${x.to}`;
    this.#stage.dataset['y'] = `${y.from} ${y.to}`;
    if (this.#isSetting || !this.#run) return;
    this.#state = { ...this.#state, zoom: this.#scatter.isHome ? null : { x: [x.from, x.to], y: [y.from, y.to] } };
    this.#host.remember(this.#state);
  }

  #stepLabel(by: number): void {
    const scene = this.#scene;
    if (!scene) return;
    const { labels } = scene.run;
    this.#change({ label: labels[(labels.indexOf(scene.label) + by + labels.length) % labels.length]!.label });
  }

  #stepOutlier(by: number): void {
    const scene = this.#scene;
    const worst = scene ? outliers(scene.label) : [];
    if (worst.length === 0) return;
    const at = worst.indexOf(this.#star ?? -1);
    this.#mark(worst[at < 0 ? (by > 0 ? 0 : worst.length - 1) : (at + by + worst.length) % worst.length]!);
  }

  #walk(dx: number, dy: number): void {
    const scene = this.#scene;
    if (!scene) return;
    if (scene.state.view === 'precision') return this.#stepLabel(dx + dy > 0 ? 1 : -1);
    const next = this.#scatter.neighbour(this.#star, dx, dy, (n) => n < scene.run.stars.length);
    if (next !== null) this.#mark(next);
  }

  #mark(star: number | null): void {
    const scene = this.#scene;
    if (!scene) return;
    this.#state = { ...this.#state, star: star === null ? null : scene.run.spectra[star]! };
    this.#host.remember(this.#state);
    this.#spoken.textContent = star === null ? '' : starLine(scene, star);
    this.#drawStar(scene);
  }

  #enter(): void {
    const [scene, star] = [this.#scene, this.#star];
    if (scene?.state.view === 'precision') this.#change({ label: scene.label.label, view: 'recovery' });
    else if (scene && star !== null) this.#inspect(scene.run.spectra[star]!);
  }

  /** A click on point `n` of the plot. */
  #pick(n: number): void {
    const scene = this.#scene;
    if (!scene) return;
    const { run, other, state } = scene;
    if (state.view === 'precision')
      return this.#change({ label: run.labels[n % run.labels.length]!.label, view: 'recovery' });
    if (n < run.stars.length) this.#mark(n);
    const path = run.spectra[n] ?? other?.spectra[n - run.stars.length];
    if (path !== undefined) this.#inspect(path);
  }

  #inspect(path: string): void {
    this.#ask(() => this.#host.rpc.request('inspectStar', { path }));
  }

  #hover(n: number | null): void {
    const scene = this.#scene;
    const star = n ?? this.#star;
    this.#readout.textContent = !scene || (n === null && star === null) ? '' : hoverLine(scene, n, star);
  }

  async #compare(path: string): Promise<void> {
    this.#setBusy(true);
    try {
      this.#other = path === '' ? null : await this.#host.rpc.request('readOther', { path });
      this.#notice.replaceChildren();
      this.#change({ comparedWith: this.#other?.path ?? null });
    } catch (error) {
      this.#notice.replaceChildren(banner(failureOf(error)));
    } finally {
      this.#setBusy(false);
    }
  }

  #ask(asked: () => Promise<unknown>): void {
    this.#setBusy(true);
    asked()
      .then(() => this.#notice.replaceChildren())
      .catch((error: unknown) => this.#notice.replaceChildren(banner(failureOf(error))))
      .finally(() => this.#setBusy(false));
  }

  #toggleFacts(): void {
    const isShown = getComputedStyle(this.#facts).display !== 'none';
    this.#content.classList.toggle('facts-folded', isShown);
    this.#content.classList.toggle('facts-open', !isShown);
  }

  #setBusy(busy: boolean): void {
    this.#progress.busy = busy;
    this.#content.setAttribute('aria-busy', String(busy));
  }
}

const captionOf = ({ run, label, state }: Scene): string =>
  `${viewWords[state.view][0]} of ${state.view === 'precision' ? 'all labels' : labelWord(label.label)}, ${run.model}, ${foldWords(run.folds)}`;

/** What is under the pointer, else what is marked. */
function hoverLine(scene: Scene, point: number | null, star: number | null): string {
  const { run, other, label, state } = scene;
  if (state.view === 'precision') {
    const isTheirs = point !== null && point >= run.labels.length;
    const own = point === null ? null : run.labels[point % run.labels.length]!;
    const shown = own && isTheirs ? other?.labels.find((one) => one.label === own.label) : own;
    if (!own || !shown) return '';
    const { relativePrecision } = shown;
    return `${labelWord(own.label)}   ${relativePrecision === null ? noNumber : `${(100 * relativePrecision).toFixed(1)} %`}`;
  }
  const n = point ?? star!;
  if (n < run.stars.length) return starLine(scene, n);
  const theirs = other?.labels.find((one) => one.label === label.label);
  return other && theirs ? starLine({ ...scene, run: other, label: theirs }, n - run.stars.length) : '';
}

const app = document.getElementById('app');
if (app) new Validation(app);

/** The plots of the panel: one diagram, or several small ones in a grid that are made when they are first needed. */
import type { Chart } from 'chart.js';
import type { ScatterContent, ScatterEvents } from '../chart/scatter';
import { Scatter } from '../chart/scatter';
import type { Range } from '../chart/ticks';
import { h } from '../element';

interface Pane {
  readonly place: HTMLElement;
  readonly scatter: Scatter;
}

export class Panes {
  readonly element = h('div', { class: 'panes' });
  readonly #panes: Pane[] = [];
  #shown: readonly ScatterContent[] = [];

  constructor(private readonly events: ScatterEvents) {}

  /** As many plots as there are contents. One alone answers to the pointer as the diagram does; small ones pick stars. */
  show(contents: readonly ScatterContent[], keepsView: boolean): void {
    this.#shown = contents;
    this.element.dataset['count'] = contents.length === 1 ? 'one' : contents.length === 4 ? 'four' : 'many';
    contents.forEach((content, k) => this.#pane(k).scatter.show(content, keepsView));
    this.#panes.forEach(({ place }, k) => (place.hidden = k >= contents.length));
  }

  get main(): Scatter {
    return this.#pane(0).scatter;
  }

  /** What moves a view is for the diagram alone: side by side, plots are to be compared. */
  zoom(factor: number): void {
    if (this.#shown.length === 1) this.main.zoom(factor);
  }

  reset(): void {
    if (this.#shown.length === 1) this.main.reset();
  }

  /** By a tenth of the view, to the right and down on the screen. */
  pan(dx: number, dy: number): void {
    const [content] = this.#shown;
    if (!content || this.#shown.length > 1) return;
    const { x, y } = this.main.view;
    const shifted = ({ from, to }: Range, by: number): Range => ({
      from: from + by * (to - from),
      to: to + by * (to - from),
    });
    this.main.look({
      x: shifted(x, content.xAxis.reverse === true ? -0.1 * dx : 0.1 * dx),
      y: shifted(y, content.yAxis.reverse === true ? 0.1 * dy : -0.1 * dy),
    });
  }

  mark(star: number | null): void {
    for (const { scatter } of this.#panes.slice(0, this.#shown.length)) scatter.mark(star);
  }

  set brushing(brushing: boolean) {
    for (const { scatter } of this.#panes) scatter.brushing = brushing;
  }

  /** Those on show. */
  get charts(): Chart[] {
    return this.#panes.slice(0, this.#shown.length).map(({ scatter }) => scatter.chart);
  }

  #pane(k: number): Pane {
    const known = this.#panes[k];
    if (known) return known;
    const canvas = h('canvas', { 'aria-hidden': 'true' });
    const place = h('div', { class: 'plot pane' }, canvas);
    this.element.append(place);
    const pane = { place, scatter: new Scatter(canvas, this.events) };
    this.#panes.push(pane);
    return pane;
  }
}

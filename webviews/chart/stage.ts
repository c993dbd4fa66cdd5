/**
 * Plots stacked on one wavelength axis, with what they share: keys, the hair line under the pointer, the range that is in
 * view (also as `data-from` and `data-to` on the element, for tests and styles), and a table that says in words and numbers
 * what the plots show to people who do not see them.
 */
import type { Chart } from 'chart.js';
import { h, iconButton, textTable } from '../element';
import type { Key } from '../keys';
import { LinkedAxis } from './linkedAxis';
import type { AxisWords, PlotContent, PlotOptions } from './plot';
import { Plot } from './plot';
import type { Range } from './ticks';

/** Zooming stops at about ten pixels of a low-resolution spectrum. */
const narrowestViewAngstrom = 10;
/** Who goes through stars or labels by a key that is held down is not held up by it. */
const describeAfterMs = 60;

export interface StageEvents {
  /** The wavelength under the pointer, null when it has left. */
  readonly hovered: (waveAngstrom: number | null) => void;
  /** The wavelength of a click that was not the end of a drag. */
  readonly picked?: (waveAngstrom: number) => void;
  /** The range that a drag with Shift has framed. */
  readonly measured?: (range: Range) => void;
}

export class Stage {
  readonly axis = new LinkedAxis();
  readonly element: HTMLElement;
  readonly #cursor = h('div', { class: 'cursor', hidden: true });
  readonly #selection = h('div', { class: 'measured-range', hidden: true });
  readonly #stack = h('div', { class: 'stack' }, this.#cursor, this.#selection);
  readonly #summary = h('div', { class: 'for-screen-readers' });
  readonly #plots: Plot[] = [];
  #describing: ReturnType<typeof setTimeout> | undefined;

  constructor(label: string, events: StageEvents) {
    this.element = h('section', { class: 'stage', tabindex: 0, 'aria-label': label }, this.#stack, this.#summary);
    this.axis.subscribe(() => {
      this.element.dataset['from'] = this.axis.view.from.toFixed(2);
      this.element.dataset['to'] = this.axis.view.to.toFixed(2);
    });
    this.#stack.addEventListener('pointermove', (event) => {
      const wave = this.#plots[0]?.waveAt(event.clientX) ?? null;
      this.#placeCursor(wave === null ? null : event.clientX);
      events.hovered(wave);
    });
    let pressedAt = NaN;
    this.#stack.addEventListener('pointerdown', (event) => {
      pressedAt = event.clientX;
      if (event.shiftKey && events.measured) this.#measure(event, events.measured);
    });
    this.#stack.addEventListener('click', (event) => {
      const wave = this.#plots[0]?.waveAt(event.clientX) ?? null;
      if (wave !== null && Math.abs(event.clientX - pressedAt) <= 2) events.picked?.(wave);
    });
    this.#stack.addEventListener('pointerleave', () => {
      this.#placeCursor(null);
      events.hovered(null);
    });
  }

  /** Follows the pointer from a press until it is let go, and tells the range between. */
  #measure(press: PointerEvent, measured: (range: Range) => void): void {
    const frame = this.#plots[0]?.frame;
    const start = this.#plots[0]?.waveAt(press.clientX) ?? null;
    if (!frame || start === null) return;
    const stack = this.#stack.getBoundingClientRect();
    const box = this.#selection;
    const move = (event: PointerEvent): void => {
      box.hidden = false;
      box.style.left = `${Math.min(press.clientX, event.clientX) - stack.left}px`;
      box.style.width = `${Math.abs(event.clientX - press.clientX)}px`;
    };
    const end = (event: PointerEvent): void => {
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', end);
      const wave = this.#plots[0]?.waveAt(event.clientX) ?? null;
      box.hidden = true;
      if (wave !== null && Math.abs(event.clientX - press.clientX) > 2) {
        measured({ from: Math.min(start, wave), to: Math.max(start, wave) });
      }
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', end);
  }

  /** How the wavelength axis of every plot is written, from its next change on. */
  set axisWords(words: AxisWords | null) {
    for (const plot of this.#plots) plot.axisWords = words;
  }

  /** Adds a plot at the bottom; `className` gives its height. Must be in the document, for its size. */
  addPlot(className: string, options: PlotOptions): { plot: Plot; frame: HTMLElement } {
    const canvas = h('canvas', { 'aria-hidden': 'true' });
    const frame = h('div', { class: `plot ${className}` }, canvas);
    this.#stack.append(frame);
    const plot = new Plot(canvas, this.axis, options);
    this.#plots.push(plot);
    return { plot, frame };
  }

  /**
   * Shows one content a plot, in the order of the plots, over the pixels of `waveAngstrom`. The view stays where it is on
   * the way to another star, unless it is given.
   */
  show(waveAngstrom: Float64Array, contents: readonly PlotContent[], view?: Range): void {
    const [from, to] = [waveAngstrom[0], waveAngstrom.at(-1)];
    if (from === undefined || to === undefined || !(to > from)) return;
    contents.forEach((content, k) => this.#plots[k]?.take(content));
    this.axis.setFull({ from, to }, narrowestViewAngstrom, view);
  }

  /** Shows the same pixels with other lines, tints or models over them: the view stays as it is in every direction. */
  redraw(contents: readonly PlotContent[]): void {
    contents.forEach((content, k) => this.#plots[k]?.redraw(content));
  }

  /** What the plots show, as a table whose first row is its head: worked out when the picture has been painted. */
  describe(caption: string, table: () => readonly (readonly string[])[]): void {
    clearTimeout(this.#describing);
    this.#describing = setTimeout(() => {
      this.#summary.replaceChildren(textTable(caption, table()));
    }, describeAfterMs);
  }

  /** From the top of the uppermost frame to the bottom of the lowest one. */
  #placeCursor(clientX: number | null): void {
    const shown = this.#plots.map((plot) => plot.frame).filter((frame) => frame.height > 0);
    const [first, last] = [shown[0], shown.at(-1)];
    this.#cursor.hidden = clientX === null || !first;
    if (clientX === null || !first || !last) return;
    const stack = this.#stack.getBoundingClientRect();
    this.#cursor.style.transform = `translate(${clientX - stack.left}px, ${first.top - stack.top}px)`;
    this.#cursor.style.height = `${last.top + last.height - first.top}px`;
  }

  /** For export: the plots that are on show, from the top. */
  get charts(): Chart[] {
    return this.#plots.flatMap(({ chart }) => (chart === null ? [] : [chart]));
  }

  reset(): void {
    for (const plot of this.#plots) plot.resetFlux();
    this.axis.reset();
  }

  /** Fits the flux of every plot to the wavelengths in view. */
  fitFlux(): void {
    for (const plot of this.#plots) plot.fitFlux();
  }

  buttons(): HTMLElement[] {
    return [
      iconButton('unfold', 'Fit the flux to what is in view', 'Y', () => this.fitFlux()),
      iconButton('zoom-in', 'Zoom in', '+', () => this.axis.zoom(1.5)),
      iconButton('zoom-out', 'Zoom out', '−', () => this.axis.zoom(1 / 1.5)),
      iconButton('screen-full', 'Show everything', '0', () => this.reset()),
    ];
  }

  /** The keys that move the view, while `isActive`. Up and down move the flux axis of the uppermost plot. */
  keys(isActive: () => boolean): Key[] {
    const top = (): Plot | undefined => this.#plots[0];
    const keys: Omit<Key, 'isActive'>[] = [
      {
        keys: ['ArrowLeft', 'ArrowRight'],
        shown: '← →',
        does: 'Pan in wavelength, with Shift by half a view',
        run: (event) => this.axis.pan((event.key === 'ArrowLeft' ? -1 : 1) * (event.shiftKey ? 0.5 : 0.1)),
      },
      {
        keys: ['ArrowUp', 'ArrowDown'],
        shown: '↑ ↓',
        does: 'Pan in flux, with Shift zoom in flux',
        run: (event) => {
          const up = event.key === 'ArrowUp';
          if (event.shiftKey) top()?.zoomFlux(up ? 1.25 : 0.8);
          else top()?.panFlux(up ? 0.1 : -0.1);
        },
      },
      { keys: ['+', '='], shown: '+', does: 'Zoom in', run: () => this.axis.zoom(1.5) },
      { keys: ['-', '_'], shown: '−', does: 'Zoom out', run: () => this.axis.zoom(1 / 1.5) },
      { keys: ['y'], shown: 'Y', does: 'Fit the flux to what is in view', run: () => this.fitFlux() },
      { keys: ['0'], shown: '0', does: 'Show everything', run: () => this.reset() },
    ];
    return keys.map((key) => ({ ...key, isActive }));
  }
}

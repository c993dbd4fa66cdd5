/** The line between controls and plots: what the inks mean, and what is under the pointer. */
import { h } from '../element';

const entry = (text: string, swatch: string): HTMLElement => h('span', {}, h('i', { class: `swatch ${swatch}` }), text);

export class CoefficientsLegend {
  readonly #readout = h('output', { class: 'readout', 'aria-hidden': 'true' });
  readonly #band = entry('±1σ', 'band model');
  readonly #second = h('span', { hidden: true });
  readonly element = h(
    'div',
    { class: 'legend' },
    entry('coefficient', 'line model'),
    this.#band,
    this.#second,
    this.#readout,
  );

  /** @param compared what the other model is called; null where there is none */
  show(hasBand: boolean, compared: string | null): void {
    this.#band.hidden = !hasBand;
    this.#second.hidden = compared === null;
    this.#second.replaceChildren(h('i', { class: 'swatch line dashed second' }), `${compared ?? ''}, compared`);
  }

  read(text: string): void {
    this.#readout.textContent = text;
  }
}

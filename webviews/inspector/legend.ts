/** The line between controls and plots: what the inks mean, what is under the pointer, what was measured, stars compared. */
import { codicon, h } from '../element';
import { type Overlay, pinnedInks } from './model';

export class InspectorLegend {
  readonly #readout = h('output', { class: 'readout', 'aria-hidden': 'true' });
  readonly #measured = h('output', { class: 'measured', 'aria-live': 'polite' });
  readonly #smoothed = h('span', { hidden: true });
  readonly #pinned = h('span', { class: 'pinned-stars' });
  readonly #shift = h('label', { hidden: true });
  readonly #input: HTMLInputElement;
  readonly element: HTMLElement;

  constructor(private readonly asked: { readonly shift: (kms: number) => void; readonly unpin: (k: number) => void }) {
    this.#input = h('input', {
      type: 'number',
      step: 10,
      value: 0,
      'aria-label': 'Velocity of the lines (km/s)',
      input: () => this.asked.shift(Number(this.#input.value) || 0),
    });
    this.#shift.append('lines at ', this.#input, ' km/s');
    const entry = (text: string, ...swatches: string[]): HTMLElement =>
      h('span', {}, ...swatches.map((swatch) => h('i', { class: `swatch ${swatch}` })), text);
    this.element = h(
      'div',
      { class: 'legend' },
      entry('data', 'line data'),
      entry('±1σ', 'band data'),
      entry('model', 'line model'),
      entry('± scatter', 'band model'),
      entry('masked', 'hatch'),
      this.#smoothed,
      this.#shift,
      this.#pinned,
      this.#measured,
      this.#readout,
    );
  }

  show({ smoothing, showLines, lineShiftKms, pinned }: Overlay): void {
    this.#smoothed.hidden = smoothing === 0;
    this.#smoothed.textContent = `smoothed by ${smoothing} pixels`;
    this.#shift.hidden = !showLines;
    if (Number(this.#input.value) !== lineShiftKms) this.#input.value = String(lineShiftKms);
    this.#pinned.replaceChildren(
      ...pinned.map(({ star }, k) =>
        h(
          'span',
          { class: 'pinned' },
          h('i', { class: `swatch line category-${pinnedInks[k % pinnedInks.length]!}` }),
          star,
          h(
            'button',
            {
              type: 'button',
              class: 'link',
              'aria-label': `No longer compare with ${star}`,
              click: () => this.asked.unpin(k),
            },
            codicon('close'),
          ),
        ),
      ),
    );
  }

  read(text: string): void {
    this.#readout.textContent = text;
  }

  measured(text: string): void {
    this.#measured.textContent = text;
  }
}

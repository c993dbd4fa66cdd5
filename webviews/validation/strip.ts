/**
 * All labels at a glance: inferred against true in a small square each, with the scatter below. A button each: the one that is
 * pressed is shown large.
 */
import type { ValidatedLabel, ValidationDetail } from '../../engine/index';
import { roundTo } from '../../engine/browser';
import { robustRange } from '../chart/robustRange';
import { type Ink, onThemeChange, readInk, withAlpha } from '../chart/theme';
import { h } from '../element';
import { labelText, labelWord } from '../words';
import { withUnit } from './words';

const sizePx = 76;
/** Small squares say no more with more stars. */
const mostPoints = 3000;

export class Strip {
  readonly element = h('nav', { class: 'strip', 'aria-label': 'Labels' });
  #cells: { readonly label: ValidatedLabel; readonly button: HTMLElement; readonly canvas: HTMLCanvasElement }[] = [];

  constructor(private readonly choose: (label: string) => void) {
    onThemeChange(() => this.#paint());
  }

  /** Takes the labels of a run. */
  show({ labels }: ValidationDetail): void {
    this.#cells = labels.map((label) => {
      const canvas = h('canvas', { 'aria-hidden': 'true' });
      return { label, canvas, button: this.#button(label, canvas) };
    });
    this.element.replaceChildren(...this.#cells.map(({ button }) => button));
    this.#paint();
  }

  select(name: string): void {
    for (const { label, button } of this.#cells) {
      button.setAttribute('aria-pressed', String(label.label === name));
      if (label.label === name) button.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
  }

  #button({ label, unit, scatter }: ValidatedLabel, canvas: HTMLCanvasElement): HTMLElement {
    const { text, subscript } = labelText(label);
    const spread = withUnit(roundTo(scatter, 2), unit);
    return h(
      'button',
      {
        type: 'button',
        class: 'label-cell',
        'aria-label': `${labelWord(label)}, scatter ${spread}`,
        title: `${labelWord(label)}: scatter ${spread}`,
        click: () => this.choose(label),
      },
      h('span', { class: 'label-name' }, text, subscript === '' ? null : h('sub', {}, subscript)),
      canvas,
      h('span', { class: 'label-scatter' }, spread),
    );
  }

  #paint(): void {
    const ink = readInk();
    for (const { label, canvas } of this.#cells) paint(canvas, label, ink);
  }
}

function paint(canvas: HTMLCanvasElement, label: ValidatedLabel, ink: Ink): void {
  const ratio = Math.max(1, devicePixelRatio);
  [canvas.width, canvas.height] = [sizePx * ratio, sizePx * ratio];
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(ratio, ratio);
  const { truth, inferred, lower, upper } = label;
  const range = robustRange([...truth, ...inferred], () => true);
  const at = (value: number): number => (sizePx * (value - range.from)) / (range.to - range.from);
  context.fillStyle = withAlpha(ink.quiet, ink.highContrast ? 0.3 : 0.14);
  if (lower !== null) context.fillRect(0, sizePx - at(lower), sizePx, at(lower));
  if (upper !== null) context.fillRect(0, 0, sizePx, sizePx - at(upper));
  const step = Math.max(1, Math.ceil(truth.length / mostPoints));
  context.fillStyle = withAlpha(ink.foreground, truth.length > 1000 ? 0.45 : 0.7);
  for (let n = 0; n < truth.length; n += step) {
    const [x, y] = [at(truth[n]!), sizePx - at(inferred[n]!)];
    if (Number.isFinite(x) && Number.isFinite(y)) context.fillRect(x - 0.6, y - 0.6, 1.2, 1.2);
  }
  context.strokeStyle = ink.model;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, sizePx);
  context.lineTo(sizePx, 0);
  context.stroke();
  context.strokeStyle = ink.frame;
  context.strokeRect(0.5, 0.5, sizePx - 1, sizePx - 1);
}

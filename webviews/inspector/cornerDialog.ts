/** The dialog with the posterior of the star on show. */
import { h, iconButton } from '../element';
import { readInk } from '../chart/theme';
import { roundTo, roundToError } from '../../engine/browser';
import { failureOf, failurePage, ProgressLine } from '../states';
import { labelWord } from '../words';
import type { Corner } from './corner';
import { paintCorner } from './corner';

export class CornerDialog {
  readonly #progress = new ProgressLine();
  readonly #canvas = h('canvas', { 'aria-hidden': 'true' });
  readonly #words = h('p', { class: 'note' });
  readonly #table = h('div', { class: 'for-screen-readers' });
  readonly #body = h('div', { class: 'corner-body' }, this.#canvas, this.#table);
  readonly #failure = h('div', { hidden: true });
  readonly #dialog = h(
    'dialog',
    { class: 'keys corner', 'aria-labelledby': 'corner-title' },
    this.#progress.element,
    h(
      'header',
      {},
      h('h2', { id: 'corner-title' }, 'Posterior of the labels'),
      iconButton('close', 'Close', 'Esc', () => this.#dialog.close()),
    ),
    this.#words,
    this.#body,
    this.#failure,
  );

  constructor() {
    document.body.append(this.#dialog);
    this.#dialog.addEventListener('click', (event) => event.target === this.#dialog && this.#dialog.close());
  }

  /** Opens at once, and shows what `read` gives when it comes. */
  async open(read: () => Promise<Corner>): Promise<void> {
    this.#dialog.showModal();
    this.#body.hidden = true;
    this.#failure.hidden = true;
    this.#words.textContent = '';
    this.#progress.busy = true;
    try {
      this.#show(await read());
    } catch (error) {
      this.#failure.replaceChildren(failurePage(failureOf(error), () => void this.open(read)));
      this.#failure.hidden = false;
    } finally {
      this.#progress.busy = false;
    }
  }

  #show(corner: Corner): void {
    const { fit, draws, scatter } = corner;
    this.#body.hidden = false;
    const nDraws = draws.labels.length / fit.labels.length;
    const scatters = fit.labels.flatMap(({ name, unit }, i) => {
      const value = scatter[i] ?? null;
      return value === null ? [] : [`${labelWord(name)} ${roundTo(value, 2)}${unit === '' ? '' : `\u00a0${unit}`}`];
    });
    this.#words.textContent = [
      `${nDraws} draws, worth ${Math.round(draws.effectiveSize)} independent ones; ${Math.round(100 * draws.acceptance)} % of proposals taken.`,
      'Orange: the Gaussian of the formal errors, with contours at 68 and 95 %. Dashed: the reference labels.',
      // It is often wider than the frame.
      scatters.length > 0 ? `Bar: the scatter in cross-validation (${scatters.join(', ')}).` : '',
    ].join(' ');
    const { clientWidth: width, clientHeight: height } = this.#body;
    const ratio = Math.min(2, devicePixelRatio);
    [this.#canvas.width, this.#canvas.height] = [width * ratio, height * ratio];
    [this.#canvas.style.width, this.#canvas.style.height] = [`${width}px`, `${height}px`];
    const context = this.#canvas.getContext('2d')!;
    context.scale(ratio, ratio);
    paintCorner(context, corner, readInk(), width, height);
    this.#table.replaceChildren(correlations(corner));
  }
}

/** The same for people who do not see it: values, errors, and correlations. */
function correlations({ fit }: Corner): HTMLElement {
  const n = fit.labels.length;
  const r = (i: number, j: number): string =>
    (fit.covariance[i * n + j]! / (fit.labels[i]!.error * fit.labels[j]!.error)).toFixed(2);
  const names = fit.labels.map(({ name }) => labelWord(name));
  return h(
    'table',
    {},
    h('caption', {}, 'Labels, their errors and correlations'),
    h('thead', {}, h('tr', {}, ...['label', 'value', 'error', ...names].map((text) => h('th', {}, text)))),
    h(
      'tbody',
      {},
      ...fit.labels.map(({ value, error }, i) => {
        const rounded = roundToError(value, error);
        const cells = [names[i]!, rounded.value, rounded.error, ...names.map((_, j) => r(i, j))];
        return h('tr', {}, ...cells.map((text) => h('td', {}, text)));
      }),
    ),
  );
}

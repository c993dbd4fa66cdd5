/** Label sliders: one a label, with ways back to the fit, the reference labels and other minima. */
import type { ModelAnatomy, StarFit } from '../../engine/index';
import { roundLike } from '../../engine/browser';
import { h } from '../element';
import { labelWithUnit, labelWord } from '../words';
import { sliderRange } from './trial';

export class LabelSliders {
  readonly element = h('section', { class: 'sliders', 'aria-label': 'Move labels', hidden: true });
  #inputs: HTMLInputElement[] = [];
  #outputs: HTMLOutputElement[] = [];
  #fit: StarFit | null = null;

  /** @param moved called with all labels, or with null for those of the fit */
  constructor(private readonly moved: (labels: readonly number[] | null) => void) {}

  /** A slider for each label of `fit`, at its values. */
  show(fit: StarFit, model: ModelAnatomy): void {
    this.#fit = fit;
    const best = fit.labels.map(({ value }) => value);
    this.#outputs = fit.labels.map(() => h('output'));
    this.#inputs = fit.labels.map(({ name, value, reference }, i) => {
      const rivals = fit.rivals.map(({ labels }) => labels[i]!);
      const { min, max, step } = sliderRange(model.labels[i]!, [
        value,
        ...(reference === null ? [] : [reference]),
        ...rivals,
      ]);
      return h('input', {
        type: 'range',
        min,
        max,
        step,
        value,
        'aria-label': labelWord(name),
        input: () => this.#move(),
      });
    });
    const rows = fit.labels.map((label, i) =>
      h('label', {}, h('span', {}, labelWithUnit(label)), this.#outputs[i]!, this.#inputs[i]!),
    );
    const goTo = (text: string, title: string, labels: readonly number[] | null): HTMLElement =>
      h(
        'button',
        { type: 'button', class: 'text-button', title, click: () => this.#set(labels ?? best, labels) },
        text,
      );
    const known = fit.labels.map(({ reference }) => reference);
    this.element.replaceChildren(
      h('h2', {}, 'What if'),
      ...rows,
      h(
        'div',
        { class: 'snaps' },
        goTo('Best fit', 'The labels of the fit', null),
        known.every((value) => value !== null)
          ? goTo('Reference', 'The labels of the reference table', known as readonly number[])
          : null,
        ...fit.rivals.map(({ labels, deltaChi2 }, k) =>
          goTo(`Rival ${k + 1}`, `Another minimum of χ², ${deltaChi2.toFixed(1)} above the best`, labels),
        ),
      ),
    );
    this.#write(best);
  }

  #set(labels: readonly number[], told: readonly number[] | null): void {
    this.#inputs.forEach((input, i) => (input.value = String(labels[i]!)));
    this.#write(labels);
    this.moved(told);
  }

  #move(): void {
    const labels = this.#inputs.map((input) => Number(input.value));
    this.#write(labels);
    this.moved(labels);
  }

  #write(labels: readonly number[]): void {
    this.#outputs.forEach((output, i) => (output.value = roundLike(labels[i]!, this.#fit?.labels[i]?.error ?? NaN)));
  }
}

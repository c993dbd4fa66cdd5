/** The lists of the control row: which columns lie along the axes, which gives the colour, and whose stars are shown. */
import type { TrainingSetView } from '../../engine/index';
import { h } from '../element';
import type { Choice } from './model';
import { keyOf, tableKey, wordOf } from './model';
import type { TrainingSetViewState } from './protocol';

type Option = readonly [value: string, text: string];

export class Selects {
  readonly #x = this.#select('Horizontal axis', (x) => ({ x }));
  readonly #y = this.#select('Vertical axis', (y) => ({ y }));
  readonly #colour = this.#select('Colour', (colour) => ({ colour }));
  readonly #bins = this.#select('Bins of', (bins) => ({ bins }));
  readonly #model = this.#select('Model', (model) => ({ model: model === '' ? null : model }));
  readonly #parts = {
    y: part('', this.#y),
    x: part('against', this.#x),
    bins: part('by', this.#bins),
    colour: part('colour', this.#colour),
    model: part('of', this.#model),
  };
  readonly element = h('span', { class: 'choices' }, ...Object.values(this.#parts));

  constructor(private readonly change: (change: Partial<TrainingSetViewState>) => void) {}

  show(set: TrainingSetView, { mode, model }: TrainingSetViewState, { x, y, colour, bins }: Choice): void {
    const own = set.columns.filter(({ kind }) => kind === 'label' || kind === 'snr');
    const options = own.map((column): Option => [keyOf(column), wordOf(column)]);
    const labels = new Set(set.columns.flatMap(({ kind, column }) => (kind === 'label' ? (column ?? []) : [])));
    const errors = set.columns.filter(({ kind }) => kind === 'error').map((one): Option => [keyOf(one), wordOf(one)]);
    const others = set.tableColumns.filter((name) => !labels.has(name)).map((name): Option => [tableKey(name), name]);
    const groups: [string, readonly Option[]][] = [
      ['Errors of labels', errors],
      ['Columns of the table', others],
    ];
    const special: Option[] = [...(set.models.length > 1 ? [['model', 'model'] as const] : []), ['none', 'nothing']];
    fill(this.#x, options, groups, keyOf(x));
    fill(this.#y, options, groups, keyOf(y));
    fill(this.#bins, options, [], keyOf(bins));
    fill(this.#colour, [...options, ...special], groups, typeof colour === 'string' ? colour : keyOf(colour));
    const models = set.models.map(({ name }): Option => [name, name]);
    fill(this.#model, [['', 'all models'], ...models], [], set.models.some(({ name }) => name === model) ? model! : '');
    this.#parts.x.hidden = this.#parts.y.hidden = this.#parts.colour.hidden = mode === 'coverage';
    this.#parts.bins.hidden = mode !== 'bins';
    this.#parts.model.hidden = set.models.length < 2;
  }

  stepColour(by: number): void {
    const { options, selectedIndex } = this.#colour;
    if (options.length === 0) return;
    // The columns of the table are many: keys walk through labels, S/N and models.
    const near = [...options].filter((option) => option.parentElement === this.#colour);
    const at = near.indexOf(options[selectedIndex]!);
    const next = near[(at + by + near.length) % near.length];
    if (next) this.change({ colour: next.value });
  }

  #select(label: string, of: (value: string) => Partial<TrainingSetViewState>): HTMLSelectElement {
    const select = h('select', { 'aria-label': label, title: label, change: () => this.change(of(select.value)) });
    return select;
  }
}

function part(word: string, select: HTMLSelectElement): HTMLElement {
  return h('label', {}, word === '' ? null : h('span', {}, word), select);
}

function fill(
  select: HTMLSelectElement,
  options: readonly Option[],
  groups: readonly (readonly [title: string, options: readonly Option[]])[],
  value: string,
): void {
  const made = (list: readonly Option[]): HTMLElement[] => list.map(([key, text]) => h('option', { value: key }, text));
  select.replaceChildren(
    ...made(options),
    ...groups
      .filter(([, list]) => list.length > 0)
      .map(([title, list]) => h('optgroup', { label: title }, ...made(list))),
  );
  select.value = value;
}

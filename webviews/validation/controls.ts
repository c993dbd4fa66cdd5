/** The row of controls and the keys of the panel; they hold nothing, and say what was chosen. */
import { fill, h, iconButton } from '../element';
import { bindKeys, type Key } from '../keys';
import { againstOf, columnsOf } from './columns';
import { foldWords, type Scene } from './model';
import type { RunChoice, ValidationViewState, ViewName } from './protocol';
import { viewNames } from './protocol';

export const viewWords: Readonly<Record<ViewName, readonly [word: string, title: string]>> = {
  recovery: ['Recovery', 'Inferred against true (1)'],
  residual: ['Residual', 'Inferred − true against any number (2)'],
  pulls: ['Pulls', 'Residual over formal error (3)'],
  precision: ['Precision', 'Relative precision of all labels (4)'],
};

const pointer =
  'Wheel zooms at the pointer, Shift and wheel the vertical axis, a drag pans, a double click shows everything, a click inspects the star.';

export interface ControlEvents {
  change(change: Partial<ValidationViewState>, keepsView: boolean): void;
  chooseRun(path: string): void;
  /** "" for none. */
  compare(path: string): void;
  stepLabel(by: number): void;
  stepOutlier(by: number): void;
  walk(dx: number, dy: number): void;
  inspect(): void;
  leave(): void;
  toggleBounds(): void;
  toggleFacts(): void;
  zoom(factor: number): void;
  reset(): void;
  export(): void;
}

export class Controls {
  readonly element: HTMLElement;
  /** The choices that stand beside the plot's legend. */
  readonly fields: readonly HTMLElement[];
  readonly #runs: HTMLSelectElement;
  readonly #colours: HTMLSelectElement;
  readonly #columns: HTMLSelectElement;
  readonly #folds: HTMLSelectElement;
  readonly #others: HTMLSelectElement;
  readonly #colourField: HTMLElement;
  readonly #columnField: HTMLElement;
  readonly #views: readonly HTMLElement[];
  readonly #bounds: HTMLElement;

  constructor(private readonly events: ControlEvents) {
    this.#runs = select('Cross-validation', (path) => events.chooseRun(path));
    this.#colours = select('Colour', (key) => events.change({ colour: key === '' ? null : key }, true));
    this.#columns = select('Against', (key) => events.change({ against: key }, false));
    this.#folds = select('Fold', (fold) => events.change({ fold: fold === '' ? null : Number(fold) }, true));
    this.#others = select('Compare with', (path) => events.compare(path));
    this.#colourField = h('label', {}, 'colour', this.#colours);
    this.#columnField = h('label', {}, 'against', this.#columns);
    this.#bounds = iconButton('symbol-ruler', 'Bounds and spread of truth', 'B', () => events.toggleBounds());
    this.#views = viewNames.map((view) => {
      const [word, title] = viewWords[view];
      return h('button', { type: 'button', class: 'toggle', title, click: () => events.change({ view }, false) }, word);
    });
    this.fields = [this.#columnField, this.#colourField];
    const showKeys = bindKeys(this.#keys(), pointer);
    this.element = h(
      'header',
      { class: 'controls choices' },
      iconButton('chevron-left', 'Previous label', 'K', () => events.stepLabel(-1)),
      iconButton('chevron-right', 'Next label', 'J', () => events.stepLabel(1)),
      this.#runs,
      h('div', { class: 'views', role: 'group', 'aria-label': 'Plot' }, ...this.#views),
      this.#folds,
      this.#others,
      h('span', { class: 'spring' }),
      this.#bounds,
      iconButton('zoom-in', 'Zoom in', '+', () => events.zoom(1.5)),
      iconButton('zoom-out', 'Zoom out', '−', () => events.zoom(1 / 1.5)),
      iconButton('screen-full', 'Show everything', '0', () => events.reset()),
      iconButton('list-flat', 'Agreement and stars', 'F', () => events.toggleFacts()),
      iconButton('desktop-download', 'Export', 'E', () => events.export()),
      iconButton('question', 'Keys', '?', showKeys),
    );
  }

  /** Lists the runs, and the folds of the one that is shown. */
  list({ run, other, state }: Scene, choices: readonly RunChoice[]): void {
    const own: RunChoice = { path: run.path, title: `${run.model} · ${foldWords(run.folds)}` };
    const listed = choices.some(({ path }) => path === run.path) ? choices : [own, ...choices];
    const options = listed.map(({ path, title }) => [path, title] as const);
    fill(this.#runs, options, run.path);
    const others = options.filter(([path]) => path !== run.path);
    fill(this.#others, [['', 'compare with …'], ...others], other?.path ?? '');
    this.#others.hidden = others.length === 0;
    const folds = run.folds === 'leave-one-out' ? [] : foldsOf(run.fold);
    this.#folds.hidden = folds.length === 0;
    const named = folds.map((fold) => [String(fold), `fold ${fold}`] as const);
    fill(this.#folds, [['', 'all folds'], ...named], String(state.fold ?? ''));
  }

  show({ run, other, label, state }: Scene): void {
    const { view } = state;
    this.#views.forEach((button, k) => button.setAttribute('aria-pressed', String(viewNames[k] === view)));
    const columns = columnsOf(run, label);
    const options = columns.map(({ key, title }) => [key, title] as const);
    fill(this.#colours, [['', 'none'], ...options], state.colour ?? '');
    fill(this.#columns, options, againstOf(columns, state.against).key);
    this.#colourField.hidden = other !== null || view === 'pulls' || view === 'precision';
    this.#columnField.hidden = view !== 'residual';
    this.#bounds.setAttribute('aria-pressed', String(state.showsBounds));
    this.#bounds.hidden = view === 'pulls' || view === 'precision';
  }

  #keys(): Key[] {
    const { events } = this;
    const arrows: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    // A button that has the focus is pressed by Enter.
    const isFree = (): boolean => !(document.activeElement instanceof HTMLButtonElement);
    const simple = (keys: readonly string[], shown: string, does: string, run: () => void): Key => ({
      ...{ keys, shown, does, run },
    });
    return [
      simple(['j'], 'J', 'Next label', () => events.stepLabel(1)),
      simple(['k'], 'K', 'Previous label', () => events.stepLabel(-1)),
      {
        ...{ keys: ['1', '2', '3', '4'], shown: '1 2 3 4', does: 'Recovery, residual, pulls, precision' },
        run: ({ key }) => events.change({ view: viewNames[Number(key) - 1]! }, false),
      },
      {
        ...{ keys: Object.keys(arrows), shown: '← → ↑ ↓', does: 'Go from star to star' },
        run: ({ key }) => events.walk(...arrows[key]!),
      },
      { ...simple(['Enter'], 'Enter', 'Inspect the star', () => events.inspect()), isActive: isFree },
      simple([']'], ']', 'Next of the furthest stars', () => events.stepOutlier(1)),
      simple(['['], '[', 'Previous of the furthest stars', () => events.stepOutlier(-1)),
      simple(['Escape'], 'Esc', 'Leave the star', () => events.leave()),
      simple(['b'], 'B', 'Bounds and spread of truth', () => events.toggleBounds()),
      simple(['c'], 'C', 'Next colour', () => nextOption(this.#colours)),
      simple(['x'], 'X', 'Residual against the next number', () => nextOption(this.#columns)),
      simple(['d'], 'D', 'Next fold', () => nextOption(this.#folds)),
      simple(['f'], 'F', 'Show or hide agreement and stars', () => events.toggleFacts()),
      simple(['+', '='], '+', 'Zoom in', () => events.zoom(1.5)),
      simple(['-', '_'], '−', 'Zoom out', () => events.zoom(1 / 1.5)),
      simple(['0'], '0', 'Show everything', () => events.reset()),
      simple(['e'], 'E', 'Export', () => events.export()),
    ];
  }
}

export function foldsOf(fold: ArrayLike<number>): number[] {
  return [...new Set(Array.from(fold))].filter(Number.isFinite).sort((a, b) => a - b);
}

function select(name: string, chosen: (value: string) => void): HTMLSelectElement {
  const element: HTMLSelectElement = h('select', { 'aria-label': name, change: () => chosen(element.value) });
  return element;
}

/** The next choice of a list that is on show, and round again. */
function nextOption(list: HTMLSelectElement): void {
  if (list.offsetParent === null) return;
  list.selectedIndex = (list.selectedIndex + 1) % list.options.length;
  list.dispatchEvent(new Event('change'));
}

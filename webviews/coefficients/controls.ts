/** The row of controls and the keys of the panel; they hold nothing, and say what was asked for. */
import type { ModelAnatomy } from '../../engine/index';
import { fill, h, iconButton } from '../element';
import { bindKeys, type Key } from '../keys';
import { termWord } from '../words';
import type { CoefficientsViewState, ModelChoice } from './protocol';

export interface CoefficientsActions {
  chooseModel(path: string): void;
  chooseTerm(term: number): void;
  /** "" for none. */
  compare(path: string): void;
  stepTerm(by: number): void;
  stepElement(by: number): void;
  stepPixel(by: number): void;
  leavePixel(): void;
  toggleSigma(): void;
  toggleLines(): void;
  toggleFacts(): void;
  export(): void;
}

export class CoefficientsControls {
  readonly element: HTMLElement;
  readonly #models = h('select', { 'aria-label': 'Model', change: () => this.actions.chooseModel(this.#models.value) });
  readonly #terms = h('select', {
    'aria-label': 'Term',
    change: () => this.actions.chooseTerm(this.#terms.selectedIndex),
  });
  readonly #others = h('select', {
    'aria-label': 'Compare with',
    change: () => this.actions.compare(this.#others.value),
  });
  readonly #sigma = iconButton('symbol-operator', 'θ in units of its error', 'S', () => this.actions.toggleSigma());
  readonly #lines = iconButton('list-ordered', 'Known lines', 'L', () => this.actions.toggleLines());

  /** @param stage buttons and keys that move the view */
  constructor(
    private readonly actions: CoefficientsActions,
    stage: { readonly buttons: readonly HTMLElement[]; readonly keys: readonly Key[] },
  ) {
    const showKeys = bindKeys([...this.#keys(), ...stage.keys]);
    this.element = h(
      'header',
      { class: 'controls' },
      iconButton('chevron-left', 'Previous term', 'K', () => actions.stepTerm(-1)),
      iconButton('chevron-right', 'Next term', 'J', () => actions.stepTerm(1)),
      this.#models,
      this.#terms,
      this.#others,
      h('span', { class: 'spring' }),
      this.#sigma,
      this.#lines,
      ...stage.buttons,
      iconButton('list-flat', 'Elements and pixel', 'F', () => actions.toggleFacts()),
      iconButton('desktop-download', 'Export', 'E', () => actions.export()),
      iconButton('question', 'Keys', '?', showKeys),
    );
  }

  /** Lists terms of the model, and those that could be shown or compared with. */
  list(model: ModelAnatomy, term: number, choices: readonly ModelChoice[], other: ModelAnatomy | null): void {
    const own = { path: model.path, title: model.name };
    const listed = choices.some(({ path }) => path === model.path) ? choices : [own, ...choices];
    const options = listed.map(({ path, title }) => [path, title] as const);
    fill(this.#models, options, model.path);
    const terms = model.termNames.map((name) => [name, termWord(name)] as const);
    fill(this.#terms, terms, model.termNames[term]!);
    const others = options.filter(([path]) => path !== model.path);
    fill(this.#others, [['', 'compare with …'], ...others], other?.path ?? '');
    this.#others.hidden = others.length === 0;
  }

  show({ inSigma, showLines }: CoefficientsViewState, model: ModelAnatomy, term: number): void {
    this.#terms.selectedIndex = term;
    this.#sigma.hidden = model.thetaError.length === 0;
    this.#sigma.setAttribute('aria-pressed', String(inSigma));
    this.#lines.setAttribute('aria-pressed', String(showLines));
  }

  #keys(): Key[] {
    const { actions } = this;
    const simple = (keys: readonly string[], shown: string, does: string, run: () => void): Key => ({
      ...{ keys, shown, does, run },
    });
    return [
      simple(['j'], 'J', 'Next term', () => actions.stepTerm(1)),
      simple(['k'], 'K', 'Previous term', () => actions.stepTerm(-1)),
      simple([']'], ']', 'Next element', () => actions.stepElement(1)),
      simple(['['], '[', 'Previous element', () => actions.stepElement(-1)),
      simple(['.'], '.', 'Next pixel, at first that in the middle', () => actions.stepPixel(1)),
      simple([','], ',', 'Previous pixel', () => actions.stepPixel(-1)),
      simple(['Escape'], 'Esc', 'Leave the pixel', () => actions.leavePixel()),
      simple(['s'], 'S', 'θ in flux, or in units of its error', () => actions.toggleSigma()),
      simple(['l'], 'L', 'Known lines of stars', () => actions.toggleLines()),
      simple(['f'], 'F', 'Show or hide elements and pixel', () => actions.toggleFacts()),
      simple(['e'], 'E', 'Export', () => actions.export()),
    ];
  }
}

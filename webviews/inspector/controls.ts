/** The control row of the inspector, its buttons and its keys: what there is to do, by name. */
import type { StarFit } from '../../engine/index';
import { h, iconButton } from '../element';
import type { Key } from '../keys';
import { bindKeys } from '../keys';

/** What the row asks of the panel. */
export interface InspectorActions {
  step(by: number): void;
  stepWindow(by: 1 | -1): void;
  toggleResidual(): void;
  toggleFacts(): void;
  toggleLines(): void;
  stepSmoothing(): void;
  stepAxis(): void;
  toggleSliders(): void;
  showPosterior(): void;
  pin(): void;
  compareRepeats(): void;
  toggleNeighbours(): void;
  /** Of the range in view, what a drag with Shift measures. */
  measure(): void;
  openSpectrum(): void;
  export(): void;
}

export type FigureButton =
  'residual' | 'facts' | 'lines' | 'smooth' | 'axis' | 'labels' | 'posterior' | 'pin' | 'neighbours';

const pointerHelp =
  'Wheel zooms at the pointer, Shift and wheel zooms the flux, a drag pans, Shift and drag measures, a double click shows everything.';

export class InspectorControls {
  readonly element: HTMLElement;
  readonly buttons: Readonly<Record<FigureButton, HTMLButtonElement>>;
  readonly #title = h('h1', {}, ' ');
  readonly #model = h('span', { class: 'aside' });
  /** Of no use while there is no figure. */
  readonly #figureButtons: readonly HTMLElement[];

  constructor(actions: InspectorActions, stageButtons: readonly HTMLElement[], stageKeys: readonly Key[]) {
    this.buttons = {
      residual: iconButton('graph-scatter', 'Residual', 'R', () => actions.toggleResidual()),
      facts: iconButton('list-flat', 'Labels and χ²', 'F', () => actions.toggleFacts()),
      lines: iconButton('list-ordered', 'Lines', 'L', () => actions.toggleLines()),
      smooth: iconButton('settings', 'Smooth', 'S', () => actions.stepSmoothing()),
      axis: iconButton('symbol-ruler', 'Rest, observed, velocity', 'V', () => actions.stepAxis()),
      labels: iconButton('symbol-numeric', 'Move labels', 'M', () => actions.toggleSliders()),
      posterior: iconButton('symbol-misc', 'Posterior', 'P', () => actions.showPosterior()),
      neighbours: iconButton('organization', 'Nearest training stars', 'N', () => actions.toggleNeighbours()),
      pin: iconButton('pin', 'Keep this star to compare', 'C', () => actions.pin()),
    };
    this.#figureButtons = [...stageButtons, ...Object.values(this.buttons)];
    const showKeys = bindKeys([...ownKeys(actions), ...stageKeys], pointerHelp);
    this.element = h(
      'header',
      { class: 'controls' },
      iconButton('chevron-left', 'Previous star', 'K', () => actions.step(-1)),
      iconButton('chevron-right', 'Next star', 'J', () => actions.step(1)),
      this.#title,
      this.#model,
      h('span', { class: 'spring' }),
      ...this.#figureButtons,
      iconButton('go-to-file', 'Open the spectrum', 'O', () => actions.openSpectrum()),
      iconButton('desktop-download', 'Export', 'E', () => actions.export()),
      iconButton('question', 'Keys', '?', showKeys),
    );
  }

  /** Null while there is no star. */
  entitle(fit: StarFit | null): void {
    this.#title.textContent = fit === null ? ' ' : `Star ${fit.title}`;
    this.#title.title = fit?.path ?? '';
    this.#model.textContent = fit === null ? '' : `${fit.model.name} model`;
    this.#model.title = fit?.model.path ?? '';
    for (const button of this.#figureButtons) button.hidden = fit === null;
  }

  press(name: FigureButton, isOn: boolean): void {
    this.buttons[name].setAttribute('aria-pressed', String(isOn));
  }
}

function ownKeys(actions: InspectorActions): Key[] {
  return [
    { keys: ['j'], shown: 'J', does: 'Next star', run: () => actions.step(1) },
    { keys: ['k'], shown: 'K', does: 'Previous star', run: () => actions.step(-1) },
    { keys: [']'], shown: ']', does: 'Next window', run: () => actions.stepWindow(1) },
    { keys: ['['], shown: '[', does: 'Previous window', run: () => actions.stepWindow(-1) },
    { keys: ['r'], shown: 'R', does: 'Show or hide the residual', run: () => actions.toggleResidual() },
    { keys: ['f'], shown: 'F', does: 'Show or hide labels and χ²', run: () => actions.toggleFacts() },
    { keys: ['l'], shown: 'L', does: 'Show or hide known lines', run: () => actions.toggleLines() },
    { keys: ['s'], shown: 'S', does: 'Smooth by 3, 7, 15 pixels, or not', run: () => actions.stepSmoothing() },
    { keys: ['v'], shown: 'V', does: 'Rest or observed wavelengths, or velocities', run: () => actions.stepAxis() },
    { keys: ['m'], shown: 'M', does: 'Move labels and see the model follow', run: () => actions.toggleSliders() },
    { keys: ['p'], shown: 'P', does: 'Posterior of the labels', run: () => actions.showPosterior() },
    { keys: ['n'], shown: 'N', does: 'Nearest training stars', run: () => actions.toggleNeighbours() },
    { keys: ['c'], shown: 'C', does: 'Keep this star to compare with the next ones', run: () => actions.pin() },
    {
      keys: ['a'],
      shown: 'A',
      does: 'Compare with other observations of this star',
      run: () => actions.compareRepeats(),
    },
    { keys: ['w'], shown: 'W', does: 'Measure the range in view', run: () => actions.measure() },
    { keys: ['o'], shown: 'O', does: 'Open the spectrum', run: () => actions.openSpectrum() },
    { keys: ['e'], shown: 'E', does: 'Export', run: () => actions.export() },
  ];
}

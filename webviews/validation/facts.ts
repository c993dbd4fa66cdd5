/** The column beside the plot: how a label fares, whether its errors are honest, by S/N, and the stars that fare worst. */
import type { ValidatedLabel } from '../../engine/index';
import { noNumber, realMinus, roundTo } from '../../engine/browser';
import { codicon, h } from '../element';
import { labelText, labelWithUnit } from '../words';
import type { Scene } from './model';
import { outliers, pulls, residuals } from './statistics';
import { agreementRows, boundsSentence, differenceSentence, honesty, starFacts } from './words';

export interface FactEvents {
  reveal(key: string): void;
  /** Marks a star in the plot. */
  choose(star: number): void;
  inspect(star: number): void;
}

const caption = (text: string): HTMLElement => h('caption', { class: 'for-screen-readers' }, text);
type Head = readonly [text: string, title: string];
const headOf = (...titles: readonly Head[]): HTMLElement =>
  h(
    'thead',
    {},
    h(
      'tr',
      {},
      ...titles.map(([text, title], k) => h('th', { scope: 'col', title, class: k > 0 ? 'number' : '' }, text)),
    ),
  );
const rowOf = (name: Node | string, ...cells: readonly (Node | string)[]): HTMLElement =>
  h('tr', {}, h('th', { scope: 'row' }, name), ...cells.map((cell) => h('td', { class: 'number' }, cell)));
const note = (text: string): HTMLElement | null => (text === '' ? null : h('p', { class: 'note' }, text));

export function factsOf(scene: Scene, star: number | null, events: FactEvents): Node[] {
  const { label } = scene;
  return [
    ...(star === null ? [] : starSection(scene, star, events)),
    h('h2', {}, labelName(label, events)),
    agreementTable(scene),
    note(differenceSentence(scene)),
    note(boundsSentence(label)),
    h('h2', {}, 'Are the errors honest?'),
    h('p', { class: 'verdict' }, honesty(label)),
    ...snrSection(label),
    ...outlierSection(scene, star, events),
  ].filter((node) => node !== null);
}

/** A label as it is printed; it leads to its key in the config. */
function labelName({ label, unit }: ValidatedLabel, events: FactEvents): HTMLElement {
  const { text, subscript } = labelText(label);
  const key = `labels/${label}`;
  const parts = subscript === '' ? [text] : [text, h('sub', {}, subscript)];
  return h(
    'button',
    { type: 'button', class: 'link', title: `${key} in cannon.yaml`, click: () => events.reveal(key) },
    ...parts,
    unit === '' ? '' : ` (${unit})`,
  );
}

function agreementTable(scene: Scene): HTMLElement {
  const { heads, rows } = agreementRows(scene);
  return h(
    'table',
    { class: 'agreement' },
    caption(`Agreement of inferred and true ${labelWithUnit({ name: scene.label.label, unit: scene.label.unit })}`),
    headOf(['', ''], ...heads.map((head): Head => [head, ''])),
    h(
      'tbody',
      {},
      ...rows.map(({ name, title, values }) => {
        const row = rowOf(name, ...values);
        row.title = title;
        return row;
      }),
    ),
  );
}

function snrSection({ bySnr }: ValidatedLabel): Node[] {
  if (bySnr.length === 0) return [];
  return [
    h('h2', {}, 'By S/N'),
    h(
      'table',
      { class: 'by-snr' },
      caption('The same for equal parts of the stars from low to high S/N a pixel'),
      headOf(['S/N', 'A pixel'], ['stars', ''], ['scatter', ''], ['bias', 'Median'], ['r', 'Pearson’s correlation']),
      h(
        'tbody',
        {},
        ...bySnr.map(({ from, to, stars, scatter, bias, correlation }) =>
          rowOf(
            `${from.toFixed(0)}–${to.toFixed(0)}`,
            String(stars),
            roundTo(scatter, 3),
            roundTo(bias, 2),
            Number.isFinite(correlation) ? realMinus(correlation.toFixed(3)) : noNumber,
          ),
        ),
      ),
    ),
  ];
}

function inspectButton(name: string, inspect: () => void): HTMLElement {
  const title = `Inspect star ${name}`;
  return h(
    'button',
    { type: 'button', class: 'icon-button', title, 'aria-label': title, click: inspect },
    codicon('graph-line'),
  );
}

function outlierSection({ run, label }: Scene, marked: number | null, events: FactEvents): Node[] {
  const worst = outliers(label);
  if (worst.length === 0) return [];
  const [delta, pull] = [residuals(label), pulls(label)];
  return [
    h('h2', {}, worst.length === 1 ? 'The furthest star' : `The ${worst.length} furthest stars`),
    h(
      'table',
      { class: 'outliers' },
      caption('Stars with the largest residual over formal error'),
      headOf(['star', ''], ['Δ', 'Inferred − true'], ['Δ/σ', 'Over the formal error'], ['', '']),
      h(
        'tbody',
        {},
        ...worst.map((n) => {
          const name = run.stars[n]!;
          const row = rowOf(
            h('button', { type: 'button', class: 'link', click: () => events.choose(n) }, name),
            roundTo(delta[n]!, 3),
            realMinus(pull[n]!.toFixed(1)),
            inspectButton(name, () => events.inspect(n)),
          );
          row.classList.toggle('selected', n === marked);
          return row;
        }),
      ),
    ),
  ];
}

function starSection(scene: Scene, star: number, events: FactEvents): Node[] {
  const name = scene.run.stars[star]!;
  return [
    h(
      'h2',
      { class: 'with-button' },
      `Star ${name}`,
      inspectButton(name, () => events.inspect(star)),
    ),
    h(
      'table',
      { class: 'star' },
      caption(`Star ${name}`),
      h('tbody', {}, ...starFacts(scene, star).map((fact) => rowOf(fact.name, fact.value))),
    ),
  ];
}

/** The column beside the plots: the funnel, how labels are covered, and how they go together. */
import type { TrainingSetView } from '../../engine/index';
import { roundTo } from '../../engine/browser';
import { shades } from '../chart/colours';
import { h } from '../element';
import { labelText, labelWord } from '../words';
import type { Step } from './model';
import { keyOf, outside, stepsOf, valueText } from './model';
import type { Coverage } from './statistics';
import { shortR } from './statistics';

export interface FactEvents {
  /** A key of the description, or `review`. */
  reveal(key: string): void;
  /** Lets the stars that a step dropped stand out; null for none. */
  highlight(step: string | null): void;
  /** Shows this label's histogram. */
  colour(column: string): void;
  pair(x: string, y: string): void;
}

const thinSpaced = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, '\u2009');

export function funnelTable(set: TrainingSetView, chosen: string | null, events: FactEvents): HTMLElement[] {
  const steps = stepsOf(set);
  // A survey may be a thousand times its training set: bars are scaled to what matched.
  const scale = Math.max(1, ...steps.slice(1).map(({ stars }) => stars));
  return [
    h('h2', {}, 'From spectra to training stars'),
    h(
      'table',
      { class: 'funnel' },
      h('caption', { class: 'for-screen-readers' }, 'Stars left after each step, and dropped by it'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'step'),
          h('th', { scope: 'col', class: 'number' }, 'left'),
          h('th', { scope: 'col', class: 'number' }, 'dropped'),
        ),
      ),
      h('tbody', {}, ...steps.flatMap((step) => stepRows(step, scale, step.key === chosen, events))),
    ),
  ];
}

function stepRows(step: Step, scale: number, isChosen: boolean, events: FactEvents): HTMLElement[] {
  const isModel = step.model !== undefined;
  const bar = h('span', { class: `bar${isModel ? ' of-model' : ''}${step.isPending ? ' pending' : ''}` });
  // Set as a property: a style attribute would offend the page's policy.
  bar.style.width = `${Math.min(100, (100 * step.stars) / scale)}%`;
  const place = step.key === outside ? 'models' : step.key;
  const file = step.key === 'review' ? 'review.yaml' : 'cannon.yaml';
  const row = h(
    'tr',
    { class: isChosen ? 'selected' : '', 'data-step': step.key },
    h(
      'th',
      { scope: 'row', title: step.step },
      h(
        'button',
        { type: 'button', class: 'link', title: `Show ${place} in ${file}`, click: () => events.reveal(place) },
        step.step,
      ),
      h('span', { class: 'track' }, bar),
    ),
    h('td', { class: 'number' }, `${step.isPending ? '≤ ' : ''}${thinSpaced(step.stars)}`),
    h('td', { class: 'number lost' }, lostButton(step, isChosen, events)),
  );
  return step.thresholds === undefined ? [row] : [row, thresholdsRow(step)];
}

function lostButton({ lost, key, step }: Step, isChosen: boolean, events: FactEvents): HTMLElement | string {
  if (lost === null || lost === 0) return '';
  const text = `−${thinSpaced(lost)}`;
  // Spectra without a row of the table have no labels to be shown by.
  if (key === 'reference/match') return text;
  return h(
    'button',
    {
      type: 'button',
      class: 'link',
      title: isChosen ? 'Show all stars alike' : `Let the stars stand out that were dropped by ${step}`,
      'aria-label': `${lost} stars dropped by ${step}`,
      'aria-pressed': String(isChosen),
      click: () => events.highlight(isChosen ? null : key),
    },
    text,
  );
}

function thresholdsRow({ thresholds = [] }: Step): HTMLElement {
  const parts = thresholds.map(({ element, threshold, above }) =>
    h('span', { title: `${above} stars lie above` }, `${element} ≤ ${roundTo(threshold, 3)}`),
  );
  return h('tr', { class: 'thresholds' }, h('td', { colspan: 3 }, 'χ² in windows: ', ...parts));
}

export function coverageTable(rows: readonly Coverage[], events: FactEvents): HTMLElement[] {
  const heading = h('h2', {}, 'Labels of the training stars');
  if (rows.every(({ n }) => n === 0)) return [heading, h('p', { class: 'note' }, 'No star is left to train on.')];
  return [
    heading,
    h(
      'table',
      { class: 'coverage' },
      h('caption', { class: 'for-screen-readers' }, 'Range and widest gap of each label'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'label'),
          ...['min', 'median', 'max', 'widest gap'].map((text) => h('th', { scope: 'col', class: 'number' }, text)),
        ),
      ),
      h(
        'tbody',
        {},
        ...rows.map(({ column, n, min, median, max, gap }) =>
          h(
            'tr',
            {},
            h(
              'th',
              { scope: 'row' },
              h(
                'button',
                {
                  type: 'button',
                  class: 'link',
                  title: `Colour by ${labelWord(column.name)}; ${n} training stars have it`,
                  click: () => events.colour(keyOf(column)),
                },
                ...nameOf(column.name),
              ),
              h('span', { class: 'unit' }, column.unit === '' ? '' : ` ${column.unit}`),
            ),
            ...[min, median, max].map((value) => h('td', { class: 'number' }, valueText(column, value))),
            h(
              'td',
              {
                class: 'number',
                title:
                  gap === null ? '' : `No star from ${valueText(column, gap.from)} to ${valueText(column, gap.to)}`,
              },
              gap === null ? '' : valueText(column, gap.to - gap.from, max),
            ),
          ),
        ),
      ),
    ),
  ];
}

function nameOf(label: string): (HTMLElement | string)[] {
  const { text, subscript } = labelText(label);
  return subscript === '' ? [text] : [text, h('sub', {}, subscript)];
}

/** r as a table of small coloured cells, each a button that shows the two labels against each other. */
export function correlationTable(
  { labels, r }: { labels: readonly { name: string }[]; r: readonly (readonly number[])[] },
  isDark: boolean,
  events: FactEvents,
): HTMLElement[] {
  const cell = (i: number, j: number): HTMLElement => {
    const [one, other] = [labels[i]!.name, labels[j]!.name];
    const value = r[i]![j]!;
    const button = h(
      'button',
      {
        type: 'button',
        title: `${labelWord(one)} against ${labelWord(other)}: r = ${shortR(value)}`,
        'aria-label': `r of ${labelWord(one)} and ${labelWord(other)}: ${shortR(value)}`,
        click: () => events.pair(other, one),
      },
      shortR(value),
    );
    tint(button, value, isDark);
    return h('td', {}, button);
  };
  const isKnown = r.some((row, i) => row.some((value, j) => i !== j && Number.isFinite(value)));
  if (labels.length < 2 || !isKnown) return [];
  return [
    h('h2', {}, 'How labels go together (r)'),
    h(
      'table',
      { class: 'correlations' },
      h('caption', { class: 'for-screen-readers' }, 'Correlation of each pair of labels over the training stars'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('td'),
          ...labels.slice(0, -1).map(({ name }) => h('th', { scope: 'col' }, h('span', {}, ...nameOf(name)))),
        ),
      ),
      h(
        'tbody',
        {},
        ...labels
          .slice(1)
          .map(({ name }, k) =>
            h(
              'tr',
              {},
              h('th', { scope: 'row' }, ...nameOf(name)),
              ...labels.slice(0, k + 1).map((_, j) => cell(k + 1, j)),
            ),
          ),
      ),
    ),
  ];
}

/** The stronger, the farther from the background: along the map of colours, from its dark end on light themes and so on. */
function tint(button: HTMLElement, r: number, isDark: boolean): void {
  const size = Math.abs(r);
  if (!(size >= 0.1)) return;
  // The map's dark half on light themes, its bright half on dark ones: text on it is the background's colour.
  const at = isDark ? 0.45 + 0.5 * size : 0.7 - 0.6 * size;
  button.style.backgroundColor = shades[Math.round(at * (shades.length - 1))]!.replace(
    ')',
    `, ${(0.15 + 0.8 * size).toFixed(2)})`,
  );
  if (size >= 0.5) button.style.color = isDark ? '#000000' : '#ffffff';
}

/** The diagram in numbers, for people who do not see it. */
export function summaryTable([head = [], ...rows]: string[][]): HTMLElement {
  return h(
    'table',
    {},
    h('caption', {}, 'The diagram in numbers'),
    h('thead', {}, h('tr', {}, ...head.map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...rows.map((row) => h('tr', {}, ...row.map((text) => h('td', {}, text))))),
  );
}

/** What there is to know about the chosen star: why it was flagged, its labels, its repeats, and the training stars nearest to it. */
import type { RepeatOfStar, StarReasons } from '../../engine/index';
import { noNumber, roundTo, roundToError } from '../../engine/browser';
import { codicon, h } from '../element';
import { neighbourTable } from '../inspector/neighbours';
import { labelText } from '../words';
import { labelNodes } from './grid';
import { flagText, labelsOf } from './model';
import type { Bench } from './protocol';
import { linePulls, pullText } from './verdicts';

export interface FactEvents {
  readonly inspect: (path: string) => void;
}

/** One sentence on what to think of it, then the reasons. */
export function reasonList(star: StarReasons): HTMLElement[] {
  const { reasons } = star;
  // A sentence that only strings the reasons together says nothing new.
  const isNew = !reasons.every(({ text }) => star.summary.toLowerCase().includes(text.toLowerCase()));
  const summary = isNew || reasons.length === 0 ? star.summary : '';
  const said =
    summary === '' && reasons.length === 0
      ? [h('p', { class: 'note' }, 'Nothing was flagged: the model describes this star as well as others.')]
      : [];
  return [
    ...(summary === '' ? [] : [h('p', { class: 'summary' }, summary)]),
    ...said,
    h(
      'ul',
      { class: 'flags', 'aria-label': 'Reasons' },
      ...reasons.map(({ flag, text }) =>
        h(
          'li',
          {},
          codicon(flag === '' ? 'info' : 'warning'),
          h('span', flag === '' ? {} : { title: flagText(flag) }, capital(text)),
        ),
      ),
    ),
  ];
}

/** Symbols and names of files stay as they are written: χ², review.yaml. */
const capital = (text: string): string => text.replace(/^[a-z](?=[a-z]*[ ,])/, (letter) => letter.toUpperCase());

/** Fewer than so many errors off, an element's lines are no news. */
const remarkableSigma = 3;
const mostElements = 6;

/** Elements whose lines differ from the model's, the largest difference first. */
export function elementLine({ values }: StarReasons): HTMLElement[] {
  const odd = linePulls(values)
    .filter(({ pull }) => Math.abs(pull) >= remarkableSigma)
    .sort((a, b) => Math.abs(b.pull) - Math.abs(a.pull));
  if (odd.length === 0) return [];
  const texts = odd.slice(0, mostElements).map(({ name, column, pull }) => {
    const [chi2, n] = [values[`chi2_${column}`], values[`n_pixels_${column}`]];
    const perPixel = typeof chi2 === 'number' && typeof n === 'number' && n > 0 ? `, χ²/n ${roundTo(chi2 / n, 2)}` : '';
    return h('span', {}, h('strong', {}, name), ` ${pullText(pull)}${perPixel}`);
  });
  const more = odd.length > mostElements ? [h('span', { class: 'unit' }, `and ${odd.length - mostElements} more`)] : [];
  return [h('h2', {}, 'Lines against the model'), h('p', { class: 'labels-line' }, ...texts, ...more)];
}

/** All labels of the star, rounded to their errors. */
export function labelTable(bench: Bench, { values }: StarReasons): HTMLElement[] {
  const outside = new Set(typeof values['extrapolating'] === 'string' ? values['extrapolating'].split(/\s+/) : []);
  const labels = labelsOf(bench).flatMap(({ name, unit }) => {
    const [value, error] = [values[name], values[`e_${name}`]];
    if (typeof value !== 'number') return [];
    return [
      { name, unit, isOutside: outside.has(name), ...roundToError(value, typeof error === 'number' ? error : NaN) },
    ];
  });
  if (labels.length === 0) return [];
  return [
    h('h2', {}, 'Labels'),
    h(
      'p',
      { class: 'labels-line' },
      ...labels.map(({ name, unit, isOutside, value, error }) =>
        h(
          'span',
          isOutside ? { class: 'outside', title: 'Where the model is not believed' } : {},
          h('span', { class: 'unit' }, ...labelNodes(labelText(name))),
          ` ${value}`,
          error === noNumber ? null : ` ± ${error}`,
          unit === '' || unit === 'dex' ? null : h('span', { class: 'unit' }, ` ${unit}`),
          isOutside ? ' †' : null,
        ),
      ),
    ),
  ];
}

/** Which observation the inspector shows, where there are several, and which keys show the others. */
export function observationLine({ repeats, odd }: StarReasons, shown: string | null): HTMLElement[] {
  const at = repeats.findIndex(({ path }) => path !== null && path === shown);
  if (at < 0 || repeats.length < 2) return [];
  const how = at === odd ? ', the most surprising' : '';
  const which = `Observation ${at + 1} of ${repeats.length}${how}. `;
  return [h('p', { class: 'note observation' }, which, h('kbd', {}, ','), ' ', h('kbd', {}, '.'), ' for the others')];
}

/**
 * The star's observations, with how far each label is from that of the star in errors of the observation.
 * @param shown path of the one that is looked at
 */
export function repeatTable(bench: Bench, star: StarReasons, shown: string | null, events: FactEvents): HTMLElement[] {
  const { repeats, values, odd } = star;
  if (repeats.length < 2) return [];
  const labels = labelsOf(bench)
    .filter(({ name }) => repeats.some((repeat) => Number.isFinite(repeat.values[name])))
    .slice(0, 3);
  const heads: HTMLElement[] = [
    h('th', { scope: 'col' }, 'observation'),
    h('th', { scope: 'col', class: 'number' }, 'S/N'),
    ...labels.map(({ name }) => h('th', { scope: 'col', class: 'number' }, ...labelNodes(labelText(name)))),
    h(
      'th',
      { scope: 'col', class: 'number', title: 'Largest difference from the star’s label, in errors of both' },
      'Δ/σ',
    ),
  ];
  return [
    h('h2', {}, `Observations (${repeats.length})`),
    h(
      'table',
      { class: 'repeats' },
      h('caption', { class: 'for-screen-readers' }, 'Observations of the star'),
      h('thead', {}, h('tr', {}, ...heads)),
      h(
        'tbody',
        {},
        ...repeats.map((repeat, n) => {
          const row = repeatRow(repeat, labels, values, events);
          if (n === odd) row.querySelector('th')!.append(h('span', { class: 'unit' }, ' most surprising'));
          if (repeat.path !== null && repeat.path === shown) row.setAttribute('aria-current', 'true');
          return row;
        }),
      ),
    ),
  ];
}

function repeatRow(
  { obsid, path, values, flags }: RepeatOfStar,
  labels: readonly { readonly name: string }[],
  star: StarReasons['values'],
  { inspect }: FactEvents,
): HTMLElement {
  const snr = values['snr'] ?? values['snrz'] ?? NaN;
  const worst = Math.max(...labels.map(({ name }) => Math.abs(deviation(values, star, name))).filter(Number.isFinite));
  return h(
    'tr',
    { title: flags.map(flagText).join(' · ') },
    h(
      'th',
      { scope: 'row' },
      path === null
        ? obsid
        : h('button', { type: 'button', class: 'link', title: `Inspect ${obsid}`, click: () => inspect(path) }, obsid),
      flags.length > 0 ? codicon('warning') : null,
    ),
    h('td', { class: 'number' }, Number.isFinite(snr) ? snr.toFixed(0) : noNumber),
    ...labels.map(({ name }) =>
      h('td', { class: 'number' }, roundToError(values[name] ?? NaN, values[`e_${name}`] ?? NaN).value),
    ),
    h('td', { class: 'number' }, Number.isFinite(worst) ? roundTo(worst, 2) : noNumber),
  );
}

/** (observation − star) / √(σ_observation² + σ_star²) of a label. */
function deviation(values: RepeatOfStar['values'], star: StarReasons['values'], name: string): number {
  const [whole, error] = [star[name], star[`e_${name}`]];
  if (typeof whole !== 'number' || typeof error !== 'number') return NaN;
  return ((values[name] ?? NaN) - whole) / Math.hypot(values[`e_${name}`] ?? NaN, error);
}

export function nearestTable({ nearest, nearestProblem }: StarReasons, { inspect }: FactEvents): HTMLElement[] {
  if (nearest !== null) return neighbourTable(nearest, { inspect, compare: null });
  return nearestProblem === ''
    ? []
    : [h('h2', {}, 'Nearest training stars'), h('p', { class: 'note' }, nearestProblem)];
}

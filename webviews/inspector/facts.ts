/** The table beside the plots: labels with their errors, agreement, and what a person should know before trusting the fit. */
import type { StarFit } from '../../engine/index';
import { codicon, h } from '../element';
import { elementFits, elementRow } from './windows';
import type { LabelRow } from './model';
import { labelRow, qualityFacts } from './model';
import { referenceRow } from './protocol';
import type { LabelText } from '../words';

/** @param reveal shows a key of cannon.yaml, or the star's row of the reference table */
export function factsTable(fit: StarFit, reveal: (key: string) => void): HTMLElement[] {
  const rows = fit.labels.map(labelRow);
  const hasReference = fit.labels.some((label) => label.reference !== null);
  return [
    h(
      'table',
      { class: 'labels' },
      h('caption', { class: 'for-screen-readers' }, `Labels of star ${fit.star}`),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'label'),
          h('th', { scope: 'col', class: 'number', colspan: 2 }, 'fit ± σ'),
          ...(hasReference
            ? [
                h('th', { scope: 'col', class: 'number' }, referenceLink(reveal)),
                h('th', { scope: 'col', class: 'number', title: '(fit − reference) / σ' }, 'Δ/σ'),
              ]
            : []),
        ),
      ),
      h('tbody', {}, ...rows.map((row) => tableRow(row, hasReference, reveal))),
    ),
    thetaNote(rows),
    rows.some((row) => row.extrapolated)
      ? h('p', { class: 'note' }, '† outside the range of the training set')
      : h('span'),
    h(
      'table',
      { class: 'quality' },
      h('caption', { class: 'for-screen-readers' }, 'Agreement of model and data'),
      h(
        'tbody',
        {},
        ...qualityFacts(fit).map((fact) =>
          h('tr', {}, h('th', { scope: 'row' }, fact.name), h('td', { class: 'number' }, fact.value)),
        ),
      ),
    ),
    h(
      'ul',
      { class: 'flags', 'aria-label': 'Remarks' },
      ...fit.flags.map((flag) => h('li', {}, codicon('warning'), h('span', {}, flag))),
    ),
  ];
}

/** Beside σ, not in it: all observations of a star share these errors. */
function thetaNote(rows: readonly LabelRow[]): HTMLElement {
  const known = rows.filter(({ thetaError }) => thetaError !== null);
  if (known.length === 0) return h('span');
  const title =
    'The training stars are few enough that their noise moves labels, the same for every observation of a star';
  const parts = known.map(({ label, thetaError, unit }, n) =>
    h('span', {}, n === 0 ? '' : ', ', labelName(label), ` ${thetaError}${unit === '' ? '' : ` ${unit}`}`),
  );
  return h('p', { class: 'note theta-errors', title }, 'Errors of θ beside σ: ', ...parts);
}

function referenceLink(reveal: (key: string) => void): HTMLElement {
  const title = 'Its row in the reference table';
  return h('button', { type: 'button', class: 'link quiet', title, click: () => reveal(referenceRow) }, 'ref');
}

/**
 * How well the model explains each element, the config's windows by the star's own χ².
 * @param jump shows the next window of an element
 */
export function elementsTable(fit: StarFit, selected: string | null, jump: (element: string) => void): HTMLElement {
  const fits = elementFits(fit);
  const th = (text: string, title: string, isNumber = true): HTMLElement =>
    h('th', { scope: 'col', title, class: isNumber ? 'number' : '' }, text);
  if (fits.length === 0)
    return h('p', { class: 'note' }, 'Write “windows: galah” into cannon.yaml to see χ² around each element’s lines.');
  return h(
    'table',
    { class: 'elements' },
    h('caption', { class: 'for-screen-readers' }, 'χ² in the windows of each element'),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        th('element', 'Its windows in cannon.yaml', false),
        th('χ²/n', 'χ² a pixel, in the windows alone'),
        th('p', 'Probability of so large a χ² by chance, for independent pixels'),
        th('pulls (σ)', 'Of each window: negative where the star’s line is deeper than the model’s'),
      ),
    ),
    h('tbody', {}, ...fits.map((element) => elementLine(element, fits.length, selected, jump))),
  );
}

function elementLine(
  element: ReturnType<typeof elementFits>[number],
  nElements: number,
  selected: string | null,
  jump: (element: string) => void,
): HTMLElement {
  const { name, chi2PerPixel, p, pulls, isOdd } = elementRow(element, nElements);
  return h(
    'tr',
    { class: `${name === selected ? 'selected' : ''} ${isOdd ? 'odd' : ''}`.trim() },
    h(
      'th',
      { scope: 'row' },
      h('button', { type: 'button', class: 'link', click: () => jump(name) }, name),
      isOdd ? codicon('warning') : null,
    ),
    h('td', { class: 'number' }, chi2PerPixel),
    h('td', { class: 'number' }, p),
    h('td', { class: 'number pulls' }, pulls),
  );
}

/** The labels in one line, for when the table is folded away. */
export function gist(fit: StarFit): HTMLElement[] {
  const labels = fit.labels
    .map(labelRow)
    .map(({ label, unit, fit: value, error, extrapolated }) =>
      h(
        'span',
        extrapolated ? { title: 'Outside the range of the training set' } : {},
        labelName(label),
        ` ${value} ± ${error}`,
        unit === '' ? null : h('span', { class: 'unit' }, ` ${unit}`),
        extrapolated ? ' †' : null,
      ),
    );
  const chi2 = qualityFacts(fit).find(({ name }) => name === 'χ²/n');
  return [...labels, h('span', {}, `χ²/n ${chi2?.value ?? ''}`)];
}

function labelName({ text, subscript }: LabelText): HTMLElement {
  return h('span', {}, text, subscript === '' ? null : h('sub', {}, subscript));
}

function tableRow(
  { name, label, unit, fit, error, reference, delta, extrapolated }: LabelRow,
  hasReference: boolean,
  reveal: (key: string) => void,
): HTMLElement {
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      h(
        'button',
        {
          type: 'button',
          class: 'link quiet',
          title: 'In cannon.yaml',
          click: () => reveal(`labels/${name}`),
        },
        labelName(label),
      ),
      unit === '' ? null : h('span', { class: 'unit' }, ` ${unit}`),
      extrapolated ? h('span', { title: 'Outside the range of the training set' }, ' †') : null,
    ),
    h('td', { class: 'number value' }, fit),
    h('td', { class: 'error' }, `± ${error}`),
    ...(hasReference ? [h('td', { class: 'number' }, reference), h('td', { class: 'number' }, delta)] : []),
  );
}

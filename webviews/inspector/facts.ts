/** The table beside the plots: labels with their errors, agreement, and what a person should know before trusting the fit. */
import type { StarFit } from '../../engine/index';
import { codicon, h } from '../element';
import type { LabelRow } from './model';
import { labelRow, qualityFacts } from './model';
import type { LabelText } from '../words';

export function factsTable(fit: StarFit): HTMLElement[] {
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
                h('th', { scope: 'col', class: 'number', title: 'From the reference table' }, 'ref'),
                h('th', { scope: 'col', class: 'number', title: '(fit − reference) / σ' }, 'Δ/σ'),
              ]
            : []),
        ),
      ),
      h('tbody', {}, ...rows.map((row) => tableRow(row, hasReference))),
    ),
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
  { label, unit, fit, error, reference, delta, extrapolated }: LabelRow,
  hasReference: boolean,
): HTMLElement {
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      labelName(label),
      unit === '' ? null : h('span', { class: 'unit' }, ` ${unit}`),
      extrapolated ? h('span', { title: 'Outside the range of the training set' }, ' †') : null,
    ),
    h('td', { class: 'number value' }, fit),
    h('td', { class: 'error' }, `± ${error}`),
    ...(hasReference ? [h('td', { class: 'number' }, reference), h('td', { class: 'number' }, delta)] : []),
  );
}

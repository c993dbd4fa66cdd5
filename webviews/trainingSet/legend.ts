/** The line above the plots: what colours, markers and faint points mean. */
import type { TrainingSetView } from '../../engine/index';
import { colourLegend } from '../chart/colourLegend';
import { h } from '../element';
import type { Choice } from './model';
import { colourRange, hiddenMask, modelWord, stepsOf, titleOf } from './model';
import type { TrainingSetViewState } from './protocol';

/** As painted by `chart/markers.ts`. */
const glyphs = ['●', '▲', '■', '◆', '✕', '✚'];

export function entriesOf(set: TrainingSetView, state: TrainingSetViewState, { colour }: Choice): HTMLElement[] {
  if (state.mode === 'coverage') {
    const isSplit = state.model === null && set.models.length > 1;
    const lines = isSplit ? set.models.map((_, m) => lineEntry(m, modelWord(set, m))) : [];
    return [...lines, h('span', {}, h('i', { class: 'swatch gap' }), 'widest gap, where wide')];
  }
  const dropped = set.droppedAt.reduce((sum, at) => sum + (at >= 0 ? 1 : 0), 0);
  const step = stepsOf(set).find(({ key }) => key === state.step);
  const faint =
    state.region !== null
      ? 'faint: outside the region'
      : step !== undefined
        ? `faint: not dropped by ${step.step}`
        : state.mode === 'bins'
          ? 'faint: other bins'
          : state.showsDropped && dropped > 0
            ? `faint: dropped (${dropped})`
            : '';
  return [
    ...colourEntries(set, state, colour),
    ...(faint === '' ? [] : [h('span', {}, h('i', { class: 'faint', 'aria-hidden': 'true' }, '●'), faint)]),
  ];
}

function colourEntries(set: TrainingSetView, state: TrainingSetViewState, colour: Choice['colour']): HTMLElement[] {
  if (colour === 'none') return [];
  if (colour === 'model') {
    return set.models.map((_, m) =>
      h(
        'span',
        {},
        h('i', { class: `glyph category-${m % 6}`, 'aria-hidden': 'true' }, glyphs[m % 6]!),
        modelWord(set, m),
      ),
    );
  }
  return [colourLegend(titleOf(colour), colourRange(set, colour.values, hiddenMask(set, state)))];
}

function lineEntry(m: number, text: string): HTMLElement {
  return h('span', {}, h('i', { class: `swatch line category-${m % 6}${m === 0 ? '' : ' dashed'}` }), text);
}

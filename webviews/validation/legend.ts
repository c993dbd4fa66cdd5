/** The line above the plot: what inks, lines and shades mean in the view that is shown. */
import { roundTo } from '../../engine/browser';
import { colourLegend } from '../chart/colourLegend';
import type { ScatterContent } from '../chart/scatter';
import type { Range } from '../chart/ticks';
import { h } from '../element';
import { labelWord } from '../words';
import { colourRange } from './columns';
import { colourOf, foldWords, pullHistogram, type Scene } from './model';
import { pullFacts, pulls } from './statistics';
import { withUnit } from './words';

const entry = (swatch: string, text: string): HTMLElement => h('span', {}, h('i', { class: `swatch ${swatch}` }), text);

/** A category's marker in its colour; the words keep the ink of text. */
const marked = (which: 'first' | 'second', text: string): HTMLElement =>
  h('span', {}, h('i', { class: `mark ${which} ${which === 'first' ? 'circle' : 'square'}` }), text);

export function legendOf(scene: Scene, content: ScatterContent): HTMLElement[] {
  const { state, label } = scene;
  if (state.view === 'pulls') return pullEntries(scene);
  if (state.view === 'precision') return runEntries(scene);
  if (label.stars === 0)
    return [h('span', {}, `No star has both a true and an inferred value of ${labelWord(label.label)}.`)];
  const lines =
    state.view === 'residual'
      ? [entry('line model', 'median'), entry('line dashed model', '16–84 %')]
      : state.showsBounds
        ? [
            entry('line model', 'median truth'),
            entry('line dashed model', '10–90 % of truth'),
            ...(label.lower === null ? [] : [entry('span', 'not to be believed')]),
          ]
        : [];
  return [...colourEntries(scene), ...lines, ...beyondEntry(content, scene.run.stars.length)];
}

/** Stars of the run that the frame leaves out at first: one far off must not squeeze the others. */
function beyondEntry({ x, y, xAxis, yAxis }: ScatterContent, nStars: number): HTMLElement[] {
  const isBeyond = (value: number, { from, to }: Range): boolean => value < from || value > to;
  const own = Array.from(x).slice(0, nStars);
  const beyond = own.map((value, n) => isBeyond(value, xAxis.home) || isBeyond(y[n]!, yAxis.home));
  const count = beyond.filter(Boolean).length;
  return count === 0 ? [] : [h('span', {}, `${count} ${count === 1 ? 'star' : 'stars'} further off`)];
}

function runEntries({ run, other }: Scene): HTMLElement[] {
  return other ? [marked('first', foldWords(run.folds)), marked('second', `${foldWords(other.folds)}, compared`)] : [];
}

function colourEntries(scene: Scene): HTMLElement[] {
  const column = colourOf(scene);
  if (scene.other || !column) return runEntries(scene);
  if (column.flag) return [marked('first', column.flag[0]), marked('second', column.flag[1])];
  return [colourLegend(column.title, colourRange(column.values))];
}

function pullEntries({ label, other }: Scene): HTMLElement[] {
  const { extra } = pullFacts(label);
  const { beyond } = pullHistogram(pulls(label));
  return [
    entry('histogram', 'pulls by the formal errors'),
    entry('line model', 'unit normal'),
    ...(other ? [entry('line dashed second', 'compared')] : []),
    ...(extra > 0 && !other
      ? [entry('line dashed first', `with ${withUnit(roundTo(extra, 2), label.unit)} in quadrature`)]
      : []),
    ...(beyond > 0 ? [h('span', {}, `${beyond} ${beyond === 1 ? 'star' : 'stars'} beyond ±5`)] : []),
  ];
}

/** How the training stars cover their labels: ranges, gaps, histograms, correlations, and bins side by side. Pure. */
import type { StarColumn, TrainingSetView } from '../../engine/index';
import { noNumber, realMinus } from '../../engine/browser';
import { quantile, robustRange } from '../chart/robustRange';
import type { ScatterAxis, ScatterContent } from '../chart/scatter';
import { niceTicks, type Range, roundTicks } from '../chart/ticks';
import type { Choice } from './model';
import { axisOf, diagram, hiddenMask, inkOf, titleOf, trainingMask, valueText, wordOf } from './model';
import type { TrainingSetViewState } from './protocol';

export interface Coverage {
  readonly column: StarColumn;
  readonly n: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** The widest stretch without a star, between stars. */
  readonly gap: Range | null;
}

/** Of each label over the stars where `mask` is 1. */
export function coverageOf(set: TrainingSetView, mask: Uint8Array): Coverage[] {
  return labelsOf(set).map((column) => {
    const sorted = column.values.filter((value, n) => mask[n] === 1 && Number.isFinite(value)).sort();
    let gap: Range | null = null;
    for (let i = 1; i < sorted.length; i++) {
      const [from, to] = [sorted[i - 1]!, sorted[i]!];
      if (to - from > (gap === null ? 0 : gap.to - gap.from)) gap = { from, to };
    }
    const [min, max] = [sorted[0] ?? NaN, sorted.at(-1) ?? NaN];
    return { column, n: sorted.length, min, median: quantile(sorted, 0.5), max, gap };
  });
}

const labelsOf = (set: TrainingSetView): StarColumn[] => set.columns.filter(({ kind }) => kind === 'label');

/** Pearson's r over the stars that have both; NaN of fewer than three. */
export function correlation(x: Float32Array, y: Float32Array, mask: Uint8Array): number {
  let [n, sx, sy] = [0, 0, 0];
  const has = (k: number): boolean => mask[k] === 1 && Number.isFinite(x[k]) && Number.isFinite(y[k]);
  for (let k = 0; k < x.length; k++) {
    if (!has(k)) continue;
    n++;
    sx += x[k]!;
    sy += y[k]!;
  }
  if (n < 3) return NaN;
  let [xx, yy, xy] = [0, 0, 0];
  for (let k = 0; k < x.length; k++) {
    if (!has(k)) continue;
    const [dx, dy] = [x[k]! - sx / n, y[k]! - sy / n];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : NaN;
}

/** r of every pair of labels, a row each. */
export function correlations(set: TrainingSetView, mask: Uint8Array): { labels: StarColumn[]; r: number[][] } {
  const labels = labelsOf(set);
  const r = labels.map(() => new Array<number>(labels.length).fill(1));
  for (let i = 0; i < labels.length; i++) {
    for (let j = 0; j < i; j++) {
      r[i]![j] = r[j]![i] = correlation(labels[i]!.values, labels[j]!.values, mask);
    }
  }
  return { labels, r };
}

/** Two digits without the zero before the point, for narrow cells. */
export const shortR = (r: number): string =>
  Number.isFinite(r)
    ? realMinus(
        r
          .toFixed(2)
          .replace(/^(-?)0\./, '$1.')
          .replace(/^-\.00$/, '.00'),
      )
    : noNumber;

const mostBins = 40;

/** The histogram of a label as a plot: a step line for each model, or for all stars, and its widest gap shaded. */
export function histogram(set: TrainingSetView, state: TrainingSetViewState, coverage: Coverage): ScatterContent {
  const { column, gap, n } = coverage;
  const mask = trainingMask(set, state.model);
  const home = robustRange(column.values, (k) => mask[k] === 1);
  const nBins = Math.max(8, Math.min(mostBins, Math.ceil(2 * Math.cbrt(n))));
  const width = (home.to - home.from) / nBins;
  const isSplit = state.model === null && set.models.length > 1;
  const groups = isSplit ? set.models.map((_, m) => m) : [-1];
  let most = 1;
  const curves = groups.map((m) => {
    const counts = new Uint32Array(nBins);
    column.values.forEach((value, k) => {
      if (mask[k] !== 1 || (m >= 0 && set.model[k] !== m) || !Number.isFinite(value)) return;
      counts[Math.max(0, Math.min(nBins - 1, Math.floor((value - home.from) / width)))]!++;
    });
    most = Math.max(most, ...counts);
    const x = [
      home.from,
      ...[...counts.keys()].flatMap((k) => [home.from + k * width, home.from + (k + 1) * width]),
      home.to,
    ];
    const y = [0, ...[...counts].flatMap((count) => [count, count]), 0];
    const ink: number | 'foreground' = m < 0 ? 'foreground' : m % 6;
    return { x, y, ink, alpha: 0.9, dash: m <= 0 ? [] : [5, 3], fillAlpha: 0.15, isBehind: false };
  });
  const isWide = gap !== null && gap.to - gap.from > 0.1 * (coverage.max - coverage.min);
  return {
    ...{ x: [], y: [], ink: { by: 'nothing' as const }, hidden: null, chosen: null, curves },
    spans: isWide ? [{ axis: 'x', ...gap, alpha: 0.16 }] : [],
    xAxis: fewTicks({ title: titleOf(column), home, reverse: axisOf(column, null).reverse ?? false }),
    yAxis: { title: 'stars', home: { from: 0, to: 1.08 * most } },
  };
}

export interface Bin {
  /** −∞ and ∞ at the open ends. */
  readonly from: number;
  readonly to: number;
}

const mostPanes = 6;

/** Small plots have room for every other number. */
function fewTicks(axis: ScatterAxis): ScatterAxis {
  return { ...axis, ticks: roundTicks(axis.home).filter((_, k) => k % 2 === 0) };
}

/** At most six bins with round edges over what most training stars have; the outermost are open. */
export function binsOf(set: TrainingSetView, { values }: StarColumn, mask: Uint8Array): Bin[] {
  const sorted = values.filter((value, n) => mask[n] === 1 && Number.isFinite(value)).sort();
  if (sorted.length === 0) return [];
  const [low, high] = [quantile(sorted, 0.02), quantile(sorted, 0.98)];
  const inside = niceTicks({ from: low, to: high });
  // Four or five edges make five or six bins; with more of them every other one has to do.
  const edges = inside.length < mostPanes ? inside : inside.filter((_, k) => k % 2 === 0).slice(0, mostPanes - 1);
  if (edges.length === 0) return [{ from: -Infinity, to: Infinity }];
  return [-Infinity, ...edges].map((from, k) => ({ from, to: edges[k] ?? Infinity }));
}

const isIn = (value: number, { from, to }: Bin): boolean => value >= from && value < to;

/** "[Fe/H] < −0.5", "−0.5 ≤ [Fe/H] < 0". */
export function binWords(column: StarColumn, { from, to }: Bin): string {
  const [word, text] = [wordOf(column), (value: number): string => valueText(column, value)];
  if (from === -Infinity) return to === Infinity ? `any ${word}` : `${word} < ${text(to)}`;
  return to === Infinity ? `${word} ≥ ${text(from)}` : `${text(from)} ≤ ${word} < ${text(to)}`;
}

/** The training stars of one bin in the plane of x and y, in front of all others. */
function paneOf(set: TrainingSetView, state: TrainingSetViewState, choice: Choice, bin: Bin): ScatterContent {
  const mask = trainingMask(set, state.model);
  const hidden = hiddenMask(set, { ...state, showsDropped: false, step: null });
  const chosen = mask.map((own, n) => (own === 1 && isIn(choice.bins.values[n]!, bin) ? 1 : 0));
  const others = chosen.map((own) => 1 - own);
  const n = chosen.reduce((sum, own) => sum + own, 0);
  const stars = n === 1 ? '1 star' : `${n} stars`;
  const [xAxis, yAxis] = [axisOf(choice.x, hidden), axisOf(choice.y, hidden)];
  return {
    ...{ x: choice.x.values, y: choice.y.values, ink: inkOf(set, choice, hidden, others), hidden, chosen },
    ...{ curves: [], spans: [], yAxis },
    xAxis: { ...fewTicks(xAxis), title: `${xAxis.title}\n${binWords(choice.bins, bin)}: ${stars}` },
  };
}

/** The plots of the state's mode: one diagram, a bin each, or a label each. */
export function plotsOf(
  set: TrainingSetView,
  state: TrainingSetViewState,
  choice: Choice,
  listed: readonly number[],
): ScatterContent[] {
  if (state.mode === 'diagram') return [diagram(set, state, choice, listed)];
  const mask = trainingMask(set, state.model);
  return state.mode === 'bins'
    ? binsOf(set, choice.bins, mask).map((bin) => paneOf(set, state, choice, bin))
    : coverageOf(set, mask).map((coverage) => histogram(set, state, coverage));
}

/** For people who do not see the plot: stars, and the medians of y and colour, in eight stretches of x. */
export function summary(set: TrainingSetView, state: TrainingSetViewState, { x, y, colour }: Choice): string[][] {
  const mask = trainingMask(set, state.model);
  const { from, to } = robustRange(x.values, (n) => mask[n] === 1);
  const shown = [y, ...(typeof colour === 'string' ? [] : [colour])].filter((column) => column !== x);
  const head = [titleOf(x), 'training stars', ...shown.map((column) => `median ${titleOf(column)}`), 'dropped stars'];
  const rows = Array.from({ length: 8 }, (_, k) => {
    const step = (to - from) / 8;
    const bin = { from: from + k * step, to: from + (k + 1) * step };
    const own = [...set.stars.keys()].filter((n) => isIn(x.values[n]!, bin));
    const trained = own.filter((n) => mask[n] === 1);
    const median = (column: StarColumn): string =>
      valueText(
        column,
        quantile(
          Float32Array.from(trained, (n) => column.values[n]!)
            .filter(Number.isFinite)
            .sort(),
          0.5,
        ),
      );
    const range = `${valueText(x, bin.from)} to ${valueText(x, bin.to)}`;
    const dropped = own.filter((n) => set.droppedAt[n]! >= 0).length;
    return [range, String(trained.length), ...shown.map(median), String(dropped)];
  });
  return [head, ...rows];
}

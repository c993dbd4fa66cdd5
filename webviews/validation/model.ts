/** What the plots of the panel of validation show, worked out apart from the page. Pure. */
import type { ValidatedLabel, ValidationDetail } from '../../engine/index';
import { realMinus, RecoveryDensity } from '../../engine/browser';
import type { Curve, Span } from '../chart/paint';
import { robustRange } from '../chart/robustRange';
import type { PointInk } from '../chart/pointInk';
import type { ScatterContent } from '../chart/scatter';
import type { Range } from '../chart/ticks';
import { labelWithUnit, labelWord } from '../words';
import { againstOf, colourRange, columnOf, columnsOf, type StarColumn } from './columns';
import type { ValidationViewState, ViewName } from './protocol';
import { viewNames } from './protocol';
import { finite, histogram, pullFacts, pulls, pullsWith, quantileOf, residuals, trendOf } from './statistics';

/** Categories by which a run and the one compared with, or no and yes, are told apart: orange is the ink of curves. */
const [first, second] = [0, 2];

/** The remembered state, or what of it makes sense. */
export function restoreState(remembered: unknown): ValidationViewState {
  const state = (
    typeof remembered === 'object' && remembered !== null ? remembered : {}
  ) as Partial<ValidationViewState>;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const isRange = (value: unknown): value is [number, number] =>
    Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[1] > value[0];
  const { zoom } = state;
  return {
    view: viewNames.find((name) => name === state.view) ?? 'recovery',
    label: text(state.label),
    // Absent in what was never written; null is a choice.
    colour: state.colour === null ? null : (text(state.colour) ?? 'snr'),
    against: text(state.against),
    fold: Number.isInteger(state.fold) ? state.fold! : null,
    comparedWith: text(state.comparedWith),
    star: text(state.star),
    showsBounds: state.showsBounds !== false,
    zoom: zoom && isRange(zoom.x) && isRange(zoom.y) ? { x: zoom.x, y: zoom.y } : null,
  };
}

/** A run, and how it is looked at. */
export interface Scene {
  readonly run: ValidationDetail;
  readonly other: ValidationDetail | null;
  readonly label: ValidatedLabel;
  readonly state: ValidationViewState;
}

export function labelOf(run: ValidationDetail, name: string | null): ValidatedLabel {
  return run.labels.find(({ label }) => label === name) ?? run.labels[0]!;
}

/** The same label of the run that is compared with; null where there is none. */
export const comparedLabel = ({ other, label }: Scene): ValidatedLabel | null =>
  other?.labels.find((one) => one.label === label.label) ?? null;

export const foldWords = (folds: number | 'leave-one-out'): string =>
  folds === 'leave-one-out' ? 'leave-one-out' : `${folds} folds`;

const straight = (x: readonly number[], y: readonly number[], more: Partial<Curve> = {}): Curve => ({
  ...{ x, y, ink: 'quiet', alpha: 0.9, dash: [], fillAlpha: 0, isBehind: true },
  ...more,
});

/** Far beyond what one pans to. */
const far = ({ from, to }: Range): [number, number] => [from - 100 * (to - from), to + 100 * (to - from)];

/** Points along an axis for a line that slopes: the screen's own coordinates end at ± 32768, whatever lies beyond. */
function along({ from, to }: Range): number[] {
  const step = (to - from) / 60;
  return Array.from({ length: 421 }, (_, k) => from + (k - 180) * step);
}

/** What of a scene is plotted: one content for each view. */
export function contentOf(scene: Scene): ScatterContent {
  const makers: Readonly<Record<ViewName, (scene: Scene) => ScatterContent>> = {
    recovery: recoveryContent,
    residual: residualContent,
    pulls: pullsContent,
    precision: precisionContent,
  };
  return makers[scene.state.view](scene);
}

/** Points of the run, then those of the other; the index of a point below `run.stars.length` is that of its star. */
function joined(mine: ArrayLike<number>, theirs: ArrayLike<number> | null): Float64Array {
  return Float64Array.from([...Array.from(mine), ...Array.from(theirs ?? [])]);
}

/** The column that colours the points; none while two runs are told apart by colour. */
export function colourOf(scene: Scene): StarColumn | null {
  return scene.other ? null : columnOf(columnsOf(scene.run, scene.label), scene.state.colour);
}

function inkOf(scene: Scene): PointInk {
  const theirs = comparedLabel(scene);
  if (theirs) return { by: 'category', values: joined(scene.label.truth.map(() => first), theirs.truth.map(() => second)) }; // prettier-ignore
  const column = colourOf(scene);
  if (!column) return { by: 'nothing' };
  return column.flag
    ? { by: 'category', values: Array.from(column.values, (is) => (is === 1 ? second : first)) }
    : { by: 'value', values: column.values, range: colourRange(column.values) };
}

/** The stars of the chosen fold. */
function chosenOf({ run, other, state }: Scene): Uint8Array | null {
  if (state.fold === null) return null;
  const chosen = new Uint8Array(run.stars.length + (other?.stars.length ?? 0));
  run.fold.forEach((fold, n) => (chosen[n] = fold === state.fold ? 1 : 0));
  return chosen;
}

function recoveryContent(scene: Scene): ScatterContent {
  const { label, state } = scene;
  const theirs = comparedLabel(scene);
  const [x, y] = [joined(label.truth, theirs?.truth ?? null), joined(label.inferred, theirs?.inferred ?? null)];
  const home = robustRange([...x, ...y], () => true);
  const line = along(home);
  const withUnit = labelWithUnit({ name: label.label, unit: label.unit });
  return {
    ...{ x, y, ink: inkOf(scene), hidden: null, chosen: chosenOf(scene) },
    curves: [straight(line, line), ...(state.showsBounds ? [...boundRules(label, home), ...corridor(label)] : [])],
    spans: state.showsBounds ? disbelieved(label, home, 'y') : [],
    xAxis: { title: `true ${withUnit}`, home },
    yAxis: { title: `inferred ${withUnit}`, home },
  };
}

/** Inferred values beyond the bounds, shaded. */
function disbelieved({ lower, upper }: ValidatedLabel, home: Range, axis: 'x' | 'y'): Span[] {
  const [low, high] = far(home);
  return [
    ...(lower === null ? [] : [{ axis, from: low, to: lower, alpha: 0.14 }]),
    ...(upper === null ? [] : [{ axis, from: upper, to: high, alpha: 0.14 }]),
  ];
}

function boundRules({ lower, upper, lowerExcluded, upperExcluded }: ValidatedLabel, home: Range): Curve[] {
  const rule = (at: number | null, excluded: boolean): Curve[] =>
    at === null ? [] : [straight(far(home), [at, at], { dash: excluded ? [] : [2, 3], alpha: 0.7 })];
  return [...rule(lower, lowerExcluded), ...rule(upper, upperExcluded)];
}

const corridorPoints = 49;
/** The quantiles at 10 and 90 % are those of the rule of 90 %: they meet the 1:1 line at the bounds. */
const corridorShares = [0.1, 0.5, 0.9];
const corridors = new WeakMap<ValidatedLabel, Curve[]>();

/** Median and 10–90 % of what is true where y was inferred. */
function corridor(label: ValidatedLabel): Curve[] {
  const known = corridors.get(label) ?? corridorCurves(label);
  corridors.set(label, known);
  return known;
}

function corridorCurves({ inferred, truth }: ValidatedLabel): Curve[] {
  const density = RecoveryDensity.of(inferred, truth);
  if (density === null) return [];
  const { from, to } = density.span;
  const y = Array.from({ length: corridorPoints }, (_, k) => from + ((to - from) * k) / (corridorPoints - 1));
  const found = y.map((value) => density.quantiles(value, corridorShares));
  return corridorShares.map((share, k) => ({
    ...{ x: found.map((quantiles) => quantiles[k]!), y, ink: 'model' as const, alpha: 1 },
    ...{ dash: share === 0.5 ? [] : [5, 3], fillAlpha: 0, isBehind: false },
  }));
}

function residualContent(scene: Scene): ScatterContent {
  const { run, other, label, state } = scene;
  const theirs = comparedLabel(scene);
  const column = againstOf(columnsOf(run, label), state.against);
  const theirColumn = other && theirs ? columnOf(columnsOf(other, theirs), column.key) : null;
  const theirX = theirs ? (theirColumn?.values ?? theirs.truth.map(() => NaN)) : null;
  const [x, y] = [joined(column.values, theirX), joined(residuals(label), theirs ? residuals(theirs) : null)];
  const home = robustRange(x, () => true);
  const largest = residualReach(y);
  const trend = trendOf(column.values, residuals(label));
  const curve = (values: Float64Array, isMedian: boolean): Curve => ({
    ...{ x: trend!.x, y: values, ink: 'model' as const, alpha: 1, dash: isMedian ? [] : [5, 3] },
    ...{ fillAlpha: 0, isBehind: false },
  });
  return {
    ...{ x, y, ink: inkOf(scene), hidden: null, chosen: chosenOf(scene) },
    curves: [
      straight(far(home), [0, 0]),
      ...(trend ? [curve(trend.low, false), curve(trend.high, false), curve(trend.median, true)] : []),
    ],
    spans: state.showsBounds && column.key === 'inferred' ? disbelieved(label, home, 'x') : [],
    xAxis: { title: column.title, home },
    yAxis: {
      title: `inferred − true ${labelWithUnit({ name: label.label, unit: label.unit })}`,
      home: { from: -largest, to: largest },
    },
  };
}

/** Nearly all residuals, but not a single star far off that would flatten the others; how many are beyond is told. */
function residualReach(values: ArrayLike<number>): number {
  const sizes = finite(Array.from(values, Math.abs));
  const reach = Math.min(sizes.at(-1) ?? NaN, Math.max(quantileOf(sizes, 0.98), 4.5 * quantileOf(sizes, 0.68)));
  return reach > 0 ? 1.08 * reach : 1;
}

/** Of the histogram of pulls. */
const pullRange = { from: -5, to: 5, width: 0.25 };

export function pullHistogram(values: ArrayLike<number>) {
  return histogram(values, pullRange.from, pullRange.to, pullRange.width);
}

/** The outline of a histogram. */
function outline(values: ArrayLike<number>, more: Partial<Curve>): Curve {
  const { edges, density } = pullHistogram(values);
  const x = edges.flatMap((edge) => [edge, edge]);
  const y = [0, ...density.flatMap((height) => [height, height]), 0];
  return straight(x, y, { ink: 'foreground', isBehind: false, ...more });
}

function pullsContent(scene: Scene): ScatterContent {
  const { label, run, state } = scene;
  const theirs = comparedLabel(scene);
  const { extra } = pullFacts(label);
  const own = pulls(label);
  const inFold = state.fold === null ? own : own.filter((_, n) => run.fold[n] === state.fold);
  const outlines = [
    outline(inFold, { fillAlpha: 0.14, alpha: 0.8 }),
    ...(theirs ? [outline(pulls(theirs), { ink: second, dash: [6, 3], alpha: 1 })] : []),
    ...(extra > 0 && !theirs ? [outline(pullsWith(label, extra), { ink: 0, dash: [6, 3], alpha: 1 })] : []),
  ];
  const x = Array.from({ length: 201 }, (_, k) => -5 + k / 20);
  const normal = straight(x, x.map((z) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)), { ink: 'model', alpha: 1, isBehind: false }); // prettier-ignore
  const tallest = [...outlines, normal].reduce((most, { y }) => Math.max(most, ...Array.from(y)), 0);
  return {
    ...{ x: [], y: [], ink: { by: 'nothing' }, hidden: null, chosen: null, spans: [] },
    curves: [...outlines, normal],
    xAxis: {
      title: `pull of ${labelWord(label.label)}: (inferred − true) / formal error`,
      home: { from: pullRange.from, to: pullRange.to },
      ticks: [-4, -2, 0, 2, 4].map((value) => ({ value, label: realMinus(String(value)) })),
    },
    yAxis: { title: 'share of the stars per unit', home: { from: 0, to: 1.08 * tallest } },
  };
}

/** One point a label of `run`, then one a label that the other has, too. */
function precisionContent({ run, other }: Scene): ScatterContent {
  const percent = ({ relativePrecision }: ValidatedLabel): number => 100 * (relativePrecision ?? NaN);
  const theirs = run.labels.map(({ label: name }) => other?.labels.find((one) => one.label === name) ?? null);
  const mine = run.labels.map(percent);
  const x = joined(mine, other ? theirs.map((one) => (one ? percent(one) : NaN)) : null);
  const rows = run.labels.map((_, k) => k);
  const most = [...x].filter(Number.isFinite).reduce((a, b) => Math.max(a, b), 0);
  return {
    ...{ x, y: joined(rows, other ? rows : null), hidden: null, spans: [] },
    ink: other ? { by: 'category', values: x.map((_, n) => (n < rows.length ? first : second)) } : { by: 'nothing' },
    chosen: null,
    curves: rows.map((k) => straight([0, mine[k]!], [k, k], { alpha: 0.6 })),
    xAxis: {
      title: 'relative precision: 2 × scatter over the unbiased range (%)',
      home: { from: 0, to: most > 0 ? 1.08 * most : 1 },
    },
    yAxis: {
      ...{ title: '', home: { from: -0.7, to: rows.length - 0.3 }, reverse: true },
      ticks: rows.map((k) => ({ value: k, label: labelWord(run.labels[k]!.label) })),
    },
  };
}

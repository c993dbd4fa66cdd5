/** What the panel of the training set shows, worked out apart from the page: columns, fates, who is drawn and who stands out. Pure. */
import type { FunnelStep, StarColumn, TrainingSetView } from '../../engine/index';
import { noNumber, realMinus, roundTo } from '../../engine/browser';
import type { PointInk } from '../chart/pointInk';
import { robustRange } from '../chart/robustRange';
import type { Region, ScatterAxis, ScatterContent } from '../chart/scatter';
import type { Range } from '../chart/ticks';
import { labelWithUnit } from '../words';
import type { Mode, TrainingSetViewState } from './protocol';

/** What names a column in the state: a label may be called like a column of the table. */
export function keyOf({ kind, name }: Pick<StarColumn, 'kind' | 'name'>): string {
  return kind === 'column' ? tableKey(name) : name;
}
export const tableKey = (name: string): string => `column:${name}`;
/** The column of the table that a key asks for; null for other keys. */
const tableColumnOf = (key: string | null): string | null =>
  key?.startsWith('column:') === true ? key.slice('column:'.length) : null;

const columnOf = (set: TrainingSetView, key: string | null): StarColumn | null =>
  set.columns.find((column) => keyOf(column) === key) ?? null;

/** "Teff (K)", "S/N a pixel", "error of Teff (K)", "snr_g". */
export function titleOf({ kind, name, unit }: StarColumn): string {
  if (kind === 'label') return labelWithUnit({ name, unit });
  if (kind === 'snr') return 'S/N a pixel';
  if (kind === 'error') return `error of ${labelWithUnit({ name: name.slice(2), unit })}`;
  return unit === '' ? name : `${name} (${unit})`;
}

/** The same without a unit. */
export const wordOf = (column: StarColumn): string => titleOf({ ...column, unit: '' });

const modes: readonly Mode[] = ['diagram', 'bins', 'coverage'];

/** The remembered state, or what of it makes sense. */
export function restoreState(remembered: unknown): TrainingSetViewState {
  const state = (typeof remembered === 'object' && remembered !== null ? remembered : {}) as Partial<
    Record<keyof TrainingSetViewState, unknown>
  >;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return {
    mode: modes.find((mode) => mode === state.mode) ?? 'diagram',
    ...{ x: text(state.x), y: text(state.y), colour: text(state.colour), bins: text(state.bins) },
    ...{ model: text(state.model), step: text(state.step) },
    showsDropped: state.showsDropped !== false,
    region: regionOf(state.region),
    view: regionOf(state.view),
  };
}

function regionOf(value: unknown): Region | null {
  const { x, y } = (value ?? {}) as Partial<Region>;
  const isRange = (range: Range | undefined): boolean => Number.isFinite(range?.from) && Number.isFinite(range?.to);
  return isRange(x) && isRange(y) ? { x: x!, y: y! } : null;
}

const isTeff = (name: string): boolean => /^t_?eff$/i.test(name);
const isLogg = (name: string): boolean => /^log_?g$/i.test(name);
const isMetallicity = (name: string): boolean => /^(fe_?h|m_?h|metallicity)$/i.test(name);

/** What is drawn with the state: keys that name nothing in this set give way to the Kiel diagram coloured by [Fe/H]. */
export interface Choice {
  readonly x: StarColumn;
  readonly y: StarColumn;
  readonly colour: StarColumn | 'model' | 'none';
  readonly bins: StarColumn;
}

export function choiceOf(set: TrainingSetView, state: TrainingSetViewState): Choice {
  const labels = set.columns.filter(({ kind }) => kind === 'label');
  const like = (is: (name: string) => boolean): StarColumn | undefined => labels.find(({ name }) => is(name));
  const x = columnOf(set, state.x) ?? like(isTeff) ?? labels[0]!;
  const snr = set.columns.find(({ kind }) => kind === 'snr');
  const y = columnOf(set, state.y) ?? like(isLogg) ?? labels.find((label) => label !== x) ?? snr ?? x;
  const third = like(isMetallicity) ?? labels.find((label) => label !== x && label !== y) ?? x;
  const colour =
    state.colour === 'model' || state.colour === 'none' ? state.colour : (columnOf(set, state.colour) ?? third);
  return { x, y, colour, bins: columnOf(set, state.bins) ?? third };
}

/** Columns of the table that the state needs. */
export function wantedColumns({ x, y, colour, bins }: TrainingSetViewState): string[] {
  return [...new Set([x, y, colour, bins].flatMap((key) => tableColumnOf(key) ?? []))];
}

/** The funnel with what each step dropped, and the step without a key where stars belong to no model. */
export interface Step extends FunnelStep {
  readonly key: string;
  /** Index as in `droppedAt`. */
  readonly index: number;
  /** Null where the step divides stars rather than dropping them, and for the first. */
  readonly lost: number | null;
}

export const outside = 'outside';

export function stepsOf(set: TrainingSetView): Step[] {
  const lost = new Uint32Array(set.steps.length + 1);
  for (const at of set.droppedAt) if (at >= 0) lost[at]!++;
  const steps = set.steps.map((step, index): Step => {
    const before = set.steps[index - 1];
    const dropped = step.key === 'reference/match' ? (before?.stars ?? 0) - step.stars : lost[index]!;
    return { ...step, key: step.key ?? `step/${index}`, index, lost: index === 0 ? null : dropped };
  });
  return set.nOutside === 0
    ? steps
    : [...steps, { step: 'in no model', stars: set.nOutside, key: outside, index: steps.length, lost: set.nOutside }];
}

/** Why a star trains, or does not, in words. */
export function fateOf(set: TrainingSetView, n: number): string {
  const at = set.droppedAt[n]!;
  const model = set.models[set.model[n]!]?.name;
  if (at < 0) return `trains ${model ?? ''}`;
  const step = set.steps[at];
  if (step === undefined) return 'in no model';
  if (step.key === 'review') return 'excluded';
  return step.model === undefined ? `dropped by ${step.step}` : `${step.model}: lacks a label`;
}

/** 1 where a star trains, and trains the chosen model if one is chosen. */
export function trainingMask(set: TrainingSetView, model: string | null): Uint8Array {
  const own = set.models.findIndex(({ name }) => name === model);
  return Uint8Array.from(set.droppedAt, (at, n) => (at < 0 && (own < 0 || set.model[n] === own) ? 1 : 0));
}

/** 1 where a star is not drawn: one of another model, or a dropped one while those are not shown. */
export function hiddenMask(set: TrainingSetView, { model, showsDropped, step }: TrainingSetViewState): Uint8Array {
  const own = set.models.findIndex(({ name }) => name === model);
  const highlighted = stepsOf(set).find(({ key }) => key === step)?.index ?? -2;
  return Uint8Array.from(set.droppedAt, (at, n) => {
    if (at === highlighted) return 0;
    if (at >= 0 && !showsDropped) return 1;
    return own >= 0 && set.model[n]! >= 0 && set.model[n] !== own ? 1 : 0;
  });
}

/** 1 where a star stands out: those of the list, else those that the chosen step dropped, else those that train. */
export function chosenMask(set: TrainingSetView, state: TrainingSetViewState, listed: readonly number[]): Uint8Array {
  const mask = new Uint8Array(set.stars.length);
  if (state.region !== null && listed.length > 0) for (const n of listed) mask[n] = 1;
  else {
    const step = stepsOf(set).find(({ key }) => key === state.step);
    if (step === undefined) return trainingMask(set, state.model);
    set.droppedAt.forEach((at, n) => (mask[n] = at === step.index ? 1 : 0));
  }
  return mask;
}

/** The stars that a step dropped. */
export function droppedBy(set: TrainingSetView, key: string | null): number[] {
  const step = stepsOf(set).find((one) => one.key === key);
  return step === undefined ? [] : [...set.stars.keys()].filter((n) => set.droppedAt[n] === step.index);
}

/** Stars where `plain` is 1 have the ink of data, for their colour would say nothing. */
export function inkOf(
  set: TrainingSetView,
  { colour }: Choice,
  hidden: Uint8Array | null,
  plain: ArrayLike<number>,
): PointInk {
  if (colour === 'none') return { by: 'nothing' };
  const values = colour === 'model' ? set.model.map((m) => (m < 0 ? NaN : m % 6)) : colour.values;
  const shown = values.map((value, n) => (plain[n] === 1 ? NaN : value));
  if (colour === 'model') return { by: 'category', values: shown };
  return { by: 'value', values: shown, range: colourRange(set, values, hidden) };
}

/** From the 1st to the 99th part in a hundred of the stars that train: a few odd ones would leave one colour to all others. */
export function colourRange(set: TrainingSetView, values: Float32Array, hidden: Uint8Array | null): Range {
  const drawn = values.filter((value, n) => Number.isFinite(value) && hidden?.[n] !== 1 && set.droppedAt[n]! < 0);
  const sorted = (drawn.length > 0 ? drawn : values.filter(Number.isFinite)).sort();
  if (sorted.length === 0) return { from: 0, to: 1 };
  const at = (q: number): number => sorted[Math.round(q * (sorted.length - 1))]!;
  const [from, to] = [at(0.01), at(0.99)];
  return to > from ? { from, to } : { from: from - 0.5, to: to + 0.5 };
}

/** Temperatures and gravities fall along the axes of a Kiel diagram. */
export function axisOf(column: StarColumn, hidden: Uint8Array | null): ScatterAxis {
  const home = robustRange(column.values, (n) => hidden?.[n] !== 1);
  const reverse = column.kind === 'label' && (isTeff(column.name) || isLogg(column.name));
  return { title: titleOf(column), home, reverse };
}

export function diagram(
  set: TrainingSetView,
  state: TrainingSetViewState,
  choice: Choice,
  listed: readonly number[],
): ScatterContent {
  const hidden = hiddenMask(set, state);
  const chosen = chosenMask(set, state, listed);
  const dropped = set.droppedAt.map((at, n) => (at >= 0 && chosen[n] !== 1 ? 1 : 0));
  return {
    x: choice.x.values,
    y: choice.y.values,
    ink: inkOf(set, choice, hidden, dropped),
    hidden,
    chosen,
    ...{ curves: [], spans: [] },
    xAxis: axisOf(choice.x, hidden),
    yAxis: axisOf(choice.y, hidden),
  };
}

/**
 * A value of a column for people: temperatures whole, gravities and abundances to a hundredth, S/N whole.
 * @param like what it stands beside: a difference of temperatures has their digits
 */
export function valueText({ kind }: StarColumn, value: number, like = value): string {
  if (!Number.isFinite(value)) return noNumber;
  if (kind === 'column') return roundTo(value, 5);
  const size = Math.abs(like);
  const decimals = kind === 'snr' || size >= 1000 ? 0 : size >= 100 ? 1 : 2;
  // No minus before nothing.
  return realMinus((Number(value.toFixed(decimals)) || 0).toFixed(decimals));
}

/** A star in one line: its name, place in the plane, colour and fate. */
export function starLine(set: TrainingSetView, choice: Choice, n: number): string {
  const shown = [choice.x, choice.y, ...(typeof choice.colour === 'string' ? [] : [choice.colour])];
  const parts = [...new Set(shown)].map((column) => `${wordOf(column)} ${valueText(column, column.values[n]!)}`);
  return [set.stars[n]!, ...parts, fateOf(set, n)].join('   ');
}

/** What a model is called beside its marker. */
export const modelWord = (set: TrainingSetView, m: number): string =>
  `${set.models[m]!.name} (${set.droppedAt.reduce((sum, at, n) => sum + (at < 0 && set.model[n] === m ? 1 : 0), 0)})`;

/** What the stars of a step have in common, after their number. */
export function stepWords(set: TrainingSetView, key: string | null): string {
  const step = stepsOf(set).find((one) => one.key === key);
  if (step?.key === 'review') return 'excluded in review.yaml';
  return step?.model === undefined ? `dropped by ${step?.step ?? 'no step'}` : `of ${step.model} without a label`;
}

/** The state without columns of the table. */
export function withoutTable({ x, y, colour, bins }: TrainingSetViewState): Partial<TrainingSetViewState> {
  const own = (key: string | null): string | null => (key?.startsWith('column:') === true ? null : key);
  return { x: own(x), y: own(y), colour: own(colour), bins: own(bins) };
}

/** The star of that name in another reading of the set; null where it is gone. */
export function indexIn(set: TrainingSetView, star: string): number | null {
  const index = set.stars.indexOf(star);
  return index < 0 ? null : index;
}

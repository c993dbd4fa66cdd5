/**
 * The cut on χ² in the windows of elements (Wheeler et al. 2020, §2.1): stars above a percentile in any element are dropped.
 *
 * For each element the threshold is that percentile of χ² over the stars that the cuts before have left and that have a
 * χ² in it (linear between ranks, as numpy's default). A star is not judged by an element in which it has none, and one
 * without any stays; both are counted. Where χ² comes from spectra it is measured by whoever calls (`jobs/windowChi2.ts`): it needs a Cannon. Pure.
 */
import { basename } from 'node:path';
import type { LabelSpec, WindowCut } from '../config/config';
import { ingredientsOf } from '../config/labelOrder';
import { UserError } from '../problems';
import { galahWindowsInAir } from '../spectra/elementWindows';
import { numbers } from './derivedLabels';
import type { Table } from './table';

/** χ² of stars in the windows of an element; NaN where it is not known. */
export interface ElementChi2 {
  readonly element: string;
  readonly chi2: Float64Array;
}

export interface ElementThreshold {
  readonly element: string;
  /** χ² up to which stars are kept, in the units of what was measured; NaN where no star has one. */
  readonly threshold: number;
  /** Stars that have a χ² in this element, and those of them above the threshold. */
  readonly stars: number;
  readonly above: number;
}

/** A star whose χ² is wanted: one of the spectra that were offered, its row of the table, and the model that it would train. */
export interface Candidate {
  readonly spectrumIdx: number;
  readonly row: number;
  /** Index of its model, or −1; and its labels, in the order of the model's. */
  readonly model: number;
  readonly labels: readonly number[];
}

/** How χ² is measured in spectra: one for each candidate, element by element. */
export type MeasureChi2 = (
  cut: WindowCut,
  elements: readonly string[] | null,
  candidates: readonly Candidate[],
) => Promise<readonly ElementChi2[]>;

/** Which of `stars` pass, as positions in it. */
export function cutByPercentile(
  nStars: number,
  measured: readonly ElementChi2[],
  percentile: number,
): { kept: number[]; thresholds: ElementThreshold[]; nUnjudged: number } {
  const thresholds = measured.map(({ element, chi2 }) => {
    const known = chi2.filter(Number.isFinite).sort();
    const threshold = percentileOf(known, percentile);
    const above = known.reduce((count, value) => count + (value > threshold ? 1 : 0), 0);
    return { element, threshold, stars: known.length, above };
  });
  const all = Array.from({ length: nStars }, (_, n) => n);
  const kept = all.filter((n) => measured.every(({ chi2 }, e) => !(chi2[n]! > thresholds[e]!.threshold)));
  const nUnjudged = all.filter((n) => measured.every(({ chi2 }) => !Number.isFinite(chi2[n]!))).length;
  return { kept, thresholds, nUnjudged };
}

/** Linear between ranks; NaN of nothing. `sorted` rises. */
export function percentileOf(sorted: Float64Array, percentile: number): number {
  if (sorted.length === 0) return NaN;
  const rank = ((sorted.length - 1) * percentile) / 100;
  const [low, high] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!];
  return low + (high - low) * (rank - Math.floor(rank));
}

/**
 * The elements that labels are named after, `mg_fe`, `ba_h` or `ti_m`, or the columns of their ingredients: those that GALAH has
 * windows for, as these are written there; null where there is none.
 */
export function elementsOfLabels(labels: readonly LabelSpec[]): string[] | null {
  const names = labels.flatMap((label) => [label.name, ...ingredientsOf(label)]);
  const found = Object.keys(galahWindowsInAir).filter((element) =>
    names.some((name) => new RegExp(`^\\[?${element}[_/]?(fe|h|m)\\]?$`, 'i').test(name)),
  );
  return found.length === 0 ? null : found;
}

export interface Chi2Column {
  readonly element: string;
  readonly column: string;
}

/** The columns that a cut takes χ² from: as listed, or those that fit the pattern, of the elements that judge where any is among them. */
export function chi2ColumnsOf(cut: WindowCut, labels: readonly LabelSpec[], columns: readonly string[]): Chi2Column[] {
  if (cut.source.from !== 'columns') return [];
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const listed = cut.source.columns;
  const all = typeof listed === 'string' ? fitting(listed, columns) : listed;
  const judging = cut.elements ?? (typeof listed === 'string' ? elementsOfLabels(labels) : null);
  const chosen = judging === null ? all : all.filter(({ element }) => judging.some((one) => same(one, element)));
  return [...(chosen.length === 0 && cut.elements === null ? all : chosen)];
}

function fitting(pattern: string, columns: readonly string[]): Chi2Column[] {
  const [head = '', tail = ''] = pattern.split('*');
  return columns
    .filter((name) => name.length > head.length + tail.length && name.startsWith(head) && name.endsWith(tail))
    .map((column) => {
      const element = column.slice(head.length, column.length - tail.length);
      return { element: element.charAt(0).toUpperCase() + element.slice(1), column };
    });
}

/** χ² of rows of the table from its columns. @throws UserError CAN103, CAN107, or CAN144 where no column fits. */
export function chi2FromColumns(
  cut: WindowCut,
  labels: readonly LabelSpec[],
  table: Table,
  rows: readonly number[],
): ElementChi2[] {
  const chosen = chi2ColumnsOf(cut, labels, [...table.columns.keys()]);
  if (chosen.length === 0) {
    throw new UserError(
      `No column of ${basename(table.path)} holds χ² of an element as \`windowChi2\` wants it`,
      'See `columns` and `elements` there.',
      'CAN144',
    );
  }
  return chosen.map(({ element, column }) => {
    const values = numbers(table, column);
    return { element, chi2: Float64Array.from(rows, (row) => values[row]!) };
  });
}

/** A spectrum as a short table of numbers, for people who do not see the plot. Pure. */
import { realMinus } from '../../engine/browser';
import { pixelsInView } from './decimate';
import { quantile, sortedValues } from './robustRange';

export interface SummaryColumn {
  readonly title: string;
  /** Of the pixels [first, end), as text. */
  text(first: number, end: number): string;
}

/** The median of `values` over the pixels of a stretch where `use` allows. */
export function medianColumn(
  title: string,
  values: ArrayLike<number>,
  use: (p: number) => boolean,
  format: (value: number) => string,
): SummaryColumn {
  return {
    title,
    text: (first, end) => {
      const sorted = sortedValues(values, use, first, end);
      return sorted.length === 0 ? 'none' : format(quantile(sorted, 0.5));
    },
  };
}

export function maskedColumn(masked: Uint8Array): SummaryColumn {
  return {
    title: 'masked pixels',
    text: (first, end) => `${masked.subarray(first, end).reduce((sum, bit) => sum + bit, 0)} of ${end - first}`,
  };
}

/** A head and `nRows` rows over equal stretches of wavelength. */
export function summaryTable(waveAngstrom: Float64Array, columns: readonly SummaryColumn[], nRows = 8): string[][] {
  const from = waveAngstrom[0];
  const to = waveAngstrom.at(-1);
  const head = ['wavelength (Å)', ...columns.map((column) => column.title)];
  if (from === undefined || to === undefined) return [head];
  const step = (to - from) / nRows;
  const edge = (row: number): number =>
    row === nRows ? waveAngstrom.length : pixelsInView(waveAngstrom, { from, to: from + row * step })[1] - 1;
  const rows = Array.from({ length: nRows }, (_, row) => [
    realMinus(`${(from + row * step).toFixed(0)}–${(from + (row + 1) * step).toFixed(0)}`),
    ...columns.map((column) => column.text(row === 0 ? 0 : edge(row), edge(row + 1))),
  ]);
  return [head, ...rows];
}

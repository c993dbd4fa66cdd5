/** Where an axis has its ticks, and how their numbers are written. Pure: plots in panels and pictures of jobs share it. */
import { realMinus } from '../catalog/rounding';

export interface Range {
  readonly from: number;
  readonly to: number;
}

const leads = [1, 2, 2.5, 5];

/** Four to six round numbers inside the range (fewer only where no round step gives four), rising. */
export function niceTicks({ from, to }: Range): number[] {
  if (!(to > from) || !Number.isFinite(to - from)) return [];
  const power = Math.floor(Math.log10(to - from)) - 1;
  const steps = [0, 1, 2].flatMap((up) => leads.map((lead) => lead * 10 ** (power + up)));
  const count = (step: number): number => Math.floor(to / step + 1e-9) - Math.ceil(from / step - 1e-9) + 1;
  // The widest step that still gives four ticks: wide panels gain nothing from more than six.
  const step = steps.filter((candidate) => count(candidate) >= 4).at(-1) ?? steps[0]!;
  const first = Math.ceil(from / step - 1e-9);
  return Array.from({ length: count(step) }, (_, k) => (first + k) * step);
}

/** Writes ticks with the decimals that tell them apart; `exponent` is a power of ten left to the axis title. */
export function formatTicks(values: readonly number[], exponent = 0): string[] {
  const scaled = values.map((value) => value / 10 ** exponent);
  const step = scaled.length > 1 ? Math.abs(scaled[1]! - scaled[0]!) : 1;
  const decimals =
    [0, 1, 2, 3, 4, 5, 6, 7, 8].find((d) => Math.abs(step * 10 ** d - Math.round(step * 10 ** d)) < 1e-6) ?? 8;
  return scaled.map((value) => realMinus(value.toFixed(decimals)));
}

/** The power of ten that an axis title takes over, so that ticks stay short: 0 between 0.01 and 100 000. */
export function axisExponent({ from, to }: Range): number {
  const size = Math.max(Math.abs(from), Math.abs(to));
  if (size === 0 || !Number.isFinite(size) || (size >= 1e-2 && size < 1e5)) return 0;
  return Math.floor(Math.log10(size));
}

/** An integer in superscript digits: "10⁻¹⁷". */
export function superscript(integer: number): string {
  return String(integer).replace(/[-\d]/g, (c) => (c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)]!));
}

export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** Round ticks with their labels. */
export function roundTicks(range: Range, exponent = 0): Tick[] {
  const values = niceTicks(range);
  const labels = formatTicks(values, exponent);
  return values.map((value, k) => ({ value, label: labels[k]! }));
}

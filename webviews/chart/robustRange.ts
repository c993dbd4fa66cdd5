/** The vertical range that shows a spectrum: nearly all of its pixels, not its worst cosmic ray. Pure. */
import type { Range } from './ticks';

/** The value below which a share `q` of the sorted values lies. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(q * (sorted.length - 1))))] ?? NaN;
}

/** The finite values of pixels [first, end) that `use` allows, rising. */
export function sortedValues(
  values: ArrayLike<number>,
  use: (p: number) => boolean,
  first = 0,
  end = values.length,
): Float64Array {
  const chosen = new Float64Array(Math.max(0, end - first));
  let n = 0;
  for (let p = first; p < end; p++) if (use(p) && Number.isFinite(values[p])) chosen[n++] = values[p]!;
  return chosen.subarray(0, n).sort();
}

/** From a little below the 0.05 % quantile to a little above the 99.95 % one; 0 to 1 when there is nothing to show. */
export function robustRange(
  values: ArrayLike<number>,
  use: (p: number) => boolean,
  first = 0,
  end = values.length,
): Range {
  const sorted = sortedValues(values, use, first, end);
  if (sorted.length === 0) return { from: 0, to: 1 };
  const low = quantile(sorted, 0.0005);
  const high = quantile(sorted, 0.9995);
  const margin = 0.08 * (high - low) || 0.1 * Math.abs(high) || 1;
  return { from: low - margin, to: high + margin };
}

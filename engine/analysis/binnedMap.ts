/**
 * Values over two coordinates, in bins: how many stars, their mean with its error, median, and scatter. One pass sorts the stars by
 * bin, so that millions cost a second. Bins are half-open, [from, to), but for the last, which holds its end.
 */
import { quantile } from '../cannon/agreement';
import { largestOfSmallest } from '../kernels/select';
import type { Range } from '../picture/ticks';

export const statistics = ['mean', 'median', 'scatter', 'error', 'count'] as const;
export type Statistic = (typeof statistics)[number];

export interface MapGrid {
  readonly x: Range;
  readonly y: Range;
  readonly nx: number;
  readonly ny: number;
}

/** Bin (i, j), i along x, at `j * nx + i`; NaN where a bin has too few stars for a number. */
export interface BinnedMap extends MapGrid, Readonly<Record<Exclude<Statistic, 'count'>, Float64Array>> {
  readonly count: Float64Array;
  /** Stars that fall into bins, beyond the range, and without a value or a coordinate. */
  readonly inside: number;
  readonly outside: number;
  readonly unknown: number;
}

/**
 * @param values of each star; null to count alone.
 * @param chosen 1 for stars that count.
 */
export function binValues(
  { x, y, values, chosen }: { x: Float64Array; y: Float64Array; values: Float64Array | null; chosen: Uint8Array },
  grid: MapGrid,
): BinnedMap {
  const { nx, ny } = grid;
  const bins = new Int32Array(x.length);
  const starts = new Uint32Array(nx * ny + 1);
  const [scaleX, scaleY] = [nx / (grid.x.to - grid.x.from), ny / (grid.y.to - grid.y.from)];
  let [inside, outside, unknown] = [0, 0, 0];
  for (let row = 0; row < x.length; row++) {
    bins[row] = -1;
    if (chosen[row] !== 1) continue;
    const [across, up] = [x[row]!, y[row]!];
    const value = values === null ? 0 : values[row]!;
    if (!Number.isFinite(across) || !Number.isFinite(up) || !Number.isFinite(value)) {
      unknown++;
      continue;
    }
    const i = across === grid.x.to ? nx - 1 : Math.floor((across - grid.x.from) * scaleX);
    const j = up === grid.y.to ? ny - 1 : Math.floor((up - grid.y.from) * scaleY);
    if (i < 0 || i >= nx || j < 0 || j >= ny) {
      outside++;
      continue;
    }
    inside++;
    bins[row] = j * nx + i;
    starts[bins[row]! + 1]!++;
  }
  for (let bin = 0; bin < nx * ny; bin++) starts[bin + 1]! += starts[bin]!;
  const count = Float64Array.from({ length: nx * ny }, (_, bin) => starts[bin + 1]! - starts[bin]!);
  const sorted = values === null ? null : byBin(values, bins, starts, inside);
  return { ...grid, count, inside, outside, unknown, ...statisticsOf(sorted, starts, nx * ny) };
}

function byBin(values: Float64Array, bins: Int32Array, starts: Uint32Array, inside: number): Float64Array {
  const sorted = new Float64Array(inside);
  const next = starts.slice();
  for (let row = 0; row < bins.length; row++) if (bins[row]! >= 0) sorted[next[bins[row]!]!++] = values[row]!;
  return sorted;
}

function statisticsOf(
  sorted: Float64Array | null,
  starts: Uint32Array,
  nBins: number,
): Record<Exclude<Statistic, 'count'>, Float64Array> {
  const none = () => new Float64Array(nBins).fill(NaN);
  const [mean, median, scatter, error] = [none(), none(), none(), none()];
  if (sorted === null) return { mean, median, scatter, error };
  for (let bin = 0; bin < nBins; bin++) {
    const some = sorted.subarray(starts[bin], starts[bin + 1]);
    const n = some.length;
    if (n === 0) continue;
    let sum = 0;
    for (let k = 0; k < n; k++) sum += some[k]!;
    mean[bin] = sum / n;
    median[bin] = medianOf(some);
    if (n < 2) continue;
    let squares = 0;
    for (let k = 0; k < n; k++) squares += (some[k]! - mean[bin]!) ** 2;
    scatter[bin] = Math.sqrt(squares / (n - 1));
    error[bin] = scatter[bin]! / Math.sqrt(n);
  }
  return { mean, median, scatter, error };
}

/** Of two middle values their mean; reorders. */
function medianOf(some: Float64Array): number {
  const n = some.length;
  const upper = largestOfSmallest(some, (n >> 1) + 1);
  if (n % 2 === 1) return upper;
  // What is smaller now lies before it.
  let lower = -Infinity;
  for (let k = 0; k < n >> 1; k++) lower = Math.max(lower, some[k]!);
  return (lower + upper) / 2;
}

/**
 * The range that holds all but half a per cent of the chosen values at each end; all of them where a tenth more than that does. Null where there
 * are no two different values.
 */
export function usualRange(values: Float64Array, chosen: Uint8Array): Range | null {
  const known = values.filter((value, row) => chosen[row] === 1 && Number.isFinite(value)).sort();
  if (known.length === 0 || known[0] === known.at(-1)) return null;
  const [low, high] = [quantile(known, 0.005), quantile(known, 0.995)];
  const margin = 0.1 * (high - low);
  const from = known[0]! >= low - margin ? known[0]! : low;
  const to = known.at(-1)! <= high + margin ? known.at(-1)! : high;
  return to > from ? { from, to } : { from: known[0]!, to: known.at(-1)! };
}

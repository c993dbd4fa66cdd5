/**
 * What of a spectrum is drawn: the pixels in view, thinned to the lowest and highest of each screen column, so that every
 * line and every spike stays visible and a frame costs the same at any zoom. Recomputed for each view, never kept.
 *
 * Runs of pixels are never joined across a pixel that is not to be drawn; a lone pixel becomes a dash of its own width.
 * Wavelengths rise along the array. Pure.
 */
import type { Range } from './ticks';

export interface Point {
  readonly x: number;
  /** NaN breaks the line. */
  readonly y: number;
}

export interface BandPoint {
  readonly x: number;
  readonly lower: number;
  readonly upper: number;
}

export interface View extends Range {
  /** Screen columns the range is drawn on. */
  readonly nColumns: number;
}

/** The pixels [first, end) between `from` and `to`, with one neighbour on either side so that lines reach the frame. */
export function pixelsInView(x: Float64Array, { from, to }: Range): [first: number, end: number] {
  return [Math.max(0, lowerBound(x, from) - 1), Math.min(x.length, lowerBound(x, to) + 1)];
}

/** The first index whose wavelength is at least `value`. */
function lowerBound(x: Float64Array, value: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The pixel nearest to `value`, or −1 when there is none. */
export function nearestPixel(x: Float64Array, value: number): number {
  const p = lowerBound(x, value);
  if (p === 0) return x.length > 0 ? 0 : -1;
  return p < x.length && x[p]! - value < value - x[p - 1]! ? p : p - 1;
}

/** Where pixel `p` begins and ends: half way to its neighbours. */
export function pixelEdges(x: Float64Array, p: number): Range {
  const here = x[p]!;
  const before = p > 0 ? (here - x[p - 1]!) / 2 : (x[p + 1]! - here) / 2;
  const after = p + 1 < x.length ? (x[p + 1]! - here) / 2 : before;
  return { from: here - (Number.isFinite(before) ? before : after), to: here + after };
}

type Drawable = (p: number) => boolean;

/** Calls `visit(a, b)` for each run of drawable pixels [a, b) in [first, end). */
function eachRun(first: number, end: number, drawable: Drawable, visit: (a: number, b: number) => void): void {
  for (let a = first; a < end;) {
    if (!drawable(a)) {
      a++;
      continue;
    }
    let b = a + 1;
    while (b < end && drawable(b)) b++;
    visit(a, b);
    a = b;
  }
}

/** Splits [a, b) into the stretches that fall on one screen column each. */
function eachColumn(x: Float64Array, a: number, b: number, view: View, visit: (a: number, b: number) => void): void {
  const perAngstrom = view.nColumns / (view.to - view.from);
  for (let p = a; p < b;) {
    const column = Math.floor((x[p]! - view.from) * perAngstrom);
    let q = p + 1;
    while (q < b && Math.floor((x[q]! - view.from) * perAngstrom) === column) q++;
    visit(p, q);
    p = q;
  }
}

/** The points of a line through `y` where `use` is 1 (everywhere if null) and `y` is finite. */
export function decimateLine(x: Float64Array, y: ArrayLike<number>, use: Uint8Array | null, view: View): Point[] {
  const points: Point[] = [];
  const [first, end] = pixelsInView(x, view);
  const dense = end - first > 2 * view.nColumns;
  const drawable: Drawable = (p) => (use === null || use[p] === 1) && Number.isFinite(y[p]);
  const push = (p: number): number => points.push({ x: x[p]!, y: y[p]! });
  eachRun(first, end, drawable, (a, b) => {
    if (points.length > 0) points.push({ x: x[a]!, y: NaN });
    if (b - a === 1) {
      const edges = pixelEdges(x, a);
      points.push({ x: edges.from, y: y[a]! }, { x: edges.to, y: y[a]! });
    } else if (!dense) {
      for (let p = a; p < b; p++) push(p);
    } else {
      eachColumn(x, a, b, view, (c, d) => {
        let low = c;
        let high = c;
        for (let p = c; p < d; p++) {
          if (y[p]! < y[low]!) low = p;
          if (y[p]! > y[high]!) high = p;
        }
        push(Math.min(low, high));
        if (low !== high) push(Math.max(low, high));
      });
    }
  });
  return points;
}

/** The band between `lower` and `upper`, a list of runs to be filled each on its own. */
export function decimateBand(
  x: Float64Array,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  use: Uint8Array | null,
  view: View,
): BandPoint[][] {
  const [first, end] = pixelsInView(x, view);
  const dense = end - first > 2 * view.nColumns;
  const drawable: Drawable = (p) =>
    (use === null || use[p] === 1) && Number.isFinite(lower[p]) && Number.isFinite(upper[p]);
  const runs: BandPoint[][] = [];
  eachRun(first, end, drawable, (a, b) => {
    const run: BandPoint[] = [];
    if (b - a === 1) {
      const edges = pixelEdges(x, a);
      for (const at of [edges.from, edges.to]) run.push({ x: at, lower: lower[a]!, upper: upper[a]! });
    } else if (!dense) {
      for (let p = a; p < b; p++) run.push({ x: x[p]!, lower: lower[p]!, upper: upper[p]! });
    } else {
      eachColumn(x, a, b, view, (c, d) => {
        let low = Infinity;
        let high = -Infinity;
        for (let p = c; p < d; p++) {
          low = Math.min(low, lower[p]!);
          high = Math.max(high, upper[p]!);
        }
        run.push({ x: (x[c]! + x[d - 1]!) / 2, lower: low, upper: high });
      });
    }
    runs.push(run);
  });
  return runs;
}

/** The stretches of masked pixels in view, from pixel edge to pixel edge; those less than a screen column apart are one. */
export function maskedSpans(x: Float64Array, masked: Uint8Array, view: View): Range[] {
  const spans: { from: number; to: number }[] = [];
  const [first, end] = pixelsInView(x, view);
  const column = (view.to - view.from) / view.nColumns;
  eachRun(
    first,
    end,
    (p) => masked[p] === 1,
    (a, b) => {
      const from = Math.max(pixelEdges(x, a).from, view.from);
      const to = Math.min(pixelEdges(x, b - 1).to, view.to);
      if (to <= from) return;
      const last = spans.at(-1);
      if (last && from - last.to < column) last.to = to;
      else spans.push({ from, to });
    },
  );
  return spans;
}

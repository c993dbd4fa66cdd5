/**
 * Where a table of any length stands in a scroll bar of bounded length: browsers stop at some 33 million pixels, and a catalog
 * has millions of rows. Up to `mostPixels` a pixel is a pixel; beyond, the bar is a scale from the first to the last row. Pure.
 */

export const rowHeightPx = 24;
const mostPixels = 4_000_000;

export interface Extent {
  readonly nRows: number;
  readonly viewPx: number;
}

/** Length of what the scroll bar scrolls over. */
export function barLength({ nRows }: Extent): number {
  return Math.min(nRows * rowHeightPx, mostPixels);
}

export const isScaled = ({ nRows }: Extent): boolean => nRows * rowHeightPx > mostPixels;

/** Rows that fit below each other, not a whole number. */
export const rowsInView = ({ viewPx }: Extent): number => viewPx / rowHeightPx;

/** The first row in view at the farthest end. */
export function lastTop(extent: Extent): number {
  return Math.max(0, extent.nRows - rowsInView(extent));
}

/** First row in view, not a whole number, where the bar stands at `scrollPx`. */
export function topAt(extent: Extent, scrollPx: number): number {
  const room = barLength(extent) - extent.viewPx;
  if (room <= 0) return 0;
  return isScaled(extent) ? (scrollPx / room) * lastTop(extent) : scrollPx / rowHeightPx;
}

/** Where the bar stands for that row. */
export function scrollAt(extent: Extent, top: number): number {
  const room = barLength(extent) - extent.viewPx;
  if (room <= 0) return 0;
  return isScaled(extent) ? (top / lastTop(extent)) * room : top * rowHeightPx;
}

/** The first row in view that shows row `at`, moving no farther than needed. */
export function topShowing(extent: Extent, top: number, at: number): number {
  const whole = Math.max(1, Math.floor(rowsInView(extent)));
  const wanted = at < top ? at : at + 1 > top + rowsInView(extent) ? at + 1 - whole : top;
  return Math.min(Math.max(0, wanted), lastTop(extent));
}

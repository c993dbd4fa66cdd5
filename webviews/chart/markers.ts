/** Points of a scatter plot: many at once, grouped by ink, because changing a canvas's ink costs more than a point. Pure painting. */
import type { Marker } from './colours';

type Pixel = readonly [x: number, y: number];

/** Adds one marker of radius `r` about (x, y) to the path of `context`; crosses are for strokes, the rest for fills. */
function trace(context: CanvasRenderingContext2D, marker: Marker, x: number, y: number, r: number): void {
  switch (marker) {
    case 'circle':
      context.moveTo(x + r, y);
      context.arc(x, y, r, 0, 2 * Math.PI);
      return;
    case 'square':
      context.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
      return;
    case 'triangle':
      return polygon(context, [x, y - 1.2 * r], [x + 1.1 * r, y + 0.8 * r], [x - 1.1 * r, y + 0.8 * r]);
    case 'diamond':
      return polygon(context, [x, y - 1.3 * r], [x + 1.3 * r, y], [x, y + 1.3 * r], [x - 1.3 * r, y]);
    case 'cross':
      return strokes(context, [x - r, y - r], [x + r, y + r], [x - r, y + r], [x + r, y - r]);
    case 'plus':
      return strokes(context, [x - 1.2 * r, y], [x + 1.2 * r, y], [x, y - 1.2 * r], [x, y + 1.2 * r]);
  }
}

function polygon(context: CanvasRenderingContext2D, first: Pixel, ...rest: readonly Pixel[]): void {
  context.moveTo(...first);
  for (const point of rest) context.lineTo(...point);
  context.closePath();
}

/** Pairs of ends. */
function strokes(context: CanvasRenderingContext2D, ...ends: readonly Pixel[]): void {
  ends.forEach((end, k) => (k % 2 === 0 ? context.moveTo(...end) : context.lineTo(...end)));
}

/** Paints markers at the pixel positions `x`, `y` of the points `members`, all in one ink. */
export function paintMarkers(
  context: CanvasRenderingContext2D,
  marker: Marker,
  ink: string,
  members: readonly number[],
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  radiusPx: number,
): void {
  if (members.length === 0) return;
  context.beginPath();
  for (const n of members) trace(context, marker, x[n]!, y[n]!, radiusPx);
  const isOpen = marker === 'cross' || marker === 'plus';
  if (isOpen) {
    context.strokeStyle = ink;
    context.lineWidth = 1.2;
    context.stroke();
  } else {
    context.fillStyle = ink;
    context.fill();
  }
}

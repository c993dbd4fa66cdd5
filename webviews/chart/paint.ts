/**
 * What plots draw by themselves around and under the lines: filled bands, curves, shaded ranges, the hatched strip of
 * masked pixels on the axis, and a frame with ticks pointing inwards on all four sides, as printed figures have it.
 */
import type { Chart } from 'chart.js';
import type { BandPoint, Point } from './decimate';
import type { Ink } from './theme';
import { withAlpha } from './theme';
import type { Range } from './ticks';

const stripHeightPx = 7;
const hatchStepPx = 4;
const tickLengthPx = 5;

/** Runs `draw` with the plot area as clip. */
export function clipped(chart: Chart, draw: (context: CanvasRenderingContext2D) => void): void {
  const { left, top, width, height } = chart.chartArea;
  const context = chart.ctx;
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  draw(context);
  context.restore();
}

export function paintBand(chart: Chart, runs: readonly (readonly BandPoint[])[], fill: string): void {
  const { x, y } = chart.scales;
  if (!x || !y) return;
  clipped(chart, (context) => {
    context.fillStyle = fill;
    for (const run of runs) {
      context.beginPath();
      for (const point of run) context.lineTo(x.getPixelForValue(point.x), y.getPixelForValue(point.upper));
      for (let k = run.length - 1; k >= 0; k--) {
        const point = run[k]!;
        context.lineTo(x.getPixelForValue(point.x), y.getPixelForValue(point.lower));
      }
      context.fill();
    }
  });
}

/**
 * A line through `points`, broken where one is not a number; opaque ink, for it runs over itself within a column of the screen. Where
 * columns hold several points each, these stand in the middle of the column: upright strokes are filled in faster than slanted ones.
 */
export function paintLine(chart: Chart, points: readonly Point[], ink: string, dash: readonly number[]): void {
  const { x, y } = chart.scales;
  if (!x || !y || points.length === 0) return;
  const isDense = points.length > 1.5 * chart.chartArea.width;
  clipped(chart, (context) => {
    context.beginPath();
    let isOpen = false;
    for (const point of points) {
      const py = y.getPixelForValue(point.y);
      if (Number.isNaN(py)) {
        isOpen = false;
        continue;
      }
      const px = x.getPixelForValue(point.x);
      const at = isDense ? Math.floor(px) + 0.5 : px;
      if (isOpen) context.lineTo(at, py);
      else context.moveTo(at, py);
      isOpen = true;
    }
    context.strokeStyle = ink;
    context.lineWidth = 1;
    context.lineJoin = 'round';
    context.setLineDash([...dash]);
    context.stroke();
  });
}

/** A window of wavelength around a line, tinted, with its name in the margin above the frame. */
export interface Tint extends Range {
  readonly name: string;
  /** Its colour, from 0 to 5 and round again. */
  readonly category: number;
  readonly isSelected: boolean;
}

const tintGapPx = 4;

/**
 * Windows narrower than a pixel of the screen are still one wide. Where `isNamed`, their names stand in the margin above the
 * frame; names that would touch are left out, selected ones last.
 */
export function paintTints(chart: Chart, tints: readonly Tint[], ink: Ink, isNamed: boolean): void {
  const { x } = chart.scales;
  if (!x) return;
  const { left, right, top, bottom } = chart.chartArea;
  const inView = tints
    .map((tint) => ({ ...tint, a: x.getPixelForValue(tint.from), b: x.getPixelForValue(tint.to) }))
    .filter(({ a, b }) => b >= left && a <= right);
  const colourOf = ({ category }: Tint): string => ink.categories[category % ink.categories.length] ?? ink.foreground;
  clipped(chart, (context) => {
    for (const tint of inView) {
      const alpha = (tint.isSelected ? 0.38 : 0.16) * (ink.highContrast ? 1.6 : 1);
      context.fillStyle = withAlpha(colourOf(tint), alpha);
      context.fillRect(tint.a, top, Math.max(1, tint.b - tint.a), bottom - top);
    }
  });
  if (!isNamed) return;
  const context = chart.ctx;
  context.save();
  context.font = `${ink.fontSizePx}px ${ink.fontFamily}`;
  context.textAlign = 'center';
  context.textBaseline = 'bottom';
  const taken: Range[] = [];
  for (const tint of [...inView].sort((p, q) => Number(q.isSelected) - Number(p.isSelected) || p.a - q.a)) {
    const at = (Math.max(left, tint.a) + Math.min(right, tint.b)) / 2;
    const half = context.measureText(tint.name).width / 2 + tintGapPx;
    if (taken.some(({ from, to }) => at - half < to && at + half > from)) continue;
    taken.push({ from: at - half, to: at + half });
    context.fillStyle = tint.isSelected ? ink.foreground : ink.quiet;
    context.fillText(tint.name, at, top - 1);
  }
  context.restore();
}

/** A line of a list, at its place on the axis. */
export interface Mark {
  readonly at: number;
  readonly name: string;
  /** Dashed: not the star's own. */
  readonly isForeign: boolean;
  /** A place that somebody has chosen: in the ink of data. */
  readonly isChosen?: boolean;
}

/** Thin rules with their names inside the frame, below the upper edge; names that would touch are left out. */
export function paintMarks(chart: Chart, marks: readonly Mark[], ink: Ink): void {
  const { x } = chart.scales;
  if (!x) return;
  const { left, right, top, bottom } = chart.chartArea;
  clipped(chart, (context) => {
    context.font = `${ink.fontSizePx}px ${ink.fontFamily}`;
    context.textAlign = 'left';
    context.textBaseline = 'top';
    let free = -Infinity;
    for (const { at, name, isForeign, isChosen = false } of marks) {
      const px = Math.round(x.getPixelForValue(at)) + 0.5;
      if (px < left || px > right) continue;
      context.strokeStyle = isChosen ? ink.foreground : withAlpha(ink.quiet, ink.highContrast ? 0.9 : 0.45);
      context.lineWidth = 1;
      context.setLineDash(isForeign ? [2, 3] : []);
      context.beginPath();
      context.moveTo(px, top + tickLengthPx);
      context.lineTo(px, bottom);
      context.stroke();
      if (px < free || name === '') continue;
      context.fillStyle = ink.quiet;
      context.fillText(name, px + 3, top + 7);
      free = px + context.measureText(name).width + 8;
    }
    context.setLineDash([]);
  });
}

export function paintMaskedStrip(chart: Chart, spans: readonly Range[], ink: Ink): void {
  const { x } = chart.scales;
  if (!x || spans.length === 0) return;
  const { bottom } = chart.chartArea;
  clipped(chart, (context) => {
    context.beginPath();
    for (const span of spans) {
      const left = x.getPixelForValue(span.from);
      context.rect(left, bottom - stripHeightPx, Math.max(1, x.getPixelForValue(span.to) - left), stripHeightPx);
    }
    context.fillStyle = withAlpha(ink.quiet, 0.2);
    context.fill();
    context.clip();
    context.strokeStyle = ink.highContrast ? ink.foreground : withAlpha(ink.quiet, 0.8);
    context.lineWidth = 1;
    context.beginPath();
    // One set of strokes across the whole axis, cut to the spans: neighbouring spans share their hatching.
    for (let at = chart.chartArea.left - stripHeightPx; at < chart.chartArea.right; at += hatchStepPx) {
      context.moveTo(at, bottom);
      context.lineTo(at + stripHeightPx, bottom - stripHeightPx);
    }
    context.stroke();
  });
}

/** A curve that is not a spectrum: a relation, a contour, the outline of a histogram. NaN breaks it. */
export interface Curve {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** That of data, axes or model, or a category from 0 to 5. */
  readonly ink: 'foreground' | 'quiet' | 'model' | number;
  readonly alpha: number;
  /** In px; empty for a full line. */
  readonly dash: readonly number[];
  /** Of the area between the curve and zero; 0 for none. */
  readonly fillAlpha: number;
  /** Under the points instead of over them. */
  readonly isBehind: boolean;
}

export function paintCurve(chart: Chart, curve: Curve, ink: Ink): void {
  const { x, y } = chart.scales;
  if (!x || !y) return;
  const colour =
    typeof curve.ink === 'number'
      ? (ink.categories[curve.ink % ink.categories.length] ?? ink.foreground)
      : ink[curve.ink];
  const trace = (context: CanvasRenderingContext2D): void => {
    let isOpen = false;
    for (let k = 0; k < curve.x.length; k++) {
      const [px, py] = [x.getPixelForValue(curve.x[k]!), y.getPixelForValue(curve.y[k]!)];
      const isPoint = Number.isFinite(px) && Number.isFinite(py);
      if (isPoint && isOpen) context.lineTo(px, py);
      else if (isPoint) context.moveTo(px, py);
      isOpen = isPoint;
    }
  };
  clipped(chart, (context) => {
    if (curve.fillAlpha > 0 && curve.x.length > 0) {
      const zero = y.getPixelForValue(0);
      context.beginPath();
      context.moveTo(x.getPixelForValue(curve.x[0]!), zero);
      for (let k = 0; k < curve.x.length; k++)
        context.lineTo(x.getPixelForValue(curve.x[k]!), y.getPixelForValue(curve.y[k]!));
      context.lineTo(x.getPixelForValue(curve.x[curve.x.length - 1]!), zero);
      context.fillStyle = withAlpha(colour, curve.fillAlpha);
      context.fill();
    }
    context.beginPath();
    trace(context);
    context.strokeStyle = withAlpha(colour, curve.alpha);
    context.lineWidth = 1;
    context.setLineDash([...curve.dash]);
    context.stroke();
  });
}

/** A range of one axis that is shaded from edge to edge. */
export interface Span extends Range {
  readonly axis: 'x' | 'y';
  readonly alpha: number;
}

export function paintSpan(chart: Chart, span: Span, ink: Ink): void {
  const scale = chart.scales[span.axis];
  if (!scale) return;
  const { left, right, top, bottom } = chart.chartArea;
  const ends = [scale.getPixelForValue(span.from), scale.getPixelForValue(span.to)];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  clipped(chart, (context) => {
    context.fillStyle = withAlpha(ink.quiet, span.alpha * (ink.highContrast ? 2 : 1));
    if (span.axis === 'x')
      context.fillRect(Math.max(left, low), top, Math.min(right, high) - Math.max(left, low), bottom - top);
    else context.fillRect(left, Math.max(top, low), right - left, Math.min(bottom, high) - Math.max(top, low));
  });
}

export function paintFrame(chart: Chart, ink: Ink): void {
  const { x, y } = chart.scales;
  const { left, top, right, bottom } = chart.chartArea;
  const context = chart.ctx;
  context.save();
  context.strokeStyle = ink.frame;
  context.lineWidth = 1;
  context.beginPath();
  // Half pixels make one-pixel lines crisp.
  context.rect(
    Math.round(left) + 0.5,
    Math.round(top) + 0.5,
    Math.round(right - left) - 1,
    Math.round(bottom - top) - 1,
  );
  for (const tick of x?.ticks ?? []) {
    const at = Math.round(x!.getPixelForValue(tick.value)) + 0.5;
    context.moveTo(at, bottom);
    context.lineTo(at, bottom - tickLengthPx);
    context.moveTo(at, top);
    context.lineTo(at, top + tickLengthPx);
  }
  for (const tick of y?.ticks ?? []) {
    const at = Math.round(y!.getPixelForValue(tick.value)) + 0.5;
    context.moveTo(left, at);
    context.lineTo(left + tickLengthPx, at);
    context.moveTo(right, at);
    context.lineTo(right - tickLengthPx, at);
  }
  context.stroke();
  context.restore();
}

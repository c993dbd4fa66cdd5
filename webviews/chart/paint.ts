/**
 * What plots draw by themselves around and under the lines: filled bands, the hatched strip of masked pixels on the axis,
 * and a frame with ticks pointing inwards on all four sides, as printed figures have it.
 */
import type { Chart } from 'chart.js';
import type { BandPoint } from './decimate';
import type { Ink } from './theme';
import { withAlpha } from './theme';
import type { Range } from './ticks';

const stripHeightPx = 7;
const hatchStepPx = 4;
const tickLengthPx = 5;

/** Runs `draw` with the plot area as clip. */
function clipped(chart: Chart, draw: (context: CanvasRenderingContext2D) => void): void {
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

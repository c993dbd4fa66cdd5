/**
 * The posterior of a star's labels: the distribution of each on the diagonal, and of each pair below it as draws with the
 * contours of the Gaussian that the covariance describes, at 68 and 95 %. Where the draws leave the contours, the formal
 * errors are not the whole truth. The reference label is dashed, the scatter in cross-validation a bar.
 */
import type { PosteriorDraws, StarFit } from '../../engine/index';
import type { Ink } from '../chart/theme';
import { withAlpha } from '../chart/theme';
import type { Range } from '../chart/ticks';
import { formatTicks, niceTicks } from '../chart/ticks';
import { labelWord } from '../words';

export interface Corner {
  readonly fit: StarFit;
  readonly draws: PosteriorDraws;
  readonly scatter: readonly (number | null)[];
}

/** Δχ² of two dimensions that 68.3 and 95.4 % lie within. */
const contourLevels = [2.296, 6.18];
const mostDots = 800;
const marginPx = 58;
const gapPx = 6;
const nBins = 24;

/** The range of label i: all but the last thousandth of the draws on either side, and the fitted value with its error. */
export function rangeOfLabel({ fit, draws }: Corner, i: number): Range {
  const values = column(draws, fit.labels.length, i).sort();
  const { value, error } = fit.labels[i]!;
  const at = (q: number): number => values[Math.round(q * (values.length - 1))] ?? value;
  const [from, to] = [Math.min(at(0.001), value - 3 * error), Math.max(at(0.999), value + 3 * error)];
  return to > from ? { from, to } : { from: value - 1, to: value + 1 };
}

function column({ labels }: PosteriorDraws, nLabels: number, i: number): Float64Array {
  return Float64Array.from({ length: labels.length / nLabels }, (_, n) => labels[n * nLabels + i]!);
}

/** The ellipse of Δχ² = `level` about the best labels i and j, closed, in their units. */
export function ellipse(
  { labels, covariance }: StarFit,
  i: number,
  j: number,
  level: number,
): (readonly [x: number, y: number])[] {
  const n = labels.length;
  const [a, b, c] = [covariance[i * n + i]!, covariance[i * n + j]!, covariance[j * n + j]!];
  // The Cholesky factor of the 2 × 2 covariance turns the unit circle into the ellipse.
  const p = Math.sqrt(Math.max(0, a));
  const q = p > 0 ? b / p : 0;
  const r = Math.sqrt(Math.max(0, c - q * q));
  return Array.from({ length: 65 }, (_, k) => {
    const angle = (2 * Math.PI * k) / 64;
    const [u, v] = [Math.sqrt(level) * Math.cos(angle), Math.sqrt(level) * Math.sin(angle)];
    return [labels[i]!.value + p * u, labels[j]!.value + q * u + r * v] as const;
  });
}

/** Paints on a canvas of `width` × `height` CSS pixels. */
export function paintCorner(
  context: CanvasRenderingContext2D,
  corner: Corner,
  ink: Ink,
  width: number,
  height: number,
): void {
  const n = corner.fit.labels.length;
  const size = Math.max(24, Math.min((width - marginPx - gapPx) / n, (height - marginPx - gapPx) / n));
  const ranges = corner.fit.labels.map((_, i) => rangeOfLabel(corner, i));
  const columns = corner.fit.labels.map((_, i) => column(corner.draws, n, i));
  context.font = `${ink.fontSizePx}px ${ink.fontFamily}`;
  for (let row = 0; row < n; row++) {
    for (let col = 0; col <= row; col++) {
      const box: Box = {
        left: marginPx + col * size,
        top: gapPx + row * size,
        size: size - gapPx,
        x: ranges[col]!,
        y: row === col ? { from: 0, to: 1.12 } : ranges[row]!,
      };
      context.save();
      context.beginPath();
      context.rect(box.left, box.top, box.size, box.size);
      context.clip();
      if (row === col) paintMarginal(context, corner, columns[row]!, row, box, ink);
      else paintPair(context, corner, [columns[col]!, columns[row]!], [col, row], box, ink);
      context.restore();
      paintBox(context, box, ink, row === n - 1, col === 0 && row > 0);
      context.fillStyle = ink.quiet;
      if (row === n - 1) title(context, axisTitle(corner, col), box.left + box.size / 2, box.top + box.size + 34, 0);
      if (col === 0 && row > 0)
        title(context, axisTitle(corner, row), box.left - 46, box.top + box.size / 2, -Math.PI / 2);
    }
  }
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly size: number;
  readonly x: Range;
  readonly y: Range;
}

const xOf = ({ left, size, x }: Box, value: number): number => left + (size * (value - x.from)) / (x.to - x.from);
const yOf = ({ top, size, y }: Box, value: number): number => top + size - (size * (value - y.from)) / (y.to - y.from);

function axisTitle({ fit }: Corner, i: number): string {
  const { name, unit } = fit.labels[i]!;
  return unit === '' || unit === 'dex' ? labelWord(name) : `${labelWord(name)} (${unit})`;
}

function title(context: CanvasRenderingContext2D, text: string, x: number, y: number, angle: number): void {
  context.save();
  context.translate(x, y);
  context.rotate(angle);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(text, 0, 0);
  context.restore();
}

function paintMarginal(
  context: CanvasRenderingContext2D,
  { fit, scatter }: Corner,
  values: Float64Array,
  i: number,
  box: Box,
  ink: Ink,
): void {
  const counts = new Float64Array(nBins);
  for (const value of values) {
    const bin = Math.floor((nBins * (value - box.x.from)) / (box.x.to - box.x.from));
    if (bin >= 0 && bin < nBins) counts[bin]!++;
  }
  const { value, error, reference } = fit.labels[i]!;
  const binWidth = (box.x.to - box.x.from) / nBins;
  // Both in units of the Gaussian's own peak, so that they can be compared.
  const peak = (values.length * binWidth) / (error * Math.sqrt(2 * Math.PI));
  context.fillStyle = withAlpha(ink.foreground, 0.22);
  counts.forEach((count, k) => {
    const [a, b] = [xOf(box, box.x.from + k * binWidth), xOf(box, box.x.from + (k + 1) * binWidth)];
    const top = yOf(box, count / peak);
    context.fillRect(a, top, b - a, box.top + box.size - top);
  });
  stroke(context, ink.model, [], () => {
    for (let k = 0; k <= 80; k++) {
      const x = box.x.from + ((box.x.to - box.x.from) * k) / 80;
      context.lineTo(xOf(box, x), yOf(box, Math.exp(-0.5 * ((x - value) / error) ** 2)));
    }
  });
  const spread = scatter[i] ?? null;
  if (spread !== null) {
    const y = yOf(box, 1.05);
    stroke(context, ink.second, [], () => {
      context.moveTo(xOf(box, value - spread), y);
      context.lineTo(xOf(box, value + spread), y);
    });
  }
  if (reference !== null) vertical(context, box, reference, ink);
}

function paintPair(
  context: CanvasRenderingContext2D,
  { fit }: Corner,
  [x, y]: readonly [Float64Array, Float64Array],
  [i, j]: readonly [number, number],
  box: Box,
  ink: Ink,
): void {
  context.fillStyle = withAlpha(ink.foreground, 0.3);
  const step = Math.max(1, Math.floor(x.length / mostDots));
  for (let n = 0; n < x.length; n += step) context.fillRect(xOf(box, x[n]!) - 0.75, yOf(box, y[n]!) - 0.75, 1.5, 1.5);
  for (const level of contourLevels) {
    stroke(context, ink.model, [], () =>
      ellipse(fit, i, j, level).forEach(([u, v]) => context.lineTo(xOf(box, u), yOf(box, v))),
    );
  }
  const [a, b] = [fit.labels[i]!.reference, fit.labels[j]!.reference];
  if (a !== null) vertical(context, box, a, ink);
  if (b !== null) {
    stroke(context, ink.quiet, [3, 3], () => {
      context.moveTo(box.left, yOf(box, b));
      context.lineTo(box.left + box.size, yOf(box, b));
    });
  }
}

function vertical(context: CanvasRenderingContext2D, box: Box, value: number, ink: Ink): void {
  stroke(context, ink.quiet, [3, 3], () => {
    context.moveTo(xOf(box, value), box.top);
    context.lineTo(xOf(box, value), box.top + box.size);
  });
}

function stroke(context: CanvasRenderingContext2D, colour: string, dash: number[], trace: () => void): void {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.setLineDash(dash);
  context.beginPath();
  trace();
  context.stroke();
  context.setLineDash([]);
}

function paintBox(context: CanvasRenderingContext2D, box: Box, ink: Ink, hasX: boolean, hasY: boolean): void {
  context.strokeStyle = ink.frame;
  context.lineWidth = 1;
  context.strokeRect(Math.round(box.left) + 0.5, Math.round(box.top) + 0.5, Math.round(box.size), Math.round(box.size));
  context.fillStyle = ink.quiet;
  context.textBaseline = 'middle';
  if (hasX) {
    context.textAlign = 'center';
    sparse(box.x).forEach(({ value, label }) => context.fillText(label, xOf(box, value), box.top + box.size + 14));
  }
  if (hasY) {
    context.textAlign = 'right';
    sparse(box.y).forEach(({ value, label }) => context.fillText(label, box.left - 5, yOf(box, value)));
  }
}

/** Two ticks are all that a small box has room for. */
function sparse(range: Range): { value: number; label: string }[] {
  const values = niceTicks(range);
  const chosen = values.length > 3 ? values.filter((_, k) => k % 2 === 1) : values;
  const labels = formatTicks(chosen);
  return chosen.map((value, k) => ({ value, label: labels[k]! }));
}

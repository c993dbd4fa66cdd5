/** Labels of a cluster's stars against temperature, a panel a label, each with its line, the line's error and the scatter about it. */
import { quantile } from '../cannon/agreement';
import { axesOf, type Frame, frameOf } from '../picture/frame';
import { labelMarkup, px, sheet, text } from '../picture/svg';
import { rangeAround } from '../picture/frame';
import type { LabelTrend, SlopeUnit } from './analyseCluster';
import { figure, withUncertainty } from './words';

export interface ClusterPicture {
  readonly title: string;
  readonly x: string;
  readonly xUnit: string;
  /** Temperatures fall to the right. */
  readonly isReversed: boolean;
  readonly slopeUnit: SlopeUnit;
}

const columns = 3;
const panel = { width: 236, height: 150, gapX: 62, gapY: 46 } as const;
const [left, top] = [64, 64];

export function clusterSvg(trends: readonly LabelTrend[], picture: ClusterPicture): string {
  const nColumns = Math.min(columns, trends.length);
  const nRows = Math.ceil(trends.length / nColumns);
  const range = rangeAround(
    trends.flatMap(({ points }) => Array.from(points.x)),
    0.04,
  )!;
  const panels = trends.map((trend, k) => {
    const [column, row] = [k % nColumns, Math.floor(k / nColumns)];
    // Below the last of each column there is room for the title of the axis.
    const isLowest = k + nColumns >= trends.length;
    const frame = frameOf({
      left: left + column * (panel.width + panel.gapX),
      top: top + row * (panel.height + panel.gapY),
      ...{ width: panel.width, height: panel.height },
      x: { range, isReversed: picture.isReversed, ...(isLowest && { title: labelMarkup(picture.x, picture.xUnit) }) },
      y: { range: rangeOfValues(trend), title: labelMarkup(trend.label, trend.unit) },
    });
    return drawTrend(trend, frame, picture.slopeUnit, k);
  });
  const { slopeUnit } = picture;
  return sheet({
    width: Math.max(560, left + nColumns * (panel.width + panel.gapX) - panel.gapX + 24),
    height: top + nRows * (panel.height + panel.gapY) + 8,
    title: picture.title,
    description: trends
      .map(({ label, slope, slopeError, scatter }) => {
        const told = withUncertainty(slope * slopeUnit.factor, slopeError * slopeUnit.factor);
        return `${label}: slope ${told} ${slopeUnit.words}, scatter beyond the errors ${figure(scatter)}.`;
      })
      .join(' '),
    body: panels.join('\n'),
  });
}

/** All points that count; those that were clipped may lie outside. */
function rangeOfValues({ points, used, level, slope, pivot, scatter }: LabelTrend) {
  const errors = points.ey.slice().sort();
  const usual = quantile(errors, 0.5);
  const around = used.flatMap((k) => {
    const error = Math.min(points.ey[k]!, 3 * usual);
    return [points.y[k]! - error, points.y[k]! + error];
  });
  const ends = [Math.min(...points.x), Math.max(...points.x)].map((x) => level + slope * (x - pivot));
  return rangeAround([...around, ...ends, Math.max(...ends) + scatter, Math.min(...ends) - scatter], 0.1)!;
}

function drawTrend(trend: LabelTrend, frame: Frame, { factor, words }: SlopeUnit, number: number): string {
  const { points, used, level, levelError, slope, slopeError, pivot, scatter } = trend;
  const { range } = frame.x;
  const xs = Array.from({ length: 25 }, (_, k) => range.from + (k / 24) * (range.to - range.from));
  const line = (x: number) => level + slope * (x - pivot);
  const error = (x: number) => Math.hypot(levelError, slopeError * (x - pivot));
  const at = (x: number, y: number) => `${px(frame.toX(x))} ${px(frame.toY(y))}`;
  const band = [...xs.map((x) => at(x, line(x) + error(x))), ...xs.reverse().map((x) => at(x, line(x) - error(x)))];
  const [x0, x1] = [range.from, range.to];
  const isUsed = new Set(used);
  const bars: string[] = [];
  const marks: string[] = [];
  const { from: low, to: high } = frame.y.range;
  for (let k = 0; k < points.x.length; k++) {
    const [x, y] = [frame.toX(points.x[k]!), frame.toY(points.y[k]!)];
    if (!(points.y[k]! >= low && points.y[k]! <= high)) continue;
    const clampedY = (value: number) => px(frame.toY(Math.max(low, Math.min(high, value))));
    bars.push(`M${px(x)} ${clampedY(points.y[k]! - points.ey[k]!)}V${clampedY(points.y[k]! + points.ey[k]!)}`);
    if (points.ex[k]! > 0)
      bars.push(
        `M${px(Math.max(frame.left, x - Math.abs(frame.toX(points.x[k]! + points.ex[k]!) - x)))} ${px(y)}H${px(Math.min(frame.left + frame.width, x + Math.abs(frame.toX(points.x[k]! + points.ex[k]!) - x)))}`,
      );
    marks.push(
      isUsed.has(k)
        ? `<circle class="a-fill halo" cx="${px(x)}" cy="${px(y)}" r="3"/>`
        : `<path class="ink line" d="M${px(x - 3)} ${px(y - 3)}l6 6m0-6l-6 6"/>`,
    );
  }
  const nOutside = points.y.filter((y) => !(y >= low && y <= high)).length;
  const told = `${withUncertainty(slope * factor, slopeError * factor)} ${words}`;
  const clip = `panel${number}`;
  const place = { x: frame.left + frame.width, y: frame.top - 6, anchor: 'end', class: 'number' } as const;
  return [
    `<clipPath id="${clip}"><rect x="${px(frame.left)}" y="${px(frame.top)}" width="${px(frame.width)}" height="${px(frame.height)}"/></clipPath>`,
    `<g clip-path="url(#${clip})"><path class="b-pale" d="M${band.join('L')}Z"/>`,
    `<path class="a bar" d="${bars.join('')}" opacity="0.55"/>${marks.join('')}`,
    `<path class="b line" d="M${at(x0, line(x0))}L${at(x1, line(x1))}"/>`,
    scatter > 0
      ? `<path class="b bar dash" fill="none" d="M${at(x0, line(x0) + scatter)}L${at(x1, line(x1) + scatter)}M${at(x0, line(x0) - scatter)}L${at(x1, line(x1) - scatter)}"/>`
      : '',
    '</g>',
    axesOf(frame),
    text(`${told}, s = ${figure(scatter)}${nOutside > 0 ? `, ${nOutside} beyond` : ''}`, place),
  ].join('\n');
}

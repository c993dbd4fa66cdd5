/**
 * A plot of points: one a star, over any two of their numbers, coloured by a third or marked by category, with curves,
 * rules and shaded ranges behind them.
 *
 * Wheel zooms at the pointer (Shift: the vertical axis alone), a drag pans, Shift and drag (or a plain drag while `brushing`)
 * frames a region, a double click shows everything, a click takes the nearest point. Points with a coordinate that is not finite are
 * not drawn. Ten thousand points are painted in a few milliseconds; none are thinned, for each is somebody's star.
 */
import { Chart, LinearScale, ScatterController } from 'chart.js';
import { zoomRange } from './linkedAxis';
import { paintMarkers } from './markers';
import { clipped, paintCurve, paintFrame, paintSpan } from './paint';
import type { Curve, Span } from './paint';
import { inkGroups, type PointInk } from './pointInk';
import { followPress } from './press';
import { horizontalScale, verticalScale } from './scales';
import type { Ink } from './theme';
import { onThemeChange, readInk, withAlpha } from './theme';
import type { Range, Tick } from './ticks';
import { roundTicks } from './ticks';

export type { PointInk };

Chart.register(ScatterController, LinearScale);

export interface ScatterAxis {
  readonly title: string;
  /** What shows everything worth seeing. */
  readonly home: Range;
  readonly reverse?: boolean;
  /** Where round numbers will not do. */
  readonly ticks?: readonly Tick[];
}

export interface ScatterContent {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly ink: PointInk;
  /** 1 where a point is left out; null for none. */
  readonly hidden: Uint8Array | null;
  /** 1 where a point stands out; the others step back when there are any. Null for none. */
  readonly chosen: Uint8Array | null;
  readonly curves: readonly Curve[];
  readonly spans: readonly Span[];
  readonly xAxis: ScatterAxis;
  readonly yAxis: ScatterAxis;
}

export interface Region {
  readonly x: Range;
  readonly y: Range;
}

export interface ScatterEvents {
  /** The point under the pointer; null when there is none. */
  hovered?(index: number | null): void;
  picked?(index: number): void;
  brushed?(region: Region): void;
  /** The view has changed, by whatever. */
  moved?(view: Region): void;
}

/** Pixel positions of all points, and which of them are drawn and in view. */
interface Places {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly drawn: readonly number[];
}

const reachPx = 10;

export class Scatter {
  readonly #canvas: HTMLCanvasElement;
  readonly #events: ScatterEvents;
  readonly #chart: Chart<'scatter'>;
  #ink: Ink = readInk();
  #content: ScatterContent | null = null;
  #view: Region = { x: { from: 0, to: 1 }, y: { from: 0, to: 1 } };
  #marked: number | null = null;
  #brush: { fromX: number; fromY: number; toX: number; toY: number } | null = null;
  /** A plain drag frames a region instead of panning. */
  brushing = false;

  constructor(canvas: HTMLCanvasElement, events: ScatterEvents) {
    this.#canvas = canvas;
    this.#events = events;
    this.#chart = new Chart<'scatter'>(canvas, {
      type: 'scatter',
      data: { datasets: [] },
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        events: [],
        layout: { padding: { top: 6, right: 16 }, autoPadding: false },
      },
      plugins: [
        {
          id: 'points',
          beforeDatasetsDraw: () => this.#paint(),
          afterDraw: (chart) => paintFrame(chart, this.#ink),
        },
      ],
    });
    this.#update();
    onThemeChange(() => {
      this.#ink = readInk();
      this.#update();
    });
    this.#listen();
  }

  get chart(): Chart {
    return this.#chart;
  }

  get view(): Region {
    return this.#view;
  }

  /** `keepsView` leaves zoom and pan as they are: for a new colour or filter over the same axes. */
  show(content: ScatterContent, keepsView = false): void {
    this.#content = content;
    if (!keepsView) this.#view = { x: content.xAxis.home, y: content.yAxis.home };
    this.#update();
  }

  /** Shows this part of the plane. */
  look(view: Region): void {
    if (this.#content) this.#setView(view);
  }

  /** Whether everything worth seeing is in view, and no more. */
  get isHome(): boolean {
    return this.#view.x === this.#content?.xAxis.home && this.#view.y === this.#content.yAxis.home;
  }

  /** Rings one point; null for none. */
  mark(index: number | null): void {
    this.#marked = index;
    this.#chart.draw();
  }

  reset(): void {
    const content = this.#content;
    if (content) this.#setView({ x: content.xAxis.home, y: content.yAxis.home });
  }

  zoom(factor: number): void {
    const { x, y } = this.#view;
    const middle = ({ from, to }: Range): number => (from + to) / 2;
    this.#setView({ x: zoomRange(x, factor, middle(x)), y: zoomRange(y, factor, middle(y)) });
  }

  /**
   * The visible point next to point `from` in a direction on the screen (by arrow key); from null that in the middle.
   * @param among which points count; all where it is left out.
   */
  neighbour(from: number | null, dx: number, dy: number, among?: (n: number) => boolean): number | null {
    const places = this.#places();
    const { left, right, top, bottom } = this.#chart.chartArea;
    const [x0, y0] = from === null ? [(left + right) / 2, (top + bottom) / 2] : [places.x[from]!, places.y[from]!];
    let best: number | null = null;
    let least = Infinity;
    for (const n of places.drawn) {
      if (n === from || among?.(n) === false) continue;
      const [u, v] = [places.x[n]! - x0, places.y[n]! - y0];
      const along = u * dx + v * dy;
      const across = Math.abs(u * dy) + Math.abs(v * dx);
      // From the middle any direction will do; from a point only what lies more forwards than aside.
      if (from !== null && (along <= 0 || across > 2 * along)) continue;
      const distance = from === null ? Math.hypot(u, v) : along + 2 * across;
      if (distance < least) [best, least] = [n, distance];
    }
    return best;
  }

  /** The points inside `region` that are drawn. */
  inside({ x, y }: Region): number[] {
    const content = this.#content;
    if (!content) return [];
    return this.#drawable(content).filter(
      (n) => content.x[n]! >= x.from && content.x[n]! <= x.to && content.y[n]! >= y.from && content.y[n]! <= y.to,
    );
  }

  #setView(view: Region): void {
    this.#view = view;
    this.#update();
    this.#events.moved?.(view);
  }

  #update(): void {
    const text = { color: this.#ink.quiet, font: { family: this.#ink.fontFamily, size: this.#ink.fontSizePx } };
    const content = this.#content;
    const ticks = (axis: ScatterAxis | undefined) => (range: Range) =>
      axis ? (axis.ticks?.filter(({ value }) => value >= range.from && value <= range.to) ?? roundTicks(range)) : [];
    const scales = this.#chart.options.scales!;
    const { xAxis, yAxis } = content ?? { xAxis: { title: '' }, yAxis: { title: '' } };
    scales['x'] = horizontalScale({
      ...axisOf(xAxis, this.#view.x),
      text,
      ticks: ticks(content?.xAxis),
      isShown: true,
    });
    scales['y'] = verticalScale({ ...axisOf(yAxis, this.#view.y), text, ticks: ticks(content?.yAxis) });
    this.#chart.update('none');
  }

  #drawable({ x, y, hidden }: ScatterContent): number[] {
    const drawn: number[] = [];
    for (let n = 0; n < x.length; n++) {
      if (hidden?.[n] !== 1 && Number.isFinite(x[n]) && Number.isFinite(y[n])) drawn.push(n);
    }
    return drawn;
  }

  #places(): Places {
    const content = this.#content;
    const { x: xScale, y: yScale } = this.#chart.scales;
    if (!content || !xScale || !yScale) return { x: new Float64Array(), y: new Float64Array(), drawn: [] };
    const x = Float64Array.from(content.x, (value) => xScale.getPixelForValue(value));
    const y = Float64Array.from(content.y, (value) => yScale.getPixelForValue(value));
    const { left, right, top, bottom } = this.#chart.chartArea;
    const drawn = this.#drawable(content).filter(
      (n) => x[n]! >= left && x[n]! <= right && y[n]! >= top && y[n]! <= bottom,
    );
    return { x, y, drawn };
  }

  #paint(): void {
    const content = this.#content;
    if (!content) return;
    const places = this.#places();
    clipped(this.#chart, (context) => {
      for (const span of content.spans) paintSpan(this.#chart, span, this.#ink);
      for (const curve of content.curves) if (curve.isBehind) paintCurve(this.#chart, curve, this.#ink);
      this.#paintPoints(context, content, places);
      for (const curve of content.curves) if (!curve.isBehind) paintCurve(this.#chart, curve, this.#ink);
      this.#paintRing(context, places);
      this.#paintBrush(context);
    });
  }

  #paintPoints(context: CanvasRenderingContext2D, content: ScatterContent, places: Places): void {
    const radius =
      places.drawn.length > 5000 ? 1.4 : places.drawn.length > 1000 ? 2 : places.drawn.length > 100 ? 2.8 : 4;
    const { chosen } = content;
    const paint = (members: readonly number[], alpha: number): void => {
      for (const { ink, marker, points } of inkGroups(content.ink, members, this.#ink))
        paintMarkers(context, marker, withAlpha(ink, alpha), points, places.x, places.y, radius);
    };
    const someChosen = chosen !== null && places.drawn.some((n) => chosen[n] === 1);
    if (!someChosen) return paint(places.drawn, content.ink.by === 'nothing' ? 0.7 : 0.9);
    paint(
      places.drawn.filter((n) => chosen[n] !== 1),
      0.2,
    );
    paint(
      places.drawn.filter((n) => chosen[n] === 1),
      1,
    );
  }

  #paintRing(context: CanvasRenderingContext2D, { x, y }: Places): void {
    const n = this.#marked;
    if (n === null || !Number.isFinite(x[n]) || !Number.isFinite(y[n])) return;
    context.strokeStyle = this.#ink.foreground;
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(x[n]!, y[n]!, 7, 0, 2 * Math.PI);
    context.stroke();
  }

  #paintBrush(context: CanvasRenderingContext2D): void {
    const brush = this.#brush;
    if (!brush) return;
    const [x, y] = [Math.min(brush.fromX, brush.toX), Math.min(brush.fromY, brush.toY)];
    const [width, height] = [Math.abs(brush.toX - brush.fromX), Math.abs(brush.toY - brush.fromY)];
    context.fillStyle = withAlpha(this.#ink.selection, 0.15);
    context.fillRect(x, y, width, height);
    context.strokeStyle = this.#ink.selection;
    context.lineWidth = 1;
    context.strokeRect(Math.round(x) + 0.5, Math.round(y) + 0.5, Math.round(width), Math.round(height));
  }

  #listen(): void {
    const canvas = this.#canvas;
    canvas.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
    canvas.addEventListener('dblclick', () => this.reset());
    canvas.addEventListener('pointerleave', () => this.#events.hovered?.(null));
    canvas.addEventListener('pointermove', (event) => {
      if (event.buttons === 0) this.#events.hovered?.(this.#nearest(...this.#pixel(event)));
    });
    canvas.addEventListener('pointerdown', (event) => event.button === 0 && this.#onPress(event));
  }

  #onPress(press: PointerEvent): void {
    const [startX, startY] = this.#pixel(press);
    const start = this.#view;
    const nearest = this.#nearest(startX, startY);
    const brushes = (this.brushing || press.shiftKey) && this.#events.brushed !== undefined;
    followPress(this.#canvas, press, (event) => this.#pixel(event), {
      dragged: (x, y) => {
        if (!brushes) return this.#setView(this.#panned(start, x - startX, y - startY));
        this.#brush = { fromX: startX, fromY: startY, toX: x, toY: y };
        this.#chart.draw();
      },
      dropped: (isDone) => {
        const brush = this.#brush;
        this.#brush = null;
        if (!brush) return;
        this.#chart.draw();
        if (isDone) this.#events.brushed?.(this.#regionOf(brush));
      },
      clicked: () => nearest !== null && this.#events.picked?.(nearest),
      // Where everything is in view, a double click has nothing to do.
      waitsForSecond: () => !this.isHome,
    });
  }

  #regionOf({ fromX, fromY, toX, toY }: { fromX: number; fromY: number; toX: number; toY: number }): Region {
    const { x, y } = this.#chart.scales;
    const between = (a = 0, b = 0): Range => ({ from: Math.min(a, b), to: Math.max(a, b) });
    return {
      x: between(x?.getValueForPixel(fromX), x?.getValueForPixel(toX)),
      y: between(y?.getValueForPixel(fromY), y?.getValueForPixel(toY)),
    };
  }

  #panned({ x, y }: Region, dxPx: number, dyPx: number): Region {
    const { width, height } = this.#chart.chartArea;
    const content = this.#content;
    const shift = (range: Range, fraction: number): Range => {
      const by = fraction * (range.to - range.from);
      return { from: range.from + by, to: range.to + by };
    };
    const sign = (axis: ScatterAxis | undefined): number => (axis?.reverse === true ? -1 : 1);
    return {
      x: shift(x, (-dxPx / Math.max(1, width)) * sign(content?.xAxis)),
      y: shift(y, (dyPx / Math.max(1, height)) * sign(content?.yAxis)),
    };
  }

  #onWheel(event: WheelEvent): void {
    if (!this.#content) return;
    event.preventDefault();
    const { x, y } = this.#chart.scales;
    const [px, py] = this.#pixel(event);
    // Browsers turn the wheel sideways themselves while Shift is held.
    const delta = (event.deltaY || event.deltaX) * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1);
    const factor = Math.exp(-Math.max(-200, Math.min(200, delta)) * 0.002);
    this.#setView({
      x: event.shiftKey ? this.#view.x : zoomRange(this.#view.x, factor, x?.getValueForPixel(px) ?? 0),
      y: zoomRange(this.#view.y, factor, y?.getValueForPixel(py) ?? 0),
    });
  }

  #nearest(px: number, py: number): number | null {
    const { x, y, drawn } = this.#places();
    let best: number | null = null;
    let least = reachPx;
    for (const n of drawn) {
      const distance = Math.hypot(x[n]! - px, y[n]! - py);
      if (distance < least) [best, least] = [n, distance];
    }
    return best;
  }

  #pixel(event: MouseEvent): [x: number, y: number] {
    const box = this.#canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }
}

function axisOf(
  { title, reverse = false }: { title: string; reverse?: boolean },
  range: Range,
): { title: string; reverse: boolean; range: Range } {
  return { title, reverse, range };
}

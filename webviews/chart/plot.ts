/**
 * One plot of a spectrum: lines, bands, masked pixels and rules over wavelength, on an axis it may share with others.
 *
 * The shared axis owns the wavelength range; chart.js has the axes and gestures, and the plot paints its own lines: an element for each
 * point of a spectrum, as chart.js has them, takes longer than a frame. Each time that chart.js works
 * out its axes costs as much as drawing a spectrum, so that it is made with its first content, or empty at the first frame. Each picture, whether by zoom, resize or theme, thins the
 * content afresh for what is in view. Left and right padding are fixed, so that stacked plots line up.
 * Wheel zooms at the pointer, Shift-wheel the flux axis, a sideways wheel or a drag pans, a double click resets.
 */
import type { ChartOptions } from 'chart.js';
import { Chart, LinearScale, LineController } from 'chart.js';
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import annotationPlugin from 'chartjs-plugin-annotation';
import zoomPlugin from 'chartjs-plugin-zoom';
import type { View } from './decimate';
import { decimateBand, decimateLine, maskedSpans, pixelsInView } from './decimate';
import type { LinkedAxis } from './linkedAxis';
import { zoomRange } from './linkedAxis';
import type { Mark, Tint } from './paint';
import { paintBand, paintFrame, paintLine, paintMarks, paintMaskedStrip, paintTints } from './paint';
import { horizontalScale, verticalScale } from './scales';
import type { Ink } from './theme';
import { diluted, onThemeChange, readInk, withAlpha } from './theme';
import type { Range, Tick } from './ticks';
import { roundTicks } from './ticks';

Chart.register(LineController, LinearScale, annotationPlugin, zoomPlugin);

/** That of data, axes, model, what is compared with it; or a category from 0 to 5. */
type InkName = 'foreground' | 'quiet' | 'model' | 'second' | number;

/** How the wavelength axis is written: rest or observed wavelengths, or velocities about a line. */
export interface AxisWords {
  readonly title: string;
  /** From vacuum Å in the rest frame to what is written, rising, and back. */
  readonly shown: (waveAngstrom: number) => number;
  readonly wave: (shown: number) => number;
}

export interface PlotLine {
  readonly y: ArrayLike<number>;
  /** 1 where a pixel is drawn; null for all. */
  readonly use: Uint8Array | null;
  readonly ink: InkName;
  readonly alpha: number;
  /** In px; a full line where absent. */
  readonly dash?: readonly number[];
}

export interface PlotBand {
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
  readonly use: Uint8Array | null;
  readonly ink: InkName;
  readonly alpha: number;
}

/** All arrays have one element a pixel. Lines and bands are painted in their order, the last on top. */
export interface PlotContent {
  /** Vacuum Å, rising. */
  readonly waveAngstrom: Float64Array;
  readonly lines: readonly PlotLine[];
  readonly bands: readonly PlotBand[];
  /** 1 where the axis is hatched. */
  readonly masked: Uint8Array | null;
  /** Windows around lines, under everything. */
  readonly tints?: readonly Tint[];
  /** Lines of a list, rising along the axis. */
  readonly marks?: readonly Mark[];
  /** The vertical range that suits the pixels [first, end). */
  yRangeOf(this: void, first: number, end: number): Range;
  readonly yTitle: string;
  /** Power of ten that the title has taken over from the tick numbers. */
  readonly yExponent: number;
}

export interface PlotOptions {
  /** Of the wavelength axis, in vacuum Å of the rest frame unless `axisWords` say otherwise. */
  readonly xTitle: string;
  /** Horizontal rules, dashed but for the one at 0. */
  readonly rules?: readonly number[];
  /** Room above the frame for the names of windows: the uppermost of a stack. */
  readonly namesTints?: boolean;
  /** Ticks of the vertical axis, where round numbers will not do. */
  readonly yTicks?: (range: Range) => readonly Tick[];
}

type Scales = Readonly<Record<'x' | 'y', ReturnType<typeof horizontalScale>>>;

const rightPaddingPx = 16;

export class Plot {
  readonly #canvas: HTMLCanvasElement;
  readonly #axis: LinkedAxis;
  readonly #options: PlotOptions;
  #chart: Chart<'line'> | null = null;
  #ink: Ink = readInk();
  #content: PlotContent | null = null;
  #home: Range = { from: 0, to: 1 };
  #isHomeStale = false;
  #yRange: Range = this.#home;
  #showsWavelengths = true;
  #words: AxisWords | null = null;
  /** Those of the axis as it stands. */
  #writtenWords: AxisWords | null = null;

  constructor(canvas: HTMLCanvasElement, axis: LinkedAxis, options: PlotOptions) {
    this.#canvas = canvas;
    this.#axis = axis;
    this.#options = options;
    requestAnimationFrame(() => {
      if (!this.#chart) this.#update();
    });
    axis.subscribe(() => this.#update());
    onThemeChange(() => {
      this.#ink = readInk();
      if (this.#chart) this.#update();
    });
    canvas.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
    canvas.addEventListener('dblclick', () => {
      this.resetFlux();
      axis.reset();
    });
  }

  /** Null before the first frame. */
  get chart(): Chart | null {
    return this.#chart;
  }

  /** Takes `content` to be shown in full height from the next change of the axis on: one update for all plots of a stack. */
  take(content: PlotContent): void {
    this.#content = content;
    this.#isHomeStale = false;
    this.#yRange = this.#home = content.yRangeOf(0, content.waveAngstrom.length);
  }

  /** Draws `content` over the same pixels, both axes as they are. What the axes need not be worked out for takes a third of the time. */
  redraw(content: PlotContent): void {
    const before = this.#content;
    this.#content = content;
    // Worked out when it is asked for: not in each frame while something moves.
    this.#isHomeStale = true;
    const isWrittenAlike = before?.yTitle === content.yTitle && before.yExponent === content.yExponent;
    if (isWrittenAlike && this.#words === this.#writtenWords) this.#chart?.draw();
    else this.#update();
  }

  /** In a stack only the lowest plot numbers its wavelengths. */
  set showsWavelengths(shows: boolean) {
    this.#showsWavelengths = shows;
    if (this.#chart) this.#update();
  }

  /** How wavelengths are written from now on; null for the rest frame. Shown with the next change of the axis. */
  set axisWords(words: AxisWords | null) {
    this.#words = words;
  }

  resetFlux(): void {
    if (this.#isHomeStale && this.#content) this.#home = this.#content.yRangeOf(0, this.#content.waveAngstrom.length);
    this.#isHomeStale = false;
    this.#setFlux(this.#home);
  }

  /** Fits the flux axis to the wavelengths in view. */
  fitFlux(): void {
    const content = this.#content;
    if (content) this.#setFlux(content.yRangeOf(...pixelsInView(content.waveAngstrom, this.#axis.view)));
  }

  /** Zooms the flux axis; `at` in data units, the middle by default. */
  zoomFlux(factor: number, at = (this.#yRange.from + this.#yRange.to) / 2): void {
    if (this.#content) this.#setFlux(zoomRange(this.#yRange, factor, at));
  }

  panFlux(fraction: number): void {
    const shift = fraction * (this.#yRange.to - this.#yRange.from);
    if (this.#content) this.#setFlux({ from: this.#yRange.from + shift, to: this.#yRange.to + shift });
  }

  /** The wavelength under a pointer, or null outside the frame. */
  waveAt(clientX: number): number | null {
    if (!this.#content || !this.#chart) return null;
    const { left, right } = this.#chart.chartArea;
    const x = clientX - this.#canvas.getBoundingClientRect().left;
    return x >= left && x <= right ? (this.#chart.scales['x']?.getValueForPixel(x) ?? null) : null;
  }

  /** The frame on the screen; without height while the plot is hidden. */
  get frame(): { readonly top: number; readonly height: number } {
    const canvas = this.#canvas.getBoundingClientRect();
    const area = this.#chart?.chartArea ?? { top: 0, height: 0 };
    return { top: canvas.top + area.top, height: canvas.height === 0 ? 0 : area.height };
  }

  #setFlux(range: Range): void {
    this.#yRange = range;
    this.#update();
  }

  #update(): void {
    const scales = this.#scales(this.#content);
    this.#writtenWords = this.#words;
    if (this.#chart) {
      Object.assign(this.#chart.options.scales!, scales);
      this.#chart.update('none');
    } else this.#chart = this.#newChart(scales);
  }

  #newChart(scales: Scales): Chart<'line'> {
    return new Chart<'line'>(this.#canvas, {
      type: 'line',
      data: { datasets: [] },
      options: { ...this.#chartOptions(), scales },
      plugins: [
        {
          id: 'spectrum',
          beforeDatasetsDraw: (chart) => this.#paint(chart),
          afterDraw: (chart) => paintFrame(chart, this.#ink),
        },
      ],
    });
  }

  #scales(content: PlotContent | null): Scales {
    const text = { color: this.#ink.quiet, font: { family: this.#ink.fontFamily, size: this.#ink.fontSizePx } };
    return {
      x: horizontalScale({
        range: this.#axis.view,
        title: this.#words?.title ?? this.#options.xTitle,
        text,
        isShown: this.#showsWavelengths,
        ticks: content ? (range) => ticksIn(range, this.#words) : () => [],
      }),
      y: verticalScale({
        range: this.#yRange,
        title: content?.yTitle ?? '',
        text,
        ticks: content ? (this.#options.yTicks ?? ((range) => roundTicks(range, content.yExponent))) : () => [],
      }),
    };
  }

  #view({ width: full, chartArea }: Chart): View {
    const width = chartArea?.width ?? full;
    return { ...this.#axis.view, nColumns: Math.max(1, Math.round(width * Math.min(2, devicePixelRatio))) };
  }

  #paint(chart: Chart): void {
    const content = this.#content;
    if (!content) return;
    const view = this.#view(chart);
    if (content.tints) paintTints(chart, content.tints, this.#ink, this.#options.namesTints === true);
    if (content.marks) paintMarks(chart, content.marks, this.#ink);
    // Bands have no spikes to lose, and filling takes longer the more corners there are.
    const bandView = { ...view, nColumns: Math.ceil(view.nColumns / 2) };
    for (const band of content.bands) {
      const runs = decimateBand(content.waveAngstrom, band.lower, band.upper, band.use, bandView);
      paintBand(chart, runs, withAlpha(inkOf(band.ink, this.#ink), band.alpha * (this.#ink.highContrast ? 2 : 1)));
    }
    if (content.masked) paintMaskedStrip(chart, maskedSpans(content.waveAngstrom, content.masked, view), this.#ink);
    for (const { y, use, ink, alpha, dash = [] } of content.lines) {
      const points = decimateLine(content.waveAngstrom, y, use, view);
      paintLine(chart, points, diluted(inkOf(ink, this.#ink), this.#ink.background, alpha), dash);
    }
  }

  #onWheel(event: WheelEvent): void {
    if (!this.#content || !this.#chart) return;
    event.preventDefault();
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    // Browsers turn the wheel sideways themselves while Shift is held.
    const delta = (sideways ? event.deltaX : event.deltaY) * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1);
    const factor = Math.exp(-Math.max(-200, Math.min(200, delta)) * 0.002);
    const box = this.#canvas.getBoundingClientRect();
    if (event.shiftKey) {
      this.zoomFlux(factor, this.#chart.scales['y']?.getValueForPixel(event.clientY - box.top));
    } else if (sideways) {
      this.#axis.pan(delta / Math.max(1, this.#chart.chartArea.width));
    } else {
      this.#axis.zoom(factor, this.#chart.scales['x']?.getValueForPixel(event.clientX - box.left));
    }
  }

  /** After chart.js moved its scales by a drag or a pinch. */
  #follow(): void {
    const { x, y } = this.#chart?.scales ?? {};
    if (y) this.#yRange = { from: y.min, to: y.max };
    if (x) this.#axis.set({ from: x.min, to: x.max });
  }

  #chartOptions(): ChartOptions<'line'> {
    const follow = (): void => this.#follow();
    const isZoomedInFlux = (): boolean => this.#yRange !== this.#home;
    const { rules } = this.#options;
    return {
      animation: false,
      parsing: false,
      normalized: true,
      responsive: true,
      maintainAspectRatio: false,
      events: [],
      layout: { padding: { top: this.#options.namesTints ? 18 : 6, right: rightPaddingPx }, autoPadding: false },
      plugins: {
        // Its types do not know that `false` spares a chart the plugin.
        annotation: rules ? { annotations: rules.map((at) => this.#rule(at)) } : (false as never),
        zoom: {
          // Shift and drag measures a range instead.
          pan: {
            enabled: true,
            onPanStart: ({ event }) => !isShifted(event),
            mode: () => (isZoomedInFlux() ? 'xy' : 'x'),
            threshold: 2,
            onPan: follow,
          },
          zoom: { mode: 'x', pinch: { enabled: true }, wheel: { enabled: false }, onZoom: follow },
        },
      },
    };
  }

  #rule(at: number): AnnotationOptions<'line'> {
    return {
      type: 'line',
      yMin: at,
      yMax: at,
      borderWidth: 1,
      borderColor: () => this.#ink.frame,
      borderDash: at === 0 ? [] : [4, 4],
      drawTime: 'beforeDatasetsDraw',
      display: () => this.#content !== null,
    };
  }
}

function inkOf(name: InkName, ink: Ink): string {
  return typeof name === 'number' ? (ink.categories[name % ink.categories.length] ?? ink.foreground) : ink[name];
}

function ticksIn(range: Range, words: AxisWords | null): Tick[] {
  if (words === null) return roundTicks(range);
  const shown = { from: words.shown(range.from), to: words.shown(range.to) };
  return roundTicks(shown).map(({ value, label }) => ({ value: words.wave(value), label }));
}

/** The gesture library wraps the pointer's event. */
function isShifted(gesture: object): boolean {
  const source = 'srcEvent' in gesture ? gesture.srcEvent : null;
  return source instanceof MouseEvent && source.shiftKey;
}

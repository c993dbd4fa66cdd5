/**
 * The two axes of a plot as chart.js wants them: our ticks and labels, no grid (the frame is painted by the plot itself),
 * and sizes that do not depend on the labels, so that the frames of stacked plots line up.
 */
import type { Scale, ScaleOptionsByType } from 'chart.js';
import type { Range, Tick } from './ticks';

type LinearOptions = { type: 'linear' } & DeepPartial<ScaleOptionsByType<'linear'>>;
type DeepPartial<T> = T extends (...parameters: never) => unknown
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;

interface Text {
  readonly color: string;
  readonly font: { family: string; size: number };
}

const yAxisWidthPx = 66;
/** All of ours, upright. `base` gives their labels: chart.js would first make a number format for its own, which takes as long as a picture. */
const ticksAsWritten = { autoSkip: false, maxRotation: 0, callback: (): string => '' };
/** Around a frame: its paddings, and the numbers below it. */
const verticalMarginPx = 30;

function base(range: Range, ticks: (range: Range) => readonly Tick[]): LinearOptions {
  let labels: readonly string[] = [];
  return {
    type: 'linear',
    min: range.from,
    max: range.to,
    grid: { display: false },
    border: { display: false },
    afterBuildTicks: (scale: Scale) => {
      const chosen = ticks({ from: scale.min, to: scale.max });
      labels = chosen.map((tick) => tick.label);
      scale.ticks = chosen.map(({ value }) => ({ value }));
    },
    afterTickToLabelConversion: (scale: Scale) => scale.ticks.forEach((tick, k) => (tick.label = labels[k] ?? '')),
  };
}

export interface HorizontalScale {
  readonly range: Range;
  /** In one line or more. */
  readonly title: string;
  readonly text: Text;
  /** Whether numbers and title are written; the ticks themselves stay. */
  readonly isShown: boolean;
  readonly ticks: (range: Range) => readonly Tick[];
  /** Values fall to the right, as temperatures do in a Kiel diagram. */
  readonly reverse?: boolean;
}

export function horizontalScale({
  range,
  title,
  text,
  isShown,
  ticks,
  reverse = false,
}: HorizontalScale): LinearOptions {
  return {
    ...base(range, ticks),
    reverse,
    ticks: { ...ticksAsWritten, display: isShown, ...text },
    title: { display: isShown, text: title.split('\n'), ...text },
    // Labels at the ends must not push the frame inwards.
    afterFit: (scale: Scale) => void Object.assign(scale, { paddingLeft: 0, paddingRight: 0 }),
  };
}

export interface VerticalScale {
  readonly range: Range;
  readonly title: string;
  readonly text: Text;
  readonly ticks: (range: Range) => readonly Tick[];
  /** Values fall upwards, as surface gravities do in a Kiel diagram. */
  readonly reverse?: boolean;
}

export function verticalScale({ range, title, text, ticks, reverse = false }: VerticalScale): LinearOptions {
  let height = Infinity;
  let written = title;
  return {
    ...base(range, (shown) => thinned(ticks(shown), Math.max(2, Math.floor(height / (1.35 * text.font.size))))),
    reverse,
    // In a low plot there is room for fewer numbers and shorter words.
    beforeUpdate: (scale: Scale) => {
      height = scale.chart.height - verticalMarginPx;
    },
    beforeFit: (scale: Scale) => {
      const fits = (words: string): boolean => widthOf(words, text, scale.ctx) <= scale.height;
      const shown = shortened(title, fits);
      if (shown !== written) Object.assign(scale.options, { title: { display: true, text: shown, ...text } });
      written = shown;
    },
    ticks: { ...ticksAsWritten, ...text },
    title: { display: true, text: title, ...text },
    afterFit: (scale: Scale) => void Object.assign(scale, { width: yAxisWidthPx }),
  };
}

const widths = new Map<string, number>();

/** Measured once: axes have few titles, and a picture many frames. */
function widthOf(words: string, { font }: Text, context: CanvasRenderingContext2D): number {
  const css = `${font.size}px ${font.family}`;
  const key = `${css} ${words}`;
  let width = widths.get(key);
  if (width === undefined) {
    context.save();
    context.font = css;
    widths.set(key, (width = context.measureText(words).width));
    context.restore();
  }
  return width;
}

/** At most `most` of the ticks, evenly, with that at 0 among them where there is one. */
function thinned(ticks: readonly Tick[], most: number): readonly Tick[] {
  const step = Math.ceil(ticks.length / most);
  const zero = ticks.findIndex(({ value }) => value === 0);
  return step <= 1 ? ticks : ticks.filter((_, k) => (k - Math.max(0, zero)) % step === 0);
}

/** As many of the words as fit, with an ellipsis for the others. */
function shortened(words: string, fits: (words: string) => boolean): string {
  if (fits(words)) return words;
  for (let end = words.lastIndexOf(' '); end > 0; end = words.lastIndexOf(' ', end - 1)) {
    const start = `${words.slice(0, end)} …`;
    if (fits(start)) return start;
  }
  return '';
}

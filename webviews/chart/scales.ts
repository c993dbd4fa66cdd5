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
    ticks: { display: isShown, autoSkip: false, maxRotation: 0, ...text },
    title: { display: isShown, text: title, ...text },
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
  return {
    ...base(range, ticks),
    reverse,
    ticks: { autoSkip: false, maxRotation: 0, ...text },
    title: { display: true, text: title, ...text },
    afterFit: (scale: Scale) => void Object.assign(scale, { width: yAxisWidthPx }),
  };
}

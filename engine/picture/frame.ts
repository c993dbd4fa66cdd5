/** A plot's frame: where values lie on the sheet, and its axes with ticks, numbers and titles. Pure. */
import { axisExponent, niceTicks, formatTicks, superscript, type Range } from './ticks';
import { px, text } from './svg';

export interface Axis {
  readonly range: Range;
  /** Whether large values are left or below, as temperatures are. */
  readonly isReversed?: boolean;
  readonly isLog?: boolean;
  /** Title as SVG markup; absent: neither title nor numbers. */
  readonly title?: string;
}

export interface FrameSpec {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly x: Axis;
  readonly y: Axis;
}

export interface Frame extends FrameSpec {
  readonly toX: (value: number) => number;
  readonly toY: (value: number) => number;
}

export function frameOf(spec: FrameSpec): Frame {
  const { left, top, width, height, x, y } = spec;
  const [across, up] = [shareOf(x), shareOf(y)];
  return {
    ...spec,
    toX: (value) => left + width * across(value),
    toY: (value) => top + height * (1 - up(value)),
  };
}

function shareOf({ range: { from, to }, isReversed = false, isLog = false }: Axis): (value: number) => number {
  const place = isLog ? Math.log : (value: number) => value;
  const [low, high] = [place(from), place(to)];
  return (value) => {
    const share = high === low ? 0.5 : (place(value) - low) / (high - low);
    return isReversed ? 1 - share : share;
  };
}

/** The axes; drawn after the data, so that the frame lies on top. */
export function axesOf(frame: Frame): string {
  const { left, top, width, height, x, y } = frame;
  const parts = [`<rect class="frame" x="${px(left)}" y="${px(top)}" width="${px(width)}" height="${px(height)}"/>`];
  const across = ticksOf(x, width / 70);
  const up = ticksOf(y, height / 38);
  const marks = [
    ...across.ticks.map(({ value }) => `M${px(frame.toX(value))} ${px(top + height)}v4`),
    ...up.ticks.map(({ value }) => `M${px(left)} ${px(frame.toY(value))}h-4`),
  ];
  parts.push(`<path class="tick" d="${marks.join('')}"/>`);
  if (x.title !== undefined) {
    for (const { value, label } of across.ticks)
      parts.push(text(label, { x: frame.toX(value), y: top + height + 17, anchor: 'middle', class: 'number' }));
    parts.push(text(titled(x.title, across.exponent), { x: left + width / 2, y: top + height + 35, anchor: 'middle' }));
  }
  if (y.title !== undefined) {
    for (const { value, label } of up.ticks)
      parts.push(text(label, { x: left - 7, y: frame.toY(value) + 4, anchor: 'end', class: 'number' }));
    const widest = Math.max(0, ...up.ticks.map(({ label }) => label.length));
    const place = { x: left - 18 - 6.4 * widest, y: top + height / 2, anchor: 'middle', turn: -90 } as const;
    parts.push(text(titled(y.title, up.exponent), place));
  }
  return parts.join('\n');
}

function titled(markup: string, exponent: number): string {
  return exponent === 0 ? markup : `${markup} × 10${superscript(exponent)}`;
}

interface Ticks {
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
  readonly exponent: number;
}

/** As many as fit, at round values; of a logarithmic axis 1, 2 and 5 of each decade. */
function ticksOf({ range, isLog = false }: Axis, most: number): Ticks {
  if (isLog) {
    const values = logTicks(range);
    const fewer = values.length > most ? values.filter((value) => /^1/.test(value.toExponential())) : values;
    const kept = fewer.length > 1 ? fewer : values;
    // Within part of a decade 1, 2 and 5 are too few.
    if (values.length < 3) return { ticks: spaced(range, 0, Math.min(most, 4)), exponent: 0 };
    return { ticks: kept.map((value) => ({ value, label: String(Number(value.toPrecision(3))) })), exponent: 0 };
  }
  const exponent = axisExponent(range);
  return { ticks: spaced(range, exponent, most), exponent };
}

/** Round ticks, of which those of a wider round step are kept where all are too many. */
export function spaced(range: Range, exponent: number, most: number): Ticks['ticks'] {
  const values = niceTicks(range);
  const step = values.length > 1 ? values[1]! - values[0]! : 1;
  const wider = [1, 2, 4, 5, 10].map((times) =>
    values.filter((value) => Math.abs(value / (step * times) - Math.round(value / (step * times))) < 1e-6),
  );
  const kept = wider.find((some) => some.length <= Math.max(2, most) && some.length > 1) ?? values;
  const labels = formatTicks(kept, exponent);
  return kept.map((value, k) => ({ value, label: labels[k]! }));
}

function logTicks({ from, to }: Range): number[] {
  const values: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
    for (const lead of [1, 2, 5]) {
      const value = lead * 10 ** power;
      if (value >= from * (1 - 1e-9) && value <= to * (1 + 1e-9)) values.push(value);
    }
  }
  return values;
}

/** A range somewhat wider than these values; null of none. */
export function rangeAround(values: ArrayLike<number>, margin = 0.05): Range | null {
  let [from, to] = [Infinity, -Infinity];
  for (let k = 0; k < values.length; k++) {
    const value = values[k]!;
    if (!Number.isFinite(value)) continue;
    from = Math.min(from, value);
    to = Math.max(to, value);
  }
  if (!(to >= from)) return null;
  const wider = to > from ? margin * (to - from) : Math.max(Math.abs(to) * 0.05, 1e-6);
  return { from: from - wider, to: to + wider };
}

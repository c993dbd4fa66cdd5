/**
 * Pictures that jobs draw: SVG on a ground of its own that follows light and dark, with two inks that all colour vision tells apart
 * (blue and orange of Okabe & Ito, each with a shape or a dash as the second cue). It says in words what it shows. Pure.
 */
import { labelText } from './labelWords';

const style = `
  :root { color-scheme: light dark; }
  .ground { fill: #ffffff; } text { fill: #1f2328; font: 12px system-ui, "Helvetica Neue", Arial, sans-serif; }
  .title { font-size: 15px; font-weight: 600; } .panel { font-weight: 600; } .quiet { fill: #57606a; }
  .number { font-size: 11px; font-variant-numeric: tabular-nums; } .frame { fill: none; stroke: #57606a; stroke-width: 1; }
  .tick { stroke: #57606a; } .rule { stroke: #8c959f; fill: none; stroke-dasharray: 4 3; } .line { fill: none; stroke-width: 1.8; }
  .a { stroke: #0072b2; } .a-fill { fill: #0072b2; } .b { stroke: #c04e00; } .b-fill { fill: #c04e00; }
  .ink { stroke: #1f2328; } .ink-fill { fill: #1f2328; } .pale { fill: #57606a; fill-opacity: 0.22; } .bar { stroke-width: 1.1; }
  .b-pale { fill: #c04e00; fill-opacity: 0.14; } .dash { stroke-dasharray: 6 3; } .halo { stroke: #ffffff; stroke-width: 0.8; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #1e1e1e; } text { fill: #e6e6e6; } .quiet { fill: #a9b1ba; } .frame, .tick { stroke: #a9b1ba; } .rule { stroke: #768390; }
    .a { stroke: #56b4e9; } .a-fill { fill: #56b4e9; } .b { stroke: #f0a04b; } .b-fill { fill: #f0a04b; }
    .ink { stroke: #e6e6e6; } .ink-fill { fill: #e6e6e6; } .pale { fill: #a9b1ba; fill-opacity: 0.3; } .b-pale { fill: #f0a04b; fill-opacity: 0.2; }
    .halo { stroke: #1e1e1e; }
  }`;

export interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** What the picture shows, in words, for those who do not see it. */
  readonly description: string;
  readonly body: string;
}

export function sheet({ width, height, title, description, body }: Sheet): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${px(width)} ${px(height)}" width="${px(width)}" height="${px(height)}" role="img" aria-labelledby="title desc">
<title id="title">${escaped(title)}</title>
<desc id="desc">${escaped(description)}</desc>
<style>${style}
</style>
<rect class="ground" width="${px(width)}" height="${px(height)}"/>
<text class="title" x="16" y="26">${escaped(title)}</text>
${body}
</svg>
`;
}

/** A coordinate: a tenth of a pixel is finer than anybody sees. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[mark]!);
}

export interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly class?: string;
  /** Degrees, about the place. */
  readonly turn?: number;
}

/** Text; `markup` is SVG already, as `labelMarkup` gives it. */
export function text(markup: string, { x, y, anchor = 'start', class: name, turn }: TextPlace): string {
  const of = name === undefined ? '' : ` class="${name}"`;
  const turned = turn === undefined ? '' : ` transform="rotate(${turn} ${px(x)} ${px(y)})"`;
  return `<text x="${px(x)}" y="${px(y)}" text-anchor="${anchor}"${of}${turned}>${markup}</text>`;
}

/** A label as it is printed, with its unit: T with a subscript, [Fe/H] (dex). What is no label stays as it is. */
export function labelMarkup(name: string, unit = ''): string {
  const { text: word, subscript } = labelText(name);
  const below =
    subscript === '' ? '' : `<tspan dy="3" font-size="9">${escaped(subscript)}</tspan><tspan dy="-3">&#8203;</tspan>`;
  return `${escaped(word)}${below}${unit === '' ? '' : ` (${escaped(unit)})`}`;
}

/** A path through points; a point that is not finite interrupts it. */
export function linePath(points: readonly (readonly [x: number, y: number])[]): string {
  let isDown = false;
  return points
    .map(([x, y]) => {
      if (!Number.isFinite(x) || !Number.isFinite(y)) {
        isDown = false;
        return '';
      }
      const letter = isDown ? 'L' : 'M';
      isDown = true;
      return `${letter}${px(x)} ${px(y)}`;
    })
    .join('');
}

/**
 * Maps, a panel for each value, with a bar of colours above each. Bins of one colour are one path, so that thousands of bins stay a small
 * file; bins with too few stars show the ground.
 */
import { quantile } from '../cannon/agreement';
import { nShades, shadeOf, shades } from '../picture/colourMap';
import { axesOf, type Frame, frameOf, spaced } from '../picture/frame';
import { labelMarkup, px, sheet, text } from '../picture/svg';
import type { Range } from '../picture/ticks';
import { labelWord } from '../picture/labelWords';
import type { MapPanel } from './analyseMap';
import type { Statistic } from './binnedMap';
import { figure } from './words';

export interface MapPicture {
  readonly title: string;
  readonly x: { readonly name: string; readonly unit: string };
  readonly y: { readonly name: string; readonly unit: string };
  readonly colourRange?: Range;
  readonly isEqual: boolean;
}

const sizes = {
  one: { width: 560, height: 400 },
  few: { width: 330, height: 250 },
  many: { width: 244, height: 190 },
} as const;

export function mapSvg(panels: readonly MapPanel[], picture: MapPicture): string {
  const nColumns = panels.length === 1 ? 1 : panels.length <= 4 ? 2 : 3;
  const size = sizes[nColumns === 1 ? 'one' : nColumns === 2 ? 'few' : 'many'];
  const { map } = panels[0]!;
  const { width } = size;
  const ratio = (map.y.to - map.y.from) / (map.x.to - map.x.from);
  const height = picture.isEqual ? Math.max(80, Math.min(900, width * ratio)) : size.height;
  const [left, top, gapX, gapY] = [72, 100, 72, 108];
  const nRows = Math.ceil(panels.length / nColumns);
  const drawn = panels.map((panel, k) => {
    const frame = frameOf({
      left: left + (k % nColumns) * (width + gapX),
      top: top + Math.floor(k / nColumns) * (height + gapY),
      ...{ width, height },
      x: { range: map.x, title: labelMarkup(picture.x.name, picture.x.unit), isReversed: isReversed(picture.x.name) },
      y: { range: map.y, title: labelMarkup(picture.y.name, picture.y.unit), isReversed: isReversed(picture.y.name) },
    });
    return drawPanel(panel, frame, picture.colourRange);
  });
  return sheet({
    width: left + nColumns * (width + gapX) - gapX + 28,
    height: top + nRows * (height + gapY) - gapY + 54,
    title: clipped(picture.title, (left + nColumns * (width + gapX)) / 8),
    description: panels
      .map(({ value, statistic, shown }) => {
        const known = shown.filter(Number.isFinite).sort();
        const what = value === null ? 'Number of stars' : `${statistic} of ${labelWord(value)}`;
        return `${what}: from ${figure(known[0]!)} to ${figure(known.at(-1)!)} in ${known.length} bins.`;
      })
      .join(' '),
    body: drawn.join('\n'),
  });
}

function clipped(title: string, letters: number): string {
  return title.length > letters ? `${title.slice(0, Math.floor(letters) - 1)}…` : title;
}

/** As the Kiel and the Hertzsprung–Russell diagram are drawn. */
function isReversed(name: string): boolean {
  return /^(t_?eff|log_?g|abs_?mag|m_g|absolute_g_mag)$/i.test(name);
}

function drawPanel({ value, unit, statistic, map, shown }: MapPanel, frame: Frame, given: Range | undefined): string {
  // Counts span decades: their colours are those of the logarithm.
  const isLog = statistic === 'count' && given === undefined;
  const place = (number: number) => (isLog ? Math.log10(number) : number);
  const range = given ?? colourRange(shown.map(place));
  const paths = new Map<number, string[]>();
  const [w, h] = [frame.width / map.nx, frame.height / map.ny];
  const [flipX, flipY] = [frame.x.isReversed === true, frame.y.isReversed === true];
  for (let j = 0; j < map.ny; j++) {
    const row = flipY ? j : map.ny - 1 - j;
    for (let i = 0; i < map.nx; i++) {
      const shade = shadeOf(place(shown[j * map.nx + i]!), range);
      if (shade < 0) continue;
      const cells = paths.get(shade) ?? [];
      paths.set(shade, cells);
      cells.push(`M${flipX ? map.nx - 1 - i : i} ${row}h1v1h-1z`);
    }
  }
  const painted = [...paths]
    .sort(([a], [b]) => a - b)
    .map(([shade, cells]) => `<path fill="${shades[shade]!}" d="${cells.join('')}"/>`);
  const cellSize = `translate(${px(frame.left)} ${px(frame.top)}) scale(${w.toFixed(5)} ${h.toFixed(5)})`;
  return [
    `<g shape-rendering="crispEdges" transform="${cellSize}">${painted.join('')}</g>`,
    axesOf(frame),
    colourBar(frame, range, isLog, titleOf(value, unit, statistic)),
  ].join('\n');
}

/** All but a hundredth of the bins at each end: one odd bin would take the colours of all others. */
function colourRange(values: Float64Array): Range {
  const known = values.filter(Number.isFinite).sort();
  const [from, to] = [quantile(known, 0.01), quantile(known, 0.99)];
  return to > from ? { from, to } : { from: from - 0.5, to: to + 0.5 };
}

const inWords: Readonly<Record<Statistic, string>> = {
  mean: '',
  median: 'Median ',
  scatter: 'Scatter of ',
  error: 'Error of mean ',
  count: 'Stars',
};

function titleOf(value: string | null, unit: string, statistic: Statistic): string {
  if (statistic === 'count') return value === null ? 'Stars' : `Stars with ${labelMarkup(value)}`;
  return `${inWords[statistic]}${labelMarkup(value ?? '', unit)}`;
}

/** Above the panel, as wide as half of it, below its title. */
function colourBar(frame: Frame, range: Range, isLog: boolean, title: string): string {
  const width = frame.width * 0.5;
  const x = frame.left + frame.width - width;
  const y = frame.top - 32;
  const step = width / nShades;
  const bar = shades.map(
    (shade, k) =>
      `<rect x="${(x + k * step).toFixed(2)}" y="${px(y)}" width="${(step + 0.3).toFixed(2)}" height="9" fill="${shade}"/>`,
  );
  const ticks = isLog
    ? logValues(range, width / 34).map((value) => ({ value, label: figureOfCount(10 ** value) }))
    : spaced(range, 0, width / 34);
  const marks = ticks.map(({ value, label }) => {
    const at = x + (width * (value - range.from)) / (range.to - range.from);
    return `<path class="tick" d="M${px(at)} ${px(y + 9)}v3"/>${text(label, { x: at, y: y + 23, anchor: 'middle', class: 'number' })}`;
  });
  return [
    `<g shape-rendering="crispEdges">${bar.join('')}</g>`,
    ...marks,
    text(title, { x: frame.left, y: y - 6, class: 'panel' }),
  ].join('\n');
}

/** Logarithms of 1, 2, 5, 10, … within the range; of decades alone where those are too many. */
function logValues({ from, to }: Range, most: number): number[] {
  const values: number[] = [];
  for (let power = Math.floor(from); power <= Math.ceil(to); power++)
    for (const lead of [1, 2, 5]) values.push(power + Math.log10(lead));
  const within = values.filter((value) => value >= from - 1e-9 && value <= to + 1e-9);
  const decades = within.filter((value) => Math.abs(value - Math.round(value)) < 1e-9);
  const kept = within.length > most && decades.length > 1 ? decades : within;
  return kept.length > 0 ? kept : [from, to];
}

function figureOfCount(value: number): string {
  const rounded = Math.round(value);
  return rounded >= 1000 && rounded % 1000 === 0 ? `${rounded / 1000}k` : String(rounded);
}

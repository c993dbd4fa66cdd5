/** `cannon analyse map`: labels, or formulas of columns, over any two columns, in bins (Wheeler et al. 2020, Figures 10 to 12). */
import type { CatalogColumn } from '../catalog/catalog';
import { ucdOfLabel } from '../catalog/ucd';
import { labelWord } from '../picture/labelWords';
import type { Range } from '../picture/ticks';
import { UserError } from '../problems';
import { AnalysisTable } from './analysisTable';
import { type BinnedMap, binValues, type MapGrid, type Statistic, usualRange } from './binnedMap';
import { mapSvg } from './mapPicture';
import type { Report } from './report';
import { figure, thousands, unitShown } from './words';

export interface MapAsked {
  /** Columns, or expressions of columns. */
  readonly x: string;
  readonly y: string;
  /** None: how many stars there are. */
  readonly values: readonly string[];
  readonly statistic: Statistic;
  readonly bins: readonly [nx: number, ny: number];
  readonly xRange?: Range;
  readonly yRange?: Range;
  readonly colourRange?: Range;
  readonly minCount: number;
  readonly where?: string;
  /** Units of x and y as long as one another. */
  readonly isEqual: boolean;
}

/** One panel: what of which values. */
export interface MapPanel {
  readonly value: string | null;
  readonly unit: string;
  readonly statistic: Statistic;
  readonly map: BinnedMap;
  /** What is drawn: NaN for bins with fewer stars than asked for. */
  readonly shown: Float64Array;
}

const mostBins = 4_000_000;

export async function analyseMap(catalog: AnalysisTable, asked: MapAsked): Promise<Report> {
  const { x, y, values } = asked;
  const [nx, ny] = asked.bins;
  if (nx * ny > mostBins)
    throw new UserError(`${nx} × ${ny} bins are too many`, `At most ${mostBins} are drawn.`, 'CAN442');
  await catalog.need([
    ...[x, y, ...values].flatMap((text) => AnalysisTable.namesIn(text, 'number')),
    ...(asked.where === undefined ? [] : AnalysisTable.namesIn(asked.where, 'condition')),
  ]);
  const chosen = catalog.rowsWhere(asked.where);
  const [xs, ys] = [catalog.valuesOf(x), catalog.valuesOf(y)];
  const grid: MapGrid = {
    x: asked.xRange ?? rangeOf(xs, chosen, x),
    y: asked.yRange ?? rangeOf(ys, chosen, y),
    ...{ nx, ny },
  };
  const places = { x: xs, y: ys, chosen };
  const panels = (values.length === 0 ? [null] : values).map((value) => panelOf(catalog, value, places, grid, asked));
  const axes = {
    x: { name: x, unit: unitShown(x, catalog.unitOfExpression(x)) },
    y: { name: y, unit: unitShown(y, catalog.unitOfExpression(y)) },
  };
  const what = values.length === 0 ? 'Stars' : values.map(labelWord).join(', ');
  const title = `${what} over ${labelWord(x)} and ${labelWord(y)}: ${catalog.file}`;
  return {
    ...{ analysis: 'map', title: title.length > 110 ? `${labelWord(x)} and ${labelWord(y)}: ${catalog.file}` : title },
    finding: findingOf(panels),
    facts: factsOf(panels, grid, asked),
    tables: [tableOf(panels)],
    warnings: [],
    numbers: {
      ...{ x, y, xRange: grid.x, yRange: grid.y, bins: [nx, ny], minCount: asked.minCount, where: asked.where ?? null },
      maps: panels.map(({ value, statistic, map, shown }) => ({
        value,
        statistic,
        ...countsOf(map),
        ...spanOf(shown),
      })),
    },
    rows: rowsOf(panels, axes),
    svg: mapSvg(panels, { ...asked, ...axes, title }),
  };
}

/** @throws UserError CAN443 where every bin has too few stars. */
function panelOf(
  catalog: AnalysisTable,
  value: string | null,
  places: { x: Float64Array; y: Float64Array; chosen: Uint8Array },
  grid: MapGrid,
  asked: MapAsked,
): MapPanel {
  const map = binValues({ ...places, values: value === null ? null : catalog.valuesOf(value) }, grid);
  const statistic = value === null ? 'count' : asked.statistic;
  const least = statistic === 'count' ? Math.max(1, asked.minCount) : asked.minCount;
  const shown = map[statistic].map((number, bin) => (map.count[bin]! >= least ? number : NaN));
  if (!shown.some(Number.isFinite))
    throw new UserError(
      `No bin has ${least} stars with ${value ?? 'both columns'}: ${map.inside} lie within the range`,
      'Take fewer --bins, a wider range, or a smaller --min-count.',
      'CAN443',
    );
  const unit = value === null ? '' : unitShown(value, catalog.unitOfExpression(value));
  return { value, unit, statistic, map, shown };
}

function rangeOf(values: Float64Array, chosen: Uint8Array, what: string): Range {
  const range = usualRange(values, chosen);
  if (range !== null) return range;
  throw new UserError(
    `There are no two different values of ${what}`,
    'A map needs stars at different places; check the column and the condition.',
    'CAN443',
  );
}

function countsOf({ inside, outside, unknown }: BinnedMap) {
  return { inside, outside, unknown };
}

function spanOf(shown: Float64Array): { bins: number; from: number; to: number } {
  const known = shown.filter(Number.isFinite).sort();
  return { bins: known.length, from: known[0]!, to: known.at(-1)! };
}

function findingOf(panels: readonly MapPanel[]): string {
  const parts = panels.map(({ value, statistic, shown, unit }) => {
    const { bins, from, to } = spanOf(shown);
    const what = value === null ? 'Counts' : `${statistic} of ${labelWord(value)}`;
    return `${what} from ${figure(from)} to ${figure(to)}${unit === '' ? '' : ` ${unit}`} in ${thousands(bins)} bins`;
  });
  const whole = parts.join('; ');
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}.`;
}

function factsOf(panels: readonly MapPanel[], { x, y, nx, ny }: MapGrid, asked: MapAsked): [string, string][] {
  return [
    ['x', `${asked.x}, ${nx} bins from ${figure(x.from)} to ${figure(x.to)}`],
    ['y', `${asked.y}, ${ny} bins from ${figure(y.from)} to ${figure(y.to)}`],
    ...(asked.where === undefined ? [] : [['Stars', `where ${asked.where}`] as [string, string]]),
    ['Bins shown', `with at least ${Math.max(1, asked.minCount)} stars`],
    ['Beyond the range', thousands(Math.max(...panels.map(({ map }) => map.outside)))],
  ];
}

function tableOf(panels: readonly MapPanel[]) {
  return {
    head: ['value', 'statistic', 'stars', 'without a value', 'bins', 'from', 'to', 'median error of mean'],
    rows: panels.map(({ value, statistic, map, shown }) => {
      const { bins, from, to } = spanOf(shown);
      const errors = map.error.filter((error, bin) => Number.isFinite(shown[bin]!) && Number.isFinite(error)).sort();
      return [
        ...[value ?? 'stars', statistic, thousands(map.inside), thousands(map.unknown), thousands(bins)],
        ...[figure(from), figure(to), value === null ? '–' : figure(quantileOf(errors))],
      ];
    }),
  };
}

function quantileOf(sorted: Float64Array): number {
  return sorted.length === 0 ? NaN : sorted[sorted.length >> 1]!;
}

interface NamedAxis {
  readonly name: string;
  readonly unit: string;
}

/** A row a bin that holds stars. */
function rowsOf(panels: readonly MapPanel[], { x, y }: { x: NamedAxis; y: NamedAxis }): CatalogColumn[] {
  const [first] = panels;
  const { map } = first!;
  const isCounted = (bin: number) => panels.some((panel) => panel.map.count[bin]! > 0);
  const bins = [...map.count.keys()].filter(isCounted);
  const edge = (name: string, unit: string, ucd: string, of: (bin: number) => number): CatalogColumn => ({
    ...{ name, unit, ucd, digits: 10, values: Float64Array.from(bins, of) },
  });
  const [stepX, stepY] = [(map.x.to - map.x.from) / map.nx, (map.y.to - map.y.from) / map.ny];
  const place = (name: string) => (/^\w+$/.test(name) ? name : name.replace(/\W+/g, '_').replace(/^_|_$/g, ''));
  return [
    edge('x_from', x.unit, ucdOfLabel(x.name), (bin) => map.x.from + (bin % map.nx) * stepX),
    edge('x_to', x.unit, ucdOfLabel(x.name), (bin) => map.x.from + ((bin % map.nx) + 1) * stepX),
    edge('y_from', y.unit, ucdOfLabel(y.name), (bin) => map.y.from + Math.floor(bin / map.nx) * stepY),
    edge('y_to', y.unit, ucdOfLabel(y.name), (bin) => map.y.from + (Math.floor(bin / map.nx) + 1) * stepY),
    ...panels.flatMap((panel): CatalogColumn[] => {
      const suffix = panel.value === null ? '' : `_${place(panel.value)}`;
      const counted: CatalogColumn = {
        ...{ name: `count${suffix}`, unit: '', ucd: 'meta.number' },
        values: Int32Array.from(bins, (bin) => panel.map.count[bin]!),
      };
      if (panel.value === null) return [counted];
      const ucd = ucdOfLabel(panel.value);
      const number = (kind: Exclude<Statistic, 'count'>, head: string): CatalogColumn => ({
        ...{ name: `${kind}${suffix}`, unit: panel.unit, ucd: `${head};${ucd}`, digits: 8 },
        values: Float64Array.from(bins, (bin) => panel.map[kind][bin]!),
      });
      return [
        counted,
        ...[number('mean', 'stat.mean'), number('median', 'stat.median')],
        ...[number('scatter', 'stat.stdev'), number('error', 'stat.error')],
      ];
    }),
  ];
}

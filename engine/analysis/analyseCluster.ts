/**
 * `cannon analyse cluster`: trends of a cluster's labels with effective temperature, and their scatter beyond the errors (Wheeler et al. 2020,
 * Figure 17). The stars of a cluster were born with one composition: a trend is spurious, or due to diffusion and mixing.
 */
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { CatalogColumn } from '../catalog/catalog';
import { ucdOfLabel } from '../catalog/ucd';
import { randomFrom } from '../kernels/random';
import { UserError } from '../problems';
import { AnalysisTable, isAbundance, type LabelColumn, requireKelvin, requireSameUnit } from './analysisTable';
import { memberColumns, type Members, type MembersAsked } from './clusterMembers';
import { clusterSvg } from './clusterPicture';
import type { Report } from './report';
import { usualIdNames, usualSnrNames } from './starRows';
import { leastPoints, type Points, type Trend, trendOf } from './trend';
import { figure, probability, unitShown, withUncertainty } from './words';

export interface ClusterAsked extends MembersAsked {
  readonly labels?: readonly string[];
  /** The column against which labels are drawn. */
  readonly x: string;
  readonly where?: string;
  /** 0: none. */
  readonly clip: number;
  readonly seed: number;
}

export interface LabelTrend extends Trend {
  readonly label: string;
  readonly unit: string;
  /** Rows of the catalog, in the order of the points. */
  readonly rows: readonly number[];
  readonly points: Points;
}

/** The unit in which slopes are told: of temperatures a thousand kelvin. */
export interface SlopeUnit {
  readonly factor: number;
  readonly words: string;
}

export async function analyseCluster(catalog: AnalysisTable, asked: ClusterAsked): Promise<Report> {
  const x = catalog.require(asked.x);
  const labels = labelsOf(catalog, asked, x);
  const { catalog: memberNames, find } = await memberColumns(catalog, asked);
  const xLabel = catalog.label(x);
  await catalog.need([
    ...[x, ...memberNames, ...usualSnrNames, ...usualIdNames],
    ...[xLabel, ...labels].flatMap(({ name, errorName }) => (errorName === null ? [name] : [name, errorName])),
    ...(asked.where === undefined ? [] : AnalysisTable.namesIn(asked.where, 'condition')),
  ]);
  const isTeff = /^t_?eff/i.test(x);
  if (isTeff) requireKelvin(catalog, x);
  [xLabel, ...labels].forEach((label) => requireSameUnit(catalog, label));
  const members = find();
  const chosen = catalog.rowsWhere(asked.where);
  const rows = members.rows.filter((row) => chosen[row] === 1);
  const { trends, warnings } = trendsOf(catalog, rows, { labels, xLabel, clip: asked.clip }, randomFrom(asked.seed));
  if (trends.length === 0)
    throw new UserError(
      `${members.name} has too few stars in ${catalog.file}: ${rows.length} members`,
      `A trend needs ${leastPoints} stars with a label, its error and ${x}.`,
      'CAN443',
    );
  const xUnit = isTeff ? 'K' : catalog.unitOf(x);
  const slopeUnit = isTeff
    ? { factor: 1000, words: 'per 1000 K' }
    : { factor: 1, words: `per ${xUnit === '' ? `unit of ${x}` : xUnit}` };
  const title = `${members.name}: labels against ${isTeff ? 'effective temperature' : x}`;
  return {
    ...{ analysis: 'cluster', title },
    finding: findingOf(members, trends, slopeUnit),
    facts: factsOf(members, rows.length, asked, xLabel),
    tables: [tableOf(trends, slopeUnit)],
    warnings: [...members.warnings, ...warnings],
    numbers: numbersOf(members, trends, { x, xUnit, nMembers: rows.length }),
    rows: rowsOf(catalog, trends, { x, xUnit }),
    svg: clusterSvg(trends, { title, x, xUnit, isReversed: isTeff, slopeUnit }),
  };
}

function labelsOf(catalog: AnalysisTable, { labels }: ClusterAsked, x: string): LabelColumn[] {
  const found = labels?.map((name) => catalog.label(name)) ?? catalog.labelsLike(isAbundance);
  for (const { name, errorName } of found)
    if (errorName === null && labels !== undefined) catalog.require(`e_${name}`, 'error');
  const usable = found.filter(({ name, errorName }) => errorName !== null && name !== x);
  if (usable.length > 0) return usable;
  throw new UserError(
    `${catalog.file} has no abundances with errors, such as fe_h with e_fe_h`,
    'Name the labels with --labels; each needs a column of errors e_<label>.',
    'CAN440',
  );
}

interface TrendSpec {
  readonly labels: readonly LabelColumn[];
  readonly xLabel: LabelColumn;
  readonly clip: number;
}

function trendsOf(
  catalog: AnalysisTable,
  rows: readonly number[],
  { labels, xLabel, clip }: TrendSpec,
  random: RandomGenerator,
): { trends: LabelTrend[]; warnings: string[] } {
  const x = catalog.numbers(xLabel.name);
  const ex = xLabel.errorName === null ? null : catalog.numbers(xLabel.errorName);
  const trends: LabelTrend[] = [];
  const few: string[] = [];
  for (const { name, errorName } of labels) {
    const [y, ey] = [catalog.numbers(name), catalog.numbers(errorName!)];
    const known = rows.filter((row) => {
      const hasX = Number.isFinite(x[row]!) && (ex === null || (Number.isFinite(ex[row]!) && ex[row]! >= 0));
      return hasX && Number.isFinite(y[row]!) && ey[row]! > 0 && Number.isFinite(ey[row]!);
    });
    if (known.length < leastPoints || known.every((row) => x[row] === x[known[0]!])) {
      few.push(`${name} (${known.length})`);
      continue;
    }
    const pick = (values: Float64Array) => Float64Array.from(known, (row) => values[row]!);
    const points = {
      x: pick(x),
      y: pick(y),
      ey: pick(ey),
      ex: ex === null ? new Float64Array(known.length) : pick(ex),
    };
    const unit = unitShown(name, catalog.unitOf(name));
    trends.push({ label: name, unit, rows: known, points, ...trendOf(points, clip, random) });
  }
  const warnings =
    few.length === 0 ? [] : [`Too few members have a value, an error and ${xLabel.name} for ${few.join(', ')}.`];
  return { trends, warnings };
}

/** Three times its error, by whichever of both is larger. */
function isSteep({ slope, slopeError, bootstrap }: Trend): boolean {
  return Math.abs(slope) > 3 * Math.max(slopeError, bootstrap.slopeError);
}

function findingOf({ name }: Members, trends: readonly LabelTrend[], { factor, words }: SlopeUnit): string {
  const steep = trends.filter(isSteep);
  const scattered = trends.filter(({ pLine }) => pLine < 0.01);
  const list = (some: readonly LabelTrend[], of: (trend: LabelTrend) => string) => some.map(of).join(', ');
  const slopes =
    steep.length === 0
      ? `None of ${trends.length} labels of ${name} has a slope beyond 3σ`
      : `${steep.length} of ${trends.length} labels of ${name} have a slope beyond 3σ (${words}): ${list(steep, ({ label, slope, slopeError }) => `${label} ${withUncertainty(slope * factor, slopeError * factor)}`)}`;
  const scatters =
    scattered.length === 0
      ? 'the errors suffice for the scatter of all'
      : `they scatter beyond their errors in ${list(scattered, ({ label, scatter }) => `${label} (${figure(scatter)})`)}`;
  return `${slopes}; ${scatters}.`;
}

function factsOf(members: Members, nMembers: number, asked: ClusterAsked, xLabel: LabelColumn): [string, string][] {
  return [
    ['Members', `${nMembers}, from ${members.how}`],
    ...(asked.where === undefined ? [] : [['Stars', `where ${asked.where}`] as [string, string]]),
    ['Line', `${xLabel.errorName === null ? 'errors in y' : 'errors in both'}, and a scatter that makes χ² = n − 2`],
    ['Clipped', asked.clip > 0 ? `beyond ${asked.clip}σ of errors and scatter` : 'none'],
    ['Seed', String(asked.seed)],
  ];
}

function tableOf(trends: readonly LabelTrend[], { factor, words }: SlopeUnit) {
  return {
    head: [
      'label',
      'stars',
      'clipped',
      `slope ${words}`,
      'bootstrap',
      'p',
      'scatter',
      '16–84 %',
      'width',
      'error',
      'p(errors suffice)',
    ],
    rows: trends.map((trend) => [
      ...[trend.label, String(trend.used.length), String(trend.clipped.length)],
      withUncertainty(trend.slope * factor, trend.slopeError * factor),
      ...[figure(trend.bootstrap.slopeError * factor), probability(trend.p), figure(trend.scatter)],
      `${figure(trend.bootstrap.scatterFrom)} to ${figure(trend.bootstrap.scatterTo)}`,
      ...[figure(trend.width), figure(trend.medianError), probability(trend.pLine)],
    ]),
  };
}

function numbersOf(
  { name, how }: Members,
  trends: readonly LabelTrend[],
  { x, xUnit, nMembers }: { x: string; xUnit: string; nMembers: number },
): Record<string, unknown> {
  return {
    ...{ cluster: name, members: nMembers, membership: how, x, xUnit },
    labels: trends.map(({ points, rows, used, clipped, ...rest }) => ({
      ...rest,
      ...{ stars: used.length, clipped: clipped.length },
    })),
  };
}

/** A row a star and label: x, the label, and how far it lies from the line. */
function rowsOf(
  catalog: AnalysisTable,
  trends: readonly LabelTrend[],
  { x, xUnit }: { x: string; xUnit: string },
): CatalogColumn[] {
  const entries = trends.flatMap((trend) => {
    const clipped = new Set(trend.clipped);
    return trend.rows.map((row, k) => ({ trend, row, k, isClipped: clipped.has(k) }));
  });
  const idName = catalog.firstOf(usualIdNames);
  const ids = idName === null ? null : catalog.column(idName).values;
  const number = (name: string, unit: string, ucd: string, of: (entry: (typeof entries)[number]) => number) => ({
    ...{ name, unit, ucd, digits: 8, values: Float64Array.from(entries, of) },
  });
  const unit = trends.every((trend) => trend.unit === trends[0]!.unit) ? trends[0]!.unit : '';
  return [
    { name: 'id', unit: '', ucd: 'meta.id', values: entries.map(({ row }) => String(ids?.[row] ?? `row ${row + 1}`)) },
    { name: 'label', unit: '', ucd: 'meta.id.part', values: entries.map(({ trend }) => trend.label) },
    number(x, xUnit, ucdOfLabel(x), ({ trend, k }) => trend.points.x[k]!),
    number(`e_${x}`, xUnit, `stat.error;${ucdOfLabel(x)}`, ({ trend, k }) => trend.points.ex[k]!),
    number('value', unit, 'phys', ({ trend, k }) => trend.points.y[k]!),
    number('e_value', unit, 'stat.error', ({ trend, k }) => trend.points.ey[k]!),
    number('residual', unit, 'stat.fit.residual', ({ trend, k }) => {
      const { x: xs, y } = trend.points;
      return y[k]! - trend.level - trend.slope * (xs[k]! - trend.pivot);
    }),
    { name: 'clipped', unit: '', ucd: 'meta.code', values: entries.map(({ isClipped }) => isClipped) },
  ];
}

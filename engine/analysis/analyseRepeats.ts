/**
 * `cannon analyse repeats`: whether observations of the same stars differ by their errors, label by label and with S/N. The table has a row an
 * observation; which are of one star is told by a column of ids, or by position.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CatalogColumn } from '../catalog/catalog';
import { RepeatGroups } from '../catalog/repeatGroups';
import { ucdOfLabel } from '../catalog/ucd';
import { randomFrom } from '../kernels/random';
import { UserError } from '../problems';
import { matchKey } from '../reference/match';
import { AnalysisTable, isAbundance, type LabelColumn, requireSameUnit } from './analysisTable';
import { bySnr, pairUp, snrEdges, type PullsBySnr, type PullSummary, type RepeatPairs, summarize } from './repeatPulls';
import { repeatsSvg } from './repeatsPicture';
import type { Report } from './report';
import { positionNames, positionsOf, usualSnrNames } from './starRows';
import { figure, thousands, unitShown, withUncertainty } from './words';

export interface RepeatsAsked {
  readonly labels?: readonly string[];
  /** Column that is the same for all observations of a star. */
  readonly id?: string;
  /** Observations within so many arcseconds are of one star. */
  readonly radiusArcsec?: number;
  readonly snr?: string;
  readonly bins: number;
  readonly where?: string;
  readonly seed: number;
}

export interface LabelPulls extends PullSummary {
  readonly label: string;
  readonly unit: string;
  readonly pairsOf: RepeatPairs;
  readonly bySnr: readonly PullsBySnr[];
}

/** Ids of stars, not of observations; `star` is the row of the catalog, in its table with a row an observation. */
const starIdNames = ['star', 'source_id', 'star_id', 'designation', 'apogee_id', 'gaia_id'] as const;
const parameterNames = /^(t_?eff|log_?g|vmic|vsini|rv|vbroad)$/i;
const leastPairs = 5;
const usualRadiusArcsec = 3;

/** @param turn lets others in: awaited now and then. */
export async function analyseRepeats(
  catalog: AnalysisTable,
  asked: RepeatsAsked,
  turn: () => Promise<void> = () => Promise.resolve(),
): Promise<Report> {
  const labels = labelsOf(catalog, asked);
  const snrName = asked.snr === undefined ? catalog.firstOf(usualSnrNames) : catalog.require(asked.snr);
  const idName = await idOf(catalog, asked);
  await catalog.need([
    ...labels.flatMap(({ name, errorName }) => [name, errorName!]),
    ...[snrName, idName].filter((name) => name !== null),
    ...(idName === null ? positionNames(catalog) : []),
    ...(asked.where === undefined ? [] : AnalysisTable.namesIn(asked.where, 'condition')),
  ]);
  labels.forEach((label) => requireSameUnit(catalog, label));
  const { starOfRow, how } = await starsOf(catalog, idName, asked, turn);
  const { found, few, edges } = pullsOf(catalog, labels, { starOfRow, snrName }, asked);
  const repeated = countsOf(starOfRow);
  if (found.length === 0)
    throw new UserError(
      `${catalog.file} has too few repeated observations: ${repeated.stars} stars have ${repeated.observations}`,
      `Stars were told apart by ${how}; a table with one row an observation is meant, and ${leastPairs} pairs of them with a label and its error.`,
      'CAN443',
    );
  const title = `Repeated observations: ${catalog.file}`;
  return {
    ...{ analysis: 'repeats', title },
    finding: findingOf(found, repeated),
    facts: [
      [
        'Stars',
        `${thousands(repeated.stars)} with ${thousands(repeated.observations)} observations, told apart by ${how}`,
      ],
      ...(asked.where === undefined ? [] : [['Observations', `where ${asked.where}`] as [string, string]]),
      ['S/N', snrName ?? 'not known'],
      ['Seed', String(asked.seed)],
    ],
    tables: [labelTable(found), ...(found.some(({ bySnr }) => bySnr.length > 0) ? [snrTable(found, edges)] : [])],
    warnings: few.length === 0 ? [] : [`Too few pairs of observations have ${few.join(', ')}.`],
    numbers: {
      ...{ stars: repeated.stars, observations: repeated.observations, grouping: how, snr: snrName },
      labels: found.map(({ pairsOf: _pairs, ...rest }) => rest),
    },
    rows: rowsOf(catalog, found, idName),
    svg: repeatsSvg(found, title, snrName ?? 'S/N'),
  };
}

function pullsOf(
  catalog: AnalysisTable,
  labels: readonly LabelColumn[],
  { starOfRow, snrName }: { starOfRow: Int32Array; snrName: string | null },
  { seed, bins }: RepeatsAsked,
): { found: LabelPulls[]; few: string[]; edges: number[] } {
  const snr = snrName === null ? null : catalog.numbers(snrName);
  const random = randomFrom(seed);
  const paired = labels.map(({ name, errorName }) =>
    pairUp({ values: catalog.numbers(name), errors: catalog.numbers(errorName!), snr, starOfRow }),
  );
  const edges = snrEdges(paired, bins);
  const few: string[] = [];
  const found = labels.flatMap(({ name }, k): LabelPulls[] => {
    const pairsOf = paired[k]!;
    if (pairsOf.difference.length < leastPairs) {
      few.push(`${name} (${pairsOf.difference.length})`);
      return [];
    }
    const unit = unitShown(name, catalog.unitOf(name));
    return [{ label: name, unit, pairsOf, bySnr: bySnr(pairsOf, edges, random), ...summarize(pairsOf, random) }];
  });
  return { found, few, edges };
}

function labelsOf(catalog: AnalysisTable, { labels }: RepeatsAsked): LabelColumn[] {
  const found = labels?.map((name) => catalog.label(name)) ?? [
    ...catalog.labelsLike(parameterNames),
    ...catalog.labelsLike(isAbundance),
  ];
  for (const { name, errorName } of found)
    if (errorName === null && labels !== undefined) catalog.require(`e_${name}`, 'error');
  const usable = found.filter(({ errorName }) => errorName !== null);
  if (usable.length > 0) return usable;
  throw new UserError(
    `${catalog.file} has no labels with errors, such as teff with e_teff`,
    'Name the labels with --labels; each needs a column of errors e_<label>.',
    'CAN440',
  );
}

/** Null: by position. */
async function idOf(catalog: AnalysisTable, { id, radiusArcsec }: RepeatsAsked): Promise<string | null> {
  if (id !== undefined) return catalog.require(id);
  if (radiusArcsec !== undefined) return null;
  // A survey may have a column for an id that none of its stars has, or one that tells its observations apart.
  for (const wanted of starIdNames) {
    const name = catalog.firstOf([wanted]);
    if (name === null) continue;
    await catalog.need([name]);
    const known = catalog.column(name).values.flatMap((cell) => matchKey(cell) ?? []);
    if (new Set(known).size < known.length) return name;
  }
  return catalog.firstOf(starIdNames);
}

async function starsOf(
  catalog: AnalysisTable,
  idName: string | null,
  { where, radiusArcsec = usualRadiusArcsec }: RepeatsAsked,
  turn: () => Promise<void>,
): Promise<{ starOfRow: Int32Array; how: string }> {
  const chosen = catalog.rowsWhere(where);
  const starOfRow = new Int32Array(catalog.nRows).fill(-1);
  if (idName !== null) {
    const numbers = new Map<string, number>();
    catalog.column(idName).values.forEach((cell, row) => {
      const key = matchKey(cell);
      if (key === null || chosen[row] !== 1) return;
      if (!numbers.has(key)) numbers.set(key, numbers.size);
      starOfRow[row] = numbers.get(key)!;
    });
    return { starOfRow, how: idName };
  }
  const { ra, dec } = positionsOf(catalog);
  const folder = mkdtempSync(join(tmpdir(), 'cannon-repeats-'));
  const groups = new RepeatGroups(folder);
  try {
    ra.forEach((raDeg, row) => {
      const isKnown = chosen[row] === 1 && Number.isFinite(raDeg) && Number.isFinite(dec[row]!);
      groups.add({ keys: [], raDeg: isKnown ? raDeg : null, decDeg: isKnown ? dec[row]! : null });
    });
    const found = await groups.finish(radiusArcsec, turn);
    found.forEach((star, row) => chosen[row] === 1 && (starOfRow[row] = star));
  } finally {
    groups.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return { starOfRow, how: `position within ${radiusArcsec}″` };
}

interface Repeated {
  readonly stars: number;
  readonly observations: number;
}

/** Stars with more than one row. */
function countsOf(starOfRow: Int32Array): Repeated {
  const times = new Map<number, number>();
  for (const star of starOfRow) if (star >= 0) times.set(star, (times.get(star) ?? 0) + 1);
  const many = [...times.values()].filter((n) => n > 1);
  return { stars: many.length, observations: many.reduce((sum, n) => sum + n, 0) };
}

function findingOf(labels: readonly LabelPulls[], { stars, observations }: Repeated): string {
  const differs = labels.filter(({ pullWidth, pullWidthError }) => Math.abs(pullWidth - 1) > 3 * pullWidthError);
  const small = differs.filter(({ pullWidth }) => pullWidth > 1);
  const large = differs.filter(({ pullWidth }) => pullWidth < 1);
  const list = (some: readonly LabelPulls[]) =>
    some
      .map(({ label, pullWidth, pullWidthError }) => `${label} ${withUncertainty(pullWidth, pullWidthError)}`)
      .join(', ');
  const said = [
    ...(small.length === 0 ? [] : [`errors are too small for ${list(small)}`]),
    ...(large.length === 0 ? [] : [`errors are too large for ${list(large)}`]),
    ...(differs.length === 0 ? ['all labels differ as their errors say'] : []),
  ];
  return `${thousands(observations)} observations of ${thousands(stars)} stars: width of the pulls, ${said.join('; ')}.`;
}

const withUnit = (value: number, unit: string) => `${figure(value)}${unit === '' ? '' : ` ${unit}`}`;

function labelTable(labels: readonly LabelPulls[]) {
  return {
    head: ['label', 'pairs', 'median pull', 'width', 'scatter', 'error', 'floor', 'beyond 3'],
    rows: labels.map((one) => [
      ...[one.label, String(one.pairs), figure(one.medianPull), withUncertainty(one.pullWidth, one.pullWidthError)],
      ...[withUnit(one.scatter, one.unit), withUnit(one.medianError, one.unit), figure(one.floor)],
      `${figure(100 * one.beyond3)} %`,
    ]),
  };
}

/** Widths of the pulls, from low to high S/N. */
function snrTable(labels: readonly LabelPulls[], edges: readonly number[]) {
  const parts = edges.slice(1).map((to, k) => `S/N ${figure(edges[k]!)} to ${figure(to)}`);
  return {
    head: ['width', ...parts],
    rows: labels.map(({ label, bySnr }) => [
      label,
      ...parts.map((_, k) => {
        const part = bySnr.find(({ from }) => from === edges[k]);
        return part === undefined ? '–' : withUncertainty(part.pullWidth, part.pullWidthError);
      }),
    ]),
  };
}

/** A row a pair of observations and label. */
function rowsOf(catalog: AnalysisTable, labels: readonly LabelPulls[], idName: string | null): CatalogColumn[] {
  const entries = labels.flatMap((label) => Array.from(label.pairsOf.difference, (_, k) => ({ label, k })));
  const number = (name: string, ucd: string, of: (entry: (typeof entries)[number]) => number): CatalogColumn => ({
    ...{ name, unit: '', ucd, digits: 7, values: Float64Array.from(entries, of) },
  });
  const ids = idName === null ? null : catalog.column(idName).values;
  const row = (name: string, of: (pairs: RepeatPairs) => Int32Array): CatalogColumn => ({
    ...{ name, unit: '', ucd: 'meta.record' },
    values: Int32Array.from(entries, ({ label, k }) => of(label.pairsOf)[k]! + 1),
  });
  return [
    {
      ...{ name: 'star', unit: '', ucd: 'meta.id' },
      values: entries.map(({ label, k }) => String(ids?.[label.pairsOf.first[k]!] ?? label.pairsOf.star[k]!)),
    },
    { name: 'label', unit: '', ucd: 'meta.id.part', values: entries.map(({ label }) => label.label) },
    row('row1', ({ first }) => first),
    row('row2', ({ second }) => second),
    number('difference', `arith.diff;${ucdOfLabel('')}`, ({ label, k }) => label.pairsOf.difference[k]!),
    number('e1', 'stat.error', ({ label, k }) => label.pairsOf.firstError[k]!),
    number('e2', 'stat.error', ({ label, k }) => label.pairsOf.secondError[k]!),
    number('pull', 'stat.value', ({ label: { pairsOf }, k }) => {
      return pairsOf.difference[k]! / Math.hypot(pairsOf.firstError[k]!, pairsOf.secondError[k]!);
    }),
    number('snr', 'stat.snr', ({ label, k }) => label.pairsOf.snr[k]!),
  ];
}

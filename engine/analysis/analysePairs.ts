/** `cannon analyse pairs`: reads a catalog and a table of pairs, compares, and puts what was found in words, numbers and a picture. */
import type { CatalogColumn } from '../catalog/catalog';
import { randomFrom } from '../kernels/random';
import { labelWord } from '../picture/labelWords';
import { UserError } from '../problems';
import {
  AnalysisTable,
  ironNames,
  isAbundanceRatio,
  type LabelColumn,
  requireKelvin,
  requireSameUnit,
} from './analysisTable';
import { ChemicalDistance, distanceError, type DistanceLabel, type DistanceScale } from './chemicalDistance';
import { comparePairs, type PairsResult } from './pairs';
import { joinPairs, pairColumns, type PairList, type PairListOptions } from './pairList';
import { pairsSvg } from './pairsPicture';
import { figure, probability, withUncertainty } from './words';
import type { Report } from './report';
import { positionNames, usualIdNames, usualSnrNames } from './starRows';
import { median } from './statistics';

export interface PairsAsked extends PairListOptions {
  readonly pairs: string;
  readonly labels?: readonly string[];
  readonly iron?: string;
  readonly teff?: string;
  readonly maxDteff: number;
  readonly scale?: 'cv' | 'errors';
  /** σ of labels in their order, in place of either. */
  readonly sigma?: readonly number[];
  readonly where?: string;
  readonly seed: number;
  readonly candidates: number;
}

/** Labels that more stars than this lack are not taken unless they are asked for. */
const leastShare = 0.8;

export async function analysePairs(catalog: AnalysisTable, asked: PairsAsked): Promise<Report> {
  const pairTable = await AnalysisTable.open(asked.pairs);
  const columns = pairColumns(catalog, pairTable, asked);
  const iron = asked.iron === undefined ? usualIron(catalog) : catalog.require(asked.iron);
  const teff = asked.maxDteff === Infinity ? null : catalog.require(asked.teff ?? 'teff');
  const model = catalog.firstOf(['model', 'giantmodel']);
  const offered = labelsOf(catalog, asked);
  await pairTable.need(columns.pairs);
  await catalog.need([
    ...[...columns.catalog, ...(columns.by === 'sky' ? positionNames(catalog) : []), iron],
    ...[teff, model, catalog.firstOf(usualIdNames)].filter((name) => name !== null),
    ...usualSnrNames,
    ...offered.flatMap(({ name, errorName, cvName }) => [name, errorName ?? name, cvName ?? name]),
    ...(asked.where === undefined ? [] : AnalysisTable.namesIn(asked.where, 'condition')),
  ]);
  if (teff !== null) requireKelvin(catalog, teff);
  const { labels, warnings } = usableLabels(catalog, offered, asked);
  const { distance, scale } = distanceFor(catalog, labels, asked);
  const list = joinPairs(catalog, pairTable, asked);
  const stars = {
    ...{ distance, iron: catalog.numbers(iron), teff: teff === null ? null : catalog.numbers(teff) },
    model: model === null ? null : modelNumbers(catalog, model),
    chosen: catalog.rowsWhere(asked.where),
  };
  const options = { maxDeltaTeff: asked.maxDteff, seed: asked.seed, nCandidates: asked.candidates };
  const result = comparePairs(stars, list.rows, options, randomFrom(asked.seed));
  const title = `Chemical distance of pairs: ${catalog.file}`;
  return {
    ...{ analysis: 'pairs', title },
    finding: findingOf(result),
    facts: factsOf(result, list, { scale, asked, iron, labels }),
    tables: [labelTable(result)],
    warnings: [...list.warnings, ...warnings, ...matchingWarnings(result)],
    numbers: numbersOf(result, list, scale),
    rows: rowsOf(catalog, distance, result),
    svg: pairsSvg(result, title, iron),
  };
}

function usualIron(catalog: AnalysisTable): string {
  const found = catalog.firstOf(ironNames);
  return found ?? catalog.require('fe_h', 'metallicity');
}

function labelsOf(catalog: AnalysisTable, { labels, sigma }: PairsAsked): LabelColumn[] {
  const found = labels?.map((name) => catalog.label(name)) ?? catalog.labelsLike(isAbundanceRatio);
  if (found.length === 0)
    throw new UserError(
      `${catalog.file} has no abundances with errors, such as mg_fe with e_mg_fe or cv_mg_fe`,
      'Name the labels with --labels, and their errors with --sigma where the table has none.',
      'CAN440',
    );
  if (sigma !== undefined && sigma.length !== found.length)
    throw new UserError(
      `--sigma gives ${sigma.length} numbers for ${found.length} labels`,
      `Give one for each of ${found.map(({ name }) => name).join(', ')}.`,
      'CAN442',
    );
  return found;
}

/** Those that most stars have; all that are asked for by name. */
function usableLabels(catalog: AnalysisTable, offered: readonly LabelColumn[], { labels }: PairsAsked) {
  offered.forEach((label) => requireSameUnit(catalog, label));
  if (labels !== undefined) return { labels: offered, warnings: [] };
  const share = ({ name }: LabelColumn) => catalog.numbers(name).filter(Number.isFinite).length / catalog.nRows;
  const common = Math.max(...offered.map(share));
  const kept = offered.filter((label) => share(label) >= leastShare * common);
  const left = offered.filter((label) => !kept.includes(label)).map(({ name }) => name);
  const warnings =
    left.length === 0
      ? []
      : [`Left out, as many stars have no value: ${left.join(', ')}. Name labels with --labels to have them.`];
  return { labels: kept, warnings };
}

function distanceFor(
  catalog: AnalysisTable,
  labels: readonly LabelColumn[],
  { scale: wanted, sigma }: PairsAsked,
): { distance: ChemicalDistance; scale: DistanceScale } {
  const haveCv = labels.every(({ cvName }) => cvName !== null);
  const scale: DistanceScale = sigma !== undefined ? 'given' : (wanted ?? (haveCv ? 'cv' : 'errors'));
  const lacking = labels.find(
    ({ errorName, cvName }) => (scale === 'cv' && cvName === null) || (scale === 'errors' && errorName === null),
  );
  if (lacking !== undefined)
    catalog.require(`${scale === 'cv' ? 'cv' : 'e'}_${lacking.name}`, scale === 'cv' ? 'scatter' : 'error');
  const given = labels.map(({ name, errorName, cvName }, i): DistanceLabel => ({
    name,
    values: catalog.numbers(name),
    errors: errorName === null ? null : catalog.numbers(errorName),
    cv: scale === 'cv' && cvName !== null ? catalog.numbers(cvName) : null,
    given: sigma?.[i] ?? NaN,
  }));
  return { distance: new ChemicalDistance(given, scale), scale };
}

/** Models by number; stars without one are of one kind. */
function modelNumbers(catalog: AnalysisTable, name: string): Int32Array {
  const numbers = new Map<unknown, number>();
  return Int32Array.from(catalog.column(name).values, (value) => {
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return numbers.get(value)!;
  });
}

function findingOf({ whole, medians, pairs, random }: PairsResult): string {
  const isCloser = whole.p < 0.01 && whole.separation > 0.5;
  const verdict = isCloser
    ? 'The pairs are chemically closer than random pairs of the same difference in metallicity'
    : 'The pairs are not shown to be chemically closer than random pairs of the same difference in metallicity';
  return `${verdict}: median distance ${withUncertainty(medians.pairs, medians.pairsError)} of ${pairs.length} pairs, ${withUncertainty(medians.random, medians.randomError)} of ${random.length} random pairs; a random pair lies further apart with a probability of ${withUncertainty(whole.separation, whole.error)} (p = ${probability(whole.p)}).`;
}

const scaleWords: Readonly<Record<DistanceScale, string>> = {
  cv: 'scatter in cross-validation (cv_<label>)',
  errors: 'errors of both stars in quadrature (e_<label>)',
  given: 'given numbers (--sigma)',
};

interface Circumstances {
  readonly scale: DistanceScale;
  readonly asked: PairsAsked;
  readonly iron: string;
  readonly labels: readonly LabelColumn[];
}

function factsOf(
  { pairs, matching, dropped, medians, whole, expected }: PairsResult,
  list: PairList,
  { scale, asked, iron, labels }: Circumstances,
): [string, string][] {
  const left = [...list.dropped, ...dropped].map(([why, count]) => `${count} ${why}`);
  return [
    ['Pairs', `${pairs.length} of ${list.nListed} listed, joined by ${list.joinedBy}`],
    ...(left.length === 0 ? [] : [['Left out', left.join('; ')] as [string, string]]),
    ['Labels', labels.map(({ name }) => name).join(', ')],
    ['σ of Eq. 6', scaleWords[scale]],
    ...(asked.where === undefined ? [] : [['Stars', `where ${asked.where}`] as [string, string]]),
    ['|ΔTeff|', asked.maxDteff === Infinity ? 'not limited' : `below ${asked.maxDteff} K`],
    ['Random pairs', `${matching.taken} of ${matching.candidates} drawn, of ${matching.differentStars} stars`],
    [
      `Matched in |Δ${labelWord(iron)}|`,
      `KS distance ${figure(matching.ks)} (p = ${probability(matching.ksP)}; before matching ${figure(matching.ksBefore)}), kernel ${figure(matching.bandwidth)}, effective size ${Math.round(matching.effectiveSize)}`,
    ],
    ['Pairs over random', `${withUncertainty(medians.ratio, medians.ratioError)} in median distance`],
    ['KS distance', `${figure(whole.ks)} (p = ${probability(whole.ksP)})`],
    ...(expected === null
      ? []
      : [['One composition', `median distance ${figure(median(expected))} from the errors alone`] as [string, string]]),
    ['Seed', String(asked.seed)],
  ];
}

function labelTable({ labels, whole }: PairsResult) {
  const sorted = [...labels].sort((a, b) => b.separation - a.separation);
  return {
    head: ['label', 'separation', '±', 'p', 'pairs', 'random', 'without it'],
    rows: [
      ...sorted.map(({ label, separation, error, p, medianPairs, medianRandom, without }) => [
        ...[label, separation.toFixed(3), error.toFixed(3), probability(p)],
        ...[figure(medianPairs), figure(medianRandom), Number.isFinite(without) ? without.toFixed(3) : '–'],
      ]),
      ['all', whole.separation.toFixed(3), whole.error.toFixed(3), probability(whole.p), '', '', ''],
    ],
  };
}

function matchingWarnings({ matching, pairs, random }: PairsResult): string[] {
  const warnings: string[] = [];
  if (matching.ksP < 0.01)
    warnings.push(
      `Random pairs still differ in |Δ[Fe/H]| (p = ${probability(matching.ksP)}): the catalog has too few stars like those of the pairs.`,
    );
  if (random.length < 10 * pairs.length)
    warnings.push(`There are only ${random.length} random pairs: more than ${10 * pairs.length} would be better.`);
  return warnings;
}

function numbersOf(result: PairsResult, list: PairList, scale: DistanceScale): Record<string, unknown> {
  const { pairs, random, whole, medians, labels, matching, dropped, expected } = result;
  return {
    ...{ pairs: pairs.length, listed: list.nListed, random: random.length, scale },
    dropped: Object.fromEntries([...list.dropped, ...dropped]),
    ...{ separation: whole, medianDistance: medians, labels, matching },
    expectedMedian: expected === null ? null : median(expected),
  };
}

function rowsOf(catalog: AnalysisTable, distance: ChemicalDistance, result: PairsResult): CatalogColumn[] {
  const { pairs, random, distances, randomDistances, scaledPairs, scaledRandom } = result;
  const all = [...pairs, ...random];
  const idName = catalog.firstOf(usualIdNames);
  const ids = idName === null ? null : catalog.column(idName).values;
  const id = (k: 0 | 1) => all.map((pair) => (ids === null ? `row ${pair[k] + 1}` : String(ids[pair[k]] ?? '')));
  const number = (name: string, ucd: string, values: Float64Array): CatalogColumn => ({
    ...{ name, unit: '', ucd, digits: 6, values },
  });
  const joined = (a: Float64Array, b: Float64Array) => Float64Array.of(...a, ...b);
  const errors = Float64Array.from(all, ([a, b]) =>
    distanceError(
      distance.labels.map((_, i) => distance.scaled(a, b, i)),
      distance.labels.map((_, i) => distance.scaledError(a, b, i)),
    ),
  );
  return [
    {
      name: 'kind',
      unit: '',
      ucd: 'meta.code.class',
      values: all.map((_, k) => (k < pairs.length ? 'pair' : 'random')),
    },
    { name: 'id1', unit: '', ucd: 'meta.id', values: id(0) },
    { name: 'id2', unit: '', ucd: 'meta.id', values: id(1) },
    number('delta_iron', 'phys.abund', joined(result.deltaIron, result.randomDeltaIron)),
    number('distance', 'stat.value', joined(distances, randomDistances)),
    number('e_distance', 'stat.error', errors),
    ...distance.labels.map(({ name }, i) =>
      number(`scaled_${name}`, 'stat.value', joined(scaledPairs[i]!, scaledRandom[i]!)),
    ),
  ];
}

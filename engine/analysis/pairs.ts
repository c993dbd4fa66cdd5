/**
 * Are the two stars of a pair chemically closer than random stars of the same metallicity difference? (Wheeler et al. 2020, §5.2 and
 * Figure 9.)
 *
 * Pairs and random pairs go through the same cuts: the condition on stars, all labels known, one model, |ΔTeff| below a limit. Random pairs
 * are drawn from all such stars and matched in |Δ[Fe/H]| (`rejection.ts`), so that what remains is what abundances know beyond [Fe/H].
 * The separation is the probability that a random pair lies further apart than a pair of the list (0.5: no difference). Its
 * error is that of 1000 bootstrap samples of both; random pairs may share stars, which that does not know.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { normal } from '../kernels/random';
import { UserError } from '../problems';
import type { ChemicalDistance } from './chemicalDistance';
import { distancesOf } from './chemicalDistance';
import { matchByRejection } from './rejection';
import { kolmogorovSmirnov, mannWhitney, median, ResampledSeparation, standardDeviation } from './statistics';

export interface PairStars {
  readonly distance: ChemicalDistance;
  readonly iron: Float64Array;
  /** Null where no limit on it is wanted. */
  readonly teff: Float64Array | null;
  /** The number of the model of each star; stars of different models are never compared. */
  readonly model: Int32Array | null;
  /** 1 for stars that the condition keeps. */
  readonly chosen: Uint8Array;
}

export interface PairsOptions {
  readonly maxDeltaTeff: number;
  readonly seed: number;
  /** Random pairs to draw before matching. */
  readonly nCandidates: number;
}

export interface Separation {
  readonly separation: number;
  readonly error: number;
  /** One-sided Mann–Whitney. */
  readonly p: number;
}

export interface LabelSeparation extends Separation {
  readonly label: string;
  readonly medianPairs: number;
  readonly medianRandom: number;
  /** Separation of the whole distance without this label. */
  readonly without: number;
}

export interface PairsResult {
  readonly pairs: readonly (readonly [number, number])[];
  readonly random: readonly (readonly [number, number])[];
  /** `labels × pairs`. */
  readonly scaledPairs: readonly Float64Array[];
  readonly scaledRandom: readonly Float64Array[];
  readonly distances: Float64Array;
  readonly randomDistances: Float64Array;
  /** Distances of pairs of one composition with the errors of these pairs; null where errors are not known. */
  readonly expected: Float64Array | null;
  readonly deltaIron: Float64Array;
  readonly randomDeltaIron: Float64Array;
  readonly whole: Separation & { readonly ks: number; readonly ksP: number };
  /** Median distances with their bootstrap errors. */
  readonly medians: {
    readonly pairs: number;
    readonly pairsError: number;
    readonly random: number;
    readonly randomError: number;
    /** Pairs over random, with its bootstrap error. */
    readonly ratio: number;
    readonly ratioError: number;
  };
  readonly labels: readonly LabelSeparation[];
  readonly matching: {
    readonly candidates: number;
    readonly taken: number;
    readonly effectiveSize: number;
    readonly bandwidth: number;
    readonly differentStars: number;
    /** KS distance of |Δ[Fe/H]| of pairs and random pairs after matching, and its probability; before, for comparison. */
    readonly ks: number;
    readonly ksP: number;
    readonly ksBefore: number;
  };
  /** Reason → pairs that were left out. */
  readonly dropped: ReadonlyMap<string, number>;
}

const leastPairs = 5;
const bootstraps = 1000;
const mostRandom = 10_000;
const drawsPerPair = 100;

/** @throws UserError CAN443 for too few pairs or stars, CAN445 where random pairs cannot be matched. */
export function comparePairs(
  stars: PairStars,
  listed: readonly (readonly [number, number])[],
  options: PairsOptions,
  random: RandomGenerator,
): PairsResult {
  const { distance, iron } = stars;
  const usable = usableRows(stars);
  const dropped = new Map<string, number>();
  const isUsable = new Uint8Array(iron.length);
  for (const row of usable) isUsable[row] = 1;
  const kept = listed.filter(([a, b]) => {
    const why = isUsable[a] !== 1 || isUsable[b] !== 1 ? whyUnusable(stars, a, b) : whyNoPair(stars, options, a, b);
    if (why !== null) dropped.set(why, (dropped.get(why) ?? 0) + 1);
    return why === null;
  });
  requireEnough(kept.length, dropped);
  const candidates = drawPairs(stars, usable, new Set(kept.map(keyOf)), options, random);
  const delta = (pairs: readonly (readonly [number, number])[]) =>
    Float64Array.from(pairs, ([a, b]) => Math.abs(iron[a]! - iron[b]!));
  const [given, offered] = [delta(kept), delta(candidates)];
  const matching = matchByRejection(given, offered, random);
  const nLost = kept.length - matching.comparable.length;
  if (nLost > 0) dropped.set('no random pair is like it in [Fe/H]', nLost);
  const pairs = matching.comparable.map((k) => kept[k]!);
  requireEnough(pairs.length, dropped);
  const randomPairs = matching.taken.slice(0, mostRandom).map((k) => candidates[k]!);
  requireRandom(randomPairs.length, pairs.length);
  const [scaledPairs, scaledRandom] = [distance.scaledDifferences(pairs), distance.scaledDifferences(randomPairs)];
  const [distances, randomDistances] = [distancesOf(scaledPairs), distancesOf(scaledRandom)];
  const [deltaIron, randomDeltaIron] = [delta(pairs), delta(randomPairs)];
  const after = kolmogorovSmirnov(deltaIron, randomDeltaIron);
  return {
    ...{ pairs, random: randomPairs, scaledPairs, scaledRandom, distances, randomDistances },
    ...{ deltaIron, randomDeltaIron, dropped, expected: expectedDistances(distance, pairs, random) },
    ...separations(distance, { scaledPairs, scaledRandom, distances, randomDistances }, random),
    matching: {
      candidates: candidates.length,
      taken: matching.taken.length,
      effectiveSize: matching.effectiveSize,
      bandwidth: matching.bandwidth,
      differentStars: new Set(randomPairs.flat()).size,
      ks: after.distance,
      ksP: after.p,
      ksBefore: kolmogorovSmirnov(deltaIron, offered).distance,
    },
  };
}

function usableRows({ distance, iron, teff, chosen }: PairStars): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < iron.length; row++) {
    const isKnown = Number.isFinite(iron[row]!) && (teff === null || Number.isFinite(teff[row]!));
    if (chosen[row] === 1 && isKnown && distance.isUsable(row)) rows.push(row);
  }
  return Int32Array.from(rows);
}

function whyUnusable({ chosen }: PairStars, a: number, b: number): string {
  return chosen[a] === 1 && chosen[b] === 1 ? 'a label is missing' : 'a star fails the condition';
}

function whyNoPair({ teff, model }: PairStars, { maxDeltaTeff }: PairsOptions, a: number, b: number): string | null {
  if (model !== null && model[a] !== model[b]) return 'the stars have labels of different models';
  if (teff !== null && !(Math.abs(teff[a]! - teff[b]!) < maxDeltaTeff))
    return `Teff differs by ${maxDeltaTeff} K or more`;
  return null;
}

function requireEnough(nPairs: number, dropped: ReadonlyMap<string, number>): void {
  if (nPairs >= leastPairs) return;
  const why = [...dropped].map(([reason, count]) => `${count}: ${reason}`).join('; ');
  throw new UserError(
    `Only ${nPairs} pairs can be compared, of which ${leastPairs} are needed${why === '' ? '' : ` (left out, ${why})`}`,
    'Loosen --where or --max-dteff, or leave out labels that many stars lack with --labels.',
    'CAN443',
  );
}

function requireRandom(nRandom: number, nPairs: number): void {
  if (nRandom >= 2 * nPairs && nRandom >= 50) return;
  throw new UserError(
    `Only ${nRandom} random pairs have the Δ[Fe/H] of the ${nPairs} pairs`,
    'The catalog holds too few stars that are like those of the pairs; loosen --where, or draw more with --candidates.',
    'CAN445',
  );
}

const keyOf = ([a, b]: readonly [number, number]) => (a < b ? `${a} ${b}` : `${b} ${a}`);
/** Draws in vain before the stars are taken to have no such pairs. */
const patience = 400;

/** Different pairs of different stars that pass the cuts; fewer than asked for where there are not so many. */
function drawPairs(
  stars: PairStars,
  usable: Int32Array,
  excluded: ReadonlySet<string>,
  options: PairsOptions,
  random: RandomGenerator,
): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  const seen = new Set<number>();
  const n = usable.length;
  for (let draws = 0; n > 1 && found.length < options.nCandidates && draws < patience * options.nCandidates; draws++) {
    const [i, j] = [uniformInt(random, 0, n - 1), uniformInt(random, 0, n - 1)];
    const [a, b] = [usable[Math.min(i, j)]!, usable[Math.max(i, j)]!];
    if (a === b || whyNoPair(stars, options, a, b) !== null) continue;
    const key = a * stars.iron.length + b;
    if (seen.has(key)) {
      // A small catalog has no more pairs to give.
      if (draws > 50 * found.length) break;
      continue;
    }
    seen.add(key);
    if (!excluded.has(keyOf([a, b]))) found.push([a, b]);
  }
  return found;
}

/** What the errors alone make of pairs of one composition. */
function expectedDistances(
  distance: ChemicalDistance,
  pairs: readonly (readonly [number, number])[],
  random: RandomGenerator,
): Float64Array | null {
  const expected: number[] = [];
  for (const [a, b] of pairs) {
    const errors = distance.labels.map((_, i) => distance.scaledError(a, b, i));
    if (errors.some((error) => !Number.isFinite(error))) return null;
    for (let k = 0; k < drawsPerPair; k++) expected.push(Math.hypot(...errors.map((error) => error * normal(random))));
  }
  return Float64Array.from(expected);
}

interface Samples {
  readonly scaledPairs: readonly Float64Array[];
  readonly scaledRandom: readonly Float64Array[];
  readonly distances: Float64Array;
  readonly randomDistances: Float64Array;
}

function separations(
  { labels }: ChemicalDistance,
  { scaledPairs, scaledRandom, distances, randomDistances }: Samples,
  random: RandomGenerator,
): Pick<PairsResult, 'whole' | 'medians' | 'labels'> {
  const single = labels.map((_, i) => ({
    ofPairs: scaledPairs[i]!.map(Math.abs),
    ofRandom: scaledRandom[i]!.map(Math.abs),
  }));
  const resampled = [
    new ResampledSeparation(randomDistances, distances),
    ...single.map(({ ofPairs, ofRandom }) => new ResampledSeparation(ofRandom, ofPairs)),
  ];
  const draws = resampled.map(() => new Float64Array(bootstraps));
  const medians = { pairs: new Float64Array(bootstraps), random: new Float64Array(bootstraps) };
  for (let k = 0; k < bootstraps; k++) {
    const counts = [drawCounts(randomDistances.length, random), drawCounts(distances.length, random)] as const;
    resampled.forEach((one, i) => (draws[i]![k] = one.of(...counts)));
    medians.random[k] = weightedMedian(randomDistances, counts[0]);
    medians.pairs[k] = weightedMedian(distances, counts[1]);
  }
  const ks = kolmogorovSmirnov(distances, randomDistances);
  const ofPairs = median(distances);
  const ofRandom = median(randomDistances);
  return {
    whole: {
      ...mannWhitney(randomDistances, distances),
      ...{ error: standardDeviation(draws[0]!), ks: ks.distance, ksP: ks.p },
    },
    medians: {
      ...{ pairs: ofPairs, pairsError: standardDeviation(medians.pairs) },
      ...{ random: ofRandom, randomError: standardDeviation(medians.random), ratio: ofPairs / ofRandom },
      ratioError: standardDeviation(medians.pairs.map((one, k) => one / medians.random[k]!)),
    },
    labels: labels.map(({ name }, i) => ({
      label: name,
      ...mannWhitney(single[i]!.ofRandom, single[i]!.ofPairs),
      error: standardDeviation(draws[i + 1]!),
      medianPairs: median(single[i]!.ofPairs),
      medianRandom: median(single[i]!.ofRandom),
      without:
        labels.length === 1 ? NaN : mannWhitney(distancesOf(scaledRandom, i), distancesOf(scaledPairs, i)).separation,
    })),
  };
}

/** How often each of n is drawn in n draws. */
function drawCounts(n: number, random: RandomGenerator): Uint32Array {
  const counts = new Uint32Array(n);
  for (let k = 0; k < n; k++) counts[uniformInt(random, 0, n - 1)]!++;
  return counts;
}

/** The order of the values of a sample, kept from one bootstrap to the next. */
const orders = new WeakMap<Float64Array, Uint32Array>();

function weightedMedian(values: Float64Array, counts: Uint32Array): number {
  let order = orders.get(values);
  if (order === undefined)
    orders.set(values, (order = Uint32Array.from(values, (_, k) => k).sort((a, b) => values[a]! - values[b]!)));
  let left = (values.length + 1) / 2;
  for (const k of order) if ((left -= counts[k]!) <= 0) return values[k]!;
  return NaN;
}

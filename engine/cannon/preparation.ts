/**
 * What of the options for training can be said by the data themselves, before pixels are trained: which terms are allowed
 * where, which stars a pixel has, how much stars and pixels weigh, and the penalty. Training and the folds of a
 * cross-validation both begin here; what comes out does not depend on the workers.
 *
 * A star that lacks a label has weight 0 at the pixels at which that label is allowed. Inflated errors and a penalty that
 * is searched for are those of all stars given: in a cross-validation, held-out stars touch the folds through the weights
 * of others and through that one number, not through their own flux.
 */
import { UserError } from '../problems';
import type { ConstraintData } from './constraints';
import { checkDesign, describeLabels, designMatrix } from './design';
import { knownErrors, standardizedErrors, starWeights } from './labelErrors';
import { allowedTermsOf } from './labelMasks';
import type { LabelInfo } from './model';
import { choosePenalties, heldOutTenth, penaltiesOf, type PenaltySearch } from './penaltySearch';
import { trainAllPixels } from './pixelRanges';
import type { PrepareOptions, TrainingSet } from './train';
import { planTraining } from './trainingPlan';
import { quadraticTerms, type Term } from './vectorizer';
import { rangesOf, runInOrder, sharedNumbers, thisThread } from './workers';

export interface PreparedTraining {
  /** As given, but with weights that know of missing labels and of errors of labels. */
  readonly set: TrainingSet;
  readonly labels: readonly LabelInfo[];
  readonly terms: readonly Term[];
  /** η of every star of the set, nStars × nTerms. */
  readonly design: Float64Array;
  /** The stars that train, by index, and as a mask. */
  readonly chosen: readonly number[];
  readonly starMask: Uint8Array;
  readonly data: ConstraintData & { readonly scatterEstimator: 'ml' | 'reml' };
  readonly starWeights?: Float64Array;
}

/** @throws UserError CAN301–CAN305 and CAN307 when the stars cannot train the model, CAN320 for too little memory. */
export async function prepareTraining(given: TrainingSet, options: PrepareOptions): Promise<PreparedTraining> {
  const { name, missingLabels = 'leave-out', labelErrors = 'ignore', l1 = 0, ridge = 0 } = options;
  const terms = options.terms ?? quadraticTerms(given.labels.length);
  const counted = [...given.stars.keys()].filter((n) => (options.starMask ?? [])[n] !== 0);
  const nLabels = given.labels.length;
  const allowed = options.allowedLabels ?? null;
  const { set, chosen } =
    missingLabels === 'per-pixel' ? withoutMissing(given, counted, allowed) : { set: given, chosen: counted };
  const labels = describeLabels(set, chosen, name);
  const design = designMatrix(set, labels, terms);
  const data = {
    scatterEstimator: options.scatterEstimator ?? ('ml' as const),
    ridge,
    ...(allowed && { allowedTerms: allowedTermsOf(allowed, nLabels, terms) }),
    ...(typeof l1 === 'number' && l1 > 0 && { l1: new Float64Array(given.waveAngstrom.length).fill(l1) }),
  };
  const starMask = new Uint8Array(given.stars.length);
  for (const n of chosen) starMask[n] = 1;
  let prepared: PreparedTraining = { set, labels, terms, design, chosen, starMask, data };
  checkPrepared(prepared, chosen, name);
  if (labelErrors === 'down-weight') prepared = { ...prepared, starWeights: starWeights(set, name) };
  if (labelErrors === 'inflate') prepared = await inflate(prepared, options);
  if (typeof l1 !== 'number') prepared = await withPenalty(prepared, l1, options);
  return prepared;
}

/** Stars without all labels keep their weight at the pixels that need none of those they lack. */
function withoutMissing(
  set: TrainingSet,
  counted: readonly number[],
  allowed: Uint8Array | null,
): { set: TrainingSet; chosen: number[] } {
  const nLabels = set.labels.length;
  const nPixels = set.waveAngstrom.length;
  const isMissing = Uint8Array.from(set.values, (x) => (Number.isFinite(x) ? 0 : 1));
  const lacking = counted.filter((n) => isMissing.subarray(n * nLabels, (n + 1) * nLabels).includes(1));
  if (lacking.length === 0) return { set, chosen: [...counted] };
  const ivar = sharedNumbers(set.ivar.length);
  ivar.set(set.ivar);
  const useless = new Set<number>();
  for (const n of lacking) {
    const missing = set.labels.map((_, i) => i).filter((i) => isMissing[n * nLabels + i] === 1);
    let isUsed = false;
    for (let p = 0; p < nPixels; p++) {
      if (allowed === null || missing.some((i) => allowed[p * nLabels + i] === 1)) ivar[n * nPixels + p] = 0;
      else isUsed = true;
    }
    if (!isUsed) useless.add(n);
  }
  return { set: { ...set, ivar, isMissing }, chosen: counted.filter((n) => !useless.has(n)) };
}

/**
 * Whether these stars can train the model somewhere: with masks, in one of the sets of terms that pixels may use.
 * @throws UserError CAN304, CAN305
 */
export function checkPrepared(
  { set, design, terms, labels, data }: PreparedTraining,
  chosen: readonly number[],
  name: string,
): void {
  const { allowedTerms } = data;
  if (!allowedTerms) return checkDesign(design, terms, chosen, labels, name);
  const nTerms = terms.length;
  const patterns = new Map<string, number[]>();
  for (let p = 0; p < allowedTerms.length / nTerms; p++) {
    const used = terms.map((_, t) => t).filter((t) => allowedTerms[p * nTerms + t] === 1);
    const key = used.join();
    if (!patterns.has(key)) patterns.set(key, used);
  }
  let first: unknown;
  for (const used of patterns.values()) {
    const needed = new Set(used.flatMap((t) => terms[t]!));
    const stars = chosen.filter((n) => [...needed].every((i) => set.isMissing?.[n * labels.length + i] !== 1));
    const part = new Float64Array(design.length);
    used.forEach((t, k) => {
      for (const n of stars) part[n * used.length + k] = design[n * nTerms + t]!;
    });
    try {
      return checkDesign(
        part,
        used.map((t) => terms[t]!),
        stars,
        labels,
        name,
      );
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      first ??= error;
    }
  }
  throw first;
}

/** At most so many trainings until s stays to this part of it. */
const maxRounds = 8;
const settled = 1e-3;

async function inflate(prepared: PreparedTraining, options: PrepareOptions): Promise<PreparedTraining> {
  const { workers = thisThread, signal, name } = options;
  const { set, labels, terms } = prepared;
  const nPixels = set.waveAngstrom.length;
  const shared = standardizedErrors(set, labels, knownErrors(set, name));
  const inflated = sharedNumbers(set.ivar.length);
  const result: PreparedTraining = { ...prepared, set: { ...set, ivar: inflated } };
  const quiet = { ...options, thetaCovariance: 'diagonal' as const, onProgress: () => undefined };
  let { theta, scatter } = await trainAllPixels(prepared, quiet);
  const ranges = rangesOf(nPixels, 64);
  for (let round = 0; round < maxRounds; round++) {
    const job = { ...shared, ivar: set.ivar, inflated, nPixels, theta, terms };
    await runInOrder(
      workers,
      ranges.length,
      (k) => workers.run('inflateErrors', { ...job, ...ranges[k]! }),
      () => undefined,
      signal,
    );
    const before = scatter;
    ({ theta, scatter } = await trainAllPixels(result, quiet));
    const typical = [...scatter].filter((s) => s < Infinity).sort((a, b) => a - b);
    const floor = typical[typical.length >> 1] ?? 0;
    if (scatter.every((s, p) => s === before[p] || Math.abs(s - before[p]!) <= settled * Math.max(s, floor))) break;
  }
  return result;
}

async function withPenalty(
  prepared: PreparedTraining,
  search: PenaltySearch,
  { workers = thisThread, signal, seed = 1 }: PrepareOptions,
): Promise<PreparedTraining> {
  const { set, design, terms, chosen, data, starWeights: weights } = prepared;
  const nPixels = set.waveAngstrom.length;
  const penalties = penaltiesOf(search);
  const foldOf = heldOutTenth(chosen.length, seed);
  const plan = planTraining({
    ...{ design, terms, stars: chosen, foldOf, nSlots: workers.size },
    ...(weights && { starWeights: weights }),
  });
  const scores = new Float64Array(nPixels * penalties.length);
  const ranges = rangesOf(nPixels, plan.blockPixels);
  const job = { plan, design, flux: set.flux, ivar: set.ivar, nPixels, ...data, penalties };
  await runInOrder(
    workers,
    ranges.length,
    (k) => workers.run('scorePenalties', { ...job, ...ranges[k]! }),
    (part, k) => scores.set(part, ranges[k]!.fromPixel * penalties.length),
    signal,
  );
  return { ...prepared, data: { ...data, l1: choosePenalties(scores, penalties, search.per) } };
}

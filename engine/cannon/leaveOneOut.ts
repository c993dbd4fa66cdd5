/**
 * Leave-one-out cross-validation: every star labelled by the model of all others, from one training (`leaveOut.ts`).
 *
 * θ without a star is exact; s is that of all stars. The modes of correlated error come from stars that do not include the
 * one in hand either: the stars are dealt into parts, and each part takes the modes of the residuals of the others. Ranges
 * of labels are those of the other stars. A star is left out with all its spectra. Results do not depend on the workers.
 */
import { giveBack } from '../kernels/arena';
import { UserError } from '../problems';
import type { CrossValidateOptions } from './crossValidate';
import { assignFolds, membersOf } from './folds';
import type { LabelFit } from './infer';
import { type LeftOutStar, modeParts, starsPerTask } from './leaveOut';
import type { LabelInfo, Model } from './model';
import { planModes, residualModes } from './modes';
import { trainAllPixels } from './pixelRanges';
import { prepareTraining, type PreparedTraining } from './preparation';
import { noUsablePixel, type PrepareOptions, type TrainingSet } from './train';
import { minimumStars } from './training';
import { planTraining, triangle } from './trainingPlan';
import { rangesOf, runInOrder, sharedNumbers, thisThread } from './workers';

/** One fit a spectrum. @throws what `trainModel` throws, and UserError CAN310 for fewer than two stars. */
export async function leaveOneOut(
  set: TrainingSet,
  groups: ArrayLike<string | number>,
  options: CrossValidateOptions,
): Promise<LabelFit[]> {
  const { signal, onProgress, workers = thisThread, infer } = options;
  const { flux, ivar } = set;
  const members = membersOf(groups);
  if (members.length < 2) {
    throw new UserError(
      `Cannot leave out one of ${members.length} star${members.length === 1 ? '' : 's'}`,
      'Give more reference stars; `crossValidation.groups` may have put all of them together.',
      'CAN310',
    );
  }
  const prepared = await prepareTraining(set, trainingOf(options));
  const { data, starWeights, design } = prepared;
  const model = await trainAll(prepared, options);
  const inverse = await invertAll(prepared, model, options);
  const modes = await modesOfParts(prepared, groups, model, options);
  const stars = leftOutStars(prepared, members, modes);
  const trainingIvar = prepared.set.ivar;
  const leastStars = leastStarsOf(set.waveAngstrom.length, model.terms.length, data.allowedTerms);
  const shared = { model, inverse, design, flux, ivar, trainingIvar, leastStars, ...(starWeights && { starWeights }) };

  const perTask = starsPerTask(model.theta.byteLength);
  const batches = rangesOf(stars.length, perTask).map(({ fromPixel, toPixel }) => stars.slice(fromPixel, toPixel));
  const fits = new Array<LabelFit>(set.stars.length);
  let done = 0;
  await runInOrder(
    workers,
    batches.length,
    (k) =>
      workers.run('inferLeftOut', {
        ...{ ...shared, stars: batches[k]! },
        ...(infer && { options: infer }),
      }),
    (labelled, k) => {
      batches[k]!.forEach(({ rows }, star) => rows.forEach((n, j) => (fits[n] = labelled[star]![j]!)));
      done += batches[k]!.reduce((sum, { rows }) => sum + rows.length, 0);
      onProgress?.('labels', done, set.stars.length);
    },
    signal,
  );
  return fits;
}

/** What of the options is about training. */
function trainingOf({ folds, groups, infer, onProgress, ...training }: CrossValidateOptions): PrepareOptions {
  return training;
}

/** The model of all stars, without modes. */
async function trainAll(prepared: PreparedTraining, options: CrossValidateOptions): Promise<Model> {
  const { name, onProgress } = options;
  const { theta, scatter, converged, nStars } = await trainAllPixels(prepared, {
    ...trainingOf(options),
    thetaCovariance: 'diagonal',
    onProgress: (done, total) => onProgress?.('training', done, total),
  });
  if (scatter.every((s) => s === Infinity)) throw noUsablePixel(name);
  const { labels, terms, set } = prepared;
  const { waveAngstrom } = set;
  const modes = new Float64Array(0);
  return { name, labels, terms, waveAngstrom, theta, scatter, modes, converged, nStars, provenance: {} };
}

function leastStarsOf(nPixels: number, nTerms: number, allowedTerms: Uint8Array | undefined): Int32Array {
  return Int32Array.from({ length: nPixels }, (_, p) => {
    const allowed = allowedTerms?.subarray(p * nTerms, (p + 1) * nTerms);
    return minimumStars(allowed?.reduce((sum, flag) => sum + flag, 0) ?? nTerms);
  });
}

/** A⁻¹ of every pixel, packed; brings θ to the exact solution at its s. */
async function invertAll(
  { set, chosen, design, data, starWeights }: PreparedTraining,
  { theta, scatter, terms }: Model,
  { signal, workers = thisThread }: CrossValidateOptions,
): Promise<Float64Array> {
  const { flux, ivar, waveAngstrom } = set;
  const nPixels = waveAngstrom.length;
  const inverse = inverseMemory(nPixels * triangle(terms.length));
  const weights = starWeights && { starWeights };
  const plan = planTraining({ design, terms, stars: chosen, nSlots: workers.size, ...weights });
  const ranges = rangesOf(nPixels, plan.blockPixels);
  const job = { plan, design, flux, ivar, nPixels, ...data, ...weights, theta, scatter, inverse };
  await runInOrder(
    workers,
    ranges.length,
    (k) => workers.run('invertNormals', { ...job, ...ranges[k]! }),
    () => undefined,
    signal,
  );
  giveBack(plan.arena);
  return inverse;
}

function inverseMemory(length: number): Float64Array {
  try {
    return sharedNumbers(length);
  } catch {
    throw new UserError(
      `Leave-one-out needs ${((8 * length) / 2 ** 30).toFixed(1)} GB for the errors of all coefficients, more than there is`,
      'Use folds, fewer labels, linear terms or a coarser grid.',
      'CAN320',
    );
  }
}

/** The modes that each star takes, one array a spectrum: those of a part share one. */
async function modesOfParts(
  { set, design, starMask: trains }: PreparedTraining,
  groups: ArrayLike<string | number>,
  model: Model,
  { seed, signal, onProgress, workers = thisThread, maxModes = 10 }: CrossValidateOptions,
): Promise<Float64Array[]> {
  if (maxModes === 0) return set.stars.map(() => model.modes);
  const nParts = Math.min(modeParts, membersOf(groups).length);
  const partOf = assignFolds(groups, nParts, seed);
  const plan = planModes(set, design, model.terms.length, maxModes, workers);
  const found: Float64Array[] = [];
  for (let part = 0; part < nParts; part++) {
    const starMask = Uint8Array.from(partOf, (p, n) => (p === part ? 0 : trains[n]!));
    const modes = await residualModes({ plan, set, model, starMask, maxModes, workers, signal });
    const shared = sharedNumbers(modes.length);
    shared.set(modes);
    found.push(shared);
    onProgress?.('modes', part + 1, nParts);
  }
  return Array.from(partOf, (part) => found[part]!);
}

function leftOutStars(
  { set: { values }, chosen, labels }: PreparedTraining,
  members: readonly (readonly number[])[],
  modes: readonly Float64Array[],
): LeftOutStar[] {
  const nLabels = labels.length;
  const orders = labels.map((_, i) =>
    chosen
      .filter((n) => Number.isFinite(values[n * nLabels + i]!))
      .sort((a, b) => values[a * nLabels + i]! - values[b * nLabels + i]!),
  );
  return members.map((rows) => {
    const own = new Set(rows);
    const ofOthers = labels.map((label, i): LabelInfo => {
      const lowest = orders[i]!.find((n) => !own.has(n));
      const highest = orders[i]!.findLast((n) => !own.has(n));
      const valueOf = (n: number | undefined) => (n === undefined ? label.pivot : values[n * nLabels + i]!);
      return { ...label, min: valueOf(lowest), max: valueOf(highest) };
    });
    return { rows, labels: ofOthers, modes: modes[rows[0]!]! };
  });
}

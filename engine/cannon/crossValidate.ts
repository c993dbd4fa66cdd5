/**
 * Cross-validation: each star's labels from a model that has not seen it (Wheeler et al. 2020, §4). K-fold here,
 * leave-one-out in `leaveOneOut.ts`.
 *
 * Stars that share a group (repeat spectra of one object) stay in one fold; otherwise the model would have seen them.
 * Folds depend on seed, groups and order of the stars alone. θ and s of all folds come from sums over all stars
 * (`fastFolds.ts`), the modes of a fold from the residuals of its training stars. Labels are standardized by the mean and
 * standard deviation of all stars: which ones makes no difference to what a model says; the ranges are those of its stars.
 */
import type { AgreementBySnr, LabelValidation } from '../jobs/events';
import { labelAgreement, labelValidation, signalToNoise, snrBins } from './agreement';
import { describeLabels } from './design';
import { assignFolds, membersOf } from './folds';
import type { InferOptions, LabelFit } from './infer';
import { leaveOneOut } from './leaveOneOut';
import type { Model } from './model';
import { planModes, residualModes } from './modes';
import { checkPrepared, prepareTraining, type PreparedTraining } from './preparation';
import { noUsablePixel, type TrainingSet, type TrainOptions } from './train';
import { planTraining } from './trainingPlan';
import { rangesOf, runInOrder, sharedNumbers, thisThread, type RowsJob } from './workers';

/** What is counted: pixels of which all folds are trained, folds whose modes are known, stars with labels. */
export type CrossValidationStage = 'training' | 'modes' | 'labels';

export interface CrossValidateOptions extends Omit<TrainOptions, 'starMask' | 'onProgress' | 'provenance'> {
  /** Leave-one-out takes each group by itself. */
  readonly folds: number | 'leave-one-out';
  readonly seed: number;
  /** One a spectrum; a star without repeats has a group of its own. All spectra stand alone when it is absent. */
  readonly groups?: ArrayLike<string | number>;
  readonly infer?: InferOptions;
  readonly onProgress?: (stage: CrossValidationStage, done: number, total: number) => void;
}

export interface CrossValidation {
  /** The fold that each star was held out in, from 0; with leave-one-out each group is one. */
  readonly foldOf: Int32Array;
  /** One a star, from the model of the other folds. */
  readonly fits: readonly LabelFit[];
  /** S/N a pixel of each star. */
  readonly snr: Float64Array;
  /** One a label. */
  readonly agreement: readonly LabelValidation[];
  /** The same for stars of low to high S/N. */
  readonly bySnr: readonly AgreementBySnr[];
}

/**
 * Trains `folds` models and infers the labels of the stars that each has not seen.
 * @throws UserError CAN310 for fewer than two folds or more folds than groups, and what `trainModel` throws.
 */
export async function crossValidate(set: TrainingSet, options: CrossValidateOptions): Promise<CrossValidation> {
  const { folds, groups = set.stars.map((_, n) => n) } = options;
  const { foldOf, fits } =
    folds === 'leave-one-out'
      ? { foldOf: foldPerGroup(groups), fits: await leaveOneOut(set, groups, options) }
      : await labelByFolds(set, groups, folds, options);
  const inferred = fits.map((fit) => fit.labels);
  const snr = signalToNoise(set);
  const bySnr = snrBins(snr).map(({ from, to, rows }) => ({
    from,
    to,
    stars: rows.length,
    labels: labelAgreement(set, inferred, rows),
  }));
  return { foldOf, fits, snr, agreement: labelValidation(set, inferred), bySnr };
}

function foldPerGroup(groups: ArrayLike<string | number>): Int32Array {
  const foldOf = new Int32Array(groups.length);
  membersOf(groups).forEach((rows, fold) => rows.forEach((n) => (foldOf[n] = fold)));
  return foldOf;
}

async function labelByFolds(
  set: TrainingSet,
  groups: ArrayLike<string | number>,
  folds: number,
  options: CrossValidateOptions,
): Promise<Pick<CrossValidation, 'foldOf' | 'fits'>> {
  const foldOf = assignFolds(groups, folds, options.seed);
  const models = await trainFoldModels(set, foldOf, folds, options);
  return { foldOf, fits: await labelHeldOut(set, foldOf, models, options) };
}

/** The model of each fold, trained on the stars of the others. */
async function trainFoldModels(
  set: TrainingSet,
  foldOf: Int32Array,
  folds: number,
  options: CrossValidateOptions,
): Promise<Model[]> {
  const { name, signal, onProgress, workers = thisThread, maxModes = 10 } = options;
  const prepared = await prepareTraining(set, options);
  const { terms, design, labels: common } = prepared;
  const { waveAngstrom } = set;
  const [nPixels, nTerms] = [waveAngstrom.length, terms.length];
  const foldLabels = Array.from({ length: folds }, (_, fold) => {
    const chosen = prepared.chosen.filter((n) => foldOf[n] !== fold);
    const labels = describeLabels(prepared.set, chosen, name);
    checkPrepared(prepared, chosen, name);
    return labels.map((label, i) => ({ ...label, pivot: common[i]!.pivot, scale: common[i]!.scale }));
  });
  const { foldTheta, foldScatter } = await trainFoldPixels(prepared, foldOf, folds, options);

  const modesPlan = maxModes === 0 ? null : planModes(prepared.set, design, nTerms, maxModes, workers);
  const models: Model[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const theta = foldTheta.subarray(fold * nPixels * nTerms, (fold + 1) * nPixels * nTerms);
    const scatter = foldScatter.subarray(fold * nPixels, (fold + 1) * nPixels);
    if (scatter.every((s) => s === Infinity)) throw noUsablePixel(name);
    const starMask = Uint8Array.from(foldOf, (f) => (f === fold ? 0 : 1));
    const pixels = { theta, scatter };
    const found =
      modesPlan &&
      (await residualModes({ plan: modesPlan, set: prepared.set, model: pixels, starMask, maxModes, workers, signal }));
    const modes = sharedNumbers(found?.length ?? 0);
    if (found !== null) modes.set(found);
    models.push({
      name,
      labels: foldLabels[fold]!,
      terms,
      waveAngstrom,
      ...pixels,
      modes,
      converged: Uint8Array.from(scatter, (s) => (s < Infinity ? 1 : 0)),
      nStars: countUsable(prepared.set, starMask),
      provenance: {},
    });
    onProgress?.('modes', fold + 1, folds);
  }
  return models;
}

/** θ and s of all folds: folds × nPixels × nTerms, and folds × nPixels. */
async function trainFoldPixels(
  { set, terms, design, data, starWeights }: PreparedTraining,
  foldOf: Int32Array,
  folds: number,
  { signal, onProgress, workers = thisThread }: CrossValidateOptions,
): Promise<{ foldTheta: Float64Array; foldScatter: Float64Array }> {
  const { flux, ivar, waveAngstrom } = set;
  const nPixels = waveAngstrom.length;
  const stars = [...set.stars.keys()];
  const weights = starWeights && { starWeights };
  const plan = planTraining({ design, terms, stars, foldOf, nSlots: workers.size, ...weights });
  const ranges = rangesOf(nPixels, plan.blockPixels);
  const [foldTheta, foldScatter] = [sharedNumbers(folds * nPixels * terms.length), sharedNumbers(folds * nPixels)];
  const job = { plan, design, flux, ivar, nPixels, ...data, foldTheta, foldScatter };
  await runInOrder(
    workers,
    ranges.length,
    (k) => workers.run('trainFolds', { ...job, ...ranges[k]! }),
    (_, k) => onProgress?.('training', ranges[k]!.toPixel, nPixels),
    signal,
  );
  return { foldTheta, foldScatter };
}

/** Of the stars that count, those with a usable flux, one number a pixel. */
function countUsable({ flux, ivar, waveAngstrom }: TrainingSet, starMask: Uint8Array): Int32Array {
  const nPixels = waveAngstrom.length;
  const count = new Int32Array(nPixels);
  starMask.forEach((flag, n) => {
    for (let p = 0; flag === 1 && p < nPixels; p++) {
      const iv = ivar[n * nPixels + p]!;
      if (iv > 0 && iv < Infinity && Number.isFinite(flux[n * nPixels + p]!)) count[p]!++;
    }
  });
  return count;
}

/** Stars that a task labels at most: preparing a model takes a while, and each task does so. */
const rowsPerTask = 256;

async function labelHeldOut(
  { stars, flux, ivar }: TrainingSet,
  foldOf: Int32Array,
  models: readonly Model[],
  { infer, signal, onProgress, workers = thisThread }: CrossValidateOptions,
): Promise<LabelFit[]> {
  const jobs = models.flatMap((model, fold): RowsJob[] => {
    const held = [...stars.keys()].filter((n) => foldOf[n] === fold);
    return Array.from({ length: Math.ceil(held.length / rowsPerTask) }, (_, k) => {
      const rows = held.slice(k * rowsPerTask, (k + 1) * rowsPerTask);
      return { model, flux, ivar, rows, ...(infer && { options: infer }) };
    });
  });
  const fits = new Array<LabelFit>(stars.length);
  let done = 0;
  await runInOrder(
    workers,
    jobs.length,
    (k) => workers.run('inferRows', jobs[k]!),
    (labelled, k) => {
      jobs[k]!.rows.forEach((n, i) => (fits[n] = labelled[i]!));
      onProgress?.('labels', (done += labelled.length), stars.length);
    },
    signal,
  );
  return fits;
}

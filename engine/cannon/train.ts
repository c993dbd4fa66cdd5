/**
 * From reference stars to a model: check the training set, standardize the labels, train all pixels in ranges, and find
 * the modes of their residuals.
 *
 * The numbers of a pixel are in `training.ts`, how they are had fast in `fastTraining.ts`. Ranges may be trained in worker
 * threads; the model does not depend on that, bit for bit.
 */
import { UserError } from '../problems';
import type { LabelErrorMode } from './labelErrors';
import type { Model, TrainingRecord } from './model';
import { planModes, residualModes, whiten } from './modes';
import type { PenaltySearch } from './penaltySearch';
import { prepareTraining } from './preparation';
import { linearTerms, type ThetaNoise, thetaNoise } from './thetaNoise';
import { trainAllPixels } from './pixelRanges';
import type { Term } from './vectorizer';
import { thisThread, type Workers } from './workers';

/** Reference stars with their spectra on one grid. */
export interface TrainingSet {
  /** What the user calls each star, for messages. */
  readonly stars: readonly string[];
  readonly labels: readonly { readonly name: string; readonly unit: string }[];
  /** nStars × nLabels, row-major. */
  readonly values: Float64Array;
  /** Vacuum Å, rest frame. */
  readonly waveAngstrom: Float64Array;
  /** nStars × nPixels, star-major, continuum-normalized; may lie in shared memory. */
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
  /** nStars × nLabels: errors of the labels, NaN where they are not known. */
  readonly labelErrors?: Float64Array;
  /** nStars × nLabels: 1 where a star lacks a label, which `preparation.ts` sets. */
  readonly isMissing?: Uint8Array;
}

export interface TrainOptions {
  readonly name: string;
  /** Quadratic when absent. */
  readonly terms?: readonly Term[];
  /** At most so many modes of correlated error are kept (default 10); 0 is the model of the paper. */
  readonly maxModes?: number;
  /** 1 for stars that count; all count when it is absent. */
  readonly starMask?: Uint8Array;
  /** 'ml' (default) is the paper's; see `pixelBlock.ts`, as for `ridge` (default 0). */
  readonly scatterEstimator?: 'ml' | 'reml';
  readonly ridge?: number;
  /** nPixels × nLabels: 0 forbids a label at a pixel (`labelMasks.ts`). */
  readonly allowedLabels?: Uint8Array | null;
  /** Stars that lack labels train nothing (default), or the pixels at which they have all that are allowed. */
  readonly missingLabels?: 'leave-out' | 'per-pixel';
  /** What `set.labelErrors` do (`labelErrors.ts`); nothing by default. */
  readonly labelErrors?: LabelErrorMode;
  /** λ of the penalty λ Σ |θ| (default 0), or how to choose it (`penaltySearch.ts`). */
  readonly l1?: number | PenaltySearch;
  /** Deals the stars that are held out to choose it (default 1). */
  readonly seed?: number;
  /** Whether the model has whole covariances of θ beside its errors. */
  readonly thetaCovariance?: 'diagonal' | 'full';
  readonly provenance?: Model['provenance'];
  readonly signal?: AbortSignal;
  readonly onProgress?: (donePixels: number, nPixels: number) => void;
  /** Who does the work; the calling thread when absent. */
  readonly workers?: Workers;
}

/** What a training is prepared by, with or without folds. */
export type PrepareOptions = Omit<TrainOptions, 'onProgress' | 'provenance'>;

/**
 * Trains a model.
 * @throws UserError CAN301–CAN307 when the stars cannot train it, CAN320 when there is not enough memory, or the signal's
 * reason when it aborts.
 */
export async function trainModel(given: TrainingSet, options: TrainOptions): Promise<Model> {
  const { name, signal, workers = thisThread, maxModes = 10 } = options;
  const prepared = await prepareTraining(given, options);
  const { set, labels, terms, design, starMask, chosen, starWeights, data } = prepared;
  const { iterations, thetaError, thetaCovariance, condition, ...pixels } = await trainAllPixels(prepared, options);
  if (pixels.scatter.every((s) => s === Infinity)) throw noUsablePixel(name);
  const isFree = !data.l1 && !data.allowedTerms && data.ridge === 0 && linearTerms(terms, labels.length) !== null;
  const { waveAngstrom, flux, ivar } = set;
  let modes: Float64Array = new Float64Array(0);
  let noise: ThetaNoise | null = null;
  if (maxModes > 0 || isFree) {
    const plan = planModes(set, design, terms.length, maxModes, workers);
    const residuals = { plan, set, model: pixels, starMask, workers, signal };
    if (maxModes > 0) modes = await residualModes({ ...residuals, maxModes });
    else await whiten(residuals);
    const shape = { nPixels: waveAngstrom.length, nTerms: terms.length, stars: chosen };
    const job = { ...shape, flux, ivar, design, modes, scatter: pixels.scatter, ...(starWeights && { starWeights }) };
    if (isFree) noise = await thetaNoise({ ...job, whitened: plan }, workers, signal);
  }
  const record: TrainingRecord = {
    iterations,
    thetaError,
    condition,
    ...(thetaCovariance && { thetaCovariance }),
    ...(data.l1 && { l1: data.l1 }),
  };
  const parts = { ...pixels, modes, provenance: options.provenance ?? {}, record };
  return { name, labels, terms, waveAngstrom, ...parts, ...(noise && { thetaNoise: noise }) };
}

/** For a model of whose pixels none could be trained. */
export function noUsablePixel(model: string): UserError {
  return new UserError(
    `No pixel of model "${model}" has a usable flux in enough stars`,
    'Check that the spectra cover the grid and that their ivar is above 0.',
    'CAN306',
  );
}

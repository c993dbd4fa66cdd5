/**
 * From reference stars to a model: check the training set, standardize the labels, train all pixels in ranges, and find
 * the modes of their residuals.
 *
 * The numbers of a pixel are in `training.ts`, how they are had fast in `fastTraining.ts`. Ranges may be trained in worker
 * threads; the model does not depend on that, bit for bit.
 */
import { UserError } from '../problems';
import { checkDesign, describeLabels, designMatrix } from './design';
import type { Model } from './model';
import { planModes, residualModes } from './modes';
import { planTraining } from './trainingPlan';
import { quadraticTerms, type Term } from './vectorizer';
import { rangesOf, runInOrder, sharedNumbers, thisThread, type Workers } from './workers';

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
  readonly provenance?: Model['provenance'];
  readonly signal?: AbortSignal;
  readonly onProgress?: (donePixels: number, nPixels: number) => void;
  /** Who does the work; the calling thread when absent. */
  readonly workers?: Workers;
}

/**
 * Trains a model.
 * @throws UserError CAN301–CAN306 when the stars cannot train it, CAN320 when there is not enough memory, or the signal's
 * reason when it aborts.
 */
export async function trainModel(set: TrainingSet, options: TrainOptions): Promise<Model> {
  const { name, signal, workers = thisThread, maxModes = 10 } = options;
  const terms = options.terms ?? quadraticTerms(set.labels.length);
  const starMask = options.starMask ?? new Uint8Array(set.stars.length).fill(1);
  const chosen = [...set.stars.keys()].filter((n) => starMask[n] === 1);
  const labels = describeLabels(set, chosen, name);
  const design = designMatrix(set, labels, terms);
  checkDesign(design, terms, chosen, labels, name);

  const pixels = await trainAllPixels(set, design, terms, chosen, options);
  if (pixels.scatter.every((s) => s === Infinity)) throw noUsablePixel(name);
  const { waveAngstrom } = set;
  const modes =
    maxModes === 0
      ? new Float64Array(0)
      : await residualModes({
          plan: planModes(set, design, terms.length, maxModes, workers),
          set,
          model: pixels,
          starMask,
          maxModes,
          workers,
          signal,
        });
  return { name, labels, terms, waveAngstrom, ...pixels, modes, provenance: options.provenance ?? {} };
}

async function trainAllPixels(
  { flux, ivar, waveAngstrom }: TrainingSet,
  design: Float64Array,
  terms: readonly Term[],
  stars: readonly number[],
  { signal, onProgress, workers = thisThread, scatterEstimator = 'ml', ridge = 0 }: TrainOptions,
): Promise<Pick<Model, 'theta' | 'scatter' | 'converged' | 'nStars'>> {
  const nPixels = waveAngstrom.length;
  const plan = planTraining({ design, terms, stars, nSlots: workers.size });
  const common = { plan, design, flux, ivar, nPixels, scatterEstimator, ridge };
  const ranges = rangesOf(nPixels, plan.blockPixels);
  const pixels = {
    theta: sharedNumbers(nPixels * terms.length),
    scatter: sharedNumbers(nPixels),
    converged: new Uint8Array(nPixels),
    nStars: new Int32Array(nPixels),
  };
  await runInOrder(
    workers,
    ranges.length,
    (k) => workers.run('trainPixelsFast', { ...common, ...ranges[k]! }),
    (fit, k) => {
      const { fromPixel, toPixel } = ranges[k]!;
      pixels.theta.set(fit.theta, fromPixel * terms.length);
      pixels.scatter.set(fit.scatter, fromPixel);
      pixels.converged.set(fit.converged, fromPixel);
      pixels.nStars.set(fit.nStars, fromPixel);
      onProgress?.(toPixel, nPixels);
    },
    signal,
  );
  return pixels;
}

/** For a model of whose pixels none could be trained. */
export function noUsablePixel(model: string): UserError {
  return new UserError(
    `No pixel of model "${model}" has a usable flux in enough stars`,
    'Check that the spectra cover the grid and that their ivar is above 0.',
    'CAN306',
  );
}

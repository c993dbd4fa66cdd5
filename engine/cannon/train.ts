/**
 * From reference stars to a model: check the training set, standardize the labels, train all pixels in chunks.
 *
 * The numbers of a pixel are in `training.ts`. Here is what is common to them all: pivot and scale are the mean and
 * standard deviation of each label over the stars (Wheeler et al. 2020, §3), and the terms must be told apart by the
 * stars' labels. Chunks may run in worker threads; the model does not depend on that.
 */
import { orthonormalBasis } from '../kernels/orthonormalBasis';
import { UserError } from '../problems';
import type { LabelInfo, Model } from './model';
import { residualModes } from './modes';
import { minimumStars, selectRows, trainPixels, type PixelFit, type PixelJob } from './training';
import { quadraticTerms, termName, vectorize, type Term } from './vectorizer';

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
  readonly provenance?: Model['provenance'];
  readonly signal?: AbortSignal;
  readonly onProgress?: (donePixels: number, nPixels: number) => void;
  /** Where a chunk of pixels is trained; in the calling thread when absent. */
  readonly runChunk?: (job: PixelJob) => Promise<PixelFit>;
  /** Chunks under way at the same time. */
  readonly concurrency?: number;
}

const chunkPixels = 128;

/**
 * Trains a model.
 * @throws UserError CAN301–CAN306 when the stars cannot train it, or the signal's reason when it aborts.
 */
export async function trainModel(set: TrainingSet, options: TrainOptions): Promise<Model> {
  const { name, starMask, signal } = options;
  const nPixels = set.waveAngstrom.length;
  const nStars = set.stars.length;
  const terms = options.terms ?? quadraticTerms(set.labels.length);
  const chosen = [...set.stars.keys()].filter((n) => starMask === undefined || starMask[n] === 1);
  const labels = describeLabels(set, chosen, name);
  if (chosen.length < minimumStars(terms.length)) {
    throw new UserError(
      `Model "${name}" has ${chosen.length} reference stars, too few for its ${terms.length} terms`,
      `Give it at least ${minimumStars(terms.length)} stars, or fewer labels.`,
      'CAN304',
    );
  }
  const design = designMatrix(set, labels, terms);
  checkTermsDiffer(design, terms, chosen, labels, name);

  const model: Omit<Model, 'modes'> = {
    name,
    labels,
    terms,
    waveAngstrom: set.waveAngstrom,
    theta: new Float64Array(nPixels * terms.length),
    scatter: new Float64Array(nPixels),
    converged: new Uint8Array(nPixels),
    nStars: new Int32Array(nPixels),
    provenance: options.provenance ?? {},
  };
  const common = {
    flux: set.flux,
    ivar: set.ivar,
    nStars,
    nPixels,
    design,
    nTerms: terms.length,
    ...(starMask && { starMask }),
  };
  await trainChunks(model, common, options);
  signal?.throwIfAborted();
  if (model.scatter.every((s) => s === Infinity)) {
    throw new UserError(
      `No pixel of model "${name}" has a usable flux in enough stars`,
      'Check that the spectra cover the grid and that their ivar is above 0.',
      'CAN306',
    );
  }
  const maxModes = options.maxModes ?? 10;
  const modes =
    maxModes === 0 ? new Float64Array(0) : await residualModes(model, set, design, chosen, maxModes, signal);
  return { ...model, modes };
}

async function trainChunks(
  model: Omit<Model, 'modes'>,
  common: Omit<PixelJob, 'fromPixel' | 'toPixel'>,
  { signal, onProgress, runChunk = trainHere, concurrency = 1 }: TrainOptions,
): Promise<void> {
  let nextPixel = 0;
  let donePixels = 0;
  let failed = false;
  const lane = async () => {
    while (nextPixel < common.nPixels && !failed) {
      signal?.throwIfAborted();
      const fromPixel = nextPixel;
      const toPixel = (nextPixel = Math.min(fromPixel + chunkPixels, common.nPixels));
      try {
        const fit = await runChunk({ ...common, fromPixel, toPixel });
        model.theta.set(fit.theta, fromPixel * common.nTerms);
        model.scatter.set(fit.scatter, fromPixel);
        model.converged.set(fit.converged, fromPixel);
        model.nStars.set(fit.nStars, fromPixel);
      } catch (error) {
        failed = true; // the other lanes take no further chunk
        throw error;
      }
      donePixels += toPixel - fromPixel;
      onProgress?.(donePixels, common.nPixels);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

/** Trains in the calling thread, letting timers and signals in between chunks. */
async function trainHere(job: PixelJob): Promise<PixelFit> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  return trainPixels(job);
}

/** Pivot, scale and range of each label over the chosen stars. @throws UserError CAN301, CAN302, CAN303 */
function describeLabels({ labels, values, stars }: TrainingSet, chosen: readonly number[], model: string): LabelInfo[] {
  if (chosen.length === 0) {
    throw new UserError(
      `Model "${model}" has no reference stars`,
      'Loosen `quality` or the model’s `where`.',
      'CAN301',
    );
  }
  return labels.map(({ name, unit }, i) => {
    const column = chosen.map((n) => values[n * labels.length + i]!);
    const badIdx = column.findIndex((value) => !Number.isFinite(value));
    if (badIdx >= 0) {
      throw new UserError(
        `Label "${name}" of star ${stars[chosen[badIdx]!]!} is not a number`,
        'Leave stars without all labels out of the training set.',
        'CAN302',
      );
    }
    const pivot = column.reduce((sum, value) => sum + value, 0) / column.length;
    const scale = Math.sqrt(column.reduce((sum, value) => sum + (value - pivot) ** 2, 0) / column.length);
    const [min, max] = column.reduce(([low, high], x) => [Math.min(low, x), Math.max(high, x)], [Infinity, -Infinity]);
    if (!(scale > 1e-12 * Math.abs(pivot)) || min === max) {
      throw new UserError(
        `Label "${name}" is the same, ${column[0]!}, for all ${column.length} reference stars of model "${model}"`,
        'Leave that label out, or train on stars in which it varies.',
        'CAN303',
      );
    }
    return { name, unit, pivot, scale, min, max };
  });
}

/** η of the standardized labels, nStars × nTerms. */
function designMatrix(set: TrainingSet, labels: readonly LabelInfo[], terms: readonly Term[]): Float64Array {
  const nLabels = labels.length;
  const design = new Float64Array(set.stars.length * terms.length);
  const scaled = new Float64Array(nLabels);
  for (let n = 0; n < set.stars.length; n++) {
    labels.forEach(({ pivot, scale }, i) => (scaled[i] = (set.values[n * nLabels + i]! - pivot) / scale));
    vectorize(scaled, terms, design, n * terms.length);
  }
  return design;
}

/** @throws UserError CAN305 when the labels of the chosen stars do not determine all coefficients. */
function checkTermsDiffer(
  design: Float64Array,
  terms: readonly Term[],
  chosen: readonly number[],
  labels: readonly LabelInfo[],
  model: string,
): void {
  const rows = selectRows(design, chosen, terms.length);
  const { dependentColumn } = orthonormalBasis(rows, chosen.length, terms.length);
  if (dependentColumn < 0) return;
  const term = termName(
    terms[dependentColumn]!,
    labels.map((label) => label.name),
  );
  throw new UserError(
    `The labels of the ${chosen.length} reference stars of model "${model}" do not determine its term "${term}"`,
    'Two labels may carry the same numbers, or take too few different values; leave one out or add stars.',
    'CAN305',
  );
}

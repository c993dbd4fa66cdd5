/**
 * How much memory a command will take, told before any of it is taken, and what would fit where there is too little.
 *
 * Training holds the spectra (two doubles a star and pixel), the monomials of all stars, a block of pixels a worker, θ,
 * and whitened residuals in single precision for the modes; cross-validation θ of every fold besides, and what each worker
 * needs to infer labels. Weights of stars that lack labels, and those that errors of labels inflate, are a matrix more each; covariances of
 * θ and leave-one-out a triangle a pixel. Inference holds that alone, as spectra come in batches. Counted is what lies in arrays at the
 * same time; the program itself takes some 90 MB and 35 MB a worker more, which are counted too.
 */
import { totalmem } from 'node:os';
import { maxMemoryBytes, reservedBytes } from '../kernels/kernels';
import { UserError } from '../problems';
import { modeParts, starsPerTask } from './leaveOut';
import { inferenceBytes, keptInferenceBytes, roundUp4, type BlockShape } from './starLayout';
import { BlockLayout, blockPixelsFor, triangle } from './trainingPlan';
import { linearTerms, quadraticTerms, type Term } from './vectorizer';
import { monomialsOf } from '../kernels/monomials';

export interface WorkSize {
  readonly nStars: number;
  readonly nPixels: number;
  readonly terms: readonly Term[];
  readonly nModes: number;
  /** 0 where there is no cross-validation in folds. */
  readonly nFolds: number;
  readonly nWorkers: number;
  /** Leave-one-out: the inverse normal matrix of every pixel is there, and a θ for each star of a task. */
  readonly leavesOneOut?: boolean;
  /** Stars that lack labels have weights of their own beside those of their spectra. */
  readonly missesLabels?: boolean;
  /** Errors of labels inflate those of spectra, in trainings one after the other. */
  readonly inflates?: boolean;
  /** The model has the covariances of θ. */
  readonly keepsCovariance?: boolean;
}

/** Bytes. */
export interface MemoryPlan {
  readonly parts: {
    readonly program: number;
    readonly spectra: number;
    /** The kernel memory of training: one block, at most 4 GB. */
    readonly training: number;
    readonly models: number;
    /** Packed triangles of every pixel: covariances of θ, or what leaves one star out. */
    readonly covariances: number;
    readonly residuals: number;
    readonly inference: number;
  };
  readonly total: number;
}

const megabyte = 2 ** 20;
const programBytes = 90 * megabyte;
const workerBytes = 35 * megabyte;

/** Of training, and of cross-validation where there are folds. */
export function planTrainingMemory(size: WorkSize): MemoryPlan {
  const { nStars, nPixels, terms, nModes, nFolds, nWorkers } = size;
  const nTerms = terms.length;
  const { leavesOneOut = false, missesLabels = false, inflates = false, keepsCovariance = false } = size;
  const weights = 8 * nStars * nPixels;
  const triangles = 8 * nPixels * triangle(nTerms);
  const labels = nFolds > 0 || leavesOneOut;
  return summed({
    program: programBytes + workerBytes * nWorkers,
    spectra: 2 * weights + 8 * nStars * nTerms + (missesLabels ? weights : 0) + (inflates ? weights : 0),
    training: trainingBytes(size),
    models: modelBytes(size),
    // The model, and its file, which is put together in memory: columns, rows and the whole.
    covariances: (keepsCovariance && !labels ? 4 * triangles : 0) + (leavesOneOut ? triangles : 0),
    // A model alone has them for the noise of θ, too.
    residuals: nModes > 0 || !labels ? 4 * roundUp4(nPixels) * roundUp4(nStars) : 0,
    inference: labels ? nWorkers * (inferenceBytes({ terms, nPixels, nModes }) + leftOutBytes(size)) : 0,
  });
}

/** θ with its errors, scatter and modes, of each fold besides, or those of each part of the stars. */
function modelBytes({ nPixels, terms, nModes, nFolds, leavesOneOut, inflates }: WorkSize): number {
  const one = terms.length + 1 + nModes;
  const errors = terms.length;
  const parts = leavesOneOut ? modeParts * nModes : 0;
  return 8 * nPixels * (one * (1 + nFolds) + errors + parts + (inflates ? one + errors : 0));
}

/** What a task of leave-one-out has beside what it infers with: θ and ivar of its stars, and those of two tasks before it until they are collected. */
function leftOutBytes({ nPixels, terms, leavesOneOut }: WorkSize): number {
  return leavesOneOut ? 3 * starsPerTask(8 * nPixels * terms.length) * 8 * nPixels * (terms.length + 1) : 0;
}

/** Of inferring labels by some models on one grid; batches hold a hundred spectra at most. */
export function planInferenceMemory(models: readonly BlockShape[], nWorkers: number): MemoryPlan {
  const nPixels = Math.max(0, ...models.map((model) => model.nPixels));
  const bytesOf = new Map(models.map((model) => [JSON.stringify(model), inferenceBytes(model)]));
  const all = [...bytesOf.values()];
  // A thread keeps the kernel memory of its last models, as far as that is not too much.
  const kept = Math.min(sumOf(all), Math.max(keptInferenceBytes, ...all));
  return summed({
    program: programBytes + workerBytes * nWorkers,
    spectra: 16 * 100 * nPixels * nWorkers,
    training: 0,
    models: sumOf(models.map((model) => 8 * model.nPixels * (model.terms.length + 1 + model.nModes))),
    covariances: 0,
    residuals: 0,
    inference: nWorkers * kept,
  });
}

function summed(parts: MemoryPlan['parts']): MemoryPlan {
  return { parts, total: sumOf(Object.values(parts)) };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Monomials and design of all stars, and a slot a worker: what `planTraining` will ask for. */
function trainingBytes({ nStars, terms, nFolds, nWorkers }: WorkSize): number {
  const nTerms = terms.length;
  const nMonomials = roundUp4(countMonomials(terms));
  const nRows = roundUp4(nStars);
  const sizes = { nRows, nTerms, nMonomials, foldStarts: new Int32Array(Math.max(1, nFolds) + 1) };
  const slot = new BlockLayout(sizes, blockPixelsFor(sizes), 0).bytes;
  return reservedBytes + 8 * (nMonomials + nTerms) * nRows + 36 * triangle(nTerms) + slot * nWorkers;
}

/** Tens of thousands of products for twenty labels: counted once for each list of terms. */
const counted = new WeakMap<readonly Term[], number>();

function countMonomials(terms: readonly Term[]): number {
  const known = counted.get(terms) ?? monomialsOf(terms).monomials.length;
  counted.set(terms, known);
  return known;
}

/** The memory of this machine, or of the part of it that this process may use. */
export function machineBytes(): number {
  const allowed = process.constrainedMemory();
  return allowed > 0 && allowed < totalmem() ? allowed : totalmem();
}

/**
 * Passes where training, or cross-validation, fits.
 * @throws UserError CAN320 with the figures, and what would fit.
 */
export function requireMemory(size: WorkSize, availableBytes = machineBytes()): void {
  const fits = (other: WorkSize) => {
    const { total, parts } = planTrainingMemory(other);
    return total <= availableBytes && parts.training <= maxMemoryBytes;
  };
  if (fits(size)) return;
  const { total, parts } = planTrainingMemory(size);
  const work =
    size.leavesOneOut === true
      ? 'Leave-one-out'
      : size.nFolds > 0
        ? `${size.nFolds}-fold cross-validation`
        : 'Training';
  const of = `${thousands(size.nStars)} stars × ${thousands(size.nPixels)} pixels × ${thousands(size.terms.length)} terms`;
  const block = parts.training;
  const isKernels = total <= availableBytes && block > maxMemoryBytes;
  throw new UserError(
    isKernels
      ? `${work} of ${of} needs ${inGB(block)} GB in one block of kernel memory, which ends at ${inGB(maxMemoryBytes)} GB`
      : `${work} of ${of} with ${size.nWorkers} workers needs ${inGB(total)} GB of memory, and there are ${inGB(availableBytes)} GB`,
    whatFits(size, fits),
    'CAN320',
  );
}

/**
 * Passes where inference by these models, which are on one grid, fits.
 * @throws UserError CAN320 with the figures, and what would fit.
 */
export function requireInferenceMemory(
  models: readonly BlockShape[],
  nWorkers: number,
  availableBytes = machineBytes(),
): void {
  const fits = (others: readonly BlockShape[], workers = nWorkers) =>
    planInferenceMemory(others, workers).total <= availableBytes &&
    others.every((model) => inferenceBytes(model) <= maxMemoryBytes);
  if (fits(models)) return;
  const { total } = planInferenceMemory(models, nWorkers);
  const largest = models.reduce((most, model) => (inferenceBytes(model) > inferenceBytes(most) ? model : most));
  const { nPixels, terms } = largest;
  const of = `${thousands(nPixels)} pixels × ${thousands(terms.length)} terms`;
  const by = models.length === 1 ? `a model of ${of}` : `${models.length} models, the largest of ${of},`;
  const nLabels = 1 + Math.max(-1, ...terms.flat());
  const isQuadratic = terms.some((term) => term.length === 2);
  const workers = largestThat(nWorkers, (count) => fits(models, count));
  const labels = isQuadratic ? largestThat(nLabels, (n) => fits([{ ...largest, terms: quadraticTerms(n) }])) : 0;
  const pixels = largestThat(nPixels, (n) => fits([{ ...largest, nPixels: n }]));
  const found = [
    ...(workers > 0 ? [inWords(workers, 'worker')] : []),
    ...(models.length > 1 && fits([largest]) ? ['one model at a time'] : []),
    ...(labels > 0 ? [`a model of ${inWords(labels, 'label')}`] : []),
    ...(pixels > 0 ? [`a model on a grid of ${thousands(pixels)} pixels`] : []),
  ];
  throw new UserError(
    `Inference by ${by} with ${inWords(nWorkers, 'worker')} needs ${inGB(total)} GB of memory, and there are ${inGB(availableBytes)} GB`,
    inOneSentence(found),
    'CAN320',
  );
}

/** One sentence: each size on its own that would do, the others as they are. */
function whatFits(size: WorkSize, fits: (size: WorkSize) => boolean): string {
  const nLabels = 1 + Math.max(-1, ...size.terms.flat());
  const largest = (most: number, at: (count: number) => WorkSize) => largestThat(most, (count) => fits(at(count)));
  const isQuadratic = size.terms.some((term) => term.length === 2);
  const stars = largest(size.nStars, (nStars) => ({ ...size, nStars }));
  const pixels = largest(size.nPixels, (nPixels) => ({ ...size, nPixels }));
  const workers = largest(size.nWorkers, (nWorkers) => ({ ...size, nWorkers }));
  const labels = isQuadratic ? largest(nLabels, (count) => ({ ...size, terms: quadraticTerms(count) })) : 0;
  const inFolds = { ...size, leavesOneOut: false, nFolds: 10 };
  const found = [
    ...(size.leavesOneOut === true && fits(inFolds) ? ['10 folds'] : []),
    ...(size.keepsCovariance === true && fits({ ...size, keepsCovariance: false })
      ? ['errors of θ without covariances']
      : []),
    ...(workers > 0 ? [inWords(workers, 'worker')] : []),
    ...(stars > 0 ? [`${thousands(stars)} stars`] : []),
    ...(pixels > 0 ? [`a grid of ${thousands(pixels)} pixels`] : []),
    ...(labels > 0 ? [`${labels} labels`] : []),
    ...(isQuadratic && fits({ ...size, terms: linearTerms(nLabels) }) ? ['linear terms'] : []),
  ];
  return inOneSentence(found);
}

/** Below `most`, which does not fit; 0 where nothing does. */
function largestThat(most: number, fits: (count: number) => boolean): number {
  let [low, high] = [0, most];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function inOneSentence(found: readonly string[]): string {
  return found.length === 0 ? 'Use a machine with more memory.' : `What would fit: ${found.join(', or ')}.`;
}

function inWords(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function inGB(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}

function thousands(count: number): string {
  return count.toLocaleString('en-US');
}

/**
 * The model's error need not be independent from pixel to pixel: what the labels leave unexplained (say reddening left by
 * the continuum, telluric bands, activity) can move many pixels together. Taken as independent, it is counted as evidence
 * many times over. The modes are its strongest patterns: with them the error of a star's spectrum has the
 * covariance diag(σ² + s²) + Σ_k m_k m_kᵀ. The variance that the modes explain also stays in s, which keeps the weights on
 * the safe side.
 *
 * They are the principal components of the training residuals in units of their errors, (f − θη) / √(σ² + s²), cut off at
 * ±5 so that a cosmic ray makes no pattern. Independent errors alone give n stars × p pixels a largest eigenvalue of
 * (1 + √γ)², γ = p / n (Marchenko & Pastur 1967); components above it are kept, up to a number, each with the variance
 * that the observed eigenvalue implies (Baik & Silverstein 2006): λ = ℓ (1 + γ / (ℓ − 1)).
 * Method: a block Krylov space over stars from a fixed start, and the best approximations in it (Rayleigh and Ritz). The
 * products with residuals run on the workers (`residuals.ts`); their parts are added in the order of the pixels. Cost: about
 * 150 multiply-adds a star and pixel.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { randomFrom } from '../kernels/random';
import type { Model } from './model';
import { planResiduals, residualBlockPixels, setVectors, type ResidualPlan } from './residuals';
import type { TrainingSet } from './train';
import { rangesOf, runInOrder, type Workers } from './workers';

/** Vectors of a block beside one for each mode, so that the last of these stands clear of what is not looked for. */
const moreVectors = 6;
const nBlocks = 5;
/** Allows for the spread of the largest noise eigenvalue about its limit. */
const edgeMargin = 1.1;

/** What the modes of several models of one set of stars have in common; `design` is η of all its stars. */
export function planModes(
  set: TrainingSet,
  design: Float64Array,
  nTerms: number,
  maxModes: number,
  workers: Workers,
): ResidualPlan {
  return planResiduals(design, nTerms, set.waveAngstrom.length, maxModes + moreVectors, workers.size);
}

export interface ModesJob {
  readonly plan: ResidualPlan;
  readonly set: Pick<TrainingSet, 'flux' | 'ivar'>;
  readonly model: Pick<Model, 'theta' | 'scatter'>;
  /** 1 for the stars that trained the model. */
  readonly starMask: Uint8Array;
  readonly maxModes: number;
  readonly workers: Workers;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The modes, nModes × nPixels, row-major, in units of the continuum; each amplitude has variance 1.
 * @throws the signal's reason when it aborts.
 */
export async function residualModes(job: ModesJob): Promise<Float64Array> {
  const { plan, starMask, maxModes } = job;
  const { nPixels } = plan;
  const nStars = starMask.reduce((sum, flag) => sum + flag, 0);
  const error = await whiten(job);
  const patterns = await krylovPatterns(job);
  const products = Matrix.zeros(patterns.length, patterns.length);
  patterns.forEach((row, i) => {
    for (let j = 0; j <= i; j++) {
      const product = dot(row, patterns[j]!) / nStars;
      products.set(i, j, product).set(j, i, product);
    }
  });
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(products, { assumeSymmetric: true });
  const gamma = error.filter((e) => e > 0).length / nStars;
  const edge = edgeMargin * (1 + Math.sqrt(gamma)) ** 2;
  const kept = realEigenvalues
    .map((lambda, column) => ({ lambda, column }))
    .filter(({ lambda }) => lambda > edge)
    .sort((a, b) => b.lambda - a.lambda)
    .slice(0, maxModes);

  const modes = new Float64Array(kept.length * nPixels);
  kept.forEach(({ lambda, column }, k) => {
    const half = (lambda + 1 - gamma) / 2;
    const amplitude = Math.sqrt(half + Math.sqrt(half * half - lambda) - 1) / Math.sqrt(lambda * nStars);
    const mode = modes.subarray(k * nPixels, (k + 1) * nPixels);
    patterns.forEach((pattern, j) => {
      const share = eigenvectorMatrix.get(j, column) * amplitude;
      for (let p = 0; p < nPixels; p++) mode[p]! += share * pattern[p]!;
    });
    for (let p = 0; p < nPixels; p++) mode[p]! *= error[p]!;
  });
  return modes;
}

/** Y Rᵀ, row by row, for orthonormal rows Y that span a start Y₀, Y₀ RᵀR and so on. */
async function krylovPatterns(job: ModesJob): Promise<Float64Array[]> {
  const { nRows, nVectors, nPixels, nStars } = job.plan;
  const random = randomFrom(1);
  const basis: Float64Array[] = [];
  const patterns: Float64Array[] = [];
  let block = new Float64Array(nVectors * nRows);
  for (let e = 0; e < block.length; e++) block[e] = e % nRows < nStars ? uniformFloat64(random) - 0.5 : 0;
  for (let k = 1; k <= nBlocks; k++) {
    const rows = rowsOf(block, nRows);
    for (const row of rows) orthonormalize(row, basis);
    const products = await multiply(job, block, k < nBlocks);
    patterns.push(...rowsOf(products.patterns, nPixels));
    block = products.back;
  }
  return patterns;
}

function rowsOf(matrix: Float64Array, length: number): Float64Array[] {
  return Array.from({ length: matrix.length / length }, (_, j) => matrix.subarray(j * length, (j + 1) * length));
}

/** Fills the plan's residuals; returns each pixel's typical error, 0 where it has no model. */
export async function whiten({
  plan,
  set,
  model,
  starMask,
  workers,
  signal,
}: Omit<ModesJob, 'maxModes'>): Promise<Float64Array> {
  const { flux, ivar } = set;
  const { theta, scatter } = model;
  const ranges = rangesOf(plan.nPixels, residualBlockPixels);
  const error = new Float64Array(plan.nPixels);
  await runInOrder(
    workers,
    ranges.length,
    (k) => workers.run('whitenResiduals', { plan, flux, ivar, theta, scatter, starMask, ...ranges[k]! }),
    (part, k) => error.set(part, ranges[k]!.fromPixel),
    signal,
  );
  return error;
}

/** Y Rᵀ (nVectors × nPixels) and on request Y Rᵀ R (nVectors × nRows) for rows Y. */
async function multiply({ plan, workers, signal }: ModesJob, vectors: Float64Array, withBack: boolean) {
  const { nPixels, nRows, nVectors } = plan;
  const ranges = rangesOf(nPixels, residualBlockPixels);
  const patterns = new Float64Array(nVectors * nPixels);
  const back = new Float64Array(withBack ? nVectors * nRows : 0);
  setVectors(plan, vectors);
  await runInOrder(
    workers,
    ranges.length,
    (k) => workers.run('multiplyResiduals', { plan, ...ranges[k]!, back: withBack }),
    (part, k) => {
      const { fromPixel, toPixel } = ranges[k]!;
      const count = toPixel - fromPixel;
      for (let j = 0; j < nVectors; j++) {
        patterns.set(part.patterns.subarray(j * count, (j + 1) * count), j * nPixels + fromPixel);
      }
      for (let e = 0; e < back.length; e++) back[e]! += part.back[e]!;
    },
    signal,
  );
  return { patterns, back };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

/** Gram–Schmidt, twice, against `basis`, which the row then joins; a row that the others span becomes 0. */
function orthonormalize(row: Float64Array, basis: Float64Array[]): void {
  const before = dot(row, row);
  for (let pass = 0; pass < 2; pass++) {
    for (const other of basis) {
      const overlap = dot(row, other);
      for (let n = 0; n < row.length; n++) row[n]! -= overlap * other[n]!;
    }
  }
  const norm2 = dot(row, row);
  const factor = norm2 > 1e-20 * before ? 1 / Math.sqrt(norm2) : 0;
  for (let n = 0; n < row.length; n++) row[n]! *= factor;
  basis.push(row);
}

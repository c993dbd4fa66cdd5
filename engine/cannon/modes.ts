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
 * Method: subspace iteration from a fixed start. Cost: about 300 multiply-adds a star and pixel.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { randomFrom } from '../kernels/random';
import type { Model } from './model';
import type { TrainingSet } from './train';

const subspace = 24;
const iterations = 6;
const cutOff = 5;
/** Allows for the spread of the largest noise eigenvalue about its limit. */
const edgeMargin = 1.1;

/**
 * The modes, nModes × nPixels, row-major, in units of the continuum; each amplitude has variance 1.
 * `design` is η of all stars of `set`, `stars` those that trained `model`.
 * @throws the signal's reason when it aborts.
 */
export async function residualModes(
  model: Omit<Model, 'modes'>,
  set: TrainingSet,
  design: Float64Array,
  stars: readonly number[],
  maxModes: number,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const nPixels = model.waveAngstrom.length;
  const { residuals, error } = whitenedResiduals(model, set, design, stars);
  const width = Math.min(subspace, nPixels, stars.length);
  const random = randomFrom(1);
  let basis: Float64Array = Float64Array.from({ length: nPixels * width }, () => uniformFloat64(random) - 0.5);
  for (let k = 0; k < iterations; k++) {
    // Lets timers and signals in.
    await new Promise((resolve) => setTimeout(resolve, 0));
    signal?.throwIfAborted();
    orthonormalize(basis, nPixels, width);
    basis = timesTransposed(residuals, times(residuals, basis, nPixels, width), nPixels, width);
  }
  orthonormalize(basis, nPixels, width);
  const scores = new Matrix(toRows(times(residuals, basis, nPixels, width), width));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    scores.transpose().mmul(scores).div(stars.length),
    { assumeSymmetric: true },
  );
  const gamma = error.filter((e) => e > 0).length / stars.length;
  const edge = edgeMargin * (1 + Math.sqrt(gamma)) ** 2;
  const kept = realEigenvalues
    .map((lambda, column) => ({ lambda, column }))
    .filter(({ lambda }) => lambda > edge)
    .sort((a, b) => b.lambda - a.lambda)
    .slice(0, maxModes);

  const modes = new Float64Array(kept.length * nPixels);
  kept.forEach(({ lambda, column }, k) => {
    const half = (lambda + 1 - gamma) / 2;
    const amplitude = Math.sqrt(half + Math.sqrt(half * half - lambda) - 1);
    for (let p = 0; p < nPixels; p++) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += basis[p * width + j]! * eigenvectorMatrix.get(j, column);
      modes[k * nPixels + p] = sum * amplitude * error[p]!;
    }
  });
  return modes;
}

/** Residuals over their errors, a row a star, 0 where there is none; and each pixel's typical error, 0 where it has no model. */
function whitenedResiduals(
  { theta, scatter, terms }: Omit<Model, 'modes'>,
  { flux, ivar }: TrainingSet,
  design: Float64Array,
  stars: readonly number[],
): { residuals: Float32Array; error: Float64Array } {
  const [nTerms, nPixels] = [terms.length, scatter.length];
  const residuals = new Float32Array(stars.length * nPixels);
  const sumWeight = new Float64Array(nPixels);
  const count = new Int32Array(nPixels);
  stars.forEach((n, row) => {
    for (let p = 0; p < nPixels; p++) {
      const [f, iv, s] = [flux[n * nPixels + p]!, ivar[n * nPixels + p]!, scatter[p]!];
      if (!(iv > 0 && iv < Infinity && s < Infinity && Number.isFinite(f))) continue;
      let residual = f;
      for (let t = 0; t < nTerms; t++) residual -= theta[p * nTerms + t]! * design[n * nTerms + t]!;
      const weight = iv / (1 + iv * s * s);
      residuals[row * nPixels + p] = Math.max(-cutOff, Math.min(cutOff, residual * Math.sqrt(weight)));
      sumWeight[p]! += weight;
      count[p]!++;
    }
  });
  return { residuals, error: sumWeight.map((sum, p) => (count[p]! > 0 ? Math.sqrt(count[p]! / sum) : 0)) };
}

/** R B: a row a star. */
function times(rows: Float32Array, basis: Float64Array, nPixels: number, width: number): Float64Array {
  const nRows = rows.length / nPixels;
  const product = new Float64Array(nRows * width);
  for (let n = 0; n < nRows; n++) {
    for (let p = 0; p < nPixels; p++) {
      const x = rows[n * nPixels + p]!;
      if (x === 0) continue;
      for (let j = 0; j < width; j++) product[n * width + j]! += x * basis[p * width + j]!;
    }
  }
  return product;
}

/** Rᵀ Y: a row a pixel. */
function timesTransposed(rows: Float32Array, y: Float64Array, nPixels: number, width: number): Float64Array {
  const product = new Float64Array(nPixels * width);
  for (let n = 0; n < rows.length / nPixels; n++) {
    for (let p = 0; p < nPixels; p++) {
      const x = rows[n * nPixels + p]!;
      if (x === 0) continue;
      for (let j = 0; j < width; j++) product[p * width + j]! += x * y[n * width + j]!;
    }
  }
  return product;
}

/** Gram–Schmidt on the columns, each twice; a column that the others span becomes 0. */
function orthonormalize(basis: Float64Array, nRows: number, width: number): void {
  const dot = (a: number, b: number) => {
    let sum = 0;
    for (let p = 0; p < nRows; p++) sum += basis[p * width + a]! * basis[p * width + b]!;
    return sum;
  };
  for (let j = 0; j < width; j++) {
    const before = dot(j, j);
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < j; k++) {
        const overlap = dot(j, k);
        for (let p = 0; p < nRows; p++) basis[p * width + j]! -= overlap * basis[p * width + k]!;
      }
    }
    const norm2 = dot(j, j);
    const factor = norm2 > 1e-24 * before ? 1 / Math.sqrt(norm2) : 0;
    for (let p = 0; p < nRows; p++) basis[p * width + j]! *= factor;
  }
}

function toRows(values: Float64Array, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, n) => [...values.subarray(n * width, (n + 1) * width)]);
}

/**
 * Errors of the reference labels in training. Labels are taken as ℓ + δ with δ_i ~ N(0, e_i²), independent. To first order
 *   F = f(ℓ) + noise,  f(ℓ) = f(ℓ + δ) − Σ_i δ_i ∂f/∂ℓ_i,
 * so that the residual from the model at the labels as given has the variance σ² + s² + Σ_i (∂f/∂ℓ_i)² e_i² and not
 * σ² + s². Two ways to heed that:
 *
 * `inflate`: that sum, by the θ at hand, is added to σ² of each star and pixel, and the pixels are trained again, until s
 * stays. Lines that a badly known label shapes count less in that star, other pixels keep their say; s no longer holds
 * the labels' errors. Variances are held while θ is solved: letting the likelihood act on θ through them would draw θ
 * towards small derivatives.
 * `down-weight`: a star's errors, σ and s alike, are 1 / √g as large in all pixels, g = 2 / (1 + mean_i (e_i / ẽ_i)²) with
 * the median ẽ_i of each label's errors. A star with usual errors has g = 1, one with exact labels 2, one with errors
 * three times the usual 0.2: as if half of the variance of a usual residual came from the labels. No θ is needed; s is
 * that of a star with usual errors.
 *
 * Neither undoes that errors of labels draw slopes towards 0 (attenuation, by 1 / (1 + e² / variance of the label) in a
 * linear model whose stars are all alike); both lessen it, for the stars that cause it most count less.
 */
import { UserError } from '../problems';
import type { LabelInfo } from './model';
import type { TrainingSet } from './train';
import { vectorizeGradient, type Term } from './vectorizer';

export type LabelErrorMode = 'ignore' | 'inflate' | 'down-weight';

/**
 * e of each star and label, in the labels' units, nStars × nLabels: an unknown error is taken as the median of the known
 * ones, and a label without any is exact.
 * @throws UserError CAN307 when no label has an error.
 */
export function knownErrors({ labels, labelErrors, stars }: TrainingSet, model: string): Float64Array {
  const nLabels = labels.length;
  const errors = new Float64Array(stars.length * nLabels);
  let isAny = false;
  labels.forEach((_, i) => {
    const usual = usualError(labelErrors, nLabels, i);
    if (usual !== null) isAny = true;
    for (let n = 0; n < stars.length; n++) {
      const e = labelErrors?.[n * nLabels + i] ?? NaN;
      errors[n * nLabels + i] = isError(e) ? e : (usual ?? 0);
    }
  });
  if (!isAny) {
    throw new UserError(
      `The labels of model "${model}" have no errors that training could heed`,
      'Name the column of each label’s `error`, or set `training.labelErrors: ignore`.',
      'CAN307',
    );
  }
  return errors;
}

const isError = (e: number) => e >= 0 && e < Infinity;

/** The median of a label's errors, their mean where most are 0; null when no star has an error above 0. */
function usualError(errors: Float64Array | undefined, nLabels: number, label: number): number | null {
  const known = (errors ?? new Float64Array(0)).filter((e, k) => k % nLabels === label && isError(e)).sort();
  const median = known[known.length >> 1] ?? 0;
  if (median > 0) return median;
  const sum = known.reduce((total, e) => total + e, 0);
  return sum > 0 ? sum / known.length : null;
}

/** `down-weight`: g of each star. */
export function starWeights(set: TrainingSet, model: string): Float64Array {
  const nLabels = set.labels.length;
  const errors = knownErrors(set, model);
  const usual = set.labels.map((_, i) => usualError(set.labelErrors, nLabels, i));
  const nKnown = usual.filter((e) => e !== null).length;
  return Float64Array.from(set.stars, (_, n) => {
    let sum = 0;
    usual.forEach((e, i) => (sum += e === null ? 0 : (errors[n * nLabels + i]! / e) ** 2));
    return 2 / (1 + sum / nKnown);
  });
}

/** A range of pixels whose errors are to be inflated. */
export interface InflateJob {
  /** nStars × nPixels as measured; and where σ² + Σ (∂f/∂ℓ_i)² e_i² is written, as ivar. */
  readonly ivar: Float64Array;
  readonly inflated: Float64Array;
  readonly nPixels: number;
  readonly fromPixel: number;
  readonly toPixel: number;
  /** nPixels × nTerms of the model at hand. */
  readonly theta: Float64Array;
  readonly terms: readonly Term[];
  /** nStars × nLabels: standardized labels, and their errors in units of the labels' scales. */
  readonly labels: Float64Array;
  readonly errors: Float64Array;
  readonly nLabels: number;
}

/** A task: writes the inflated ivar of a range of pixels. Cost: a multiply-add a star, pixel, label and term that has it. */
export function inflateErrors(job: InflateJob): number {
  const { ivar, inflated, nPixels, fromPixel, toPixel, theta, terms, labels, errors, nLabels } = job;
  const nTerms = terms.length;
  const nStars = labels.length / nLabels;
  const gradient = new Float64Array(nTerms * nLabels);
  const [termOf, factor] = [new Int32Array(nTerms * nLabels), new Float64Array(nTerms * nLabels)];
  const ends = new Int32Array(nLabels);
  for (let n = 0; n < nStars; n++) {
    vectorizeGradient(labels.subarray(n * nLabels, (n + 1) * nLabels), terms, gradient);
    let used = 0;
    for (let i = 0; i < nLabels; i++) {
      const e = errors[n * nLabels + i]!;
      for (let t = 0; t < nTerms; t++) {
        const slope = gradient[t * nLabels + i]! * e;
        if (slope === 0) continue;
        termOf[used] = t;
        factor[used++] = slope;
      }
      ends[i] = used;
    }
    for (let p = fromPixel; p < toPixel; p++) {
      let variance = 0;
      for (let i = 0, k = 0; i < nLabels; i++) {
        let change = 0;
        for (; k < ends[i]!; k++) change += factor[k]! * theta[p * nTerms + termOf[k]!]!;
        variance += change * change;
      }
      const iv = ivar[n * nPixels + p]!;
      inflated[n * nPixels + p] = iv > 0 && iv < Infinity ? iv / (1 + iv * variance) : iv;
    }
  }
  return toPixel - fromPixel;
}

/** Standardized labels (0 where one is missing) and errors in units of the scales, as `inflateErrors` takes them. */
export function standardizedErrors(set: TrainingSet, labels: readonly LabelInfo[], errors: Float64Array) {
  const nLabels = labels.length;
  return {
    nLabels,
    labels: Float64Array.from(set.values, (x, k) => {
      const { pivot, scale } = labels[k % nLabels]!;
      return set.isMissing?.[k] === 1 ? 0 : (x - pivot) / scale;
    }),
    errors: Float64Array.from(errors, (e, k) => (set.isMissing?.[k] === 1 ? 0 : e / labels[k % nLabels]!.scale)),
  };
}

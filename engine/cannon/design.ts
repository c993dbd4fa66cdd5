/**
 * Reference stars as a design: which of them count, their labels standardized, and the terms of each.
 *
 * Pivot and scale are the mean and standard deviation of each label over the stars (Wheeler et al. 2020, §3), and the
 * terms must be told apart by the stars' labels. What cannot work is said here, before anything is trained.
 */
import { choleskyFactor } from '../kernels/cholesky';
import { accumulateNormal } from '../kernels/normalMatrix';
import { orthonormalBasis } from '../kernels/orthonormalBasis';
import { UserError } from '../problems';
import type { LabelInfo } from './model';
import type { TrainingSet } from './train';
import { minimumStars, selectRows } from './training';
import { termName, vectorize, type Term } from './vectorizer';
import { sharedNumbers } from './workers';

/** Pivot, scale and range of each label over the chosen stars. @throws UserError CAN301, CAN302, CAN303 */
export function describeLabels(
  { labels, values, stars, isMissing }: TrainingSet,
  chosen: readonly number[],
  model: string,
): LabelInfo[] {
  if (chosen.length === 0) {
    throw new UserError(
      `Model "${model}" has no reference stars`,
      'Loosen `quality` or the model’s `where`.',
      'CAN301',
    );
  }
  return labels.map(({ name, unit }, i) => {
    const having = isMissing ? chosen.filter((n) => isMissing[n * labels.length + i] === 0) : chosen;
    const column = having.map((n) => values[n * labels.length + i]!);
    const badIdx = column.findIndex((value) => !Number.isFinite(value));
    if (badIdx >= 0) {
      throw new UserError(
        `Label "${name}" of star ${stars[having[badIdx]!]!} is not a number`,
        'Leave stars without all labels out of the training set.',
        'CAN302',
      );
    }
    if (column.length === 0) {
      throw new UserError(
        `No reference star of model "${model}" has the label "${name}"`,
        'Leave that label out of the model, or check its column.',
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

/** η of the standardized labels, nStars × nTerms, in shared memory. A missing label stands at its pivot: where it counts, its star has no weight. */
export function designMatrix(set: TrainingSet, labels: readonly LabelInfo[], terms: readonly Term[]): Float64Array {
  const nLabels = labels.length;
  const design = sharedNumbers(set.stars.length * terms.length);
  const scaled = new Float64Array(nLabels);
  for (let n = 0; n < set.stars.length; n++) {
    labels.forEach(({ pivot, scale }, i) => {
      const k = n * nLabels + i;
      scaled[i] = set.isMissing?.[k] === 1 ? 0 : (set.values[k]! - pivot) / scale;
    });
    vectorize(scaled, terms, design, n * terms.length);
  }
  return design;
}

/** @throws UserError CAN304 for too few stars, CAN305 when their labels do not determine all coefficients. */
export function checkDesign(
  design: Float64Array,
  terms: readonly Term[],
  chosen: readonly number[],
  labels: readonly LabelInfo[],
  model: string,
): void {
  const nTerms = terms.length;
  if (chosen.length < minimumStars(nTerms)) {
    throw new UserError(
      `Model "${model}" has ${chosen.length} reference stars, too few for its ${nTerms} terms`,
      `Give it at least ${minimumStars(nTerms)} stars, or fewer labels.`,
      'CAN304',
    );
  }
  const rows = selectRows(design, chosen, nTerms);
  if (isClearlyRegular(rows, chosen.length, nTerms)) return;
  const { dependentColumn } = orthonormalBasis(rows, chosen.length, nTerms);
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

/** Whether the normal matrix has a Cholesky factor by a wide margin: cheaper than the orthogonal basis that decides. */
function isClearlyRegular(rows: Float64Array, nRows: number, nTerms: number): boolean {
  const normal = new Float64Array(nTerms * nTerms);
  const right = new Float64Array(nTerms);
  accumulateNormal(rows, new Float64Array(nRows).fill(1), new Float64Array(nRows), nRows, nTerms, normal, right);
  return choleskyFactor(normal, nTerms, 1e-8);
}

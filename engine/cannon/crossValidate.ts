/**
 * K-fold cross-validation: each star's labels from a model that has not seen it (Wheeler et al. 2020, §4).
 *
 * Stars that share a group (repeat spectra of one object) stay in one fold; otherwise the model would have seen them.
 * Folds depend on seed, groups and order of the stars alone. Pivot and scale are those of each fold's training stars.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { randomFrom } from '../kernels/random';
import type { LabelAgreement } from '../jobs/events';
import { UserError } from '../problems';
import { inferStar, type InferOptions, type LabelFit } from './infer';
import { trainModel, type TrainingSet, type TrainOptions } from './train';

export interface CrossValidateOptions extends Omit<TrainOptions, 'starMask' | 'onProgress'> {
  readonly folds: number;
  readonly seed: number;
  /** One a star; stars without a company have a group of their own. All stars stand alone when it is absent. */
  readonly groups?: readonly string[];
  readonly infer?: InferOptions;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface CrossValidation {
  /** The fold that each star was held out in. */
  readonly foldOf: Int32Array;
  /** One a star, from the model of the other folds. */
  readonly fits: readonly LabelFit[];
  /** One a label. */
  readonly agreement: readonly LabelAgreement[];
}

/**
 * Trains `folds` models and infers the labels of the stars that each has not seen.
 * @throws UserError CAN310 for fewer than two folds or more folds than groups, and what `trainModel` throws.
 */
export async function crossValidate(set: TrainingSet, options: CrossValidateOptions): Promise<CrossValidation> {
  const { folds, seed, groups = set.stars.map((_, n) => String(n)), infer, onProgress, ...training } = options;
  const foldOf = assignFolds(groups, folds, seed);
  const nPixels = set.waveAngstrom.length;
  const total = folds * nPixels;
  const fits = new Array<LabelFit>(set.stars.length);
  for (let fold = 0; fold < folds; fold++) {
    const model = await trainModel(set, {
      ...training,
      starMask: Uint8Array.from(foldOf, (f) => (f === fold ? 0 : 1)),
      onProgress: (done) => onProgress?.(fold * nPixels + done, total),
    });
    foldOf.forEach((f, n) => {
      const row = [n * nPixels, (n + 1) * nPixels] as const;
      if (f === fold) fits[n] = inferStar(model, set.flux.subarray(...row), set.ivar.subarray(...row), infer);
    });
  }
  const nLabels = set.labels.length;
  const agreements = set.labels.map(({ name, unit }, i) => ({
    label: name,
    unit,
    ...agreement(
      fits.map((fit) => fit.labels[i]!),
      fits.map((_, n) => set.values[n * nLabels + i]!),
    ),
  }));
  return { foldOf, fits, agreement: agreements };
}

/** Shuffles the groups by `seed`, then deals each to the fold with the fewest stars so far. */
export function assignFolds(groups: readonly string[], folds: number, seed: number): Int32Array {
  const members = new Map<string, number[]>();
  groups.forEach((group, n) => members.set(group, [...(members.get(group) ?? []), n]));
  if (!Number.isInteger(folds) || folds < 2 || folds > members.size) {
    throw new UserError(
      `Cannot divide ${members.size} stars into ${folds} folds`,
      'Set `crossValidation.folds` to a whole number from 2 to the number of reference stars.',
      'CAN310',
    );
  }
  const order = [...members.values()];
  const random = randomFrom(seed);
  for (let k = order.length - 1; k > 0; k--) {
    const other = uniformInt(random, 0, k);
    [order[k], order[other]] = [order[other]!, order[k]!];
  }
  const foldOf = new Int32Array(groups.length);
  const sizes = new Int32Array(folds);
  for (const stars of order) {
    const fold = sizes.indexOf(Math.min(...sizes));
    for (const n of stars) foldOf[n] = fold;
    sizes[fold]! += stars.length;
  }
  return foldOf;
}

/**
 * How inferred labels agree with reference labels, over the stars that have both. All NaN when none has.
 * scatter: half the 16–84 % width of the difference; bias: its median; correlation: Pearson's r.
 */
export function agreement(
  inferred: ArrayLike<number>,
  reference: ArrayLike<number>,
): Pick<LabelAgreement, 'scatter' | 'bias' | 'correlation'> {
  const pairs: [number, number][] = [];
  for (let n = 0; n < inferred.length; n++) {
    if (Number.isFinite(inferred[n]!) && Number.isFinite(reference[n]!)) pairs.push([inferred[n]!, reference[n]!]);
  }
  const difference = Float64Array.from(pairs, ([x, y]) => x - y).sort();
  const [meanX, meanY] = [0, 1].map((k) => pairs.reduce((sum, pair) => sum + pair[k]!, 0) / pairs.length) as [
    number,
    number,
  ];
  let [xx, xy, yy] = [0, 0, 0];
  for (const [x, y] of pairs) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
    yy += (y - meanY) ** 2;
  }
  return {
    scatter: (quantile(difference, 0.84) - quantile(difference, 0.16)) / 2,
    bias: quantile(difference, 0.5),
    correlation: xy / Math.sqrt(xx * yy),
  };
}

/** Of a sorted array, interpolated between order statistics; NaN when it is empty. */
function quantile(sorted: Float64Array, fraction: number): number {
  const position = fraction * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted.length === 0 ? NaN : sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

/**
 * Folds of cross-validation that split no group: spectra of one star (`reference/starGroups.ts`) are never seen together by a model
 * and its test.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { randomFrom } from '../kernels/random';
import { UserError } from '../problems';

/** Shuffles the groups by `seed`, then deals each to the fold with the fewest stars so far. */
export function assignFolds(groups: ArrayLike<string | number>, folds: number, seed: number): Int32Array {
  const order = membersOf(groups);
  if (!Number.isInteger(folds) || folds < 2 || folds > order.length) {
    throw new UserError(
      `Cannot divide ${order.length} stars into ${folds} folds`,
      'Set `crossValidation.folds` to a whole number from 2 to the number of reference stars.',
      'CAN310',
    );
  }
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

/** The spectra of each group, in the order of their first ones. */
export function membersOf(groups: ArrayLike<string | number>): number[][] {
  const members = new Map<string | number, number[]>();
  for (let n = 0; n < groups.length; n++) {
    const known = members.get(groups[n]!);
    if (known === undefined) members.set(groups[n]!, [n]);
    else known.push(n);
  }
  return [...members.values()];
}

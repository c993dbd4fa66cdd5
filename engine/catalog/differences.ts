/**
 * How wide the differences between a star's observations are in a catalog, label by label, in units of their errors.
 *
 * Formal errors do not know the errors of θ, and so can be too small, by a factor that differs from label to label. The stars that were observed
 * more than once tell it: all but a few of them are what they were, so the width is that of a normal distribution with the same 98th
 * percentile, as in `surprise.ts`; never below 1. Too few such stars tell nothing, and errors count as they are stated.
 */
import { join } from 'node:path';
import { ManyNumbers } from './manyNumbers';
import type { ObservationRecord } from './observationRecord';
import { largestDifference } from './starObservations';

/** Of the stars observed more than once this part is taken to be without oddities, and the deviate of a normal distribution there. */
const part = 0.98;
const deviate = 2.3263;
/** Fewer stars have no such percentile. */
const leastStars = 40;

export class DifferenceWidths {
  readonly #differences: readonly ManyNumbers[];

  /** @param folder for files where memory does not do; it exists. */
  constructor(
    folder: string,
    private readonly labels: readonly string[],
  ) {
    this.#differences = labels.map((_, k) => new ManyNumbers(join(folder, `differences-${k}.part`)));
  }

  /** @param observations of one star, with labels of one model. */
  add(observations: readonly ObservationRecord[]): void {
    this.labels.forEach((name, k) => {
      const difference = largestDifference(observations.length, 1, (n) => [
        observations[n]!.number(name),
        observations[n]!.number(`e_${name}`),
      ]);
      if (!Number.isNaN(difference)) this.#differences[k]!.add(difference);
    });
  }

  /** One a label, at least 1. */
  widths(): Float64Array {
    return Float64Array.from(this.#differences, (all) =>
      all.count < leastStars ? 1 : Math.max(1, all.quantiles([part])[0]! / deviate),
    );
  }

  close(): void {
    for (const all of this.#differences) all.close();
  }
}

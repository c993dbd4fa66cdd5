/**
 * What every average over a star's observations goes by, in tables of labels and in catalogs (docs/catalog.md): the star's model is that
 * of its observation with labels that has the highest S/N, and the observations whose labels are of that model count.
 */

/** What of an observation says whether it counts. */
export interface Weighed {
  /** 0 for none. */
  readonly snr: number;
  readonly isLabelled: boolean;
  /** Name of the model that the labels are of. */
  readonly model: string;
}

export interface Counted {
  /** Index of the observation with labels and the highest S/N, the first of equal ones; of all where none has labels. */
  readonly best: number;
  /** One an observation: whether its labels are averaged. */
  readonly isCounted: readonly boolean[];
  /** Whether all labels are of one model. */
  readonly isOfOneModel: boolean;
}

/** @param observations at least one */
export function countedAmong(observations: readonly Weighed[]): Counted {
  const any = observations.some(({ isLabelled }) => isLabelled);
  let best = -1;
  observations.forEach(({ snr, isLabelled }, n) => {
    if ((isLabelled || !any) && (best < 0 || snr > observations[best]!.snr)) best = n;
  });
  const { model } = observations[best]!;
  const isCounted = observations.map((one) => one.isLabelled && one.model === model);
  return { best, isCounted, isOfOneModel: observations.every((one, n) => isCounted[n] === one.isLabelled) };
}

/**
 * The largest difference of two observations in a label, |xᵢ − xⱼ| / √(σᵢ² + σⱼ²); NaN where there are no two.
 * @param label value and error of label k in observation n; NaN where they are not known
 */
export function largestDifference(
  nObservations: number,
  nLabels: number,
  label: (n: number, k: number) => readonly [value: number, error: number],
): number {
  let largest = NaN;
  for (let k = 0; k < nLabels; k++)
    for (let i = 0; i < nObservations; i++) {
      const [value, error] = label(i, k);
      for (let j = i + 1; j < nObservations; j++) {
        const [other, otherError] = label(j, k);
        const difference = Math.abs(value - other) / Math.hypot(error, otherError);
        if (Number.isFinite(difference) && !(difference <= largest)) largest = difference;
      }
    }
  return largest;
}

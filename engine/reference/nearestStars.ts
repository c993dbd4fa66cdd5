/**
 * The training stars whose labels are nearest to given ones. Distance is Euclidean in standardized labels: each divided by its
 * standard deviation over the training stars of the model, as its vectorizer does. Labels that are not known on either side are
 * left out, and the sum is scaled up to all labels, so that a gap neither nears nor removes a star. Pure.
 */
import type { ModelTrainingSet } from './trainingSet';

export interface NearStar {
  /** Index into `set.stars`. */
  readonly index: number;
  /** In standard deviations. */
  readonly distance: number;
}

/**
 * At most `count`, the nearest first; of equals the earlier.
 * @param labels in the order of the model's; NaN where not known
 * @param isSkipped stars that do not count, such as the one that is asked about
 */
export function nearestStars(
  { model, stars }: ModelTrainingSet,
  labels: readonly number[],
  count: number,
  isSkipped: (spectrumIdx: number) => boolean = () => false,
): NearStar[] {
  const scales = model.labels.map((_, i) => deviation(stars.map((star) => star.labels[i]!)));
  const nearest: NearStar[] = [];
  stars.forEach((star, index) => {
    if (isSkipped(star.spectrumIdx)) return;
    let [sum, nKnown] = [0, 0];
    scales.forEach((scale, i) => {
      const difference = (labels[i]! - star.labels[i]!) / scale;
      if (!Number.isFinite(difference)) return;
      sum += difference * difference;
      nKnown++;
    });
    if (nKnown === 0) return;
    const distance = Math.sqrt((sum * scales.length) / nKnown);
    if (nearest.length === count && !(distance < nearest.at(-1)!.distance)) return;
    const place = nearest.findIndex((other) => distance < other.distance);
    nearest.splice(place < 0 ? nearest.length : place, 0, { index, distance });
    if (nearest.length > count) nearest.pop();
  });
  return nearest;
}

/** About the mean, over what is finite; NaN of a label that is the same everywhere, for it tells no stars apart. */
function deviation(values: readonly number[]): number {
  const known = values.filter(Number.isFinite);
  const mean = known.reduce((sum, x) => sum + x, 0) / known.length;
  const variance = known.reduce((sum, x) => sum + (x - mean) ** 2, 0) / known.length;
  return variance > 0 ? Math.sqrt(variance) : NaN;
}

/**
 * How cost grows with stars, pixels and labels: one of them at a time goes up from a middling size, and the slope of log
 * seconds over log count, by least squares, is the exponent. Processor time of all threads; the best of two runs.
 */
import type { Size } from './mockSurvey';

/** Seconds of processor time. */
export interface Cost {
  readonly training: number;
  /** Of one star. */
  readonly inference: number;
}

const base: Size = { nStars: 800, nPixels: 1000, nLabels: 8 };
const steps = {
  stars: [500, 1000, 2000, 4000].map((nStars) => ({ ...base, nStars })),
  pixels: [500, 1000, 2000, 4000].map((nPixels) => ({ ...base, nPixels })),
  labels: [4, 6, 8, 10, 12].map((nLabels) => ({ ...base, nLabels })),
};
const countOf = {
  stars: ({ nStars }: Size) => nStars,
  pixels: ({ nPixels }: Size) => nPixels,
  labels: ({ nLabels }: Size) => nLabels,
};

/** One line for each of stars, pixels and labels. */
export async function growth(measure: (size: Size) => Promise<Cost>): Promise<string[]> {
  const lines = [`growth from ${base.nStars} stars × ${base.nPixels} pixels × ${base.nLabels} labels`];
  await measure(base); // compiles and warms up
  for (const what of ['stars', 'pixels', 'labels'] as const) {
    const costs: Cost[] = [];
    for (const size of steps[what]) {
      const [a, b] = [await measure(size), await measure(size)];
      costs.push({ training: Math.min(a.training, b.training), inference: Math.min(a.inference, b.inference) });
    }
    const counts = steps[what].map(countOf[what]);
    const inWords = (key: keyof Cost) =>
      `${key} ${exponent(
        counts,
        costs.map((cost) => cost[key]),
      ).toFixed(2)}`;
    lines.push(
      `  ${what.padEnd(16)} ${inWords('training')}, ${inWords('inference')} (of one star), at ${counts.join(', ')}`,
    );
  }
  return lines;
}

/** The slope of log y over log x. */
function exponent(x: readonly number[], y: readonly number[]): number {
  const [u, v] = [x.map(Math.log), y.map(Math.log)];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanU, meanV] = [mean(u), mean(v)];
  const covariance = mean(u.map((value, k) => (value - meanU) * (v[k]! - meanV)));
  return covariance / mean(u.map((value) => (value - meanU) ** 2));
}

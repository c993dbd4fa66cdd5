/**
 * How cost grows with stars, pixels and labels: one of them at a time goes up from a middling size, and the slope of log
 * cost over log count, by least squares, is the exponent. A cost is processor time of all threads in units of the product's speed
 * around it in the same run, so that a machine that others use counts less; rounds of all sizes take turns, and the least
 * of each counts. The error is that of the slope, from how far the points lie off the line.
 */
import type { Size } from './mockSurvey';

/** Flops that the product would have done in that time. */
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
const rounds = 3;

/** One line for each of stars, pixels and labels. */
export async function growth(measure: (size: Size) => Promise<Cost>): Promise<string[]> {
  const lines = [`growth from ${base.nStars} stars × ${base.nPixels} pixels × ${base.nLabels} labels`];
  for (const what of ['stars', 'pixels', 'labels'] as const) {
    const sizes = steps[what];
    // Each size compiles and warms up what it needs.
    for (const size of sizes) await measure({ ...size, nPixels: Math.min(size.nPixels, 256) });
    const all: Cost[][] = sizes.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [k, size] of sizes.entries()) all[k]!.push(await measure(size));
    }
    const counts = sizes.map(countOf[what]);
    const inWords = (key: keyof Cost) => {
      const { slope, error } = fitSlope(
        counts.map(Math.log),
        all.map((costs) => Math.log(Math.min(...costs.map((cost) => cost[key])))),
      );
      return `${key} ${slope.toFixed(2)} ± ${error.toFixed(2)}`;
    };
    lines.push(
      `  ${what.padEnd(16)} ${inWords('training')}, ${inWords('inference')} (of one star), at ${counts.join(', ')}`,
    );
  }
  return lines;
}

/** The slope of y over x, and its error from the residuals. */
function fitSlope(x: readonly number[], y: readonly number[]): { slope: number; error: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  const spread = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  const slope = x.reduce((sum, value, k) => sum + (value - meanX) * (y[k]! - meanY), 0) / spread;
  const off = y.reduce((sum, value, k) => sum + (value - meanY - slope * (x[k]! - meanX)) ** 2, 0);
  return { slope, error: Math.sqrt(off / (x.length - 2) / spread) };
}

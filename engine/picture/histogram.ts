/** Histograms of several samples over one range, as densities. Pure. */
import type { Range } from './ticks';
import { linePath } from './svg';
import type { Frame } from './frame';

export interface Histogram {
  readonly range: Range;
  /** Density in each bin: the share of all values per unit. */
  readonly density: Float64Array;
  /** Its Poisson error. */
  readonly error: Float64Array;
}

/** Values beyond the range count for the density, but in no bin. */
export function histogramOf(values: ArrayLike<number>, range: Range, nBins: number): Histogram {
  const counts = new Float64Array(nBins);
  const width = (range.to - range.from) / nBins;
  for (let k = 0; k < values.length; k++) {
    const bin = Math.floor((values[k]! - range.from) / width);
    if (bin >= 0 && bin < nBins) counts[bin]!++;
  }
  const scale = 1 / (Math.max(1, values.length) * width);
  return { range, density: counts.map((n) => n * scale), error: counts.map((n) => Math.sqrt(n) * scale) };
}

/** The outline as steps, down to zero at both ends. */
export function stepsPath({ range, density }: Histogram, frame: Frame): string {
  const width = (range.to - range.from) / density.length;
  const points: [number, number][] = [[frame.toX(range.from), frame.toY(0)]];
  density.forEach((value, k) => {
    points.push([frame.toX(range.from + k * width), frame.toY(value)]);
    points.push([frame.toX(range.from + (k + 1) * width), frame.toY(value)]);
  });
  points.push([frame.toX(range.to), frame.toY(0)]);
  return linePath(points);
}

/** A curve through the middles of the bins. */
export function curvePath({ range, density }: Histogram, frame: Frame): string {
  const width = (range.to - range.from) / density.length;
  return linePath(
    Array.from(density, (value, k) => [frame.toX(range.from + (k + 0.5) * width), frame.toY(value)] as const),
  );
}

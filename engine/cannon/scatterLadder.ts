/**
 * Where the search for the scatter of 4 pixels starts. L may have several maxima when σ_n differ by orders of magnitude:
 * the start is the best rung of a ladder, 0 and then factors of 16, for residuals as they stand.
 */
import type { Kernels } from '../kernels/kernels';

export interface Ladder {
  /** The rung with the highest likelihood, one a lane. */
  readonly best: Float64Array;
  /** The largest squared residual: no maximum lies above. */
  readonly highest: Float64Array;
}

/** Byte offsets: a panel's variances and residuals, and room for 8 doubles. */
export function climbLadder(
  kernels: Kernels,
  f: Float64Array,
  nRows: number,
  variance: number,
  residual: number,
  room: number,
): Ladder {
  const [floor, highest] = [new Float64Array(4).fill(Infinity), new Float64Array(4)];
  for (let e = 0; e < 4 * nRows; e++) {
    const lane = e & 3;
    const sigma2 = f[variance / 8 + e]!;
    if (sigma2 === Infinity) continue;
    if (sigma2 < floor[lane]!) floor[lane] = sigma2;
    const r2 = f[residual / 8 + e]! ** 2;
    if (r2 > highest[lane]!) highest[lane] = r2;
  }
  const [v, out] = [room / 8, room / 8 + 4];
  const best = new Float64Array(4);
  const bestLogL = new Float64Array(4).fill(-Infinity);
  const rungs = Math.max(0, ...highest.map((high, lane) => Math.log2(high / (1e-3 * floor[lane]!)) / 4));
  for (let rung = -1; rung < Math.min(rungs, 64); rung++) {
    for (let lane = 0; lane < 4; lane++) f[v + lane] = rung < 0 ? 0 : 1e-3 * floor[lane]! * 16 ** rung;
    kernels.logLikelihood(nRows, variance, residual, room, room + 32);
    for (let lane = 0; lane < 4; lane++) {
      // Rungs above a pixel's largest residual are there for its neighbours: it must not depend on them.
      const own = rung < 0 || f[v + lane]! <= highest[lane]!;
      if (own && f[out + lane]! > bestLogL[lane]!) [best[lane], bestLogL[lane]] = [f[v + lane]!, f[out + lane]!];
    }
  }
  return { best, highest };
}

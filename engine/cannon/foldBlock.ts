/**
 * All folds of a cross-validation from two passes over the stars, in place of one training each.
 *
 * Sums over stars are kept per fold, and those of the other folds are differences: A₋ₖ = A − Aₖ. At some v
 * near the optimum of the whole sample, with its θ and residuals r there and sums over the stars of fold k marked so:
 *   δ = θ₋ₖ − θ = −A₋ₖ⁻¹ Σₖ w r η          (the gradient of the whole sample is 0)
 *   u = Σ₋ₖ w² r₋ₖ η = Σ₋ₖ w² r η − B₋ₖ δ,   B = Σ w² η ηᵀ
 *   Σ₋ₖ w² r₋ₖ² = Σ₋ₖ w² r² − δ · (Σ₋ₖ w² r η + u)
 * give dL₋ₖ/dv exactly, and with y = A₋ₖ⁻¹ u its derivative but for Σ w³ η ηᵀ, which is taken as B Σ w³ / Σ w². One
 * tangent step (`scatterRoot.ts`) leads to v₋ₖ, and θ follows to second order,
 *   θ₋ₖ(v + Δ) = θ₋ₖ − Δ y + Δ² A₋ₖ⁻¹ (Σ₋ₖ w³ r₋ₖ η − B₋ₖ y).
 * What that neglects is of third order; where the estimate of it is not small, the fold is to be trained by itself.
 */
import type { PixelBlock } from './pixelBlock';
import { nextOnTangent } from './scatterRoot';
import { triangle } from './trainingPlan';

export interface FoldFit {
  readonly theta: Float64Array;
  readonly v: number;
  /** False where the step was too long, or the matrix too near singular: θ is a start, no result. */
  readonly trusted: boolean;
}

/** The largest neglected part of θ, in units of its error, that a fold may keep; of REML more is neglected than is
 * estimated, since its degrees of freedom follow v only roughly. */
const largestNeglect = { ml: 6e-3, reml: 3e-3 };
/** Steps longer than this fraction of σ² + v are outside the range of the expansion. */
const longestStep = 0.25;

/** Fits of every fold, [fold][column]; `block` is loaded, and `v` holds one for each column. */
export function fitFolds(block: PixelBlock, v: Float64Array): FoldFit[][] {
  const nFolds = block.plan.foldStarts.length - 1;
  accumulate(block, v);
  const sums = scalarSums(block);
  const fits: FoldFit[][] = Array.from({ length: nFolds }, () => []);
  // A fold's moments serve all panels while they are in the cache.
  for (let fold = 0; fold < nFolds; fold++) {
    for (let c = 0; c < block.width; c += 4) fits[fold]!.push(...fitPanel(block, sums, v, c, fold));
  }
  return fits.map((row) => row.slice(0, block.columns.length));
}

/** Moments of w and w² and the sums with r, per fold and in all; leaves θ of the whole sample. */
function accumulate(block: PixelBlock, v: Float64Array): void {
  const { kernels, plan, at, width, f } = block;
  const { nRows, nMonomials, nTerms } = plan;
  f.set(v.subarray(0, width), at.v / 8);
  const perFold = (fill: (part: number, from: number, to: number) => void, parts: readonly number[], count: number) => {
    const total = parts.at(-1)! / 8;
    f.fill(0, total, total + count);
    for (let fold = 0; fold + 1 < plan.foldStarts.length; fold++) {
      fill(parts[fold]!, plan.foldStarts[fold]!, plan.foldStarts[fold + 1]!);
      kernels.add(count, parts[fold]!, parts.at(-1)!);
    }
  };
  const moments = (parts: readonly number[]) =>
    perFold(
      (part, from, to) => kernels.gemm(nMonomials, width, nRows, plan.monomials, at.weight, part, from, to, 0),
      parts,
      nMonomials * width,
    );
  const rights = (columns: number, parts: readonly number[]) =>
    perFold((part, from, to) => block.designTimes(columns, part, from, to), parts, ((nTerms + 3) & ~3) * width);

  kernels.weigh(width, nRows, 1, at.variance, at.flux, at.v, at.weight, at.weighted);
  moments(at.foldMoments);
  block.designTimes(at.weighted, at.right);
  block.solveTheta(at.foldMoments.at(-1)!, at.right);
  block.refine();
  kernels.applyDesign(width, nRows, nTerms, plan.design, at.theta, at.flux, at.residual, 1);
  kernels.weigh(width, nRows, 1, at.variance, at.residual, at.v, at.weight, at.weighted);
  rights(at.weighted, at.foldSums[0]!);
  kernels.multiplyWeightSquared(width * nRows, at.weight, at.weighted, at.slope);
  rights(at.slope, at.foldSums[2]!);
  kernels.weigh(width, nRows, 2, at.variance, at.residual, at.v, at.weight, at.weighted);
  rights(at.weighted, at.foldSums[1]!);
  moments(at.foldMoments2);
}

/** Of the stars outside a fold: their number, Σ w, Σ w², Σ w³, Σ w² r², Σ w³ r², Σ w⁴ r². */
const nSums = 7;

/** [fold or all][column][nSums], over the stars of each fold; `at.weight` holds w². */
function scalarSums(block: PixelBlock): Float64Array {
  const { plan, at, width, f } = block;
  const nFolds = plan.foldStarts.length - 1;
  const sums = new Float64Array((nFolds + 1) * width * nSums);
  for (let fold = 0; fold < nFolds; fold++) {
    for (let c = 0; c < width; c++) {
      const to = (fold * width + c) * nSums;
      const base = (c & ~3) * plan.nRows + (c & 3);
      for (let n = plan.foldStarts[fold]!; n < plan.foldStarts[fold + 1]!; n++) {
        const w2 = f[at.weight / 8 + base + 4 * n]!;
        if (w2 === 0) continue;
        const w = Math.sqrt(w2);
        const w2r2 = f[at.weighted / 8 + base + 4 * n]! * f[at.residual / 8 + base + 4 * n]!;
        sums[to]!++;
        sums[to + 1]! += w;
        sums[to + 2]! += w2;
        sums[to + 3]! += w * w2;
        sums[to + 4]! += w2r2;
        sums[to + 5]! += w * w2r2;
        sums[to + 6]! += w2 * w2r2;
      }
      for (let k = 0; k < nSums; k++) sums[(nFolds * width + c) * nSums + k]! += sums[to + k]!;
    }
  }
  return sums;
}

/** One fold of a panel of 4 columns, left out. */
function fitPanel(block: PixelBlock, sums: Float64Array, v: Float64Array, c: number, fold: number): FoldFit[] {
  const { kernels, plan, at, f } = block;
  const { nTerms } = plan;
  const matrices = foldMatrices(block, c, fold);
  const { factor, b, solvable, taken } = matrices;
  const [delta, u, y, bTimes, , thirds] = at.vectors as [number, number, number, number, number, number];
  const { each, dot } = vectorsOf(block);

  block.takeRight(at.foldSums[0]![fold]!, c, delta);
  each((e) => (f[delta / 8 + e] = -f[delta / 8 + e]!));
  block.solveVector(c, factor, delta);
  takeOutside(block, at.foldSums[1]!, c, fold, u); // Σ w² r η, r of the whole sample
  const throughDelta = dot(delta, u);
  kernels.symmetricMultiply(nTerms, b, delta, bTimes);
  each((e) => (f[u / 8 + e]! -= f[bTimes / 8 + e]!));
  each((e) => (f[y / 8 + e] = f[u / 8 + e]!));
  block.solveVector(c, factor, y);
  const outside = lanes.map((lane) => sumsOutside(block, sums, fold, c + lane));
  takeOutside(block, at.foldSums[2]!, c, fold, thirds);
  each((e) => (f[thirds / 8 + e]! -= outside[e & 3]!.ratio * f[bTimes / 8 + e]!)); // Σ w³ r₋ₖ η

  const uy = dot(u, y);
  const squares = lanes.map((lane) => outside[lane]!.w2r2 - throughDelta[lane] - dot(delta, u)[lane]);
  const throughCubes = lanes.map(
    (lane) => 2 * dot(delta, thirds)[lane] + outside[lane]!.ratio * dot(delta, bTimes)[lane],
  );
  kernels.symmetricMultiply(nTerms, b, y, bTimes);
  const steps = outside.map(({ w, w2, w3, w2r2, w3r2, w4r2 }, lane) => {
    const rest = Math.max(0, 1 - taken[lane]! / w);
    const derivative = rest * w2 - 2 * (w3r2 - throughCubes[lane]!) + 2 * uy[lane]!;
    const fourths = (w4r2 * squares[lane]!) / w2r2 + dot(y, bTimes)[lane]!;
    const curvature = 6 * fourths - 2 * rest * w3 - 12 * dot(y, thirds)[lane]!;
    return stepOf(v[c + lane]!, squares[lane]! - rest * w, derivative, curvature);
  });
  each((e) => (f[thirds / 8 + e]! -= f[bTimes / 8 + e]!));
  block.solveVector(c, factor, thirds);
  return steps.map((step, lane) => {
    const theta = Float64Array.from({ length: nTerms }, (_, t) => {
      const e = 4 * t + lane;
      const whole = f[at.theta / 8 + c * nTerms + e]!;
      return whole + f[delta / 8 + e]! - step * (f[y / 8 + e]! - step * f[thirds / 8 + e]!);
    });
    const relative = (Math.abs(step) * outside[lane]!.w) / outside[lane]!.count;
    const neglect = Math.abs(step) * Math.sqrt(uy[lane]!) * relative;
    const trusted =
      solvable[lane] === 1 && relative < longestStep && neglect < largestNeglect[block.data.scatterEstimator ?? 'ml'];
    return { theta, v: Number.isFinite(step) ? v[c + lane]! + step : v[c + lane]!, trusted };
  });
}

const lanes = [0, 1, 2, 3] as const;

/** Factors of A₋ₖ, B₋ₖ, and the degrees of freedom that θ takes where the likelihood is the restricted one, else 0. */
function foldMatrices(block: PixelBlock, c: number, fold: number) {
  const { kernels, plan, at, width } = block;
  const size = triangle(plan.nTerms);
  const all = plan.foldStarts.length - 1;
  const [factor, b] = [at.matrix, block.factorOf(c)];
  const outside = (moments: readonly number[], to: number) =>
    kernels.subtractUnfolded(size, width, c, plan.index, moments[all]!, moments[fold]!, to);
  outside(at.foldMoments, factor);
  block.constraints.apply(factor, c);
  const solvable = block.factorMatrix(factor);
  outside(at.foldMoments2, b);
  const restricted = block.data.scatterEstimator === 'reml';
  return { factor, b, solvable, taken: restricted ? block.traceOfSolved(c, factor, b) : new Float64Array(4) };
}

/** Loops over the vectors of a panel, [nTerms][4]. */
function vectorsOf({ f, plan }: PixelBlock) {
  const length = 4 * plan.nTerms;
  return {
    each: (act: (e: number) => void) => {
      for (let e = 0; e < length; e++) act(e);
    },
    /** p · q in each lane. */
    dot: (p: number, q: number): [number, number, number, number] => {
      const sums: [number, number, number, number] = [0, 0, 0, 0];
      for (let e = 0; e < length; e++) sums[e & 3]! += f[p / 8 + e]! * f[q / 8 + e]!;
      return sums;
    },
  };
}

/** Right-hand sides of a panel, summed over the stars outside a fold. */
function takeOutside(block: PixelBlock, parts: readonly number[], c: number, fold: number, to: number): void {
  const { f, at, plan } = block;
  const scratch = at.vectors[4]!;
  block.takeRight(parts.at(-1)!, c, to);
  block.takeRight(parts[fold]!, c, scratch);
  for (let e = 0; e < 4 * plan.nTerms; e++) f[to / 8 + e]! -= f[scratch / 8 + e]!;
}

/** The sums over the stars outside a fold. */
function sumsOutside({ plan, width }: PixelBlock, sums: Float64Array, fold: number, column: number) {
  const nFolds = plan.foldStarts.length - 1;
  const at = (part: number, k: number) => sums[(part * width + column) * nSums + k]!;
  const outside = (k: number) => at(nFolds, k) - at(fold, k);
  const [w2, w3] = [outside(2), outside(3)];
  return {
    count: outside(0),
    w: outside(1),
    w2,
    w3,
    w2r2: outside(4),
    w3r2: outside(5),
    w4r2: outside(6),
    ratio: w2 > 0 ? w3 / w2 : 0,
  };
}

/**
 * From v to the root of the gradient, but not below 0; NaN when there is none in sight. The root is that of the curve
 * S / x² − M / x of `scatterRoot.ts` whose second derivative agrees as well: that decides what x is at v.
 */
function stepOf(v: number, gradient: number, derivative: number, curvature: number): number {
  if (v === 0 && gradient <= 0) return 0;
  const x = (Math.sqrt(4 * derivative ** 2 - 2 * gradient * curvature) - 2 * derivative) / curvature;
  if (!(x > 0 && derivative < 0)) return NaN;
  return Math.max(nextOnTangent(v, x - v, gradient, derivative), 0) - v;
}

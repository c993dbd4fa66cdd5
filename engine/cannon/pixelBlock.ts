/**
 * A block of pixels at work in kernel memory: weighted least squares and the derivatives of the likelihood in v = s²,
 * for all pixels of the block at once. The mathematics is told in `training.ts`; here it is arranged in products.
 *
 * One evaluation at v: moments Z W (one pass), factors of the normal matrices A they unfold to, θ = A⁻¹ Xᵀ W f,
 * residuals r, y = A⁻¹ Xᵀ W² r = −dθ/dv. Then r is linear in v, dr/dv = X y, and v moves to where dL/dv = 0 on it.
 * Cost, in passes of nMonomials × nStars × nPixels: 1 + 4 nTerms / nMonomials and nTerms³ / 6 for the factors.
 */
import { bufferOf, kernelsFor, type Kernels } from '../kernels/kernels';
import { Constraints, type Column, type ConstraintData } from './constraints';
import { climbLadder } from './scatterLadder';
import { ScatterRoot } from './scatterRoot';
import { BlockLayout, packedIndex, triangle, type TrainingPlan } from './trainingPlan';

export type { Column } from './constraints';

export interface BlockData extends ConstraintData {
  /** nStars × nPixels, star-major, may lie in shared memory. */
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
  readonly nPixels: number;
  /** 'reml' corrects s for the degrees of freedom that θ takes; 'ml' (the paper's) is biased low by T / N. */
  readonly scatterEstimator?: 'ml' | 'reml';
}

/** The smallest relative pivot at which normal equations still leave θ several digits; below, orthogonal factors serve. */
const leastPivot = 1e-10;

export class PixelBlock {
  readonly kernels: Kernels;
  readonly f: Float64Array;
  readonly at: BlockLayout;
  readonly constraints: Constraints;
  columns: readonly Column[] = [];
  /** Columns including those that fill the last panel: copies of the last. */
  width = 0;
  /** Usable stars and their mean flux, one a column. */
  readonly nStars: Int32Array;
  readonly meanFlux: Float64Array;
  /** Σ w / number of usable stars, at the v of the last evaluation. */
  readonly meanWeight: Float64Array;
  /** Σ w² / Σ w there: by so much the weights fall, relatively, when v grows by 1. */
  readonly weightSlope: Float64Array;
  /** Whether the normal matrix of a column has a trustworthy factor. */
  readonly solvable: Uint8Array;

  constructor(
    readonly plan: TrainingPlan,
    readonly data: BlockData,
    slot: number,
  ) {
    this.kernels = kernelsFor(plan.arena.memory);
    this.f = new Float64Array(bufferOf(plan.arena.memory));
    this.at = new BlockLayout(plan, plan.blockPixels, slot);
    this.constraints = new Constraints(plan, data, this.f);
    this.nStars = new Int32Array(plan.blockPixels);
    this.meanFlux = new Float64Array(plan.blockPixels);
    this.meanWeight = new Float64Array(plan.blockPixels);
    this.weightSlope = new Float64Array(plan.blockPixels);
    this.solvable = new Uint8Array(plan.blockPixels);
  }

  /** Brings the flux and variances of these columns into panels. At most plan.blockPixels of them. */
  load(columns: readonly Column[]): void {
    const { plan, data, f, at } = this;
    this.columns = columns;
    this.width = (columns.length + 3) & ~3;
    this.constraints.load(columns, this.width);
    this.nStars.fill(0);
    this.meanFlux.fill(0);
    const { nRows } = plan;
    const pixels = new Int32Array(this.width);
    const hidden = new Int32Array(2 * this.width);
    for (let c = 0; c < this.width; c++) {
      const { pixel, heldOut } = columns[Math.min(c, columns.length - 1)]!;
      pixels[c] = pixel;
      if (heldOut !== null) hidden.set([plan.foldStarts[heldOut]!, plan.foldStarts[heldOut + 1]!], 2 * c);
    }
    for (let n = 0; n < nRows; n++) {
      const row = n < plan.stars.length ? plan.stars[n]! * data.nPixels : -1;
      for (let c = 0; c < this.width; c++) {
        const e = (c & ~3) * nRows + 4 * n + (c & 3);
        const seen = row >= 0 && !(n >= hidden[2 * c]! && n < hidden[2 * c + 1]!);
        const flux = seen ? data.flux[row + pixels[c]!]! : 0;
        const ivar = seen ? data.ivar[row + pixels[c]!]! : 0;
        const usable = ivar > 0 && ivar < Infinity && flux - flux === 0;
        f[at.flux / 8 + e] = usable ? flux : 0;
        f[at.variance / 8 + e] = usable ? 1 / ivar : Infinity;
        if (usable) {
          this.nStars[c]!++;
          this.meanFlux[c]! += flux;
        }
      }
    }
    for (let c = 0; c < this.width; c++) {
      this.meanFlux[c] = this.nStars[c] === 0 ? 1 : this.meanFlux[c]! / this.nStars[c]!;
    }
  }

  /** A first v for each column, from the residuals of unweighted least squares with absent stars at the mean. */
  start(): Float64Array {
    const { plan, kernels, f, at, width } = this;
    const { nRows, nTerms } = plan;
    for (let c = 0; c < width; c++) {
      for (let n = 0; n < nRows; n++) {
        const e = (c & ~3) * nRows + 4 * n + (c & 3);
        const absent = n < plan.stars.length && f[at.variance / 8 + e] === Infinity;
        f[at.weighted / 8 + e] = absent ? this.meanFlux[c]! : f[at.flux / 8 + e]!;
      }
    }
    this.designTimes(at.weighted, at.right);
    for (let c = 0; c < width; c += 4) {
      const theta = at.theta + 8 * c * nTerms;
      this.takeRight(at.right, c, theta);
      kernels.choleskySolve(nTerms, plan.unweighted, theta);
    }
    kernels.applyDesign(width, nRows, nTerms, plan.design, at.theta, at.flux, at.residual, 1);
    this.#weighStars(at.residual);
    f.fill(0, at.slope / 8, at.slope / 8 + width * nRows);
    f.fill(1, at.rest / 8, at.rest / 8 + width);
    const v = new Float64Array(width);
    for (let c = 0; c < width; c += 4) {
      const column = 8 * c * nRows;
      const { best, highest } = climbLadder(kernels, f, nRows, at.variance + column, at.residual + column, at.small);
      v.set(
        this.#moveScatter(c, best, () => highest),
        c,
      );
    }
    return v;
  }

  /** Weights at `v`, the weighted flux, and the moments Z W. */
  formMoments(v: Float64Array): void {
    const { plan, kernels, f, at, width } = this;
    const { nRows, nMonomials } = plan;
    f.set(v.subarray(0, width), at.v / 8);
    kernels.weigh(width, nRows, 1, at.variance, at.flux, at.v, at.weight, at.weighted);
    kernels.gemm(nMonomials, width, nRows, plan.monomials, at.weight, at.moments, 0, nRows, 0);
  }

  /** Weighted least squares at `v`, one number a column; returns the v that the linear residuals lead to. */
  evaluate(v: Float64Array): Float64Array {
    const { plan, kernels, at, width } = this;
    const { nRows, nTerms } = plan;
    this.formMoments(v);
    this.designTimes(at.weighted, at.right);
    this.solveTheta(at.moments, at.right);
    kernels.applyDesign(width, nRows, nTerms, plan.design, at.theta, at.flux, at.residual, 1);
    kernels.multiplyWeightSquared(width * nRows, at.weight, at.residual, at.weighted);
    this.designTimes(at.weighted, at.right);
    for (let c = 0; c < width; c += 4) this.#solve(c, at.right, at.thetaSlope + 8 * c * nTerms);
    kernels.applyDesign(width, nRows, nTerms, plan.design, at.thetaSlope, 0, at.slope, 0);
    this.#weighStars(at.residual);
    this.#weighStars(at.slope);
    this.#weighFreedom();
    const next = new Float64Array(width);
    for (let c = 0; c < width; c += 4) {
      next.set(
        this.#moveScatter(c, v.subarray(c, c + 4), (sumW2) =>
          sumW2.map((sum, lane) => 9 * v[c + lane]! + 8 / Math.sqrt(sum / 2)),
        ),
        c,
      );
    }
    return next;
  }

  /** θ follows v along its tangent, and the weights go with it: what `refine` needs. */
  moveTheta(v: Float64Array, next: Float64Array): void {
    const { f, at, plan, width } = this;
    for (let c = 0; c < width; c++) {
      const from = (c & ~3) * plan.nTerms + (c & 3);
      const step = next[c]! - v[c]!;
      for (let e = from; e < from + 4 * plan.nTerms; e += 4) {
        f[at.theta / 8 + e]! -= step * f[at.thetaSlope / 8 + e]!;
      }
      f[at.v / 8 + c] = next[c]!;
    }
  }

  /** The normal matrices of a panel into `matrix`, from moments that are in memory; constrained, not factored. */
  unfoldPanel(c: number, matrix: number, moments = this.at.moments): void {
    this.kernels.unfold(triangle(this.plan.nTerms), this.width, c, this.plan.index, moments, matrix);
    this.constraints.apply(matrix, c);
  }

  /** θ alone, at `v`, with one step of refinement against rounding. */
  solveAt(v: Float64Array): void {
    const { at } = this;
    this.formMoments(v);
    this.designTimes(at.weighted, at.right);
    this.solveTheta(at.moments, at.right);
    this.refine();
  }

  /** θ += A⁻¹ (Xᵀ W (f − X θ) − Λ θ − (λ/2) sign θ) with W at `at.v`: the error left is second order in what A and θ lack. */
  refine(): void {
    const { plan, kernels, f, at, width } = this;
    const { nRows, nTerms } = plan;
    kernels.applyDesign(width, nRows, nTerms, plan.design, at.theta, at.flux, at.residual, 1);
    kernels.weigh(width, nRows, 1, at.variance, at.residual, at.v, at.weight, at.weighted);
    this.designTimes(at.weighted, at.right);
    for (let c = 0; c < width; c += 4) {
      const [step, theta] = [at.vectors[0]!, at.theta + 8 * c * nTerms];
      this.takeRight(at.right, c, step);
      this.constraints.addPenalties(step, c, theta);
      this.solveVector(c, this.factorOf(c), step);
      for (let e = 0; e < 4 * nTerms; e++) f[theta / 8 + e]! += f[step / 8 + e]!;
    }
  }

  /** right = Xᵀ columns: the first rows of Z are the design. */
  designTimes(columns: number, right: number, from = 0, to = this.plan.nRows): void {
    const { plan, width } = this;
    this.kernels.gemm((plan.nTerms + 3) & ~3, width, plan.nRows, plan.monomials, columns, right, from, to, 0);
  }

  factorOf(c: number): number {
    return this.at.factors + 8 * c * triangle(this.plan.nTerms);
  }

  /** Copies the right-hand sides of a panel out of a matrix of all columns. */
  takeRight(right: number, c: number, to: number): void {
    const { f, width } = this;
    for (let t = 0; t < this.plan.nTerms; t++) {
      for (let lane = 0; lane < 4; lane++) f[to / 8 + 4 * t + lane] = f[right / 8 + t * width + c + lane]!;
    }
  }

  /** Residuals of stars with a weight count √weight times as much. */
  #weighStars(rows: number): void {
    const { plan, f, width } = this;
    const { rootWeights, nRows } = plan;
    if (rootWeights === null) return;
    for (let c = 0; c < width; c += 4) {
      for (let e = 0; e < 4 * nRows; e++) f[rows / 8 + c * nRows + e]! *= rootWeights[e >> 2]!;
    }
  }

  /** θ of all columns from moments and right-hand sides; leaves the factors, and notes which can be trusted. */
  solveTheta(moments: number, right: number): void {
    for (let c = 0; c < this.width; c += 4) {
      const [factor, theta] = [this.factorOf(c), this.at.theta + 8 * c * this.plan.nTerms];
      this.takeRight(right, c, theta);
      this.constraints.selectTerms(c, factor, theta, () => this.unfoldPanel(c, factor, moments));
      this.solvable.set(this.factorMatrix(factor), c);
      this.constraints.addPenalties(theta, c, null);
      this.solveVector(c, factor, theta);
    }
  }

  /** Factors a panel in place; 1 for each lane whose factor can be trusted. */
  factorMatrix(matrix: number): [number, number, number, number] {
    const { f, at } = this;
    this.kernels.choleskyFactor(this.plan.nTerms, matrix, at.small);
    const trust = (lane: number) => (f[at.small / 8 + lane]! > leastPivot ? 1 : 0);
    return [trust(0), trust(1), trust(2), trust(3)];
  }

  #solve(c: number, right: number, to: number): void {
    this.takeRight(right, c, to);
    this.solveVector(c, this.factorOf(c), to);
  }

  /** Solves for a panel's right-hand sides in place; coefficients of forbidden terms come out 0. */
  solveVector(c: number, factor: number, vector: number): void {
    this.constraints.silence(vector, c);
    this.kernels.choleskySolve(this.plan.nTerms, factor, vector);
  }

  /**
   * The share of degrees of freedom that weigh on v. For restricted maximum likelihood dL/dv gains ½ tr(A⁻¹ Xᵀ W² X),
   * which is taken to change with v as Σ w does: exact where the search ends, since it is formed anew at each v.
   */
  #weighFreedom(): void {
    const { plan, kernels, f, at, width } = this;
    f.fill(1, at.rest / 8, at.rest / 8 + width);
    if (this.data.scatterEstimator !== 'reml') return;
    const { nRows, nTerms, nMonomials } = plan;
    kernels.weigh(width, nRows, 2, at.variance, at.flux, at.v, at.weight, at.weighted);
    kernels.gemm(nMonomials, width, nRows, plan.monomials, at.weight, at.moments, 0, nRows, 0);
    const sums = new Float64Array(width);
    for (let c = 0; c < width; c += 4) {
      kernels.unfold(triangle(nTerms), width, c, plan.index, at.moments, at.matrix);
      sums.set(this.traceOfSolved(c, this.factorOf(c), at.matrix), c);
    }
    for (let c = 0; c < width; c++) {
      let sumW = 0;
      for (let n = 0; n < nRows; n++) {
        sumW += 1 / (f[at.variance / 8 + (c & ~3) * nRows + 4 * n + (c & 3)]! + f[at.v / 8 + c]!);
      }
      f[at.rest / 8 + c] = Math.max(0, 1 - sums[c]! / sumW);
    }
  }

  /** tr(A⁻¹ B) of each lane of a panel over allowed terms, A by its factors. */
  traceOfSolved(c: number, factor: number, b: number): Float64Array {
    const { f, plan } = this;
    this.constraints.eachSilent(c, (term, lane) => {
      for (let k = 0; k < plan.nTerms; k++) f[b / 8 + 4 * packedIndex(term, k) + lane] = 0;
    });
    const trace = new Float64Array(4);
    this.eachInverseColumn(factor, (t, column) => {
      for (let k = 0; k < plan.nTerms; k++) {
        const e = b / 8 + 4 * packedIndex(t, k);
        for (let lane = 0; lane < 4; lane++) trace[lane]! += f[e + lane]! * f[column / 8 + 4 * k + lane]!;
      }
    });
    return trace;
  }

  /** Hands on the columns of the inverse of a panel's four matrices, one by one; offset of [nTerms][4]. */
  eachInverseColumn(factor: number, use: (term: number, column: number) => void): void {
    const { f, at, plan } = this;
    const column = at.vectors[0]!;
    for (let t = 0; t < plan.nTerms; t++) {
      f.fill(0, column / 8, column / 8 + 4 * plan.nTerms);
      f.fill(1, column / 8 + 4 * t, column / 8 + 4 * t + 4);
      this.kernels.choleskySolve(plan.nTerms, factor, column);
      use(t, column);
    }
  }

  /** From v0, where the residuals hold, to the root of dL/dv on linear residuals; `highest` bounds it, from Σ w². */
  #moveScatter(c: number, v0: Float64Array, highest: (sumW2: Float64Array) => Float64Array): Float64Array {
    const { plan, kernels, f, at } = this;
    const { nRows } = plan;
    const [here, from] = [at.small + 256, at.small + 288];
    const column = 8 * c * nRows;
    const places = [at.variance + column, at.residual + column, at.slope + column, here, from] as const;
    const sum = () => kernels.scatterSums(nRows, ...places, at.rest + 8 * c, at.small);
    const sums = at.small / 8;
    f.set(v0, from / 8);
    f.set(v0, here / 8);
    sum();
    const bounds = highest(f.subarray(sums + 12, sums + 16));
    const roots = Array.from(v0, (v, lane) => {
      const [sumW, sumW2] = [f[sums + 8 + lane]!, f[sums + 12 + lane]!];
      this.meanWeight[c + lane] = sumW / this.nStars[c + lane]!;
      this.weightSlope[c + lane] = sumW2 / sumW;
      const typical = 1 / this.meanWeight[c + lane]! - v;
      return new ScatterRoot(v, bounds[lane]!, typical);
    });
    for (let step = 0; step < 60; step++) {
      let areDone = true;
      for (let lane = 0; lane < 4; lane++) {
        const root = roots[lane]!;
        root.advance(f[sums + lane]!, f[sums + 4 + lane]!);
        f[here / 8 + lane] = root.v;
        areDone &&= root.done;
      }
      if (areDone) break;
      sum();
    }
    return Float64Array.from(roots, (root) => root.v);
  }
}

/**
 * The residuals of a training in units of their errors, R (pixels × stars), and products with them, range by range of pixels.
 *
 * R is kept in single precision, panels of 4 pixels, in shared memory; it is written by `whitenResiduals`. With vectors Y,
 * a row each, `multiplyResiduals` forms Y Rᵀ for a range of pixels and that range's part of Y Rᵀ R, in the kernels. Cost:
 * 4 nVectors flops a star and pixel. Memory: 4 bytes a star and pixel, and three blocks of pixels a worker.
 */
import { createArena, Layout, withSlot, type Arena } from '../kernels/arena';
import { bufferOf, kernelsFor, type KernelKind } from '../kernels/kernels';

/** Plain data and shared memory: it can be posted to worker threads. */
export interface ResidualPlan {
  readonly arena: Arena;
  readonly nStars: number;
  /** Stars and vectors, padded to multiples of 4. */
  readonly nRows: number;
  readonly nVectors: number;
  readonly nPixels: number;
  readonly nTerms: number;
  /** Byte offsets: the design in panels of 4 stars; the vectors in panels of 4, [nVectors / 4][nRows][4]. */
  readonly design: number;
  readonly vectors: number;
  /** R, [nPixels / 4][nRows][4]; 0 where there is no residual. */
  readonly residuals: Float32Array;
}

/** Pixels of a task: a multiple of 4. */
export const residualBlockPixels = 128;

/** So that a cosmic ray makes no pattern. */
const cutOff = 5;

const roundUp4 = (count: number) => (count + 3) & ~3;

/** @param design η of every star, row-major. @throws UserError CAN320 when the memory cannot be had. */
export function planResiduals(
  design: Float64Array,
  nTerms: number,
  nPixels: number,
  nVectors: number,
  nSlots: number,
  kind?: KernelKind,
): ResidualPlan {
  const nStars = design.length / nTerms;
  const sizes = { nStars, nRows: roundUp4(nStars), nVectors: roundUp4(nVectors), nPixels, nTerms };
  const layout = new Layout();
  const offsets = {
    design: layout.doubles(nTerms * sizes.nRows),
    vectors: layout.doubles(sizes.nVectors * sizes.nRows),
  };
  const arena = createArena(layout.bytes, new RangeLayout(sizes, 0).bytes, nSlots, kind);
  const Buffer = typeof SharedArrayBuffer === 'function' ? SharedArrayBuffer : ArrayBuffer;
  const residuals = new Float32Array(new Buffer(4 * roundUp4(nPixels) * sizes.nRows));
  const f = new Float64Array(bufferOf(arena.memory));
  for (let n = 0; n < nStars; n++) {
    for (let t = 0; t < nTerms; t++)
      f[offsets.design / 8 + (n & ~3) * nTerms + 4 * t + (n & 3)] = design[n * nTerms + t]!;
  }
  return { arena, ...sizes, ...offsets, residuals };
}

/** Puts the vectors, rows of nRows numbers, where the tasks read them. */
export function setVectors({ arena, vectors, nRows, nVectors }: ResidualPlan, rows: Float64Array): void {
  const f = new Float64Array(bufferOf(arena.memory));
  for (let j = 0; j < nVectors; j++) {
    const to = vectors / 8 + (j & ~3) * nRows + (j & 3);
    for (let n = 0; n < nRows; n++) f[to + 4 * n] = rows[j * nRows + n]!;
  }
}

export interface ResidualRange {
  readonly plan: ResidualPlan;
  /** First pixel, a multiple of 4, and the one after the last. */
  readonly fromPixel: number;
  readonly toPixel: number;
}

export interface WhitenJob extends ResidualRange {
  /** nStars × nPixels, star-major. */
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
  /** Of the model: nPixels × nTerms, and nPixels. */
  readonly theta: Float64Array;
  readonly scatter: Float64Array;
  /** 1 for stars that count; the others have no residuals. */
  readonly starMask: Uint8Array;
}

/**
 * A task: writes (f − θη) / √(σ² + s²), cut off at ±5, for a range of pixels; returns the typical error of each, 0 where
 * it has no model or no star.
 */
export function whitenResiduals(job: WhitenJob): Float64Array {
  const { plan, fromPixel, toPixel } = job;
  const { nRows, nTerms } = plan;
  return withSlot(plan.arena, (slot) => {
    const at = new RangeLayout(plan, slot);
    const f = new Float64Array(bufferOf(plan.arena.memory));
    const width = roundUp4(toPixel - fromPixel);
    const error = loadRange(job, f, at, width);
    for (let p = 0; p < width; p++) {
      for (let t = 0; t < nTerms; t++) {
        const theta = fromPixel + p < toPixel ? job.theta[(fromPixel + p) * nTerms + t]! : 0;
        f[at.patterns / 8 + (p & ~3) * nTerms + 4 * t + (p & 3)] = theta;
      }
    }
    const kernels = kernelsFor(plan.arena.memory);
    kernels.applyDesign(width, nRows, nTerms, plan.design, at.patterns, at.residual, at.residual, 1);
    const [residual, weight, to] = [at.residual / 8, at.byStar / 8, fromPixel * nRows];
    for (let e = 0; e < width * nRows; e++) {
      const pull = f[residual + e]! * f[weight + e]!;
      plan.residuals[to + e] = pull > cutOff ? cutOff : pull < -cutOff ? -cutOff : pull;
    }
    return error;
  });
}

/** Brings flux and roots of weights into `residual` and `byStar`, panels of 4 pixels; returns the typical errors. */
function loadRange(job: WhitenJob, f: Float64Array, at: RangeLayout, width: number): Float64Array {
  const { plan, fromPixel, toPixel, flux, ivar, starMask } = job;
  const count = toPixel - fromPixel;
  const variance = job.scatter.slice(fromPixel, toPixel).map((s) => s * s);
  const sumWeight = new Float64Array(count);
  const nUsed = new Int32Array(count);
  f.fill(0, at.residual / 8, at.residual / 8 + width * plan.nRows);
  f.fill(0, at.byStar / 8, at.byStar / 8 + width * plan.nRows);
  for (let n = 0; n < plan.nStars; n++) {
    if (starMask[n] !== 1) continue;
    const row = n * plan.nPixels + fromPixel;
    for (let p = 0; p < count; p++) {
      const y = flux[row + p]!;
      const iv = ivar[row + p]!;
      const weight = iv > 0 && iv < Infinity && y - y === 0 ? iv / (1 + iv * variance[p]!) : 0;
      if (weight === 0) continue;
      const e = (p & ~3) * plan.nRows + 4 * n + (p & 3);
      f[at.residual / 8 + e] = y;
      f[at.byStar / 8 + e] = Math.sqrt(weight);
      sumWeight[p]! += weight;
      nUsed[p]!++;
    }
  }
  return sumWeight.map((sum, p) => (nUsed[p]! > 0 ? Math.sqrt(nUsed[p]! / sum) : 0));
}

export interface ResidualProducts {
  /** Y Rᵀ, nVectors × the pixels of the range. */
  readonly patterns: Float64Array;
  /** (Y Rᵀ) R over those pixels, nVectors × nRows; empty where it was not asked for. */
  readonly back: Float64Array;
}

export interface MultiplyJob extends ResidualRange {
  readonly back: boolean;
}

/** A task: products of the vectors with the residuals of a range of pixels. */
export function multiplyResiduals({ plan, fromPixel, toPixel, back }: MultiplyJob): ResidualProducts {
  const { nRows, nVectors } = plan;
  return withSlot(plan.arena, (slot) => {
    const at = new RangeLayout(plan, slot);
    const f = new Float64Array(bufferOf(plan.arena.memory));
    const kernels = kernelsFor(plan.arena.memory);
    const width = roundUp4(toPixel - fromPixel);
    f.set(plan.residuals.subarray(fromPixel * nRows, (fromPixel + width) * nRows), at.residual / 8);
    kernels.gemm(nVectors, width, nRows, plan.vectors, at.residual, at.patterns, 0, nRows, 0);
    const padded = f.slice(at.patterns / 8, at.patterns / 8 + nVectors * width);
    const count = toPixel - fromPixel;
    const patterns = count === width ? padded : padded.filter((_, e) => e % width < count);
    if (!back) return { patterns, back: new Float64Array(0) };
    for (let j = 0; j < nVectors; j++) {
      const to = at.panels / 8 + (j & ~3) * width + (j & 3);
      for (let p = 0; p < width; p++) f[to + 4 * p] = padded[j * width + p]!;
    }
    transposePanels(f, at.residual / 8, at.byStar / 8, nRows, width);
    kernels.gemm(nVectors, nRows, width, at.panels, at.byStar, at.back, 0, width, 0);
    return { patterns, back: f.slice(at.back / 8, at.back / 8 + nVectors * nRows) };
  });
}

/** From panels of 4 pixels, [width / 4][nRows][4], to panels of 4 stars, [nRows / 4][width][4]. */
function transposePanels(f: Float64Array, from: number, to: number, nRows: number, width: number): void {
  for (let p = 0; p < width; p += 4) {
    for (let n = 0; n < nRows; n += 4) {
      const [source, target] = [from + p * nRows + 4 * n, to + n * width + 4 * p];
      for (let e = 0; e < 16; e++) f[target + 4 * (e & 3) + (e >> 2)] = f[source + e]!;
    }
  }
}

/** Where a range of pixels keeps its arrays in a slot. */
class RangeLayout {
  /** Panels of 4 pixels, and the same in panels of 4 stars. */
  readonly residual: number;
  readonly byStar: number;
  /** nVectors × pixels, also room for their θ; the same in panels of 4 rows. */
  readonly patterns: number;
  readonly panels: number;
  readonly back: number;
  readonly bytes: number;

  constructor({ nRows, nVectors, nTerms }: Pick<ResidualPlan, 'nRows' | 'nVectors' | 'nTerms'>, from: number) {
    const layout = new Layout(from);
    this.residual = layout.doubles(residualBlockPixels * nRows);
    this.byStar = layout.doubles(residualBlockPixels * nRows);
    this.patterns = layout.doubles(residualBlockPixels * Math.max(nVectors, nTerms));
    this.panels = layout.doubles(residualBlockPixels * nVectors);
    this.back = layout.doubles(nVectors * nRows);
    this.bytes = layout.bytes - from;
  }
}

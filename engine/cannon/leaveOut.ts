/**
 * Leave-one-out without a training for each star: θ of all pixels without a star follows from θ of all stars.
 *
 * At fixed weights w = 1 / (σ² + s²) and with A = Xᵀ W X (+ Λ of a penalty), leaving out the m spectra G of a star gives
 *   θ₋G = θ − A⁻¹ X_Gᵀ c,   (W_G⁻¹ − X_G A⁻¹ X_Gᵀ) c = r_G,   r = f − X θ,
 * by Woodbury's identity, since A₋G θ₋G = Xᵀ W f − X_Gᵀ W_G f_G. For one spectrum that is c = w r / (1 − h) with its
 * leverage h = w η · A⁻¹ η, the diagonal of the hat matrix (Belsley, Kuh & Welsch 1980, §2.1). It is exact; what is held
 * fixed is s, which one of N stars moves by a part in 2 N.
 * Under a penalty λ Σ |θ| the coefficients that are 0, and the signs of the others, are held too (Rad & Maleki 2020).
 * Where too few spectra are left, or they do not determine θ (1 − h near 0), the pixel has no say about that star.
 * Cost: nTerms² multiply-adds a pixel and spectrum, and the star's own fit. Memory: nTerms² / 2 numbers a pixel.
 */
import { withSlot } from '../kernels/arena';
import { orthonormalBasis, solveUpper } from '../kernels/orthonormalBasis';
import type { FastPixelJob } from './fastTraining';
import { inferStars, type InferOptions, type LabelFit } from './infer';
import type { LabelInfo, Model } from './model';
import { PixelBlock } from './pixelBlock';
import { copyInverse } from './thetaErrors';
import { triangle } from './trainingPlan';

/** A range of pixels whose s is known. `plan` was made without folds. */
export interface InverseJob extends Omit<FastPixelJob, 'fixedScatter' | 'covariance'> {
  /** Of each spectrum, as the plan was made with them. */
  readonly starWeights?: Float64Array;
  /** Of the model of all stars: nPixels × nTerms, brought to the exact solution at its s in place. */
  readonly theta: Float64Array;
  /** Set to Infinity where the pixel has no A⁻¹. */
  readonly scatter: Float64Array;
  /** nPixels × triangle(nTerms), packed lower triangles: written. */
  readonly inverse: Float64Array;
}

/** A task: writes A⁻¹ of a range of pixels, and θ at their s. Returns how many pixels with a model have no A⁻¹. */
export function invertNormals(job: InverseJob): number {
  const { plan, fromPixel, toPixel, scatter } = job;
  let lost = 0;
  withSlot(plan.arena, (slot) => {
    const block = new PixelBlock(plan, job, slot);
    for (let from = fromPixel; from < toPixel; from += plan.blockPixels) {
      const pixels = Array.from({ length: Math.min(plan.blockPixels, toPixel - from) }, (_, k) => from + k);
      const trained = pixels.filter((pixel) => scatter[pixel]! < Infinity);
      if (trained.length > 0) lost += invertBlock(job, block, trained);
    }
  });
  return lost;
}

function invertBlock(job: InverseJob, block: PixelBlock, pixels: readonly number[]): number {
  const { nTerms } = job.plan;
  const size = triangle(nTerms);
  block.load(pixels.map((pixel) => ({ pixel, heldOut: null })));
  block.solveAt(
    Float64Array.from({ length: block.width }, (_, c) => job.scatter[pixels[Math.min(c, pixels.length - 1)]!]! ** 2),
  );
  let lost = 0;
  for (let c = 0; c < pixels.length; c += 4) {
    block.kernels.invertFactor(nTerms, block.factorOf(c), block.at.inverse);
    pixels.slice(c, c + 4).forEach((pixel, lane) => {
      if (block.solvable[c + lane] === 1) {
        // Without an array in between, as those of thousands of pixels would pile up.
        copyInverse(block, c + lane, 1, job.inverse.subarray(pixel * size, (pixel + 1) * size));
        const from = block.at.theta / 8 + c * nTerms + lane;
        for (let t = 0; t < nTerms; t++) job.theta[pixel * nTerms + t] = block.f[from + 4 * t]!;
      } else if (!invertByOrthogonalFactors(job, pixel)) {
        job.scatter[pixel] = Infinity;
        lost++;
      }
    });
  }
  return lost;
}

/** For a pixel whose normal equations keep too few digits: √W X = Q R and A⁻¹ = R⁻¹ R⁻ᵀ. False where R has none. */
function invertByOrthogonalFactors(job: InverseJob, pixel: number): boolean {
  const { plan, design, flux, ivar, nPixels, scatter, inverse } = job;
  if (job.allowedTerms || job.l1 || (job.ridge ?? 0) > 0) return false;
  const { nTerms } = plan;
  const rows: number[] = [];
  for (const n of plan.stars) {
    const own = job.starWeights?.[n] ?? 1;
    const weight = own * weightOf(flux[n * nPixels + pixel]!, ivar[n * nPixels + pixel]!, scatter[pixel]! ** 2);
    if (weight === 0) continue;
    for (let t = 0; t < nTerms; t++) rows.push(Math.sqrt(weight) * design[n * nTerms + t]!);
  }
  const { r, dependentColumn } = orthonormalBasis(Float64Array.from(rows), rows.length / nTerms, nTerms);
  if (dependentColumn >= 0) return false;
  const columns = Array.from({ length: nTerms }, (_, t) => {
    const unit = new Float64Array(nTerms);
    unit[t] = 1;
    const solved = new Float64Array(nTerms);
    solveUpper(r, nTerms, unit, solved, 0);
    return solved;
  });
  for (let i = 0; i < nTerms; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (const column of columns) sum += column[i]! * column[j]!;
      inverse[pixel * triangle(nTerms) + triangle(i) + j] = sum;
    }
  }
  return true;
}

function weightOf(flux: number, ivar: number, variance: number): number {
  return ivar > 0 && ivar < Infinity && flux - flux === 0 ? ivar / (1 + ivar * variance) : 0;
}

/** What the fits of all left-out stars share; arrays usually in shared memory. */
export interface LeaveOutJob {
  readonly model: Model;
  /** Packed A⁻¹ of every pixel (`invertNormals`). */
  readonly inverse: Float64Array;
  /** η of every spectrum. */
  readonly design: Float64Array;
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
  /** The ivar that the model was trained with, where that is another, and weights of spectra (`preparation.ts`). */
  readonly trainingIvar?: Float64Array;
  readonly starWeights?: Float64Array;
  /** The fewest spectra that train each pixel. */
  readonly leastStars: Int32Array;
  readonly stars: readonly LeftOutStar[];
  readonly options?: InferOptions;
}

/** Parts of the stars that share their modes. */
export const modeParts = 12;
/** θ of the stars of a task takes no more memory than this, and no task has more stars: a hundred are shared out as well. */
const batchBytes = 24 * 2 ** 20;
const batchStars = 16;

/** @param thetaBytes of one θ of all pixels. */
export function starsPerTask(thetaBytes: number): number {
  return Math.max(1, Math.min(batchStars, Math.floor(batchBytes / thetaBytes)));
}

/** A star, with all its spectra, and what the others give its model beside θ and s. */
export interface LeftOutStar {
  readonly rows: readonly number[];
  readonly labels: readonly LabelInfo[];
  readonly modes: Float64Array;
}

/** A task: labels of each star's spectra from θ without them, star by star. */
export function inferLeftOut({ model, stars, flux, ivar, trainingIvar, options, ...rest }: LeaveOutJob): LabelFit[][] {
  const nPixels = model.scatter.length;
  // θ of each star of the batch: A⁻¹ of a pixel serves them all while it is in the cache.
  const thetas = stars.map(() => model.theta.slice());
  const seen = stars.map(({ rows }) => rows.map((n) => ivar.slice(n * nPixels, (n + 1) * nPixels)));
  const solver = new LeftOutTheta(model, { flux, ivar: trainingIvar ?? ivar, ...rest });
  for (let pixel = 0; pixel < nPixels; pixel++) {
    if (!(model.scatter[pixel]! < Infinity)) continue;
    stars.forEach(({ rows }, k) => {
      if (!solver.moveTheta(pixel, rows, thetas[k]!)) for (const own of seen[k]!) own[pixel] = 0;
    });
  }
  return stars.map(({ rows, labels, modes }, k) =>
    inferStars(
      { ...model, theta: thetas[k]!, labels, modes },
      rows.map((n) => flux.subarray(n * nPixels, (n + 1) * nPixels)),
      seen[k]!,
      options,
    ),
  );
}

/** The smallest 1 − h at which the other stars still determine θ. */
const leastRest = 1e-8;

/** θ of single pixels without some spectra. */
export class LeftOutTheta {
  readonly #nTerms: number;
  readonly #solved: Float64Array;

  constructor(
    readonly model: Pick<Model, 'theta' | 'scatter' | 'nStars' | 'terms'>,
    readonly data: Pick<
      LeaveOutJob,
      'inverse' | 'design' | 'flux' | 'ivar' | 'trainingIvar' | 'starWeights' | 'leastStars'
    >,
  ) {
    this.#nTerms = model.terms.length;
    this.#solved = new Float64Array(this.#nTerms);
  }

  /** Writes the row of `theta` of a pixel; false, and nothing written, where the other spectra have no θ for it. */
  moveTheta(pixel: number, rows: readonly number[], theta: Float64Array): boolean {
    const nTerms = this.#nTerms;
    if (rows.length === 1) return this.#moveWithoutOne(pixel, rows[0]!, theta);
    const { scatter, nStars } = this.model;
    const { flux, ivar, trainingIvar = ivar, starWeights, leastStars, design } = this.data;
    const nPixels = scatter.length;
    const variance = scatter[pixel]! ** 2;
    const weights: number[] = [];
    const used: number[] = [];
    for (const n of rows) {
      const own = starWeights?.[n] ?? 1;
      const weight = own * weightOf(flux[n * nPixels + pixel]!, trainingIvar[n * nPixels + pixel]!, variance);
      if (weight === 0) continue;
      used.push(n);
      weights.push(weight);
    }
    if (used.length === 0) return true;
    if (nStars[pixel]! - used.length < leastStars[pixel]!) return false;
    const solved = used.map((n) => this.#solve(pixel, n, new Float64Array(nTerms)));
    const etas = used.map((n) => design.subarray(n * nTerms, (n + 1) * nTerms));
    const residuals = used.map(
      (n, j) => flux[n * nPixels + pixel]! - dot(etas[j]!, this.model.theta, pixel * nTerms, nTerms),
    );
    const c = leftOutCoefficients(weights, residuals, (i, j) => dot(etas[i]!, solved[j]!, 0, nTerms));
    if (c === null) return false;
    solved.forEach((g, j) => {
      for (let t = 0; t < nTerms; t++) theta[pixel * nTerms + t]! -= c[j]! * g[t]!;
    });
    return true;
  }

  /** The same for one spectrum, without lists: c = w r / (1 − h). */
  #moveWithoutOne(pixel: number, n: number, theta: Float64Array): boolean {
    const nTerms = this.#nTerms;
    const { scatter, nStars } = this.model;
    const { flux, ivar, trainingIvar = ivar, starWeights, leastStars, design } = this.data;
    const e = n * scatter.length + pixel;
    const weight = (starWeights?.[n] ?? 1) * weightOf(flux[e]!, trainingIvar[e]!, scatter[pixel]! ** 2);
    if (weight === 0) return true;
    if (nStars[pixel]! - 1 < leastStars[pixel]!) return false;
    const g = this.#solve(pixel, n, this.#solved);
    let [residual, leverage] = [flux[e]!, 0];
    for (let t = 0; t < nTerms; t++) {
      const eta = design[n * nTerms + t]!;
      residual -= eta * this.model.theta[pixel * nTerms + t]!;
      leverage += eta * g[t]!;
    }
    const rest = 1 - weight * leverage;
    if (!(rest > leastRest)) return false;
    const c = (weight * residual) / rest;
    for (let t = 0; t < nTerms; t++) theta[pixel * nTerms + t]! -= c * g[t]!;
    return true;
  }

  /** A⁻¹ η of a pixel and a spectrum, into `g`. */
  #solve(pixel: number, n: number, g: Float64Array): Float64Array {
    const nTerms = this.#nTerms;
    const { inverse, design } = this.data;
    const eta = n * nTerms;
    let e = pixel * triangle(nTerms);
    for (let i = 0; i < nTerms; i++) {
      const own = design[eta + i]!;
      let sum = 0;
      for (let j = 0; j < i; j++) {
        const a = inverse[e++]!;
        sum += a * design[eta + j]!;
        g[j]! += a * own;
      }
      g[i] = sum + inverse[e++]! * own;
    }
    return g;
  }
}

function dot(a: Float64Array, b: Float64Array, from: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += a[k]! * b[from + k]!;
  return sum;
}

/**
 * c of the equation above: with S = 1 − √W K √W (K = X_G A⁻¹ X_Gᵀ) it is √W S⁻¹ √W r. Null where S is not clearly positive
 * definite, that is where θ is not determined without these spectra.
 */
function leftOutCoefficients(
  weights: readonly number[],
  residuals: readonly number[],
  k: (i: number, j: number) => number,
): number[] | null {
  const m = weights.length;
  const root = weights.map(Math.sqrt);
  const l: number[][] = [];
  for (let i = 0; i < m; i++) {
    const row: number[] = [];
    for (let j = 0; j <= i; j++) {
      let sum = (i === j ? 1 : 0) - root[i]! * root[j]! * k(i, j);
      for (let q = 0; q < j; q++) sum -= row[q]! * (i === j ? row[q]! : l[j]![q]!);
      if (i === j && !(sum > leastRest)) return null;
      row.push(i === j ? Math.sqrt(sum) : sum / l[j]![j]!);
    }
    l.push(row);
  }
  const c = residuals.map((r, i) => root[i]! * r);
  for (let i = 0; i < m; i++) {
    for (let q = 0; q < i; q++) c[i]! -= l[i]![q]! * c[q]!;
    c[i]! /= l[i]![i]!;
  }
  for (let i = m - 1; i >= 0; i--) {
    for (let q = i + 1; q < m; q++) c[i]! -= l[q]![i]! * c[q]!;
    c[i]! /= l[i]![i]!;
  }
  return c.map((x, i) => root[i]! * x);
}

/**
 * What all pixels of a training have in common, laid out for the kernels: the monomials of every star's labels.
 *
 * Shared by all threads: Z (monomials × stars, panels of 4 monomials), whose first rows are the design; the design
 * again in panels of 4 stars (both with the stars' weights in Z alone); the index that unfolds moments into normal matrices; the factor of the unweighted normal
 * matrix. Each task has a slot for a block of pixels. Memory: 8 nMonomials nStars bytes and the slots; the spectra stay
 * where they are, in ordinary shared arrays. 20,000 stars × 8,000 pixels × 20 labels: 1.7 GB beside 2.6 GB of spectra.
 */
import { Layout, reuseArena, type Arena } from '../kernels/arena';
import { bufferOf, kernelsFor, type KernelKind } from '../kernels/kernels';
import { evaluateMonomials, monomialsOf, type Monomials } from '../kernels/monomials';
import type { Term } from './vectorizer';

export interface PlanOptions {
  /** η of every star of the set, row-major, as for `trainPixels`. */
  readonly design: Float64Array;
  /** Must hold the constant []. */
  readonly terms: readonly Term[];
  /** The stars that count, by index. */
  readonly stars: readonly number[];
  /** The fold, from 0 on, of each of `stars`; no folds when it is absent. */
  readonly foldOf?: ArrayLike<number>;
  /**
   * One a star of the set: the errors of star n, σ and s alike, are 1 / √weight as large as they are said to be. All
   * are 1 when it is absent.
   */
  readonly starWeights?: Float64Array;
  /** Tasks under way at the same time. */
  readonly nSlots: number;
  readonly kind?: KernelKind;
}

/** Plain data and shared memory: it can be posted to worker threads. */
export interface TrainingPlan {
  readonly arena: Arena;
  /** The stars in the kernels' order: fold by fold. */
  readonly stars: Int32Array;
  /** Where each fold begins in `stars`, and the end of the last: [0, stars.length] without folds. */
  readonly foldStarts: Int32Array;
  /** √weight of each row; null where all are 1. Z holds the weights already. */
  readonly rootWeights: Float64Array | null;
  /** Padded to a multiple of 4, as are monomials and rows of right-hand sides. */
  readonly nRows: number;
  readonly nTerms: number;
  readonly nMonomials: number;
  /** Pixels of a block: a multiple of 4 that depends on the size of the problem alone. */
  readonly blockPixels: number;
  /** Byte offsets. */
  readonly monomials: number;
  readonly design: number;
  readonly index: number;
  readonly unweighted: number;
}

const roundUp4 = (count: number) => (count + 3) & ~3;
export const triangle = (n: number) => (n * (n + 1)) / 2;

/** Element of a packed triangle, whichever index is larger. */
export function packedIndex(i: number, j: number): number {
  return i >= j ? triangle(i) + j : triangle(j) + i;
}

/** @throws UserError CAN320 when the memory cannot be had. */
export function planTraining(options: PlanOptions): TrainingPlan {
  const { terms, nSlots, kind } = options;
  if (!terms.some((term) => term.length === 0)) throw new Error('The terms do not hold the constant');
  const products = monomialsOf(terms);
  const { stars, foldStarts } = orderByFold(options);
  const nRows = roundUp4(stars.length);
  const nTerms = terms.length;
  const nMonomials = roundUp4(products.monomials.length);
  const layout = new Layout();
  const offsets = {
    monomials: layout.doubles(nMonomials * nRows),
    design: layout.doubles(nTerms * nRows),
    index: layout.take(4 * triangle(nTerms)),
    unweighted: layout.doubles(4 * triangle(nTerms) + 4),
  };
  const sizes = { nRows, nTerms, nMonomials, foldStarts };
  const blockPixels = blockPixelsFor(sizes);
  const slotBytes = new BlockLayout(sizes, blockPixels, 0).bytes;
  const arena = reuseArena(layout.bytes, slotBytes, nSlots, kind);
  const { starWeights } = options;
  const rootWeights = starWeights ? new Float64Array(nRows).map((_, n) => rootOf(starWeights, stars[n])) : null;
  const plan: TrainingPlan = { arena, stars, rootWeights, ...sizes, blockPixels, ...offsets };
  new Int32Array(bufferOf(arena.memory), plan.index, products.products.length).set(products.products);
  const sums = fillDesign(plan, options.design, products);
  factorUnweighted(plan, products, sums);
  return plan;
}

/** Rows beyond the stars have none. */
function rootOf(starWeights: Float64Array, star: number | undefined): number {
  return star === undefined ? 0 : Math.sqrt(starWeights[star]!);
}

function orderByFold({ stars, foldOf }: PlanOptions): Pick<TrainingPlan, 'stars' | 'foldStarts'> {
  const order = stars.map((_, k) => k);
  if (foldOf) order.sort((a, b) => foldOf[a]! - foldOf[b]! || a - b);
  const nFolds = foldOf ? Math.max(...Array.from(foldOf)) + 1 : 1;
  const foldStarts = new Int32Array(nFolds + 1);
  for (const k of order) foldStarts[(foldOf?.[k] ?? 0) + 1]!++;
  for (let fold = 0; fold < nFolds; fold++) foldStarts[fold + 1]! += foldStarts[fold]!;
  return { stars: Int32Array.from(order, (k) => stars[k]!), foldStarts };
}

/** Writes Z and the design; returns the sum over stars of each monomial. */
function fillDesign(plan: TrainingPlan, design: Float64Array, products: Monomials): Float64Array {
  const { nTerms, nRows } = plan;
  const f = new Float64Array(bufferOf(plan.arena.memory));
  const row = new Float64Array(products.monomials.length);
  const sums = new Float64Array(row.length);
  plan.stars.forEach((star, n) => {
    const eta = design.subarray(star * nTerms, (star + 1) * nTerms);
    evaluateMonomials(products, eta, row);
    const weight = (plan.rootWeights?.[n] ?? 1) ** 2;
    for (let m = 0; m < row.length; m++) {
      row[m]! *= weight;
      f[plan.monomials / 8 + (m & ~3) * nRows + n * 4 + (m & 3)] = row[m]!;
      sums[m]! += row[m]!;
    }
    for (let t = 0; t < nTerms; t++) f[plan.design / 8 + (n & ~3) * nTerms + t * 4 + (n & 3)] = eta[t]!;
  });
  return sums;
}

/** The factor of XᵀX in four equal lanes, for the start of the search. */
function factorUnweighted(plan: TrainingPlan, { products }: Monomials, sums: Float64Array): void {
  const { nTerms, unweighted } = plan;
  const f = new Float64Array(bufferOf(plan.arena.memory));
  products.forEach((m, e) => f.fill(sums[m]!, unweighted / 8 + 4 * e, unweighted / 8 + 4 * e + 4));
  kernelsFor(plan.arena.memory).choleskyFactor(nTerms, unweighted, unweighted + 32 * triangle(nTerms));
}

type Sizes = Pick<TrainingPlan, 'nRows' | 'nTerms' | 'nMonomials' | 'foldStarts'>;

const slotLimitBytes = 400 * 2 ** 20;

/** The widest block whose slot stays modest: wide blocks read Z less often. */
export function blockPixelsFor(sizes: Sizes): number {
  let width = 64;
  while (width > 8 && new BlockLayout(sizes, width, 0).bytes > slotLimitBytes) width /= 2;
  return width;
}

/** Where a block of pixels keeps its arrays in a slot. Columns are pixels; see `wasm/columns.ts` and `wasm/packed.ts`. */
export class BlockLayout {
  /** [nColumns / 4][nRows][4]. */
  readonly variance: number;
  readonly flux: number;
  readonly weight: number;
  readonly weighted: number;
  readonly residual: number;
  readonly slope: number;
  /** nMonomials × nColumns, and rows of terms × nColumns. */
  readonly moments: number;
  readonly right: number;
  /** Packed triangles of each panel's matrices. */
  readonly factors: number;
  readonly matrix: number;
  /** The same for one panel's inverses. */
  readonly inverse: number;
  /** [nColumns / 4][nTerms][4]. */
  readonly theta: number;
  readonly thetaSlope: number;
  /** Of one panel: [nTerms][4]. */
  readonly vectors: readonly number[];
  /** nColumns numbers. */
  readonly v: number;
  readonly rest: number;
  /** Small results of kernels. */
  readonly small: number;
  /** For each fold and then for all: moments of w and of w², and the sums Xᵀ w r, Xᵀ w² r, Xᵀ w³ r. */
  readonly foldMoments: readonly number[];
  readonly foldMoments2: readonly number[];
  readonly foldSums: readonly (readonly number[])[];
  readonly bytes: number;

  constructor({ nRows, nTerms, nMonomials, foldStarts }: Sizes, nColumns: number, from: number) {
    const layout = new Layout(from);
    const column = () => layout.doubles(nColumns * nRows);
    const moments = () => layout.doubles(nMonomials * nColumns);
    const sums = () => layout.doubles(roundUp4(nTerms) * nColumns);
    this.variance = column();
    this.flux = column();
    this.weight = column();
    this.weighted = column();
    this.residual = column();
    this.slope = column();
    this.moments = moments();
    this.right = sums();
    this.factors = layout.doubles(triangle(nTerms) * nColumns);
    this.matrix = layout.doubles(triangle(nTerms) * 4);
    this.inverse = layout.doubles(triangle(nTerms) * 4);
    this.theta = layout.doubles(nTerms * nColumns);
    this.thetaSlope = layout.doubles(nTerms * nColumns);
    this.vectors = Array.from({ length: 6 }, () => layout.doubles(nTerms * 4));
    this.v = layout.doubles(nColumns);
    this.rest = layout.doubles(nColumns);
    this.small = layout.doubles(64);
    const nFolds = foldStarts.length - 1;
    const parts = nFolds > 1 ? nFolds + 1 : 0;
    this.foldMoments = Array.from({ length: parts }, moments);
    this.foldMoments2 = Array.from({ length: parts }, moments);
    this.foldSums = Array.from({ length: 3 }, () => Array.from({ length: parts }, sums));
    this.bytes = layout.bytes - from;
  }
}

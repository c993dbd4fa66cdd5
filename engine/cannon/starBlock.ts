/**
 * The sums over pixels that χ² of many stars needs, each kind of sum by one matrix product for all of them.
 *
 * With r = f − θ_p · η(0), θ' = θ without its constant, w = 1 / (σ² + s²) and the model's modes m, these are
 *   moments      Σ w Θ² (the monomials of (θ'_p · η)², see `wasm/stars.ts`), Σ w m_k θ'_t and Σ w m_k m_l: no flux in them;
 *   projections  Σ w x θ'_t and Σ w x m_k, for residuals x about the pivot or at each star's labels.
 * `starSums.ts` makes the polynomial of them. Layout: a row a monomial, term or mode, in panels of 4; a column a star.
 * Cost: moments 2 nMoments nPixels flops a star, 7 million for 10 labels and 3500 pixels; projections a fifteenth of that.
 */
import { createArena, Layout } from '../kernels/arena';
import { bufferOf, kernelsFor, type KernelKind, type Kernels } from '../kernels/kernels';
import { monomialsOf, type Monomials } from '../kernels/monomials';
import { largestOfSmallest } from '../kernels/select';
import type { Model } from './model';
import { vectorize, type Term } from './vectorizer';

/** What a block needs of a model; labels are standardized. */
export type PixelModel = Pick<Model, 'terms' | 'theta' | 'scatter' | 'modes'>;

export interface BlockShape {
  readonly terms: readonly Term[];
  /** Of the model's grid. */
  readonly nPixels: number;
  readonly nModes: number;
}

/** So many stars go through at a time. */
export const blockStars = 64;

const roundUp4 = (count: number) => (count + 3) & ~3;

class StarLayout {
  /** Padded to a multiple of 4, as stars and rows are: pixels beyond the model's weigh nothing. */
  readonly nPixels: number;
  /** Rows of the moments: monomials, modes × terms, the lower triangle of modes × modes. */
  readonly nMonomialRows: number;
  readonly nMomentRows: number;
  /** Rows of the projections: terms, modes. */
  readonly nProjectionRows: number;
  readonly index: number;
  /** nPixels × nTerms, and panels of 4 pixels [nPixels / 4][nTerms][4]. */
  readonly theta: number;
  readonly thetaByPixels: number;
  /** [nRows / 4][nPixels][4]. */
  readonly momentRows: number;
  readonly projectionRows: number;
  readonly v: number;
  readonly base: number;
  readonly flux: number;
  readonly ivar: number;
  /** [nStars / 4][nPixels][4]. */
  readonly weight: number;
  readonly atPivot: number;
  readonly atLabels: number;
  readonly weighted: number;
  /** nRows × nStars. */
  readonly moments: number;
  readonly projections: number;
  /** [nStars / 4][nTerms][4]. */
  readonly eta: number;
  readonly scratch: number;
  readonly bytes: number;

  constructor({ terms, nPixels, nModes }: BlockShape, nMonomials: number) {
    const layout = new Layout();
    const nTerms = terms.length;
    this.nPixels = roundUp4(nPixels);
    this.nMonomialRows = roundUp4(nMonomials);
    this.nMomentRows = this.nMonomialRows + roundUp4(nModes * nTerms + (nModes * (nModes + 1)) / 2);
    this.nProjectionRows = roundUp4(nTerms + nModes);
    const pixels = (rows = 1) => layout.doubles(this.nPixels * rows);
    this.index = layout.take(2 * nTerms * (nTerms + 1));
    this.theta = pixels(nTerms);
    this.thetaByPixels = pixels(nTerms);
    this.momentRows = pixels(this.nMomentRows);
    this.projectionRows = pixels(this.nProjectionRows);
    [this.v, this.base, this.flux, this.ivar] = [pixels(), pixels(), pixels(), pixels()];
    this.weight = pixels(blockStars);
    this.atPivot = pixels(blockStars);
    this.atLabels = pixels(blockStars);
    this.weighted = pixels(blockStars);
    this.moments = layout.doubles(this.nMomentRows * blockStars);
    this.projections = layout.doubles(this.nProjectionRows * blockStars);
    this.eta = layout.doubles(nTerms * blockStars);
    this.scratch = layout.doubles(Math.max(this.nMonomialRows, this.nPixels));
    this.bytes = layout.bytes;
  }
}

/** Residuals about the model at standardized labels 0, or at the labels last moved to. */
export type Residuals = 'atPivot' | 'atLabels';

export interface Projection {
  /** Σ w x θ'_t, then Σ w x m_k. */
  readonly sums: Float64Array;
  /** Σ w x². */
  readonly squares: number;
}

export interface WindowChi2 {
  readonly chi2: number;
  readonly nPixels: number;
}

export class StarBlock {
  readonly products: Monomials;
  /** Rows of the moments of one star that hold monomials, before those with modes. */
  readonly nMonomialRows: number;
  readonly #kernels: Kernels;
  readonly #f: Float64Array;
  readonly #at: StarLayout;
  #model: PixelModel | null = null;
  #nStars = 0;
  /** Σ w x² and the largest w x² of each star, at the labels last moved to. */
  readonly #chi2 = new Float64Array(blockStars);
  readonly #largest = new Float64Array(blockStars);

  /** @throws UserError CAN320 when the memory cannot be had. */
  constructor(
    readonly shape: BlockShape,
    kind?: KernelKind,
  ) {
    this.products = monomialsOf(shape.terms);
    this.#at = new StarLayout(shape, this.products.monomials.length);
    this.nMonomialRows = this.#at.nMonomialRows;
    const { memory } = createArena(this.#at.bytes, 0, 0, kind);
    this.#kernels = kernelsFor(memory);
    this.#f = new Float64Array(bufferOf(memory));
    new Int32Array(bufferOf(memory)).set(this.products.products, this.#at.index / 4);
  }

  /** Stars including those that fill the last panel. */
  get #width(): number {
    return roundUp4(this.#nStars);
  }

  /** Lays out a model of this shape and squares it, if it is another: (nTerms + nModes)² / 2 multiply-adds a pixel. */
  setModel(model: PixelModel): void {
    if (this.#model !== null && isSame(model, this.#model)) return;
    this.#model = model;
    const [f, at] = [this.#f, this.#at];
    const { terms, nModes } = this.shape;
    const nTerms = terms.length;
    const nModel = model.scatter.length;
    const constant = terms.findIndex((term) => term.length === 0);
    f.fill(0, at.theta / 8, at.v / 8);
    f.fill(Infinity, at.v / 8, at.v / 8 + at.nPixels);
    const row = new Float64Array(nTerms + nModes);
    for (let p = 0; p < nModel; p++) {
      // Where there is no model nothing has weight, and nothing may be infinite.
      if (!(model.scatter[p]! < Infinity)) continue;
      f[at.v / 8 + p] = model.scatter[p]! ** 2;
      f[at.base / 8 + p] = constant < 0 ? 0 : model.theta[p * nTerms + constant]!;
      for (let t = 0; t < nTerms; t++) row[t] = t === constant ? 0 : model.theta[p * nTerms + t]!;
      for (let k = 0; k < nModes; k++) row[nTerms + k] = model.modes[k * nModel + p]!;
      for (let t = 0; t < nTerms; t++) {
        f[at.theta / 8 + p * nTerms + t] = row[t]!;
        f[at.thetaByPixels / 8 + (p & ~3) * nTerms + 4 * t + (p & 3)] = row[t]!;
      }
      row.forEach((x, k) => (f[this.#element(at.projectionRows, k, p)] = x));
    }
    const { nPixels, nMonomialRows, theta, index, scratch, momentRows } = at;
    this.#kernels.squareModel(0, nPixels, nPixels, nTerms, nMonomialRows, theta, index, scratch, momentRows);
    this.#multiplyModes();
  }

  /** The moments' rows that have modes in them, as products of the projections' rows. */
  #multiplyModes(): void {
    const [f, at] = [this.#f, this.#at];
    const { terms, nModes } = this.shape;
    const product = (to: number, a: number, b: number) => {
      const [x, y, out] = [a, b, to].map((row, k) =>
        this.#element(k < 2 ? at.projectionRows : at.momentRows, row, 0),
      ) as [number, number, number];
      for (let e = 0; e < 4 * at.nPixels; e += 4) f[out + e] = f[x + e]! * f[y + e]!;
    };
    let to = at.nMonomialRows;
    for (let k = 0; k < nModes; k++) for (let t = 0; t < terms.length; t++) product(to++, terms.length + k, t);
    for (let k = 0; k < nModes; k++) {
      for (let l = 0; l <= k; l++) product(to++, terms.length + k, terms.length + l);
    }
  }

  /** Index of an element of rows, or columns, in panels of 4. */
  #element(at: number, row: number, pixel: number): number {
    return at / 8 + (row & ~3) * this.#at.nPixels + 4 * pixel + (row & 3);
  }

  /** Takes up to `blockStars` stars, one row of the model's pixels each; returns how many pixels of each are usable. */
  load(flux: readonly Float64Array[], ivar: readonly Float64Array[]): Int32Array {
    const [f, at] = [this.#f, this.#at];
    this.#nStars = flux.length;
    for (let n = 0; n < this.#width; n++) {
      const star = Math.min(n, flux.length - 1);
      f.set(flux[star]!, at.flux / 8);
      f.set(ivar[star]!, at.ivar / 8);
      const panel = 8 * (n & ~3) * at.nPixels;
      const out = [at.weight + panel, at.atPivot + panel, at.weighted + panel] as const;
      this.#kernels.weighStar(at.nPixels, n & 3, at.flux, at.ivar, at.v, at.base, ...out);
    }
    const count = new Int32Array(this.#width);
    for (let n = 0; n < this.#width; n += 4) countPositive(this.#panel(at.weight, n), count, n);
    return count.subarray(0, this.#nStars);
  }

  /** Each star's moments over all its usable pixels. */
  moments(): Float64Array[] {
    const { nMomentRows, nPixels, momentRows, weight, moments } = this.#at;
    this.#kernels.gemm(nMomentRows, this.#width, nPixels, momentRows, weight, moments, 0, nPixels, 0);
    return this.#columns(moments, nMomentRows);
  }

  /** A star's moments without some of its pixels. */
  momentsWithout(n: number, moments: Float64Array, pixels: readonly number[]): Float64Array {
    const [f, at] = [this.#f, this.#at];
    const weightOf = (p: number) => f[this.#element(at.weight, n, p)]!;
    let [left, out] = [0, 0];
    for (const p of pixels) out += weightOf(p);
    for (let p = 0; p < at.nPixels; p++) left += weightOf(p);
    left -= out;
    const rest = new Float64Array(moments.length);
    const add = (p: number, w: number) => {
      for (let row = 0; row < rest.length; row++) rest[row]! += w * f[this.#element(at.momentRows, row, p)]!;
    };
    if (left > out) {
      rest.set(moments);
      for (const p of pixels) add(p, -weightOf(p));
    } else {
      // A difference would keep too few digits.
      const dropped = new Set(pixels);
      for (let p = 0; p < at.nPixels; p++) if (!dropped.has(p) && weightOf(p) > 0) add(p, weightOf(p));
    }
    return rest;
  }

  /** Sets the residuals 'atLabels'. One row of standardized labels a star. */
  moveTo(labels: readonly Float64Array[]): void {
    const [f, at] = [this.#f, this.#at];
    const { terms } = this.shape;
    const eta = new Float64Array(terms.length);
    for (let n = 0; n < this.#width; n++) {
      vectorize(labels[Math.min(n, labels.length - 1)]!, terms, eta);
      eta.forEach((x, t) => (f[at.eta / 8 + (n & ~3) * terms.length + 4 * t + (n & 3)] = x));
    }
    const { thetaByPixels, atPivot, atLabels, nPixels } = at;
    this.#kernels.applyDesign(this.#width, nPixels, terms.length, thetaByPixels, at.eta, atPivot, atLabels, 1);
    for (let n = 0; n < this.#width; n += 4) {
      sumSquares(this.#panel(at.weight, n), this.#panel(at.atLabels, n), this.#chi2, this.#largest, n);
    }
  }

  /** [nPixels][4] of star n, a multiple of 4, and the three after it. */
  #panel(at: number, n: number): Float64Array {
    const from = at / 8 + n * this.#at.nPixels;
    return this.#f.subarray(from, from + 4 * this.#at.nPixels);
  }

  /** Of each star, without the pixels that are left out of it. */
  project(residuals: Residuals, leftOut: readonly (readonly number[])[]): Projection[] {
    const [f, at, width] = [this.#f, this.#at, this.#width];
    const from = at[residuals];
    this.#kernels.multiply(width * at.nPixels, at.weight, from, at.weighted);
    leftOut.forEach((pixels, n) => {
      for (const p of pixels) f[this.#element(at.weighted, n, p)] = 0;
    });
    const { nProjectionRows, nPixels, projectionRows, projections } = at;
    this.#kernels.gemm(nProjectionRows, width, nPixels, projectionRows, at.weighted, projections, 0, nPixels, 0);
    const squares = new Float64Array(width);
    for (let n = 0; n < width; n += 4) sumProducts(this.#panel(at.weighted, n), this.#panel(from, n), squares, n);
    const columns = this.#columns(projections, this.shape.terms.length + this.shape.nModes);
    return columns.map((sums, n) => ({ sums, squares: squares[n]! }));
  }

  /** Σ w x² of each star over all its usable pixels, at the labels last moved to. */
  get chi2(): Float64Array {
    return this.#chi2.subarray(0, this.#nStars);
  }

  /** The same over some pixels, and how many of them are usable. */
  chi2Of(n: number, pixels: readonly number[]): WindowChi2 {
    const [f, at] = [this.#f, this.#at];
    let [chi2, nPixels] = [0, 0];
    for (const p of pixels) {
      const weight = f[this.#element(at.weight, n, p)]!;
      if (weight > 0) nPixels++;
      chi2 += weight * f[this.#element(at.atLabels, n, p)]! ** 2;
    }
    return { chi2, nPixels };
  }

  /** The pixels off by more than `sigma` errors at the labels last moved to; or of typical residuals, if those are larger. */
  farOff(n: number, sigma: number): number[] {
    if (!(this.#largest[n]! > sigma * sigma)) return [];
    const [f, at] = [this.#f, this.#at];
    const offset = this.#element(0, n, 0);
    const squares = f.subarray(at.scratch / 8, at.scratch / 8 + at.nPixels);
    const square = (p: number) => f[at.weight / 8 + offset + 4 * p]! * f[at.atLabels / 8 + offset + 4 * p]! ** 2;
    let nUsable = 0;
    for (let p = 0; p < at.nPixels; p++) {
      if (f[at.weight / 8 + offset + 4 * p]! > 0) squares[nUsable++] = square(p);
    }
    // 1.4826 times the median is the standard deviation of a Gaussian.
    const median = largestOfSmallest(squares.subarray(0, nUsable), (nUsable >> 1) + 1);
    const limit = sigma * sigma * Math.max(1, 1.4826 ** 2 * median);
    const far: number[] = [];
    for (let p = 0; p < at.nPixels; p++) if (square(p) > limit) far.push(p);
    return far;
  }

  #columns(at: number, nRows: number): Float64Array[] {
    const [f, width] = [this.#f, this.#width];
    return Array.from({ length: this.#nStars }, (_, n) => {
      const column = new Float64Array(nRows);
      for (let row = 0; row < nRows; row++) column[row] = f[at / 8 + row * width + n]!;
      return column;
    });
  }
}

/** Models that other threads send are copies each time. */
function isSame(a: PixelModel, b: PixelModel): boolean {
  const equal = (x: Float64Array, y: Float64Array) => {
    if (x === y) return true;
    for (let k = 0; k < x.length; k++) if (x[k] !== y[k]) return false;
    return true;
  };
  return equal(a.theta, b.theta) && equal(a.scatter, b.scatter) && equal(a.modes, b.modes);
}

/** Four stars at once, in the order of memory. */
function countPositive(panel: Float64Array, count: Int32Array, n: number): void {
  for (let e = 0; e < panel.length; e += 4) {
    for (let lane = 0; lane < 4; lane++) if (panel[e + lane]! > 0) count[n + lane]!++;
  }
}

/** Σ a b of four stars. */
function sumProducts(a: Float64Array, b: Float64Array, out: Float64Array, n: number): void {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let e = 0; e < a.length; e += 4) {
    s0 += a[e]! * b[e]!;
    s1 += a[e + 1]! * b[e + 1]!;
    s2 += a[e + 2]! * b[e + 2]!;
    s3 += a[e + 3]! * b[e + 3]!;
  }
  out.set([s0, s1, s2, s3], n);
}

/** Σ w x² and the largest w x² of four stars. */
function sumSquares(weight: Float64Array, x: Float64Array, sum: Float64Array, largest: Float64Array, n: number): void {
  for (let lane = 0; lane < 4; lane++) {
    let [total, most] = [0, 0];
    for (let e = lane; e < x.length; e += 4) {
      const square = weight[e]! * x[e]! * x[e]!;
      total += square;
      if (square > most) most = square;
    }
    sum[n + lane] = total;
    largest[n + lane] = most;
  }
}

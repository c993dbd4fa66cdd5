/**
 * The sums over pixels that χ² of many stars needs, each kind of sum by one matrix product for all of them.
 *
 * With r = f − θ_p · η(0), θ' = θ without its constant, w = 1 / (σ² + s²) and the model's modes m, these are
 *   moments      Σ w Θ² (the monomials of (θ'_p · η)², see `wasm/stars.ts`), Σ w m_k θ'_t and Σ w m_k m_l: no flux in them;
 *   projections  Σ w x θ'_t and Σ w x m_k, for residuals x about the pivot or at each star's labels.
 * Pixels that are left out of a star are taken off its sums one by one.
 * `starSums.ts` makes the polynomial of them. Layout: a row a monomial, term or mode, in panels of 4; a column a star.
 * Cost: moments 2 nMoments nPixels flops a star, 7 million for 10 labels and 3500 pixels; projections a fifteenth of that.
 */
import { createArena } from '../kernels/arena';
import { bufferOf, kernelsFor, type KernelKind, type Kernels } from '../kernels/kernels';
import { monomialsOf, type Monomials } from '../kernels/monomials';
import { farOffPixels } from './farOff';
import type { Model } from './model';
import { blockStars, roundUp4, StarLayout, type BlockShape } from './starLayout';
import { vectorize } from './vectorizer';

/** What a block needs of a model; labels are standardized. */
export type PixelModel = Pick<Model, 'terms' | 'theta' | 'scatter' | 'modes'>;

/** Residuals about the model at standardized labels 0, or at the labels last moved to. */
type Residuals = 'atPivot' | 'atLabels';

export interface Projection {
  /** Σ w x θ'_t, then Σ w x m_k. */
  readonly sums: Float64Array;
  /** Σ w x². */
  readonly squares: number;
}

/** A difference of sums keeps 10 digits of what is left where no more than so many times that is taken off. */
const mostTakenOff = 1e6;

export interface WindowChi2 {
  readonly chi2: number;
  readonly nPixels: number;
}

/** The block's memory: byte offsets of panels of 4 stars, and doubles. */
export interface BlockPanels {
  readonly kernels: Kernels;
  readonly numbers: Float64Array;
  readonly at: StarLayout;
  readonly nStars: number;
}

/** Pixel p of a star is 4p numbers behind these; residuals at the labels last moved to are of use where weights are above 0. */
export interface StarPixels {
  readonly numbers: Float64Array;
  readonly weight: number;
  readonly residual: number;
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
  /** Σ w x² and the largest w x² of each star, at the pivot and at the labels last moved to. */
  readonly #sums = { atPivot: new Float64Array(blockStars), atLabels: new Float64Array(blockStars) };
  readonly #largest = { atPivot: new Float64Array(blockStars), atLabels: new Float64Array(blockStars) };
  readonly #usable = new Int32Array(blockStars);
  /** Σ w of each star. */
  readonly #weights = new Float64Array(blockStars);
  /** Moments star by star, until the next block. */
  readonly #columnsOfMoments: Float64Array;

  /** @throws UserError CAN320 when the memory cannot be had. */
  constructor(
    readonly shape: BlockShape,
    kind?: KernelKind,
    keptBytes?: number,
  ) {
    this.products = monomialsOf(shape.terms);
    this.#at = new StarLayout(shape, this.products.monomials.length, keptBytes);
    this.nMonomialRows = this.#at.nMonomialRows;
    const { memory } = createArena(this.#at.bytes, 0, 0, kind);
    this.#kernels = kernelsFor(memory);
    this.#f = new Float64Array(bufferOf(memory));
    this.#columnsOfMoments = new Float64Array(this.#at.nMomentRows * blockStars);
    new Int32Array(bufferOf(memory)).set(this.products.products, this.#at.index / 4);
  }

  /** Of kernel memory. */
  get bytes(): number {
    return this.#at.bytes;
  }

  /** Stars including those that fill the last panel. */
  get #width(): number {
    return roundUp4(this.#nStars);
  }

  /** Lays out a model of this shape and squares it, if it is another: (nTerms + nModes)² / 2 multiply-adds a pixel. Returns whether it is. */
  setModel(model: PixelModel): boolean {
    if (this.#model !== null && isSame(model, this.#model)) return false;
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
      const base = constant < 0 ? 0 : model.theta[p * nTerms + constant]!;
      f[at.base / 8 + p] = Number.isFinite(base) ? base : 0;
      // Where there is no model nothing has weight, and nothing may be infinite.
      if (!(model.scatter[p]! < Infinity)) continue;
      f[at.v / 8 + p] = model.scatter[p]! ** 2;
      for (let t = 0; t < nTerms; t++) row[t] = t === constant ? 0 : model.theta[p * nTerms + t]!;
      for (let k = 0; k < nModes; k++) row[nTerms + k] = model.modes[k * nModel + p]!;
      for (let t = 0; t < nTerms; t++) {
        f[at.theta / 8 + p * nTerms + t] = row[t]!;
        f[at.thetaByPixels / 8 + (p & ~3) * nTerms + 4 * t + (p & 3)] = row[t]!;
      }
      row.forEach((x, k) => (f[this.#element(at.projectionRows, k, p)] = x));
    }
    if (at.keepsAll) for (let chunk = 0; chunk < at.nChunks; chunk++) this.#squareChunk(chunk);
    return true;
  }

  /** Where a chunk of the model squared is, or would be. */
  #chunkRows(chunk: number): number {
    const { keepsAll, momentRows, nMomentRows, chunkPixels } = this.#at;
    return momentRows + (keepsAll ? 8 * chunk * nMomentRows * chunkPixels : 0);
  }

  #pixelsOf(chunk: number): number {
    const { nPixels, chunkPixels } = this.#at;
    return Math.min(chunkPixels, nPixels - chunk * chunkPixels);
  }

  /** The moments' rows of a chunk: monomials, and those that have modes in them as products of the projections' rows. */
  #squareChunk(chunk: number): void {
    const [f, at, rows] = [this.#f, this.#at, this.#chunkRows(chunk)];
    const { terms, nModes } = this.shape;
    const { chunkPixels, nMonomialRows, index, scratch } = at;
    const [first, count] = [chunk * chunkPixels, this.#pixelsOf(chunk)];
    const theta = at.theta + 8 * first * terms.length;
    this.#kernels.squareModel(0, count, chunkPixels, terms.length, nMonomialRows, theta, index, scratch, rows);
    let to = nMonomialRows;
    const product = (a: number, b: number) => {
      const [x, y] = [a, b].map((row) => this.#element(at.projectionRows, row, first)) as [number, number];
      const out = rows / 8 + (to & ~3) * chunkPixels + (to & 3);
      for (let e = 0; e < 4 * count; e += 4) f[out + e] = f[x + e]! * f[y + e]!;
      to++;
    };
    for (let k = 0; k < nModes; k++) for (let t = 0; t < terms.length; t++) product(terms.length + k, t);
    for (let k = 0; k < nModes; k++) for (let l = 0; l <= k; l++) product(terms.length + k, terms.length + l);
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
      const out = [at.weight + panel, at.atPivot + panel] as const;
      this.#kernels.weighStar(at.nPixels, n & 3, at.flux, at.ivar, at.v, at.base, ...out);
      // While the four of a panel are in the cache.
      if ((n & 3) === 3) this.#weighPanel(n - 3, 'atPivot');
    }
    return this.#usable.subarray(0, this.#nStars);
  }

  /** Sets the weighted residuals of four stars, and their sums. */
  #weighPanel(n: number, residuals: Residuals): void {
    const [f, at] = [this.#f, this.#at];
    const panel = 8 * n * at.nPixels;
    this.#kernels.panelSums(at.nPixels, at.weight + panel, at[residuals] + panel, at.weighted + panel, at.small);
    for (let lane = 0; lane < 4; lane++) {
      const from = at.small / 8 + lane;
      this.#sums[residuals][n + lane] = f[from]!;
      this.#largest[residuals][n + lane] = f[from + 4]!;
      this.#usable[n + lane] = f[from + 8]!;
      this.#weights[n + lane] = f[from + 12]!;
    }
  }

  /** Each star's moments over all its usable pixels, until the next stars are loaded. */
  moments(): Float64Array[] {
    const { nMomentRows, nChunks, chunkPixels, chunkWeight, moments, keepsAll } = this.#at;
    for (let chunk = 0; chunk < nChunks; chunk++) {
      if (!keepsAll) this.#squareChunk(chunk);
      this.#packWeights(chunk);
      const [rows, depth] = [this.#chunkRows(chunk), this.#pixelsOf(chunk)];
      this.#kernels.gemm(
        nMomentRows,
        this.#width,
        chunkPixels,
        rows,
        chunkWeight,
        moments,
        0,
        depth,
        chunk > 0 ? 1 : 0,
      );
    }
    return this.#columns(moments, nMomentRows, this.#nStars, this.#columnsOfMoments);
  }

  #packWeights(chunk: number): void {
    const { nPixels, chunkPixels, chunkWeight, weight } = this.#at;
    const count = 4 * this.#pixelsOf(chunk);
    for (let n = 0; n < this.#width; n += 4) {
      const from = weight / 8 + n * nPixels + 4 * chunk * chunkPixels;
      this.#f.copyWithin(chunkWeight / 8 + n * chunkPixels, from, from + count);
    }
  }

  /** A star's moments without some of its pixels. */
  momentsWithout(n: number, moments: Float64Array, pixels: readonly number[]): Float64Array {
    const [f, at] = [this.#f, this.#at];
    const weightOf = (p: number) => f[this.#element(at.weight, n, p)]!;
    let out = 0;
    for (const p of pixels) out += weightOf(p);
    const left = this.#weights[n]! - out;
    const rest = new Float64Array(moments.length);
    const rows = new Float64Array(moments.length);
    const add = (p: number, w: number) => {
      this.#momentRowsAt(p, rows);
      for (let row = 0; row < rest.length; row++) rest[row]! += w * rows[row]!;
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

  /** The moments' rows at one pixel, made anew: they lie far apart in memory where there are all of them. */
  #momentRowsAt(p: number, out: Float64Array): void {
    const [f, at] = [this.#f, this.#at];
    const { terms, nModes } = this.shape;
    const nTerms = terms.length;
    const theta = at.theta + 8 * p * nTerms;
    this.#kernels.squareModel(0, 1, 1, nTerms, at.nMonomialRows, theta, at.index, at.scratch, at.pixelRows);
    out.set(f.subarray(at.pixelRows / 8, at.pixelRows / 8 + at.nMonomialRows));
    const mode = (k: number) => f[this.#element(at.projectionRows, nTerms + k, p)]!;
    let to = at.nMonomialRows;
    for (let k = 0; k < nModes; k++) for (let t = 0; t < nTerms; t++) out[to++] = mode(k) * f[theta / 8 + t]!;
    for (let k = 0; k < nModes; k++) for (let l = 0; l <= k; l++) out[to++] = mode(k) * mode(l);
  }

  /** Sets the residuals 'atLabels' of stars that `isMoved`. One row of standardized labels a star. */
  moveTo(labels: readonly Float64Array[], isMoved: (n: number) => boolean = () => true): void {
    const [f, at] = [this.#f, this.#at];
    const { terms } = this.shape;
    const eta = new Float64Array(terms.length);
    const { thetaByPixels, atPivot, atLabels, nPixels } = at;
    for (let n = 0; n < this.#nStars; n += 4) {
      const stars = [n, n + 1, n + 2, n + 3].map((star) => Math.min(star, labels.length - 1));
      if (!stars.some(isMoved)) continue;
      stars.forEach((star, lane) => {
        vectorize(labels[star]!, terms, eta);
        for (let t = 0; t < eta.length; t++) f[at.eta / 8 + 4 * t + lane] = eta[t]!;
      });
      // Panel by panel, as the residuals of four stars stay in the cache until they are weighed.
      const panel = 8 * n * nPixels;
      const to = [atPivot + panel, atLabels + panel] as const;
      this.#kernels.applyDesign(4, nPixels, terms.length, thetaByPixels, at.eta, ...to, 1);
      this.#weighPanel(n, 'atLabels');
    }
  }

  /** Of each star over all its usable pixels, with the residuals about the pivot; before any move. */
  projectAtPivot(): Projection[] {
    return this.projectColumns(this.#nStars).map((sums, n) => ({ sums, squares: this.#sums.atPivot[n]! }));
  }

  /** Σ w x θ'_t, then Σ w x m_k, of each star without the pixels that are left out of it, at the labels last moved to. */
  projectAtLabels(leftOut: readonly (readonly number[])[]): Float64Array[] {
    leftOut.forEach((pixels, n) => {
      for (const p of pixels) this.#f[this.#element(this.#at.weighted, n, p)] = 0;
    });
    return this.projectColumns(this.#nStars);
  }

  /** What `residualPanels.ts` works on. */
  get panels(): BlockPanels {
    return { kernels: this.#kernels, numbers: this.#f, at: this.#at, nStars: this.#nStars };
  }

  /** Where the numbers of a star are. */
  pixelsOf(n: number): StarPixels {
    const at = this.#at;
    const [weight, residual] = [this.#element(at.weight, n, 0), this.#element(at.atLabels, n, 0)];
    return { numbers: this.#f, weight, residual };
  }

  /** Σ x θ'_t, then Σ x m_k, for what stands in the first `count` columns of the weighted residuals. */
  projectColumns(count: number): Float64Array[] {
    const { nProjectionRows, nPixels, projectionRows, projections, weighted } = this.#at;
    const width = roundUp4(count);
    this.#kernels.gemm(nProjectionRows, width, nPixels, projectionRows, weighted, projections, 0, nPixels, 0);
    const nRows = this.shape.terms.length + this.shape.nModes;
    return this.#columns(projections, nRows, count, new Float64Array(nRows * width));
  }

  /** A star's projection at the pivot without some of its pixels. */
  projectionWithout(n: number, { sums, squares }: Projection, pixels: readonly number[]): Projection {
    const [f, at] = [this.#f, this.#at];
    const rest = { sums: sums.slice(), squares };
    const add = (p: number, sign: 1 | -1) => {
      const x = f[this.#element(at.atPivot, n, p)]!;
      const weighted = sign * f[this.#element(at.weight, n, p)]! * x;
      rest.squares += weighted * x;
      for (let row = 0; row < sums.length; row++) {
        rest.sums[row]! += weighted * f[this.#element(at.projectionRows, row, p)]!;
      }
    };
    for (const p of pixels) add(p, -1);
    if (squares - rest.squares <= mostTakenOff * rest.squares) return rest;
    // What is left out is larger than all else by many orders of magnitude: the rest is summed anew.
    const dropped = new Set(pixels);
    rest.sums.fill(0);
    rest.squares = 0;
    for (let p = 0; p < at.nPixels; p++) if (!dropped.has(p)) add(p, 1);
    return rest;
  }

  /** Σ w x² of each star over all its usable pixels, at the labels last moved to. */
  get chi2(): Float64Array {
    return this.#sums.atLabels.subarray(0, this.#nStars);
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
    if (!(this.#largest.atLabels[n]! > sigma * sigma)) return [];
    const { weight, atLabels, nPixels, scratch, far } = this.#at;
    const panel = 8 * (n & ~3) * nPixels;
    const places = { weight: weight + panel, residual: atLabels + panel, squares: scratch, far };
    return farOffPixels(this.#kernels, this.#f.buffer, nPixels, n & 3, sigma, places);
  }

  /** The first `count` columns of a matrix, each in a row of `to`; eight at a time, as they share cache lines. */
  #columns(at: number, nRows: number, count: number, to: Float64Array): Float64Array[] {
    const [f, width] = [this.#f, roundUp4(count)];
    for (let first = 0; first < count; first += 8) {
      const last = Math.min(first + 8, count);
      for (let row = 0; row < nRows; row++) {
        const from = at / 8 + row * width;
        for (let n = first; n < last; n++) to[n * nRows + row] = f[from + n]!;
      }
    }
    return Array.from({ length: count }, (_, n) => to.subarray(n * nRows, (n + 1) * nRows));
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

/**
 * Where a block of stars keeps its arrays in kernel memory, and how much that is.
 *
 * The model squared is by far the largest: nMomentRows numbers a pixel, 680 MB for 20 labels and 8000 pixels. It lies
 * in chunks of pixels, each [nMomentRows / 4][chunkPixels][4], so that a product reads it from end to end. Where all
 * chunks would be more than `keptBytes` there is room for one, which is squared anew for each block of stars: at 20 labels
 * that is a tenth more work. Chunks are whole blocks of the product's sums, so either way gives the same bits.
 */
import { Layout } from '../kernels/arena';
import { monomialsOf } from '../kernels/monomials';
import type { Term } from './vectorizer';

export interface BlockShape {
  readonly terms: readonly Term[];
  /** Of the model's grid. */
  readonly nPixels: number;
  readonly nModes: number;
}

/** So many stars go through at a time: the more, the less often the model is read, until they outgrow the cache. */
export const blockStars = 192;

/** A multiple of the depth in which products are summed (256). */
const chunkPixels = 512;
const defaultKeptBytes = 384 * 2 ** 20;
/** A thread keeps no more than this of the models that it last inferred labels by, but always the last one. */
export const keptInferenceBytes = 512 * 2 ** 20;

export const roundUp4 = (count: number) => (count + 3) & ~3;

export class StarLayout {
  /** Padded to a multiple of 4, as stars and rows are: pixels beyond the model's weigh nothing. */
  readonly nPixels: number;
  /** Rows of the moments: monomials, modes × terms, the lower triangle of modes × modes. */
  readonly nMonomialRows: number;
  readonly nMomentRows: number;
  /** Rows of the projections: terms, modes. */
  readonly nProjectionRows: number;
  readonly chunkPixels: number;
  readonly nChunks: number;
  /** Whether all chunks of the model squared have room. */
  readonly keepsAll: boolean;
  readonly index: number;
  /** nPixels × nTerms, and panels of 4 pixels [nPixels / 4][nTerms][4]. */
  readonly theta: number;
  readonly thetaByPixels: number;
  /** Chunk by chunk [nMomentRows / 4][chunkPixels][4], and [nProjectionRows / 4][nPixels][4]. */
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
  /** One chunk of weights, [nStars / 4][chunkPixels][4]. */
  readonly chunkWeight: number;
  /** nRows × nStars. */
  readonly moments: number;
  readonly projections: number;
  /** [nStars / 4][nTerms][4]. */
  readonly eta: number;
  /** One pixel's rows, and room for a row of pixels. */
  readonly pixelRows: number;
  readonly scratch: number;
  /** A star's far-off pixels. */
  readonly far: number;
  /** Small results of kernels. */
  readonly small: number;
  readonly bytes: number;

  constructor({ terms, nPixels, nModes }: BlockShape, nMonomials: number, keptBytes = defaultKeptBytes) {
    const layout = new Layout();
    const nTerms = terms.length;
    this.nPixels = roundUp4(nPixels);
    this.nMonomialRows = roundUp4(nMonomials);
    this.nMomentRows = this.nMonomialRows + roundUp4(nModes * nTerms + (nModes * (nModes + 1)) / 2);
    this.nProjectionRows = roundUp4(nTerms + nModes);
    this.chunkPixels = Math.min(chunkPixels, this.nPixels);
    this.nChunks = Math.ceil(this.nPixels / this.chunkPixels);
    const chunkDoubles = this.nMomentRows * this.chunkPixels;
    this.keepsAll = 8 * chunkDoubles * this.nChunks <= keptBytes;
    const pixels = (rows = 1) => layout.doubles(this.nPixels * rows);
    this.index = layout.take(2 * nTerms * (nTerms + 1));
    this.theta = pixels(nTerms);
    this.thetaByPixels = pixels(nTerms);
    this.momentRows = layout.doubles(chunkDoubles * (this.keepsAll ? this.nChunks : 1));
    this.projectionRows = pixels(this.nProjectionRows);
    [this.v, this.base, this.flux, this.ivar] = [pixels(), pixels(), pixels(), pixels()];
    this.weight = pixels(blockStars);
    this.atPivot = pixels(blockStars);
    this.atLabels = pixels(blockStars);
    this.weighted = pixels(blockStars);
    this.chunkWeight = layout.doubles(this.chunkPixels * blockStars);
    this.moments = layout.doubles(this.nMomentRows * blockStars);
    this.projections = layout.doubles(this.nProjectionRows * blockStars);
    this.eta = layout.doubles(nTerms * blockStars);
    this.pixelRows = layout.doubles(this.nMonomialRows);
    this.scratch = layout.doubles(Math.max(this.nMonomialRows, this.nPixels));
    this.far = layout.take(4 * (this.nPixels + 1));
    this.small = layout.doubles(16);
    this.bytes = layout.bytes;
  }
}

/** Bytes of kernel memory that a thread takes to infer labels by models of this shape. */
export function inferenceBytes(shape: BlockShape): number {
  return new StarLayout(shape, monomialsOf(shape.terms).monomials.length).bytes;
}

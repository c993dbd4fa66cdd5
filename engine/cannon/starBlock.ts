/**
 * χ² of many stars as polynomials of their labels, by one matrix product.
 *
 * With r = f − θ_p · η(0) and θ' = θ without its constant, χ²(ℓ) = Σ w r² − 2 Σ_t η_t Σ_p w r θ'_t + Σ_p w (θ'_p · η)².
 * The last sum is a polynomial, of degree 4 for a quadratic model, whose coefficients are Σ_p Θ²_p w_p: Θ² holds the
 * squared model's (`wasm/stars.ts`), a row a monomial, and w the stars, a column each. So it is exact, and one product
 * nMonomials × nPixels × nStars for all of them: 7 MFLOP a star for 10 labels and 3500 pixels.
 */
import { Layout, createArena, type Arena } from '../kernels/arena';
import { bufferOf, kernelsFor, type KernelKind, type Kernels } from '../kernels/kernels';
import { monomialsOf, type Monomials } from '../kernels/monomials';
import type { Term } from './vectorizer';

/** Where the model and a block of stars lie in kernel memory. A task takes a slot for both. */
export interface StarPlan {
  readonly arena: Arena;
  readonly terms: readonly Term[];
  readonly nLabels: number;
  /** Padded to a multiple of 4, as stars and rows of terms and monomials are: pixels beyond the model's weigh nothing. */
  readonly nPixels: number;
  readonly blockStars: number;
}

/** What `StarBlock` needs of a model; labels are standardized. */
export interface PixelModel {
  /** nPixels × nTerms, row-major. */
  readonly theta: Float64Array;
  /** s; Infinity where there is no model. */
  readonly scatter: Float64Array;
}

const roundUp4 = (count: number) => (count + 3) & ~3;

/** @throws UserError CAN320 when the memory cannot be had. */
export function planStars(
  terms: readonly Term[],
  nLabels: number,
  nPixels: number,
  nSlots: number,
  kind?: KernelKind,
): StarPlan {
  const sizes = { terms, nLabels, nPixels: roundUp4(nPixels), blockStars: 64 };
  const slotBytes = new StarLayout(sizes, monomialsOf(terms).monomials.length, 0).bytes;
  return { ...sizes, arena: createArena(new Layout().bytes, slotBytes, nSlots, kind) };
}

class StarLayout {
  readonly index: number;
  /** nPixels × nTerms, then panels of 4 pixels [nPixels / 4][nTerms][4], then of 4 terms [nTerms / 4][nPixels][4]. */
  readonly theta: number;
  readonly thetaByPixels: number;
  readonly thetaByTerms: number;
  /** [nMonomials / 4][nPixels][4]. */
  readonly squares: number;
  readonly v: number;
  readonly base: number;
  readonly flux: number;
  readonly ivar: number;
  /** [nStars / 4][nPixels][4]. */
  readonly weight: number;
  readonly residual: number;
  readonly weighted: number;
  /** nMonomials × nStars, and rows of terms × nStars. */
  readonly coefficients: number;
  readonly right: number;
  /** [nStars / 4][nTerms][4]. */
  readonly eta: number;
  readonly sums: number;
  readonly bytes: number;

  constructor(plan: Omit<StarPlan, 'arena'>, nMonomials: number, from: number) {
    const { nPixels, blockStars, terms } = plan;
    const layout = new Layout(from);
    const nTerms = terms.length;
    this.index = layout.take(2 * nTerms * (nTerms + 1));
    this.theta = layout.doubles(nPixels * nTerms);
    this.thetaByPixels = layout.doubles(nPixels * nTerms);
    this.thetaByTerms = layout.doubles(nPixels * roundUp4(nTerms));
    this.squares = layout.doubles(nPixels * roundUp4(nMonomials));
    const pixels = () => layout.doubles(nPixels);
    this.v = pixels();
    this.base = pixels();
    this.flux = pixels();
    this.ivar = pixels();
    const stars = () => layout.doubles(nPixels * blockStars);
    this.weight = stars();
    this.residual = stars();
    this.weighted = stars();
    this.coefficients = layout.doubles(roundUp4(nMonomials) * blockStars);
    this.right = layout.doubles(roundUp4(nTerms) * blockStars);
    this.eta = layout.doubles(nTerms * blockStars);
    this.sums = layout.doubles(roundUp4(nMonomials));
    this.bytes = layout.bytes - from;
  }
}

export class StarBlock {
  readonly #kernels: Kernels;
  readonly #f: Float64Array;
  readonly #at: StarLayout;
  /** Stars including those that fill the last panel. */
  #width = 0;
  #nPixels = 0;

  constructor(
    readonly plan: StarPlan,
    /** Of the plan's terms. */
    readonly products: Monomials,
    slot: number,
  ) {
    const { memory } = plan.arena;
    this.#kernels = kernelsFor(memory);
    this.#f = new Float64Array(bufferOf(memory));
    this.#at = new StarLayout(plan, this.products.monomials.length, slot);
    new Int32Array(bufferOf(memory), this.#at.index, this.products.products.length).set(this.products.products);
  }

  /** Lays out a model, and squares it: nTerms² / 2 multiply-adds a pixel. */
  setModel({ theta, scatter }: PixelModel): void {
    const { plan, products } = this;
    const [f, at] = [this.#f, this.#at];
    const nTerms = plan.terms.length;
    const constant = plan.terms.findIndex((term) => term.length === 0);
    this.#nPixels = scatter.length;
    f.fill(0, at.theta / 8, at.theta / 8 + plan.nPixels * nTerms);
    f.fill(0, at.thetaByTerms / 8, at.thetaByTerms / 8 + plan.nPixels * roundUp4(nTerms));
    f.fill(Infinity, at.v / 8, at.v / 8 + plan.nPixels);
    for (let p = 0; p < scatter.length; p++) {
      f[at.v / 8 + p] = scatter[p]! ** 2;
      f[at.base / 8 + p] = constant < 0 ? 0 : theta[p * nTerms + constant]!;
      for (let t = 0; t < nTerms; t++) {
        if (t === constant) continue;
        f[at.theta / 8 + p * nTerms + t] = theta[p * nTerms + t]!;
        f[at.thetaByTerms / 8 + (t & ~3) * plan.nPixels + 4 * p + (t & 3)] = theta[p * nTerms + t]!;
      }
    }
    for (let p = 0; p < plan.nPixels; p++) {
      for (let t = 0; t < nTerms; t++) {
        f[at.thetaByPixels / 8 + (p & ~3) * nTerms + 4 * t + (p & 3)] = f[at.theta / 8 + p * nTerms + t]!;
      }
    }
    const nMonomials = roundUp4(products.monomials.length);
    this.#kernels.squareModel(
      0,
      plan.nPixels,
      plan.nPixels,
      nTerms,
      nMonomials,
      at.theta,
      at.index,
      at.sums,
      at.squares,
    );
  }

  /** Takes up to plan.blockStars stars, one row of nPixels each; returns usable pixels and Σ w r² of each. */
  load(flux: readonly Float64Array[], ivar: readonly Float64Array[]): { nPixels: Int32Array; constant: Float64Array } {
    const [f, at, kernels] = [this.#f, this.#at, this.#kernels];
    const stride = this.plan.nPixels;
    this.#width = roundUp4(flux.length);
    const constant = new Float64Array(flux.length);
    const nPixels = new Int32Array(flux.length);
    for (let n = 0; n < this.#width; n++) {
      const star = Math.min(n, flux.length - 1);
      f.set(flux[star]!, at.flux / 8);
      f.set(ivar[star]!, at.ivar / 8);
      const panel = 8 * (n & ~3) * stride;
      const sum = kernels.weighStar(
        stride,
        n & 3,
        at.flux,
        at.ivar,
        at.v,
        at.base,
        at.weight + panel,
        at.residual + panel,
        at.weighted + panel,
      );
      if (n >= flux.length) continue;
      constant[n] = sum;
      for (let p = 0; p < this.#nPixels; p++) if (f[(at.weight + panel) / 8 + 4 * p + (n & 3)]! > 0) nPixels[n]!++;
    }
    return { nPixels, constant };
  }

  /** The polynomials' coefficients without their constants: one row of nMonomials a star, in units of χ². */
  coefficients(nStars: number): Float64Array[] {
    const { plan, products } = this;
    const [f, at, kernels, width] = [this.#f, this.#at, this.#kernels, this.#width];
    const { nPixels } = plan;
    const nMonomials = products.monomials.length;
    kernels.gemm(roundUp4(nMonomials), width, nPixels, at.squares, at.weight, at.coefficients, 0, nPixels, 0);
    this.#gradientSums();
    return Array.from({ length: nStars }, (_, n) => {
      const row = new Float64Array(nMonomials);
      for (let m = 0; m < nMonomials; m++) row[m] = f[at.coefficients / 8 + m * width + n]!;
      for (let t = 0; t < plan.terms.length; t++) row[t]! -= 2 * f[at.right / 8 + t * width + n]!;
      return row;
    });
  }

  /**
   * At labels of each star (η, nTerms numbers a star), on the pixels: χ², and Σ w (f − model) θ'_t. Residuals stay at
   * those labels, so this comes last.
   */
  polish(eta: readonly Float64Array[]): { chi2: Float64Array; gradientSums: Float64Array[] } {
    const { plan } = this;
    const [f, at, kernels, width] = [this.#f, this.#at, this.#kernels, this.#width];
    const nTerms = plan.terms.length;
    for (let n = 0; n < width; n++) {
      const from = eta[Math.min(n, eta.length - 1)]!;
      for (let t = 0; t < nTerms; t++) f[at.eta / 8 + (n & ~3) * nTerms + 4 * t + (n & 3)] = from[t]!;
    }
    kernels.applyDesign(width, plan.nPixels, nTerms, at.thetaByPixels, at.eta, at.residual, at.residual, 1);
    kernels.multiply(width * plan.nPixels, at.weight, at.residual, at.weighted);
    this.#gradientSums();
    const chi2 = new Float64Array(eta.length);
    for (let n = 0; n < eta.length; n++) {
      const base = (n & ~3) * plan.nPixels + (n & 3);
      let sum = 0;
      for (let e = base; e < base + 4 * plan.nPixels; e += 4) sum += f[at.weighted / 8 + e]! * f[at.residual / 8 + e]!;
      chi2[n] = sum;
    }
    const gradientSums = eta.map((_, n) =>
      Float64Array.from({ length: nTerms }, (_, t) => f[at.right / 8 + t * width + n]!),
    );
    return { chi2, gradientSums };
  }

  /** right = θ'ᵀ weighted residuals. */
  #gradientSums(): void {
    const { plan } = this;
    const at = this.#at;
    const rows = roundUp4(plan.terms.length);
    this.#kernels.gemm(rows, this.#width, plan.nPixels, at.thetaByTerms, at.weighted, at.right, 0, plan.nPixels, 0);
  }
}

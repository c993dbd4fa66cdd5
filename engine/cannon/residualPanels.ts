/**
 * The sums over all pixels that diagnostics of residuals need, for the stars of a block four at a time (`kernels/wasm/residuals.ts`).
 *
 * In this order, as each step takes room that an earlier one has left: `scan` (of the weighted residuals, in whose place it leaves
 * slopes), `seconds` (which takes the place of those), `roughness`. A block's projections about the pivot are gone after the first.
 */
import type { BlockPanels, StarBlock } from './starBlock';
import { shiftsAtOnce } from './doubleLined';

/** Sums over the pixels of the fit with a pattern of each star. */
export interface PatternSums {
  /** Σ w t r and Σ w t². */
  readonly product: number;
  readonly square: number;
  /** Σ w t θ', then Σ w t m. */
  readonly projected: Float64Array;
}

export interface SecondSums extends PatternSums {
  /** Σ w t d, d the slope. */
  readonly withSlope: number;
}

/** A second star to be looked for in star n of the block. */
export interface SecondStar {
  readonly n: number;
  /** Pixels. */
  readonly shift: number;
}

export class ResidualPanels {
  readonly #panels: BlockPanels;

  /** Of a block whose weighted residuals at the labels have been projected, with pixels left out of it. */
  constructor(
    private readonly block: StarBlock,
    private readonly nPixels: number,
  ) {
    this.#panels = block.panels;
  }

  #eachPanel(act: (offset: number, first: number) => void): void {
    const { at, nStars } = this.#panels;
    for (let n = 0; n < nStars; n += 4) act(8 * n * at.nPixels, n);
  }

  /**
   * For each star and each run of shifts (`doubleLined.ts`) the sums with the model shifted less itself, products and squares:
   * [star][run][2][shiftsAtOnce]; and the sums with the change of the model where it is shifted by a pixel to the red. A panel
   * goes through all of it while it is in the cache.
   */
  scan(runs: readonly number[]): { readonly shifts: Float64Array; readonly slopes: PatternSums[] } {
    const { kernels, numbers, at, nStars } = this.#panels;
    const size = 2 * shiftsAtOnce;
    const shifts = new Float64Array(nStars * runs.length * size);
    const slopes: Omit<PatternSums, 'projected'>[] = [];
    this.#eachPanel((offset, first) => {
      kernels.modelOfPanel(at.nPixels, at.base, at.atPivot + offset, at.atLabels + offset);
      const places = [at.weight + offset, at.weighted + offset, at.atPivot + offset] as const;
      const last = Math.min(first + 4, nStars);
      runs.forEach((shift, run) => {
        kernels.shiftSums(this.nPixels, shift, ...places, at.moments);
        for (let n = first; n < last; n++) {
          const to = (n * runs.length + run) * size;
          for (let e = 0; e < size; e++) shifts[to + e] = numbers[at.moments / 8 + 4 * e + n - first]!;
        }
      });
      kernels.slopeOfPanel(this.nPixels, ...places, at.moments);
      for (let n = first; n < last; n++) {
        const from = at.moments / 8 + n - first;
        slopes.push({ product: numbers[from]!, square: numbers[from + 4]! });
      }
    });
    const projected = this.block.projectColumns(nStars);
    return { shifts, slopes: slopes.map((sums, n) => ({ ...sums, projected: projected[n]! })) };
  }

  /** With second stars, in their order. */
  seconds(stars: readonly SecondStar[]): SecondSums[] {
    const sums = stars.map((star, column) => this.#second(star, column));
    if (stars.length === 0) return [];
    return this.block.projectColumns(stars.length).map((projected, k) => ({ ...sums[k]!, projected }));
  }

  /** Sets a column of the weighted patterns. */
  #second({ n, shift }: SecondStar, column: number): Omit<SecondSums, 'projected'> {
    const { numbers: f, at } = this.#panels;
    const { nPixels } = this;
    const element = (from: number, star: number) => from / 8 + (star & ~3) * at.nPixels + (star & 3);
    const [model, weight, residual] = [at.atPivot, at.weight, at.atLabels].map((from) => element(from, n)) as [
      number,
      number,
      number,
    ];
    const to = element(at.weighted, column);
    let [product, square, withSlope] = [0, 0, 0];
    for (let p = 0; p < at.nPixels; p++) {
      const e = 4 * p;
      if (p - shift < 0 || p - shift >= nPixels || p >= nPixels) {
        f[to + e] = 0;
        continue;
      }
      const t = f[model + e - 4 * shift]! - f[model + e]!;
      const wt = f[weight + e]! * t;
      f[to + e] = wt;
      product += wt * f[residual + e]!;
      square += wt * t;
      if (p < 2 || p >= nPixels - 2) continue;
      const a = model + e;
      withSlope += (wt * (8 * (f[a - 4]! - f[a + 4]!) - (f[a - 8]! - f[a + 8]!))) / 12;
    }
    return { product, square, withSlope };
  }

  /** Sums over every 8 pixels of what is left of residuals about their running mean (`badStretch.ts`); `use` must copy what it keeps. */
  roughness(reach: number, most: number, use: (n: number, sums: Float64Array, first: number) => void): void {
    const { kernels, numbers, at, nStars } = this.#panels;
    this.#eachPanel((offset, first) => {
      kernels.roughness(
        ...([this.nPixels, reach, most, at.weight + offset, at.atLabels + offset] as const),
        // The same room for all panels, which then stays in the cache.
        ...([at.weighted, at.flux] as const),
      );
      for (let n = first; n < Math.min(first + 4, nStars); n++) use(n, numbers, at.flux / 8 + n - first);
    });
  }

  /** Sets numbers of the stars to 0 until the function that comes back is called. */
  without(of: 'weight' | 'atLabels', pixels: readonly (readonly number[])[]): () => void {
    const { numbers, at } = this.#panels;
    const taken: [place: number, value: number][] = [];
    pixels.forEach((ofStar, n) => {
      const from = at[of] / 8 + (n & ~3) * at.nPixels + (n & 3);
      for (const p of ofStar) {
        taken.push([from + 4 * p, numbers[from + 4 * p]!]);
        numbers[from + 4 * p] = 0;
      }
    });
    return () => {
      // Backwards, as a pixel may be named twice.
      for (let k = taken.length - 1; k >= 0; k--) numbers[taken[k]![0]] = taken[k]![1];
    };
  }
}

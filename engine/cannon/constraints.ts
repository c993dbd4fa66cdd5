/**
 * What a training lays on the coefficients of each column of a block: terms that are forbidden (θ = 0), the ridge
 * λ Σ θ², and the penalty λ Σ |θ|. In the normal equations of 4 pixels at once, layout of `kernels/wasm/packed.ts`.
 *
 * A forbidden term's row and column become those of the identity and its right-hand side 0. Under the penalty λ Σ |θ|
 * `selectTerms` finds which coefficients are 0 and the signs of the others (`lasso.ts`): the former are then forbidden
 * too, and the others solve A θ = b − (λ/2) sign θ. So θ is exact, and with the set held its derivatives are those of
 * ordinary least squares in fewer terms: at the minimum over θ, d(χ² + λ Σ |θ|)/dv is the explicit one (`training.ts`).
 */
import { descend } from './lasso';
import { triangle, type TrainingPlan } from './trainingPlan';

/** A pixel to train, without the stars of `heldOut` when that is a fold. */
export interface Column {
  readonly pixel: number;
  readonly heldOut: number | null;
}

export interface ConstraintData {
  /** nPixels × nTerms: 0 forbids a term in a pixel (its θ is 0 there). All are allowed when absent. */
  readonly allowedTerms?: Uint8Array;
  /** λ of the penalty λ Σ θ_t² on all terms but the constant, added to χ². */
  readonly ridge?: number;
  /** nPixels: λ of the penalty λ Σ |θ_t| on all terms but the constant, added to χ². None when absent. */
  readonly l1?: Float64Array;
}

export class Constraints {
  /** Terms that are allowed, one number a column: how many coefficients the column may have. */
  readonly nAllowed: Int32Array;
  #columns: readonly Column[] = [];
  /** [column][term], 1 where θ is held at 0. Empty where nothing ever is. */
  readonly #silent: Uint8Array;
  /** [column][term], sign of θ under the penalty λ Σ |θ|. */
  readonly #signs: Int8Array;
  /** Where the descent of a column ended last: the next begins there. */
  readonly #last = new WeakMap<Column, Float64Array>();

  constructor(
    readonly plan: TrainingPlan,
    readonly data: ConstraintData,
    readonly f: Float64Array,
  ) {
    const size = plan.blockPixels * plan.nTerms;
    this.nAllowed = new Int32Array(plan.blockPixels).fill(plan.nTerms);
    this.#silent = new Uint8Array(data.allowedTerms || data.l1 ? size : 0);
    this.#signs = new Int8Array(data.l1 ? size : 0);
  }

  /** Takes the columns of a block; those that fill its last panel are like the last. */
  load(columns: readonly Column[], width: number): void {
    this.#columns = columns;
    if (this.#silent.length === 0) return;
    const { nTerms } = this.plan;
    this.#signs.fill(0);
    for (let c = 0; c < width; c++) this.#resetSilent(c);
    for (let c = 0; c < width; c++) {
      let count = 0;
      for (let t = 0; t < nTerms; t++) count += 1 - this.#silent[c * nTerms + t]!;
      this.nAllowed[c] = count;
    }
  }

  #resetSilent(c: number): void {
    const { allowedTerms } = this.data;
    const { nTerms } = this.plan;
    const { pixel } = this.#columnAt(c);
    for (let t = 0; t < nTerms; t++) {
      this.#silent[c * nTerms + t] = allowedTerms && allowedTerms[pixel * nTerms + t] === 0 ? 1 : 0;
    }
  }

  #columnAt(c: number): Column {
    return this.#columns[Math.min(c, this.#columns.length - 1)]!;
  }

  isSilent(c: number, term: number): boolean {
    return this.#silent.length > 0 && this.#silent[c * this.plan.nTerms + term] === 1;
  }

  /** The terms that are held at 0, of the panel that begins at column `c`. */
  eachSilent(c: number, act: (term: number, lane: number) => void): void {
    if (this.#silent.length === 0) return;
    const { nTerms } = this.plan;
    for (let lane = 0; lane < 4; lane++) {
      for (let t = 0; t < nTerms; t++) if (this.#silent[(c + lane) * nTerms + t] === 1) act(t, lane);
    }
  }

  /** Penalty and silent terms of a panel's unfolded normal matrices. */
  apply(matrix: number, c: number): void {
    const { f } = this;
    const { nTerms } = this.plan;
    const penalty = this.data.ridge ?? 0;
    if (penalty > 0) {
      for (let t = 1; t < nTerms; t++) {
        for (let lane = 0; lane < 4; lane++) f[matrix / 8 + 4 * (triangle(t + 1) - 1) + lane]! += penalty;
      }
    }
    this.#silenceMatrix(matrix, c);
  }

  #silenceMatrix(matrix: number, c: number): void {
    const { f } = this;
    this.eachSilent(c, (term, lane) => {
      const from = matrix / 8 + lane;
      let e = from + 4 * triangle(term);
      for (let k = 0; k < term; k++, e += 4) f[e] = 0;
      f[e] = 1;
      for (let k = term + 1; k < this.plan.nTerms; k++) f[(e += 4 * k)] = 0;
    });
  }

  /** Right-hand sides of silent terms become 0. */
  silence(vector: number, c: number): void {
    this.eachSilent(c, (term, lane) => (this.f[vector / 8 + 4 * term + lane] = 0));
  }

  /** Under the penalty λ Σ |θ|: which terms of a panel are 0. Unfolds anew by `unfold`, and leaves the matrix constrained. */
  selectTerms(c: number, matrix: number, right: number, unfold: () => void): void {
    const { l1 } = this.data;
    const { nTerms } = this.plan;
    if (!l1) return unfold();
    for (let lane = 0; lane < 4; lane++) this.#resetSilent(c + lane);
    unfold();
    for (let lane = 0; lane < 4; lane++) {
      if (c + lane >= this.#columns.length) {
        this.#copyLane(c + lane, c + lane - 1);
        continue;
      }
      const column = this.#columnAt(c + lane);
      const theta = this.#last.get(column) ?? new Float64Array(nTerms);
      const silent = this.#silent.subarray((c + lane) * nTerms, (c + lane + 1) * nTerms);
      const problem = this.#laneOf(matrix, right, lane);
      descend({ ...problem, lambda: l1[column.pixel]!, fixed: silent }, theta);
      this.#last.set(column, theta);
      for (let t = 0; t < nTerms; t++) {
        this.#signs[(c + lane) * nTerms + t] = t === 0 ? 0 : Math.sign(theta[t]!);
        if (t > 0 && theta[t] === 0) silent[t] = 1;
      }
    }
    this.#silenceMatrix(matrix, c);
  }

  #copyLane(to: number, from: number): void {
    const { nTerms } = this.plan;
    for (const array of [this.#silent, this.#signs]) {
      array.copyWithin(to * nTerms, from * nTerms, (from + 1) * nTerms);
    }
  }

  /** The matrix and the right-hand side of one lane, by themselves. */
  #laneOf(matrix: number, right: number, lane: number): { matrix: Float64Array; right: Float64Array } {
    const { f } = this;
    const { nTerms } = this.plan;
    const dense = new Float64Array(nTerms * nTerms);
    for (let i = 0, e = matrix / 8 + lane; i < nTerms; i++) {
      for (let j = 0; j <= i; j++, e += 4) dense[i * nTerms + j] = dense[j * nTerms + i] = f[e]!;
    }
    return { matrix: dense, right: Float64Array.from({ length: nTerms }, (_, t) => f[right / 8 + 4 * t + lane]!) };
  }

  /** Takes the derivative of the penalties at `theta`, over 2, from a panel's right-hand sides; `theta` null is 0. */
  addPenalties(vector: number, c: number, theta: number | null): void {
    const { f, data } = this;
    const { nTerms } = this.plan;
    const { ridge = 0, l1 } = data;
    if (theta !== null && ridge > 0) {
      for (let e = 4; e < 4 * nTerms; e++) f[vector / 8 + e]! -= ridge * f[theta / 8 + e]!;
    }
    if (!l1) return;
    for (let lane = 0; lane < 4; lane++) {
      const half = l1[this.#columnAt(c + lane).pixel]! / 2;
      for (let t = 1; t < nTerms; t++) {
        f[vector / 8 + 4 * t + lane]! -= half * this.#signs[(c + lane) * nTerms + t]!;
      }
    }
  }
}

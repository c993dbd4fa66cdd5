/**
 * θ under the penalty λ Σ |θ_t| on all terms but the constant: min θᵀ A θ − 2 bᵀ θ + λ Σ |θ_t|, for one pixel.
 *
 * Casey et al. 2016 (arXiv:1603.03040) add that penalty to χ² of a pixel, as here. The minimum is where (Karush, Kuhn,
 * Tucker) the gradient g = b − A θ of −χ² / 2 is (λ/2) sign θ_t for θ_t ≠ 0, and |g_t| ≤ λ/2 for θ_t = 0. Cyclic
 * coordinate descent (Friedman, Hastie & Tibshirani 2010, J. Stat. Softw. 33, 1) finds which coefficients are 0: sweeps
 * over those that are not, then one over all, until θ solved for exactly with these zeros and signs meets the conditions.
 * Cost: nTerms multiply-adds a coefficient that moves, and a factor of the normal matrix a trial.
 */
import { choleskyFactor, choleskySolve } from '../kernels/cholesky';

/** Steps after which coefficients are at rest, and after which it is first tried whether zeros and signs are found. */
const tolerance = 1e-10;
const firstTolerance = 1e-2;
const maxSweeps = 2000;

export interface LassoProblem {
  /** n × n, symmetric, and n. */
  readonly matrix: Float64Array;
  readonly right: Float64Array;
  readonly lambda: number;
  /** 1 for coefficients that are held at 0. */
  readonly fixed: ArrayLike<number>;
}

/** Moves `theta` to the minimum; the first coefficient is not penalized. Returns whether it got there. */
export function descend({ matrix, right, lambda, fixed }: LassoProblem, theta: Float64Array): boolean {
  const n = right.length;
  const gradient = right.slice();
  for (let t = 0; t < n; t++) {
    if (fixed[t] !== 0) theta[t] = 0;
    if (theta[t] !== 0) addRow(gradient, matrix, t, -theta[t]!);
  }
  /** Moves one coefficient to its best place; returns by how much that matters, in units of χ²'s own scale. */
  const move = (t: number): number => {
    const diagonal = matrix[t * n + t]!;
    if (fixed[t] !== 0 || !(diagonal > 0)) return 0;
    const pull = gradient[t]! + diagonal * theta[t]!;
    const threshold = t === 0 ? 0 : lambda / 2;
    const next = Math.abs(pull) <= threshold ? 0 : (pull - Math.sign(pull) * threshold) / diagonal;
    const step = next - theta[t]!;
    if (step === 0) return 0;
    theta[t] = next;
    addRow(gradient, matrix, t, -step);
    return Math.abs(step) * Math.sqrt(diagonal);
  };
  let scale = 0;
  for (let t = 0; t < n; t++) {
    if (matrix[t * n + t]! > 0) scale = Math.max(scale, Math.abs(right[t]!) / Math.sqrt(matrix[t * n + t]!));
  }
  let loose = firstTolerance;
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    let largest = 0;
    for (let t = 0; t < n; t++) largest = Math.max(largest, move(t));
    if (largest <= tolerance * scale) return true;
    for (; sweep < maxSweeps && largest > loose * scale; sweep++) {
      largest = 0;
      for (let t = 0; t < n; t++) if (theta[t] !== 0) largest = Math.max(largest, move(t));
    }
    if (solveHeld({ matrix, right, lambda, fixed }, theta)) return true;
    loose = Math.max(loose / 10, tolerance);
  }
  return false;
}

/** θ with these zeros and signs, exactly: taken where it has these signs and the conditions hold for the zeros. */
function solveHeld({ matrix, right, lambda, fixed }: LassoProblem, theta: Float64Array): boolean {
  const n = right.length;
  const held: number[] = [];
  for (let t = 0; t < n; t++) if (fixed[t] === 0 && (t === 0 || theta[t] !== 0)) held.push(t);
  const m = held.length;
  const normal = new Float64Array(m * m);
  const solved = new Float64Array(m);
  for (let i = 0; i < m; i++) {
    const t = held[i]!;
    solved[i] = right[t]! - (t === 0 ? 0 : (Math.sign(theta[t]!) * lambda) / 2);
    for (let j = 0; j <= i; j++) normal[i * m + j] = matrix[t * n + held[j]!]!;
  }
  if (!choleskyFactor(normal, m)) return false;
  choleskySolve(normal, m, solved);
  for (let i = 0; i < m; i++) if (held[i] !== 0 && solved[i]! * theta[held[i]!]! <= 0) return false;
  const gradient = right.slice();
  for (let i = 0; i < m; i++) addRow(gradient, matrix, held[i]!, -solved[i]!);
  for (let t = 0; t < n; t++) {
    const isZero = t !== 0 && fixed[t] === 0 && theta[t] === 0;
    if (isZero && Math.abs(gradient[t]!) > lambda / 2) return false;
  }
  for (let i = 0; i < m; i++) theta[held[i]!] = solved[i]!;
  return true;
}

function addRow(gradient: Float64Array, matrix: Float64Array, t: number, factor: number): void {
  const n = gradient.length;
  for (let k = 0, e = t * n; k < n; k++, e++) gradient[k]! += factor * matrix[e]!;
}

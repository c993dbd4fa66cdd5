/**
 * How well the coefficients of a pixel are known: the covariance of θ, C = A⁻¹, A = Xᵀ W X + Λ, at the s of the pixel,
 * and the condition of A.
 *
 * C is the inverse of half the Hessian of χ², so it holds for Gaussian errors σ² + s² and does not count the error of s
 * itself, which is independent of that of θ to first order. Under a ridge it is the curvature's inverse, not a sampling
 * variance; under the penalty λ Σ |θ| it is that of the coefficients that are not 0. Coefficients held at 0 have error 0.
 * The kernels' factors belong to the v of the last evaluation, a step Δ from the final one: with A ∝ Σ w as v changes,
 * C(v + Δ) = C (1 + Δ Σ w² / Σ w), exact where all σ are equal, else right to a few per cent of |Δ| / v, which is below 2 %.
 */
import { choleskyFactor, choleskySolve } from '../kernels/cholesky';
import { conditionOf } from '../kernels/plainPacked';
import type { PixelBlock } from './pixelBlock';
import { packedIndex, triangle } from './trainingPlan';

export interface ThetaErrors {
  /** One a term: the variance of its θ. */
  readonly variance: Float64Array;
  /** ‖A‖₁ ‖A⁻¹‖₁ with the diagonal of A scaled to 1; coefficients held at 0 do not count. */
  readonly condition: number;
  /** On request: the lower triangle of C by rows. */
  readonly covariance: Float64Array | null;
}

/**
 * Of the panel that begins at column `c`, one a lane: at the v that `block` was last evaluated at, plus `steps`. The
 * moments must still be those of that evaluation.
 */
export function panelErrors(block: PixelBlock, c: number, steps: ArrayLike<number>, full: boolean): ThetaErrors[] {
  const { kernels, plan, at, f, constraints } = block;
  const { nTerms } = plan;
  kernels.invertFactor(nTerms, block.factorOf(c), at.inverse);
  block.unfoldPanel(c, at.matrix);
  // Terms held at 0 have rows of the identity in both matrices, which no norm is below.
  kernels.conditionOfPanel(nTerms, at.matrix, at.inverse, at.vectors[0]!, at.small);
  return [0, 1, 2, 3].map((lane) => {
    const slope = steps[lane] === 0 ? 0 : steps[lane]! * block.weightSlope[c + lane]!;
    const growth = Math.max(1 + slope, 0.5);
    const from = at.inverse / 8 + lane;
    const variance = new Float64Array(nTerms);
    for (let t = 0; t < nTerms; t++) {
      variance[t] = constraints.isSilent(c + lane, t) ? 0 : f[from + 4 * (triangle(t + 1) - 1)]! * growth;
    }
    const covariance = full ? new Float64Array(triangle(nTerms)) : null;
    if (covariance !== null) copyInverse(block, c + lane, growth, covariance);
    return { variance, condition: f[at.small / 8 + lane]!, covariance };
  });
}

/** The inverse of a column, of the panel that was inverted last, times `growth`: its lower triangle by rows, into `out`. */
export function copyInverse(
  { plan, at, f, constraints }: PixelBlock,
  c: number,
  growth: number,
  out: Float64Array,
): void {
  const from = at.inverse / 8 + (c & 3);
  for (let i = 0, e = 0; i < plan.nTerms; i++) {
    const isSilent = constraints.isSilent(c, i);
    for (let j = 0; j <= i; j++, e++) {
      out[e] = isSilent || constraints.isSilent(c, j) ? 0 : f[from + 4 * e]! * growth;
    }
  }
}

/**
 * The same for one pixel in plain arithmetic: from rows of an orthonormal basis Q of the design X = Q R and weights w, as
 * C = R⁻¹ (Qᵀ W Q)⁻¹ R⁻ᵀ, which stays accurate where X is nearly degenerate. Null where Qᵀ W Q has no factor.
 */
export function plainErrors(
  q: Float64Array,
  r: Float64Array,
  weights: ArrayLike<number>,
  n: number,
  full: boolean,
): ThetaErrors | null {
  const normal = new Float64Array(n * n);
  for (let k = 0; k < weights.length; k++) {
    if (weights[k] === 0) continue;
    for (let i = 0; i < n; i++) {
      const wq = weights[k]! * q[k * n + i]!;
      for (let j = 0; j <= i; j++) normal[i * n + j]! += wq * q[k * n + j]!;
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) normal[j * n + i] = normal[i * n + j]!;
  const inQ = normal.slice();
  if (!choleskyFactor(normal, n)) return null;
  // Columns of R⁻ᵀ: the rows of R⁻¹.
  const rows = Array.from({ length: n }, (_, t) => solveTransposed(r, n, t));
  const [matrix, inverse] = [new Float64Array(triangle(n)), new Float64Array(triangle(n))];
  for (let i = 0; i < n; i++) {
    const solved = rows[i]!.slice();
    choleskySolve(normal, n, solved);
    for (let j = 0; j <= i; j++) inverse[packedIndex(i, j)] = dot(solved, rows[j]!);
    const product = Float64Array.from({ length: n }, (_, a) => {
      let sum = 0;
      for (let b = 0; b <= i; b++) sum += inQ[a * n + b]! * r[b * n + i]!;
      return sum;
    });
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let a = 0; a <= j; a++) sum += r[a * n + j]! * product[a]!;
      matrix[packedIndex(i, j)] = sum;
    }
  }
  const size = triangle(n);
  const both = new Float64Array(2 * size + 3 * n);
  both.set(matrix);
  both.set(inverse, size);
  const condition = conditionOf(both, n, 0, size, 2 * size, 1);
  const variance = Float64Array.from({ length: n }, (_, t) => inverse[triangle(t + 1) - 1]!);
  return { variance, condition, covariance: full ? inverse : null };
}

/** y with Rᵀ y = e_t, R upper triangular and row-major. */
function solveTransposed(r: Float64Array, n: number, t: number): Float64Array {
  const y = new Float64Array(n);
  for (let i = t; i < n; i++) {
    let sum = i === t ? 1 : 0;
    for (let k = t; k < i; k++) sum -= r[k * n + i]! * y[k]!;
    y[i] = sum / r[i * n + i]!;
  }
  return y;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

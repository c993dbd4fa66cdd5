/**
 * Cholesky factor of a small symmetric positive definite matrix, and solves with it.
 *
 * Layout: n × n, row-major, in one Float64Array; only the lower triangle is read or written. `factor` works in place.
 * Cost: n³/6 multiply-adds for the factor, n² for a solve. Source: Golub & Van Loan, Matrix Computations, §4.2.
 */

/**
 * Overwrites the lower triangle of `a` with L where a = L Lᵀ.
 *
 * Returns false, leaving `a` half done, when a pivot falls to `tolerance` times its own diagonal element or is not
 * finite: the matrix is then singular or indefinite to working precision, and no solve may follow.
 */
export function choleskyFactor(a: Float64Array, n: number, tolerance = 1e-12): boolean {
  for (let i = 0; i < n; i++) {
    const rowI = i * n;
    for (let j = 0; j < i; j++) {
      const rowJ = j * n;
      let sum = a[rowI + j]!;
      for (let k = 0; k < j; k++) sum -= a[rowI + k]! * a[rowJ + k]!;
      a[rowI + j] = sum / a[rowJ + j]!;
    }
    const diagonal = a[rowI + i]!;
    let pivot = diagonal;
    for (let k = 0; k < i; k++) pivot -= a[rowI + k]! ** 2;
    if (!(pivot > tolerance * diagonal) || pivot === Infinity) return false;
    a[rowI + i] = Math.sqrt(pivot);
  }
  return true;
}

/** Solves L Lᵀ x = b in place: `b` (n) becomes x. */
export function choleskySolve(l: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= l[i * n + k]! * b[k]!;
    b[i] = sum / l[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let k = i + 1; k < n; k++) sum -= l[k * n + i]! * b[k]!;
    b[i] = sum / l[i * n + i]!;
  }
}

/** (L Lᵀ)⁻¹ as a full symmetric n × n matrix. */
export function choleskyInverse(l: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  const column = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    column.fill(0);
    column[j] = 1;
    choleskySolve(l, n, column);
    for (let i = 0; i < n; i++) inverse[i * n + j] = column[i]!;
  }
  return inverse;
}

/**
 * An orthonormal basis of a design matrix's columns: X = Q R, by Householder reflections.
 *
 * Normal equations square the condition number of their matrix. Formed with Q in place of X they are conditioned by
 * the spread of the weights alone, whatever the units of the labels or the degree of the terms; R then takes the
 * coefficients back: θ = R⁻¹ c. Layout: row-major, Q nRows × nColumns, R nColumns × nColumns upper triangular.
 * Cost: about 2 nRows nColumns² multiply-adds, once for all pixels.
 */
import { Matrix, QrDecomposition } from 'ml-matrix';

export interface OrthonormalBasis {
  readonly q: Float64Array;
  readonly r: Float64Array;
  /** The first column that the ones before it already span, to a relative 1e-10; −1 when there is none. */
  readonly dependentColumn: number;
}

/** Columns are scaled to unit length first, and R scaled back, so that units do not matter to the rank. */
export function orthonormalBasis(x: Float64Array, nRows: number, nColumns: number): OrthonormalBasis {
  const norms = new Float64Array(nColumns);
  for (let i = 0; i < nRows * nColumns; i++) norms[i % nColumns]! += x[i]! ** 2;
  for (let j = 0; j < nColumns; j++) norms[j] = Math.sqrt(norms[j]!);

  const scaled = new Matrix(nRows, nColumns);
  for (let i = 0; i < nRows; i++) {
    for (let j = 0; j < nColumns; j++) scaled.set(i, j, norms[j]! > 0 ? x[i * nColumns + j]! / norms[j]! : 0);
  }
  const decomposition = new QrDecomposition(scaled);
  const orthogonal = decomposition.orthogonalMatrix;
  const upper = decomposition.upperTriangularMatrix;

  const q = new Float64Array(nRows * nColumns);
  const r = new Float64Array(nColumns * nColumns);
  let dependentColumn = -1;
  for (let j = 0; j < nColumns; j++) {
    if (dependentColumn < 0 && !(Math.abs(upper.get(j, j)) > 1e-10)) dependentColumn = j;
    for (let i = 0; i < nRows; i++) q[i * nColumns + j] = orthogonal.get(i, j);
    for (let i = 0; i <= j; i++) r[i * nColumns + j] = upper.get(i, j) * norms[j]!;
  }
  return { q, r, dependentColumn };
}

/** Solves R θ = c by back substitution; writes θ into `out` at `offset`. */
export function solveUpper(r: Float64Array, n: number, c: Float64Array, out: Float64Array, offset: number): void {
  for (let i = n - 1; i >= 0; i--) {
    let sum = c[i]!;
    for (let j = i + 1; j < n; j++) sum -= r[i * n + j]! * out[offset + j]!;
    out[offset + i] = sum / r[i * n + i]!;
  }
}

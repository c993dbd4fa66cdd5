/**
 * Weighted normal equations: A = Xᵀ W X and b = Xᵀ W y.
 *
 * Layout: X is nRows × nColumns, row-major; A is nColumns × nColumns, row-major, lower triangle only; weights of 0 are
 * skipped, so that a NaN in an unused element of y does no harm. Cost: nRows · nColumns (nColumns + 3) / 2 multiply-adds.
 * Training calls it with stars as rows (X = the design), the test step with pixels as rows (X = θ).
 */
export function accumulateNormal(
  x: Float64Array,
  weight: Float64Array,
  y: Float64Array,
  nRows: number,
  nColumns: number,
  a: Float64Array,
  b: Float64Array,
): void {
  a.fill(0);
  b.fill(0);
  for (let row = 0; row < nRows; row++) {
    const w = weight[row]!;
    if (w === 0) continue;
    const base = row * nColumns;
    const target = y[row]!;
    for (let i = 0; i < nColumns; i++) {
      const wx = w * x[base + i]!;
      b[i]! += wx * target;
      const rowI = i * nColumns;
      for (let j = 0; j <= i; j++) a[rowI + j]! += wx * x[base + j]!;
    }
  }
}

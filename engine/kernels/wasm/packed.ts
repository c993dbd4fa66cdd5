/**
 * Dense algebra on the symmetric matrices of 4 pixels at once, a pixel a lane.
 *
 * Layout: lower triangle by rows, element (i, j ≤ i) of the four matrices at [i (i + 1) / 2 + j][4]; vectors [n][4].
 * After `choleskyFactor` the diagonal holds 1 / L_ii, so that solves multiply.
 * Cost: factor n³ / 6 multiply-adds a lane, inverse n³ / 3, solve and multiply n². Source: Golub & Van Loan, Matrix Computations, §4.2.
 */

function rowOf(matrix: usize, i: i32): usize {
  return matrix + ((<usize>i * <usize>(i + 1)) << 4);
}

/**
 * Picks the elements of 4 columns' matrices out of the product Z W: element e is row index[e] of `moments`, a matrix
 * with `nColumns` columns whose columns `column` to `column + 3` are taken.
 */
export function unfold(nElements: i32, nColumns: i32, column: i32, index: usize, moments: usize, matrix: usize): void {
  for (let e = 0; e < nElements; e++) {
    const from = moments + ((<usize>load<i32>(index + ((<usize>e) << 2)) * <usize>nColumns + <usize>column) << 3);
    v128.store(matrix, v128.load(from));
    v128.store(matrix, v128.load(from, 16), 16);
    matrix += 32;
  }
}

/** `unfold` of moments − part: the sums over all stars but those of a fold. */
export function subtractUnfolded(
  nElements: i32,
  nColumns: i32,
  column: i32,
  index: usize,
  moments: usize,
  part: usize,
  matrix: usize,
): void {
  for (let e = 0; e < nElements; e++) {
    const at = (<usize>load<i32>(index + ((<usize>e) << 2)) * <usize>nColumns + <usize>column) << 3;
    v128.store(matrix, f64x2.sub(v128.load(moments + at), v128.load(part + at)));
    v128.store(matrix, f64x2.sub(v128.load(moments + at, 16), v128.load(part + at, 16)), 16);
    matrix += 32;
  }
}

/**
 * Cholesky factor in place. Writes 4 doubles to `smallest`: the smallest pivot of each lane relative to its diagonal
 * element. A lane whose number is not well above 1e-16 has no factor.
 */
export function choleskyFactor(n: i32, matrix: usize, smallest: usize): void {
  let least0 = f64x2.splat(Infinity);
  let least1 = f64x2.splat(Infinity);
  const one = f64x2.splat(1);
  for (let j = 0; j < n; j++) {
    const rowJ = rowOf(matrix, j);
    const diagonal = rowJ + ((<usize>j) << 5);
    const a0 = v128.load(diagonal);
    const a1 = v128.load(diagonal, 16);
    let s0 = a0;
    let s1 = a1;
    for (let p = rowJ; p < diagonal; p += 32) {
      const x0 = v128.load(p);
      const x1 = v128.load(p, 16);
      s0 = f64x2.sub(s0, f64x2.mul(x0, x0));
      s1 = f64x2.sub(s1, f64x2.mul(x1, x1));
    }
    least0 = f64x2.min(least0, f64x2.div(s0, a0));
    least1 = f64x2.min(least1, f64x2.div(s1, a1));
    const inverse0 = f64x2.div(one, f64x2.sqrt(s0));
    const inverse1 = f64x2.div(one, f64x2.sqrt(s1));
    v128.store(diagonal, inverse0);
    v128.store(diagonal, inverse1, 16);
    // Two rows at a time share the loads of row j.
    let i = j + 1;
    for (; i + 1 < n; i += 2) factorTwo(rowJ, diagonal, rowOf(matrix, i), rowOf(matrix, i + 1), inverse0, inverse1);
    if (i < n) factorOne(rowJ, diagonal, rowOf(matrix, i), inverse0, inverse1);
  }
  v128.store(smallest, least0);
  v128.store(smallest, least1, 16);
}

function factorTwo(rowJ: usize, end: usize, p: usize, q: usize, inverse0: v128, inverse1: v128): void {
  const length = end - rowJ;
  let p0 = v128.load(p + length);
  let p1 = v128.load(p + length, 16);
  let q0 = v128.load(q + length);
  let q1 = v128.load(q + length, 16);
  while (rowJ < end) {
    const x0 = v128.load(rowJ);
    const x1 = v128.load(rowJ, 16);
    p0 = f64x2.sub(p0, f64x2.mul(x0, v128.load(p)));
    p1 = f64x2.sub(p1, f64x2.mul(x1, v128.load(p, 16)));
    q0 = f64x2.sub(q0, f64x2.mul(x0, v128.load(q)));
    q1 = f64x2.sub(q1, f64x2.mul(x1, v128.load(q, 16)));
    rowJ += 32;
    p += 32;
    q += 32;
  }
  v128.store(p, f64x2.mul(p0, inverse0));
  v128.store(p, f64x2.mul(p1, inverse1), 16);
  v128.store(q, f64x2.mul(q0, inverse0));
  v128.store(q, f64x2.mul(q1, inverse1), 16);
}

function factorOne(rowJ: usize, end: usize, p: usize, inverse0: v128, inverse1: v128): void {
  let p0 = v128.load(p + (end - rowJ));
  let p1 = v128.load(p + (end - rowJ), 16);
  while (rowJ < end) {
    p0 = f64x2.sub(p0, f64x2.mul(v128.load(rowJ), v128.load(p)));
    p1 = f64x2.sub(p1, f64x2.mul(v128.load(rowJ, 16), v128.load(p, 16)));
    rowJ += 32;
    p += 32;
  }
  v128.store(p, f64x2.mul(p0, inverse0));
  v128.store(p, f64x2.mul(p1, inverse1), 16);
}

/** Solves L Lᵀ x = b in place. */
export function choleskySolve(n: i32, factor: usize, b: usize): void {
  for (let i = 0; i < n; i++) {
    let p = rowOf(factor, i);
    const y = b + ((<usize>i) << 5);
    let s0 = v128.load(y);
    let s1 = v128.load(y, 16);
    for (let q = b; q < y; q += 32) {
      s0 = f64x2.sub(s0, f64x2.mul(v128.load(p), v128.load(q)));
      s1 = f64x2.sub(s1, f64x2.mul(v128.load(p, 16), v128.load(q, 16)));
      p += 32;
    }
    v128.store(y, f64x2.mul(s0, v128.load(p)));
    v128.store(y, f64x2.mul(s1, v128.load(p, 16)), 16);
  }
  for (let i = n - 1; i >= 0; i--) {
    let p = rowOf(factor, i);
    const y = b + ((<usize>i) << 5);
    const x0 = f64x2.mul(v128.load(y), v128.load(p + ((<usize>i) << 5)));
    const x1 = f64x2.mul(v128.load(y, 16), v128.load(p + ((<usize>i) << 5), 16));
    v128.store(y, x0);
    v128.store(y, x1, 16);
    for (let q = b; q < y; q += 32) {
      v128.store(q, f64x2.sub(v128.load(q), f64x2.mul(x0, v128.load(p))));
      v128.store(q, f64x2.sub(v128.load(q, 16), f64x2.mul(x1, v128.load(p, 16))), 16);
      p += 32;
    }
  }
}

/** The inverse of L Lᵀ, as its lower triangle: first M = L⁻¹, row by row, then Mᵀ M in its place. */
export function invertFactor(n: i32, factor: usize, inverse: usize): void {
  for (let i = 0; i < n; i++) invertRow(i, rowOf(factor, i), inverse);
  // Row i of M is used up before it is written over: rows of the result up to it hold the sums over rows of M up to it.
  let i = 0;
  for (; i + 1 < n; i += 2) {
    const rowI = rowOf(inverse, i);
    const next = rowOf(inverse, i + 1);
    for (let a = 0; a < i; a++) {
      const m = (<usize>a) << 5;
      addTwoScaledRows(rowI, next, a + 1, rowOf(inverse, a), rowI + m, next + m);
    }
    scaleRow(rowI, i);
    addScaledRow(next, i + 1, rowI, next + ((<usize>i) << 5));
    scaleRow(next, i + 1);
  }
  if (i == n) return;
  const last = rowOf(inverse, i);
  for (let a = 0; a < i; a++) addScaledRow(last, a + 1, rowOf(inverse, a), last + ((<usize>a) << 5));
  scaleRow(last, i);
}

/** Row i of M = L⁻¹ from those before it, two at a time. */
function invertRow(i: i32, l: usize, inverse: usize): void {
  const row = rowOf(inverse, i);
  const end = row + ((<usize>i) << 5);
  const zero = f64x2.splat(0);
  for (let p = row; p < end; p += 16) v128.store(p, zero);
  let k = 0;
  for (; k + 1 < i; k += 2) {
    const first = rowOf(inverse, k);
    const second = rowOf(inverse, k + 1);
    addTwoScaledRows(first, second, k + 1, row, l + ((<usize>k) << 5), l + ((<usize>(k + 1)) << 5));
    const beyond = (<usize>(k + 1)) << 5;
    addScaledRow(second + beyond, 1, row + beyond, l + beyond);
  }
  if (k < i) addScaledRow(rowOf(inverse, k), k + 1, row, l + ((<usize>k) << 5));
  const d0 = v128.load(l + ((<usize>i) << 5));
  const d1 = v128.load(l + ((<usize>i) << 5), 16);
  for (let p = row; p < end; p += 32) {
    v128.store(p, f64x2.neg(f64x2.mul(v128.load(p), d0)));
    v128.store(p, f64x2.neg(f64x2.mul(v128.load(p, 16), d1)), 16);
  }
  v128.store(end, d0);
  v128.store(end, d1, 16);
}

/** Elements 0 to i, times the last of them. */
function scaleRow(row: usize, i: i32): void {
  const end = row + ((<usize>i) << 5);
  const d0 = v128.load(end);
  const d1 = v128.load(end, 16);
  for (let p = row; p <= end; p += 32) {
    v128.store(p, f64x2.mul(v128.load(p), d0));
    v128.store(p, f64x2.mul(v128.load(p, 16), d1), 16);
  }
}

/** to += x · from, over `count` elements. */
function addScaledRow(from: usize, count: i32, to: usize, x: usize): void {
  const x0 = v128.load(x);
  const x1 = v128.load(x, 16);
  const end = from + ((<usize>count) << 5);
  while (from < end) {
    v128.store(to, f64x2.add(v128.load(to), f64x2.mul(x0, v128.load(from))));
    v128.store(to, f64x2.add(v128.load(to, 16), f64x2.mul(x1, v128.load(from, 16))), 16);
    from += 32;
    to += 32;
  }
}

/** to += x · p + y · q, in this order: half the loads and stores of the result. */
function addTwoScaledRows(p: usize, q: usize, count: i32, to: usize, x: usize, y: usize): void {
  const x0 = v128.load(x);
  const x1 = v128.load(x, 16);
  const y0 = v128.load(y);
  const y1 = v128.load(y, 16);
  const end = p + ((<usize>count) << 5);
  while (p < end) {
    const a0 = f64x2.add(v128.load(to), f64x2.mul(x0, v128.load(p)));
    const a1 = f64x2.add(v128.load(to, 16), f64x2.mul(x1, v128.load(p, 16)));
    v128.store(to, f64x2.add(a0, f64x2.mul(y0, v128.load(q))));
    v128.store(to, f64x2.add(a1, f64x2.mul(y1, v128.load(q, 16))), 16);
    p += 32;
    q += 32;
    to += 32;
  }
}

/** y = S x, S symmetric. */
export function symmetricMultiply(n: i32, matrix: usize, x: usize, y: usize): void {
  let p = matrix;
  for (let i = 0; i < n; i++) {
    const xi = x + ((<usize>i) << 5);
    const yi = y + ((<usize>i) << 5);
    const x0 = v128.load(xi);
    const x1 = v128.load(xi, 16);
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let r = y;
    for (let q = x; q < xi; q += 32) {
      const m0 = v128.load(p);
      const m1 = v128.load(p, 16);
      s0 = f64x2.add(s0, f64x2.mul(m0, v128.load(q)));
      s1 = f64x2.add(s1, f64x2.mul(m1, v128.load(q, 16)));
      v128.store(r, f64x2.add(v128.load(r), f64x2.mul(m0, x0)));
      v128.store(r, f64x2.add(v128.load(r, 16), f64x2.mul(m1, x1)), 16);
      p += 32;
      r += 32;
    }
    v128.store(yi, f64x2.add(s0, f64x2.mul(v128.load(p), x0)));
    v128.store(yi, f64x2.add(s1, f64x2.mul(v128.load(p, 16), x1)), 16);
    p += 32;
  }
}

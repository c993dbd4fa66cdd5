/**
 * C (+)= A B, the product that carries nearly all the arithmetic.
 *
 * Layout: A comes in panels of 4 rows, [nRows / 4][nInner][4]; B in panels of 4 columns, [nColumns / 4][nInner][4];
 * C is row-major, nRows × nColumns. Rows and columns are multiples of 4. Only k in [from, to) is summed.
 * Cost: 2 nRows nColumns (to − from) flops. k is cut in blocks, so that a block of B stays in the second-level cache
 * and one of A in the first; within a block a 4 × 4 tile of C lives in eight registers. Unrolling k spills them.
 */
const BLOCK: i32 = 256;

export function gemm(
  nRows: i32,
  nColumns: i32,
  nInner: i32,
  a: usize,
  b: usize,
  c: usize,
  from: i32,
  to: i32,
  accumulate: i32,
): void {
  for (let k0 = from; k0 < to; k0 += BLOCK) {
    const depth = min<i32>(BLOCK, to - k0);
    const add = k0 > from || accumulate != 0;
    for (let i = 0; i < nRows; i += 4) {
      const aTile = a + ((<usize>i * <usize>nInner + <usize>k0 * 4) << 3);
      for (let j = 0; j < nColumns; j += 4) {
        const bTile = b + ((<usize>j * <usize>nInner + <usize>k0 * 4) << 3);
        tile(depth, nColumns, aTile, bTile, c + ((<usize>i * <usize>nColumns + <usize>j) << 3), add);
      }
    }
  }
}

function tile(depth: i32, nColumns: i32, a: usize, b: usize, c: usize, add: bool): void {
  let c00 = f64x2.splat(0);
  let c01 = f64x2.splat(0);
  let c10 = f64x2.splat(0);
  let c11 = f64x2.splat(0);
  let c20 = f64x2.splat(0);
  let c21 = f64x2.splat(0);
  let c30 = f64x2.splat(0);
  let c31 = f64x2.splat(0);
  const end = a + ((<usize>depth) << 5);
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load_splat<f64>(a);
    c00 = f64x2.add(c00, f64x2.mul(a0, b0));
    c01 = f64x2.add(c01, f64x2.mul(a0, b1));
    const a1 = v128.load_splat<f64>(a, 8);
    c10 = f64x2.add(c10, f64x2.mul(a1, b0));
    c11 = f64x2.add(c11, f64x2.mul(a1, b1));
    const a2 = v128.load_splat<f64>(a, 16);
    c20 = f64x2.add(c20, f64x2.mul(a2, b0));
    c21 = f64x2.add(c21, f64x2.mul(a2, b1));
    const a3 = v128.load_splat<f64>(a, 24);
    c30 = f64x2.add(c30, f64x2.mul(a3, b0));
    c31 = f64x2.add(c31, f64x2.mul(a3, b1));
    a += 32;
    b += 32;
  }
  const row = (<usize>nColumns) << 3;
  store4(c, c00, c01, add);
  store4(c + row, c10, c11, add);
  store4(c + row * 2, c20, c21, add);
  store4(c + row * 3, c30, c31, add);
}

function store4(c: usize, x0: v128, x1: v128, add: bool): void {
  if (add) {
    x0 = f64x2.add(v128.load(c), x0);
    x1 = f64x2.add(v128.load(c, 16), x1);
  }
  v128.store(c, x0);
  v128.store(c, x1, 16);
}

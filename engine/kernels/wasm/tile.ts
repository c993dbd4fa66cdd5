/**
 * The micro-kernel of all products: a 4 × 4 tile of A B, sums over `depth` inner elements, in eight registers.
 *
 * Layout: `a` and `b` point into panels of 4, [depth][4] each; the tile's rows lie `row` bytes apart in the result.
 * Cost: 32 flops for 64 bytes that are read. Unrolling the loop spills the registers.
 */

/** out = A B. */
export const SET: i32 = 0;
/** out = from + A B. */
export const ADD: i32 = 1;
/** out = from − A B. */
export const SUBTRACT: i32 = 2;

export function tile(depth: i32, a: usize, b: usize, from: usize, out: usize, row: usize, how: i32): void {
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
  put(from, out, c00, c01, how);
  put(from + row, out + row, c10, c11, how);
  put(from + row * 2, out + row * 2, c20, c21, how);
  put(from + row * 3, out + row * 3, c30, c31, how);
}

function put(from: usize, out: usize, x0: v128, x1: v128, how: i32): void {
  if (how == ADD) {
    x0 = f64x2.add(v128.load(from), x0);
    x1 = f64x2.add(v128.load(from, 16), x1);
  } else if (how == SUBTRACT) {
    x0 = f64x2.sub(v128.load(from), x0);
    x1 = f64x2.sub(v128.load(from, 16), x1);
  }
  v128.store(out, x0);
  v128.store(out, x1, 16);
}

/**
 * Element-wise work on columns of stars, one column a pixel, and the design times coefficients.
 *
 * Layout: columns come in panels of 4, [nColumns / 4][nStars][4]; nStars is padded to a multiple of 4. Variances of
 * unusable stars are Infinity and their flux 0, so that their weight is 0. The design comes in panels of 4 stars,
 * [nStars / 4][nTerms][4]; coefficients in panels of 4 columns, [nColumns / 4][nTerms][4].
 * Cost: `weigh` one division and three streams an element; `applyDesign` 2 nStars nTerms flops a column.
 */
import { SET, SUBTRACT, tile } from './tile';

/** weight = (1 / (variance + v))^power and weighted = weight · flux; v is one number a column. */
export function weigh(
  nColumns: i32,
  nStars: i32,
  power: i32,
  variance: usize,
  flux: usize,
  v: usize,
  weight: usize,
  weighted: usize,
): void {
  const one = f64x2.splat(1);
  let at: usize = 0;
  for (let j = 0; j < nColumns; j += 4) {
    const v0 = v128.load(v + ((<usize>j) << 3));
    const v1 = v128.load(v + ((<usize>j) << 3), 16);
    const end = at + ((<usize>nStars) << 5);
    while (at < end) {
      let w0 = f64x2.div(one, f64x2.add(v128.load(variance + at), v0));
      let w1 = f64x2.div(one, f64x2.add(v128.load(variance + at, 16), v1));
      if (power == 2) {
        w0 = f64x2.mul(w0, w0);
        w1 = f64x2.mul(w1, w1);
      }
      v128.store(weight + at, w0);
      v128.store(weight + at, w1, 16);
      v128.store(weighted + at, f64x2.mul(w0, v128.load(flux + at)));
      v128.store(weighted + at, f64x2.mul(w1, v128.load(flux + at, 16)), 16);
      at += 32;
    }
  }
}

/** out = weight² · residual, over `count` elements. */
export function multiplyWeightSquared(count: i32, weight: usize, residual: usize, out: usize): void {
  const end = (<usize>count) << 3;
  for (let at: usize = 0; at < end; at += 16) {
    const w = v128.load(weight + at);
    v128.store(out + at, f64x2.mul(w, f64x2.mul(w, v128.load(residual + at))));
  }
}

/** out = a · b, over `count` elements. */
export function multiply(count: i32, a: usize, b: usize, out: usize): void {
  const end = (<usize>count) << 3;
  for (let at: usize = 0; at < end; at += 16) {
    v128.store(out + at, f64x2.mul(v128.load(a + at), v128.load(b + at)));
  }
}

/** sum += part, over `count` elements. */
export function add(count: i32, part: usize, sum: usize): void {
  const end = (<usize>count) << 3;
  for (let at: usize = 0; at < end; at += 16) {
    v128.store(sum + at, f64x2.add(v128.load(sum + at), v128.load(part + at)));
  }
}

/** out = flux − X θ where subtract is 1 and X θ where it is 0; `flux` is not read then. */
export function applyDesign(
  nColumns: i32,
  nStars: i32,
  nTerms: i32,
  design: usize,
  theta: usize,
  flux: usize,
  out: usize,
  subtract: i32,
): void {
  for (let n = 0; n < nStars; n += 4) {
    const x = design + ((<usize>n * <usize>nTerms) << 3);
    for (let j = 0; j < nColumns; j += 4) {
      const at = (<usize>j * <usize>nStars + <usize>n * 4) << 3;
      tile(
        nTerms,
        x,
        theta + ((<usize>j * <usize>nTerms) << 3),
        flux + at,
        out + at,
        32,
        subtract != 0 ? SUBTRACT : SET,
      );
    }
  }
}

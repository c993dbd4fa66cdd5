/**
 * The sums of `../polynomial.ts`: monomials at a point, coefficients into tables, and table times monomials.
 *
 * Layout: plain arrays of doubles and of 32-bit indices. Cost: one multiplication (and addition) for each element.
 */

/** values[k] = values[parents[k]] · point[labels[k]] for k from 1 on; values[0] is 1. */
export function evaluateMonomials(count: i32, parents: usize, labels: usize, point: usize, values: usize): void {
  store<f64>(values, 1);
  for (let k = 1; k < count; k++) {
    const parent = load<f64>(values + ((<usize>load<i32>(parents + ((<usize>k) << 2))) << 3));
    const label = load<f64>(point + ((<usize>load<i32>(labels + ((<usize>k) << 2))) << 3));
    store<f64>(values + ((<usize>k) << 3), parent * label);
  }
}

/** products[e] = coefficients[index[e]] · factors[e]. */
export function multiplyGathered(count: i32, coefficients: usize, index: usize, factors: usize, products: usize): void {
  for (let e = 0; e < count; e++) {
    const c = load<f64>(coefficients + ((<usize>load<i32>(index + ((<usize>e) << 2))) << 3));
    store<f64>(products + ((<usize>e) << 3), c * load<f64>(factors + ((<usize>e) << 3)));
  }
}

/** out[s] = Σ products[e] · values[index[e]] over e from starts[s] to starts[s + 1]; odd and even e apart, then added. */
export function sumProducts(nSums: i32, starts: usize, products: usize, index: usize, values: usize, out: usize): void {
  for (let s = 0; s < nSums; s++) {
    let e = load<i32>(starts + ((<usize>s) << 2));
    const end = load<i32>(starts + ((<usize>s) << 2), 4);
    let even: f64 = 0;
    let odd: f64 = 0;
    for (; e + 1 < end; e += 2) {
      const p = products + ((<usize>e) << 3);
      const i = index + ((<usize>e) << 2);
      even += load<f64>(p) * load<f64>(values + ((<usize>load<i32>(i)) << 3));
      odd += load<f64>(p, 8) * load<f64>(values + ((<usize>load<i32>(i, 4)) << 3));
    }
    if (e < end) {
      const value = load<f64>(values + ((<usize>load<i32>(index + ((<usize>e) << 2))) << 3));
      even += load<f64>(products + ((<usize>e) << 3)) * value;
    }
    store<f64>(out + ((<usize>s) << 3), even + odd);
  }
}

/**
 * The polynomial at four points at once: sums[lane] = Σ coefficients[k] · values[k][lane], with one coefficient for each
 * of the `count` monomials. Layout: points [nLabels][4], values [count][4].
 */
export function evaluateAtFour(
  count: i32,
  parents: usize,
  labels: usize,
  points: usize,
  values: usize,
  coefficients: usize,
  sums: usize,
): void {
  const one = f64x2.splat(1);
  v128.store(values, one);
  v128.store(values, one, 16);
  let sum0 = v128.load_splat<f64>(coefficients);
  let sum1 = sum0;
  for (let k = 1; k < count; k++) {
    const parent = values + ((<usize>load<i32>(parents + ((<usize>k) << 2))) << 5);
    const label = points + ((<usize>load<i32>(labels + ((<usize>k) << 2))) << 5);
    const x0 = f64x2.mul(v128.load(parent), v128.load(label));
    const x1 = f64x2.mul(v128.load(parent, 16), v128.load(label, 16));
    const to = values + ((<usize>k) << 5);
    v128.store(to, x0);
    v128.store(to, x1, 16);
    const c = v128.load_splat<f64>(coefficients + ((<usize>k) << 3));
    sum0 = f64x2.add(sum0, f64x2.mul(c, x0));
    sum1 = f64x2.add(sum1, f64x2.mul(c, x1));
  }
  v128.store(sums, sum0);
  v128.store(sums, sum1, 16);
}

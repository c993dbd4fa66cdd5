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

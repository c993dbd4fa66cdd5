/**
 * What the test step multiplies: the squared model as polynomial coefficients, and stars' weights, both by pixels.
 *
 * (θ_p · η)² is a polynomial in the labels with a coefficient for each monomial, the sum of the θ_i θ_j that fold into
 * it. Layout: theta nPixels × nTerms, row-major; result in panels of 4 monomials, [nMonomials / 4][nPixels][4]; stars
 * in panels of 4 columns, [nColumns / 4][nPixels][4]. Cost: nTerms² / 2 multiply-adds a pixel; a division an element.
 */

/** `index`: element (i, j ≤ i) of the packed triangle → monomial. `sums`: nMonomials doubles of scratch. */
export function squareModel(
  fromPixel: i32,
  toPixel: i32,
  nPixels: i32,
  nTerms: i32,
  nMonomials: i32,
  theta: usize,
  index: usize,
  sums: usize,
  out: usize,
): void {
  for (let p = fromPixel; p < toPixel; p++) {
    memory.fill(sums, 0, (<usize>nMonomials) << 3);
    const row = theta + ((<usize>p * <usize>nTerms) << 3);
    let e = index;
    for (let i = 0; i < nTerms; i++) {
      const ti = load<f64>(row + ((<usize>i) << 3));
      for (let j = 0; j < i; j++) {
        const at = sums + ((<usize>load<i32>(e)) << 3);
        store<f64>(at, load<f64>(at) + 2 * ti * load<f64>(row + ((<usize>j) << 3)));
        e += 4;
      }
      const at = sums + ((<usize>load<i32>(e)) << 3);
      store<f64>(at, load<f64>(at) + ti * ti);
      e += 4;
    }
    for (let m = 0; m < nMonomials; m += 4) {
      const to = out + ((<usize>m * <usize>nPixels + <usize>p * 4) << 3);
      v128.store(to, v128.load(sums + ((<usize>m) << 3)));
      v128.store(to, v128.load(sums + ((<usize>m) << 3), 16), 16);
    }
  }
}

/**
 * One star into lane `lane` of its panel: weight = ivar / (1 + ivar v), 0 where ivar is not above 0, the model has no
 * finite v, or a number is not finite; residual = flux − base, 0 there; weighted = weight · residual.
 * Returns Σ weight residual².
 */
export function weighStar(
  nPixels: i32,
  lane: i32,
  flux: usize,
  ivar: usize,
  v: usize,
  base: usize,
  weight: usize,
  residual: usize,
  weighted: usize,
): f64 {
  let sum: f64 = 0;
  let to = (<usize>lane) << 3;
  for (let at: usize = 0; at < (<usize>nPixels) << 3; at += 8) {
    const inverse = load<f64>(ivar + at);
    const variance = load<f64>(v + at);
    let r = load<f64>(flux + at) - load<f64>(base + at);
    let w: f64 = 0;
    if (inverse > 0 && inverse < Infinity && variance < Infinity && r - r == 0) w = inverse / (1 + inverse * variance);
    else r = 0;
    store<f64>(weight + to, w);
    store<f64>(residual + to, r);
    store<f64>(weighted + to, w * r);
    sum += w * r * r;
    to += 32;
  }
  return sum;
}

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
 * finite v, or a number is not finite; residual = flux − base, 0 there.
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
): void {
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
    to += 32;
  }
}

/**
 * Of a panel of 4 stars: weighted = weight · residual, and 16 doubles to `out`: for each star Σ weight residual², the
 * largest of its summands, how many weights are above 0, and their sum.
 */
export function panelSums(nPixels: i32, weight: usize, residual: usize, weighted: usize, out: usize): void {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  for (let half: usize = 0; half < 32; half += 16) {
    let sum = zero;
    let most = zero;
    let count = zero;
    let weights = zero;
    const end = half + ((<usize>nPixels) << 5);
    for (let at = half; at < end; at += 32) {
      const w = v128.load(weight + at);
      const r = v128.load(residual + at);
      const wr = f64x2.mul(w, r);
      const square = f64x2.mul(wr, r);
      v128.store(weighted + at, wr);
      sum = f64x2.add(sum, square);
      most = f64x2.pmax(most, square);
      count = f64x2.add(count, v128.and(f64x2.gt(w, zero), one));
      weights = f64x2.add(weights, w);
    }
    v128.store(out + half, sum);
    v128.store(out + half, most, 32);
    v128.store(out + half, count, 64);
    v128.store(out + half, weights, 96);
  }
}

/**
 * Of the star in lane `lane`: weight · residual² of each pixel with a weight, one after the other, to `squares`, and to
 * `far` the pixels where that is above `limit`, −1 behind them. Returns how many have a weight.
 */
export function squaresOfStar(
  nPixels: i32,
  lane: i32,
  weight: usize,
  residual: usize,
  limit: f64,
  squares: usize,
  far: usize,
): i32 {
  let count = 0;
  let from = (<usize>lane) << 3;
  for (let p = 0; p < nPixels; p++) {
    const w = load<f64>(weight + from);
    if (w > 0) {
      const r = load<f64>(residual + from);
      const square = w * (r * r);
      store<f64>(squares + ((<usize>count) << 3), square);
      count++;
      if (square > limit) {
        store<i32>(far, p);
        far += 4;
      }
    }
    from += 32;
  }
  store<i32>(far, -1);
  return count;
}

/** How many of `values` have scale · max(1, factor · value) < cut. */
export function countLower(count: i32, values: usize, scale: f64, factor: f64, cut: f64): i32 {
  let found = 0;
  const end = values + ((<usize>count) << 3);
  for (let at = values; at < end; at += 8) found += i32(scale * max<f64>(1, factor * load<f64>(at)) < cut);
  return found;
}

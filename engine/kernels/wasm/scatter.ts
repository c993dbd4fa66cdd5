/**
 * Sums over stars that the search for the scatter of 4 pixels needs, at any v = s² and without new least squares.
 *
 * Residuals are taken as linear in v: r(v) = residual + (v − v0) · slope, which is exact to second order in v − v0.
 * Layout: one panel of 4 columns, [nStars][4]; v, v0, rest: 4 doubles; see `columns.ts` for unusable stars.
 * Cost: a division and about ten flops a star and column for each call.
 */

/**
 * With w = 1 / (variance + v), t = w r(v), writes 16 doubles to `out`: for each column 2 dL/dv = Σ t² − rest Σ w; its
 * derivative in v, Σ (rest w² − 2 w t² + 2 w t slope); Σ w; Σ w².
 * `rest` is 1 for maximum likelihood, and the share of degrees of freedom left for restricted maximum likelihood.
 */
export function scatterSums(
  nStars: i32,
  variance: usize,
  residual: usize,
  slope: usize,
  v: usize,
  v0: usize,
  rest: usize,
  out: usize,
): void {
  for (let half: usize = 0; half < 32; half += 16) {
    const one = f64x2.splat(1);
    const two = f64x2.splat(2);
    const vHere = v128.load(v + half);
    const step = f64x2.sub(vHere, v128.load(v0 + half));
    const share = v128.load(rest + half);
    let sumT2 = f64x2.splat(0);
    let sumW = f64x2.splat(0);
    let sumW2 = f64x2.splat(0);
    let derivative = f64x2.splat(0);
    let at = half;
    const end = half + ((<usize>nStars) << 5);
    while (at < end) {
      const w = f64x2.div(one, f64x2.add(v128.load(variance + at), vHere));
      const d = v128.load(slope + at);
      const t = f64x2.mul(w, f64x2.add(v128.load(residual + at), f64x2.mul(step, d)));
      const t2 = f64x2.mul(t, t);
      sumT2 = f64x2.add(sumT2, t2);
      sumW = f64x2.add(sumW, w);
      sumW2 = f64x2.add(sumW2, f64x2.mul(w, w));
      const inner = f64x2.add(f64x2.mul(share, w), f64x2.mul(two, f64x2.sub(f64x2.mul(t, d), t2)));
      derivative = f64x2.add(derivative, f64x2.mul(w, inner));
      at += 32;
    }
    v128.store(out + half, f64x2.sub(sumT2, f64x2.mul(share, sumW)));
    v128.store(out + 32 + half, derivative);
    v128.store(out + 64 + half, sumW);
    v128.store(out + 96 + half, sumW2);
  }
}

/** Writes 4 doubles to `out`: Σ (ln w − w residual²) over usable stars, twice the log-likelihood of a column at v. */
export function logLikelihood(nStars: i32, variance: usize, residual: usize, v: usize, out: usize): void {
  const one = f64x2.splat(1);
  const zero = f64x2.splat(0);
  for (let half: usize = 0; half < 32; half += 16) {
    const vHere = v128.load(v + half);
    let chi2 = zero;
    let product = one; // of weights, eight at a time: one logarithm for all eight
    let log0: f64 = 0;
    let log1: f64 = 0;
    for (let n = 0; n < nStars; n++) {
      const at = half + ((<usize>n) << 5);
      const r = v128.load(residual + at);
      const w = f64x2.div(one, f64x2.add(v128.load(variance + at), vHere));
      chi2 = f64x2.add(chi2, f64x2.mul(w, f64x2.mul(r, r)));
      product = f64x2.mul(product, v128.bitselect(one, w, f64x2.eq(w, zero)));
      if ((n & 7) == 7 || n == nStars - 1) {
        log0 += Math.log(f64x2.extract_lane(product, 0));
        log1 += Math.log(f64x2.extract_lane(product, 1));
        product = one;
      }
    }
    store<f64>(out + half, log0 - f64x2.extract_lane(chi2, 0));
    store<f64>(out + half, log1 - f64x2.extract_lane(chi2, 1), 8);
  }
}

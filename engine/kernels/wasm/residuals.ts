/**
 * What the diagnostics of residuals sum over all pixels, four stars at a time.
 *
 * Layout: panels of 4 stars, [nPixels][4]; `base` has a number a pixel. Cost a star and pixel: the model 1, its slope 3, one
 * shift 1, roughness 6 operations on pairs of numbers.
 */

/** In place of the residuals about the pivot the model itself: base + atPivot − atLabels. */
export function modelOfPanel(nPixels: i32, base: usize, atPivot: usize, atLabels: usize): void {
  for (let p = 0; p < nPixels; p++) {
    const b = v128.load_splat<f64>(base + ((<usize>p) << 3));
    const at = (<usize>p) << 5;
    for (let half = at; half < at + 32; half += 16) {
      const moved = f64x2.sub(v128.load(atPivot + half), v128.load(atLabels + half));
      v128.store(atPivot + half, f64x2.add(b, moved));
    }
  }
}

/**
 * Of the differences t between the model shifted by `shift` + k pixels, k of 0 to 3, and the model itself: Σ weighted t, and
 * Σ weight t² from every fourth pixel, times 4. [2][k][4] doubles to `out`.
 */
export function shiftSums(nPixels: i32, shift: i32, weight: usize, weighted: usize, model: usize, out: usize): void {
  const zero = f64x2.splat(0);
  const start = max<i32>(0, shift + 3);
  const end = min<i32>(nPixels, nPixels + shift);
  const back = <usize>((<isize>shift) << 5);
  for (let half: usize = 0; half < 32; half += 16) {
    let p0 = zero;
    let p1 = zero;
    let p2 = zero;
    let p3 = zero;
    let s0 = zero;
    let s1 = zero;
    let s2 = zero;
    let s3 = zero;
    for (let p = start; p < end; p++) {
      const at = half + ((<usize>p) << 5);
      const here = v128.load(model + at);
      const wr = v128.load(weighted + at);
      const from = model + at - back;
      const t0 = f64x2.sub(v128.load(from), here);
      const t1 = f64x2.sub(v128.load(from - 32), here);
      const t2 = f64x2.sub(v128.load(from - 64), here);
      const t3 = f64x2.sub(v128.load(from - 96), here);
      p0 = f64x2.add(p0, f64x2.mul(wr, t0));
      p1 = f64x2.add(p1, f64x2.mul(wr, t1));
      p2 = f64x2.add(p2, f64x2.mul(wr, t2));
      p3 = f64x2.add(p3, f64x2.mul(wr, t3));
      if ((p & 3) != 0) continue;
      const w = f64x2.mul(f64x2.splat(4), v128.load(weight + at));
      s0 = f64x2.add(s0, f64x2.mul(f64x2.mul(w, t0), t0));
      s1 = f64x2.add(s1, f64x2.mul(f64x2.mul(w, t1), t1));
      s2 = f64x2.add(s2, f64x2.mul(f64x2.mul(w, t2), t2));
      s3 = f64x2.add(s3, f64x2.mul(f64x2.mul(w, t3), t3));
    }
    const to = out + half;
    v128.store(to, p0);
    v128.store(to, p1, 32);
    v128.store(to, p2, 64);
    v128.store(to, p3, 96);
    v128.store(to, s0, 128);
    v128.store(to, s1, 160);
    v128.store(to, s2, 192);
    v128.store(to, s3, 224);
  }
}

/**
 * The change t of the model where it is shifted by a pixel to the red, through five of them, 0 at the ends: `weighted` (weight · residual) gives Σ weighted t and becomes
 * weight · t, which gives Σ weight t². 8 doubles to `out`.
 */
export function slopeOfPanel(nPixels: i32, weight: usize, weighted: usize, model: usize, out: usize): void {
  const zero = f64x2.splat(0);
  const eight = f64x2.splat(8);
  const twelfth = f64x2.splat(1.0 / 12.0);
  for (let half: usize = 0; half < 32; half += 16) {
    let product = zero;
    let square = zero;
    for (let p = 0; p < nPixels; p++) {
      const at = half + ((<usize>p) << 5);
      if (p < 2 || p >= nPixels - 2) {
        v128.store(weighted + at, zero);
        continue;
      }
      const near = f64x2.sub(v128.load(model + at - 32), v128.load(model + at + 32));
      const far = f64x2.sub(v128.load(model + at - 64), v128.load(model + at + 64));
      const t = f64x2.mul(f64x2.sub(f64x2.mul(eight, near), far), twelfth);
      const wt = f64x2.mul(v128.load(weight + at), t);
      product = f64x2.add(product, f64x2.mul(v128.load(weighted + at), t));
      square = f64x2.add(square, f64x2.mul(wt, t));
      v128.store(weighted + at, wt);
    }
    v128.store(out + half, product);
    v128.store(out + half, square, 32);
  }
}

/**
 * Of z = √weight · residual the running mean over 2 `reach` + 1 pixels, each cut off at ± √`most` in it, is taken off where there is
 * weight; of the squares of what is left, cut off at `most`, and of the pixels with weight the sums over every 8 pixels go to `out`,
 * [⌈nPixels / 8⌉][2][4]. `z` is room for a panel.
 */
export function roughness(
  nPixels: i32,
  reach: i32,
  most: f64,
  weight: usize,
  residual: usize,
  z: usize,
  out: usize,
): void {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const top = f64x2.splat(most);
  const high = f64x2.splat(sqrt<f64>(most));
  const low = f64x2.neg(high);
  for (let half: usize = 0; half < 32; half += 16) {
    let sum = zero;
    let count = zero;
    for (let ahead = 0; ahead < nPixels + reach; ahead++) {
      if (ahead < nPixels) {
        const at = half + ((<usize>ahead) << 5);
        const w = v128.load(weight + at);
        const value = f64x2.mul(f64x2.sqrt(w), v128.load(residual + at));
        v128.store(z + at, value);
        sum = f64x2.add(sum, f64x2.pmin(f64x2.pmax(value, low), high));
        count = f64x2.add(count, v128.and(f64x2.gt(w, zero), one));
      }
      const behind = ahead - 2 * reach - 1;
      if (behind >= 0) {
        const at = half + ((<usize>behind) << 5);
        sum = f64x2.sub(sum, f64x2.pmin(f64x2.pmax(v128.load(z + at), low), high));
        count = f64x2.sub(count, v128.and(f64x2.gt(v128.load(weight + at), zero), one));
      }
      const p = ahead - reach;
      if (p < 0) continue;
      const at = half + ((<usize>p) << 5);
      const has = f64x2.gt(v128.load(weight + at), zero);
      const own = f64x2.sub(v128.load(z + at), f64x2.div(sum, f64x2.pmax(count, one)));
      const square = v128.and(has, f64x2.pmin(f64x2.mul(own, own), top));
      const to = out + half + ((<usize>(p >> 3)) << 6);
      const isFirst = (p & 7) == 0;
      v128.store(to, isFirst ? square : f64x2.add(v128.load(to), square));
      v128.store(to, isFirst ? v128.and(has, one) : f64x2.add(v128.load(to, 32), v128.and(has, one)), 32);
    }
  }
}

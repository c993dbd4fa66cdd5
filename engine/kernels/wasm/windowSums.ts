/**
 * Sums over sliding windows with a kernel of low rank: out[p] = Σ_k b[k][p] Σ_{first[p] ≤ j < end[p]} b[k][j] x[j].
 *
 * All windows of targets [from, to) hold or touch `anchor`, so each is a sum backwards from there and one forwards; nothing
 * is subtracted, and a heavy pixel outside a window leaves no rounding in it. Layout: two numbers a pixel in x and out
 * (they share a register); b in panels of 4 functions, [nPanels][nPixels][4]; `partial` has room for the sums
 * backwards, 8 doubles a pixel of [low, anchor]; those forwards grow in registers from target to target. Cost: 28 flops a
 * function and pixel, where a window of the direct sum takes 4 a pixel of it.
 */
export function windowSums(
  nPixels: i32,
  nPanels: i32,
  low: i32,
  anchor: i32,
  from: i32,
  to: i32,
  first: usize,
  end: usize,
  basis: usize,
  x: usize,
  partial: usize,
  out: usize,
): void {
  for (let panel = 0; panel < nPanels; panel++) {
    const b = basis + ((<usize>panel * <usize>nPixels) << 5);
    sumBackwards(low, anchor, b, x, partial);
    let f0 = f64x2.splat(0);
    let f1 = f0;
    let f2 = f0;
    let f3 = f0;
    let j = x + ((<usize>anchor) << 4);
    let bj = b + ((<usize>anchor) << 5);
    for (let p = from; p < to; p++) {
      const stop = x + ((<usize>load<i32>(end + ((<usize>p) << 2))) << 4);
      while (j < stop) {
        const value = v128.load(j);
        f0 = f64x2.add(f0, f64x2.mul(v128.load_splat<f64>(bj), value));
        f1 = f64x2.add(f1, f64x2.mul(v128.load_splat<f64>(bj, 8), value));
        f2 = f64x2.add(f2, f64x2.mul(v128.load_splat<f64>(bj, 16), value));
        f3 = f64x2.add(f3, f64x2.mul(v128.load_splat<f64>(bj, 24), value));
        j += 16;
        bj += 32;
      }
      const back = partial + ((<usize>(load<i32>(first + ((<usize>p) << 2)) - low)) << 6);
      const bp = b + ((<usize>p) << 5);
      const s0 = f64x2.mul(v128.load_splat<f64>(bp), f64x2.add(v128.load(back), f0));
      const s1 = f64x2.mul(v128.load_splat<f64>(bp, 8), f64x2.add(v128.load(back, 16), f1));
      const s2 = f64x2.mul(v128.load_splat<f64>(bp, 16), f64x2.add(v128.load(back, 32), f2));
      const s3 = f64x2.mul(v128.load_splat<f64>(bp, 24), f64x2.add(v128.load(back, 48), f3));
      const sum = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
      const at = out + ((<usize>p) << 4);
      v128.store(at, panel == 0 ? sum : f64x2.add(v128.load(at), sum));
    }
  }
}

/** partial[j − low] = Σ_{j ≤ i < anchor} b[i] x[i], 4 functions × 2 numbers each. */
function sumBackwards(low: i32, anchor: i32, b: usize, x: usize, partial: usize): void {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let to = partial + ((<usize>(anchor - low)) << 6);
  store4(to, s0, s1, s2, s3);
  for (let j = anchor - 1; j >= low; j--) {
    const value = v128.load(x + ((<usize>j) << 4));
    const at = b + ((<usize>j) << 5);
    s0 = f64x2.add(s0, f64x2.mul(v128.load_splat<f64>(at), value));
    s1 = f64x2.add(s1, f64x2.mul(v128.load_splat<f64>(at, 8), value));
    s2 = f64x2.add(s2, f64x2.mul(v128.load_splat<f64>(at, 16), value));
    s3 = f64x2.add(s3, f64x2.mul(v128.load_splat<f64>(at, 24), value));
    to -= 64;
    store4(to, s0, s1, s2, s3);
  }
}

function store4(to: usize, s0: v128, s1: v128, s2: v128, s3: v128): void {
  v128.store(to, s0);
  v128.store(to, s1, 16);
  v128.store(to, s2, 32);
  v128.store(to, s3, 48);
}

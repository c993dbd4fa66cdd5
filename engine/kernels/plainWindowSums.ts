/** The plain twin of `wasm/windowSums.ts`: the same sums in the same order, one number at a time. */
import type { Kernels } from './kernels';

export function windowTwins(f: Float64Array, i32: Int32Array): Pick<Kernels, 'windowSums'> {
  const sums = new Float64Array(8);
  const start = (to: number) => {
    sums.fill(0);
    f.set(sums, to);
  };
  /** Adds a pixel's two numbers times the 4 functions at `b` to the running sums, and stores those at `to`. */
  const step = (b: number, x: number, to: number) => {
    const x0 = f[x]!;
    const x1 = f[x + 1]!;
    for (let k = 0; k < 4; k++) {
      f[to + 2 * k] = sums[2 * k]! += f[b + k]! * x0;
      f[to + 2 * k + 1] = sums[2 * k + 1]! += f[b + k]! * x1;
    }
  };
  const target = (b: number, back: number, on: number) => {
    const first = f[b]! * (f[back]! + f[on]!) + f[b + 1]! * (f[back + 2]! + f[on + 2]!);
    return first + (f[b + 2]! * (f[back + 4]! + f[on + 4]!) + f[b + 3]! * (f[back + 6]! + f[on + 6]!));
  };
  return {
    windowSums(nPixels, nPanels, low, anchor, high, from, to, first, end, basis, x, partial, out) {
      const backwards = partial / 8;
      const forwards = backwards + 8 * (anchor - low + 1);
      for (let panel = 0; panel < nPanels; panel++) {
        const b = basis / 8 + 4 * panel * nPixels;
        start(backwards + 8 * (anchor - low));
        for (let j = anchor - 1; j >= low; j--) step(b + 4 * j, x / 8 + 2 * j, backwards + 8 * (j - low));
        start(forwards);
        for (let j = anchor; j < high; j++) step(b + 4 * j, x / 8 + 2 * j, forwards + 8 * (j + 1 - anchor));
        for (let p = from; p < to; p++) {
          const back = backwards + 8 * (i32[first / 4 + p]! - low);
          const on = forwards + 8 * (i32[end / 4 + p]! - anchor);
          const sum0 = target(b + 4 * p, back, on);
          const sum1 = target(b + 4 * p, back + 1, on + 1);
          const at = out / 8 + 2 * p;
          f[at] = panel === 0 ? sum0 : f[at]! + sum0;
          f[at + 1] = panel === 0 ? sum1 : f[at + 1]! + sum1;
        }
      }
    },
  };
}

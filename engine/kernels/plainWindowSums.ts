/** The plain twin of `wasm/windowSums.ts`: the same sums in the same order, one number at a time. */
import type { Kernels } from './kernels';

export function windowTwins(f: Float64Array, i32: Int32Array): Pick<Kernels, 'windowSums'> {
  const sums = new Float64Array(8);
  /** Adds a pixel's two numbers times the 4 functions at `b` to the running sums. */
  const step = (b: number, x: number) => {
    const x0 = f[x]!;
    const x1 = f[x + 1]!;
    for (let k = 0; k < 4; k++) {
      sums[2 * k]! += f[b + k]! * x0;
      sums[2 * k + 1]! += f[b + k]! * x1;
    }
  };
  /** Of one of the two numbers: the sums backwards, stored at `back`, with the running ones. */
  const target = (b: number, back: number, one: 0 | 1) => {
    const first = f[b]! * (f[back + one]! + sums[one]!) + f[b + 1]! * (f[back + 2 + one]! + sums[2 + one]!);
    return (
      first + (f[b + 2]! * (f[back + 4 + one]! + sums[4 + one]!) + f[b + 3]! * (f[back + 6 + one]! + sums[6 + one]!))
    );
  };
  return {
    windowSums(nPixels, nPanels, low, anchor, from, to, first, end, basis, x, partial, out) {
      for (let panel = 0; panel < nPanels; panel++) {
        const b = basis / 8 + 4 * panel * nPixels;
        sums.fill(0);
        f.set(sums, partial / 8 + 8 * (anchor - low));
        for (let j = anchor - 1; j >= low; j--) {
          step(b + 4 * j, x / 8 + 2 * j);
          f.set(sums, partial / 8 + 8 * (j - low));
        }
        sums.fill(0);
        for (let p = from, j = anchor; p < to; p++) {
          for (const stop = i32[end / 4 + p]!; j < stop; j++) step(b + 4 * j, x / 8 + 2 * j);
          const back = partial / 8 + 8 * (i32[first / 4 + p]! - low);
          const at = out / 8 + 2 * p;
          for (const one of [0, 1] as const) {
            const sum = target(b + 4 * p, back, one);
            f[at + one] = panel === 0 ? sum : f[at + one]! + sum;
          }
        }
      }
    },
  };
}

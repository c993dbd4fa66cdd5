/** The plain twins of `wasm/residuals.ts`: the same sums in the same order, one number at a time. */
import type { Kernels } from './kernels';

const double = (offset: number) => offset / 8;

type ResidualKernels = 'modelOfPanel' | 'shiftSums' | 'slopeOfPanel' | 'roughness';

export function residualTwins(f: Float64Array): Pick<Kernels, ResidualKernels> {
  return { ...patternTwins(f), ...roughnessTwin(f) };
}

function patternTwins(f: Float64Array): Omit<Pick<Kernels, ResidualKernels>, 'roughness'> {
  return {
    modelOfPanel(nPixels, base, atPivot, atLabels) {
      for (let e = 0; e < 4 * nPixels; e++) {
        const pivot = double(atPivot) + e;
        f[pivot] = f[double(base) + (e >> 2)]! + (f[pivot]! - f[double(atLabels) + e]!);
      }
    },
    shiftSums(nPixels, shift, weight, weighted, model, out) {
      const [w, wr, a] = [double(weight), double(weighted), double(model)];
      for (let k = 0; k < 4; k++) {
        for (let lane = 0; lane < 4; lane++) {
          let [product, square] = [0, 0];
          for (let p = Math.max(0, shift + 3); p < Math.min(nPixels, nPixels + shift); p++) {
            const e = 4 * p + lane;
            const t = f[a + e - 4 * (shift + k)]! - f[a + e]!;
            product += f[wr + e]! * t;
            if ((p & 3) === 0) square += 4 * f[w + e]! * t * t;
          }
          f[double(out) + 4 * k + lane] = product;
          f[double(out) + 16 + 4 * k + lane] = square;
        }
      }
    },
    slopeOfPanel(nPixels, weight, weighted, model, out) {
      for (let lane = 0; lane < 4; lane++) {
        let [product, square] = [0, 0];
        for (let p = 0; p < nPixels; p++) {
          const [a, wr] = [double(model) + 4 * p + lane, double(weighted) + 4 * p + lane];
          if (p < 2 || p >= nPixels - 2) {
            f[wr] = 0;
            continue;
          }
          const t = (8 * (f[a - 4]! - f[a + 4]!) - (f[a - 8]! - f[a + 8]!)) * (1 / 12);
          const wt = f[double(weight) + 4 * p + lane]! * t;
          product += f[wr]! * t;
          square += wt * t;
          f[wr] = wt;
        }
        f[double(out) + lane] = product;
        f[double(out) + 4 + lane] = square;
      }
    },
  };
}

function roughnessTwin(f: Float64Array): Pick<Kernels, 'roughness'> {
  return {
    roughness(nPixels, reach, most, weight, residual, z, out) {
      const high = Math.sqrt(most);
      const cut = (x: number) => Math.min(high, Math.max(-high, x));
      for (let lane = 0; lane < 4; lane++) {
        const [w, own, from] = [double(weight) + lane, double(z) + lane, double(residual) + lane];
        let [sum, count] = [0, 0];
        for (let ahead = 0; ahead < nPixels + reach; ahead++) {
          if (ahead < nPixels) {
            f[own + 4 * ahead] = Math.sqrt(f[w + 4 * ahead]!) * f[from + 4 * ahead]!;
            sum += cut(f[own + 4 * ahead]!);
            if (f[w + 4 * ahead]! > 0) count++;
          }
          const behind = ahead - 2 * reach - 1;
          if (behind >= 0) {
            sum -= cut(f[own + 4 * behind]!);
            if (f[w + 4 * behind]! > 0) count--;
          }
          const p = ahead - reach;
          if (p < 0) continue;
          const has = f[w + 4 * p]! > 0;
          const square = has ? Math.min(most, (f[own + 4 * p]! - sum / Math.max(1, count)) ** 2) : 0;
          const to = double(out) + (p >> 3) * 8 + lane;
          f[to] = (p & 7) === 0 ? square : f[to]! + square;
          f[to + 4] = ((p & 7) === 0 ? 0 : f[to + 4]!) + (has ? 1 : 0);
        }
      }
    },
  };
}

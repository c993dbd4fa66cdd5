/** The plain twins of `wasm/stars.ts`: the same sums in the same order, one number at a time. */
import type { Kernels } from './kernels';

const double = (offset: number) => offset / 8;
const int = (offset: number) => offset / 4;

type SumKernels = 'squareModel' | 'weighStar' | 'panelSums';
type FarOffKernels = 'squaresOfStar' | 'countLower';

export function starTwins(f: Float64Array, i32: Int32Array): Pick<Kernels, SumKernels | FarOffKernels> {
  return { ...sumTwins(f, i32), ...farOffTwins(f, i32) };
}

function sumTwins(f: Float64Array, i32: Int32Array): Pick<Kernels, SumKernels> {
  return {
    squareModel(fromPixel, toPixel, nPixels, nTerms, nMonomials, theta, index, sums, out) {
      const s = double(sums);
      for (let p = fromPixel; p < toPixel; p++) {
        f.fill(0, s, s + nMonomials);
        const from = double(theta) + p * nTerms;
        for (let i = 0, e = int(index); i < nTerms; i++) {
          for (let j = 0; j < i; j++, e++) f[s + i32[e]!]! += 2 * f[from + i]! * f[from + j]!;
          f[s + i32[e++]!]! += f[from + i]! ** 2;
        }
        for (let m = 0; m < nMonomials; m++) {
          f[double(out) + (m & ~3) * nPixels + p * 4 + (m & 3)] = f[s + m]!;
        }
      }
    },
    weighStar(nPixels, lane, flux, ivar, v, base, weight, residual) {
      for (let p = 0; p < nPixels; p++) {
        const inverse = f[double(ivar) + p]!;
        const variance = f[double(v) + p]!;
        const difference = f[double(flux) + p]! - f[double(base) + p]!;
        const usable = inverse > 0 && inverse < Infinity && variance < Infinity && Number.isFinite(difference);
        f[double(weight) + p * 4 + lane] = usable ? inverse / (1 + inverse * variance) : 0;
        f[double(residual) + p * 4 + lane] = usable ? difference : 0;
      }
    },
    panelSums(nPixels, weight, residual, weighted, out) {
      for (let lane = 0; lane < 4; lane++) {
        let [sum, most, count, weights] = [0, 0, 0, 0];
        for (let e = lane; e < 4 * nPixels; e += 4) {
          const [w, r] = [f[double(weight) + e]!, f[double(residual) + e]!];
          const square = w * r * r;
          f[double(weighted) + e] = w * r;
          sum += square;
          if (square > most) most = square;
          if (w > 0) count++;
          weights += w;
        }
        f[double(out) + lane] = sum;
        f[double(out) + 4 + lane] = most;
        f[double(out) + 8 + lane] = count;
        f[double(out) + 12 + lane] = weights;
      }
    },
  };
}

function farOffTwins(f: Float64Array, i32: Int32Array): Pick<Kernels, FarOffKernels> {
  return {
    squaresOfStar(nPixels, lane, weight, residual, limit, squares, far) {
      let [count, to] = [0, int(far)];
      for (let p = 0; p < nPixels; p++) {
        const w = f[double(weight) + 4 * p + lane]!;
        if (!(w > 0)) continue;
        const r = f[double(residual) + 4 * p + lane]!;
        const square = w * (r * r);
        f[double(squares) + count++] = square;
        if (square > limit) i32[to++] = p;
      }
      i32[to] = -1;
      return count;
    },
    countLower(count, values, scale, factor, cut) {
      let found = 0;
      for (let k = 0; k < count; k++) if (scale * Math.max(1, factor * f[double(values) + k]!) < cut) found++;
      return found;
    },
  };
}

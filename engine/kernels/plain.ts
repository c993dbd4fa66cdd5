/**
 * The plain twins of the kernels in `wasm/`: the same layouts, the same sums, one number at a time. They are the tests'
 * oracle and serve where WebAssembly SIMD or shared memory is missing, at about a quarter of the speed or less.
 */
import type { Kernels } from './kernels';
import { packedTwins } from './plainPacked';
import { residualTwins } from './plainResiduals';
import { starTwins } from './plainStars';
import { windowTwins } from './plainWindowSums';

export function plainKernels(buffer: ArrayBufferLike): Kernels {
  const f = new Float64Array(buffer);
  const i32 = new Int32Array(buffer);
  return {
    ...productTwins(f),
    ...columnTwins(f),
    ...scatterTwins(f),
    ...packedTwins(f, i32),
    ...starTwins(f, i32),
    ...residualTwins(f),
    ...polynomialTwins(f, i32),
    ...windowTwins(f, i32),
  };
}

/** Byte offset → index of a double or of a 32-bit integer. */
const double = (pointer: number) => pointer / 8;
const int = (pointer: number) => pointer / 4;

/** As in `wasm/gemm.ts`: how many k are summed before the sum is added to C. */
const blockDepth = 256;

function productTwins(f: Float64Array): Pick<Kernels, 'gemm' | 'applyDesign'> {
  const sums = new Float64Array(16);
  /** Σ_k a[k][i] b[k][j] for i, j of 4, row by row. */
  const tile = (depth: number, a: number, b: number) => {
    sums.fill(0);
    for (let k = 0; k < depth; k++, a += 4, b += 4) {
      const [b0, b1, b2, b3] = [f[b]!, f[b + 1]!, f[b + 2]!, f[b + 3]!];
      for (let i = 0; i < 4; i++) {
        const x = f[a + i]!;
        sums[i * 4]! += x * b0;
        sums[i * 4 + 1]! += x * b1;
        sums[i * 4 + 2]! += x * b2;
        sums[i * 4 + 3]! += x * b3;
      }
    }
  };
  return {
    gemm(nRows, nColumns, nInner, a, b, c, from, to, accumulate) {
      for (let k0 = from; k0 < to; k0 += blockDepth) {
        const depth = Math.min(blockDepth, to - k0);
        const add = k0 > from || accumulate === 1;
        for (let i = 0; i < nRows; i += 4) {
          for (let j = 0; j < nColumns; j += 4) {
            tile(depth, double(a) + i * nInner + k0 * 4, double(b) + j * nInner + k0 * 4);
            for (let e = 0; e < 16; e++) {
              const at = double(c) + (i + (e >> 2)) * nColumns + j + (e & 3);
              f[at] = add ? f[at]! + sums[e]! : sums[e]!;
            }
          }
        }
      }
    },
    applyDesign(nColumns, nStars, nTerms, design, theta, flux, out, subtract) {
      for (let n = 0; n < nStars; n += 4) {
        for (let j = 0; j < nColumns; j += 4) {
          tile(nTerms, double(design) + n * nTerms, double(theta) + j * nTerms);
          const at = j * nStars + n * 4;
          for (let e = 0; e < 16; e++) {
            f[double(out) + at + e] = subtract === 1 ? f[double(flux) + at + e]! - sums[e]! : sums[e]!;
          }
        }
      }
    },
  };
}

function columnTwins(f: Float64Array): Pick<Kernels, 'weigh' | 'multiply' | 'multiplyWeightSquared' | 'add'> {
  return {
    weigh(nColumns, nStars, power, variance, flux, v, weight, weighted) {
      for (let j = 0; j < nColumns; j += 4) {
        for (let e = j * nStars; e < (j + 4) * nStars; e++) {
          let w = 1 / (f[double(variance) + e]! + f[double(v) + j + (e & 3)]!);
          if (power === 2) w *= w;
          f[double(weight) + e] = w;
          f[double(weighted) + e] = w * f[double(flux) + e]!;
        }
      }
    },
    multiplyWeightSquared(count, weight, residual, out) {
      for (let e = 0; e < count; e++) {
        const w = f[double(weight) + e]!;
        f[double(out) + e] = w * (w * f[double(residual) + e]!);
      }
    },
    multiply(count, a, b, out) {
      for (let e = 0; e < count; e++) f[double(out) + e] = f[double(a) + e]! * f[double(b) + e]!;
    },
    add(count, part, sum) {
      for (let e = 0; e < count; e++) f[double(sum) + e]! += f[double(part) + e]!;
    },
  };
}

function scatterTwins(f: Float64Array): Pick<Kernels, 'scatterSums' | 'logLikelihood'> {
  return {
    scatterSums(nStars, variance, residual, slope, v, v0, rest, out) {
      for (let lane = 0; lane < 4; lane++) {
        const vHere = f[double(v) + lane]!;
        const step = vHere - f[double(v0) + lane]!;
        const share = f[double(rest) + lane]!;
        let [sumT2, sumW, sumW2, derivative] = [0, 0, 0, 0];
        for (let e = lane; e < 4 * nStars; e += 4) {
          const w = 1 / (f[double(variance) + e]! + vHere);
          const d = f[double(slope) + e]!;
          const t = w * (f[double(residual) + e]! + step * d);
          sumT2 += t * t;
          sumW += w;
          sumW2 += w * w;
          derivative += w * (share * w + 2 * (t * d - t * t));
        }
        f[double(out) + lane] = sumT2 - share * sumW;
        f[double(out) + 4 + lane] = derivative;
        f[double(out) + 8 + lane] = sumW;
        f[double(out) + 12 + lane] = sumW2;
      }
    },
    logLikelihood(nStars, variance, residual, v, out) {
      for (let lane = 0; lane < 4; lane++) {
        const vHere = f[double(v) + lane]!;
        let [chi2, logs, product] = [0, 0, 1];
        for (let n = 0; n < nStars; n++) {
          const w = 1 / (f[double(variance) + n * 4 + lane]! + vHere);
          chi2 += w * f[double(residual) + n * 4 + lane]! ** 2;
          if (w !== 0) product *= w;
          if ((n & 7) === 7 || n === nStars - 1) {
            logs += Math.log(product);
            product = 1;
          }
        }
        f[double(out) + lane] = logs - chi2;
      }
    },
  };
}

function polynomialTwins(
  f: Float64Array,
  i32: Int32Array,
): Pick<Kernels, 'evaluateMonomials' | 'multiplyGathered' | 'sumProducts' | 'evaluateAtFour'> {
  return {
    evaluateMonomials(count, parents, labels, point, values) {
      f[double(values)] = 1;
      for (let k = 1; k < count; k++) {
        f[double(values) + k] = f[double(values) + i32[int(parents) + k]!]! * f[double(point) + i32[int(labels) + k]!]!;
      }
    },
    multiplyGathered(count, coefficients, index, factors, products) {
      for (let e = 0; e < count; e++) {
        f[double(products) + e] = f[double(coefficients) + i32[int(index) + e]!]! * f[double(factors) + e]!;
      }
    },
    sumProducts(nSums, starts, products, index, values, out) {
      for (let s = 0; s < nSums; s++) {
        const [from, to] = [i32[int(starts) + s]!, i32[int(starts) + s + 1]!];
        const sums = [0, 0];
        for (let e = from; e < to; e++) {
          sums[(e - from) & 1]! += f[double(products) + e]! * f[double(values) + i32[int(index) + e]!]!;
        }
        f[double(out) + s] = sums[0]! + sums[1]!;
      }
    },
    evaluateAtFour(count, parents, labels, points, values, coefficients, sums) {
      for (let lane = 0; lane < 4; lane++) {
        f[double(values) + lane] = 1;
        let sum = f[double(coefficients)]!;
        for (let k = 1; k < count; k++) {
          const parent = f[double(values) + 4 * i32[int(parents) + k]! + lane]!;
          const value = parent * f[double(points) + 4 * i32[int(labels) + k]! + lane]!;
          f[double(values) + 4 * k + lane] = value;
          sum += f[double(coefficients) + k]! * value;
        }
        f[double(sums) + lane] = sum;
      }
    },
  };
}

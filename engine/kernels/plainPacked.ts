/** The plain twins of `wasm/packed.ts` and `wasm/condition.ts`: the algebra of symmetric matrices, one lane after the other. */
import type { Kernels } from './kernels';

/** Byte offset → index of a double or of a 32-bit integer. */
const double = (pointer: number) => pointer / 8;
const int = (pointer: number) => pointer / 4;

/** Start of row i of a packed triangle of 4 matrices, in doubles. */
const row = (i: number) => 2 * i * (i + 1);

export function packedTwins(
  f: Float64Array,
  i32: Int32Array,
): Pick<
  Kernels,
  | 'unfold'
  | 'subtractUnfolded'
  | 'choleskyFactor'
  | 'choleskySolve'
  | 'invertFactor'
  | 'symmetricMultiply'
  | 'conditionOfPanel'
> {
  return {
    unfold(nElements, nColumns, column, index, moments, matrix) {
      for (let e = 0; e < nElements; e++) {
        const from = double(moments) + i32[int(index) + e]! * nColumns + column;
        for (let lane = 0; lane < 4; lane++) f[double(matrix) + e * 4 + lane] = f[from + lane]!;
      }
    },
    subtractUnfolded(nElements, nColumns, column, index, moments, part, matrix) {
      for (let e = 0; e < nElements; e++) {
        const from = i32[int(index) + e]! * nColumns + column;
        for (let lane = 0; lane < 4; lane++) {
          f[double(matrix) + e * 4 + lane] = f[double(moments) + from + lane]! - f[double(part) + from + lane]!;
        }
      }
    },
    choleskyFactor: (n, matrix, smallest) => {
      for (let lane = 0; lane < 4; lane++) {
        f[double(smallest) + lane] = factorLane(f, n, double(matrix) + lane);
      }
    },
    choleskySolve: (n, factor, b) => {
      for (let lane = 0; lane < 4; lane++) solveLane(f, n, double(factor) + lane, double(b) + lane);
    },
    invertFactor: (n, factor, inverse) => {
      for (let lane = 0; lane < 4; lane++) invertLane(f, n, double(factor) + lane, double(inverse) + lane);
    },
    conditionOfPanel(n, matrix, inverse, room, out) {
      for (let lane = 0; lane < 4; lane++) {
        const places = [double(matrix) + lane, double(inverse) + lane, double(room) + lane] as const;
        f[double(out) + lane] = conditionOf(f, n, ...places, 4);
      }
    },
    symmetricMultiply(n, matrix, x, y) {
      for (let lane = 0; lane < 4; lane++)
        multiplyLane(f, n, double(matrix) + lane, double(x) + lane, double(y) + lane);
    },
  };
}

function factorLane(f: Float64Array, n: number, m: number): number {
  let least = Infinity;
  for (let j = 0; j < n; j++) {
    const rowJ = m + row(j);
    const diagonal = f[rowJ + j * 4]!;
    let pivot = diagonal;
    for (let k = 0; k < j; k++) pivot -= f[rowJ + k * 4]! ** 2;
    least = Math.min(least, pivot / diagonal);
    const inverse = 1 / Math.sqrt(pivot);
    f[rowJ + j * 4] = inverse;
    for (let i = j + 1; i < n; i++) {
      const rowI = m + row(i);
      let sum = f[rowI + j * 4]!;
      for (let k = 0; k < j; k++) sum -= f[rowJ + k * 4]! * f[rowI + k * 4]!;
      f[rowI + j * 4] = sum * inverse;
    }
  }
  return least;
}

function multiplyLane(f: Float64Array, n: number, m: number, from: number, to: number): void {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < i; j++) {
      const element = f[m + row(i) + j * 4]!;
      sum += element * f[from + j * 4]!;
      f[to + j * 4]! += element * f[from + i * 4]!;
    }
    f[to + i * 4] = sum + f[m + row(i) + i * 4]! * f[from + i * 4]!;
  }
}

function solveLane(f: Float64Array, n: number, l: number, b: number): void {
  for (let i = 0; i < n; i++) {
    let sum = f[b + i * 4]!;
    for (let k = 0; k < i; k++) sum -= f[l + row(i) + k * 4]! * f[b + k * 4]!;
    f[b + i * 4] = sum * f[l + row(i) + i * 4]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    const x = f[b + i * 4]! * f[l + row(i) + i * 4]!;
    f[b + i * 4] = x;
    for (let k = 0; k < i; k++) f[b + k * 4]! -= x * f[l + row(i) + k * 4]!;
  }
}

function invertLane(f: Float64Array, n: number, l: number, m: number): void {
  for (let i = 0; i < n; i++) {
    const inverse = f[l + row(i) + i * 4]!;
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum += f[l + row(i) + k * 4]! * f[m + row(k) + j * 4]!;
      f[m + row(i) + j * 4] = -(sum * inverse);
    }
    f[m + row(i) + i * 4] = inverse;
  }
  for (let i = 0; i < n; i++) {
    const rowI = m + row(i);
    for (let a = 0; a < i; a++) {
      for (let b = 0; b <= a; b++) f[m + row(a) + b * 4]! += f[rowI + a * 4]! * f[rowI + b * 4]!;
    }
    const last = f[rowI + i * 4]!;
    for (let b = 0; b <= i; b++) f[rowI + b * 4]! *= last;
  }
}

/**
 * ‖S A S‖₁ ‖S⁻¹ A⁻¹ S⁻¹‖₁, S = diag(A)^−½, of packed triangles that begin at `matrix` and `inverse` in `f`, elements `stride`
 * numbers apart; `room` is where 3 vectors of n such elements fit.
 */
export function conditionOf(
  f: Float64Array,
  n: number,
  matrix: number,
  inverse: number,
  room: number,
  stride: number,
): number {
  const size = n * stride;
  const [sums, inverseSums] = [room + size, room + 2 * size];
  for (let i = 0, e = 0; i < size; i += stride) {
    const diagonal = e + i;
    const own = (f[room + i] = Math.sqrt(f[matrix + diagonal]!));
    let [sum, inverseSum] = [1, f[inverse + diagonal]! * own * own];
    for (let j = 0; j < i; j += stride) {
      const factor = own * f[room + j]!;
      const a = Math.abs(f[matrix + e + j]!) / factor;
      const b = Math.abs(f[inverse + e + j]!) * factor;
      sum += a;
      inverseSum += b;
      f[sums + j]! += a;
      f[inverseSums + j]! += b;
    }
    f[sums + i] = sum;
    f[inverseSums + i] = inverseSum;
    e = diagonal + stride;
  }
  let [most, inverseMost] = [0, 0];
  for (let i = 0; i < size; i += stride) {
    most = Math.max(most, f[sums + i]!);
    inverseMost = Math.max(inverseMost, f[inverseSums + i]!);
  }
  return most * inverseMost;
}

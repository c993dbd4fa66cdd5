import { describe, expect, test } from 'vitest';
import { choleskyFactor, choleskyInverse, choleskySolve } from '../../engine/kernels/cholesky';
import { accumulateNormal } from '../../engine/kernels/normalMatrix';
import { orthonormalBasis, solveUpper } from '../../engine/kernels/orthonormalBasis';

/** The Hilbert matrix of order 5: its inverse consists of known integers, its condition number is 5e5. */
const hilbert = Float64Array.from({ length: 25 }, (_, k) => 1 / (Math.floor(k / 5) + (k % 5) + 1));
const hilbertInverseRow0 = [25, -300, 1050, -1400, 630];

describe('Cholesky', () => {
  test('inverts a Hilbert matrix to its known integers', () => {
    const l = hilbert.slice();
    expect(choleskyFactor(l, 5)).toBe(true);
    const inverse = choleskyInverse(l, 5);
    hilbertInverseRow0.forEach((expected, j) => expect(inverse[j]! / expected).toBeCloseTo(1, 9));
  });

  test('solves for a right-hand side made from a known solution', () => {
    const l = hilbert.slice();
    choleskyFactor(l, 5);
    const solution = [3, -1, 4, -1, 5];
    const b = Float64Array.from({ length: 5 }, (_, i) =>
      solution.reduce((sum, x, j) => sum + hilbert[i * 5 + j]! * x, 0),
    );
    choleskySolve(l, 5, b);
    solution.forEach((x, i) => expect(b[i]).toBeCloseTo(x, 9));
  });

  test.each([
    ['indefinite', [1, 2, 2, 1]],
    ['singular', [1, 1, 1, 1]],
    ['not a number', [NaN, 0, 0, 1]],
    ['infinite', [Infinity, 0, 0, 1]],
    ['zero', [0, 0, 0, 0]],
  ])('refuses a matrix that is %s', (_, elements) => {
    expect(choleskyFactor(Float64Array.from(elements), 2)).toBe(false);
  });
});

describe('normal equations', () => {
  const x = Float64Array.from([1, 2, 1, -1, 1, 5, 1, 0]);
  const y = Float64Array.from([3, 1, NaN, 2]);
  const weight = Float64Array.from([2, 0.5, 0, 1]);

  test('are XᵀWX and XᵀWy, and a row of weight 0 may hold anything', () => {
    const a = new Float64Array(4).fill(7);
    const b = new Float64Array(2).fill(7);
    accumulateNormal(x, weight, y, 4, 2, a, b);
    expect([a[0], a[2], a[3]]).toEqual([3.5, 2 * 2 - 0.5, 2 * 4 + 0.5]);
    expect([...b]).toEqual([6 + 0.5 + 2, 12 - 0.5]);
  });
});

describe('orthonormal basis', () => {
  // Powers of large numbers: the columns differ by 20 orders of magnitude.
  const nRows = 12;
  const raw = Float64Array.from({ length: nRows * 5 }, (_, k) => (100 * (Math.floor(k / 5) - 5.3)) ** (k % 5));
  const { q, r, dependentColumn } = orthonormalBasis(raw, nRows, 5);

  test('has orthonormal columns and gives the design back', () => {
    expect(dependentColumn).toBe(-1);
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 5; j++) {
        let dot = 0;
        for (let n = 0; n < nRows; n++) dot += q[n * 5 + i]! * q[n * 5 + j]!;
        expect(dot).toBeCloseTo(i === j ? 1 : 0, 13);
      }
    }
    for (let n = 0; n < nRows; n++) {
      for (let j = 0; j < 5; j++) {
        let sum = 0;
        for (let k = 0; k < 5; k++) sum += q[n * 5 + k]! * r[k * 5 + j]!;
        expect(sum / raw[n * 5 + j]!).toBeCloseTo(1, 10);
      }
    }
  });

  test('takes coefficients back to the design', () => {
    const theta = [2, -1e-3, 1e-5, 3e-8, 1e-11];
    const c = Float64Array.from({ length: 5 }, (_, i) => theta.reduce((sum, x, j) => sum + r[i * 5 + j]! * x, 0));
    const out = new Float64Array(7);
    solveUpper(r, 5, c, out, 2);
    theta.forEach((x, j) => expect(out[2 + j]! / x).toBeCloseTo(1, 9));
  });

  test('names the first column that the others span', () => {
    const design = Float64Array.from({ length: 30 }, (_, k) => {
      const n = Math.floor(k / 3);
      return [1, n, 5 - 2 * n][k % 3]!;
    });
    expect(orthonormalBasis(design, 10, 3).dependentColumn).toBe(2);
  });
});

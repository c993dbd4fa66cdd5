/** The WebAssembly kernels and their plain twins do the same sums: each is run on the same memory, and compared. */
import { describe, expect, it } from 'vitest';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import {
  bufferOf,
  createKernelMemory,
  defaultKernelKind,
  kernelsFor,
  reservedBytes,
  type Kernels,
} from '../../engine/kernels/kernels';

const bytes = 1 << 20;

/** Fills memory with numbers in (0, 1), lets both implementations work on copies, and returns what each left. */
function runBoth(
  work: (kernels: Kernels) => number | void,
  prepare: (f: Float64Array, i32: Int32Array) => void = () => {},
) {
  return (['simd', 'plain'] as const).map((kind) => {
    const memory = createKernelMemory(bytes, kind);
    const f = new Float64Array(bufferOf(memory), 0, bytes / 8);
    const random = xoroshiro128plus(7);
    for (let k = reservedBytes / 8; k < f.length; k++) f[k] = (uniformInt(random, 0, 2 ** 30) + 0.5) / 2 ** 30;
    prepare(f, new Int32Array(bufferOf(memory), 0, bytes / 4));
    const before = f.slice();
    const result = work(kernelsFor(memory));
    return { f, before, result };
  }) as [Outcome, Outcome];
}

interface Outcome {
  readonly f: Float64Array;
  readonly before: Float64Array;
  readonly result: number | void;
}

function expectTwins([simd, plain]: [Outcome, Outcome], relative = 1e-12) {
  expect(simd.f.some((x, k) => x !== simd.before[k])).toBe(true);
  let worst = 0;
  for (let k = reservedBytes / 8; k < simd.f.length; k++) {
    const [a, b] = [simd.f[k]!, plain.f[k]!];
    if (!Object.is(a, b)) worst = Math.max(worst, Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b)));
  }
  expect(worst).toBeLessThan(relative);
}

const [a, b, c, d, e, g, h] = [0, 1, 2, 3, 4, 5, 6].map((k) => reservedBytes + k * 100_000 + 128) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

describe('WebAssembly kernels and their plain twins agree on', () => {
  it('being what serves here', () => {
    expect(defaultKernelKind()).toBe('simd');
  });

  it('a product of panels, whole, over a range, and added', () => {
    expectTwins(runBoth((k) => k.gemm(12, 8, 600, a, b, c, 0, 600, 0)));
    expectTwins(runBoth((k) => k.gemm(12, 8, 600, a, b, c, 17, 590, 0)));
    expectTwins(runBoth((k) => k.gemm(4, 12, 100, a, b, c, 1, 2, 1)));
  });

  it('a product that a plain triple loop confirms', () => {
    const [m, n, depth] = [8, 4, 300];
    const [{ f, before }] = runBoth((k) => k.gemm(m, n, depth, a, b, c, 0, depth, 0));
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < depth; k++) {
          sum += before[a / 8 + (i & ~3) * depth + 4 * k + (i & 3)]! * before[b / 8 + 4 * k + j]!;
        }
        expect(f[c / 8 + i * n + j]).toBeCloseTo(sum, 10);
      }
    }
  });

  const withAbsentStars = (f: Float64Array) => {
    for (let k = 0; k < 400; k += 7) f[a / 8 + k] = Infinity;
  };

  it('weights, with unusable stars', () => {
    expectTwins(runBoth((k) => k.weigh(8, 40, 1, a, b, c, d, e), withAbsentStars));
    const outcome = runBoth((k) => k.weigh(8, 40, 2, a, b, c, d, e), withAbsentStars);
    expectTwins(outcome);
    expect(outcome[0].f[d / 8]).toBe(0);
    expect(outcome[0].f[d / 8 + 1]).toBeCloseTo(
      (outcome[0].before[a / 8 + 1]! + outcome[0].before[c / 8 + 1]!) ** -2,
      10,
    );
  });

  it('sums and products of elements', () => {
    expectTwins(runBoth((k) => k.add(102, a, b)));
    expectTwins(runBoth((k) => k.multiply(102, a, b, c)));
  });

  it('weighted residuals and the design times coefficients', () => {
    expectTwins(runBoth((k) => k.multiplyWeightSquared(320, a, b, c)));
    expectTwins(runBoth((k) => k.applyDesign(8, 40, 21, a, b, c, d, 1)));
    expectTwins(runBoth((k) => k.applyDesign(8, 40, 21, a, b, c, d, 0)));
  });

  it('the sums that the scatter needs', () => {
    expectTwins(
      runBoth((k) => k.scatterSums(41, a, b, c, d, e, g, h), withAbsentStars),
      1e-10,
    );
    expectTwins(
      runBoth((k) => k.logLikelihood(41, a, b, c, d), withAbsentStars),
      1e-10,
    );
  });

  const n = 15;
  const size = (n * (n + 1)) / 2;
  const withTriangles = (f: Float64Array, i32: Int32Array) => {
    for (let k = 0; k < size; k++) i32[a / 4 + k] = (k * 7) % 50;
    for (let i = 0, e = 0; i < n; i++, e++)
      for (let j = 0; j < i; j++, e++) if (e % 3 === 0) for (const from of [b, c]) f[from / 8 + 4 * e + (e % 4)]! *= -1;
    for (let i = 0; i < n; i++) for (let lane = 0; lane < 4; lane++) f[b / 8 + 4 * ((i * (i + 3)) / 2) + lane]! += 12;
  };

  it('the algebra of packed matrices', () => {
    expectTwins(runBoth((k) => k.unfold(size, 8, 4, a, c, d), withTriangles));
    expectTwins(runBoth((k) => k.subtractUnfolded(size, 8, 4, a, c, d, e), withTriangles));
    expectTwins(runBoth((k) => k.choleskyFactor(n, b, c), withTriangles));
    expectTwins(
      runBoth((k) => k.choleskySolve(n, b, c), withTriangles),
      1e-9,
    );
    expectTwins(
      runBoth((k) => k.invertFactor(n, b, c), withTriangles),
      1e-9,
    );
    expectTwins(runBoth((k) => k.symmetricMultiply(n, b, c, d), withTriangles));
    expectTwins(runBoth((k) => k.conditionOfPanel(n, b, c, d, e), withTriangles));
  });

  it('polynomials', () => {
    const indices = (f: Float64Array, i32: Int32Array) => {
      for (let k = 0; k < 40; k++) [i32[a / 4 + k], i32[b / 4 + k]] = [k >> 1, k % 3];
      i32.set([0, 7, 7, 30], c / 4);
    };
    expectTwins(runBoth((k) => k.evaluateMonomials(40, a, b, d, e), indices));
    expectTwins(runBoth((k) => k.multiplyGathered(40, d, a, e, g), indices));
    expectTwins(runBoth((k) => k.sumProducts(3, c, d, a, e, g), indices));
    expectTwins(runBoth((k) => k.evaluateAtFour(40, a, b, d, e, g, h), indices));
  });

  it('the model squared and the weights of a star', () => {
    const pairs = (f: Float64Array, i32: Int32Array) => {
      for (let k = 0; k < 21; k++) i32[a / 4 + k] = (k * 5) % 16;
      f[c / 8 + 3] = 0;
      f[c / 8 + 5] = NaN;
      f[b / 8 + 7] = Infinity;
      f[d / 8 + 8] = Infinity;
    };
    expectTwins(runBoth((k) => k.squareModel(1, 9, 10, 6, 16, b, a, c, d), pairs));
    const outcome = runBoth((k) => k.weighStar(20, 2, b, c, d, e, g, h), pairs);
    expectTwins(outcome);
    expect([3, 5, 7, 8].map((p) => outcome[0].f[g / 8 + 4 * p + 2])).toEqual([0, 0, 0, 0]);
  });
});

describe('what diagnostics sum over a panel of stars', () => {
  const withEmpty = (f: Float64Array) => {
    for (const p of [0, 4, 7, 30, 39])
      for (let lane = 0; lane < 4; lane++) if (lane !== p % 3) f[a / 8 + 4 * p + lane] = 0;
  };

  it('is the same from both', () => {
    expectTwins(runBoth((k) => k.modelOfPanel(40, a, b, c), withEmpty));
    for (const shift of [-7, -5, 2, 6]) expectTwins(runBoth((k) => k.shiftSums(40, shift, a, b, c, d), withEmpty));
    expectTwins(runBoth((k) => k.slopeOfPanel(40, a, b, c, d), withEmpty));
    expectTwins(
      runBoth((k) => k.roughness(39, 3, 4, a, b, c, d), withEmpty),
      1e-9,
    );
  });

  it('is what the sums say, star by star', () => {
    const [{ f, before }] = runBoth((k) => k.shiftSums(40, -5, a, b, c, d), withEmpty);
    const at = (from: number, p: number) => before[from / 8 + 4 * p + 1]!;
    let [product, square] = [0, 0];
    for (let p = 0; p < 35; p++) {
      const t = at(c, p + 4) - at(c, p);
      product += at(b, p) * t;
      if (p % 4 === 0) square += 4 * at(a, p) * t ** 2;
    }
    expect(f[d / 8 + 5]).toBeCloseTo(product, 10);
    expect(f[d / 8 + 21]).toBeCloseTo(square, 10);

    const rough = runBoth((k) => k.roughness(39, 3, 4, a, b, c, d), withEmpty)[0];
    const z = Array.from({ length: 39 }, (_, p) => Math.sqrt(at(a, p)) * at(b, p));
    let [sum, count] = [0, 0];
    for (let p = 8; p < 16; p++) {
      const near = [...z.keys()].filter((q) => Math.abs(q - p) <= 3 && at(a, q) > 0);
      const mean = near.reduce((total, q) => total + Math.min(2, z[q]!), 0) / near.length;
      if (at(a, p) > 0) [sum, count] = [sum + Math.min(4, (z[p]! - mean) ** 2), count + 1];
    }
    expect(rough.f[d / 8 + 8 + 1]).toBeCloseTo(sum, 10);
    expect(rough.f[d / 8 + 8 + 5]).toBe(count);
  });
});

describe('the sums of a panel of stars', () => {
  it('are the same from both, and χ², the largest summand and the number of weights', () => {
    const withEmpty = (f: Float64Array) => {
      for (const p of [0, 4, 7]) f[a / 8 + 4 * p + 1] = 0;
    };
    const outcome = runBoth((k) => k.panelSums(20, a, b, c, d), withEmpty);
    expectTwins(outcome);
    const { f, before } = outcome[0];
    const squares = Array.from({ length: 20 }, (_, p) => before[a / 8 + 4 * p + 1]! * before[b / 8 + 4 * p + 1]! ** 2);
    expect(f[d / 8 + 1]).toBeCloseTo(
      squares.reduce((sum, x) => sum + x, 0),
      12,
    );
    expect(f[d / 8 + 5]).toBeCloseTo(Math.max(...squares), 12);
    expect([8, 9, 10, 11].map((k) => f[d / 8 + k])).toEqual([20, 17, 20, 20]);
    const weights = Array.from({ length: 20 }, (_, p) => before[a / 8 + 4 * p + 1]!);
    expect(f[d / 8 + 13]).toBeCloseTo(
      weights.reduce((sum, x) => sum + x, 0),
      12,
    );
  });

  it('give the same pixels of a star that are far off', () => {
    const counts: number[] = [];
    const withEmpty = (f: Float64Array) => {
      for (const p of [0, 4, 7]) f[a / 8 + 4 * p + 1] = 0;
    };
    const outcome = runBoth((k) => {
      counts.push(k.squaresOfStar(20, 1, a, b, 0.05, c, d));
      counts.push(k.countLower(17, c, 25, 2.2, 26));
    }, withEmpty);
    expectTwins(outcome);
    const { f, before } = outcome[0];
    const squares = Array.from({ length: 20 }, (_, p) => before[a / 8 + 4 * p + 1]! * before[b / 8 + 4 * p + 1]! ** 2);
    const far = new Int32Array(f.buffer, f.byteOffset + d, 21);
    expect([...far.subarray(0, far.indexOf(-1))]).toEqual([...squares.keys()].filter((p) => squares[p]! > 0.05));
    const nLower = squares.filter((square) => square > 0 && 25 * Math.max(1, 2.2 * square) < 26).length;
    expect(counts).toEqual([17, nLower, 17, nLower]);
  });
});

describe('the factor of packed matrices', () => {
  it('solves A x = b in each lane, and tells a singular lane by its smallest pivot', () => {
    const n = 3;
    const memory = createKernelMemory(4096, 'plain');
    const f = new Float64Array(bufferOf(memory));
    const kernels = kernelsFor(memory);
    // Lanes 0 and 1: well conditioned; lane 2: its last row is the sum of the others; lane 3: indefinite.
    const lanes = [
      [4, 1, 3, 0.5, 0.2, 2],
      [1, 0, 1, 0, 0, 1],
      [1, 0, 1, 1, 1, 2],
      [1, 2, 1, 0, 0, 1],
    ];
    lanes.forEach((values, lane) => values.forEach((x, k) => (f[k * 4 + lane] = x)));
    [1, 2, 3].forEach((x, k) => f.fill(x, 100 + 4 * k, 104 + 4 * k));
    kernels.choleskyFactor(n, 0, 400);
    kernels.choleskySolve(n, 0, 800);
    const x = [0, 1, 2].map((k) => f[100 + 4 * k]!);
    expect(4 * x[0]! + 1 * x[1]! + 0.5 * x[2]!).toBeCloseTo(1, 12);
    expect(1 * x[0]! + 3 * x[1]! + 0.2 * x[2]!).toBeCloseTo(2, 12);
    expect(0.5 * x[0]! + 0.2 * x[1]! + 2 * x[2]!).toBeCloseTo(3, 12);
    expect(f[50]).toBeGreaterThan(0.5);
    expect(f[52]).toBeLessThan(1e-12);
    expect(f[53]).not.toBeGreaterThan(1e-12);
  });

  it('sums over sliding windows, which a plain double sum confirms', () => {
    const [nPixels, nPanels] = [50, 3];
    const [low, anchor, high, from, to] = [2, 17, 40, 10, 24];
    const firstOf = (p: number) => Math.min(Math.max(low, p - 8), anchor);
    const endOf = (p: number) => Math.min(Math.max(p + 9, anchor), high);
    const outcome = runBoth(
      (k) => k.windowSums(nPixels, nPanels, low, anchor, from, to, d, e, a, b, g, c),
      (_, i32) => {
        for (let p = 0; p < nPixels; p++) {
          i32[d / 4 + p] = firstOf(p);
          i32[e / 4 + p] = endOf(p);
        }
      },
    );
    expectTwins(outcome, 1e-14);
    const [{ f, before }] = outcome;
    const function_ = (k: number, p: number) => before[a / 8 + 4 * nPixels * (k >> 2) + 4 * p + (k & 3)]!;
    for (let p = from; p < to; p++) {
      for (const number of [0, 1]) {
        let sum = 0;
        for (let k = 0; k < 4 * nPanels; k++) {
          for (let j = firstOf(p); j < endOf(p); j++)
            sum += function_(k, p) * function_(k, j) * before[b / 8 + 2 * j + number]!;
        }
        expect(f[c / 8 + 2 * p + number]! / sum).toBeCloseTo(1, 12);
      }
    }
    expect(f[c / 8 + 2 * to]).toBe(before[c / 8 + 2 * to]);
  });
});

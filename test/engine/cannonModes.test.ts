import { describe, expect, test } from 'vitest';
import { inferStar } from '../../engine/cannon/infer';
import { trainModel, type TrainingSet } from '../../engine/cannon/train';
import { mockStars, normalDeviates } from './mockStars';

const nPixels = 200;
const nStars = 500;
const mock = mockStars(nStars, nPixels, 2, 31);

/** The mock's stars with two patterns added, of random amplitude in each star; the second looks like the first label. */
function withPatterns(): { set: TrainingSet; patterns: Float64Array[] } {
  const normal = normalDeviates(32);
  const patterns = [
    Float64Array.from({ length: nPixels }, (_, p) => 0.01 * Math.sin(p / 30)),
    Float64Array.from({ length: nPixels }, (_, p) => 0.15 * mock.trueTheta[p * mock.terms.length + 1]!),
  ];
  const flux = mock.flux.slice();
  for (let n = 0; n < nStars; n++) {
    for (const pattern of patterns) {
      const amplitude = normal();
      for (let p = 0; p < nPixels; p++) flux[n * nPixels + p]! += amplitude * pattern[p]!;
    }
  }
  return { set: { ...mock, flux }, patterns };
}

/** The share of `pattern` that lies in the span of the (orthogonalized) modes. */
function explained(pattern: Float64Array, modes: Float64Array): number {
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, p) => sum + x * b[p]!, 0);
  const basis: Float64Array[] = [];
  for (let k = 0; k < modes.length / nPixels; k++) {
    let mode = modes.slice(k * nPixels, (k + 1) * nPixels);
    for (const other of basis) {
      const overlap = dot(mode, other);
      mode = mode.map((x, p) => x - overlap * other[p]!);
    }
    basis.push(mode.map((x) => x / Math.sqrt(dot(mode, mode))));
  }
  return basis.reduce((sum, mode) => sum + dot(mode, pattern) ** 2, 0) / dot(pattern, pattern);
}

describe('modes of correlated error', () => {
  test('are found where the stars have them, with their strength', async () => {
    const { set, patterns } = withPatterns();
    const { modes, scatter } = await trainModel(set, { name: 'm' });
    expect(modes).toHaveLength(2 * nPixels);
    for (const pattern of patterns) expect(explained(pattern, modes)).toBeGreaterThan(0.9);
    // Each pixel's variance splits into that of the modes, s_true² and noise; the modes' part is what was put in.
    const put = patterns.reduce((sum, pattern) => sum + pattern.reduce((s, x) => s + x * x, 0), 0);
    const found = modes.reduce((sum, x) => sum + x * x, 0);
    expect(found / put).toBeGreaterThan(0.7);
    expect(found / put).toBeLessThan(1.3);
    expect(scatter.every((s) => s < Infinity)).toBe(true);
  });

  test('are not found where errors are independent', async () => {
    expect((await trainModel(mock, { name: 'm' })).modes).toHaveLength(0);
  });

  test('can be left out', async () => {
    expect((await trainModel(withPatterns().set, { name: 'm', maxModes: 0 })).modes).toHaveLength(0);
    expect((await trainModel(withPatterns().set, { name: 'm', maxModes: 1 })).modes).toHaveLength(nPixels);
  });

  test('are the strongest ones where fewer are asked for than there are', async () => {
    const normal = normalDeviates(33);
    const [weak, strong] = [0.01, 0.04].map((size, k) =>
      Float64Array.from({ length: nPixels }, (_, p) => size * Math.sin(p / (20 + 15 * k))),
    ) as [Float64Array, Float64Array];
    const flux = mock.flux.slice();
    for (let n = 0; n < nStars; n++) {
      const [a, b] = [normal(), normal()];
      for (let p = 0; p < nPixels; p++) flux[n * nPixels + p]! += a * weak[p]! + b * strong[p]!;
    }
    const { modes } = await trainModel({ ...mock, flux }, { name: 'm', maxModes: 1 });
    expect(explained(strong, modes)).toBeGreaterThan(0.95);
    expect(explained(weak, modes)).toBeLessThan(0.2);
  });

  test('make the formal errors of unseen stars those that they make, where independent errors promise too much', async () => {
    const { set } = withPatterns();
    const starMask = Uint8Array.from({ length: nStars }, (_, n) => (n < 350 ? 1 : 0));
    const widthOf = async (maxModes: number) => {
      const model = await trainModel(set, { name: 'm', maxModes, starMask });
      let sum = 0;
      for (let n = 350; n < nStars; n++) {
        const row = [n * nPixels, (n + 1) * nPixels] as const;
        const fit = inferStar(model, set.flux.subarray(...row), set.ivar.subarray(...row));
        fit.labels.forEach((x, i) => (sum += ((x - mock.values[2 * n + i]!) / fit.errors[i]!) ** 2 / 300));
      }
      return Math.sqrt(sum);
    };
    expect(await widthOf(0)).toBeGreaterThan(3);
    const width = await widthOf(10);
    expect(width).toBeGreaterThan(0.75);
    expect(width).toBeLessThan(1.15);
  });

  test('do not depend on anything but the stars', async () => {
    const { set } = withPatterns();
    expect((await trainModel(set, { name: 'm' })).modes).toEqual((await trainModel(set, { name: 'm' })).modes);
  });
});

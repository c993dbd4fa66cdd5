import { describe, expect, it } from 'vitest';
import { farOffPixels } from '../../engine/cannon/farOff';
import { bufferOf, createKernelMemory, kernelsFor } from '../../engine/kernels/kernels';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { randomFrom } from '../../engine/kernels/random';

const nPixels = 400;
const lane = 2;
const [weight, residual, squares, far] = [65536, 65536 + 16384, 65536 + 32768, 65536 + 40960];

/** By its definition: the limit is that of the sorted squares' median. */
function byMedian(weights: readonly number[], residuals: readonly number[], sigma: number): number[] {
  const all = weights.map((w, p) => w * (residuals[p]! * residuals[p]!));
  const sorted = all.filter((_, p) => weights[p]! > 0).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1]!;
  const limit = sigma * sigma * Math.max(1, 1.4826 * 1.4826 * median);
  return [...all.keys()].filter((p) => weights[p]! > 0 && all[p]! > limit);
}

describe('the pixels that are left out of a star', () => {
  for (const kind of ['simd', 'plain'] as const) {
    it(`are those beyond the limit that the median sets (${kind} kernels)`, () => {
      const memory = createKernelMemory(2 * 65536, kind);
      const kernels = kernelsFor(memory);
      const f = new Float64Array(bufferOf(memory));
      const generator = randomFrom(5);
      const random = () => uniformFloat64(generator);
      let nFound = 0;
      for (let trial = 0; trial < 60; trial++) {
        const scale = 0.2 + 3 * random();
        const weights = Array.from({ length: nPixels }, () => (random() < 0.1 ? 0 : 1 + random()));
        const residuals = weights.map(() => scale * (random() - 0.5) * (random() < 0.05 ? 30 : 3));
        // Equal squares at the limit must go together.
        for (let p = 100; p < 110; p++) [weights[p], residuals[p]] = [1, 5];
        weights.forEach((w, p) => {
          f[weight / 8 + 4 * p + lane] = w;
          f[residual / 8 + 4 * p + lane] = residuals[p]!;
        });
        const places = { weight, residual, squares, far };
        const found = farOffPixels(kernels, bufferOf(memory), nPixels, lane, 5, places);
        expect(found).toEqual(byMedian(weights, residuals, 5));
        nFound += found.length;
      }
      expect(nFound).toBeGreaterThan(100);
    });
  }
});

/** Residuals in kernel memory and products with them, against loops over stars and pixels. */
import { describe, expect, test } from 'vitest';
import { multiplyResiduals, planResiduals, setVectors, whitenResiduals } from '../../engine/cannon/residuals';
import { vectorize } from '../../engine/cannon/vectorizer';
import { mockStars, normalDeviates } from './mockStars';

const [nStars, nPixels, nTerms, nVectors] = [37, 150, 6, 8];
const mock = mockStars(nStars, nPixels, 2, 12);
const design = new Float64Array(nStars * nTerms);
for (let n = 0; n < nStars; n++) vectorize(mock.values.subarray(2 * n, 2 * n + 2), mock.terms, design, n * nTerms);

/** One star does not count, one pixel has no model, some values are spoiled, one is far off. */
function makeJob() {
  const [flux, ivar, scatter] = [mock.flux.slice(), mock.ivar.slice(), mock.trueScatter.slice()];
  flux[3 * nPixels + 7] = NaN;
  ivar[4 * nPixels + 7] = -1;
  ivar[5 * nPixels + 7] = Infinity;
  flux[6 * nPixels + 140]! += 100;
  scatter[20] = Infinity;
  const starMask = Uint8Array.from({ length: nStars }, (_, n) => (n === 11 ? 0 : 1));
  return { flux, ivar, scatter, theta: mock.trueTheta, starMask };
}

/** (f − θη) / √(σ² + s²), cut off at 5; NaN where there is none. */
function pull({ flux, ivar, scatter, theta, starMask }: ReturnType<typeof makeJob>, n: number, p: number): number {
  const k = n * nPixels + p;
  if (starMask[n] === 0 || !(ivar[k]! > 0 && ivar[k]! < Infinity) || scatter[p] === Infinity) return NaN;
  let residual = flux[k]!;
  for (let t = 0; t < nTerms; t++) residual -= theta[p * nTerms + t]! * design[n * nTerms + t]!;
  return Math.max(-5, Math.min(5, residual / Math.sqrt(1 / ivar[k]! + scatter[p]! ** 2)));
}

describe.each(['simd', 'plain'] as const)('residuals by %s kernels', (kind) => {
  const plan = planResiduals(design, nTerms, nPixels, nVectors, 1, kind);
  const job = makeJob();
  const error = [...whitenResiduals({ plan, ...job, fromPixel: 0, toPixel: 128 })];
  error.push(...whitenResiduals({ plan, ...job, fromPixel: 128, toPixel: nPixels }));
  const at = (n: number, p: number) => plan.residuals[(p & ~3) * plan.nRows + 4 * n + (p & 3)]!;

  test('are those of the definition, and 0 where there is none', () => {
    for (let n = 0; n < nStars; n++) {
      for (let p = 0; p < nPixels; p++) expect(at(n, p)).toBeCloseTo(pull(job, n, p) || 0, 5);
    }
    expect(at(6, 140)).toBe(5);
  });

  test('come with the typical error of each pixel', () => {
    error.forEach((e, p) => {
      const weights = [...Array(nStars).keys()]
        .filter((n) => !Number.isNaN(pull(job, n, p)))
        .map((n) => 1 / (1 / job.ivar[n * nPixels + p]! + job.scatter[p]! ** 2));
      const mean = weights.reduce((sum, w) => sum + w, 0) / weights.length;
      expect(e).toBeCloseTo(weights.length === 0 ? 0 : 1 / Math.sqrt(mean), 12);
    });
  });

  test('are multiplied with vectors, forth and back', () => {
    const normal = normalDeviates(5);
    const vectors = Float64Array.from({ length: nVectors * plan.nRows }, normal);
    setVectors(plan, vectors);
    for (const [fromPixel, toPixel] of [
      [0, 128],
      [128, nPixels],
    ] as const) {
      const { patterns, back } = multiplyResiduals({ plan, fromPixel, toPixel, back: true });
      const count = toPixel - fromPixel;
      expect(patterns).toHaveLength(nVectors * count);
      for (let j = 0; j < nVectors; j++) {
        const sums = Array.from({ length: count }, (_, p) => {
          let sum = 0;
          for (let n = 0; n < nStars; n++) sum += vectors[j * plan.nRows + n]! * at(n, fromPixel + p);
          return sum;
        });
        sums.forEach((sum, p) => expect(patterns[j * count + p]).toBeCloseTo(sum, 9));
        for (let n = 0; n < nStars; n++) {
          const sum = sums.reduce((total, x, p) => total + x * at(n, fromPixel + p), 0);
          expect(back[j * plan.nRows + n]).toBeCloseTo(sum, 8);
        }
      }
      expect(multiplyResiduals({ plan, fromPixel, toPixel, back: false }).patterns).toEqual(patterns);
    }
  });
});

/** Folds from sums over stars against folds that were really trained without their stars. */
import { describe, expect, it } from 'vitest';
import { trainFolds, type FoldJob } from '../../engine/cannon/fastFolds';
import { trainPixelsFast } from '../../engine/cannon/fastTraining';
import { trainPixels } from '../../engine/cannon/training';
import { planTraining, type PlanOptions } from '../../engine/cannon/trainingPlan';
import { mockStars } from '../bench/mockSurvey';

const nFolds = 6;
const size = { nStars: 150, nPixels: 120, nLabels: 3 };
const mock = mockStars(size, 8);
const nTerms = mock.terms.length;
const all = [...Array(size.nStars).keys()];
const foldOf = Int32Array.from(all, (n) => (n * 7) % nFolds);
const { design, flux, ivar, terms } = mock;

function run(options: Partial<FoldJob & PlanOptions> = {}) {
  const job: FoldJob = {
    plan: planTraining({ design, terms, stars: all, foldOf, nSlots: 1, ...options }),
    design,
    flux,
    ivar,
    nPixels: size.nPixels,
    fromPixel: 0,
    toPixel: size.nPixels,
    foldTheta: new Float64Array(nFolds * size.nPixels * nTerms),
    foldScatter: new Float64Array(nFolds * size.nPixels),
    ...options,
  };
  return { job, report: trainFolds(job) };
}

/** The largest difference of θ from folds trained one by one, in units of its error. */
function largestDifference({ job }: ReturnType<typeof run>, options: Partial<FoldJob> = {}): number {
  let largest = 0;
  for (let fold = 0; fold < nFolds; fold++) {
    const stars = all.filter((n) => foldOf[n] !== fold);
    const plan = planTraining({ design, terms, stars, nSlots: 1 });
    const alone = trainPixelsFast({ ...job, ...options, plan, covariance: true });
    for (let k = 0; k < size.nPixels * nTerms; k++) {
      const error = Math.sqrt(alone.thetaVariance![k]!);
      const difference = Math.abs(alone.theta[k]! - job.foldTheta[fold * size.nPixels * nTerms + k]!);
      if (error > 0) largest = Math.max(largest, difference / error);
      else expect(difference).toBeLessThan(1e-10);
    }
  }
  return largest;
}

describe('folds from two passes', () => {
  it('are those of the plain engine to 0.02 of an error, on a small set, with θ and s', () => {
    const { job, report } = run();
    expect(report.unconverged).toBe(0);
    expect(report.trainedAlone).toBeLessThan(report.total / 4);
    expect(largestDifference({ job, report })).toBeLessThan(0.02);
    const starMask = Uint8Array.from(foldOf, (f) => (f === 2 ? 0 : 1));
    const exact = trainPixels({ ...mock, ...size, nTerms, fromPixel: 0, toPixel: size.nPixels, starMask });
    exact.scatter.forEach((s, p) => {
      const found = job.foldScatter[2 * size.nPixels + p]!;
      // Beside the noise of 0.3 % a smaller s does not matter to anything.
      expect(Math.abs(found ** 2 - s ** 2)).toBeLessThan(0.03 * (s ** 2 + 0.001 ** 2));
    });
  });

  it('hold with the restricted likelihood, a penalty, and terms that a pixel may not use', () => {
    const allowedTerms = Uint8Array.from({ length: size.nPixels * nTerms }, (_, k) =>
      Math.floor(k / nTerms) % 3 === 0 && terms[k % nTerms]!.includes(1) ? 0 : 1,
    );
    expect(largestDifference(run({ scatterEstimator: 'reml' }))).toBeLessThan(0.02);
    expect(largestDifference(run({ ridge: 200 }))).toBeLessThan(0.02);
    expect(largestDifference(run({ allowedTerms }))).toBeLessThan(0.02);
  });

  it('have no model where too few stars are left without the fold, though all of them together had one', () => {
    // 24 stars see the first pixel: 20 are left in each fold, the fewest for ten terms; of 23, only 19 where four are out.
    const few = (count: number) =>
      ivar.map((iv, k) => (k % size.nPixels === 0 && Math.floor(k / size.nPixels) >= count ? 0 : iv));
    const modelled = (count: number) => {
      const { job } = run({ ivar: few(count) });
      return Array.from({ length: nFolds }, (_, fold) => job.foldScatter[fold * size.nPixels]! < Infinity);
    };
    const left = (count: number) =>
      Array.from(
        { length: nFolds },
        (_, fold) => all.filter((n) => n < count && foldOf[n] !== fold && ivar[n * size.nPixels]! > 0).length,
      );
    for (const count of [23, 24, 25]) expect(modelled(count)).toEqual(left(count).map((stars) => stars >= 2 * nTerms));
    expect(new Set([23, 24, 25].flatMap(modelled)).size).toBe(2);
  });

  it('are the same bits however the pixels are divided', () => {
    const whole = run();
    const { job } = run({ toPixel: 0 });
    for (const [fromPixel, toPixel] of [
      [50, 120],
      [0, 3],
      [3, 50],
    ] as const) {
      trainFolds({ ...job, fromPixel, toPixel });
    }
    expect([...job.foldTheta]).toEqual([...whole.job.foldTheta]);
    expect([...job.foldScatter]).toEqual([...whole.job.foldScatter]);
  });

  it('agree between the kernels and their plain twins', () => {
    const [simd, plain] = [run(), run({ kind: 'plain' })];
    simd.job.foldTheta.forEach((x, k) => expect(x - plain.job.foldTheta[k]!).toBeCloseTo(0, 9));
  });

  it('have no model where the other folds hold too few stars, and are trained alone where one star rules', () => {
    const poor = ivar.slice();
    for (const n of all) {
      // Pixel 0: usable stars in fold 0 alone. Pixel 1: enough of them, but hardly so without fold 0.
      if (foldOf[n] !== 0) poor[n * size.nPixels] = 0;
      if (foldOf[n] !== 0 && n >= 2 * nTerms) poor[n * size.nPixels + 1] = 0;
    }
    const { job } = run({ ivar: poor });
    const scatter = (fold: number, pixel: number) => job.foldScatter[fold * size.nPixels + pixel]!;
    expect(scatter(0, 0)).toBe(Infinity);
    expect(scatter(1, 0)).toBeLessThan(1);
    expect(scatter(0, 1)).toBe(Infinity);
    expect(scatter(1, 1)).toBeLessThan(1);
    expect(job.foldTheta.every(Number.isFinite)).toBe(true);
    expect(largestDifference({ job, report: { trainedAlone: 0, total: 0, unconverged: 0 } })).toBeLessThan(0.02);
  });
});

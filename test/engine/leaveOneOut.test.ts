/** Leave-one-out from one training against models that were really trained without each star, at the same s. */
import { inverse as inverseOf, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { crossValidate } from '../../engine/cannon/crossValidate';
import { designMatrix } from '../../engine/cannon/design';
import { assignFolds } from '../../engine/cannon/folds';
import { invertNormals, LeftOutTheta } from '../../engine/cannon/leaveOut';
import { trainModel, type TrainingSet } from '../../engine/cannon/train';
import { trainPixels } from '../../engine/cannon/training';
import { planTraining, triangle } from '../../engine/cannon/trainingPlan';
import { linearTerms, type Term } from '../../engine/cannon/vectorizer';
import { inferRows } from '../../engine/cannon/workers';
import { lastFirst } from './lastFirst';
import { mockStars } from './mockStars';

const set = mockStars(60, 40, 2, 6);
const nPixels = 40;

/** θ of all stars at its s, A⁻¹ of each pixel, and θ without some stars by both ways. */
async function leftOut(data: TrainingSet, rows: readonly number[], how: { readonly terms?: readonly Term[] } = {}) {
  const model = await trainModel(data, { name: 'm', maxModes: 0, ...how });
  const { terms, theta, scatter } = model;
  const design = designMatrix(data, model.labels, terms);
  const { flux, ivar } = data;
  const stars = [...data.stars.keys()];
  const plan = planTraining({ design, terms, stars, nSlots: 1 });
  const inverse = new Float64Array(nPixels * triangle(terms.length));
  const job = { plan, design, flux, ivar, nPixels, theta, scatter, inverse, fromPixel: 0, toPixel: nPixels };
  const lost = invertNormals(job);
  const found = theta.slice();
  const leastStars = new Int32Array(nPixels).fill(2 * terms.length);
  const solver = new LeftOutTheta(model, { inverse, design, flux, ivar, leastStars });
  const determined = Array.from({ length: nPixels }, (_, p) => solver.moveTheta(p, rows, found));
  const starMask = Uint8Array.from(stars, (n) => (rows.includes(n) ? 0 : 1));
  const retrain = () =>
    trainPixels({
      ...{ flux, ivar, nStars: stars.length, nPixels, design, nTerms: terms.length },
      ...{ fromPixel: 0, toPixel: nPixels, starMask, fixedScatter: scatter },
    });
  return { model, job, lost, found, retrain, determined, inverse };
}

describe('θ without some spectra', () => {
  it.each([[[7]], [[0, 59]], [[3, 14, 15, 22, 35]]])('of %j is that of a training without them', async (rows) => {
    const { model, found, retrain, lost, inverse } = await leftOut(set, rows);
    const exact = retrain();
    expect(lost).toBe(0);
    const nTerms = model.terms.length;
    found.forEach((x, k) => {
      const t = k % nTerms;
      const error = Math.sqrt(inverse[Math.floor(k / nTerms) * triangle(nTerms) + triangle(t + 1) - 1]!);
      expect(Math.abs(x - exact.theta[k]!) / error).toBeLessThan(1e-7);
    });
  });

  it('leaves a pixel alone that the spectrum does not see, and gives up one that too few others see', async () => {
    const ivar = set.ivar.slice();
    ivar[7 * nPixels + 5] = 0;
    for (let n = 12; n < 60; n++) ivar[n * nPixels + 6] = 0; // 12 are left, the fewest for 6 terms
    const { model, found, determined } = await leftOut({ ...set, ivar }, [7]);
    expect([...found.subarray(30, 36)]).toEqual([...model.theta.subarray(30, 36)]);
    expect(determined[5]).toBe(true);
    expect(determined[6]).toBe(false);
  });

  it('gives up a pixel whose θ hangs on the spectrum', async () => {
    const values = set.values.slice();
    for (let n = 0; n < 60; n++) values[2 * n + 1] = n === 7 ? 3 : n % 2;
    // Without star 7 the second label has two values, and its square is the same as itself.
    const { determined } = await leftOut({ ...set, values }, [7]);
    expect(determined.some(Boolean)).toBe(false);
  });
});

describe('θ without some spectra where labels are nearly the same', () => {
  // The second label is the first and a millionth of itself besides: normal equations of doubles cannot tell.
  const values = set.values.map((x, k) => (k % 2 === 1 ? set.values[k - 1]! + 1e-6 * x : x));
  const ivar = set.ivar.slice();
  ivar[20 * nPixels + 3] = 0;
  const hard = { ...set, values, ivar };
  const how = { terms: linearTerms(2) };

  it.each([[[7]], [[3, 14, 15]]])('of %j is that of a training without them', async (rows) => {
    const { found, retrain, lost, inverse, job, model } = await leftOut(hard, rows, how);
    expect(lost).toBe(0);
    const exact = retrain();
    for (let p = 0; p < nPixels; p++) {
      // In terms of what the label and the millionth tell apart, A⁻¹ is that of ordinary numbers.
      const normal = Matrix.zeros(3, 3);
      for (let n = 0; n < 60; n++) {
        const weight = ivar[n * nPixels + p]! > 0 ? 1 / (1 / ivar[n * nPixels + p]! + model.scatter[p]! ** 2) : 0;
        const [, a, b] = job.design.subarray(3 * n, 3 * n + 3) as unknown as [number, number, number];
        const eta = [1, a, 1e6 * (b - a)];
        eta.forEach((x, i) => eta.forEach((y, j) => normal.set(i, j, normal.get(i, j) + weight * x * y)));
      }
      const own = inverseOf(normal);
      const packed = inverse.subarray(6 * p, 6 * p + 6);
      expect(packed[5]! / (1e12 * own.get(2, 2))).toBeCloseTo(1, 4);
      expect(packed[4]! / (-1e12 * own.get(2, 2))).toBeCloseTo(1, 4);
      const errors = [0, 2, 5].map((e) => Math.sqrt(packed[e]!));
      errors.forEach((error, t) =>
        expect(Math.abs(found[3 * p + t]! - exact.theta[3 * p + t]!) / error).toBeLessThan(1e-4),
      );
    }
  });

  it('is given up where terms are masked, and where the stars of a pixel do not tell labels apart', async () => {
    const { job } = await leftOut(hard, [7], how);
    const again = (more: object) => ({ ...job, inverse: job.inverse.slice(), scatter: job.scatter.slice(), ...more });
    expect(invertNormals(again({ allowedTerms: new Uint8Array(3 * nPixels).fill(1) }))).toBe(nPixels);
    const design = job.design.map((x, k) => (k % 3 === 2 ? job.design[k - 1]! : x));
    const same = again({
      design,
      plan: planTraining({ design, terms: how.terms, stars: [...Array(60).keys()], nSlots: 1 }),
    });
    expect(invertNormals(same)).toBe(nPixels);
    expect(same.scatter.every((s) => s === Infinity)).toBe(true);
  });
});

describe('A⁻¹ of many pixels', () => {
  it('is the same whether a task has one block of them or several', async () => {
    const many = mockStars(60, 150, 2, 8);
    const { theta, scatter, terms, labels } = await trainModel(many, { name: 'm', maxModes: 0 });
    const design = designMatrix(many, labels, terms);
    const plan = planTraining({ design, terms, stars: [...Array(60).keys()], nSlots: 1 });
    expect(plan.blockPixels).toBeLessThan(75);
    const inverseOfRanges = (ends: readonly number[]) => {
      const inverse = new Float64Array(150 * triangle(terms.length));
      const common = {
        plan,
        design,
        flux: many.flux,
        ivar: many.ivar,
        nPixels: 150,
        scatter: scatter.slice(),
        inverse,
      };
      ends.slice(1).forEach((toPixel, k) => {
        expect(invertNormals({ ...common, theta: theta.slice(), fromPixel: ends[k]!, toPixel })).toBe(0);
      });
      return inverse;
    };
    expect(inverseOfRanges([0, 150])).toEqual(inverseOfRanges([0, 64, 128, 150]));
  });
});

describe('leave-one-out', () => {
  const options = { name: 'm', folds: 'leave-one-out', seed: 3, maxModes: 0 } as const;

  it('finds the labels that models trained again without each star find, s and all', async () => {
    const { fits, foldOf } = await crossValidate(set, { ...options, workers: lastFirst });
    expect([...foldOf]).toEqual([...set.stars.keys()]);
    for (const n of [0, 7, 31, 59]) {
      const starMask = Uint8Array.from(set.stars, (_, m) => (m === n ? 0 : 1));
      const model = await trainModel(set, { name: 'm', starMask, maxModes: 0 });
      const [alone] = inferRows({ model, ...set, rows: [n] });
      // One star of 60 moves s; the labels move by some hundredths of their errors with it.
      alone!.labels.forEach((x, i) => expect(Math.abs(fits[n]!.labels[i]! - x) / alone!.errors[i]!).toBeLessThan(0.15));
      alone!.errors.forEach((x, i) => expect(fits[n]!.errors[i]! / x).toBeCloseTo(1, 1));
      expect(fits[n]!.extrapolated).toEqual(alone!.extrapolated);
    }
  });

  it('finds those labels to 1e-5 of an error where s is the same', async () => {
    const { fits } = await crossValidate(set, options);
    for (const n of [7, 31]) {
      const { retrain, model } = await leftOut(set, [n]);
      const [alone] = inferRows({ model: { ...model, theta: retrain().theta }, ...set, rows: [n] });
      alone!.labels.forEach((x, i) => expect(Math.abs(fits[n]!.labels[i]! - x) / alone!.errors[i]!).toBeLessThan(1e-5));
    }
  });

  it('infers with the options that it is given', async () => {
    const flux = set.flux.slice();
    flux[31 * nPixels + 5]! += 5;
    const spoilt = { ...set, flux };
    expect((await crossValidate(spoilt, options)).fits[31]!.nClipped).toBe(1);
    const infer = { clippingSigma: Infinity };
    expect((await crossValidate(spoilt, { ...options, infer })).fits[31]!.nClipped).toBe(0);
  });

  it('leaves out a star with all its repeats', async () => {
    const groups = set.stars.map((_, n) => Math.floor(n / 3));
    const { fits, foldOf } = await crossValidate(set, { ...options, groups });
    expect([...foldOf]).toEqual(groups);
    const { retrain, model } = await leftOut(set, [6, 7, 8]);
    inferRows({ model: { ...model, theta: retrain().theta }, ...set, rows: [6, 7, 8] }).forEach((alone, k) => {
      alone.labels.forEach((x, i) =>
        expect(Math.abs(fits[6 + k]!.labels[i]! - x) / alone.errors[i]!).toBeLessThan(1e-5),
      );
    });
  });

  it('is the same, bit for bit, on several workers, with modes too', async () => {
    const [one, several] = await Promise.all([
      crossValidate(set, { ...options, maxModes: 5 }),
      crossValidate(set, { ...options, maxModes: 5, workers: lastFirst }),
    ]);
    expect(several.fits.map(({ labels }) => [...labels])).toEqual(one.fits.map(({ labels }) => [...labels]));
  });

  it('takes modes from other stars only: none of a pattern that the star in hand alone has', async () => {
    // Star 7 has residuals of 4.5 errors along what the first label does; as a mode they widen that label's error.
    const flux = set.flux.slice();
    for (let p = 0; p < nPixels; p++) {
      const sigma = Math.hypot(set.ivar[7 * nPixels + p]! ** -0.5, set.trueScatter[p]!);
      flux[7 * nPixels + p]! += 4.5 * sigma * Math.sign(set.trueTheta[p * 6 + 1]!);
    }
    const done: string[] = [];
    const onProgress = (what: string, count: number, of: number) =>
      void (what === 'modes' && done.push(`${count}/${of}`));
    const odd = { ...set, flux };
    const { fits: without } = await crossValidate(odd, options);
    const { fits: withModes } = await crossValidate(odd, { ...options, maxModes: 5, onProgress });
    const ratios = withModes.map(({ errors }, n) => errors[0]! / without[n]!.errors[0]!);
    const partOf = assignFolds(
      set.stars.map((_, n) => n),
      12,
      options.seed,
    );
    ratios.forEach((ratio, n) => {
      if (partOf[n] === partOf[7]) expect(ratio).toBe(1);
      else expect(ratio).toBeGreaterThan(1.02);
    });
    expect(done).toEqual(Array.from({ length: 12 }, (_, k) => `${k + 1}/12`));
  });

  it('tells extrapolation by the range of the other stars that have the label', async () => {
    // Masked where stars lack it, which for the second label is everywhere but in the last ten pixels.
    const allowedLabels = Uint8Array.from({ length: 2 * nPixels }, (_, k) => (k % 2 === 0 || k >= 60 ? 1 : 0));
    const lacks = (n: number) => n % 5 === 1;
    const values = set.values.map((x, k) => (k % 2 === 1 && lacks(k >> 1) ? NaN : x));
    const { fits } = await crossValidate({ ...set, values }, { ...options, allowedLabels, missingLabels: 'per-pixel' });
    fits.forEach(({ labels, extrapolated }, n) => {
      const others = set.stars.flatMap((_, m) => (m === n || lacks(m) ? [] : [values[2 * m + 1]!]));
      const isBeyond = labels[1]! < Math.min(...others) || labels[1]! > Math.max(...others);
      expect(extrapolated[1]).toBe(isBeyond);
    });
    const count = fits.filter(({ extrapolated }) => extrapolated[1]).length;
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(20);
  });

  it.each([{ ridge: 50 }, { l1: 40 }, { scatterEstimator: 'reml' as const }])(
    'takes %j as training does',
    async (how) => {
      const { fits } = await crossValidate(set, { ...options, ...how });
      const starMask = Uint8Array.from(set.stars, (_, m) => (m === 7 ? 0 : 1));
      const model = await trainModel(set, { name: 'm', starMask, maxModes: 0, ...how });
      const [alone] = inferRows({ model, ...set, rows: [7] });
      alone!.labels.forEach((x, i) => expect(Math.abs(fits[7]!.labels[i]! - x) / alone!.errors[i]!).toBeLessThan(0.2));
    },
  );

  it('says so in a sentence when all stars are one', async () => {
    await expect(crossValidate(set, { ...options, groups: set.stars.map(() => 'x') })).rejects.toMatchObject({
      code: 'CAN310',
      message: 'Cannot leave out one of 1 star',
    });
  });
});

/** The parts of training by themselves: standard labels, an orthonormal basis, where the search for s starts, errors of θ, scores of penalties, folds. */
import { Matrix, inverse } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { describeLabels, designMatrix } from '../../engine/cannon/design';
import { diagnosedElements } from '../../engine/cannon/diagnosedLines';
import { assignFolds } from '../../engine/cannon/folds';
import { choosePenalties, scorePenalties } from '../../engine/cannon/penaltySearch';
import { climbLadder } from '../../engine/cannon/scatterLadder';
import { trainModel, type TrainingSet } from '../../engine/cannon/train';
import { trainPixels } from '../../engine/cannon/training';
import { planTraining } from '../../engine/cannon/trainingPlan';
import { bufferOf, createKernelMemory, kernelsFor } from '../../engine/kernels/kernels';
import { orthonormalBasis, solveUpper } from '../../engine/kernels/orthonormalBasis';
import { mockStars, normalDeviates } from './mockStars';

const normal = normalDeviates(11);

describe('labels as the model has them', () => {
  const values = Float64Array.of(5000, -1, 9e9, 0, 4000, 1, 6000, 2);
  const set = {
    stars: ['a', 'b', 'c', 'd'],
    labels: ['teff', 'feh'].map((name) => ({ name, unit: '' })),
    values,
  } as unknown as TrainingSet;

  it('are their mean and standard deviation over the stars that train, and their range', () => {
    const [teff, feh] = describeLabels(set, [0, 2, 3], 'm');
    expect(teff).toEqual({ name: 'teff', unit: '', pivot: 5000, scale: Math.sqrt(2e6 / 3), min: 4000, max: 6000 });
    expect(feh!.pivot).toBeCloseTo(2 / 3, 14);
    expect(feh!.scale).toBeCloseTo(Math.sqrt((25 + 1 + 16) / 9 / 3), 14);
  });

  it('leave out stars that lack the label', () => {
    const isMissing = Uint8Array.of(0, 1, 1, 0, 0, 0, 0, 0);
    const [teff, feh] = describeLabels({ ...set, isMissing }, [0, 1, 2, 3], 'm');
    expect(teff).toMatchObject({ pivot: 5000, min: 4000, max: 6000 });
    expect(feh).toMatchObject({ pivot: 1, scale: Math.sqrt(2 / 3), min: 0, max: 2 });
  });

  it('are refused where a label is the same for all, or no star has it', () => {
    expect(() => describeLabels(set, [0], 'm')).toThrow('the same, 5000, for all 1 reference stars');
    const isMissing = Uint8Array.of(1, 0, 1, 0, 1, 0, 1, 0);
    expect(() => describeLabels({ ...set, isMissing }, [0, 1, 2, 3], 'm')).toThrow('has the label "teff"');
  });
});

describe('an orthonormal basis', () => {
  const [nRows, nColumns] = [7, 3];
  const units = [1, 1e-9, 1e7];
  /** Columns of very different units, and a last row of zeros. */
  const x = Float64Array.from({ length: nRows * nColumns }, (_, k) =>
    k < (nRows - 1) * nColumns ? normal() * units[k % nColumns]! : 0,
  );

  it('has columns of length 1 at right angles, and with R gives the design back', () => {
    const { q, r, dependentColumn } = orthonormalBasis(x, nRows, nColumns);
    expect(dependentColumn).toBe(-1);
    const [basis, upper] = [Matrix.from1DArray(nRows, nColumns, q), Matrix.from1DArray(nColumns, nColumns, r)];
    const unit = basis.transpose().mmul(basis);
    const product = basis.mmul(upper);
    for (let i = 0; i < nColumns; i++)
      for (let j = 0; j < nColumns; j++) expect(unit.get(i, j)).toBeCloseTo(i === j ? 1 : 0, 13);
    x.forEach((value, k) => {
      const j = k % nColumns;
      expect((product.get(Math.floor(k / nColumns), j) - value) / units[j]!).toBeCloseTo(0, 13);
    });
  });

  it('tells the first column that those before it span', () => {
    const dependent = x.slice();
    for (let i = 0; i < nRows; i++) dependent[i * nColumns + 1] = 3e-5 * dependent[i * nColumns]!;
    expect(orthonormalBasis(dependent, nRows, nColumns).dependentColumn).toBe(1);
  });

  it('is solved backwards, whatever was in the room for the solution', () => {
    const r = Float64Array.of(2, 1, -1, 0, 4, 3, 0, 0, 5);
    const out = new Float64Array(5).fill(99);
    solveUpper(r, 3, Float64Array.of(2 * 7 + 8 - 9, 4 * 8 + 3 * 9, 5 * 9), out, 1);
    expect([...out]).toEqual([99, 7, 8, 9, 99]);
  });
});

describe('the search for s', () => {
  it('starts at the most likely rung: 0, or a thousandth of the smallest σ² times a power of 16', () => {
    const nRows = 12;
    const memory = createKernelMemory(1 << 16, 'plain');
    const f = new Float64Array(bufferOf(memory));
    const [variance, residual, room] = [20_000, 30_000, 40_000];
    // Lane 0: noise alone. 1: two maxima, of which that of the noisy stars is higher. 2: all far off. 3: an absent star.
    const sigma2 = (n: number, lane: number) =>
      lane === 1 ? (n < 4 ? 1e-8 : 1e-2) : lane === 3 && n === 5 ? Infinity : 1e-4;
    const residuals = (n: number, lane: number) =>
      [0.5e-2, n < 4 ? 2e-3 : 0.1, 0.5, n === 5 ? 1e3 : 0.02][lane]! * (n % 2 === 0 ? 1 : -1);
    for (let n = 0; n < nRows; n++)
      for (let lane = 0; lane < 4; lane++) {
        f[variance / 8 + 4 * n + lane] = sigma2(n, lane);
        f[residual / 8 + 4 * n + lane] = residuals(n, lane);
      }
    const { best, highest } = climbLadder(kernelsFor(memory), f, nRows, variance, residual, room);
    for (let lane = 0; lane < 4; lane++) {
      const stars = [...Array(nRows).keys()].filter((n) => sigma2(n, lane) < Infinity);
      const top = Math.max(...stars.map((n) => residuals(n, lane) ** 2));
      const floor = Math.min(...stars.map((n) => sigma2(n, lane)));
      const rungs = [0, ...Array.from({ length: 40 }, (_, k) => 1e-3 * floor * 16 ** k).filter((v) => v <= top)];
      const logL = (v: number) =>
        stars.reduce((sum, n) => sum - residuals(n, lane) ** 2 / (sigma2(n, lane) + v) - Math.log(sigma2(n, lane) + v), 0); // prettier-ignore
      const expected = rungs.reduce((a, b) => (logL(b) > logL(a) ? b : a));
      expect(highest[lane]).toBe(top);
      expect(best[lane]! === 0 ? 0 : best[lane]! / expected).toBeCloseTo(expected === 0 ? 0 : 1, 12);
    }
    expect(best[0]).toBe(0);
    expect(best[1]).toBeGreaterThan(0);
    expect(best[2]).toBeGreaterThan(best[3]!);
  });
});

const mock = mockStars(60, 12, 2, 5);
const nTerms = mock.terms.length;

describe('a trained model', () => {
  it('has with each θ the root of the diagonal of (Σ w η ηᵀ)⁻¹, w = 1 / (σ² + s²)', async () => {
    const { labels, scatter, record } = await trainModel(mock, { name: 'm', maxModes: 0 });
    const eta = Matrix.from1DArray(60, nTerms, designMatrix(mock, labels, mock.terms));
    for (const p of [0, 5, 11]) {
      const weighted = eta.clone();
      for (let n = 0; n < 60; n++) weighted.mulRow(n, 1 / (1 / mock.ivar[n * 12 + p]! + scatter[p]! ** 2));
      const covariance = inverse(eta.transpose().mmul(weighted));
      for (let t = 0; t < nTerms; t++)
        expect(record!.thetaError[p * nTerms + t]! / Math.sqrt(covariance.get(t, t))).toBeCloseTo(1, 3);
    }
  });
});

describe('the score of a penalty', () => {
  const stars = [...mock.stars.keys()];
  const foldOf = Int32Array.from(stars, (n) => (n % 10 === 3 ? 1 : 0));
  const labels = describeLabels(mock, stars, 'm');
  const design = designMatrix(mock, labels, mock.terms);
  const { flux, terms } = mock;
  const ivar = mock.ivar.slice();
  ivar[13 * 12 + 4] = 0;

  it('is −2 ln L of the held-out stars under a training without them, pixel by pixel', () => {
    const plan = planTraining({ design, terms, stars, foldOf, nSlots: 1 });
    const job = { plan, design, flux, ivar, nPixels: 12, penalties: [0, 1e9] };
    const scores = scorePenalties({ ...job, fromPixel: 3, toPixel: 12 });
    expect(scores).toHaveLength(9 * 2);
    const starMask = Uint8Array.from(foldOf, (fold) => 1 - fold);
    const size = { nStars: 60, nPixels: 12, nTerms, fromPixel: 0, toPixel: 12 };
    const { theta, scatter } = trainPixels({ design, flux, ivar, ...size, starMask });
    for (let p = 3; p < 12; p++) {
      let expected = 0;
      for (const n of stars.filter((star) => foldOf[star] === 1 && ivar[star * 12 + p]! > 0)) {
        let r = flux[n * 12 + p]!;
        for (let t = 0; t < nTerms; t++) r -= design[n * nTerms + t]! * theta[p * nTerms + t]!;
        const variance = 1 / ivar[n * 12 + p]! + scatter[p]! ** 2;
        expected += r ** 2 / variance + Math.log(variance);
      }
      expect(scores[(p - 3) * 2]! / expected).toBeCloseTo(1, 5);
      // Nothing but the mean is left of a model under a huge penalty.
      expect(scores[(p - 3) * 2 + 1]).toBeGreaterThan(scores[(p - 3) * 2]!);
    }
    expect([...scorePenalties({ ...job, fromPixel: 5, toPixel: 7 })]).toEqual([...scores.subarray(4, 8)]);
  });

  it('counts in every pixel, the last one too, where one penalty is chosen for all', () => {
    expect([...choosePenalties(Float64Array.of(1, 2, 9, 3), [1, 10], 'model')]).toEqual([10, 10]);
    expect([...choosePenalties(Float64Array.of(9, 3, 1, 2), [1, 10], 'model')]).toEqual([10, 10]);
  });
});

describe('folds', () => {
  it('may be two, or as many as there are stars, and no fewer or more', () => {
    expect([...assignFolds(['a', 'b', 'c', 'd'], 4, 1)].sort()).toEqual([0, 1, 2, 3]);
    expect([...assignFolds(['a', 'b', 'c', 'd'], 2, 1)].sort()).toEqual([0, 0, 1, 1]);
    for (const count of [1, 5, 2.5]) expect(() => assignFolds(['a', 'b', 'c', 'd'], count, 1)).toThrow('into');
  });
});

describe('elements whose residual is measured', () => {
  it('are those of the survey, each with its strong lines that lie in no window of it, and the others', () => {
    // Li I 6707.76 in air is 6709.61 in vacuum; Ba II 4554.03 is 4555.31.
    const found = diagnosedElements([
      { name: 'li', windows: [[6709, 6710]] },
      { name: 'Ba', windows: [[5000, 5001]] },
      { name: 'Mg', windows: [[5100, 5101]] },
    ]);
    expect(found.map(({ name }) => name).slice(0, 3)).toEqual(['li', 'Ba', 'Mg']);
    expect(new Set(found.slice(3).map(({ name }) => name))).toEqual(new Set(['Sr', 's']));
    expect(found[0]!.windows).toEqual([[6709, 6710]]);
    expect(found[1]!.windows).toHaveLength(6);
    expect(found[1]!.windows[0]).toEqual([5000, 5001]);
    expect((found[1]!.windows[1]![0] + found[1]!.windows[1]![1]) / 2).toBeCloseTo(4555.31, 2);
    expect(found[2]!.windows).toEqual([[5100, 5101]]);
  });
});

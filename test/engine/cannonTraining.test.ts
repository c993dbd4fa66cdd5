import { readFileSync } from 'node:fs';
import { Matrix, solve } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { predictFlux } from '../../engine/cannon/model';
import { trainModel, type TrainingSet } from '../../engine/cannon/train';
import { minimumStars, trainPixels, type PixelJob } from '../../engine/cannon/training';
import { vectorize } from '../../engine/cannon/vectorizer';
import { UserError } from '../../engine/problems';
import { dataPath, withoutData } from '../data';
import { lastFirst } from './lastFirst';
import { mockStars, normalDeviates } from './mockStars';

function readCsv(name: string, skipHeader: boolean): number[][] {
  const lines = readFileSync(dataPath('cannon_ref', 'annieslasso', name), 'utf8')
    .trim()
    .split('\n');
  return lines.slice(skipHeader ? 1 : 0).map((line) => line.split(',').map(Number));
}

describe.skipIf(withoutData)('a published training of 671 APOGEE stars (skipped: no data where it is absent)', () => {
  // The published vectorizer, term by term as in the header of its θ: labels minus pivots, not scaled.
  const exponents = [
    [0, 0, 0],
    [4, 0, 0],
    [3, 0, 0],
    [2, 0, 0],
    [1, 0, 0],
    [0, 3, 0],
    [0, 2, 0],
    [0, 1, 0],
    [1, 1, 0],
    [1, 0, 1],
    [0, 1, 1],
    [0, 0, 1],
    [0, 0, 2],
  ];
  const terms = exponents.map((powers) => powers.flatMap((power, label) => Array<number>(power).fill(label)));

  function load() {
    const pivots = readFileSync(dataPath('cannon_ref', 'annieslasso', 'pivots.txt'), 'utf8')
      .match(/(?<=(TEFF|LOGG|PARAM_M_H) )\S+/g)!
      .map(Number);
    const labels = readCsv('labels.csv', true);
    const design = new Float64Array(labels.length * terms.length);
    labels.forEach((row, n) => {
      const centred = row.map((x, i) => x - pivots[i]!);
      vectorize(centred, terms, design, n * terms.length);
    });
    const scatter = readCsv('scatter.csv', true);
    const job: PixelJob = {
      flux: Float64Array.from(readCsv('flux_stars_x_pixels.csv', false).flat()),
      ivar: Float64Array.from(readCsv('sigma_stars_x_pixels.csv', false).flat(), (sigma) => sigma ** -2),
      nStars: labels.length,
      nPixels: scatter.length,
      design,
      nTerms: terms.length,
      fromPixel: 0,
      toPixel: scatter.length,
    };
    return { job, scatter, theta: readCsv('theta_pixels_x_terms.csv', true) };
  }

  test('gives its θ back to 1e-8, in each coefficient and in the flux that each term makes', () => {
    const { job, scatter, theta } = load();
    expect([job.nStars, job.nPixels]).toEqual([671, 50]);
    const fixedScatter = Float64Array.from(scatter, (row) => row[0]!);
    const fit = trainPixels({ ...job, fixedScatter });
    fit.scatter.forEach((s, p) => expect(s).toBeCloseTo(fixedScatter[p]!, 14));
    for (let t = 0; t < terms.length; t++) {
      let largest = 1;
      for (let n = 0; n < job.nStars; n++) largest = Math.max(largest, Math.abs(job.design[n * terms.length + t]!));
      theta.forEach((row, p) => {
        expect(Math.abs(fit.theta[p * terms.length + t]! - row[t]!) * largest).toBeLessThan(1e-8);
      });
    }
  });

  test('finds the scatter at the maximum of its profile likelihood', () => {
    const { job, scatter } = load();
    const fit = trainPixels(job);
    scatter.forEach((row, p) => expect(fit.scatter[p]! / row[1]!).toBeCloseTo(1, 6));
    expect(fit.converged.every((flag) => flag === 1)).toBe(true);
  });
});

/** The profile log-likelihood, worked out anew from its definition. */
function profileLogL(job: PixelJob, pixel: number, v: number): number {
  const stars = [...Array(job.nStars).keys()];
  const y = stars.map((n) => job.flux[n * job.nPixels + pixel]!);
  const w = stars.map((n) => 1 / (1 / job.ivar[n * job.nPixels + pixel]! + v));
  const x = new Matrix(stars.map((n) => [...job.design.subarray(n * job.nTerms, (n + 1) * job.nTerms)]));
  const rooted = Matrix.mul(x, 1);
  stars.forEach((n) => rooted.mulRow(n, Math.sqrt(w[n]!)));
  const theta = solve(rooted, Matrix.columnVector(y.map((value, n) => value * Math.sqrt(w[n]!))), true);
  const expected = x.mmul(theta).to1DArray();
  return stars.reduce((sum, n) => sum - 0.5 * (w[n]! * (y[n]! - expected[n]!) ** 2 - Math.log(w[n]!)), 0);
}

describe('profile likelihood', () => {
  /** A straight line through 40 stars whose σ span a factor of 1000: some pixels have several maxima. */
  function unevenJob(nPixels: number): PixelJob {
    const normal = normalDeviates(7);
    const nStars = 40;
    const design = Float64Array.from({ length: nStars * 2 }, (_, k) => (k % 2 === 0 ? 1 : normal()));
    const ivar = Float64Array.from({ length: nStars * nPixels }, () => 10 ** (5 + 1.2 * normal()));
    const flux = ivar.map((iv, k) => 1 + normal() * Math.hypot(1 / Math.sqrt(iv), [0, 0.002, 0.02][k % 3]!));
    return { flux, ivar, nStars, nPixels, design, nTerms: 2, fromPixel: 0, toPixel: nPixels };
  }

  test('is nowhere higher than at the fitted scatter, in a scan over ten decades', () => {
    const nPixels = 60;
    const job = unevenJob(nPixels);
    const fit = trainPixels(job);
    expect(fit.converged.every((flag) => flag === 1)).toBe(true);
    const ladder = [0, ...Array.from({ length: 400 }, (_, k) => 1e-10 * 10 ** (k / 40))];
    for (let p = 0; p < nPixels; p++) {
      const atFit = profileLogL(job, p, fit.scatter[p]! ** 2);
      const best = Math.max(...ladder.map((v) => profileLogL(job, p, v)));
      expect(atFit).toBeGreaterThan(best - 1e-6);
    }
    expect(fit.scatter.some((s) => s === 0)).toBe(true);
    expect(fit.scatter.some((s) => s > 0.01)).toBe(true);
  });

  test('is stationary at a fitted scatter above 0, by finite differences', () => {
    const job = unevenJob(30);
    const fit = trainPixels(job);
    fit.scatter.forEach((s, p) => {
      if (s === 0) return;
      const [v, step] = [s * s, s * s * 1e-3];
      const [below, at, above] = [v - step, v, v + step].map((at) => profileLogL(job, p, at)) as [
        number,
        number,
        number,
      ];
      const newtonStep = (step * (above - below)) / 2 / (2 * at - above - below);
      expect(Math.abs(newtonStep / v)).toBeLessThan(1e-4);
    });
  });
});

describe('training on stars of known truth', () => {
  const mock = mockStars(400, 90, 3, 11);

  test('recovers θ within its errors and s within its sampling error', async () => {
    const model = await trainModel(mock, { name: 'mock' });
    const fluxPulls: number[] = [];
    const labels = [0.3, -0.5, 0.8];
    const eta = new Float64Array(mock.terms.length);
    vectorize(labels, mock.terms, eta);
    predictFlux(model, labels).forEach((flux, p) => {
      const truth = eta.reduce((sum, term, t) => sum + term * mock.trueTheta[p * mock.terms.length + t]!, 0);
      fluxPulls.push((flux - truth) / Math.hypot(0.005, mock.trueScatter[p]!));
    });
    // 400 stars and 10 terms: the prediction is about √(10 / 400) = 0.16 of one star's error.
    expect(Math.max(...fluxPulls.map(Math.abs))).toBeLessThan(0.7);
    expect(Math.sqrt(fluxPulls.reduce((sum, x) => sum + x * x, 0) / fluxPulls.length)).toBeLessThan(0.25);
    model.scatter.forEach((s, p) => {
      const truth = mock.trueScatter[p]!;
      // A standard deviation from 400 values is known to 3.5 %; where s is 0 only the bound of σ / 5 is.
      if (truth === 0) expect(s).toBeLessThan(0.0015);
      else expect(Math.abs(s / truth - 1)).toBeLessThan(0.2);
    });
  });
});

describe('what may be asked of training', () => {
  const mock = mockStars(60, 90, 3, 11);
  const noisy = [...mock.trueScatter.keys()].filter((p) => mock.trueScatter[p]! > 0.01);

  test('restricted likelihood takes the bias of √(1 − T / N) from s', async () => {
    const ratio = async (scatterEstimator: 'ml' | 'reml') => {
      const { scatter } = await trainModel(mock, { name: 'm', scatterEstimator, maxModes: 0 });
      return noisy.reduce((sum, p) => sum + scatter[p]! / mock.trueScatter[p]!, 0) / noisy.length;
    };
    // 30 pixels of 50 degrees of freedom: a mean ratio is known to 2 %. σ of some stars is as large as s.
    expect(await ratio('ml')).toBeLessThan(0.95);
    expect(Math.abs((await ratio('reml')) - 1)).toBeLessThan(0.06);
  });

  test('a penalty draws all coefficients but the constant towards 0, the more so the larger it is', async () => {
    const sizes = await Promise.all(
      [0, 3e4, 1e12].map(async (ridge) => {
        const { theta } = await trainModel(mock, { name: 'm', ridge, maxModes: 0 });
        return theta.reduce((sum, x, k) => sum + (k % mock.terms.length === 0 ? 0 : x * x), 0);
      }),
    );
    expect(sizes[1]! / sizes[0]!).toBeLessThan(0.9);
    expect(sizes[1]! / sizes[0]!).toBeGreaterThan(0.1);
    expect(sizes[2]! / sizes[0]!).toBeLessThan(1e-6);
  });
});

describe('what must not matter', () => {
  const mock = mockStars(60, 40, 2, 3);
  const design = new Float64Array(60 * 6);
  for (let n = 0; n < 60; n++) vectorize(mock.values.subarray(2 * n, 2 * n + 2), mock.terms, design, n * 6);
  const job: PixelJob = { ...mock, nStars: 60, nPixels: 40, design, nTerms: 6, fromPixel: 0, toPixel: 40 };

  test('how pixels are cut into chunks, to the last bit', () => {
    const whole = trainPixels(job);
    for (const [fromPixel, toPixel] of [
      [0, 1],
      [1, 17],
      [17, 40],
    ] as const) {
      const part = trainPixels({ ...job, fromPixel, toPixel });
      expect(part.theta).toEqual(whole.theta.slice(fromPixel * 6, toPixel * 6));
      expect(part.scatter).toEqual(whole.scatter.slice(fromPixel, toPixel));
    }
  });

  test('how many workers there are and which is done first, to the last bit', async () => {
    const wide = mockStars(90, 300, 2, 3);
    expect(await trainModel(wide, { name: 'm', workers: lastFirst })).toEqual(await trainModel(wide, { name: 'm' }));
  });

  test('what flux a pixel of weight 0 holds: it is as if the star were not there', () => {
    const spoiled = { ...job, flux: job.flux.slice(), ivar: job.ivar.slice() };
    const bad: [number, number][] = [
      [NaN, 1e4],
      [1, 0],
      [1e9, -5],
      [1, NaN],
      [Infinity, 1e4],
      [1, Infinity],
    ];
    bad.forEach(([flux, ivar], n) => {
      for (let p = 0; p < 40; p++) [spoiled.flux[n * 40 + p], spoiled.ivar[n * 40 + p]] = [flux, ivar];
    });
    const without = { ...job, starMask: Uint8Array.from({ length: 60 }, (_, n) => (n < bad.length ? 0 : 1)) };
    const [a, b] = [trainPixels(spoiled), trainPixels(without)];
    expect([...a.nStars]).toEqual(Array(40).fill(54));
    // The orthonormal bases differ, the answers do not.
    a.theta.forEach((x, k) => expect(x).toBeCloseTo(b.theta[k]!, 10));
    a.scatter.forEach((s, p) => expect(s).toBeCloseTo(b.scatter[p]!, 8));
  });

  test('a pixel that too few stars cover: it is flagged and has infinite scatter', () => {
    const ivar = job.ivar.slice();
    for (let n = minimumStars(6) - 1; n < 60; n++) ivar[n * 40 + 5] = 0;
    for (let n = 0; n < 60; n++) ivar[n * 40 + 6] = 0;
    const fit = trainPixels({ ...job, ivar });
    expect([...fit.nStars.subarray(4, 8)]).toEqual([60, minimumStars(6) - 1, 0, 60]);
    expect([...fit.scatter.subarray(5, 7)]).toEqual([Infinity, Infinity]);
    expect([...fit.converged.subarray(4, 8)]).toEqual([1, 0, 0, 1]);
    expect([...fit.theta.subarray(36, 42)]).toEqual([1, 0, 0, 0, 0, 0]);
  });
});

describe('training sets that cannot work', () => {
  const mock = mockStars(40, 10, 2, 5);
  const change = (edit: (values: Float64Array) => void): TrainingSet => {
    const values = mock.values.slice();
    edit(values);
    return { ...mock, values };
  };
  const none = { ...mock, ivar: new Float64Array(400) };
  const first = (count: number) => Uint8Array.from({ length: 40 }, (_, n) => (n < count ? 1 : 0));

  test.each([
    ['CAN301', 'Model "m" has no reference stars', mock, first(0)],
    ['CAN302', 'Label "label1" of star star 4 is not a number', change((values) => (values[9] = NaN)), first(40)],
    [
      'CAN303',
      'Label "label0" is the same, 0.1, for all 40 reference stars of model "m"',
      change((values) => values.forEach((_, k) => k % 2 === 0 && (values[k] = 0.1))),
      first(40),
    ],
    ['CAN304', 'Model "m" has 11 reference stars, too few for its 6 terms', mock, first(11)],
    [
      'CAN305',
      'The labels of the 40 reference stars of model "m" do not determine its term "label1"',
      change((values) => values.forEach((_, k) => k % 2 === 1 && (values[k] = 3 - 2 * values[k - 1]!))),
      first(40),
    ],
    ['CAN306', 'No pixel of model "m" has a usable flux in enough stars', none, first(40)],
  ])('are refused with %s and one sentence', async (code, message, set, starMask) => {
    const error = await trainModel(set, { name: 'm', starMask }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code, message });
  });

  test('a label that takes two values only cannot carry a square', async () => {
    const twoValued = change((values) => values.forEach((_, k) => k % 2 === 0 && (values[k] = (k / 2) % 2)));
    await expect(trainModel(twoValued, { name: 'm' })).rejects.toMatchObject({
      code: 'CAN305',
      message: expect.stringContaining('"label0^2"') as string,
    });
  });
});

test('training stops when its signal aborts, and reports progress until then', async () => {
  const mock = mockStars(40, 600, 2, 5);
  const controller = new AbortController();
  const progress: number[] = [];
  const training = trainModel(mock, {
    name: 'm',
    signal: controller.signal,
    onProgress: (done) => {
      progress.push(done);
      if (done > 200) controller.abort();
    },
  });
  await expect(training).rejects.toMatchObject({ name: 'AbortError' });
  expect(progress).toEqual([64, 128, 192, 256]);
});

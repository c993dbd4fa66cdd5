/** Training in kernel memory against the plain engine, pixel by pixel, and against what can be worked out by hand. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { trainPixelsFast, type FastPixelFit, type FastPixelJob } from '../../engine/cannon/fastTraining';
import { trainPixels, type PixelFit } from '../../engine/cannon/training';
import { planTraining, type PlanOptions } from '../../engine/cannon/trainingPlan';
import { linearTerms, quadraticTerms, vectorize, type Term } from '../../engine/cannon/vectorizer';
import { createArena, withSlot } from '../../engine/kernels/arena';
import { monomialsOf } from '../../engine/kernels/monomials';
import { mockStars, type MockStars } from '../bench/mockSurvey';
import { dataPath, withoutData } from '../data';

const size = { nStars: 240, nPixels: 70, nLabels: 3 };
const mock = mockStars(size, 5);

function designOf({ labels }: Pick<MockStars, 'labels'>, nLabels: number, terms: readonly Term[]): Float64Array {
  const nStars = labels.length / nLabels;
  const design = new Float64Array(nStars * terms.length);
  for (let n = 0; n < nStars; n++) {
    vectorize(labels.subarray(n * nLabels, (n + 1) * nLabels), terms, design, n * terms.length);
  }
  return design;
}

type Data = Pick<MockStars, 'terms' | 'design' | 'flux' | 'ivar'>;

function fastJob(data: Data, nPixels: number, options: Partial<PlanOptions & FastPixelJob> = {}): FastPixelJob {
  const { terms, design, flux, ivar } = data;
  const nStars = design.length / terms.length;
  const plan = planTraining({ design, terms, stars: [...Array(nStars).keys()], nSlots: 1, ...options });
  return { plan, design, flux, ivar, nPixels, fromPixel: 0, toPixel: nPixels, ...options };
}

function plainFit({ terms, design, flux, ivar }: Data, nPixels: number): PixelFit {
  const nTerms = terms.length;
  return trainPixels({
    flux,
    ivar,
    nStars: design.length / nTerms,
    nPixels,
    design,
    nTerms,
    fromPixel: 0,
    toPixel: nPixels,
  });
}

/** The largest relative difference of s, and difference of θ in units of its error. */
function difference(fast: FastPixelFit, exact: PixelFit, variance: Float64Array): { s: number; theta: number } {
  let [s, theta] = [0, 0];
  fast.scatter.forEach((value, p) => {
    const other = exact.scatter[p]!;
    if (value !== other) s = Math.max(s, Math.abs(value - other) / Math.max(value, other));
  });
  fast.theta.forEach((value, k) => {
    if (Number.isFinite(variance[k]!))
      theta = Math.max(theta, Math.abs(value - exact.theta[k]!) / Math.sqrt(variance[k]!));
  });
  return { s, theta };
}

describe('training in kernel memory', () => {
  it.each([
    ['linear', linearTerms(3)],
    ['quadratic', quadraticTerms(3)],
    ['of chosen terms, some of third degree', [[], [0], [1], [2], [0, 0], [0, 1, 2], [1, 1, 1]] as Term[]],
  ])('finds the optimum of the plain engine with %s models', (_, terms) => {
    const data = { ...mock, terms, design: designOf(mock, size.nLabels, terms) };
    const fit = trainPixelsFast({ ...fastJob(data, size.nPixels), covariance: true });
    const exact = plainFit(data, size.nPixels);
    const { s, theta } = difference(fit, exact, fit.thetaVariance!);
    expect(s).toBeLessThan(1e-5);
    expect(theta).toBeLessThan(1e-3);
    expect([...fit.nStars]).toEqual([...exact.nStars]);
    expect(fit.converged.every((flag) => flag === 1)).toBe(true);
    expect(fit.scatter.some((value) => value === 0)).toBe(true);
  });

  it('ends where a step of the scatter no longer changes any weight, however long it is beside the scatter', () => {
    const small = { nStars: 300, nPixels: 800, nLabels: 5 };
    // The likelihood of pixel 84 has its maximum where s is a millionth of a millionth of any error.
    const data = mockStars(small, 3);
    const fit = trainPixelsFast(fastJob(data, small.nPixels, { fromPixel: 80, toPixel: 88 }));
    expect(fit.scatter[4]).toBeLessThan(1e-9);
    expect(fit.converged[4]).toBe(1);
    expect(fit.iterations[4]).toBeLessThan(5);
  });

  it('gives the same bits however the pixels are divided, and whatever slot a task has', () => {
    const job = fastJob(mock, size.nPixels, { nSlots: 3 });
    const whole = trainPixelsFast(job);
    const edges = [0, 1, 9, 40, 66, size.nPixels];
    const parts = edges
      .slice(1)
      .map((toPixel, k) => withSlot(job.plan.arena, () => trainPixelsFast({ ...job, fromPixel: edges[k]!, toPixel })));
    expect(parts.flatMap((part) => [...part.theta])).toEqual([...whole.theta]);
    expect(parts.flatMap((part) => [...part.scatter])).toEqual([...whole.scatter]);
  });

  it('gives the same with the plain twin', () => {
    const simd = trainPixelsFast({ ...fastJob(mock, size.nPixels), covariance: true });
    const plain = trainPixelsFast(fastJob(mock, size.nPixels, { kind: 'plain' }));
    const { s, theta } = difference(simd, plain, simd.thetaVariance!);
    expect(s).toBeLessThan(1e-9);
    expect(theta).toBeLessThan(1e-9);
  });

  it('leaves out the stars that the plan leaves out', () => {
    const stars = [...Array(size.nStars).keys()].filter((n) => n % 5 !== 0);
    const fit = trainPixelsFast({ ...fastJob(mock, size.nPixels, { stars }), covariance: true });
    const starMask = Uint8Array.from({ length: size.nStars }, (_, n) => (n % 5 === 0 ? 0 : 1));
    const nTerms = mock.terms.length;
    const exact = trainPixels({ ...mock, ...size, nTerms, fromPixel: 0, toPixel: size.nPixels, starMask });
    const { s, theta } = difference(fit, exact, fit.thetaVariance!);
    expect(s).toBeLessThan(1e-5);
    expect(theta).toBeLessThan(1e-3);
  });

  it('hands pixels to orthogonal factors where labels are nearly the same', () => {
    const labels = mock.labels.map((x, k) => (k % 3 === 1 ? mock.labels[k - 1]! + 1e-6 * x : x));
    const terms = linearTerms(3);
    const data = { ...mock, terms, design: designOf({ labels }, 3, terms) };
    const fit = trainPixelsFast(fastJob(data, size.nPixels));
    const exact = plainFit(data, size.nPixels);
    expect([...fit.theta]).toEqual([...exact.theta]);
    fit.scatter.forEach((s, p) => expect(s - exact.scatter[p]!).toBeCloseTo(0, 12));
  });
});

describe('the restricted likelihood', () => {
  it('divides by the degrees of freedom where all errors are alike', () => {
    const nPixels = 8;
    const ivar = new Float64Array(size.nStars * nPixels).fill(1e6);
    const flux = Float64Array.from(ivar, (_, k) => mock.flux[Math.floor(k / nPixels) * size.nPixels + (k % nPixels)]!);
    const data = { ...mock, flux, ivar };
    const ml = trainPixelsFast(fastJob(data, nPixels));
    const reml = trainPixelsFast(fastJob(data, nPixels, { scatterEstimator: 'reml' }));
    const [n, t] = [size.nStars, mock.terms.length];
    reml.scatter.forEach((s, p) => {
      expect((s ** 2 + 1e-6) / (ml.scatter[p]! ** 2 + 1e-6)).toBeCloseTo(n / (n - t), 6);
    });
  });

  it('finds the maximum of the likelihood with ½ ln det A taken off', () => {
    const fit = trainPixelsFast(fastJob(mock, size.nPixels, { scatterEstimator: 'reml' }));
    for (let p = 0; p < 12; p++) {
      const s2 = fit.scatter[p]! ** 2;
      const h = Math.max(1e-3 * s2, 1e-8);
      const at = (v: number) => restrictedLogL(mock, size.nPixels, p, v);
      if (s2 === 0) expect(at(0)).toBeGreaterThanOrEqual(at(h));
      else expect(Math.min(at(s2) - at(s2 - h), at(s2) - at(s2 + h))).toBeGreaterThan(0);
    }
  });
});

/** Worked out anew from its definition, with Gaussian elimination. */
function restrictedLogL({ terms, design, flux, ivar }: Data, nPixels: number, pixel: number, v: number): number {
  const nTerms = terms.length;
  const rows: number[][] = Array.from({ length: nTerms }, () => Array<number>(nTerms + 1).fill(0));
  let [logW, chi2] = [0, 0];
  for (let n = 0; n < design.length / nTerms; n++) {
    const iv = ivar[n * nPixels + pixel]!;
    if (iv === 0) continue;
    const w = 1 / (1 / iv + v);
    const y = flux[n * nPixels + pixel]!;
    logW += Math.log(w);
    chi2 += w * y * y;
    for (let i = 0; i < nTerms; i++) {
      for (let j = 0; j < nTerms; j++) rows[i]![j]! += w * design[n * nTerms + i]! * design[n * nTerms + j]!;
      rows[i]![nTerms]! += w * y * design[n * nTerms + i]!;
    }
  }
  let logDet = 0;
  for (let i = 0; i < nTerms; i++) {
    logDet += Math.log(rows[i]![i]!);
    chi2 -= rows[i]![nTerms]! ** 2 / rows[i]![i]!;
    for (let k = i + 1; k < nTerms; k++) {
      const factor = rows[k]![i]! / rows[i]![i]!;
      for (let j = i; j <= nTerms; j++) rows[k]![j]! -= factor * rows[i]![j]!;
    }
  }
  return (logW - chi2 - logDet) / 2;
}

describe('masks and penalties', () => {
  it('train a pixel in which terms are forbidden as if the model lacked them', () => {
    const nTerms = mock.terms.length;
    const withoutThird = mock.terms.filter((term) => !term.includes(2));
    const allowed = mock.terms.map((term) => (term.includes(2) ? 0 : 1));
    const pixels = 16;
    const allowedTerms = Uint8Array.from({ length: size.nPixels * nTerms }, (_, k) =>
      Math.floor(k / nTerms) % 2 === 0 ? 1 : allowed[k % nTerms]!,
    );
    const fit = trainPixelsFast({ ...fastJob(mock, size.nPixels), toPixel: pixels, allowedTerms });
    const full = plainFit(mock, size.nPixels);
    const reduced = plainFit({ ...mock, terms: withoutThird, design: designOf(mock, 3, withoutThird) }, size.nPixels);
    for (let p = 0; p < pixels; p++) {
      const exact = p % 2 === 0 ? full : reduced;
      expect(fit.scatter[p]! - exact.scatter[p]!).toBeCloseTo(0, 7);
      let k = 0;
      for (let t = 0; t < nTerms; t++) {
        const kept = p % 2 === 0 || allowed[t] === 1;
        const expected = kept ? exact.theta[p * (p % 2 === 0 ? nTerms : withoutThird.length) + k++]! : 0;
        expect(fit.theta[p * nTerms + t]! - expected).toBeCloseTo(0, 7);
      }
    }
  });

  it('find θ where the penalized χ² is stationary, and shrink with λ', () => {
    const ridge = 500;
    const nTerms = mock.terms.length;
    const fit = trainPixelsFast({ ...fastJob(mock, size.nPixels), ridge });
    const free = trainPixelsFast(fastJob(mock, size.nPixels));
    const size2 = (theta: Float64Array) => theta.reduce((sum, x, k) => (k % nTerms === 0 ? sum : sum + x * x), 0);
    expect(size2(fit.theta)).toBeLessThan(size2(free.theta));
    for (let p = 0; p < 8; p++) {
      const gradient = new Float64Array(nTerms);
      let scale = 0;
      for (let n = 0; n < size.nStars; n++) {
        const iv = mock.ivar[n * size.nPixels + p]!;
        if (iv === 0) continue;
        const eta = mock.design.subarray(n * nTerms, (n + 1) * nTerms);
        const expected = eta.reduce((sum, x, t) => sum + x * fit.theta[p * nTerms + t]!, 0);
        const weighted = (mock.flux[n * size.nPixels + p]! - expected) / (1 / iv + fit.scatter[p]! ** 2);
        eta.forEach((x, t) => (gradient[t]! += x * weighted));
        scale += Math.abs(weighted);
      }
      gradient.forEach((g, t) => {
        expect(Math.abs(g - (t === 0 ? 0 : ridge * fit.theta[p * nTerms + t]!)) / scale).toBeLessThan(1e-8);
      });
    }
  });
});

describe('hard input', () => {
  const nTerms = mock.terms.length;

  it('leaves pixels without enough stars flat and without weight, and says how many there are', () => {
    const ivar = mock.ivar.map((value, k) => {
      const [n, p] = [Math.floor(k / size.nPixels), k % size.nPixels];
      return p === 1 || (p === 2 && n >= 2 * nTerms - 1) ? 0 : value;
    });
    const fit = trainPixelsFast(fastJob({ ...mock, ivar }, size.nPixels));
    expect([fit.scatter[1], fit.scatter[2]]).toEqual([Infinity, Infinity]);
    expect([fit.converged[1], fit.converged[2], fit.converged[3]]).toEqual([0, 0, 1]);
    expect(fit.nStars[1]).toBe(0);
    expect(fit.nStars[2]).toBeLessThan(2 * nTerms);
    expect([...fit.theta.subarray(nTerms, 2 * nTerms)]).toEqual([1, ...Array<number>(nTerms - 1).fill(0)]);
    expect([...fit.theta.subarray(2 * nTerms + 1, 3 * nTerms)].every((x) => x === 0)).toBe(true);
  });

  it('gives fluxes and ivars that are no numbers no weight', () => {
    const poison = (source: Float64Array, value: number, step: number) =>
      source.map((x, k) => (k % step === 3 ? value : x));
    const bad = {
      flux: poison(poison(mock.flux, NaN, 17), Infinity, 23),
      ivar: poison(poison(mock.ivar, -1, 29), Infinity, 31),
    };
    const ivar = bad.ivar.map((x, k) => (x > 0 && x < Infinity && Number.isFinite(bad.flux[k]!) ? x : 0));
    const expected = trainPixelsFast(fastJob({ ...mock, flux: mock.flux, ivar }, size.nPixels));
    const fit = trainPixelsFast(fastJob({ ...mock, ...bad }, size.nPixels));
    expect([...fit.theta]).toEqual([...expected.theta]);
    expect([...fit.scatter]).toEqual([...expected.scatter]);
  });

  it('has nothing to train on with more terms than stars', () => {
    const fit = trainPixelsFast(fastJob(mock, size.nPixels, { stars: [0, 1, 2, 3, 4] }));
    expect(fit.scatter.every((s) => s === Infinity)).toBe(true);
    expect(fit.theta.every(Number.isFinite)).toBe(true);
  });

  it('takes stars given twice as two stars', () => {
    const stars = [...Array(size.nStars).keys()].flatMap((n) => [n, n]);
    const twice = trainPixelsFast(fastJob(mock, size.nPixels, { stars }));
    const once = trainPixelsFast(fastJob(mock, size.nPixels));
    twice.scatter.forEach((s, p) => expect(s - once.scatter[p]!).toBeCloseTo(0, 8));
    expect(twice.nStars[0]).toBe(2 * once.nStars[0]!);
  });

  it('refuses tasks beyond its slots, and problems beyond its memory in one sentence', () => {
    const arena = createArena(65536, 128, 1, 'plain');
    expect(() => withSlot(arena, () => withSlot(arena, () => 0))).toThrow(/More tasks run at once/);
    expect(withSlot(arena, (slot) => slot)).toBe(65536);
    expect(() => createArena(5e9, 0, 1)).toThrow(/The kernels need 4.7 GB of memory/);
  });
});

describe('monomials', () => {
  it('of ten labels number C(14, 4), and hold the product of every pair of terms', () => {
    const terms = quadraticTerms(10);
    const { monomials, products } = monomialsOf(terms);
    expect(monomials).toHaveLength(1001);
    expect(monomials.slice(0, 66)).toEqual(terms);
    for (let i = 0, e = 0; i < terms.length; i++) {
      for (let j = 0; j <= i; j++, e++) {
        expect(monomials[products[e]!]).toEqual([...terms[i]!, ...terms[j]!].sort((a, b) => a - b));
      }
    }
  });
});

describe.skipIf(withoutData)('a published training of 671 APOGEE stars (skipped: no data where it is absent)', () => {
  const csv = (name: string, header: boolean) =>
    readFileSync(dataPath('cannon_ref', 'annieslasso', name), 'utf8')
      .trim()
      .split('\n')
      .slice(header ? 1 : 0)
      .map((line) => line.split(',').map(Number));
  const pivots = () =>
    readFileSync(dataPath('cannon_ref', 'annieslasso', 'pivots.txt'), 'utf8')
      .match(/(?<=(TEFF|LOGG|PARAM_M_H) )\S+/g)!
      .map(Number);
  const terms: Term[] = [
    ...[[], [0, 0, 0, 0], [0, 0, 0], [0, 0], [0], [1, 1, 1], [1, 1], [1], [0, 1], [0, 2], [1, 2], [2], [2, 2]],
  ];

  /** Teff in units of `unit`: the published θ are in K, which no normal matrix bears. */
  function job(unit: number): FastPixelJob {
    const labels = csv('labels.csv', true).flatMap((row) =>
      row.map((x, i) => (x - pivots()[i]!) / (i === 0 ? unit : 1)),
    );
    const design = designOf({ labels: Float64Array.from(labels) }, 3, terms);
    const flux = Float64Array.from(csv('flux_stars_x_pixels.csv', false).flat());
    const ivar = Float64Array.from(csv('sigma_stars_x_pixels.csv', false).flat(), (sigma) => sigma ** -2);
    return fastJob({ terms, design, flux, ivar }, 50);
  }

  it.each([1, 500])('gives its θ back to 1e-8 at its scatter, with Teff in units of %d K', (unit) => {
    const published = csv('theta_pixels_x_terms.csv', true);
    const fixedScatter = Float64Array.from(csv('scatter.csv', true), (row) => row[0]!);
    const started = job(unit);
    const { theta } = trainPixelsFast({ ...started, fixedScatter });
    terms.forEach((term, t) => {
      const inKelvin = unit ** -term.filter((label) => label === 0).length;
      let largest = 1;
      for (let n = 0; n < 671; n++) {
        largest = Math.max(largest, Math.abs(started.design[n * terms.length + t]! / inKelvin));
      }
      published.forEach((row, p) => {
        expect(Math.abs(theta[p * terms.length + t]! * inKelvin - row[t]!) * largest).toBeLessThan(1e-8);
      });
    });
  });

  it('finds its scatter', () => {
    const { scatter, converged } = trainPixelsFast(job(500));
    csv('scatter.csv', true).forEach((row, p) => expect(scatter[p]! / row[1]!).toBeCloseTo(1, 5));
    expect(converged.every((flag) => flag === 1)).toBe(true);
  });
});

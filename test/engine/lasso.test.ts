/** The penalty λ Σ |θ|: conditions of Karush, Kuhn and Tucker, what it does to a sparse truth, and how λ is chosen. */
import { describe, expect, it } from 'vitest';
import { trainPixelsFast, type FastPixelFit, type FastPixelJob } from '../../engine/cannon/fastTraining';
import { descend } from '../../engine/cannon/lasso';
import { choosePenalties, heldOutTenth, penaltiesOf } from '../../engine/cannon/penaltySearch';
import { trainModel } from '../../engine/cannon/train';
import { planTraining, type PlanOptions } from '../../engine/cannon/trainingPlan';
import { mockStars as benchStars } from '../bench/mockSurvey';
import { mockStars, normalDeviates } from './mockStars';

const size = { nStars: 200, nPixels: 30, nLabels: 3 };
const mock = benchStars(size, 11);
const nTerms = mock.terms.length;

function job(options: Partial<PlanOptions & FastPixelJob> = {}): FastPixelJob {
  const { terms, design, flux, ivar } = mock;
  const plan = planTraining({ design, terms, stars: [...Array(size.nStars).keys()], nSlots: 1, ...options });
  return { plan, design, flux, ivar, nPixels: size.nPixels, fromPixel: 0, toPixel: size.nPixels, ...options };
}

/** Half the gradient of −χ² in each coefficient, and what the sums are made of. */
function gradients({ theta, scatter }: FastPixelFit, p: number): { g: Float64Array; scale: Float64Array } {
  const g = new Float64Array(nTerms);
  const scale = new Float64Array(nTerms);
  for (let n = 0; n < size.nStars; n++) {
    const iv = mock.ivar[n * size.nPixels + p]!;
    if (iv === 0) continue;
    let r = mock.flux[n * size.nPixels + p]!;
    for (let t = 0; t < nTerms; t++) r -= theta[p * nTerms + t]! * mock.design[n * nTerms + t]!;
    const w = 1 / (1 / iv + scatter[p]! ** 2);
    for (let t = 0; t < nTerms; t++) {
      g[t]! += w * r * mock.design[n * nTerms + t]!;
      scale[t]! += Math.abs(w * r * mock.design[n * nTerms + t]!);
    }
  }
  return { g, scale };
}

function expectConditions(
  fit: FastPixelFit,
  lambda: number,
  ridge = 0,
  isAllowed: (p: number, t: number) => boolean = () => true,
) {
  let zeros = 0;
  for (let p = 0; p < size.nPixels; p++) {
    const { g, scale } = gradients(fit, p);
    for (let t = 0; t < nTerms; t++) {
      const theta = fit.theta[p * nTerms + t]!;
      if (!isAllowed(p, t)) {
        expect(theta).toBe(0);
        continue;
      }
      const free = t === 0 ? g[t]! : g[t]! - ridge * theta;
      const tolerance = 1e-7 * scale[t]!;
      if (t === 0) expect(Math.abs(free)).toBeLessThan(tolerance);
      else if (theta === 0) {
        zeros++;
        expect(Math.abs(free)).toBeLessThanOrEqual(lambda / 2 + tolerance);
      } else expect(Math.abs(free - (Math.sign(theta) * lambda) / 2)).toBeLessThan(tolerance);
    }
  }
  return zeros;
}

const penalty = (lambda: number) => new Float64Array(size.nPixels).fill(lambda);

describe('θ under the penalty λ Σ |θ|', () => {
  it.each([30, 300, 3000])('meets its conditions at its s, with λ = %d', (lambda) => {
    const fit = trainPixelsFast(job({ l1: penalty(lambda) }));
    expect(fit.converged.every((flag) => flag === 1)).toBe(true);
    const zeros = expectConditions(fit, lambda);
    expect(zeros).toBeGreaterThan(0);
    expect(zeros).toBeLessThan(size.nPixels * (nTerms - 1));
  });

  it('meets them with a ridge and masks besides', () => {
    const isAllowed = (p: number, t: number) => p % 2 === 0 || !mock.terms[t]!.includes(1);
    const allowedTerms = Uint8Array.from({ length: size.nPixels * nTerms }, (_, k) =>
      isAllowed(Math.floor(k / nTerms), k % nTerms) ? 1 : 0,
    );
    const fit = trainPixelsFast(job({ l1: penalty(50), ridge: 20, allowedTerms }));
    expectConditions(fit, 50, 20, isAllowed);
  });

  it('has its s where the penalized likelihood is highest', () => {
    const lambda = 200;
    const fit = trainPixelsFast(job({ l1: penalty(lambda) }));
    const objective = (p: number, scatter: number) => {
      const fixedScatter = new Float64Array(size.nPixels).fill(scatter);
      const { theta } = trainPixelsFast(job({ l1: penalty(lambda), fixedScatter, fromPixel: p, toPixel: p + 1 }));
      let sum = 0;
      for (let n = 0; n < size.nStars; n++) {
        const iv = mock.ivar[n * size.nPixels + p]!;
        if (iv === 0) continue;
        let r = mock.flux[n * size.nPixels + p]!;
        for (let t = 0; t < nTerms; t++) r -= theta[t]! * mock.design[n * nTerms + t]!;
        const variance = 1 / iv + scatter ** 2;
        sum += r ** 2 / variance + Math.log(variance);
      }
      for (let t = 1; t < nTerms; t++) sum += lambda * Math.abs(theta[t]!);
      return sum;
    };
    for (let p = 0; p < 8; p++) {
      const best = objective(p, fit.scatter[p]!);
      for (const factor of [0.9, 0.97, 1.03, 1.1]) {
        expect(objective(p, factor * fit.scatter[p]! + (fit.scatter[p] === 0 ? 1e-3 * factor : 0))).toBeGreaterThan(
          best - 1e-9 * Math.abs(best),
        );
      }
    }
  });

  it('is found in few steps, where s is 0 too', async () => {
    const { record, converged, scatter } = await trainModel(mockStars(92, 120, 3, 5), {
      name: 'm',
      maxModes: 0,
      l1: 100,
    });
    expect(converged.every((flag) => flag === 1)).toBe(true);
    expect(scatter.some((s) => s < 1e-6)).toBe(true);
    expect(Math.max(...record!.iterations)).toBeLessThan(15);
  });

  it('is that of no penalty for λ = 0, and flat for a huge one', () => {
    const free = trainPixelsFast(job({ covariance: true }));
    const zero = trainPixelsFast(job({ l1: penalty(0) }));
    zero.theta.forEach((x, k) =>
      expect(Math.abs(x - free.theta[k]!)).toBeLessThan(1e-3 * Math.sqrt(free.thetaVariance![k]!)),
    );
    const flat = trainPixelsFast(job({ l1: penalty(1e11) }));
    flat.theta.forEach((x, k) => expect(k % nTerms === 0 ? x > 0.3 : x === 0).toBe(true));
  });

  it('is the same to the bit however pixels are divided, and to rounding with the plain twin', () => {
    const options = { l1: penalty(100), covariance: true };
    const whole = trainPixelsFast(job(options));
    const parts = [0, 7, 8, 21, size.nPixels];
    const pieces = parts
      .slice(1)
      .map((toPixel, k) => trainPixelsFast(job({ ...options, fromPixel: parts[k]!, toPixel })));
    expect(pieces.flatMap(({ theta }) => [...theta])).toEqual([...whole.theta]);
    expect(pieces.flatMap(({ scatter }) => [...scatter])).toEqual([...whole.scatter]);
    const plain = trainPixelsFast(job({ ...options, kind: 'plain' }));
    plain.theta.forEach((x, k) => expect(Math.abs(x - whole.theta[k]!)).toBeLessThan(1e-9));
  });

  it('is found by descent alone from any start', () => {
    const normal = normalDeviates(5);
    const n = 6;
    const rows = Array.from({ length: 20 }, () => Array.from({ length: n }, normal));
    const matrix = Float64Array.from({ length: n * n }, (_, e) =>
      rows.reduce((sum, row) => sum + row[Math.floor(e / n)]! * row[e % n]!, 0),
    );
    const right = Float64Array.from({ length: n }, () => 10 * normal());
    const from = (start: () => number) => {
      const theta = Float64Array.from({ length: n }, start);
      expect(descend({ matrix, right, lambda: 12, fixed: new Uint8Array(n) }, theta)).toBe(true);
      return theta;
    };
    const [zero, far] = [from(() => 0), from(() => 5 * normal())];
    zero.forEach((x, t) => expect(x - far[t]!).toBeCloseTo(0, 8));
  });

  it('is solved for to rounding, once zeros and signs are found', () => {
    // Coefficients all but the same for one another: descent alone would end some 1e-10 of its scale away.
    const [n, lambda] = [5, 3];
    const matrix = Float64Array.from({ length: n * n }, (_, e) => 0.95 ** Math.abs(Math.floor(e / n) - (e % n)) * 40);
    const right = Float64Array.of(90, 80, 70, 20, -30);
    const theta = new Float64Array(n);
    expect(descend({ matrix, right, lambda, fixed: new Uint8Array(n) }, theta)).toBe(true);
    expect([...theta.keys()].filter((t) => theta[t] === 0).length).toBeGreaterThan(0);
    for (let t = 0; t < n; t++) {
      let gradient = right[t]!;
      for (let k = 0; k < n; k++) gradient -= matrix[t * n + k]! * theta[k]!;
      if (t === 0) expect(Math.abs(gradient)).toBeLessThan(1e-12);
      else if (theta[t] === 0) expect(Math.abs(gradient)).toBeLessThanOrEqual(lambda / 2);
      else expect(Math.abs(gradient - (Math.sign(theta[t]!) * lambda) / 2)).toBeLessThan(1e-12);
    }
  });
});

describe('the penalty chosen by held-out stars', () => {
  it('tries equal steps of log λ, and holds out a tenth by seed', () => {
    expect(penaltiesOf({ from: 1, to: 1e4, steps: 5, per: 'model' })).toEqual(
      [1, 10, 100, 1000, 1e4].map((x) => expect.closeTo(x, 6) as number),
    );
    const held = heldOutTenth(200, 3);
    expect(held.reduce((a, b) => a + b, 0)).toBe(20);
    expect(heldOutTenth(200, 3)).toEqual(held);
    expect(heldOutTenth(200, 4)).not.toEqual(held);
  });

  it('is where scores are lowest, for each pixel or for all; pixels without a score have no say in that of all', () => {
    const scores = Float64Array.from([5, 1, 3, 2, 4, 0.5, NaN, -100, 7]);
    expect([...choosePenalties(scores, [1, 10, 100], 'pixel')]).toEqual([10, 100, 10]);
    expect([...choosePenalties(scores, [1, 10, 100], 'model')]).toEqual([100, 100, 100]);
  });

  it('improves fluxes of new stars where few coefficients are not 0, and is kept with the model', async () => {
    const stars = mockStars(60, 40, 4, 3);
    // Only the first label matters, so that 12 of 15 coefficients are 0.
    const truth = stars.trueTheta.map((x, k) => (stars.terms[k % stars.terms.length]!.every((i) => i === 0) ? x : 0));
    const normal = normalDeviates(8);
    const etaOf = (values: Float64Array, n: number) =>
      stars.terms.map((term) => term.reduce((product, i) => product * values[n * 4 + i]!, 1));
    const fluxOf = (values: Float64Array, n: number, p: number) =>
      etaOf(values, n).reduce((sum, x, t) => sum + x * truth[p * stars.terms.length + t]!, 0);
    const flux = Float64Array.from(
      { length: 60 * 40 },
      (_, k) => fluxOf(stars.values, Math.floor(k / 40), k % 40) + 0.02 * normal(),
    );
    const set = { ...stars, flux, ivar: new Float64Array(60 * 40).fill(1 / 0.02 ** 2) };
    const search = { from: 1, to: 1e4, steps: 9, per: 'model' as const };
    const free = await trainModel(set, { name: 'free', maxModes: 0 });
    const chosen = await trainModel(set, { name: 'chosen', maxModes: 0, l1: search });
    const lambda = chosen.record!.l1![0]!;
    expect(lambda).toBeGreaterThan(1);
    expect(chosen.record!.l1!.every((x) => x === lambda)).toBe(true);
    const error = ({ theta, labels }: typeof free) => {
      let sum = 0;
      const fresh = Float64Array.from({ length: 400 }, normal);
      for (let n = 0; n < 100; n++) {
        const scaled = labels.map(({ pivot, scale }, i) => (fresh[n * 4 + i]! - pivot) / scale);
        for (let p = 0; p < 40; p++) {
          const expected = stars.terms.reduce(
            (total, term, t) =>
              total + theta[p * stars.terms.length + t]! * term.reduce((product, i) => product * scaled[i]!, 1),
            0,
          );
          sum += (expected - fluxOf(fresh, n, p)) ** 2;
        }
      }
      return Math.sqrt(sum / 4000);
    };
    expect(error(chosen)).toBeLessThan(0.8 * error(free));
    const perPixel = await trainModel(set, { name: 'pixels', maxModes: 0, l1: { ...search, per: 'pixel' } });
    expect(new Set(perPixel.record!.l1).size).toBeGreaterThan(1);
  });
});

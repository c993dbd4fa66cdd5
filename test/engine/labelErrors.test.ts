/** Errors of reference labels in training, on mocks whose labels are off by known amounts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inflateErrors, knownErrors, starWeights } from '../../engine/cannon/labelErrors';
import type { Model } from '../../engine/cannon/model';
import { trainModel, type TrainingSet } from '../../engine/cannon/train';
import { crossValidate } from '../../engine/cannon/crossValidate';
import { thisThread, type Workers } from '../../engine/cannon/workers';
import { mockStars, normalDeviates } from './mockStars';

const [nStars, nPixels, nLabels] = [600, 30, 2];
const truth = mockStars(nStars, nPixels, nLabels, 17);

/** Every third star has labels with errors of 0.5 standard deviations, the others of 0.03. */
function noisy(): TrainingSet {
  const normal = normalDeviates(23);
  const labelErrors = Float64Array.from({ length: nStars * nLabels }, (_, k) =>
    Math.floor(k / nLabels) % 3 === 0 ? 0.5 : 0.03,
  );
  return { ...truth, labelErrors, values: truth.values.map((x, k) => x + labelErrors[k]! * normal()) };
}

/** How far the model's flux is off for stars with true labels, rms over pixels; and the mean of s² less the truth. */
function faults(model: Model): { flux: number; s2: number } {
  const { labels, theta, scatter, terms } = model;
  const normal = normalDeviates(99);
  let [sum, count, s2] = [0, 0, 0];
  for (let n = 0; n < 200; n++) {
    const own = [normal(), normal()];
    const scaled = labels.map(({ pivot, scale }, i) => (own[i]! - pivot) / scale);
    for (let p = 0; p < nPixels; p++) {
      let difference = 0;
      terms.forEach((term, t) => {
        difference += theta[p * terms.length + t]! * term.reduce((x, i) => x * scaled[i]!, 1);
        difference -= truth.trueTheta[p * terms.length + t]! * term.reduce((x, i) => x * own[i]!, 1);
      });
      sum += difference ** 2;
      count++;
    }
  }
  scatter.forEach((s, p) => (s2 += (s ** 2 - truth.trueScatter[p]! ** 2) / nPixels));
  return { flux: Math.sqrt(sum / count), s2 };
}

const options = { name: 'm', maxModes: 0 };

describe('errors of labels', () => {
  it('ignored, they raise s and spoil the model; inflated or down-weighted, less so', async () => {
    const set = noisy();
    const ignored = faults(await trainModel(set, options));
    const inflated = faults(await trainModel(set, { ...options, labelErrors: 'inflate' }));
    const weighted = faults(await trainModel(set, { ...options, labelErrors: 'down-weight' }));
    const exact = faults(await trainModel({ ...truth }, options));
    expect(ignored.flux).toBeGreaterThan(4 * exact.flux);
    expect(inflated.flux).toBeLessThan(0.3 * ignored.flux);
    expect(weighted.flux).toBeLessThan(0.3 * ignored.flux);
    // What labels do to s²: nearly all of it is taken back.
    expect(ignored.s2).toBeGreaterThan(2e-4);
    expect(Math.abs(inflated.s2)).toBeLessThan(0.05 * ignored.s2);
    expect(Math.abs(weighted.s2)).toBeLessThan(0.1 * ignored.s2);
    // The table of the page.
    const all = [exact, ignored, inflated, weighted];
    const micro = (x: number) => (1e6 * x).toFixed(0).replace('-', '−');
    const page = readFileSync(join(import.meta.dirname, '../../docs/training.md'), 'utf8').replace(/ +/g, ' ');
    expect(page).toContain(`| model flux, rms off | ${all.map(({ flux }) => flux.toFixed(4)).join(' | ')} |`);
    expect(page).toContain(`| s² less the true one, mean, 10⁻⁶ | ${all.map(({ s2 }) => micro(s2)).join(' | ')} |`);
  });

  it('inflate until s has settled, and no longer', async () => {
    const asked = new Map<string, number>();
    const run = ((task: 'trainPixelsFast', args: never) => {
      asked.set(task, (asked.get(task) ?? 0) + 1);
      return thisThread.run(task, args);
    }) as Workers['run'];
    await trainModel(noisy(), { ...options, labelErrors: 'inflate', workers: { ...thisThread, run } });
    // The training before the first inflation, one after each, and that of the model itself.
    const inflations = asked.get('inflateErrors')!;
    expect(asked.get('trainPixelsFast')).toBe(inflations + 2);
    expect(inflations).toBeGreaterThan(1);
    expect(inflations).toBeLessThan(8);
  });

  it('inflate ivar by (∂f/∂ℓ)² e², by finite differences of the model', () => {
    const { terms, trueTheta: theta, ivar } = truth;
    const inflated = new Float64Array(ivar.length);
    const errors = Float64Array.from({ length: nStars * nLabels }, (_, k) => 0.1 + 0.01 * (k % 7));
    const job = {
      ivar,
      inflated,
      nPixels,
      fromPixel: 0,
      toPixel: nPixels,
      theta,
      terms,
      labels: truth.values,
      errors,
      nLabels,
    };
    inflateErrors(job);
    const flux = (labels: readonly number[], p: number) =>
      terms.reduce((sum, term, t) => sum + theta[p * terms.length + t]! * term.reduce((x, i) => x * labels[i]!, 1), 0);
    for (const [n, p] of [
      [0, 0],
      [17, 4],
      [599, 29],
    ] as const) {
      const own = [...truth.values.subarray(n * nLabels, (n + 1) * nLabels)];
      const variance = own.reduce((sum, _, i) => {
        const moved = (h: number) =>
          flux(
            own.map((y, j) => (j === i ? y + h : y)),
            p,
          );
        return sum + (((moved(1e-4) - moved(-1e-4)) / 2e-4) * errors[n * nLabels + i]!) ** 2;
      }, 0);
      expect(1 / inflated[n * nPixels + p]! - 1 / ivar[n * nPixels + p]!).toBeCloseTo(variance, 10);
    }
  });

  it('weigh a star with usual errors 1, with exact labels 2, with three times the usual 0.2', () => {
    const labelErrors = new Float64Array(nStars * nLabels).fill(0.1);
    labelErrors
      .fill(0, 0, nLabels)
      .fill(0.3, nLabels, 2 * nLabels)
      .fill(NaN, 2 * nLabels, 3 * nLabels);
    const weights = starWeights({ ...truth, labelErrors }, 'm');
    expect([...weights.subarray(0, 4)]).toEqual([2, 0.2, 1, 1].map((x) => expect.closeTo(x, 12) as number));
  });

  it('scale the likelihood of a star: weights of 1/4 are errors twice as large, σ and s alike', async () => {
    const labelErrors = Float64Array.from({ length: nStars * nLabels }, (_, k) =>
      Math.floor(k / nLabels) % 2 === 0 ? 0.1 : 0.1 * Math.sqrt(7),
    );
    const g = starWeights({ ...truth, labelErrors }, 'm');
    const set = { ...truth, labelErrors };
    const model = await trainModel(set, { ...options, labelErrors: 'down-weight' });
    const { theta, scatter, terms, labels } = model;
    for (let p = 0; p < nPixels; p++) {
      const gradient = new Float64Array(terms.length);
      const scale = new Float64Array(terms.length);
      let [inV, scaleV] = [0, 0];
      for (let n = 0; n < nStars; n++) {
        const scaled = labels.map(({ pivot, scale: unit }, i) => (truth.values[n * nLabels + i]! - pivot) / unit);
        const eta = terms.map((term) => term.reduce((x, i) => x * scaled[i]!, 1));
        const r = truth.flux[n * nPixels + p]! - eta.reduce((sum, x, t) => sum + x * theta[p * terms.length + t]!, 0);
        const w = 1 / (1 / truth.ivar[n * nPixels + p]! + scatter[p]! ** 2);
        eta.forEach((x, t) => {
          gradient[t]! += g[n]! * w * r * x;
          scale[t]! += Math.abs(g[n]! * w * r * x);
        });
        inV += g[n]! * w * w * r * r - w;
        scaleV += w;
      }
      gradient.forEach((x, t) => expect(Math.abs(x) / scale[t]!).toBeLessThan(1e-6));
      if (scatter[p]! > 0) expect(Math.abs(inV) / scaleV).toBeLessThan(1e-4);
      else expect(inV).toBeLessThan(1e-4 * scaleV);
    }
  });

  it('that are not known are taken as usual ones; labels without any are exact; without any at all training says so', async () => {
    const labelErrors = Float64Array.from({ length: nStars * nLabels }, (_, k) =>
      k % nLabels === 1 ? NaN : k === 0 ? NaN : k === 2 ? -1 : 0.2,
    );
    const errors = knownErrors({ ...truth, labelErrors }, 'm');
    expect([...errors.subarray(0, 6)]).toEqual([0.2, 0, 0.2, 0, 0.2, 0]);
    await expect(
      trainModel({ ...truth }, { ...options, name: 'giants', labelErrors: 'inflate' }),
    ).rejects.toMatchObject({
      code: 'CAN307',
      message: 'The labels of model "giants" have no errors that training could heed',
    });
  });

  it('are heeded in cross-validation too: labels of held-out stars with good labels come out better', async () => {
    const set = noisy();
    const common = { ...options, folds: 4, seed: 2 };
    const off = async (labelErrors: 'ignore' | 'inflate' | 'down-weight') => {
      const { fits } = await crossValidate(set, { ...common, labelErrors });
      let sum = 0;
      fits.forEach((fit, n) => fit.labels.forEach((x, i) => (sum += (x - truth.values[n * nLabels + i]!) ** 2)));
      return Math.sqrt(sum / (nStars * nLabels));
    };
    const ignored = await off('ignore');
    expect(await off('inflate')).toBeLessThan(0.9 * ignored);
    expect(await off('down-weight')).toBeLessThan(0.9 * ignored);
  });
});

/** Masks of labels, and stars that lack labels: what each pixel is trained with. */
import { describe, expect, it } from 'vitest';
import { crossValidate } from '../../engine/cannon/crossValidate';
import { allowedLabels, allowedTermsOf } from '../../engine/cannon/labelMasks';
import { inferStars } from '../../engine/cannon/infer';
import { trainModel, type TrainingSet } from '../../engine/cannon/train';
import { linearTerms } from '../../engine/cannon/vectorizer';
import { mockStars } from './mockStars';

const waves = Float64Array.from({ length: 40 }, (_, p) => 5000 + p);
const windows = [
  { name: 'Mg', windows: [[5004.5, 5007.5] as const] },
  { name: 'Balmer', windows: [[5020, 5025] as const, [5030.2, 5030.4] as const] },
];
const mask = (label: string, only: string[] | null, not: string[] = [], margin = 0) => ({ label, only, not, margin });
const where = (allowed: Uint8Array, nLabels: number, label: number, flag: 0 | 1) =>
  [...waves.keys()].filter((p) => allowed[p * nLabels + label] === flag);

describe('masks', () => {
  it('allow a label in its windows only, or everywhere but in some, widened by a margin', () => {
    const masks = [mask('mg_fe', ['Mg']), mask('teff', null, ['Balmer'], 1), mask('gone', ['Mg'])];
    const allowed = allowedLabels({ masks, windows }, ['teff', 'mg_fe'], waves)!;
    expect(where(allowed, 2, 1, 1)).toEqual([5, 6, 7]);
    expect(where(allowed, 2, 0, 0)).toEqual([19, 20, 21, 22, 23, 24, 25, 30, 31]);
    const both = allowedLabels({ masks: [mask('teff', ['Mg', 'Balmer'], ['Mg'])], windows }, ['teff'], waves)!;
    expect(where(both, 1, 0, 1)).toEqual([20, 21, 22, 23, 24, 30]);
  });

  it('are none without a mask for a label of the model', () => {
    expect(allowedLabels({ masks: [], windows }, ['teff'], waves)).toBeNull();
    expect(allowedLabels({ masks: [mask('mg_fe', ['Mg'])], windows }, ['teff'], waves)).toBeNull();
    expect(allowedLabels({ masks: 'own-windows', windows }, ['teff', 'alpha_fe', 'fe_h'], waves)).toBeNull();
  });

  it('give each element its own windows on request', () => {
    const allowed = allowedLabels({ masks: 'own-windows', windows }, ['teff', 'Mg_H', 'ba_fe'], waves)!;
    expect(where(allowed, 3, 1, 1)).toEqual([5, 6, 7]);
    expect(where(allowed, 3, 0, 0)).toEqual([]);
    expect(where(allowed, 3, 2, 0)).toEqual([]);
  });

  it('forbid every term with a label that is not allowed, never the constant', () => {
    expect([...allowedTermsOf(Uint8Array.from([1, 0]), 2, [[], [0], [1], [0, 0], [0, 1]])]).toEqual([1, 1, 0, 1, 0]);
    expect([...allowedTermsOf(Uint8Array.from([0, 0]), 2, [[], [0], [0, 1]])]).toEqual([1, 0, 0]);
  });
});

const stars = mockStars(240, 40, 3, 31);
const masked = allowedLabels(
  { masks: [mask('label2', ['Mg', 'Balmer'])], windows },
  ['label0', 'label1', 'label2'],
  waves,
)!;
const nTerms = stars.terms.length;

describe('training with masks', () => {
  it('holds θ at exactly 0 where a label is not allowed, and trains the rest as a model without it', async () => {
    const model = await trainModel(stars, { name: 'm', maxModes: 0, allowedLabels: masked });
    const without = stars.labels.slice(0, 2);
    const values = Float64Array.from({ length: 480 }, (_, k) => stars.values[3 * (k >> 1) + (k & 1)]!);
    const smaller = await trainModel({ ...stars, labels: without, values }, { name: 's', maxModes: 0 });
    const kept = stars.terms.flatMap((term, t) => (term.includes(2) ? [] : [t]));
    let nMasked = 0;
    for (let p = 0; p < 40; p++) {
      if (masked[p * 3 + 2] === 1) {
        stars.terms.forEach((_, t) => expect(model.theta[p * nTerms + t]).not.toBe(0));
        continue;
      }
      nMasked++;
      stars.terms.forEach((term, t) => {
        if (!term.includes(2)) return;
        expect(model.theta[p * nTerms + t]).toBe(0);
        expect(model.record!.thetaError[p * nTerms + t]).toBe(0);
      });
      kept.forEach((t, k) => expect(model.theta[p * nTerms + t]! - smaller.theta[p * 6 + k]!).toBeCloseTo(0, 6));
      expect(model.scatter[p]! - smaller.scatter[p]!).toBeCloseTo(0, 6);
    }
    expect(nMasked).toBe(31);
  });

  it('serves inference and cross-validation, and needs stars for the allowed terms only', async () => {
    const options = { name: 'm', maxModes: 0, allowedLabels: masked };
    const model = await trainModel(stars, options);
    const [fit] = inferStars(model, [stars.flux.subarray(0, 40)], [stars.ivar.subarray(0, 40)]);
    fit!.labels.forEach((x, i) => expect(Math.abs(x - stars.values[i]!)).toBeLessThan(0.5));
    const { fits } = await crossValidate(stars, { ...options, folds: 4, seed: 1 });
    expect(fits.every(({ labels }) => [...labels].every(Number.isFinite))).toBe(true);
    // 13 stars train six terms but not ten.
    const ivar = stars.ivar.map((iv, k) => (Math.floor(k / 40) < 13 || k % 40 > 15 ? iv : 0));
    const few = await trainModel({ ...stars, ivar }, options);
    expect(few.scatter[0]).toBeLessThan(Infinity);
    expect(few.scatter[5]).toBe(Infinity);
  });

  it('needs only one set of terms that stars tell apart, in whichever pixels that is', async () => {
    // The third label is the first once more: pixels that use it cannot be trained, the others can.
    const values = stars.values.map((x, k) => (k % 3 === 2 ? stars.values[k - 2]! : x));
    for (const first of [0, 1]) {
      const allowedLabels = masked.map((flag, k) => (k % 3 === 2 && Math.floor(k / 3) < 2 ? first : flag));
      const model = await trainModel({ ...stars, values }, { name: 'm', maxModes: 0, allowedLabels });
      const untrained = [...waves.keys()].filter((p) => model.scatter[p] === Infinity);
      expect(untrained).toEqual([...waves.keys()].filter((p) => allowedLabels[3 * p + 2] === 1));
    }
    const everywhere = new Uint8Array(masked.length).fill(1);
    const options = { name: 'm', maxModes: 0, allowedLabels: everywhere };
    await expect(trainModel({ ...stars, values }, options)).rejects.toMatchObject({ code: 'CAN305' });
  });

  it('has orthogonal factors to fall back on, in the terms that are allowed', async () => {
    const values = stars.values.map((x, k) => (k % 3 === 1 ? stars.values[k - 1]! + 1e-6 * x : x));
    const terms = linearTerms(3);
    const model = await trainModel({ ...stars, values }, { name: 'm', maxModes: 0, allowedLabels: masked, terms });
    expect(model.converged.every((flag) => flag === 1)).toBe(true);
    for (let p = 0; p < 40; p++) expect(model.theta[p * 4 + 3] === 0).toBe(masked[p * 3 + 2] === 0);
    expect(Math.max(...model.record!.condition)).toBeGreaterThan(1e10);
  });
});

describe('stars that lack a label', () => {
  /** Every second star lacks the label that is masked. */
  const lacking: TrainingSet = {
    ...stars,
    values: stars.values.map((x, k) => (k % 3 === 2 && Math.floor(k / 3) % 2 === 0 ? NaN : x)),
  };

  it('train the pixels that need none of what they lack, as if others had trained those by themselves', async () => {
    const options = { name: 'm', maxModes: 0, allowedLabels: masked };
    const model = await trainModel(lacking, { ...options, missingLabels: 'per-pixel' });
    const complete = Uint8Array.from(stars.stars, (_, n) => n % 2);
    const others = await trainModel(stars, { ...options, starMask: complete });
    const everyone = await trainModel(stars, options);
    for (let p = 0; p < 40; p++) {
      const isAllowed = masked[p * 3 + 2] === 1;
      expect(model.nStars[p]).toBe(isAllowed ? 120 : 240);
      expect(model.scatter[p]! - (isAllowed ? others : everyone).scatter[p]!).toBeCloseTo(0, 6);
    }
    expect(model.labels[2]!.pivot).toBeCloseTo(others.labels[2]!.pivot, 12);
    expect(model.labels[2]!.min).toBe(others.labels[2]!.min);
  });

  it('take part in cross-validation, and inflated errors', async () => {
    const labelErrors = new Float64Array(720).fill(0.05);
    const options = {
      name: 'm',
      maxModes: 2,
      allowedLabels: masked,
      missingLabels: 'per-pixel',
      labelErrors: 'inflate',
    } as const;
    const { agreement } = await crossValidate({ ...lacking, labelErrors }, { ...options, folds: 3, seed: 1 });
    agreement.forEach(({ scatter }) => expect(scatter).toBeLessThan(0.5));
  });

  it('are refused where they were to be left out, or lack everything there is', async () => {
    await expect(trainModel(lacking, { name: 'm' })).rejects.toMatchObject({ code: 'CAN302' });
    const none = { ...stars, values: stars.values.map((x, k) => (k % 3 === 2 ? NaN : x)) };
    const options = { name: 'm', missingLabels: 'per-pixel', allowedLabels: masked } as const;
    await expect(trainModel(none, options)).rejects.toMatchObject({
      code: 'CAN302',
      message: 'No reference star of model "m" has the label "label2"',
    });
    await expect(trainModel(none, { name: 'm', missingLabels: 'per-pixel' })).rejects.toMatchObject({ code: 'CAN301' });
  });
});

describe('whatever the workers', () => {
  it('the bits of a training with all options are the same', async () => {
    const labelErrors = new Float64Array(720).fill(0.1);
    const options = {
      ...{ name: 'm', maxModes: 2, allowedLabels: masked, labelErrors: 'inflate' as const },
      l1: { from: 1, to: 100, steps: 3, per: 'pixel' as const },
    };
    const set = { ...stars, labelErrors };
    const { thisThread } = await import('../../engine/cannon/workers');
    const slow = { ...thisThread, size: 3 };
    const [one, three] = [await trainModel(set, options), await trainModel(set, { ...options, workers: slow })];
    expect([...three.theta]).toEqual([...one.theta]);
    expect([...three.record!.l1!]).toEqual([...one.record!.l1!]);
    expect([...three.record!.thetaError]).toEqual([...one.record!.thetaError]);
  });
});

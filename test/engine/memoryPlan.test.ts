/** What training and inference will take, against what they then do take. */
import { describe, expect, it } from 'vitest';
import {
  planInferenceMemory,
  planTrainingMemory,
  requireInferenceMemory,
  requireMemory,
  type WorkSize,
} from '../../engine/cannon/memoryPlan';
import { inferenceBytes } from '../../engine/cannon/starLayout';
import { planTraining } from '../../engine/cannon/trainingPlan';
import { linearTerms, quadraticTerms } from '../../engine/cannon/vectorizer';
import { bufferOf } from '../../engine/kernels/kernels';
import { mockStars } from './mockStars';

const gigabyte = 2 ** 30;
const survey = (nLabels: number, more: Partial<WorkSize> = {}): WorkSize => ({
  ...{ nStars: 20_000, nPixels: 8000, terms: quadraticTerms(nLabels), nModes: 0, nFolds: 0, nWorkers: 2 },
  ...more,
});

function messageOf(size: WorkSize, available: number): { message: string; hint: string; code: string } | null {
  try {
    requireMemory(size, available);
  } catch (error) {
    const { message, hint, code } = error as { message: string; hint: string; code: string };
    return { message, hint, code };
  }
  return null;
}

describe('the memory that is planned', () => {
  it.each([0, 4])('for kernels is what they get, with %i folds', (nFolds) => {
    const { terms, flux } = mockStars(60, 20, 4, 1);
    const design = new Float64Array(60 * terms.length).fill(1);
    const stars = [...Array(60).keys()];
    const plan = planTraining({
      ...{ design, terms, stars, nSlots: 3 },
      ...(nFolds > 0 && { foldOf: stars.map((n) => n % nFolds) }),
    });
    const planned = planTrainingMemory({ nStars: 60, nPixels: 20, terms, nModes: 0, nFolds, nWorkers: 3 });
    expect(planned.parts.training / bufferOf(plan.arena.memory).byteLength).toBeGreaterThan(0.9);
    expect(planned.parts.training / bufferOf(plan.arena.memory).byteLength).toBeLessThan(1.02);
    expect(planned.parts.spectra).toBe(2 * flux.byteLength + design.byteLength);
  });

  it('lets 20,000 stars × 8,000 pixels × 20 labels fit in 8 GB, trained, cross-validated and inferred', () => {
    const { parts, total } = planTrainingMemory(survey(20, { nModes: 10 }));
    // 10,628 rows of monomials and 231 terms for each star, by hand; a slot is at most 400 MB.
    expect(parts.training).toBeGreaterThan(8 * 20_000 * (10_628 + 231));
    expect(parts.training).toBeLessThan(8 * 20_000 * (10_628 + 231) + 2 * 400 * 2 ** 20 + 2 ** 20);
    expect(parts.spectra).toBe(16 * 20_000 * 8000 + 8 * 20_000 * 231);
    expect(parts.residuals).toBe(4 * 20_000 * 8000);
    expect(total).toBeLessThan(8 * gigabyte);
    expect(planTrainingMemory(survey(20, { nFolds: 12, nModes: 10 })).total).toBeLessThan(8 * gigabyte);
    expect(() => requireMemory(survey(20, { nModes: 10 }), 8 * gigabyte)).not.toThrow();
    const inference = planInferenceMemory([survey(20, { nModes: 10 })], 2);
    expect(inference.parts.inference).toBe(
      2 * inferenceBytes({ terms: quadraticTerms(20), nPixels: 8000, nModes: 10 }),
    );
    expect(inference.total).toBeLessThan(gigabyte);
  });

  it('counts what options of training take besides', () => {
    const size = { ...survey(12), nStars: 600, nPixels: 3500 };
    const more = (options: Partial<WorkSize>) =>
      planTrainingMemory({ ...size, ...options }).total - planTrainingMemory(size).total;
    expect(more({ missesLabels: true })).toBe(8 * 600 * 3500);
    // θ, its errors and s of a training beside those of the one before, whose kernel memory it takes over.
    expect(more({ inflates: true })).toBe(8 * 600 * 3500 + 8 * 3500 * (91 + 91 + 1));
    // 91 terms: 4186 numbers a pixel. Resident were 470 MiB more than without.
    expect(more({ keepsCovariance: true })).toBe(4 * 8 * 4186 * 3500);
    expect(more({ leavesOneOut: true })).toBeGreaterThan(8 * 4186 * 3500 + planTrainingMemory(size).parts.training);
    const forFolds = planTrainingMemory({ ...size, nFolds: 10 }).total;
    expect(messageOf({ ...size, leavesOneOut: true }, forFolds)!.hint).toMatch(/^What would fit: 10 folds/);
    expect(messageOf({ ...size, leavesOneOut: true }, forFolds)!.message).toMatch(/^Leave-one-out of 600 stars/);
  });

  it('has θ, s and modes of the model and of every fold, and the errors of θ of the model alone', () => {
    const size: WorkSize = {
      nStars: 600,
      nPixels: 3500,
      terms: quadraticTerms(12),
      nModes: 4,
      nFolds: 10,
      nWorkers: 2,
    };
    expect(planTrainingMemory(size).parts.models).toBe(8 * 3500 * (11 * (91 + 1 + 4) + 91));
    // Leave-one-out has modes of twelve parts of the stars instead.
    const loo = planTrainingMemory({ ...size, nFolds: 0, leavesOneOut: true });
    expect(loo.parts.models).toBe(8 * 3500 * (91 + 1 + 4 + 91 + 12 * 4));
  });

  it('has for leave-one-out θ and weights of the stars of three tasks a worker, as many as 24 MiB of θ hold', () => {
    const size: WorkSize = { nStars: 600, nPixels: 3500, terms: quadraticTerms(12), nModes: 0, nFolds: 0, nWorkers: 2 };
    const { inference } = planTrainingMemory({ ...size, leavesOneOut: true }).parts;
    const stars = Math.floor((24 * 2 ** 20) / (8 * 3500 * 91));
    expect(stars).toBe(9);
    expect(inference).toBe(2 * (inferenceBytes(size) + 3 * stars * 8 * 3500 * (91 + 1)));
  });

  it('keeps the squares of a model in memory while they are not too many, and a chunk of them beyond', () => {
    const bytes = (nLabels: number, nPixels: number) =>
      inferenceBytes({ terms: quadraticTerms(nLabels), nPixels, nModes: 0 });
    // All squares of 10 labels, and of 20 labels a chunk of 512 pixels instead of 680 MB.
    expect(bytes(10, 3500)).toBeGreaterThan(8 * 1001 * 3500);
    expect(bytes(20, 8000)).toBeLessThan(8 * 10_628 * 8000 * 0.4);
    expect(bytes(20, 8000)).toBeGreaterThan(8 * 10_628 * 512);
  });
});

describe('too little memory', () => {
  it('is told with its numbers and with sizes that do fit, each of which does', () => {
    const size = survey(20, { nStars: 60_000 });
    const told = messageOf(size, 8 * gigabyte)!;
    expect(told.code).toBe('CAN320');
    expect(told.message).toMatch(
      /^Training of 60,000 stars × 8,000 pixels × 231 terms with 2 workers needs \d+\.\d GB of memory, and there are 8\.0 GB$/,
    );
    const nStars = Number(/([\d,]+) stars/.exec(told.hint)![1]!.replace(',', ''));
    expect(messageOf({ ...size, nStars }, 8 * gigabyte)).toBeNull();
    expect(messageOf({ ...size, nStars: nStars + 4 }, 8 * gigabyte)).not.toBeNull();
    expect(nStars).toBeGreaterThan(20_000);
  });

  it('may be that of one block of kernel memory, however much the machine has', () => {
    const told = messageOf(survey(20, { nWorkers: 60 }), 1000 * gigabyte)!;
    expect(told.message).toMatch(/needs \d\.\d GB in one block of kernel memory, which ends at 4\.0 GB$/);
    const workers = Number(/(\d+) worker/.exec(told.hint)![1]);
    expect(workers).toBeGreaterThan(1);
    expect(messageOf(survey(20, { nWorkers: workers }), 1000 * gigabyte)).toBeNull();
  });

  it('is not told of a block that fills kernel memory to the last byte, but of one with four stars more', () => {
    const terms = linearTerms(62);
    const full: WorkSize = { nStars: 202_032, nPixels: 10, terms, nModes: 0, nFolds: 0, nWorkers: 3 };
    expect(planTrainingMemory(full).parts.training).toBe(4 * gigabyte);
    expect(messageOf(full, 1000 * gigabyte)).toBeNull();
    expect(messageOf({ ...full, nStars: 202_036 }, 1000 * gigabyte)!.message).toContain(
      'in one block of kernel memory',
    );
  });

  it('has errors of θ without covariances among what fits, where covariances were asked for', () => {
    const size = survey(20, { nStars: 600 });
    const withCovariance = { ...size, keepsCovariance: true };
    const { total } = planTrainingMemory(size);
    expect(messageOf(withCovariance, total)!.hint).toContain('errors of θ without covariances');
    expect(messageOf(size, total - 1)!.hint).not.toContain('covariances');
    expect(messageOf(withCovariance, total - 1)!.hint).not.toContain('covariances');
  });

  it('that nothing smaller would mend is said to be just that', () => {
    expect(messageOf(survey(2), 1)!.hint).toBe('Use a machine with more memory.');
  });
});

describe('too little memory for inference', () => {
  const shape = (nLabels: number, nPixels: number) => ({ terms: quadraticTerms(nLabels), nPixels, nModes: 0 });
  const told = (models: Parameters<typeof requireInferenceMemory>[0], nWorkers: number, available: number) => {
    try {
      requireInferenceMemory(models, nWorkers, available);
    } catch (error) {
      return error as { message: string; hint: string; code: string };
    }
    return null;
  };

  it('is told with its numbers and with what would fit, each of which does', () => {
    const error = told([shape(12, 8000)], 8, gigabyte)!;
    expect(error.code).toBe('CAN320');
    expect(error.message).toMatch(
      /^Inference by a model of 8,000 pixels × 91 terms with 8 workers needs \d+\.\d GB of memory, and there are 1\.0 GB$/,
    );
    const found = /(\d+) workers?, or a model of (\d+) labels?, or a model on a grid of ([\d,]+) pixels/.exec(
      error.hint,
    )!;
    const [workers, labels, pixels] = found.slice(1).map((text) => Number(text.replace(',', ''))) as [
      number,
      number,
      number,
    ];
    expect(told([shape(12, 8000)], workers, gigabyte)).toBeNull();
    expect(told([shape(12, 8000)], workers + 1, gigabyte)).not.toBeNull();
    expect(told([shape(labels, 8000)], 8, gigabyte)).toBeNull();
    expect(told([shape(12, pixels)], 8, gigabyte)).toBeNull();
  });

  it('of several models is that of those that a thread keeps', () => {
    const models = [9, 10, 11, 12].map((nLabels) => shape(nLabels, 4000));
    const error = told(models, 4, gigabyte)!;
    expect(error.message).toMatch(/^Inference by 4 models, the largest of 4,000 pixels × 91 terms, with 4 workers/);
    expect(error.hint).toMatch(/one model at a time/);
    const { parts } = planInferenceMemory(models, 4);
    expect(parts.inference).toBeLessThanOrEqual(4 * 512 * 2 ** 20);
    expect(parts.inference).toBeGreaterThan(4 * inferenceBytes(models[3]!));
    // Models of one shape share their memory.
    expect(planInferenceMemory([models[0]!, models[0]!], 4).parts.inference).toBe(4 * inferenceBytes(models[0]!));
  });
});

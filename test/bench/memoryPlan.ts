/**
 * What the plan of memory says against what is resident at most: `npm run bench:memory-plan [-- names…]`. Each case is a process of
 * its own with two workers on made-up stars; the peak is VmHWM as Linux tells it, after the stars are there.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { crossValidate } from '../../engine/cannon/crossValidate';
import { planTrainingMemory, type WorkSize } from '../../engine/cannon/memoryPlan';
import { modelBytes } from '../../engine/cannon/modelFile';
import { trainModel, type TrainingSet, type TrainOptions } from '../../engine/cannon/train';
import { quadraticTerms } from '../../engine/cannon/vectorizer';
import { sharedNumbers } from '../../engine/cannon/workers';
import { createPool } from '../../engine/jobs/pool';
import { program } from '../jobs/command';
import { normalDeviates } from '../engine/mockStars';

const nWorkers = 2;

interface Case {
  readonly nStars: number;
  readonly nPixels: number;
  readonly nLabels: number;
  readonly options?: Partial<TrainOptions>;
  readonly folds?: number | 'leave-one-out';
}

const many = { nStars: 2500, nPixels: 3500, nLabels: 5 };
const wide = { nStars: 600, nPixels: 3500, nLabels: 12 };
const cases: Record<string, Case> = {
  training: many,
  'with 10 modes': { ...many, options: { maxModes: 10 } },
  'missing labels per pixel': { ...many, options: { missingLabels: 'per-pixel' } },
  'errors of labels that inflate': { ...many, options: { labelErrors: 'inflate' } },
  '10 folds': { ...many, folds: 10 },
  '12 labels': wide,
  '12 labels, covariances of θ': { ...wide, options: { thetaCovariance: 'full' } },
  '12 labels, leave-one-out': { ...wide, folds: 'leave-one-out' },
};

function makeStars({ nStars, nPixels, nLabels, options }: Case): TrainingSet {
  const normal = normalDeviates(1);
  const some = Float64Array.from({ length: 9973 }, normal);
  const [flux, ivar] = [sharedNumbers(nStars * nPixels), sharedNumbers(nStars * nPixels)];
  for (let k = 0; k < flux.length; k++) [flux[k], ivar[k]] = [1 + 0.01 * some[k % some.length]!, 1e4];
  const values = Float64Array.from({ length: nStars * nLabels }, normal);
  if (options?.missingLabels === 'per-pixel') for (let n = 0; n < nStars; n += 7) values[n * nLabels] = NaN;
  return {
    stars: Array.from({ length: nStars }, (_, n) => `star ${n}`),
    labels: Array.from({ length: nLabels }, (_, i) => ({ name: `label${i}`, unit: '' })),
    waveAngstrom: Float64Array.from({ length: nPixels }, (_, p) => 5000 + p),
    ...{ values, flux, ivar, labelErrors: new Float64Array(values.length).fill(0.05) },
  };
}

function sizeOf({ nStars, nPixels, nLabels, options, folds }: Case): WorkSize {
  return {
    ...{ nStars, nPixels, terms: quadraticTerms(nLabels), nModes: options?.maxModes ?? 0, nWorkers },
    nFolds: typeof folds === 'number' ? folds : 0,
    ...(folds === 'leave-one-out' && { leavesOneOut: true }),
    ...(options?.missingLabels === 'per-pixel' && { missesLabels: true }),
    ...(options?.labelErrors === 'inflate' && { inflates: true }),
    ...(options?.thetaCovariance === 'full' && { keepsCovariance: true }),
  };
}

async function work(one: Case): Promise<void> {
  const set = makeStars(one);
  const pool = createPool(pathToFileURL(join(program, '..', 'worker.js')), nWorkers);
  const { onProgress: _onProgress, ...given } = one.options ?? {};
  const options = { name: 'main', maxModes: 0, workers: pool, ...given };
  if (one.folds === undefined) modelBytes(await trainModel(set, options));
  else {
    const groups = Int32Array.from(set.stars, (_, n) => n);
    await crossValidate(set, { ...options, folds: one.folds, seed: 1, groups });
  }
  await pool.close();
  process.stdout.write(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]!);
}

const [first, ...names] = process.argv.slice(2);
if (first === '--case') await work(cases[names[0]!]!);
else {
  const wanted = [first, ...names].filter((name) => name !== undefined && name !== '--');
  for (const [name, one] of Object.entries(cases)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const { total } = planTrainingMemory(sizeOf(one));
    const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--case', name], { encoding: 'utf8' });
    if (child.status !== 0) throw new Error(child.stderr);
    const peak = Number(child.stdout) / 1024;
    const planned = total / 2 ** 20;
    console.log(
      `${name}: planned ${planned.toFixed(0)} MiB, peak ${peak.toFixed(0)} MiB, ${(planned / peak).toFixed(2)} times`,
    );
  }
}

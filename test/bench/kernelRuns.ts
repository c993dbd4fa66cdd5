/**
 * What `npm run bench` takes the time of: a training, a cross-validation, labels of stars and the product alone, in a few threads, on
 * made-up stars in memory.
 */
import { Worker } from 'node:worker_threads';
import { trainFolds, type FoldJob } from '../../engine/cannon/fastFolds';
import { trainPixelsFast, type FastPixelJob } from '../../engine/cannon/fastTraining';
import { inferStars, type LabelFit } from '../../engine/cannon/infer';
import type { Model } from '../../engine/cannon/model';
import { whiten } from '../../engine/cannon/modes';
import { planResiduals } from '../../engine/cannon/residuals';
import { thetaNoise } from '../../engine/cannon/thetaNoise';
import { thisThread } from '../../engine/cannon/workers';
import { BlockLayout, planTraining, type TrainingPlan } from '../../engine/cannon/trainingPlan';
import { withSlot } from '../../engine/kernels/arena';
import { defaultKernelKind, kernelsFor, type KernelKind } from '../../engine/kernels/kernels';
import type { Cost } from './growth';
import { mockStars, shared, type MockStars, type Size } from './mockSurvey';

export const nFolds = 12;

export const tasks = { trainPixelsFast, trainFolds, label, product };
export type Tasks = typeof tasks;

/** Stars to label: rows of flux and ivar, nStars × nPixels. */
interface LabelJob {
  readonly model: Model;
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
  readonly stars: readonly number[];
  readonly kind: KernelKind;
  /** What residuals tell, too. */
  readonly diagnostics: boolean;
}

function label({ model, flux, ivar, stars, kind, diagnostics }: LabelJob): LabelFit[] {
  const nPixels = model.scatter.length;
  const rows = (source: Float64Array) => stars.map((n) => source.subarray(n * nPixels, (n + 1) * nPixels));
  return inferStars(model, rows(flux), rows(ivar), { kernels: kind, diagnostics });
}

/** Repeats the product of one block; returns how many flops that took. */
function product({ plan, seconds }: { plan: TrainingPlan; seconds: number }): number {
  return withSlot(plan.arena, (slot) => {
    const at = new BlockLayout(plan, plan.blockPixels, slot);
    const kernels = kernelsFor(plan.arena.memory);
    const { nMonomials, nRows, blockPixels } = plan;
    const start = performance.now();
    let rounds = 0;
    while (performance.now() - start < 1000 * seconds) {
      kernels.gemm(nMonomials, blockPixels, nRows, plan.monomials, at.weight, at.moments, 0, nRows, 0);
      rounds++;
    }
    return rounds * 2 * nMonomials * nRows * blockPixels;
  });
}

/** A few threads that take tasks in turn. */
export class Threads {
  readonly #workers: Worker[];

  constructor(readonly size: number) {
    this.#workers = Array.from({ length: size }, () => new Worker(new URL(import.meta.url)));
  }

  /** Results in the order of `jobs`. */
  async run<K extends keyof Tasks>(task: K, jobs: readonly Parameters<Tasks[K]>[0][]): Promise<ReturnType<Tasks[K]>[]> {
    const results = new Array<ReturnType<Tasks[K]>>(jobs.length);
    let next = 0;
    await Promise.all(
      this.#workers.map(async (worker) => {
        for (let k = next++; k < jobs.length; k = next++) {
          results[k] = await new Promise((resolve, reject) => {
            worker.once('message', resolve);
            worker.once('error', reject);
            worker.postMessage([task, jobs[k]]);
          });
          worker.removeAllListeners('error');
        }
      }),
    );
    return results;
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

export interface Time {
  readonly wall: number;
  /** Of all threads of this process. */
  readonly processor: number;
}

/** Seconds since the last call. */
function stopwatch(): () => Time {
  let [wall, usage] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(usage);
    const time = { wall: (performance.now() - wall) / 1000, processor: (user + system) / 1e6 };
    [wall, usage] = [performance.now(), process.cpuUsage()];
    return time;
  };
}

const sum = (values: readonly number[]) => values.reduce((total, x) => total + x, 0);

export interface Run {
  readonly threads: Threads;
  readonly size: Size;
  readonly stars: MockStars;
  readonly plan: TrainingPlan;
  readonly kind: KernelKind;
}

function chunks(plan: TrainingPlan, nPixels: number): { fromPixel: number; toPixel: number }[] {
  return Array.from({ length: Math.ceil(nPixels / plan.blockPixels) }, (_, k) => ({
    fromPixel: k * plan.blockPixels,
    toPixel: Math.min(nPixels, (k + 1) * plan.blockPixels),
  }));
}

/** @param isWithErrors the errors of θ and the condition of each pixel, too, as `cannon train` writes them into model.fits */
export async function train(
  { threads, size: { nStars, nPixels }, stars, kind }: Run,
  pixels = nPixels,
  isWithErrors = false,
) {
  const { terms, design, flux, ivar } = stars;
  const all = [...Array(nStars).keys()];
  const theta = new Float64Array(pixels * terms.length);
  const scatter = new Float64Array(pixels);
  const watch = stopwatch();
  const plan = planTraining({ design, terms, stars: all, nSlots: threads.size, kind });
  const jobs = chunks(plan, pixels).map((range): FastPixelJob => ({
    plan,
    design,
    flux,
    ivar,
    nPixels,
    covariance: isWithErrors,
    ...range,
  }));
  (await threads.run('trainPixelsFast', jobs)).forEach((fit, k) => {
    theta.set(fit.theta, jobs[k]!.fromPixel * terms.length);
    scatter.set(fit.scatter, jobs[k]!.fromPixel);
  });
  return { time: watch(), model: { theta, scatter } };
}

/** Times of the models of all folds, of labels of all held-out stars, and of labels with what their residuals tell. */
export async function crossValidate({ threads, size, stars, kind }: Run) {
  const { nStars, nPixels, nLabels } = size;
  const { terms, design, flux, ivar } = stars;
  const foldOf = Array.from({ length: nStars }, (_, n) => n % nFolds);
  const all = [...Array(nStars).keys()];
  const watch = stopwatch();
  const plan = planTraining({ design, terms, stars: all, foldOf, nSlots: threads.size, kind });
  const [foldTheta, foldScatter] = [shared(nFolds * nPixels * terms.length), shared(nFolds * nPixels)];
  const folds = chunks(plan, nPixels).map((range): FoldJob => ({
    plan,
    design,
    flux,
    ivar,
    nPixels,
    ...range,
    foldTheta,
    foldScatter,
  }));
  const reports = await threads.run('trainFolds', folds);
  const training = watch();
  const jobsOf = (diagnostics: boolean) =>
    Array.from({ length: nFolds }, (_, fold): LabelJob => {
      const rows = nPixels * terms.length;
      const theta = foldTheta.subarray(fold * rows, (fold + 1) * rows);
      const scatter = foldScatter.subarray(fold * nPixels, (fold + 1) * nPixels);
      const heldOut = all.filter((n) => foldOf[n] === fold);
      return { model: modelOf(stars, size, theta, scatter), flux, ivar, stars: heldOut, kind, diagnostics };
    });
  const jobs = jobsOf(false);
  const fits = await threads.run('label', jobs);
  const labels = watch();
  await threads.run('label', jobsOf(true));
  const diagnosed = watch();
  const order = jobs.flatMap((job) => [...job.stars]);
  const alone = sum(reports.map((r) => r.trainedAlone)) / sum(reports.map((r) => r.total));
  return {
    training,
    plain: sumOfTimes(training, labels),
    total: sumOfTimes(training, diagnosed),
    alone,
    rms: labelRms(stars, nLabels, order, fits.flat()),
  };
}

function sumOfTimes(a: Time, b: Time): Time {
  return { wall: a.wall + b.wall, processor: a.processor + b.processor };
}

/** The model with how large the errors of its θ are; one thread. */
export async function withNoise({ stars, size }: Run, model: Model): Promise<{ time: Time; model: Model }> {
  const watch = stopwatch();
  const { flux, ivar, design, terms } = stars;
  const shape = { nPixels: size.nPixels, nTerms: terms.length, stars: [...Array(size.nStars).keys()] };
  const plan = planResiduals(design, terms.length, size.nPixels, 0, 1);
  const starMask = new Uint8Array(size.nStars).fill(1);
  await whiten({ plan, set: { flux, ivar }, model, starMask, workers: thisThread });
  const noise = await thetaNoise({ ...model, ...shape, flux, ivar, design, whitened: plan }, thisThread);
  return { time: watch(), model: { ...model, thetaNoise: noise } };
}

/** Labels the unseen stars four times over, so that laying out the model, once a thread, weighs as little as in a survey. */
export async function infer({ threads, size, kind }: Run, model: Model, unseen: MockStars, diagnostics = false) {
  const { nLabels } = size;
  const nUnseen = unseen.labels.length / nLabels;
  const nStars = 4 * nUnseen;
  const perTask = Math.ceil(nStars / threads.size / 2);
  const watch = stopwatch();
  const jobs = Array.from({ length: Math.ceil(nStars / perTask) }, (_, k): LabelJob => {
    const count = Math.min(perTask, nStars - k * perTask);
    const rows = Array.from({ length: count }, (_, n) => (k * perTask + n) % nUnseen);
    return { model, flux: unseen.flux, ivar: unseen.ivar, stars: rows, kind, diagnostics };
  });
  const fits = (await threads.run('label', jobs)).flat();
  const time = watch();
  const order = jobs.flatMap((job) => [...job.stars]);
  return { time, nStars, rms: labelRms(unseen, nLabels, order, fits) };
}

/** The mock's labels are standardized already. */
export function modelOf(
  { labels, terms }: MockStars,
  { nLabels, nPixels }: Size,
  theta: Float64Array,
  scatter: Float64Array,
): Model {
  const column = (i: number) => labels.filter((_, k) => k % nLabels === i);
  return {
    name: 'mock',
    labels: Array.from({ length: nLabels }, (_, i) => ({
      name: `label${i}`,
      unit: '',
      pivot: 0,
      scale: 1,
      min: column(i).reduce((min, x) => Math.min(min, x)),
      max: column(i).reduce((max, x) => Math.max(max, x)),
    })),
    terms,
    // As wide as those of LAMOST: a second star and velocities are looked for as in real spectra.
    waveAngstrom: Float64Array.from({ length: nPixels }, (_, p) => 3900 * 10 ** (1e-4 * p)),
    theta,
    scatter,
    modes: new Float64Array(0),
    converged: new Uint8Array(nPixels).fill(1),
    nStars: new Int32Array(nPixels),
    provenance: {},
  };
}

function labelRms({ labels }: MockStars, nLabels: number, stars: readonly number[], fits: readonly LabelFit[]) {
  let total = 0;
  fits.forEach((fit, k) => fit.labels.forEach((x, i) => (total += (x - labels[stars[k]! * nLabels + i]!) ** 2)));
  return Math.sqrt(total / fits.length / nLabels);
}

/** Processor time of a training with errors and of inferring labels of its own stars, times the speed of the product around them. */
export async function costOf(threads: Threads, size: Size): Promise<Cost> {
  const stars = mockStars(size, 3);
  const { design, terms } = stars;
  const options = { design, terms, stars: [...Array(size.nStars).keys()], nSlots: threads.size };
  const run: Run = { threads, size, stars, plan: planTraining(options), kind: defaultKernelKind() };
  const before = await productRate(run);
  const training = await train(run, size.nPixels, true);
  const between = await productRate(run);
  const inference = await infer(run, modelOf(stars, size, training.model.theta, training.model.scatter), stars);
  const after = await productRate(run);
  return {
    training: (training.time.processor * (before.processor + between.processor)) / 2,
    inference: (inference.time.processor * (between.processor + after.processor)) / 2 / inference.nStars,
  };
}

/** Flops a second of the product on all workers, by the clock and by processor time. */
export async function productRate({ threads, plan }: Run): Promise<Time> {
  const watch = stopwatch();
  const jobs = Array.from({ length: threads.size }, () => ({ plan, seconds: 0.4 }));
  const done = sum(await threads.run('product', jobs));
  const { wall, processor } = watch();
  return { wall: done / wall, processor: done / processor };
}

/**
 * `npm run bench`: seconds of training, 12-fold cross-validation and inference, in units of what the machine can do.
 *
 *   npm run bench                         sizes small and paper, two workers
 *   npm run bench -- paper large 4        these sizes, four workers
 *   npm run bench -- growth               exponents of the cost in stars, pixels and labels
 *
 * A pass is the product monomials × stars × pixels at the speed that the same workers reach on that product alone,
 * measured before and after in the same run. Passes of processor time, in brackets, are to be read where other programs
 * share the machine: they leave out what those took away, and also what a worker without a task lost.
 */
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { trainFolds, type FoldJob } from '../../engine/cannon/fastFolds';
import { trainPixelsFast, type FastPixelJob } from '../../engine/cannon/fastTraining';
import { inferStars, type LabelFit } from '../../engine/cannon/infer';
import type { Model } from '../../engine/cannon/model';
import { BlockLayout, planTraining, type TrainingPlan } from '../../engine/cannon/trainingPlan';
import { withSlot } from '../../engine/kernels/arena';
import { defaultKernelKind, kernelsFor, type KernelKind } from '../../engine/kernels/kernels';
import { growth, type Cost } from './growth';
import { mockStars, shared, type MockStars, type Size } from './mockSurvey';

const sizes: Record<string, Size> = {
  small: { nStars: 300, nPixels: 800, nLabels: 5 },
  paper: { nStars: 1722, nPixels: 3500, nLabels: 10 },
  large: { nStars: 8000, nPixels: 2000, nLabels: 10 },
};
const nFolds = 12;

const tasks = { trainPixelsFast, trainFolds, label, product };
type Tasks = typeof tasks;

/** Stars to label: rows of flux and ivar, nStars × nPixels. */
interface LabelJob {
  readonly model: Model;
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
  readonly stars: readonly number[];
  readonly kind: KernelKind;
}

function label({ model, flux, ivar, stars, kind }: LabelJob): LabelFit[] {
  const nPixels = model.scatter.length;
  const rows = (source: Float64Array) => stars.map((n) => source.subarray(n * nPixels, (n + 1) * nPixels));
  return inferStars(model, rows(flux), rows(ivar), { kernels: kind });
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
class Threads {
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

interface Time {
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

interface Run {
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
async function train({ threads, size: { nStars, nPixels }, stars, kind }: Run, pixels = nPixels, isWithErrors = false) {
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

async function crossValidate({ threads, size, stars, kind }: Run) {
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
  const jobs = Array.from({ length: nFolds }, (_, fold): LabelJob => {
    const rows = nPixels * terms.length;
    const theta = foldTheta.subarray(fold * rows, (fold + 1) * rows);
    const scatter = foldScatter.subarray(fold * nPixels, (fold + 1) * nPixels);
    const heldOut = all.filter((n) => foldOf[n] === fold);
    return { model: modelOf(stars, size, theta, scatter), flux, ivar, stars: heldOut, kind };
  });
  const fits = await threads.run('label', jobs);
  const labelling = watch();
  const total = {
    wall: training.wall + labelling.wall,
    processor: training.processor + labelling.processor,
  };
  const order = jobs.flatMap((job) => [...job.stars]);
  const alone = sum(reports.map((r) => r.trainedAlone)) / sum(reports.map((r) => r.total));
  return { training, total, alone, rms: labelRms(stars, nLabels, order, fits.flat()) };
}

/** Labels the unseen stars four times over, so that laying out the model, once a thread, weighs as little as in a survey. */
async function infer({ threads, size, kind }: Run, model: Model, unseen: MockStars) {
  const { nLabels } = size;
  const nUnseen = unseen.labels.length / nLabels;
  const nStars = 4 * nUnseen;
  const perTask = Math.ceil(nStars / threads.size / 2);
  const watch = stopwatch();
  const jobs = Array.from({ length: Math.ceil(nStars / perTask) }, (_, k): LabelJob => {
    const count = Math.min(perTask, nStars - k * perTask);
    const rows = Array.from({ length: count }, (_, n) => (k * perTask + n) % nUnseen);
    return { model, flux: unseen.flux, ivar: unseen.ivar, stars: rows, kind };
  });
  const fits = (await threads.run('label', jobs)).flat();
  const time = watch();
  const order = jobs.flatMap((job) => [...job.stars]);
  return { time, nStars, rms: labelRms(unseen, nLabels, order, fits) };
}

/** The mock's labels are standardized already. */
function modelOf(
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
    waveAngstrom: Float64Array.from({ length: nPixels }, (_, p) => 5000 + p),
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

async function benchSize(name: string, threads: Threads): Promise<void> {
  const size = sizes[name]!;
  const { nStars, nPixels, nLabels } = size;
  const stars = mockStars(size, 3);
  const unseen = mockStars({ ...size, nStars: Math.min(2000, nStars) }, 4);
  const options = { design: stars.design, terms: stars.terms, stars: [...Array(nStars).keys()], nSlots: threads.size };
  const plan = planTraining(options);
  const run: Run = { threads, size, stars, plan, kind: plan.arena.memory.kind };
  await train(run, 4 * plan.blockPixels); // compiles and warms up

  const rates = [await productRate(run)];
  const training = await train(run);
  rates.push(await productRate(run));
  const withErrors = await train(run, nPixels, true);
  rates.push(await productRate(run));
  const validation = await crossValidate(run);
  rates.push(await productRate(run));
  const inference = await infer(run, modelOf(stars, size, training.model.theta, training.model.scatter), unseen);
  rates.push(await productRate(run));
  const flops = 2 * plan.nMonomials * nPixels;
  /** A time in products of so many stars, by the clock and in brackets by processor time. */
  const passes = (time: Time, stars: number, k: number) => {
    const of = (key: keyof Time) => (time[key] * (rates[k]![key] + rates[k + 1]![key])) / 2 / (flops * stars);
    return { wall: of('wall'), processor: of('processor') };
  };
  const inWords = (count: Time) => `${count.wall.toFixed(1)} passes (${count.processor.toFixed(1)})`;
  const percent = (x: number) => `${(100 * x).toFixed(0)} %`;
  const labelling = passes(inference.time, inference.nStars, 3);
  const rate = inference.nStars / inference.time.wall;
  const gigaflops = rates.map(({ wall }) => (wall / 1e9).toFixed(1));
  print(`${name}: ${nStars} stars × ${nPixels} pixels × ${nLabels} labels, ${threads.size} workers, ${run.kind}`);
  print(`  product          ${gigaflops.join(', ')} GF/s`);
  print(`  training         ${training.time.wall.toFixed(2)} s, ${inWords(passes(training.time, nStars, 0))}`);
  print(`  … with errors    ${withErrors.time.wall.toFixed(2)} s, ${inWords(passes(withErrors.time, nStars, 1))}`);
  print(
    `  ${nFolds}-fold CV       ${validation.total.wall.toFixed(2)} s, ${inWords(passes(validation.total, nStars, 2))}, ` +
      `of these for the models ${inWords(passes(validation.training, nStars, 2))}; ` +
      `${(100 * validation.alone).toFixed(1)} % of folds trained alone; label rms ${validation.rms.toFixed(4)}`,
  );
  print(
    `  inference        ${rate.toFixed(0)} stars/s, ${percent(1 / labelling.wall)} (${percent(1 / labelling.processor)}) ` +
      `of what the product allows; label rms ${inference.rms.toFixed(4)}`,
  );
  await compareTwins(run);
}

/** Processor time of a training, and of inferring the labels of its own stars. */
async function costOf(threads: Threads, size: Size): Promise<Cost> {
  const stars = mockStars(size, 3);
  const { design, terms } = stars;
  const options = { design, terms, stars: [...Array(size.nStars).keys()], nSlots: threads.size };
  const run: Run = { threads, size, stars, plan: planTraining(options), kind: defaultKernelKind() };
  const training = await train(run);
  const inference = await infer(run, modelOf(stars, size, training.model.theta, training.model.scatter), stars);
  return { training: training.time.processor, inference: inference.time.processor / inference.nStars };
}

/** Flops a second of the product on all workers, by the clock and by processor time. */
async function productRate({ threads, plan }: Run): Promise<Time> {
  const watch = stopwatch();
  const jobs = Array.from({ length: threads.size }, () => ({ plan, seconds: 0.4 }));
  const done = sum(await threads.run('product', jobs));
  const { wall, processor } = watch();
  return { wall: done / wall, processor: done / processor };
}

/** Training of two blocks of pixels by SIMD and by the plain twin. */
async function compareTwins(run: Run): Promise<void> {
  if (run.kind === 'plain') return;
  const pixels = Math.min(run.size.nPixels, 2 * run.plan.blockPixels);
  const simd = await train(run, pixels);
  const plain = await train({ ...run, kind: 'plain' }, pixels);
  const ratio = (key: keyof Time) => (plain.time[key] / simd.time[key]).toFixed(1);
  print(`  plain twin       training takes ${ratio('wall')} (${ratio('processor')}) times as long`);
}

function print(line: string): void {
  console.log(line);
}

if (isMainThread) {
  const words = process.argv.slice(2);
  const chosen = words.filter((word) => word in sizes);
  const threads = new Threads(Number(words.find((word) => /^\d+$/.test(word)) ?? 2));
  const isGrowth = words.includes('growth');
  for (const name of chosen.length > 0 || isGrowth ? chosen : ['small', 'paper']) await benchSize(name, threads);
  if (isGrowth) (await growth((size) => costOf(threads, size))).forEach(print);
  await threads.close();
} else {
  parentPort!.on('message', ([task, job]: [keyof Tasks, never]) => parentPort!.postMessage(tasks[task](job)));
}

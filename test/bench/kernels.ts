/**
 * `npm run bench`: seconds of training, 12-fold cross-validation and inference, in units of what the machine can do.
 *
 *   npm run bench                         sizes small and paper, two workers
 *   npm run bench -- paper large 4        these sizes, four workers
 *
 * A pass is the product monomials × stars × pixels at the speed that the same workers reach on that product alone,
 * measured before and after in the same run. Where other programs share the processors, compare ratios, not seconds.
 */
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { trainFolds, type FoldJob } from '../../engine/cannon/fastFolds';
import { trainPixelsFast, type FastPixelJob } from '../../engine/cannon/fastTraining';
import { fitStars, type QuarticFit, type StarJob } from '../../engine/cannon/quartic';
import { planStars } from '../../engine/cannon/starBlock';
import { BlockLayout, planTraining, type TrainingPlan } from '../../engine/cannon/trainingPlan';
import { withSlot } from '../../engine/kernels/arena';
import { kernelsFor, type KernelKind } from '../../engine/kernels/kernels';
import { mockStars, shared, type MockStars, type Size } from './mockSurvey';

const sizes: Record<string, Size> = {
  small: { nStars: 300, nPixels: 800, nLabels: 5 },
  paper: { nStars: 1722, nPixels: 3500, nLabels: 10 },
  large: { nStars: 8000, nPixels: 2000, nLabels: 10 },
};
const nFolds = 12;

const tasks = { trainPixelsFast, trainFolds, fitStars, product };
type Tasks = typeof tasks;

/** Repeats the product of one block; returns its flops a second. */
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
    return (rounds * 2 * nMonomials * nRows * blockPixels * 1000) / (performance.now() - start);
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

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
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

async function train({ threads, size: { nStars, nPixels }, stars, kind }: Run, pixels = nPixels) {
  const { terms, design, flux, ivar } = stars;
  const all = [...Array(nStars).keys()];
  const theta = new Float64Array(pixels * terms.length);
  const scatter = new Float64Array(pixels);
  const time = await seconds(async () => {
    const plan = planTraining({ design, terms, stars: all, nSlots: threads.size, kind });
    const jobs = chunks(plan, pixels).map((range): FastPixelJob => ({ plan, design, flux, ivar, nPixels, ...range }));
    (await threads.run('trainPixelsFast', jobs)).forEach((fit, k) => {
      theta.set(fit.theta, jobs[k]!.fromPixel * terms.length);
      scatter.set(fit.scatter, jobs[k]!.fromPixel);
    });
  });
  return { time, model: { theta, scatter } };
}

async function crossValidate({ threads, size, stars, kind }: Run) {
  const { nStars, nPixels, nLabels } = size;
  const { terms, design, flux, ivar } = stars;
  const foldOf = Array.from({ length: nStars }, (_, n) => n % nFolds);
  const all = [...Array(nStars).keys()];
  const marks: number[] = [performance.now()];
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
  marks.push(performance.now());
  const starPlan = planStars(terms, nLabels, nPixels, threads.size, kind);
  const jobs = Array.from({ length: nFolds }, (_, fold): StarJob => {
    const rows = nPixels * terms.length;
    const theta = foldTheta.subarray(fold * rows, (fold + 1) * rows);
    const scatter = foldScatter.subarray(fold * nPixels, (fold + 1) * nPixels);
    const heldOut = all.filter((n) => foldOf[n] === fold);
    return { plan: starPlan, model: { theta, scatter }, ranges: rangesOf(stars, size), flux, ivar, stars: heldOut };
  });
  const fits = await threads.run('fitStars', jobs);
  marks.push(performance.now());
  const rms = labelRms(
    stars,
    nLabels,
    jobs.flatMap((job) => [...job.stars]),
    fits.flat(),
  );
  const [begin, trained, end] = marks as [number, number, number];
  const alone = sum(reports.map((r) => r.trainedAlone)) / sum(reports.map((r) => r.total));
  return { train: (trained - begin) / 1000, total: (end - begin) / 1000, alone, rms };
}

async function infer({ threads, size, kind, stars: training }: Run, model: StarJob['model'], unseen: MockStars) {
  const { nPixels, nLabels } = size;
  const nStars = unseen.labels.length / nLabels;
  const perTask = Math.ceil(nStars / threads.size / 2);
  let fits: QuarticFit[] = [];
  const time = await seconds(async () => {
    const plan = planStars(unseen.terms, nLabels, nPixels, threads.size, kind);
    const jobs = Array.from({ length: Math.ceil(nStars / perTask) }, (_, k): StarJob => {
      const rows = Array.from({ length: Math.min(perTask, nStars - k * perTask) }, (_, n) => k * perTask + n);
      const { flux, ivar } = unseen;
      return { plan, model, ranges: rangesOf(training, size), flux, ivar, stars: rows };
    });
    fits = (await threads.run('fitStars', jobs)).flat();
  });
  return { rate: nStars / time, rms: labelRms(unseen, nLabels, [...fits.keys()], fits) };
}

function rangesOf({ labels }: MockStars, { nLabels }: Size): StarJob['ranges'] {
  return Array.from({ length: nLabels }, (_, i) => {
    const column = labels.filter((_, k) => k % nLabels === i);
    return column.reduce(({ min, max }, x) => ({ min: Math.min(min, x), max: Math.max(max, x) }), {
      min: Infinity,
      max: -Infinity,
    });
  });
}

function labelRms({ labels }: MockStars, nLabels: number, stars: readonly number[], fits: readonly QuarticFit[]) {
  let total = 0;
  fits.forEach((fit, k) => fit.labels.forEach((x, i) => (total += (x - labels[stars[k]! * nLabels + i]!) ** 2)));
  return Math.sqrt(total / fits.length / nLabels);
}

async function benchSize(name: string, threads: Threads): Promise<void> {
  const size = sizes[name]!;
  const { nStars, nPixels, nLabels } = size;
  const stars = mockStars(size, 3);
  const unseen = mockStars({ ...size, nStars: Math.min(1000, nStars) }, 4);
  const options = { design: stars.design, terms: stars.terms, stars: [...Array(nStars).keys()], nSlots: threads.size };
  const plan = planTraining(options);
  const run: Run = { threads, size, stars, plan, kind: plan.arena.memory.kind };
  const measure = async (seconds: number) =>
    sum(
      await threads.run(
        'product',
        Array.from({ length: threads.size }, () => ({ plan, seconds })),
      ),
    ) / 1e9;
  await train(run, 4 * plan.blockPixels); // compiles and warms up

  const flops = 2 * plan.nMonomials * nStars * nPixels;
  const flopsOfStar = 2 * plan.nMonomials * nPixels;
  const rates: number[] = [await measure(0.4)];
  const training = await train(run);
  rates.push(await measure(0.4));
  const validation = await crossValidate(run);
  rates.push(await measure(0.4));
  const inference = await infer(run, training.model, unseen);
  rates.push(await measure(0.4));
  const mean = (k: number) => (rates[k]! + rates[k + 1]!) / 2;
  const passes = (time: number, k: number) => ((time * mean(k) * 1e9) / flops).toFixed(1);
  const possible = (mean(2) * 1e9) / flopsOfStar;
  print(`${name}: ${nStars} stars × ${nPixels} pixels × ${nLabels} labels, ${threads.size} workers, ${run.kind}`);
  print(`  product          ${rates.map((rate) => rate.toFixed(1)).join(', ')} GF/s`);
  print(`  training         ${training.time.toFixed(2)} s, ${passes(training.time, 0)} passes`);
  print(
    `  ${nFolds}-fold CV       ${validation.total.toFixed(2)} s, ${passes(validation.total, 1)} passes ` +
      `(${passes(validation.train, 1)} for all models); ${(100 * validation.alone).toFixed(2)} % of folds trained alone; ` +
      `label rms ${validation.rms.toFixed(4)}`,
  );
  print(
    `  inference        ${inference.rate.toFixed(0)} stars/s, ${((100 * inference.rate) / possible).toFixed(0)} % ` +
      `of what the product allows; label rms ${inference.rms.toFixed(4)}`,
  );
  await compareTwins(run);
}

/** Training of two blocks of pixels by SIMD and by the plain twin. */
async function compareTwins(run: Run): Promise<void> {
  if (run.kind === 'plain') return;
  const pixels = Math.min(run.size.nPixels, 2 * run.plan.blockPixels);
  const simd = await train(run, pixels);
  const plain = await train({ ...run, kind: 'plain' }, pixels);
  print(`  plain twin       training takes ${(plain.time / simd.time).toFixed(1)} times as long`);
}

function print(line: string): void {
  console.log(line);
}

if (isMainThread) {
  const words = process.argv.slice(2);
  const chosen = words.filter((word) => word in sizes);
  const threads = new Threads(Number(words.find((word) => /^\d+$/.test(word)) ?? 2));
  for (const name of chosen.length > 0 ? chosen : ['small', 'paper']) await benchSize(name, threads);
  await threads.close();
} else {
  parentPort!.on('message', ([task, job]: [keyof Tasks, never]) => parentPort!.postMessage(tasks[task](job)));
}

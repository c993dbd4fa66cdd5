/**
 * `npm run bench`: seconds of training, 12-fold cross-validation and inference, in units of what the machine can do, as `cannon train`,
 * `cannon cv` and `cannon infer` do them: with the errors of θ, and with what residuals tell of each star. Medians of three rounds,
 * after one to warm up.
 *
 *   npm run bench                         sizes small and paper, two workers
 *   npm run bench -- paper large 4        these sizes, four workers
 *   npm run bench -- growth               exponents of the cost in stars, pixels and labels
 *
 * A pass is the product monomials × stars × pixels at the speed that the same workers reach on that product alone,
 * measured before and after in the same run. Passes of processor time, in brackets, are to be read where other programs
 * share the machine: they leave out what those took away, and also what a worker without a task lost.
 */
import { isMainThread, parentPort } from 'node:worker_threads';
import { planTraining } from '../../engine/cannon/trainingPlan';
import { growth } from './growth';
import {
  costOf,
  crossValidate,
  infer,
  modelOf,
  nFolds,
  productRate,
  type Run,
  tasks,
  type Tasks,
  Threads,
  type Time,
  train,
  withNoise,
} from './kernelRuns';
import { mockStars, type MockStars, type Size } from './mockSurvey';

const sizes: Record<string, Size> = {
  small: { nStars: 300, nPixels: 800, nLabels: 5 },
  paper: { nStars: 1722, nPixels: 3500, nLabels: 10 },
  large: { nStars: 8000, nPixels: 2000, nLabels: 10 },
};

/** One time of everything, with the rate of the product before each and after the last. */
async function measure(run: Run, unseen: MockStars) {
  const { size, stars } = run;
  const rates = [await productRate(run)];
  /** With the mean rate of the product around it. */
  const timed = async <T>(work: Promise<T>) => {
    const done = await work;
    rates.push(await productRate(run));
    const [a, b] = rates.slice(-2) as [Time, Time];
    return { ...done, rate: { wall: (a.wall + b.wall) / 2, processor: (a.processor + b.processor) / 2 } };
  };
  const training = await timed(train(run));
  const withErrors = await timed(train(run, size.nPixels, true));
  const validation = await timed(crossValidate(run));
  const noise = await timed(withNoise(run, modelOf(stars, size, training.model.theta, training.model.scatter)));
  const { model } = noise;
  const inference = await timed(infer(run, model, unseen));
  const diagnosed = await timed(infer(run, model, unseen, true));
  return { rates, training, withErrors, noise, validation, inference, diagnosed };
}

const nRounds = 3;

async function benchSize(name: string, threads: Threads): Promise<void> {
  const size = sizes[name]!;
  const { nStars, nPixels, nLabels } = size;
  const stars = mockStars(size, 3);
  const unseen = mockStars({ ...size, nStars: Math.min(2000, nStars) }, 4);
  const options = { design: stars.design, terms: stars.terms, stars: [...Array(nStars).keys()], nSlots: threads.size };
  const plan = planTraining(options);
  const run: Run = { threads, size, stars, plan, kind: plan.arena.memory.kind };
  const warming = { ...size, nPixels: Math.min(nPixels, 8 * plan.blockPixels) };
  await measure({ ...run, size: warming, stars: mockStars(warming, 3) }, mockStars({ ...warming, nStars: 200 }, 4));
  const rounds: Awaited<ReturnType<typeof measure>>[] = [];
  for (let k = 0; k < nRounds; k++) rounds.push(await measure(run, unseen));

  type Round = (typeof rounds)[number];
  /** The median over the rounds. */
  const typical = (of: (round: Round) => number) => rounds.map(of).sort((a, b) => a - b)[nRounds >> 1]!;
  const flops = 2 * plan.nMonomials * nPixels;
  /** A time in products of so many stars. */
  const passesBy = (key: keyof Time, of: (round: Round) => { time: Time; rate: Time }, count = nStars) =>
    typical((round) => (of(round).time[key] * of(round).rate[key]) / (flops * count));
  const inWords = (of: (round: Round) => { time: Time; rate: Time }) =>
    `${typical((round) => of(round).time.wall).toFixed(2)} s, ` +
    `${passesBy('wall', of).toFixed(1)} passes (${passesBy('processor', of).toFixed(1)})`;
  const part = (key: 'training' | 'plain' | 'total') => (round: Round) => ({
    time: round.validation[key],
    rate: round.validation.rate,
  });
  const percent = (x: number) => `${(100 * x).toFixed(0)} %`;
  const shareOf = (of: (round: Round) => Round['inference']) => {
    const count = rounds[0]!.inference.nStars;
    const rate = typical((round) => count / of(round).time.wall);
    const [wall, processor] = [1 / passesBy('wall', of, count), 1 / passesBy('processor', of, count)];
    return `${rate.toFixed(0)} stars/s, ${percent(wall)} (${percent(processor)}) of what the product allows`;
  };
  const gigaflops = rounds.flatMap(({ rates }) => rates.map(({ wall }) => wall / 1e9));
  const [least, most] = [Math.min(...gigaflops), Math.max(...gigaflops)];
  const { validation, inference } = rounds[0]!;
  print(`${name}: ${nStars} stars × ${nPixels} pixels × ${nLabels} labels, ${threads.size} workers, ${run.kind}`);
  print(`  product          ${least.toFixed(1)} to ${most.toFixed(1)} GF/s`);
  print(`  training         ${inWords((round) => round.withErrors)}, errors of θ included`);
  print(`  … θ and s alone  ${inWords((round) => round.training)}`);
  print(`  noise of θ       (${passesBy('processor', (round) => round.noise).toFixed(1)}) passes, beside that`);
  print(`  ${nFolds}-fold CV       ${inWords(part('total'))}, residuals of held-out stars included`);
  print(`  … labels alone   ${inWords(part('plain'))}; label rms ${validation.rms.toFixed(4)}`);
  print(`  … the models     ${inWords(part('training'))}; ${percent(validation.alone)} of folds trained alone`);
  print(`  inference        ${shareOf((round) => round.inference)}; label rms ${inference.rms.toFixed(4)}`);
  print(`  … with residuals ${shareOf((round) => round.diagnosed)}`);
  await compareTwins(run);
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

/** All pixels of a prepared training, range by range, on the workers. */
import { giveBack } from '../kernels/arena';
import type { Model, TrainingRecord } from './model';
import type { PreparedTraining } from './preparation';
import type { TrainOptions } from './train';
import { planTraining, triangle } from './trainingPlan';
import { rangesOf, runInOrder, sharedNumbers, thisThread } from './workers';

export type TrainedPixels = Pick<Model, 'theta' | 'scatter' | 'converged' | 'nStars'> & Omit<TrainingRecord, 'l1'>;

/** θ, s and what is told of them. @throws UserError CAN320, or the signal's reason when it aborts. */
export async function trainAllPixels(
  { set, design, terms, chosen, data, starWeights }: PreparedTraining,
  {
    signal,
    onProgress,
    workers = thisThread,
    thetaCovariance,
  }: Pick<TrainOptions, 'signal' | 'onProgress' | 'workers' | 'thetaCovariance'>,
): Promise<TrainedPixels> {
  const { flux, ivar } = set;
  const nPixels = set.waveAngstrom.length;
  const nTerms = terms.length;
  const plan = planTraining({
    design,
    terms,
    stars: chosen,
    nSlots: workers.size,
    ...(starWeights && { starWeights }),
  });
  const isFull = thetaCovariance === 'full';
  const common = { plan, design, flux, ivar, nPixels, ...data, covariance: isFull ? ('full' as const) : true };
  const ranges = rangesOf(nPixels, plan.blockPixels);
  const pixels = {
    theta: sharedNumbers(nPixels * nTerms),
    scatter: sharedNumbers(nPixels),
    converged: new Uint8Array(nPixels),
    nStars: new Int32Array(nPixels),
    iterations: new Int32Array(nPixels),
    thetaError: sharedNumbers(nPixels * nTerms),
    condition: sharedNumbers(nPixels),
    ...(isFull && { thetaCovariance: sharedNumbers(nPixels * triangle(nTerms)) }),
  };
  await runInOrder(
    workers,
    ranges.length,
    (k) => workers.run('trainPixelsFast', { ...common, ...ranges[k]! }),
    (fit, k) => {
      const { fromPixel, toPixel } = ranges[k]!;
      pixels.theta.set(fit.theta, fromPixel * nTerms);
      pixels.scatter.set(fit.scatter, fromPixel);
      pixels.converged.set(fit.converged, fromPixel);
      pixels.nStars.set(fit.nStars, fromPixel);
      pixels.iterations.set(fit.iterations, fromPixel);
      pixels.thetaError.set(fit.thetaVariance!.map(Math.sqrt), fromPixel * nTerms);
      pixels.condition.set(fit.condition!, fromPixel);
      if (fit.covariance) pixels.thetaCovariance?.set(fit.covariance, fromPixel * triangle(nTerms));
      onProgress?.(toPixel, nPixels);
    },
    signal,
  );
  giveBack(plan.arena);
  return pixels;
}

/**
 * `cannon infer`: labels of every spectrum that the config matches, by one model or several.
 *
 * With several models each star takes the labels of the one that fits it best (lowest χ² over the pixels both use;
 * models on one grid use the same). Every matched file has a row, also the one that could not be read.
 */
import type { LabelFit } from '../cannon/infer';
import { readModel } from '../cannon/modelFile';
import type { Model } from '../cannon/model';
import { catalogWriter, type CatalogRow } from '../catalog/catalog';
import { samplesPath, writeSamples } from '../catalog/samples';
import { UserError } from '../problems';
import type { FinishedEvent, JobContext } from './events';
import { recipeOf, sameRecipe, type Recipe } from './recipe';
import { matchedSpectra, runOnSpectra, type UnusableSpectrum } from './surveySpectra';
import type { LabelledSpectrum } from './tasks';
import type { SurveyJob } from './train';

export interface InferJob extends SurveyJob {
  readonly models: readonly string[];
  /** Absolute path; its extension says the format. */
  readonly out: string;
  /** So many samples of each star's posterior go to a file beside it; 0 for none. */
  readonly samples: number;
}

export async function infer(job: InferJob, context: JobContext): Promise<FinishedEvent> {
  const write = catalogWriter(job.out);
  const models = await Promise.all(job.models.map(readModel));
  const recipe = commonRecipe(models);
  if (!sameRecipe(recipe, job.config)) {
    const message =
      'The model was trained with another grid, continuum or survey than the config now says; the model’s are used';
    context.report({ kind: 'warning', code: 'CAN321', message, hint: 'Train again to use those of the config.' });
  }
  const paths = await matchedSpectra(job.config);
  context.report({ kind: 'started', command: 'infer', total: paths.length, resumedFrom: 0 });
  const rows = new Array<CatalogRow | null>(paths.length).fill(null);
  const shared = models.map(inSharedMemory);
  const { folder, inference, windows } = job.config;
  const argsOf = (items: readonly string[]) => ({
    ...{ folder, paths: items, ...recipe, models: shared, inference, windows },
    nSamples: job.samples,
    seed: job.config.crossValidation.seed,
  });
  const problems = await runOnSpectra(
    job.pool,
    context,
    'Inferring labels',
    'infer',
    paths,
    argsOf,
    (labelled, idx) => {
      rows[idx] = rowOf(paths[idx]!, labelled, models);
    },
  );
  const unusable = new Map(problems.map((problem) => [problem.spectrum, problem]));
  const complete = paths.map((spectrum, idx) => rows[idx] ?? unlabelled(spectrum, unusable.get(spectrum)));
  write(complete, models, windows);
  if (job.samples > 0) writeSamples(samplesPath(job.out), complete, models);
  const withProblem = complete.filter((row) => row.problem !== '').length;
  return {
    kind: 'finished',
    command: 'infer',
    out: job.out,
    spectra: paths.length,
    labelled: paths.length - withProblem,
    problems: withProblem,
  };
}

/** @throws UserError CAN322 when the models do not share one recipe. */
function commonRecipe(models: readonly Model[]): Recipe {
  const [first, ...others] = models.map(recipeOf);
  if (first === undefined) throw new UserError('No model was given', 'Give one with --model.', 'CAN322');
  if (others.every((other) => sameRecipe(first, other))) return first;
  throw new UserError(
    'The models were trained on different grids or continua',
    'Train them in one run, or infer with one at a time.',
    'CAN322',
  );
}

/** A copy whose arrays are not copied again for every batch. */
function inSharedMemory(model: Model): Model {
  const share = <T extends Float64Array | Uint8Array | Int32Array>(array: T): T => {
    const Kind = array.constructor as new (buffer: SharedArrayBuffer) => T & { set(from: T): void };
    const copy = new Kind(new SharedArrayBuffer(array.byteLength));
    copy.set(array);
    return copy;
  };
  return {
    ...model,
    waveAngstrom: share(model.waveAngstrom),
    theta: share(model.theta),
    scatter: share(model.scatter),
    modes: share(model.modes),
    converged: share(model.converged),
    nStars: share(model.nStars),
  };
}

function rowOf(spectrum: string, { identity, fits }: LabelledSpectrum, models: readonly Model[]): CatalogRow {
  const best = indexOfBest(fits);
  return { spectrum, identity, model: models[best]!, fit: fits[best]!, problem: fits[best]!.problem ?? '' };
}

/** The fit with the lowest χ² among those that have labels. */
export function indexOfBest(fits: readonly LabelFit[]): number {
  const chi2 = (fit: LabelFit) => (fit.problem === null ? fit.chi2 : Infinity);
  return fits.reduce((best, fit, i) => (chi2(fit) < chi2(fits[best]!) ? i : best), 0);
}

function unlabelled(spectrum: string, why: UnusableSpectrum | undefined): CatalogRow {
  return {
    spectrum,
    identity: why?.identity ?? null,
    model: null,
    fit: null,
    problem: why?.message ?? 'It was not processed',
  };
}

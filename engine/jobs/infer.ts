/**
 * `cannon infer`: labels of every spectrum that the config matches, by one model or several.
 *
 * With several models each star takes the labels of the one that fits it best (lowest χ² over the pixels both use;
 * models on one grid use the same). Every matched file has a row, also the one that could not be read. Labels are found chunk by
 * chunk (`inferChunks.ts`) and put together when all are there: memory does not grow with the survey.
 */
import { join } from 'node:path';
import { readModel } from '../cannon/modelFile';
import type { Model } from '../cannon/model';
import { catalogWriter, writeCsv, writeTables } from '../catalog/assemble';
import { averageRepeats, joinColumns } from '../catalog/repeats';
import { samplesPath } from '../catalog/samples';
import type { RepeatsSpec } from '../config/config';
import { UserError } from '../problems';
import type { JobContext } from './events';
import { chunksOf, labelChunks, labelScope } from './inferChunks';
import type { WorkDone } from './job';
import { recipeOf, sameRecipe, sha256, type Recipe } from './recipe';
import { SpectraList } from './spectraList';
import type { SurveyJob } from './train';
import { scatterOf } from './validations';

export interface InferJob extends SurveyJob {
  readonly models: readonly string[];
  /** Absolute paths of `cv.fits` whose scatter goes into the catalog. */
  readonly validations: readonly string[];
  /** Absolute path; its extension says the format. */
  readonly out: string;
  /** So many samples of each star's posterior go to a file beside it; 0 for none. */
  readonly samples: number;
  /** Absolute path of a table with one row a star, or null for none; its extension says the format. */
  readonly average: string | null;
}

/** Observations of the same stars are compared unasked where the labels of so many spectra fit into memory. */
const comparedAnyway = 200_000;

export async function infer(job: InferJob, context: JobContext): Promise<WorkDone> {
  if (job.samples > 0 && job.config.inference.velocity > 0) {
    const message = 'No samples of the posterior are drawn where a velocity is fitted along';
    throw new UserError(message, 'Leave out --samples, or set `inference.velocity` to 0.', 'CAN324');
  }
  const write = catalogWriter(job.out, tagOf(job.run));
  const writeAverages = job.average === null ? null : catalogWriter(job.average, tagOf(job.run));
  const models = await Promise.all(job.models.map(readModel));
  const recipe = commonRecipe(models);
  if (!sameRecipe(recipe, job.config)) {
    const message =
      'The model was trained with another grid, continuum or survey than the config now says; the model’s are used';
    context.report({ kind: 'warning', code: 'CAN321', message, hint: 'Train again to use those of the config.' });
  }
  const cvScatter = await scatterOf(job.validations, models, context);
  const list = SpectraList.open(job.checkpoint.folder, job.config, context.signal);
  const nDone = await labelChunks(job, context, { list, models, recipe, cvScatter });
  if (job.shard !== null) {
    const isComplete = job.checkpoint.numbers(labelScope).size >= list.nChunks;
    return { kind: 'shardFinished', shard: job.shard, chunks: nDone, isComplete };
  }
  const chunks = chunksOf(job.checkpoint, list);
  write(() => chunks('labels'));
  writeCsv(join(job.run, 'inputs.csv'), () => chunks('inputs'));
  if (job.samples > 0) {
    const tables = [
      { name: 'SAMPLES', pieces: () => chunks('samples') },
      { name: 'SAMPLER', pieces: () => chunks('sampler') },
    ];
    writeTables(samplesPath(job.out), tables, tagOf(job.run));
  }
  const repeats =
    writeAverages !== null || list.count <= comparedAnyway ? averagesOf(chunks, job.config.repeats) : null;
  if (repeats !== null) writeAverages?.(() => [repeats.table]);
  let problems = 0;
  for (const count of chunks('problems')) problems += count;
  const { count: spectra } = list;
  return {
    ...{ kind: 'finished', command: 'infer', out: job.out, spectra, labelled: spectra - problems, problems },
    ...(repeats !== null && repeats.summary.repeated > 0 && { repeats: repeats.summary }),
    ...(job.average !== null && { average: job.average }),
  };
}

/** The stars of the survey, once all observations are there: this is the one step that holds a whole table. */
function averagesOf(chunks: ReturnType<typeof chunksOf>, spec: RepeatsSpec): ReturnType<typeof averageRepeats> {
  return averageRepeats(joinColumns([...chunks('labels')]), [...chunks('observations')].flat(), spec);
}

/** A run writes its results aside under a name of its own: what a killed attempt left is overwritten by the next. */
function tagOf(run: string): string {
  return sha256(run).slice(0, 8);
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

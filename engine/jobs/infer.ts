/**
 * `cannon infer`: labels of every spectrum that the config matches, by one model or several.
 *
 * With several models each star takes the labels of the one that fits it best (lowest χ² over the pixels both use;
 * models on one grid use the same). Every matched file has a row, also the one that could not be read. Labels are found chunk by
 * chunk (`inferChunks.ts`) and put together when all are there: memory does not grow with the survey.
 */
import { join } from 'node:path';
import { requireInferenceMemory } from '../cannon/memoryPlan';
import { readModel } from '../cannon/modelFile';
import type { BlockShape } from '../cannon/starLayout';
import type { Model } from '../cannon/model';
import { catalogWriter, type CatalogWriter, passesOfWriter, writeCsv, writeTables } from '../catalog/assemble';
import { averageRepeats } from '../catalog/repeats';
import { samplesPath } from '../catalog/samples';
import { UserError } from '../problems';
import type { JobContext } from './events';
import { chunksOf, labelChunks, labelScope } from './inferChunks';
import { throttledProgress, type WorkDone } from './job';
import type { LabelChunk } from './labelChunk';
import { recipeOf, sameRecipe, sha256, type Recipe } from './recipe';
import { SpectraList } from './spectraList';
import type { SurveyJob } from './train';
import { turnsUnder } from './turns';
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
  /** Whether the table keeps the covariances of labels. */
  readonly covariance: boolean;
}

export async function infer(job: InferJob, context: JobContext): Promise<WorkDone> {
  if (job.samples > 0 && job.config.inference.velocity > 0) {
    const message = 'No samples of the posterior are drawn where a velocity is fitted along';
    throw new UserError(message, 'Leave out --samples, or set `inference.velocity` to 0.', 'CAN324');
  }
  const write = catalogWriter(job.out, { tag: tagOf(job.run), signal: context.signal });
  const writeAverages =
    job.average === null ? null : catalogWriter(job.average, { tag: tagOf(job.run), signal: context.signal });
  const models = await Promise.all(job.models.map(readModel));
  const recipe = commonRecipe(models);
  requireInferenceMemory(models.map(shapeOf), job.pool.size, job.memoryBytes);
  if (!sameRecipe(recipe, job.config)) {
    const message =
      'The model was trained with another grid, continuum or survey than cannon.yaml now says; the model’s are used';
    context.report({ kind: 'warning', code: 'CAN321', message, hint: 'Train again to use those of cannon.yaml.' });
  }
  const cvScatter = await scatterOf(job.validations, models, context);
  const list = await SpectraList.open(job.checkpoint.folder, job.config, context);
  const nDone = await labelChunks(job, context, { list, models, recipe, cvScatter });
  if (job.shard !== null) {
    const isComplete = job.checkpoint.numbers(labelScope).size >= list.nChunks;
    return { kind: 'shardFinished', shard: job.shard, chunks: nDone, isComplete };
  }
  // Threads that have nothing more to do keep what their garbage took; the tables are the main thread's work.
  await job.pool.close();
  return assemble(job, list, context, { write, writeAverages });
}

/** Put the chunks together, a few at a time: the tables, and what the observations of the same stars tell. */
async function assemble(
  job: InferJob,
  list: SpectraList,
  context: JobContext,
  { write, writeAverages }: { write: CatalogWriter; writeAverages: CatalogWriter | null },
): Promise<WorkDone> {
  const turn = turnsUnder(context.signal);
  const progress = throttledProgress(context, 'Writing tables', list.count);
  // Once for inputs, widths of texts and rows of each table, and twice for repeats.
  const passes = 3 + passesOfWriter(job.out) + (job.samples > 0 ? 4 : 0);
  let rows = 0;
  const chunks = async function* <T>(part: (chunk: LabelChunk) => T): AsyncGenerator<T> {
    for await (const chunk of chunksOf(job.checkpoint, list, turn)) {
      yield part(chunk);
      progress(Math.min(list.count, Math.floor((rows += chunk.observations.length) / passes)));
    }
  };
  await write(() => chunks(({ labels }) => labels));
  let problems = 0;
  const inputs = () =>
    chunks((chunk) => {
      problems += chunk.problems;
      return chunk.inputs;
    });
  await writeCsv(join(job.run, 'inputs.csv'), inputs);
  if (job.samples > 0) {
    const tables = [
      { name: 'SAMPLES', pieces: () => chunks(({ samples }) => samples) },
      { name: 'SAMPLER', pieces: () => chunks(({ sampler }) => sampler) },
    ];
    await writeTables(samplesPath(job.out), tables, tagOf(job.run));
  }
  const { repeats: spec, flags } = job.config;
  const repeats = await averageRepeats(() => chunks((chunk) => chunk), {
    ...{ radiusArcsec: spec.radiusArcsec, disagreement: flags.disagreement },
    ...{ folder: join(job.checkpoint.folder, 'averages'), turn },
  });
  await writeAverages?.(repeats.table);
  repeats.close();
  const { count: spectra } = list;
  return {
    ...{ kind: 'finished', command: 'infer', out: job.out, spectra, labelled: spectra - problems, problems },
    ...(repeats.summary.repeated > 0 && { repeats: repeats.summary }),
    ...(job.average !== null && { average: job.average }),
  };
}

/** A run writes its results aside under a name of its own: what a killed attempt left is overwritten by the next. */
function tagOf(run: string): string {
  return sha256(run).slice(0, 8);
}

/** What of a model decides how much memory inference takes. */
function shapeOf({ terms, scatter, modes }: Model): BlockShape {
  return { terms, nPixels: scatter.length, nModes: modes.length / scatter.length };
}

/** @throws UserError CAN322 when the models do not share one recipe. */
function commonRecipe(models: readonly Model[]): Recipe {
  const [first, ...others] = models.map(recipeOf);
  if (first === undefined) {
    throw new UserError(
      'No model was given, and none has been trained among the runs beside cannon.yaml',
      'Run `cannon train` first, or give a model with --model.',
      'CAN322',
    );
  }
  if (others.every((other) => sameRecipe(first, other))) return first;
  throw new UserError(
    'The models were trained on different grids or continua',
    'Train them in one run, or infer with one at a time.',
    'CAN322',
  );
}

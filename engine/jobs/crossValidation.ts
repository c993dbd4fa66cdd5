/** `cannon cv`: labels of held-out reference stars, model by model, to `<run>/<model>/cv.fits`. */
import { join } from 'node:path';
import { crossValidate, type CrossValidation, type CrossValidationStage } from '../cannon/crossValidate';
import { writeFits, type NewColumn } from '../fits/writer';
import type { CrossValidatedModel, FinishedEvent, JobContext } from './events';
import { throttledProgress } from './job';
import { provenanceOf } from './recipe';
import { writeAtomically } from './runFolder';
import { trainingOptions, trainingSets, type NamedTrainingSet, type SurveyJob } from './train';

export async function crossValidateSurvey(job: SurveyJob, context: JobContext): Promise<FinishedEvent> {
  const { folds, seed } = job.config.crossValidation;
  const models: CrossValidatedModel[] = [];
  for await (const set of trainingSets(job, context, 'cv')) {
    const result = await crossValidate(set, {
      name: set.name,
      ...trainingOptions(job),
      folds,
      seed,
      groups: set.rows.map(String),
      signal: context.signal,
      onProgress: progressOf(set, folds, context),
      workers: job.pool,
    });
    const path = join(job.run, set.name, 'cv.fits');
    const cards = Object.entries({ ...provenanceOf(job.config, job.configHash), FOLDS: folds }).map(
      ([keyword, value]) => ({ keyword, value }),
    );
    writeAtomically(path, writeFits([{ kind: 'table', name: 'CV', columns: columnsOf(set, result), cards }]));
    models.push({ name: set.name, path, stars: set.stars.length, labels: result.agreement });
  }
  return { kind: 'finished', command: 'cv', models };
}

/** Progress stage by stage, in words. */
function progressOf(set: NamedTrainingSet, folds: number, context: JobContext) {
  const stages = {
    training: throttledProgress(context, `Training ${folds} folds of ${set.name}`, set.waveAngstrom.length),
    modes: throttledProgress(context, `Finding correlated errors of ${set.name}`, folds),
    labels: throttledProgress(context, `Cross-validating ${set.name}`, set.stars.length),
  };
  return (stage: CrossValidationStage, done: number) => stages[stage](done);
}

/** One row a star: the fold that held it out, and for each label the reference, the inferred value and its error. */
function columnsOf(set: NamedTrainingSet, { foldOf, fits }: CrossValidation): NewColumn[] {
  const nLabels = set.labels.length;
  return [
    { name: 'spectrum', values: set.stars },
    { name: 'fold', values: foldOf },
    ...set.labels.flatMap(({ name, unit }, i): NewColumn[] => [
      { name, unit, values: Float64Array.from(set.stars, (_, n) => set.values[n * nLabels + i]!) },
      { name: `cv_${name}`, unit, values: Float64Array.from(fits, (fit) => fit.labels[i]!) },
      { name: `e_${name}`, unit, values: Float64Array.from(fits, (fit) => fit.errors[i]!) },
    ]),
    { name: 'chi2', values: Float64Array.from(fits, (fit) => fit.chi2) },
    { name: 'n_pixels', values: Int32Array.from(fits, (fit) => fit.nPixels) },
    { name: 'converged', values: fits.map((fit) => fit.converged) },
  ];
}

/** `cannon cv`: labels of held-out reference stars, model by model, to `<run>/<model>/cv.fits`. */
import { join } from 'node:path';
import { crossValidate, type CrossValidation, type CrossValidationStage } from '../cannon/crossValidate';
import { writeFits, type NewColumn, type NewHdu } from '../fits/writer';
import type { CrossValidatedModel, JobContext } from './events';
import { writeAtomically } from './durable';
import { throttledProgress, type WorkDone } from './job';
import { provenanceOf } from './recipe';
import { trainingOptions, trainingSets, workersFor, writeInputs, type NamedTrainingSet, type SurveyJob } from './train';

/** As a shard, as much of it as can be done without the other shards: the training of all folds is divided first, then the labels. */
export async function crossValidateSurvey(job: SurveyJob, context: JobContext): Promise<WorkDone> {
  const { folds, seed } = job.config.crossValidation;
  const models: CrossValidatedModel[] = [];
  let [chunks, isComplete] = [0, true];
  for await (const set of trainingSets(job, context, 'cv')) {
    const workers = workersFor(job, set);
    const work = () =>
      crossValidate(set, {
        ...trainingOptions(job, set),
        folds,
        seed,
        groups: set.rows.map(String),
        signal: context.signal,
        onProgress: progressOf(set, folds, context),
        workers,
      });
    const result = await workers.whole(work);
    chunks += workers.chunks;
    isComplete &&= result !== null;
    if (result === null || job.shard !== null) continue;
    const path = join(job.run, set.name, 'cv.fits');
    const cards = Object.entries({ ...provenanceOf(job.config, job.configHash), FOLDS: folds }).map(
      ([keyword, value]) => ({ keyword, value }),
    );
    const tables: NewHdu[] = [
      { kind: 'table', name: 'CV', columns: columnsOf(set, result), cards },
      { kind: 'table', name: 'AGREEMENT', columns: agreementColumns(set, result) },
    ];
    writeAtomically(path, writeFits(tables));
    writeInputs(job, set);
    models.push({ name: set.name, path, stars: set.stars.length, labels: result.agreement, bySnr: result.bySnr });
  }
  if (job.shard !== null) return { kind: 'shardFinished', shard: job.shard, chunks, isComplete };
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

/** One row a star: the fold that held it out, its S/N a pixel, and for each label the reference, the inferred value and its error. */
function columnsOf(set: NamedTrainingSet, { foldOf, fits, snr }: CrossValidation): NewColumn[] {
  const nLabels = set.labels.length;
  return [
    { name: 'spectrum', values: set.stars },
    { name: 'fold', values: foldOf },
    { name: 'snr', comment: 'a pixel, median over the grid', values: snr },
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

/** For each label a row over all stars, then one for each part of them by S/N. */
function agreementColumns({ stars }: NamedTrainingSet, { agreement, bySnr, snr }: CrossValidation): NewColumn[] {
  const all = { from: Math.min(...snr), to: Math.max(...snr), stars: stars.length, labels: agreement };
  const rows = agreement.flatMap((_, i) => [all, ...bySnr].map((part) => ({ ...part, ...part.labels[i]! })));
  const numbers = (key: 'from' | 'to' | 'scatter' | 'bias' | 'rms' | 'correlation') =>
    Float64Array.from(rows, (row) => row[key]);
  return [
    { name: 'label', values: rows.map((row) => row.label) },
    { name: 'unit', values: rows.map((row) => row.unit) },
    { name: 'snr_from', values: numbers('from') },
    { name: 'snr_to', values: numbers('to') },
    { name: 'stars', values: Int32Array.from(rows, (row) => row.stars) },
    { name: 'scatter', comment: 'half the 16-84 % width of inferred - reference', values: numbers('scatter') },
    { name: 'bias', comment: 'median of inferred - reference', values: numbers('bias') },
    { name: 'rms', comment: 'root mean square of inferred - reference', values: numbers('rms') },
    { name: 'r', comment: 'Pearson', values: numbers('correlation') },
  ];
}

/** `cannon cv`: labels of held-out reference stars, model by model, to `<run>/<model>/cv.fits`. */
import { join, resolve } from 'node:path';
import { crossValidate, type CrossValidation, type CrossValidationStage } from '../cannon/crossValidate';
import { validationBytes } from '../cannon/validationFile';
import { diagnosticColumns } from '../catalog/diagnosticColumns';
import type { Config, RepeatsSpec } from '../config/config';
import type { NewColumn } from '../fits/writer';
import { UserError } from '../problems';
import { groupRepeats, starOf } from '../reference/starGroups';
import { readTable, type Cell } from '../reference/table';
import type { CrossValidatedModel, JobContext } from './events';
import { writeAtomically } from '../durable';
import { throttledProgress, type WorkDone } from './job';
import { provenanceOf } from './recipe';
import { trainingOptions, trainingSets, workersFor, writeInputs, type NamedTrainingSet, type SurveyJob } from './train';

/** As a shard, as much of it as can be done without the other shards: the training of all folds is divided first, then the labels. */
export async function crossValidateSurvey(job: SurveyJob, context: JobContext): Promise<WorkDone> {
  const { windows } = job.config;
  const { folds, seed } = job.config.crossValidation;
  const keyOfRow = await groupColumn(job.config);
  const models: CrossValidatedModel[] = [];
  let [chunks, isComplete] = [0, true];
  for await (const set of trainingSets(job, context, 'cv')) {
    const workers = workersFor(job, set);
    const groups = groupsOf(set, keyOfRow, job.config.repeats);
    const work = () =>
      crossValidate(set, {
        ...trainingOptions(job, set),
        ...{ folds, seed, groups, workers, infer: { windows, diagnostics: true } },
        signal: context.signal,
        onProgress: progressOf(set, folds, context),
      });
    const result = await workers.whole(work);
    chunks += workers.chunks;
    isComplete &&= result !== null;
    if (result === null || job.shard !== null) continue;
    const path = join(job.run, set.name, 'cv.fits');
    const provenance = { ...provenanceOf(job.config, job.configHash), TRAINSET: set.fingerprint };
    const { name: model, identities } = set;
    writeAtomically(
      path,
      validationBytes({
        ...{ model, folds, set, identities, groups, result, windows, provenance },
        measured: measuredOf(set, result, windows),
      }),
    );
    await writeInputs(job, set);
    models.push({
      ...{ name: set.name, path, stars: set.stars.length, folds },
      ...{ labels: result.agreement, bySnr: result.bySnr },
    });
  }
  if (job.shard !== null) return { kind: 'shardFinished', shard: job.shard, chunks, isComplete };
  return { kind: 'finished', command: 'cv', models };
}

/** What the residuals of held-out stars tell, as infer's table has it. S/N stands among the other columns. */
function measuredOf(
  { stars, identities }: NamedTrainingSet,
  { fits }: CrossValidation,
  windows: Config['windows'],
): NewColumn[] {
  const rows = fits.map((fit, n) => {
    const identity = identities[n] ?? null;
    return { spectrum: stars[n]!, identity, model: null, fit, problem: fit.problem ?? '' };
  });
  return diagnosticColumns(rows, windows)
    .filter(({ name }) => name !== 'snr')
    .map(({ name, unit, ucd, values }) => ({ name, unit, ucd, values }));
}

/** Spectra that must stay together: those of one reference row, one designation, one place, or one value of the column. */
function groupsOf(
  { rows, identities }: NamedTrainingSet,
  keyOfRow: (row: number) => string,
  repeats: RepeatsSpec,
): Int32Array {
  const stars = rows.map((row, n) => {
    const star = starOf(identities[n]!, repeats);
    return { ...star, keys: [`row ${row}`, keyOfRow(row), ...star.keys] };
  });
  return groupRepeats(stars, repeats.radiusArcsec);
}

/**
 * What the column of `crossValidation.groups` says of each row; '' where it is empty, and without a column.
 * @throws UserError CAN103 when the table has no such column.
 */
async function groupColumn({ reference, folder, crossValidation }: Config): Promise<(row: number) => string> {
  const { groups } = crossValidation;
  if (groups === null || reference === null) return () => '';
  const table = await readTable(resolve(folder, reference.file));
  const column = table.columns.get(groups);
  if (column === undefined) {
    throw new UserError(
      `The table ${reference.file} has no column "${groups}"`,
      `\`crossValidation.groups\` names one of its columns: ${[...table.columns.keys()].slice(0, 20).join(', ')}.`,
      'CAN103',
    );
  }
  return (row) => {
    const cell: Cell = column.values[row] ?? null;
    const isEmpty = cell === null || (typeof cell === 'string' ? cell.trim() === '' : Number.isNaN(cell));
    return isEmpty ? '' : `group ${String(cell).trim()}`;
  };
}

/** Progress stage by stage, in words. */
function progressOf(set: NamedTrainingSet, folds: number | 'leave-one-out', context: JobContext) {
  const what = folds === 'leave-one-out' ? set.name : `${folds} folds of ${set.name}`;
  const stages = new Map<CrossValidationStage, ReturnType<typeof throttledProgress>>();
  const words = {
    training: `Training ${what}`,
    modes: `Finding correlated errors of ${set.name}`,
    labels: `Cross-validating ${set.name}`,
  };
  return (stage: CrossValidationStage, done: number, total: number) => {
    const progress = stages.get(stage) ?? throttledProgress(context, words[stage], total);
    stages.set(stage, progress);
    progress(done);
  };
}

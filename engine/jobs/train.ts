/** `cannon train`: from a config to one `<run>/<model>/model.fits` a model. */
import { join } from 'node:path';
import { allowedLabels } from '../cannon/labelMasks';
import { requireMemory } from '../cannon/memoryPlan';
import { modelBytes } from '../cannon/modelFile';
import type { Model } from '../cannon/model';
import { trainModel, type PrepareOptions, type TrainingSet } from '../cannon/train';
import { writeCsv } from '../catalog/assemble';
import type { Config } from '../config/config';
import { termsOf } from '../config/termWords';
import { funnelInWords } from '../reference/funnel';
import { type MatchedSurvey, SurveyMatcher } from '../reference/matchedSurvey';
import { selectAmong, type ModelTrainingSet } from '../reference/trainingSet';
import { UserError } from '../problems';
import { gridWavelengths } from '../spectra/grid';
import type { SpectrumIdentity } from '../spectra/spectrum';
import type { Checkpoint } from './checkpoint';
import { ChunkedWorkers } from './chunkedWorkers';
import { writeAtomically } from '../durable';
import type { FinishedEvent, JobContext, Shard, SpectrumProblem, TrainedModel } from './events';
import { throttledProgress } from './job';
import type { TaskPool } from './pool';
import { provenanceOf, sha256 } from './recipe';
import { writeFunnel } from './checkSurvey';
import { measureChi2 } from './windowChi2';
import { SpectraList } from './spectraList';
import { identifySpectra, normalizeSpectra, sharedArray } from './surveySpectra';

export interface SurveyJob {
  readonly config: Config;
  readonly configHash: string;
  /** Absolute path of the run folder. */
  readonly run: string;
  readonly pool: TaskPool;
  /** More than this the job may not take: what the user allows, or what the machine has. */
  readonly memoryBytes: number;
  readonly checkpoint: Checkpoint;
  /** The share of the work to do; null for all of it. */
  readonly shard: Shard | null;
}

/** A model's training stars; `stars` are their paths as matched. Arrays lie in shared memory. */
export interface NamedTrainingSet extends TrainingSet {
  readonly name: string;
  /** Row of the reference table that each star belongs to: repeats of a star share it. */
  readonly rows: readonly number[];
  readonly identities: readonly SpectrumIdentity[];
  /** SHA-256 of each star's file. */
  readonly hashes: readonly string[];
  /** Of all that the model will be made of but the config. */
  readonly fingerprint: string;
}

export async function train(job: SurveyJob, context: JobContext): Promise<FinishedEvent> {
  const models: TrainedModel[] = [];
  for await (const set of trainingSets(job, context, 'train')) {
    const model = await trainOnPool(job, set, context);
    const path = join(job.run, set.name, 'model.fits');
    writeAtomically(path, modelBytes(model));
    await writeInputs(job, set);
    const unconverged = model.converged.reduce((count, flag) => count + (flag === 0 ? 1 : 0), 0);
    models.push({ name: set.name, path, stars: set.stars.length, pixels: set.waveAngstrom.length, unconverged });
    context.report({ kind: 'checkpoint', done: models.length });
  }
  return { kind: 'finished', command: 'train', models };
}

/** What the config says about training on this set. */
export function trainingOptions({ config }: SurveyJob, set: NamedTrainingSet): PrepareOptions {
  const { training, windows, crossValidation } = config;
  const { modes: maxModes, masks, missingLabels, labelErrors, l1, l1Search, ridge } = training;
  const labels = set.labels.map(({ name }) => name);
  return {
    name: set.name,
    terms: termsOf(training.terms, labels),
    allowedLabels: allowedLabels({ masks, windows }, labels, set.waveAngstrom),
    ...{ maxModes, missingLabels, labelErrors, ridge },
    l1: l1 === 'auto' ? l1Search : l1,
    seed: crossValidation.seed,
    scatterEstimator: training.scatterEstimator,
    thetaCovariance: training.thetaCovariance,
  };
}

async function trainOnPool(job: SurveyJob, set: NamedTrainingSet, context: JobContext): Promise<Model> {
  return trainModel(set, {
    ...trainingOptions(job, set),
    provenance: { ...provenanceOf(job.config, job.configHash), TRAINSET: set.fingerprint },
    signal: context.signal,
    onProgress: throttledProgress(context, `Training ${set.name}`, set.waveAngstrom.length),
    workers: workersFor(job, set),
  });
}

/**
 * The workers for one model: what an earlier attempt did is read from the checkpoint.
 * @throws UserError CAN407 when the training stars are not those of that attempt.
 */
export function workersFor(
  { checkpoint, pool, shard }: SurveyJob,
  { name, fingerprint }: NamedTrainingSet,
): ChunkedWorkers {
  checkpoint.claim(name, fingerprint, `The training stars of ${name}`);
  return new ChunkedWorkers(pool, checkpoint, name, shard);
}

/** The training stars of each model of the config, one model at a time in memory. */
export async function* trainingSets(
  job: SurveyJob,
  context: JobContext,
  command: 'train' | 'cv',
): AsyncGenerator<NamedTrainingSet> {
  const stars = await referenceStars(job, context, command);
  const measure = measureChi2(job, stars.paths, context);
  const reference = await selectAmong(job.config, stars.survey, measure);
  const funnel = funnelInWords(reference.funnel);
  context.report({ kind: 'funnel', steps: reference.funnel });
  writeFunnel(job.run, reference.funnel, job.config.path);
  for (const { sentence: message } of reference.notes) {
    context.report({ kind: 'warning', code: 'CAN111', message, hint: 'See `reference` and `models` in cannon.yaml.' });
  }
  for (const set of reference.models) {
    if (set.stars.length === 0) {
      throw new UserError(
        `Model ${set.model.name} has no training star: ${funnel}`,
        'Loosen `quality` or `where`, or check `reference.match`.',
        'CAN108',
      );
    }
    requireMemoryFor(job, set, command);
    yield await trainingSet(job, set, stars, context);
  }
}

/** The survey's stars that have a row in the reference table, and the path of each as matched. */
interface ReferenceStars {
  readonly survey: MatchedSurvey;
  readonly paths: readonly string[];
}

/** Reads all spectra; the others are counted and forgotten, so that memory grows with the reference, not with the survey. */
async function referenceStars(job: SurveyJob, context: JobContext, command: 'train' | 'cv'): Promise<ReferenceStars> {
  const { config, pool, checkpoint } = job;
  const list = await SpectraList.open(checkpoint.folder, config, context);
  const matcher = await SurveyMatcher.begin(config);
  const pathOf = new Map<number, string>();
  const unusable = { count: 0, first: [] as (SpectrumProblem & { readonly idx: number })[] };
  await identifySpectra(config, pool, context, command, list, {
    onValue: (identity, idx, path) => {
      if (matcher.add(idx, identity)) pathOf.set(idx, path);
    },
    onProblem: ({ spectrum, message }, idx) => {
      unusable.count++;
      unusable.first = [...unusable.first, { idx, spectrum, message }].sort((a, b) => a.idx - b.idx).slice(0, 3);
    },
  });
  if (unusable.count > 0) {
    const first = unusable.first.map(({ spectrum, message }) => `${spectrum}: ${message}`);
    context.report({
      kind: 'warning',
      code: 'CAN104',
      message: `${unusable.count} of ${list.count} spectra cannot be read. ${first.join('; ')}`,
      hint: '`cannon index` lists them all.',
    });
  }
  const survey = matcher.finish();
  return { survey, paths: survey.stars.map(({ spectrumIdx }) => pathOf.get(spectrumIdx)!) };
}

/** Before an hour of reading: @throws UserError CAN320 when training, or its cross-validation, will not fit. */
function requireMemoryFor(
  { config, pool, memoryBytes }: SurveyJob,
  set: ModelTrainingSet,
  command: 'train' | 'cv',
): void {
  const { training, crossValidation, grid } = config;
  const folds = crossValidation.folds;
  const size = {
    nStars: set.stars.length,
    nPixels: gridWavelengths(grid).length,
    terms: termsOf(training.terms, set.model.labels),
    nModes: training.modes,
    nFolds: command === 'cv' && typeof folds === 'number' ? folds : 0,
    nWorkers: pool.size,
    leavesOneOut: command === 'cv' && folds === 'leave-one-out',
    missesLabels: training.missingLabels === 'per-pixel',
    inflates: training.labelErrors === 'inflate',
    keepsCovariance: command === 'train' && training.thetaCovariance === 'full',
  };
  requireMemory(size, memoryBytes);
}

async function trainingSet(
  job: SurveyJob,
  set: ModelTrainingSet,
  reference: ReferenceStars,
  context: JobContext,
): Promise<NamedTrainingSet> {
  const paths = set.stars.map((star) => reference.paths[star.spectrumIdx]!);
  const normalized = await normalizeSpectra(job.config, paths, job.pool, context);
  for (const { spectrum, message } of normalized.problems) {
    context.report({
      kind: 'warning',
      code: 'CAN104',
      message: `${spectrum} is left out: ${message}`,
      hint: 'The other stars go on.',
    });
  }
  const stars = normalized.rows.map((idx) => set.stars[idx]!);
  const nLabels = set.model.labels.length;
  const values = sharedArray(stars.length * nLabels);
  const labelErrors = sharedArray(stars.length * nLabels);
  stars.forEach((star, n) => {
    values.set(star.labels, n * nLabels);
    labelErrors.set(star.errors, n * nLabels);
  });
  const units = new Map(job.config.labels.map((label) => [label.name, label.unit]));
  return {
    name: set.model.name,
    stars: normalized.rows.map((idx) => paths[idx]!),
    rows: stars.map((star) => star.row),
    identities: stars.map((star) => reference.survey.stars[star.spectrumIdx]!.spectrum),
    labels: set.model.labels.map((name) => ({ name, unit: units.get(name) ?? '' })),
    values,
    labelErrors,
    waveAngstrom: normalized.waveAngstrom,
    hashes: normalized.hashes,
    fingerprint: sha256([sha256(bytesOf(values)), ...normalized.hashes].join('\n')),
    flux: normalized.flux,
    ivar: normalized.ivar,
  };
}

/** A copy: hashes take no shared memory. */
function bytesOf(values: Float64Array): Uint8Array {
  return new Uint8Array(Float64Array.from(values).buffer);
}

/** Keep which files a model was made from, beside it. */
export function writeInputs(job: SurveyJob, { name, stars, hashes }: NamedTrainingSet): Promise<void> {
  const columns = [
    { name: 'spectrum', unit: '', ucd: 'meta.file', values: stars },
    { name: 'sha256', unit: '', ucd: '', values: hashes },
  ];
  return writeCsv(join(job.run, name, 'inputs.csv'), () => [columns]);
}

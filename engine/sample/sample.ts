/**
 * A mock survey with known truth, to learn the tools on and to test them with: `spectra/<plate>/*.fits.gz`, `labels.csv` with
 * three spectra in four as reference, `lamost.csv`, `clusters.csv` and `wide_binaries.csv`, `truth.csv` with what is true of all
 * of them, a commented `cannon.yaml`, and `sample.json`, which says how the folder was made and marks it as one that may be
 * written anew. The same seed gives the same files, byte for byte. docs/sample.md says what is realistic and what is not.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { throttledProgress } from '../jobs/job';
import type { JobContext, Results } from '../jobs/events';
import { inProcessPool, runBatches, type TaskPool } from '../jobs/pool';
import { UserError } from '../problems';
import { labelCounts, sampleConfigFor, type LabelChoice } from './sampleConfig';
import type { SampleBatch, TakenSpectrum } from './sampleTask';
import { Sources } from './sources';
import { Tables } from './tables';
import { pathInSample, targetOf } from './targets';

export interface SampleOptions {
  /** Spectra in all; three in four become reference stars. */
  readonly stars: number;
  readonly seed: number;
  /** Signal to noise a pixel in the g band for every star; without it each star draws its own. */
  readonly snr?: number;
  /** What the configuration trains on; the spectra do not depend on it. Default: 3 labels. */
  readonly labels?: LabelChoice;
  /** The share of odd stars and spectra, 0 to 1. Default: `usualOddities`. */
  readonly oddities?: number;
}

export const usualOddities = 0.03;

/** Enough to train on, with some to spare, after the cuts: a model of ten labels has 66 coefficients a pixel. */
export function usualStars(labels?: LabelChoice): number {
  return labels === 'paper' ? 2400 : 480;
}

const MARKER = 'sample.json';

/**
 * Writes the sample into `folder`, which must be new, empty, or a sample already; of the latter an existing cannon.yaml is kept.
 * Throws `UserError` for any other folder, and the signal's reason when it aborts. The files do not depend on the workers of `pool`.
 */
export async function writeSample(
  folder: string,
  options: SampleOptions,
  context: JobContext,
  pool: TaskPool = inProcessPool,
): Promise<Results['sample']> {
  await prepare(folder, options);
  const tables = await writeSpectra(folder, options, context, pool);
  for (const [name, text] of tables) await writeFile(join(folder, name), text);
  const config = join(folder, 'cannon.yaml');
  const text = sampleConfigFor(options.labels ?? labelCounts.from);
  await writeFile(config, text, { flag: 'wx' }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  return { folder, config, spectra: options.stars, referenceStars: tables.referenceStars };
}

/** Spectra a task: some dozens of milliseconds, after which a job that is cancelled ends. */
const perTask = 16;

async function writeSpectra(
  folder: string,
  { stars, seed, snr, oddities = usualOddities }: SampleOptions,
  context: JobContext,
  pool: TaskPool,
): Promise<Tables> {
  const progress = throttledProgress(context, 'Writing spectra', stars);
  const taken = new Array<TakenSpectrum>(stars);
  let written = 0;
  const batches = Array.from({ length: Math.ceil(stars / perTask) }, (_, k): SampleBatch => {
    const from = k * perTask;
    return { folder, seed, oddities, snr: snr ?? null, from, to: Math.min(stars, from + perTask) };
  });
  await runBatches(pool, 'writeMockSpectra', batches, context.signal, (spectra, batchIdx) => {
    spectra.forEach((spectrum, i) => (taken[batchIdx * perTask + i] = spectrum));
    progress((written += spectra.length));
  });
  const sources = new Sources(seed, oddities);
  const tables = new Tables(seed);
  taken.forEach((spectrum, n) => {
    const target = targetOf(n);
    tables.add({ n, target, file: pathInSample(target), visit: sources.visit(n), spectrum });
  });
  return tables;
}

/** Makes room: creates the folder, or removes the spectra of an older sample. */
async function prepare(folder: string, options: SampleOptions): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const entries = await readdir(folder);
    if (entries.length > 0 && !(await isSample(folder))) {
      throw new UserError(`${folder} is not empty, and it is no sample of ours`, 'Name a new folder.', 'CAN230');
    }
    await rm(join(folder, 'spectra'), { recursive: true, force: true });
    await writeFile(join(folder, MARKER), JSON.stringify({ writtenBy: 'cannon sample', ...options }, null, 2) + '\n');
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error && 'code' in error)) throw error;
    throw new UserError(
      `${folder} cannot be written to (${String(error.code)})`,
      'Name a folder that you may write to.',
      'CAN231',
    );
  }
}

async function isSample(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, MARKER), 'utf8').catch(() => '');
  return text.includes('"writtenBy": "cannon sample"');
}

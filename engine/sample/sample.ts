/**
 * A mock survey with known truth, to learn the tools on and to test them with: `spectra/<plate>/*.fits.gz`, `labels.csv` with
 * three spectra in four as reference, `lamost.csv`, `clusters.csv` and `wide_binaries.csv`, `truth.csv` with what is true of all
 * of them, a commented `cannon.yaml`, and `sample.json`, which says how the folder was made and marks it as one that may be
 * written anew. The same seed gives the same files, byte for byte. docs/sample.md says what is realistic and what is not.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { throttledProgress } from '../jobs/job';
import type { JobContext, Results } from '../jobs/events';
import { UserError } from '../problems';
import { lamostFile } from './lamostFile';
import { labelCounts, sampleConfigFor, type LabelChoice } from './sampleConfig';
import { Sources } from './sources';
import { takeSpectrum } from './spectrum';
import { Starlight } from './starlight';
import { Tables } from './tables';
import { fileName, targetOf } from './targets';

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
/** How many files may wait for compression and for the disk, which go on beside the next spectra. */
const AT_ONCE = 8;
const compress = promisify(gzip);

/**
 * Writes the sample into `folder`, which must be new, empty, or a sample already; of the latter an existing cannon.yaml is kept.
 * Throws `UserError` for any other folder, and the signal's reason when it aborts.
 */
export async function writeSample(
  folder: string,
  options: SampleOptions,
  context: JobContext,
): Promise<Results['sample']> {
  await prepare(folder, options);
  const tables = new Tables(options.seed);
  await writeSpectra(folder, options, context, tables);
  for (const [name, text] of tables) await writeFile(join(folder, name), text);
  const config = join(folder, 'cannon.yaml');
  const text = sampleConfigFor(options.labels ?? labelCounts.from);
  await writeFile(config, text, { flag: 'wx' }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  return { folder, config, spectra: options.stars, referenceStars: tables.referenceStars };
}

async function writeSpectra(
  folder: string,
  { stars, seed, snr, oddities = usualOddities }: SampleOptions,
  context: JobContext,
  tables: Tables,
): Promise<void> {
  const starlight = new Starlight();
  const sources = new Sources(seed, oddities);
  const progress = throttledProgress(context, 'Writing spectra', stars);
  const writing = new Set<Promise<void>>();
  let written = 0;
  const write = async (path: string, bytes: Uint8Array) => {
    await writeFile(path, await compress(bytes, { level: 1 }));
    progress(++written);
  };
  let plate = '';
  try {
    for (let n = 0; n < stars; n++) {
      context.signal.throwIfAborted();
      const visit = sources.visit(n);
      const target = targetOf(n);
      if (plate !== target.plate) await mkdir(join(folder, 'spectra', target.plate), { recursive: true });
      plate = target.plate;
      const spectrum = takeSpectrum(visit, n, seed, starlight, snr);
      const file = `spectra/${plate}/${fileName(target)}`;
      tables.add({ n, target, file, visit, spectrum });
      const task = write(join(folder, file), lamostFile(target, visit.source, spectrum));
      writing.add(task);
      void task.finally(() => writing.delete(task)).catch(() => undefined);
      if (writing.size >= AT_ONCE) await Promise.race(writing);
    }
  } finally {
    await Promise.all(writing);
  }
}

/** Makes room: creates the folder, or removes the spectra of an older sample. */
async function prepare(folder: string, options: SampleOptions): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const entries = await readdir(folder);
    if (entries.length > 0 && !(await isSample(folder))) {
      throw new UserError(`${folder} is not empty, and it is no sample of ours.`, 'Name a new folder.', 'CAN230');
    }
    await rm(join(folder, 'spectra'), { recursive: true, force: true });
    await writeFile(join(folder, MARKER), JSON.stringify({ writtenBy: 'cannon sample', ...options }, null, 2) + '\n');
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error && 'code' in error)) throw error;
    throw new UserError(
      `${folder} cannot be written to (${String(error.code)}).`,
      'Name a folder that you may write to.',
      'CAN231',
    );
  }
}

async function isSample(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, MARKER), 'utf8').catch(() => '');
  return text.includes('"writtenBy": "cannon sample"');
}

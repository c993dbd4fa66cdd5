/**
 * A mock survey with known truth, to learn the tools on and to test them with: `spectra/<plate>/*.fits.gz`, `labels.csv`
 * with three stars in four as reference, `truth.csv` with all of them, a commented `cannon.yaml`, and `sample.json`, which
 * says how the folder was made and marks it as one that may be written anew. The same seed gives the same files, byte for byte.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { throttledProgress } from '../jobs/job';
import type { JobContext, Results } from '../jobs/events';
import { UserError } from '../problems';
import { sampleConfig } from './sampleConfig';
import { fileName, lamostFile, type Target } from './lamostFile';
import { observe } from './observe';
import { Random } from './random';
import { Starlight } from './starlight';
import { drawStar, type Star } from './stars';

export interface SampleOptions {
  /** Stars in all; three in four become reference stars. */
  readonly stars: number;
  readonly seed: number;
  /** Signal to noise a pixel in the g band for every star; without it each star draws its own. */
  readonly snr?: number;
}

const MARKER = 'sample.json';
const STARS_PER_PLATE = 120;

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
  const starlight = new Starlight();
  const progress = throttledProgress(context, 'Writing spectra', options.stars);
  const reference = ['obsid,teff,logg,feh,snrg'];
  const truth = ['obsid,file,teff,logg,feh,velocity_kms,snrg'];
  let plateFolder = '';
  for (let n = 0; n < options.stars; n++) {
    context.signal.throwIfAborted();
    const random = new Random(options.seed, n);
    const star = drawStar(random, options.snr);
    const target = targetOf(n, options.seed);
    const observation = observe(star, starlight.normalizedFlux(star), random);
    if (plateFolder !== target.plate) await mkdir(join(folder, 'spectra', target.plate), { recursive: true });
    plateFolder = target.plate;
    const file = `spectra/${target.plate}/${fileName(target)}`;
    await writeFile(join(folder, file), lamostFile(target, star, observation, random));
    const labels = labelText(star);
    const snr = observation.snr.G.toFixed(2);
    if (isReference(n)) reference.push(`${target.obsid},${labels},${snr}`);
    truth.push(`${target.obsid},${file},${labels},${star.velocityKms.toFixed(2)},${snr}`);
    progress(n + 1);
  }
  await writeFile(join(folder, 'labels.csv'), reference.join('\n') + '\n');
  await writeFile(join(folder, 'truth.csv'), truth.join('\n') + '\n');
  const config = join(folder, 'cannon.yaml');
  await writeFile(config, sampleConfig, { flag: 'wx' }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  return { folder, config, spectra: options.stars, referenceStars: reference.length - 1 };
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

/** Every fourth star stays unseen. */
function isReference(n: number): boolean {
  return n % 4 !== 3;
}

function labelText({ teff, logg, feh }: Star): string {
  return `${teff.toFixed(1)},${logg.toFixed(3)},${feh.toFixed(3)}`;
}

/** Plates are filled one after the other; ids are made of plate, spectrograph and fibre, as LAMOST makes them. */
function targetOf(n: number, seed: number): Target {
  const plateIdx = Math.floor(n / STARS_PER_PLATE);
  const place = n % STARS_PER_PLATE;
  const random = new Random(seed, -2 - plateIdx);
  const [hours, minutes, degrees] = [random.integer(4, 9), random.integer(0, 59), random.integer(0, 45)];
  const two = (value: number) => String(value).padStart(2, '0');
  const [spectrograph, fiber] = [1 + (place % 16), 3 + 31 * Math.floor(place / 16) + (place % 16)];
  return {
    obsid: (9400 + plateIdx) * 100_000 + spectrograph * 1000 + fiber,
    plate: `HD${two(hours)}${two(minutes)}00N${two(degrees)}0000P${two(plateIdx + 1)}`,
    lmjd: 59_500 + 7 * plateIdx,
    spectrograph,
    fiber,
  };
}

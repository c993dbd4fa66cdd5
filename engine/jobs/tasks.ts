/**
 * What a worker thread can do. Each task takes plain data (arrays may lie in shared memory) and returns plain data;
 * a spectrum that cannot be used is a value of its result, not an error of the task.
 */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { inferStars } from '../cannon/infer';
import { cannonTasks } from '../cannon/workers';
import { cardsOf } from '../catalog/catalogSources';
import type { ContinuumSpec, GridSpec, SurveyFormat } from '../config/config';
import { UserError } from '../problems';
import { writeMockSpectra } from '../sample/sampleTask';
import { Normalizer } from '../spectra/normalize';
import { PixelRoom } from '../spectra/pixelRoom';
import { readIdentity, readSpectrumNow, type ReadingOptions } from '../spectra/read';
import type { NormalizedSpectrum, Spectrum, SpectrumIdentity } from '../spectra/spectrum';
import { listSpectra, readHeaders } from '../spectraIndex/scan';
import { type FileMark, markOfBytes, unreadFile } from './fileMarks';
import { type ChunkTables, type Labelled, labelChunk, type LabelChunk } from './labelChunk';
import { optionsOf, sha256 } from './recipe';

/** Spectra by their paths as matched, relative to `folder` or absolute. */
export interface SpectraBatch {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly survey: SurveyFormat;
}

/** `identity` is known when the header reads although the spectrum cannot be used. */
export type Outcome<T> =
  { readonly value: T } | { readonly problem: string; readonly identity: SpectrumIdentity | null };

export interface IdentifyBatch extends SpectraBatch {
  /** Header cards to keep, all without it: a header of two hundred, a million times, is more than memory holds. */
  readonly cards?: readonly string[];
}

export interface NormalizeBatch extends SpectraBatch {
  readonly grid: GridSpec;
  readonly continuum: ContinuumSpec;
  /** nStars × nPixels, star-major, shared; this batch's first spectrum goes to row `firstRow`. */
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
  readonly firstRow: number;
}

export interface WindowBatch extends SpectraBatch {
  /** Grids, rising and apart, and the pixels of each that are wanted. */
  readonly segments: readonly GridSpec[];
  readonly pixels: readonly (readonly number[])[];
  readonly continuum: ContinuumSpec;
}

/** Normalized, in the wanted pixels of all segments; ivar 0 where there is nothing. */
export interface WindowPixels {
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
}

export interface InferBatch extends SpectraBatch, ChunkTables {
  readonly grid: GridSpec;
  readonly continuum: ContinuumSpec;
  /** So many samples of each star's posterior, from this seed and the spectrum's path; 0 for none. */
  readonly nSamples: number;
  readonly seed: number;
}

/** One spectrum's contribution to the hash of a run's inputs. */
export interface Hashed {
  readonly sha256: string;
}

async function eachSpectrum<T>(batch: SpectraBatch, use: (path: string, idx: number) => T): Promise<Outcome<T>[]> {
  const outcomes: Outcome<T>[] = [];
  for (const [idx, path] of batch.paths.entries()) {
    try {
      outcomes.push({ value: use(resolve(batch.folder, path), idx) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const identity = await readIdentity(resolve(batch.folder, path), batch.survey).catch(() => null);
      outcomes.push({ problem: error.message, identity });
    }
  }
  return outcomes;
}

const room = new PixelRoom();

/** Its arrays last until the next one is read. */
function spectrumIn(path: string, { survey }: SpectraBatch, options: ReadingOptions): Spectrum {
  room.clear();
  return readSpectrumNow(path, survey, { ...options, room });
}

/** Who each spectrum is, after reading it whole: a spectrum whose header reads but whose pixels do not is a problem. */
function identify(batch: IdentifyBatch): Promise<Outcome<SpectrumIdentity>[]> {
  return eachSpectrum(batch, (path) => {
    return identityOf(spectrumIn(path, batch, { cards: batch.cards }));
  });
}

/** Reads, shifts to rest, resamples and divides by the continuum, into the shared arrays. */
async function normalize(batch: NormalizeBatch): Promise<Outcome<Hashed>[]> {
  const normalizer = normalizerFor(batch.grid, batch.continuum);
  const nPixels = normalizer.waveAngstrom.length;
  const rows: (NormalizedSpectrum & { idx: number })[] = [];
  const outcomes = await eachSpectrum(batch, (path, idx) => {
    let hash = '';
    const spectrum = spectrumIn(path, batch, { cards: [], see: (bytes) => (hash = sha256(bytes)) });
    rows.push({ idx, ...normalizer.onGrid(spectrum, normalizer.takeRow()) });
    return { sha256: hash };
  });
  normalizer.divide(rows);
  for (const { idx, flux, ivar } of rows) {
    batch.flux.set(flux, (batch.firstRow + idx) * nPixels);
    batch.ivar.set(ivar, (batch.firstRow + idx) * nPixels);
  }
  normalizer.giveBack(rows);
  return outcomes;
}

/** Only some pixels of each spectrum; what a spectrum does not cover has ivar 0. */
function windowPixels(batch: WindowBatch): Promise<Outcome<WindowPixels>[]> {
  const normalizers = batch.segments.map((grid) => normalizerFor(grid, batch.continuum));
  const nPixels = batch.pixels.reduce((sum, pixels) => sum + pixels.length, 0);
  return eachSpectrum(batch, (path) => {
    const spectrum = spectrumIn(path, batch, { cards: [] });
    const [flux, ivar] = [new Float64Array(nPixels).fill(1), new Float64Array(nPixels)];
    let to = 0;
    for (const [k, normalizer] of normalizers.entries()) {
      const found = normalizedOrNull(normalizer, spectrum);
      for (const p of batch.pixels[k]!) {
        if (found !== null) [flux[to], ivar[to]] = [found.flux[p]!, found.ivar[p]!];
        to++;
      }
    }
    return { flux, ivar };
  });
}

/** Null where the spectrum does not reach that part. */
function normalizedOrNull(normalizer: Normalizer, spectrum: Spectrum): NormalizedSpectrum | null {
  try {
    return normalizer.normalize(spectrum);
  } catch (error) {
    if (error instanceof UserError && spectrum.redshift !== null) return null;
    throw error;
  }
}

/** All spectra first, as stars are fitted together. */
async function label(batch: InferBatch): Promise<LabelChunk> {
  const normalizer = normalizerFor(batch.grid, batch.continuum);
  const marks = new Array<FileMark>(batch.paths.length).fill(unreadFile);
  const cards = cardsOf(batch);
  const read = await eachSpectrum(batch, (path, idx) => {
    const see = (bytes: Uint8Array) => (marks[idx] = markOfBytes(bytes));
    const spectrum = spectrumIn(path, batch, { cards, see });
    return { idx, identity: identityOf(spectrum), ...normalizer.onGrid(spectrum, normalizer.takeRow()) };
  });
  const usable = read.flatMap((outcome) => ('value' in outcome ? [outcome.value] : []));
  normalizer.divide(usable);
  const rows = [usable.map(({ flux }) => flux), usable.map(({ ivar }) => ivar)] as const;
  const seeds = () => usable.map(({ idx }) => seedOf(batch.seed, batch.paths[idx]!));
  const samples = batch.nSamples > 0 ? { samples: { count: batch.nSamples, seeds: seeds() } } : {};
  const fits = batch.models.map((model) => inferStars(model, ...rows, { ...optionsOf(batch, model), ...samples }));
  normalizer.giveBack(usable);
  let n = 0;
  const labelled = read.map((outcome): Labelled => {
    if (!('value' in outcome)) return outcome;
    const ofStar = fits.map((ofModel) => ofModel[n]!);
    n++;
    return { identity: outcome.value.identity, fits: ofStar };
  });
  return labelChunk(batch.paths, labelled, marks, batch);
}

/** A seed of its own for each spectrum, so that samples do not depend on the division into batches. */
function seedOf(seed: number, path: string): number {
  return createHash('sha256').update(`${seed} ${path}`).digest().readInt32LE(0);
}

export function identityOf(spectrum: Spectrum): SpectrumIdentity {
  const { waveAngstrom, flux, ivar, masked, maskBits, fluxUnit, ...identity } = spectrum;
  return identity;
}

/** The tables of the continuum take a while: a thread keeps those of the last grids. */
const kept = new Map<string, Normalizer>();
const maxKept = 32;
function normalizerFor(grid: GridSpec, continuum: ContinuumSpec): Normalizer {
  const key = JSON.stringify([grid, continuum, 'truncate' in continuum ? String(continuum.truncate) : '']);
  const normalizer = kept.get(key) ?? new Normalizer(grid, continuum);
  // The last used stands last.
  kept.delete(key);
  kept.set(key, normalizer);
  for (const oldest of kept.keys()) if (kept.size > maxKept) kept.delete(oldest);
  return normalizer;
}

export const tasks = {
  listSpectra,
  readHeaders,
  identify,
  normalize,
  windowPixels,
  label,
  writeMockSpectra,
  ...cannonTasks,
};

export type TaskName = keyof typeof tasks;
export type TaskArgs<K extends TaskName> = Parameters<(typeof tasks)[K]>[0];
export type TaskResult<K extends TaskName> = Awaited<ReturnType<(typeof tasks)[K]>>;

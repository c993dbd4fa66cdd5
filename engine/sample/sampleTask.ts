/**
 * Writing some spectra of a mock survey: a task of the worker threads. What spectrum n is depends on the seed and on n alone, so
 * neither the number of threads nor the division into tasks changes a byte.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { lamostFile } from './lamostFile';
import { Sources } from './sources';
import { takeSpectrum, type Spectrum } from './spectrum';
import { Starlight } from './starlight';
import { pathInSample, targetOf } from './targets';

/** Spectra `from` to `to`, the latter excluded, below `folder`. */
export interface SampleBatch {
  readonly folder: string;
  readonly seed: number;
  readonly oddities: number;
  /** Signal to noise in g of all; null where each spectrum draws its own. */
  readonly snr: number | null;
  readonly from: number;
  readonly to: number;
}

/** What the tables tell of a spectrum beside its source. */
export type TakenSpectrum = Pick<Spectrum, 'snr' | 'measuredKms'>;

/** How many files may wait for compression and for the disk, which go on beside the next spectra. */
const atOnce = 8;
const compress = promisify(gzip);

/** The lines take a while to set up, and sources look back at earlier ones: a thread keeps the last of both. */
let starlight: Starlight | null = null;
let last: { readonly key: string; readonly sources: Sources } | null = null;

function sourcesOf({ seed, oddities }: SampleBatch): Sources {
  const key = `${seed} ${oddities}`;
  if (last?.key !== key) last = { key, sources: new Sources(seed, oddities) };
  return last.sources;
}

export async function writeMockSpectra(batch: SampleBatch): Promise<TakenSpectrum[]> {
  const { folder, seed, snr, from, to } = batch;
  const sources = sourcesOf(batch);
  const light = (starlight ??= new Starlight());
  const writing = new Set<Promise<void>>();
  const taken: TakenSpectrum[] = [];
  let plate = '';
  try {
    for (let n = from; n < to; n++) {
      const [visit, target] = [sources.visit(n), targetOf(n)];
      const path = join(folder, pathInSample(target));
      if (dirname(path) !== plate) await mkdir((plate = dirname(path)), { recursive: true });
      const spectrum = takeSpectrum(visit, n, seed, light, snr ?? undefined);
      const task = write(path, lamostFile(target, visit.source, spectrum));
      writing.add(task);
      void task.finally(() => writing.delete(task)).catch(() => undefined);
      taken.push({ snr: spectrum.snr, measuredKms: spectrum.measuredKms });
      if (writing.size >= atOnce) await Promise.race(writing);
    }
  } finally {
    await Promise.all(writing);
  }
  return taken;
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(path, await compress(bytes, { level: 1 }));
}

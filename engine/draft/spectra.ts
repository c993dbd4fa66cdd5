/**
 * What a few of the spectra tell that a description must know: who they are, which wavelengths they cover in the rest frame
 * (vacuum Å), how finely (log10 λ), and whether their continuum is divided out already.
 */
import { join } from 'node:path';
import type { GridSpec, SurveyFormat } from '../config/config';
import { UserError } from '../problems';
import { formats } from '../spectra/formats';
import { readIdentity, readSpectrum } from '../spectra/read';
import type { Spectrum, SpectrumIdentity } from '../spectra/spectrum';
import { eachOf, median, spread } from './spread';

export interface SpectraFacts {
  /** Those that were looked at and can be read; `path` as the globs match it. */
  readonly identities: readonly SpectrumIdentity[];
  /** Whether they are all that there are. */
  readonly areAll: boolean;
  readonly nUnreadable: number;
  readonly nWithoutRedshift: number;
  readonly grid: GridSpec | null;
  readonly isNormalized: boolean;
}

/** Of a format whose primary header says it all, reading one takes a millisecond. */
const identitiesRead = { 'primary header': 1500, file: 120 } as const;
const readWhole = 12;
/** The grids that are usual, where the spectra cover them. */
const usualGrids: Partial<Record<SurveyFormat, GridSpec>> = {
  'lamost-lrs': { from: 3900, to: 8750, step: 1e-4 },
  apogee: { from: 15150, to: 16950, step: 6e-6 },
};

/** @param onRead hears how many of how many were read */
export async function lookAtSpectra(
  folder: string,
  survey: SurveyFormat,
  paths: readonly string[],
  signal: AbortSignal,
  onRead: (done: number, total: number) => void,
): Promise<SpectraFacts> {
  const asked = spread(paths, identitiesRead[formats[survey].identityFrom]);
  const found = await eachOf(
    asked,
    signal,
    (path) => orNull(readIdentity(join(folder, path), survey).then((identity) => ({ ...identity, path }))),
    (done) => onRead(done, asked.length),
  );
  const identities = found.filter((identity) => identity !== null);
  const readable = identities.map(({ path }) => path);
  const looks = (
    await eachOf(spread(readable, readWhole), signal, (path) =>
      orNull(readSpectrum(join(folder, path), survey).then(lookOf)),
    )
  ).filter((look) => look !== null);
  const isNormalized = looks.length > 0 && looks.every((look) => look.isNormalized);
  return {
    ...{ identities, areAll: asked.length === paths.length, nUnreadable: found.length - identities.length },
    nWithoutRedshift: identities.filter(({ redshift }) => redshift === null).length,
    ...{ grid: gridOf(survey, looks), isNormalized: isNormalized && survey !== 'lamost-lrs' && survey !== 'sdss' },
  };
}

async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  return reading.catch((error: unknown) => {
    if (error instanceof UserError) return null;
    throw error;
  });
}

interface Look {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly isNormalized: boolean;
}

function lookOf({ waveAngstrom, masked, flux, redshift }: Spectrum): Look | null {
  const good = [...masked.keys()].filter((p) => masked[p] === 0);
  if (good.length < 2) return null;
  const stretch = 1 + (redshift ?? 0);
  const values = good.map((p) => flux[p]!).sort((a, b) => a - b);
  const part = (share: number) => values[Math.floor(share * (values.length - 1))]!;
  return {
    from: waveAngstrom[good[0]!]! / stretch,
    to: waveAngstrom[good.at(-1)!]! / stretch,
    step: median(good.slice(1).map((p) => Math.log10(waveAngstrom[p]! / waveAngstrom[p - 1]!))),
    // Lines go down from 1, and noise a little above it.
    isNormalized: part(0.5) > 0.7 && part(0.9) > 0.9 && part(0.9) < 1.2 && part(0.99) < 1.6,
  };
}

/** What nearly all spectra cover, in whole tens of Å. */
function gridOf(survey: SurveyFormat, looks: readonly Look[]): GridSpec | null {
  if (looks.length === 0) return null;
  // One of a dozen may be cut short.
  const rank = looks.length >= 10 ? 1 : 0;
  const from = looks.map((look) => look.from).sort((a, b) => b - a)[rank]!;
  const to = looks.map((look) => look.to).sort((a, b) => a - b)[rank]!;
  const usual = usualGrids[survey];
  if (usual !== undefined && from < usual.from * 1.005 && to > usual.to / 1.005) return usual;
  const rounded = { from: Math.max(1000, Math.ceil(from / 10) * 10), to: Math.min(30_000, Math.floor(to / 10) * 10) };
  const step = Number(median(looks.map((look) => look.step)).toPrecision(1));
  return rounded.to > rounded.from && step > 0 && step <= 0.1 ? { ...rounded, step } : null;
}

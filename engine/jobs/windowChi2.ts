/**
 * χ² of the reference stars in the windows of elements, for the cut on it (`reference/windowCut.ts`; Wheeler et al. 2020, §2.1).
 *
 * The paper compared GALAH spectra with GALAH's own models. Here a Cannon is trained, in the pixels of the windows alone, on the
 * spectra at hand at the reference labels, one for each model of the config with that model's labels, in folds: a star is compared
 * with a model that has not seen it, at its catalog labels. χ² is Σ (f − θ·η(ℓ))² / (σ² + s²) a usable pixel: without s the error
 * of the model would make a bright star look bad. Spectra are the survey's own on its grid, or high-resolution ones: those on
 * stretches around the windows in fine steps, divided by a local continuum.
 */
import { resolve } from 'node:path';
import { assignFolds } from '../cannon/folds';
import type { Model } from '../cannon/model';
import { trainModel, type TrainingSet } from '../cannon/train';
import { vectorize } from '../cannon/vectorizer';
import type { Config, ContinuumSpec, GridSpec, ModelSpec, SurveyFormat, WindowCut } from '../config/config';
import { UserError } from '../problems';
import { matchReference } from '../reference/match';
import { findSpectra } from '../reference/spectraWalk';
import { readTable } from '../reference/table';
import type { Candidate, ElementChi2, MeasureChi2 } from '../reference/windowCut';
import { galahWindows, type NamedWindows, pixelsIn } from '../spectra/elementWindows';
import { gridWavelengths } from '../spectra/grid';
import type { SpectrumIdentity } from '../spectra/spectrum';
import type { JobContext } from './events';
import { throttledProgress } from './job';
import type { TaskPool } from './pool';
import { runOnSpectra, sharedArray } from './surveySpectra';
import type { WindowBatch } from './tasks';

/** A star is fitted by models of the other folds. */
const folds = 10;
/** Å: how far the continuum of high-resolution spectra looks, and its standard deviation. */
const localReach = 20;
const localSigma = 10;
/** Steps in log10 λ of high-resolution spectra: about those of their pixels at 5000 Å. */
const steps: Partial<Record<SurveyFormat, number>> = { galah: 5e-6, apogee: 6e-6, table: 5e-6, 'lamost-mrs': 3e-5 };

interface MeasureJob {
  readonly config: Config;
  readonly pool: TaskPool;
}

/** Measures χ² for the selection among the spectra at `paths`. */
export function measureChi2(job: MeasureJob, paths: readonly string[], context: JobContext): MeasureChi2 {
  return async (cut, elements, candidates) => {
    const { config } = job;
    const windows = windowsOf(config, elements);
    const source =
      cut.source.from === 'spectra'
        ? await highResolution(job, cut.source, windows, candidates, context)
        : ownSpectra(config, paths, candidates);
    const { wave, batch, nPixels } = layout(source, windows);
    const [flux, ivar] = [sharedArray(candidates.length * nPixels), sharedArray(candidates.length * nPixels)];
    const wanted = candidates.flatMap((_, n) => (source.paths[n] === null ? [] : [n]));
    await runOnSpectra(
      job.pool,
      context,
      'Reading windows',
      'windowPixels',
      wanted.map((n) => source.paths[n]!),
      (paths) => ({ ...batch, folder: config.folder, paths }),
      (value, i) => {
        flux.set(value.flux, wanted[i]! * nPixels);
        ivar.set(value.ivar, wanted[i]! * nPixels);
      },
    );
    const residuals = await fitWindows(job, { wave, flux, ivar }, candidates, context);
    return windows.flatMap(({ name: element, windows: ranges }): ElementChi2[] => {
      const pixels = pixelsIn(wave, ranges);
      if (pixels.length > 0) return [{ element, chi2: meanSquares(residuals, pixels, candidates.length, nPixels) }];
      const message = `The windows of ${element} lie outside the spectra: it does not judge stars`;
      context.report({ kind: 'warning', code: 'CAN150', message, hint: 'See `windowChi2` in `quality`.' });
      return [];
    });
  };
}

/** The config's windows and GALAH's others, of these elements; of all that the config has, else GALAH, where none is named. */
function windowsOf({ windows }: Config, elements: readonly string[] | null): NamedWindows[] {
  if (elements === null) return windows.length > 0 ? [...windows] : galahWindows();
  const all = [...windows, ...galahWindows()];
  return elements.flatMap((element) => all.find(({ name }) => name.toLowerCase() === element.toLowerCase()) ?? []);
}

/** Where spectra are, and how they are made ready. */
interface Source {
  /** One a candidate; null where it has no such spectrum. */
  readonly paths: readonly (string | null)[];
  readonly survey: SurveyFormat;
  readonly segments: readonly GridSpec[];
  readonly continuum: ContinuumSpec;
}

function ownSpectra(
  { survey, grid, continuum }: Config,
  paths: readonly string[],
  candidates: readonly Candidate[],
): Source {
  return {
    paths: candidates.map(({ spectrumIdx }) => paths[spectrumIdx]!),
    ...{ survey, segments: [grid], continuum },
  };
}

/** @throws UserError CAN101 when no file matches, CAN106 when none belongs to a candidate. */
async function highResolution(
  { config, pool }: MeasureJob,
  source: WindowCut['source'] & { from: 'spectra' },
  windows: readonly NamedWindows[],
  candidates: readonly Candidate[],
  context: JobContext,
): Promise<Source> {
  const files = await findSpectra({ folder: config.folder, spectra: source.spectra });
  const { survey } = source;
  if (files.length === 0) {
    const hint = 'Check `spectra` of `windowChi2`; globs start from the folder of cannon.yaml.';
    throw new UserError(`No file matches ${source.spectra.join(', ')} in ${config.folder}`, hint, 'CAN101');
  }
  const found = new Array<SpectrumIdentity | null>(files.length).fill(null);
  const argsOf = (paths: readonly string[]) => ({ folder: config.folder, paths, survey });
  const stage = 'Reading high-resolution spectra';
  await runOnSpectra(pool, context, stage, 'identify', files, argsOf, (identity, idx) => (found[idx] = identity));
  const readable = [...files.keys()].filter((idx) => found[idx] !== null);
  const identities = readable.map((idx) => found[idx]!);
  const { file, match } = config.reference!;
  const table = await readTable(resolve(config.folder, file));
  const { rowOfSpectrum } = matchReference(source.match ?? match, table, identities);
  const best = new Map<number, number>();
  const snr = (n: number) => identities[n]!.snr.all ?? 0;
  rowOfSpectrum.forEach((row, n) => {
    const other = best.get(row);
    if (row >= 0 && (other === undefined || snr(n) > snr(other))) best.set(row, n);
  });
  const paths = candidates.map(({ row }) => (best.has(row) ? files[readable[best.get(row)!]!]! : null));
  if (paths.every((path) => path === null)) {
    throw new UserError(
      `None of ${files.length} high-resolution spectra belongs to a reference star`,
      'Check `match` of `windowChi2`; without one it is `reference.match`.',
      'CAN106',
    );
  }
  const continuum = { method: 'gaussian', sigma: localSigma, truncate: localReach } as const;
  return { paths, survey, segments: segmentsAround(windows, steps[survey] ?? 1e-4), continuum };
}

/** Grids around the windows, wide enough for a continuum, rising and apart. */
export function segmentsAround(windows: readonly NamedWindows[], step: number): GridSpec[] {
  const ranges = windows
    .flatMap(({ windows: own }) => own.map(([from, to]): [number, number] => [from - localReach, to + localReach]))
    .sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of ranges) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged.map(([from, to]) => ({ from, to, step }));
}

/** The pixels of the segments that lie in any window, joined. */
function layout(
  { survey, segments, continuum }: Source,
  windows: readonly NamedWindows[],
): { wave: Float64Array; nPixels: number; batch: Omit<WindowBatch, 'folder' | 'paths'> } {
  const all = windows.flatMap((one) => one.windows);
  const grids = segments.map(gridWavelengths);
  const pixels = grids.map((grid) => pixelsIn(grid, all));
  const wave = Float64Array.from(grids.flatMap((grid, k) => pixels[k]!.map((p) => grid[p]!)));
  return { wave, nPixels: wave.length, batch: { survey, segments, continuum, pixels } };
}

interface WindowFluxes {
  readonly wave: Float64Array;
  /** nCandidates × nPixels, in shared memory. */
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
}

/** (f − model)² / (σ² + s²) of each candidate and pixel; NaN where it has none. */
async function fitWindows(
  job: MeasureJob,
  fluxes: WindowFluxes,
  candidates: readonly Candidate[],
  context: JobContext,
): Promise<Float64Array> {
  const squares = new Float64Array(fluxes.flux.length).fill(NaN);
  for (const [m, model] of job.config.models.entries()) {
    const nPixels = fluxes.wave.length;
    const hasPixels = (n: number) => fluxes.ivar.subarray(n * nPixels, (n + 1) * nPixels).some((x) => x > 0);
    const stars = [...candidates.keys()].filter(
      (n) => candidates[n]!.model === m && candidates[n]!.labels.every(Number.isFinite) && hasPixels(n),
    );
    if (stars.length === 0) continue;
    try {
      await fitModel(job, model, fluxes, candidates, stars, squares, context);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const message = `The stars of ${model.name} have no χ² in windows and are not judged by it: ${error.message}`;
      context.report({ kind: 'warning', code: 'CAN150', message, hint: error.hint });
    }
  }
  return squares;
}

async function fitModel(
  { config, pool }: MeasureJob,
  { name, labels }: ModelSpec,
  { wave, flux, ivar }: WindowFluxes,
  candidates: readonly Candidate[],
  stars: readonly number[],
  squares: Float64Array,
  context: JobContext,
): Promise<void> {
  const nPixels = wave.length;
  const set: TrainingSet = {
    stars: stars.map(String),
    labels: labels.map((label) => ({ name: label, unit: '' })),
    values: Float64Array.from(stars.flatMap((n) => candidates[n]!.labels)),
    waveAngstrom: wave,
    flux: rowsOf(flux, stars, nPixels),
    ivar: rowsOf(ivar, stars, nPixels),
  };
  const groups = stars.map((n) => String(candidates[n]!.row));
  const nFolds = Math.min(folds, new Set(groups).size);
  const foldOf = assignFolds(groups, nFolds, config.crossValidation.seed);
  const progress = throttledProgress(context, `Fitting windows of ${name}`, nFolds);
  for (let fold = 0; fold < nFolds; fold++) {
    const starMask = Uint8Array.from(foldOf, (own) => (own === fold ? 0 : 1));
    const model = await trainModel(set, { name, maxModes: 0, starMask, signal: context.signal, workers: pool });
    stars.forEach((n, i) => {
      if (foldOf[i] === fold) squareResiduals(model, set, i, squares.subarray(n * nPixels, (n + 1) * nPixels));
    });
    progress(fold + 1);
  }
}

function rowsOf(matrix: Float64Array, rows: readonly number[], nPixels: number): Float64Array {
  const chosen = sharedArray(rows.length * nPixels);
  rows.forEach((row, i) => chosen.set(matrix.subarray(row * nPixels, (row + 1) * nPixels), i * nPixels));
  return chosen;
}

function squareResiduals(model: Model, { values, flux, ivar }: TrainingSet, star: number, out: Float64Array): void {
  const { labels, terms, theta, scatter } = model;
  const standard = labels.map(({ pivot, scale }, i) => (values[star * labels.length + i]! - pivot) / scale);
  const eta = new Float64Array(terms.length);
  vectorize(Float64Array.from(standard), terms, eta);
  for (let p = 0; p < out.length; p++) {
    const at = star * out.length + p;
    const variance = 1 / ivar[at]! + scatter[p]! ** 2;
    if (!(ivar[at]! > 0) || !(variance < Infinity)) continue;
    let expected = 0;
    for (let t = 0; t < eta.length; t++) expected += theta[p * eta.length + t]! * eta[t]!;
    out[p] = (flux[at]! - expected) ** 2 / variance;
  }
}

/** The mean over the pixels that a star has; NaN where it has none. */
function meanSquares(squares: Float64Array, pixels: readonly number[], nStars: number, nPixels: number): Float64Array {
  return Float64Array.from({ length: nStars }, (_, n) => {
    const known = pixels.map((p) => squares[n * nPixels + p]!).filter(Number.isFinite);
    return known.length === 0 ? NaN : known.reduce((sum, x) => sum + x, 0) / known.length;
  });
}

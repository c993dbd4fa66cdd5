/** A star's fit for people to look at: the engine behind the inspector. */
import { resolve } from 'node:path';
import { type InferOptions, inferStar, type LabelFit } from '../cannon/infer';
import { diagnosedElements } from '../cannon/diagnosedLines';
import { predictFlux, type Model } from '../cannon/model';
import { predictAtVelocity } from '../cannon/velocity';
import { readModel } from '../cannon/modelFile';
import { readValidation } from '../cannon/validationFile';
import type { StarFit } from '../cannon/starFit';
import type { Config } from '../config/config';
import { UserError } from '../problems';
import { labelInRow } from '../reference/derivedLabels';
import { matchReference, type Matchable } from '../reference/match';
import { readTable, type Table } from '../reference/table';
import { pixelsIn } from '../spectra/elementWindows';
import { Normalizer } from '../spectra/normalize';
import { readSpectrum } from '../spectra/read';
import { titleOf } from '../spectra/title';
import type { NormalizedSpectrum, Spectrum } from '../spectra/spectrum';
import { indexOfBest } from './labelChunk';
import { optionsOf, recipeOf } from './recipe';
import { newestModels } from './runFolder';
import { newestValidations } from './validations';

/** How files are read that many stars have in common; a caller that asks often gives one that remembers. */
export interface InspectReaders {
  readonly model: (path: string) => Promise<Model>;
  readonly table: (path: string) => Promise<Table>;
}

const plainInspectReaders: InspectReaders = { model: readModel, table: readTable };

/**
 * Fit the spectrum at `path` with the given model, or with whichever of the newest trained models fits it best.
 * @throws UserError CAN340 when there is no trained model, and what reading and fitting throw.
 */
export async function inspectStar(
  config: Config,
  path: string,
  modelPath?: string,
  readers = plainInspectReaders,
): Promise<StarFit> {
  const fitted = await fitStar(config, path, modelPath, {}, readers);
  const names = fitted.model.labels.map(({ name }) => name);
  const reference = await referenceLabels(config, fitted.spectrum, names, readers.table).catch(() => null);
  return assemble(config, fitted, reference);
}

/** Draws from the posterior of a star's labels. */
export interface PosteriorDraws {
  /** nDraws × nLabels, row-major, in the order and units of the model's labels. */
  readonly labels: Float64Array;
  readonly acceptance: number;
  readonly effectiveSize: number;
}

/**
 * The posterior of the star at `path` under one model, from the exact polynomial of its χ².
 * @throws UserError CAN342 when it cannot be drawn from, and what `inspectStar` throws.
 */
export async function starPosterior(
  config: Config,
  path: string,
  modelPath: string,
  readers = plainInspectReaders,
  count = 2000,
): Promise<PosteriorDraws> {
  const fixed = { ...config, inference: { ...config.inference, velocity: 0 } };
  const samples = { count, seeds: [config.crossValidation.seed] };
  const { fit } = await fitStar(fixed, path, modelPath, { samples }, readers);
  if (fit.posterior === null) {
    throw new UserError('The posterior of this star cannot be drawn from: χ² has no proper minimum', '', 'CAN342');
  }
  const { acceptance, effectiveSize } = fit.posterior;
  return { labels: fit.posterior.samples, acceptance, effectiveSize };
}

/** The scatter of a model's labels in its survey's newest cross-validation of the same training; null where there is none. */
export async function modelScatter(config: Config, modelPath: string): Promise<(number | null)[]> {
  const model = await readModel(modelPath);
  const [path] = await newestValidations(config.path, [modelPath]);
  const validation = path === undefined ? null : await readValidation(path);
  return model.labels.map(({ name }) => {
    const scatter = validation?.labels.find(({ label }) => label === name)?.scatter;
    return scatter !== undefined && Number.isFinite(scatter) ? scatter : null;
  });
}

interface FittedStar {
  readonly spectrum: Spectrum;
  readonly normalized: NormalizedSpectrum;
  readonly model: Model;
  readonly path: string;
  readonly fit: LabelFit;
}

async function fitStar(
  config: Config,
  path: string,
  modelPath: string | undefined,
  more: Pick<InferOptions, 'samples'>,
  readers: InspectReaders,
): Promise<FittedStar> {
  const modelPaths = modelPath === undefined ? await newestModels(config.path) : [modelPath];
  if (modelPaths.length === 0) {
    throw new UserError(
      'No model has been trained for this survey yet',
      'Run “Cannon: Train”, or `cannon train`.',
      'CAN340',
    );
  }
  const models = await Promise.all(modelPaths.map(readers.model));
  const spectrum = await readSpectrum(resolve(config.folder, path), recipeOf(models[0]!).survey);
  const normalized = normalizerOf(models[0]!).normalize(spectrum);
  const fits = models.map((model) =>
    inferStar(model, normalized.flux, normalized.ivar, { ...optionsOf(config, model), diagnostics: true, ...more }),
  );
  const best = indexOfBest(fits);
  const fit = fits[best]!;
  if (fit.problem !== null) throw new UserError(fit.problem, 'Choose another star.', 'CAN341');
  return { spectrum, normalized, model: models[best]!, path: modelPaths[best]!, fit };
}

/** Its tables cost more than a star does; kept as long as the model is. */
const normalizers = new WeakMap<Model, Normalizer>();

function normalizerOf(model: Model): Normalizer {
  const { grid, continuum } = recipeOf(model);
  const normalizer = normalizers.get(model) ?? new Normalizer(grid, continuum);
  normalizers.set(model, normalizer);
  return normalizer;
}

function assemble(
  { windows }: Config,
  { spectrum, normalized: { flux, ivar }, model, path: modelPath, fit }: FittedStar,
  reference: readonly (number | null)[] | null,
): StarFit {
  const predicted =
    fit.velocity === null ? predictFlux(model, fit.labels) : predictAtVelocity(model, fit.labels, fit.velocity.kms);
  const used = ivar.map((weight, p) => (weight > 0 && Number.isFinite(model.scatter[p]!) ? 1 : 0));
  const error = Float32Array.from(ivar, (weight) => (weight > 0 ? 1 / Math.sqrt(weight) : NaN));
  const sigma = (p: number) => Math.sqrt(1 / ivar[p]! + model.scatter[p]! ** 2);
  return {
    star: spectrum.star,
    path: spectrum.path,
    title: titleOf(spectrum),
    model: { name: model.name, path: modelPath },
    waveAngstrom: model.waveAngstrom,
    flux: Float32Array.from(flux),
    error,
    masked: Uint8Array.from(used, (isUsed) => 1 - isUsed),
    modelFlux: Float32Array.from(predicted),
    scatter: Float32Array.from(model.scatter),
    residualSigma: Float32Array.from(flux, (value, p) => (used[p] === 1 ? (value - predicted[p]!) / sigma(p) : NaN)),
    labels: model.labels.map(({ name, unit }, i) => ({
      name,
      unit,
      value: fit.labels[i]!,
      error: fit.errors[i]!,
      ...(fit.thetaErrors !== null && { thetaError: fit.thetaErrors[i]! }),
      reference: reference?.[i] ?? null,
      extrapolated: fit.extrapolated[i]!,
    })),
    covariance: fit.covariance,
    rivals: fit.rivals.map(({ labels, deltaChi2 }) => ({ labels: [...labels], deltaChi2 })),
    redshift: spectrum.redshift ?? 0,
    windows: windows.filter((named) => pixelsIn(model.waveAngstrom, named.windows).length > 0),
    diagnostics: fit.diagnostics,
    lines: linesOf(model, flux, ivar, windows),
    chi2: fit.chi2,
    nPixels: fit.nPixels,
    converged: fit.converged,
    flags: flagsOf(model, fit),
  };
}

/** Each window of each element by itself, as if it were an element of its own. */
function linesOf(
  model: Model,
  flux: Float64Array,
  ivar: Float64Array,
  windows: Config['windows'],
): NonNullable<StarFit['lines']> {
  const elements = diagnosedElements(windows).filter(({ name }) => name !== 's');
  const single = elements.flatMap(({ name, windows: own }) =>
    own.map((window, k) => ({ name: `${name} ${k}`, windows: [window] })),
  );
  const pulls = inferStar(model, flux, ivar, { diagnostics: true, windows: single }).diagnostics?.pulls ?? [];
  let from = 0;
  return elements.map(({ name, windows: own }) => ({ element: name, pulls: pulls.slice(from, (from += own.length)) }));
}

function flagsOf(model: Model, fit: LabelFit): string[] {
  const outside = model.labels.filter((_, i) => fit.extrapolated[i]).map((label) => label.name);
  const unconverged = model.converged.reduce((count, flag) => count + (flag === 0 ? 1 : 0), 0);
  const [rival] = fit.rivals;
  const atBound = [
    ...model.labels.filter((_, i) => fit.atBound[i]).map((label) => label.name),
    ...(fit.velocity?.atBound === true ? ['the velocity'] : []),
  ];
  const { velocity } = fit;
  return [
    ...(fit.converged ? [] : ['The fit did not converge.']),
    ...(velocity
      ? [`Fitted along: a velocity of ${velocity.kms.toFixed(2)} ± ${velocity.error.toFixed(2)} km/s.`]
      : []),
    ...(outside.length > 0 ? [`Outside the range of the training set: ${outside.join(', ')}.`] : []),
    ...(atBound.length > 0 ? [`At the end of what is searched: ${atBound.join(', ')}.`] : []),
    ...(rival ? [rivalSentence(model, rival, fit.rivals.length)] : []),
    ...(unconverged > 0 ? [`The model is not converged in ${unconverged} of ${model.converged.length} pixels.`] : []),
  ];
}

/** The best of the other minima, in the labels' units. */
function rivalSentence({ labels }: Model, rival: LabelFit['rivals'][number], count: number): string {
  const at = labels.map(({ name, unit, scale }, i) => {
    const digits = Math.max(0, 2 - Math.floor(Math.log10(scale)));
    return `${name} ${rival.labels[i]!.toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`;
  });
  const which = count === 1 ? 'another local minimum' : `${count} other local minima, the best`;
  return `χ² has ${which} at ${at.join(', ')}, Δχ² ${rival.deltaChi2.toFixed(1)}.`;
}

/**
 * The labels of a star in the reference table, in the order of `names`; null where the star has no row.
 * @param load how to read the table; a caller that asks often gives one that remembers.
 */
export async function referenceLabels(
  config: Config,
  spectrum: Matchable,
  names: readonly string[],
  load: (path: string) => Promise<Table> = readTable,
): Promise<(number | null)[] | null> {
  if (config.reference === null) return null;
  const table = await load(resolve(config.folder, config.reference.file));
  const row = matchReference(config.reference.match, table, [spectrum]).rowOfSpectrum[0]!;
  if (row < 0) return null;
  return names.map((name) => labelInRow(config.labels, table, name, row));
}

/**
 * `cannon inspect`: a star's fit for a terminal or a program, the same that the inspector draws. The star is named by a file, or by
 * what the headers of the survey's spectra call it; one with several observations has a fit of each.
 */
import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { catalogWriter } from '../catalog/assemble';
import type { CatalogColumn } from '../catalog/catalog';
import type { FitInBrief, StarFit } from '../cannon/starFit';
import type { Config } from '../config/config';
import { UserError } from '../problems';
import { pixelsIn } from '../spectra/elementWindows';
import type { SpectrumIdentity } from '../spectra/spectrum';
import type { FinishedEvent, JobContext } from './events';
import { inspectStar } from './inspect';
import type { TaskPool } from './pool';
import { identifySpectra, inMemory, matchedSpectra } from './surveySpectra';

export interface InspectArguments {
  /** A file, or the id of an observation, or a designation. */
  readonly star: string;
  /** model.fits; without it whichever of the survey's newest models fits best. */
  readonly model?: string;
  /** A table of the pixels, in the format that its name ends with. */
  readonly out?: string;
}

/**
 * @throws UserError CAN351 when the survey has no such star, CAN405 for a table of another format or of several spectra, and what
 *   `inspectStar` throws where none of the star's spectra can be fitted.
 */
export async function inspectNamed(
  config: Config,
  { star, model, out }: InspectArguments,
  pool: TaskPool,
  context: JobContext,
): Promise<FinishedEvent> {
  const write = out === undefined ? null : catalogWriter(resolve(out), { name: 'PIXELS', signal: context.signal });
  const paths = isFile(star) ? [resolve(star)] : await spectraOf(star, config, pool, context);
  const modelPath = model === undefined ? undefined : resolve(model);
  if (write !== null && paths.length > 1) throw tooManySpectra(star, paths);
  const fits: StarFit[] = [];
  let failure: unknown = null;
  for (const path of paths) {
    context.signal.throwIfAborted();
    try {
      fits.push(await inspectStar(config, path, modelPath));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failure ??= error;
      context.report({
        kind: 'warning',
        code: error.code,
        message: `${basename(path)}: ${error.message}`,
        hint: error.hint,
      });
    }
  }
  if (fits.length === 0) throw failure;
  await write?.(() => [pixelsOf(fits[0]!)]);
  return {
    ...{ kind: 'finished', command: 'inspect', fits: fits.map(inBrief) },
    ...(out !== undefined && { out: resolve(out) }),
  };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** All observations of a star, in the order of their paths. */
async function spectraOf(star: string, config: Config, pool: TaskPool, context: JobContext): Promise<string[]> {
  const paths = await matchedSpectra(config, context);
  const named = paths.filter((path) => path === star || basename(path) === star);
  if (named.length > 0) return named.map((path) => resolve(config.folder, path));
  const found = new Set<number>();
  const isMeant = ({ star: id, obsid, designation }: SpectrumIdentity): boolean =>
    [id, obsid, designation].includes(star);
  await identifySpectra(config, pool, context, 'inspect', inMemory(paths), {
    onValue: (identity, idx) => void (isMeant(identity) && found.add(idx)),
    onProblem: ({ identity }, idx) => void (identity !== null && isMeant(identity) && found.add(idx)),
  });
  if (found.size === 0) {
    throw new UserError(
      `None of the survey’s ${paths.length} spectra is called “${star}”`,
      'Give a file, the OBSID of an observation or a designation, as the headers have them.',
      'CAN351',
    );
  }
  return paths.flatMap((path, idx) => (found.has(idx) ? [resolve(config.folder, path)] : []));
}

function tooManySpectra(star: string, paths: readonly string[]): UserError {
  const names = paths.map((path) => basename(path)).join(', ');
  return new UserError(
    `“${star}” has ${paths.length} spectra, and --out is a table of the pixels of one`,
    `Give one of its files in the place of the star: ${names}.`,
    'CAN405',
  );
}

function inBrief({ windows, waveAngstrom, residualSigma, ...fit }: StarFit): FitInBrief {
  const { star, path, title, model, labels, chi2, nPixels, redshift, flags } = fit;
  const ofWindows = windows.map(({ name, windows: own }) => {
    const sigmas = pixelsIn(waveAngstrom, own).flatMap((p) =>
      Number.isNaN(residualSigma[p]!) ? [] : residualSigma[p]!,
    );
    return { name, chi2: sigmas.reduce((sum, sigma) => sum + sigma ** 2, 0), nPixels: sigmas.length };
  });
  return { star, path, title, model, labels, chi2, nPixels, redshift, windows: ofWindows, flags };
}

/** The columns that the inspector exports. Those of the fit in single precision have as many digits in CSV. */
const pixelColumns = [
  ['wavelength_vacuum_rest', 'waveAngstrom', 'Angstrom', 'em.wl', 'Wavelength in vacuum, in the rest frame'],
  ['flux_normalized', 'flux', '', 'phot.flux.density;arith.ratio', 'Flux over its pseudo-continuum'],
  ['e_flux_normalized', 'error', '', 'stat.error', 'Standard error of the flux'],
  ['model', 'modelFlux', '', 'stat.fit', 'The model at the labels of the fit'],
  ['scatter', 'scatter', '', 'stat.stdev', 'Scatter of the model'],
  ['residual', 'residualSigma', '', 'stat.fit.residual', 'Flux less model, over error and scatter together'],
  ['masked', 'masked', '', 'meta.code.qual', '1 where a pixel has no say in the fit'],
] as const;

function pixelsOf(fit: StarFit): CatalogColumn[] {
  return pixelColumns.map(([name, key, unit, ucd, description]) => {
    const values = fit[key] instanceof Uint8Array ? Int32Array.from(fit[key]) : Float64Array.from(fit[key]);
    return { name, unit, ucd, values, description, digits: fit[key] instanceof Float32Array ? 7 : 10 };
  });
}

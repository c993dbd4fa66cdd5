/**
 * What there is to know of a star beyond its row in a catalog, for the reasons in words (`engine/catalog/reasons.ts`): the residual of
 * each of its lines, and whether the model describes the training stars nearest to it. Every star is read and fitted: about 20 ms each.
 */
import type { ReasonContext } from '../catalog/reasons';
import { residualFlags, type ResidualThresholds } from '../catalog/residualFlags';
import { waveOfEmissionLine } from '../cannon/diagnosedLines';
import type { StarFit } from '../cannon/starFit';
import type { Config } from '../config/config';
import { UserError } from '../problems';
import { inspectStar, type InspectReaders } from './inspect';

/**
 * @param path of the star's spectrum; null where it is not known
 * @param nearest paths of training stars; those that cannot be fitted do not count
 */
export async function reasonContext(
  config: Config,
  path: string | null,
  nearest: readonly string[],
  readers: InspectReaders,
  signal: AbortSignal,
): Promise<ReasonContext> {
  const own = path === null ? null : await fitOf(config, path, readers);
  const fits: StarFit[] = [];
  for (const near of nearest) {
    signal.throwIfAborted();
    const fit = await fitOf(config, near, readers);
    if (fit !== null) fits.push(fit);
  }
  const fitting = fits.filter((fit) => isDescribed(fit, config.flags)).length;
  return {
    thresholds: config.flags,
    ...(own?.lines && { lines: own.lines }),
    nearest: fits.length === 0 ? null : { count: fits.length, fitting },
  };
}

async function fitOf(config: Config, path: string, readers: InspectReaders): Promise<StarFit | null> {
  try {
    return await inspectStar(config, path, undefined, readers);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** Whether the fit converged and leaves nothing behind that would be flagged. */
function isDescribed({ converged, diagnostics }: StarFit, thresholds: ResidualThresholds): boolean {
  if (!converged || !diagnostics) return converged;
  const found = residualFlags(diagnostics, thresholds, waveOfEmissionLine);
  const { badStretch, binary, velocity, emission, elements } = found;
  return !badStretch && !binary && !velocity && !emission && elements.length === 0;
}

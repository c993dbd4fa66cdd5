/**
 * From the numbers of a star to its flags (`flagBits.ts`): one pure function of an observation, one of the observations of a star.
 *
 * A number that is not known (NaN) sets no bit. The bits of a star are those of its observations together, since each has its
 * share in the average; but labels, errors and S/N are judged as they are averaged, and a star has no labels when none of its
 * observations has.
 */
import type { FlagThresholds } from '../config/config';
import { waveOfEmissionLine } from '../cannon/diagnosedLines';
import { type FlagName, maskOf } from './flagBits';
import { residualFlags, type ResidualRow } from './residualFlags';

/** From where on stars of one model are flagged; one a label or element of the catalog, NaN where there is no limit. */
export interface ModelLimits {
  /** χ² a pixel. */
  readonly chi2: number;
  readonly windowChi2: Float64Array;
  /** Labels below or above are not believed. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** What flags come from; NaN where it is not known. */
export interface FlagRow extends ResidualRow {
  /** One a label of the catalog; NaN for those that the star's model does not have. */
  readonly labels: ArrayLike<number>;
  readonly errors: ArrayLike<number>;
  readonly snr: number;
  /** χ² a pixel, of all and of each element's windows. */
  readonly chi2: number;
  readonly windowChi2: ArrayLike<number>;
  /** False where the search did not converge. */
  readonly converged: boolean;
  readonly isAtBound: boolean;
  readonly rivalDeltaChi2: number;
  readonly badFraction: number;
}

export interface StarFlags {
  readonly flags: number;
  /** Indices of labels and elements. */
  readonly extrapolating: readonly number[];
  readonly highWindows: readonly number[];
  readonly largeErrors: readonly number[];
}

/** The flags of one observation. @param limits those of its model; null where that is not known. */
export function flagsOfStar(row: FlagRow, thresholds: FlagThresholds, limits: ModelLimits | null): StarFlags {
  const isLowSnr = row.snr < thresholds.snr;
  const hasBadPixels = row.badFraction > thresholds.badPixels;
  if (!hasLabels(row.labels)) {
    const flags = maskWhere({ no_labels: true, low_snr: isLowSnr, bad_pixels: hasBadPixels });
    return { flags, extrapolating: [], highWindows: [], largeErrors: [] };
  }
  const judged = judgeLabels(row.labels, row.errors, thresholds, limits);
  const found = residualFlags(row, thresholds, waveOfEmissionLine);
  const striking = new Set(found.elements);
  const highWindows = indicesWhere(
    row.windowChi2,
    (chi2, k) => chi2 > (limits?.windowChi2[k] ?? NaN) || striking.has(k),
  );
  const flags = maskWhere({
    extrapolating: judged.extrapolating.length > 0,
    chi2: row.chi2 > (limits?.chi2 ?? NaN),
    window_chi2: highWindows.length > 0,
    rival: row.rivalDeltaChi2 < thresholds.rival,
    not_converged: !row.converged,
    large_error: judged.largeErrors.length > 0,
    low_snr: isLowSnr,
    bad_pixels: hasBadPixels || found.badStretch,
    binary: found.binary,
    emission: found.emission,
    rv_residual: found.velocity,
    at_bound: row.isAtBound,
    any_observation_extrapolates: judged.extrapolating.length > 0,
  });
  return { flags, ...judged, highWindows };
}

/** What is judged of the average, in place of what its observations say. */
const ofAverage = maskOf(['extrapolating', 'large_error', 'low_snr', 'no_labels']);

export interface AveragedRow extends Pick<FlagRow, 'labels' | 'errors' | 'snr'> {
  /** The largest difference between two observations in a label, in units of its error; NaN of a single one. */
  readonly disagreement: number;
  /** Whether the observations with labels have them from one model. */
  readonly isOfOneModel: boolean;
}

/** The flags of a star with several observations. Those without labels count only where none has any. */
export function flagsOfAverage(
  row: AveragedRow,
  observations: readonly StarFlags[],
  thresholds: FlagThresholds,
  limits: ModelLimits | null,
): StarFlags {
  const noLabels = maskOf(['no_labels']);
  const labelled = observations.filter(({ flags }) => (flags & noLabels) === 0);
  const counted = labelled.length > 0 ? labelled : observations;
  const judged = judgeLabels(row.labels, row.errors, thresholds, limits);
  const together = counted.reduce((all, { flags }) => all | flags, 0);
  const flags =
    (together & ~ofAverage) |
    maskWhere({
      extrapolating: judged.extrapolating.length > 0,
      large_error: judged.largeErrors.length > 0,
      low_snr: row.snr < thresholds.snr,
      no_labels: labelled.length === 0,
      observations_disagree: row.disagreement > thresholds.disagreement || !row.isOfOneModel,
    });
  const union = (lists: readonly (readonly number[])[]) => [...new Set(lists.flat())].sort((a, b) => a - b);
  return {
    flags,
    extrapolating: union([judged.extrapolating, ...counted.map((star) => star.extrapolating)]),
    highWindows: union(counted.map((star) => star.highWindows)),
    largeErrors: judged.largeErrors,
  };
}

function judgeLabels(
  labels: ArrayLike<number>,
  errors: ArrayLike<number>,
  { largeError }: FlagThresholds,
  limits: ModelLimits | null,
): Pick<StarFlags, 'extrapolating' | 'largeErrors'> {
  if (limits === null) return { extrapolating: [], largeErrors: [] };
  const { lower, upper } = limits;
  return {
    extrapolating: indicesWhere(labels, (value, i) => value < lower[i]! || value > upper[i]!),
    largeErrors: indicesWhere(errors, (error, i) => error > largeError * (upper[i]! - lower[i]!)),
  };
}

function hasLabels(labels: ArrayLike<number>): boolean {
  for (let i = 0; i < labels.length; i++) if (Number.isFinite(labels[i])) return true;
  return false;
}

function indicesWhere(values: ArrayLike<number>, is: (value: number, index: number) => boolean): number[] {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) if (is(values[i]!, i)) found.push(i);
  return found;
}

function maskWhere(is: Partial<Record<FlagName, boolean>>): number {
  const names: FlagName[] = [];
  for (const name in is) if (is[name as FlagName] === true) names.push(name as FlagName);
  return maskOf(names);
}

/**
 * From where on stars of a model are flagged, by what its own cross-validation says of stars that it had not seen.
 *
 * Bounds of labels are those of the 90 % rule (`cannon/extrapolation.ts`), or the range of the training stars where that rule
 * says nothing. The limit of χ² a pixel is a percentile over the held-out stars. That of an element's windows is so high that all
 * elements together flag as many of them: 1 − (1 − p) / n of n elements. Without held-out stars the same percentiles are those of the
 * table whose catalog is made (`usualChi2.ts`), and of a table with few stars limits are fixed figures.
 */
import type { Model } from '../cannon/model';
import type { HeldOutChi2, ValidationSummary } from '../cannon/validationFile';
import type { FlagThresholds } from '../config/config';
import type { CatalogShape } from './schema';
import type { ModelLimits } from './starFlags';
import type { UsualChi2 } from './usualChi2';

/** χ² a pixel, where neither a cross-validation nor the table tells. They are in docs/catalog.md and in the schema of the config. */
export const fixedChi2 = 2;
export const fixedWindowChi2 = 4;
/** Fewer stars have no such percentile. */
export const leastStars = 40;

export interface LimitsOf {
  readonly model: Pick<Model, 'name' | 'labels'> | null;
  readonly validation: (ValidationSummary & HeldOutChi2) | null;
  /** Of the rows of the table that the model labelled. */
  readonly usual?: UsualChi2 | null;
}

/** Parts of the stars below the limits of χ²: of all pixels, and of the windows of one of `nElements`. */
export function partsBelow(percentile: number, nElements: number): { part: number; partOfWindow: number } {
  const part = percentile / 100;
  return { part, partOfWindow: 1 - (1 - part) / Math.max(1, nElements) };
}

/** Whether the cross-validation leaves open what is usual in χ² or in the windows of one of these elements. */
export function leavesOpen(validation: LimitsOf['validation'], elements: readonly string[]): boolean {
  const isKnown = (values: Float64Array | undefined) => percentileOf(values, 0.5) !== null;
  return !isKnown(validation?.chi2PerPixel) || elements.some((name) => !isKnown(validation?.windows.get(name)));
}

export function limitsOf(
  { model, validation, usual = null }: LimitsOf,
  { labels, elements }: Pick<CatalogShape, 'labels' | 'elements'>,
  { percentile, chi2, windowChi2 }: FlagThresholds,
): ModelLimits {
  const bound = (side: 'lower' | 'upper') =>
    Float64Array.from(labels, ({ name }) => {
      const tested = validation?.labels.find(({ label }) => label === name)?.[side];
      const trained = model?.labels.find((label) => label.name === name)?.[side === 'lower' ? 'min' : 'max'];
      return tested ?? trained ?? NaN;
    });
  const { part, partOfWindow } = partsBelow(percentile, validation?.windows.size ?? 1);
  return {
    chi2: chi2 ?? percentileOf(validation?.chi2PerPixel, part) ?? usual?.chi2 ?? fixedChi2,
    windowChi2: Float64Array.from(
      elements,
      (element) =>
        windowChi2 ??
        percentileOf(validation?.windows.get(element), partOfWindow) ??
        usual?.windows.get(element) ??
        fixedWindowChi2,
    ),
    lower: bound('lower'),
    upper: bound('upper'),
  };
}

/** Interpolated; null of too few values. */
function percentileOf(values: Float64Array | undefined, part: number): number | null {
  const known = (values ?? new Float64Array()).filter(Number.isFinite).sort();
  if (known.length < leastStars) return null;
  const at = part * (known.length - 1);
  const below = known[Math.floor(at)]!;
  return below + (known[Math.ceil(at)]! - below) * (at - Math.floor(at));
}

/** A star's fit as lines for a terminal. Pure. */
import { basename } from 'node:path';
import { noNumber, realMinus, roundLike, roundTo, roundToError } from '../catalog/rounding';
import type { FitInBrief, FittedLabel } from '../cannon/starFit';
import type { FinishedEvent } from './events';

/** Windows in one line of the list. */
const perLine = 6;

export function inspectLines({ fits, out }: FinishedEvent & { command: 'inspect' }): string[] {
  const lines = fits.flatMap((fit, n) => [...(n === 0 ? [] : ['']), ...fitLines(fit)]);
  return out === undefined ? lines : [...lines, `Pixels: ${out}`];
}

function fitLines({ title, path, model, chi2, nPixels, redshift, labels, windows, flags }: FitInBrief): string[] {
  const perPixel = nPixels > 0 ? `, ${(chi2 / nPixels).toFixed(2)} a pixel` : '';
  return [
    `${title} · ${basename(path)}`,
    `  ${model.name}, z = ${roundTo(redshift, 3)}, χ² ${chi2.toFixed(0)} of ${nPixels} pixels${perPixel}`,
    ...inColumns([['label', 'fit', 'error', 'of θ', 'reference', 'difference ÷ error'], ...labels.map(labelRow)]),
    ...windowLines(windows),
    ...flags.map((flag) => `  ${flag}`),
  ];
}

function labelRow({ name, unit, value, error, thetaError = NaN, reference }: FittedLabel): string[] {
  const text = roundToError(value, error);
  const pull = reference === null || !(error > 0) ? NaN : (value - reference) / error;
  return [
    unit === '' ? name : `${name} (${unit})`,
    text.value,
    text.error,
    roundLike(thetaError, error),
    reference === null ? noNumber : roundLike(reference, error),
    Number.isFinite(pull) ? realMinus(pull.toFixed(1)) : noNumber,
  ];
}

/** χ² a pixel of each element, where it has pixels. */
function windowLines(windows: FitInBrief['windows']): string[] {
  const cells = windows
    .filter(({ nPixels }) => nPixels > 0)
    .map(({ name, chi2, nPixels }) => `${name} ${(chi2 / nPixels).toFixed(2)} (${nPixels})`);
  const lines: string[] = [];
  for (let from = 0; from < cells.length; from += perLine)
    lines.push(`${from === 0 ? '  χ² a pixel (pixels): ' : '    '}${cells.slice(from, from + perLine).join(', ')}`);
  return lines;
}

/** The first column to the left, the others to the right. */
function inColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, k) => Math.max(...rows.map((row) => row[k]!.length)));
  return rows.map(
    (row) => `  ${row.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]! + 2))).join('')}`,
  );
}

/** The numbers of a star by which points can be coloured, or residuals shown. Pure. */
import type { ValidatedLabel, ValidationDetail } from '../../engine/index';
import type { Range } from '../chart/ticks';
import { labelWithUnit, labelWord } from '../words';
import { finite, pulls, quantileOf, residuals } from './statistics';

export interface StarColumn {
  readonly key: string;
  /** With its unit. */
  readonly title: string;
  readonly values: ArrayLike<number>;
  /** What 0 and 1 mean; null for numbers. */
  readonly flag: readonly [no: string, yes: string] | null;
  /** As numpy sees it, over the columns of the table CV; `label` is the name of the label. */
  readonly python: string;
}

/** Of the label that is shown, and of the stars. */
export function columnsOf(run: ValidationDetail, label: ValidatedLabel): StarColumn[] {
  const word = labelWord(label.label);
  const withUnit = labelWithUnit({ name: label.label, unit: label.unit });
  const number = (key: string, title: string, values: ArrayLike<number>, python: string): StarColumn => ({
    ...{ key, title, values, python },
    flag: null,
  });
  const perPixel = run.chi2.map((chi2, n) => chi2 / run.nPixels[n]!);
  return [
    number('snr', 'S/N a pixel', run.snr, 'cv["snr"]'),
    number('chi2', 'χ² a pixel', perPixel, 'cv["chi2"] / cv["n_pixels"]'),
    ...run.labels.map(({ label: name, unit, truth }) =>
      number(`true_${name}`, `true ${labelWithUnit({ name, unit })}`, truth, `cv["true_${name}"]`),
    ),
    number('inferred', `inferred ${withUnit}`, label.inferred, 'cv[label]'),
    number('error', `error of ${withUnit}`, label.error, 'cv[f"e_{label}"]'),
    number('residual', `Δ ${withUnit}`, residuals(label), 'cv[label] - cv[f"true_{label}"]'),
    number('pull', `Δ/σ of ${word}`, pulls(label), '(cv[label] - cv[f"true_{label}"]) / cv[f"e_{label}"]'),
    ...(run.folds === 'leave-one-out' ? [] : [number('fold', 'fold', run.fold, 'cv["fold"]')]),
    number('pixels', 'usable pixels', run.nPixels, 'cv["n_pixels"]'),
    number('ra', 'right ascension (deg)', run.raDeg, 'cv["ra"]'),
    number('dec', 'declination (deg)', run.decDeg, 'cv["dec"]'),
    {
      ...number('extrapolated', `${word} beyond the training stars`, label.extrapolated, extrapolatedInPython),
      flag: ['within', 'beyond the training stars'],
    },
    {
      ...number('converged', 'fit converged', run.converged, 'cv["converged"].astype(int)'),
      flag: ['not converged', 'converged'],
    },
  ];
}

const extrapolatedInPython = 'np.array([label in str(names).split() for names in cv["extrapolated"]], dtype=int)';

/** From the 2 % to the 98 % quantile: outliers must not take the colours of the others. */
export function colourRange(values: ArrayLike<number>): Range {
  const sorted = finite(values);
  if (sorted.length === 0) return { from: 0, to: 1 };
  const [from, to] = [quantileOf(sorted, 0.02), quantileOf(sorted, 0.98)];
  return to > from ? { from, to } : { from: from - 0.5, to: from + 0.5 };
}

export function columnOf(columns: readonly StarColumn[], key: string | null): StarColumn | null {
  return columns.find((column) => column.key === key) ?? null;
}

/** What residuals are shown against unless somebody chose: the true Teff, else the S/N. */
export function againstOf(columns: readonly StarColumn[], key: string | null): StarColumn {
  const chosen = columnOf(columns, key) ?? columnOf(columns, 'true_teff') ?? columnOf(columns, 'snr');
  return chosen ?? columns[0]!;
}

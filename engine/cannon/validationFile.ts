/**
 * `cv.fits`: a cross-validation star by star and label by label, as a file that astropy and TOPCAT open.
 *
 * Primary header: FORMAT, FORMATV, MODEL, METHOD (folds or leave-one-out), FOLDS, and the provenance. Tables:
 *   CV      a row a spectrum: spectrum, obsid, designation, ra, dec, fold (from 0), star (spectra of one star share it), snr; of each
 *           label true_<label> (reference), <label> (inferred while held out), e_<label> (formal error); chi2, n_pixels,
 *           chi2_<window> and n_pixels_<window> where the survey names windows, what residuals tell (docs/flags.md), converged,
 *           extrapolated (labels outside the range of the stars that trained the model), problem.
 *   LABELS  a row a label: agreement over all stars, bounds of what is to be believed, relative precision.
 *   BY_SNR  a row a label and part of the stars by S/N.
 *   FOLDS   a row a fold: stars held out and trained on, and bias and rms of each label; not for leave-one-out.
 * Pulls are (<label> − true_<label>) / e_<label>. Numbers that do not exist are NaN.
 */
import { basename } from 'node:path';
import type { AgreementBySnr, LabelAgreement, LabelValidation } from '../jobs/events';
import { readFitsFile } from '../fits/fitsFile';
import { tableFields } from '../fits/fields';
import { readNumbers, readTexts } from '../fits/table';
import { writeFits, type NewColumn, type NewHdu } from '../fits/writer';
import { UserError } from '../problems';
import type { SpectrumIdentity } from '../spectra/spectrum';
import { labelAgreement } from './agreement';
import type { CrossValidation } from './crossValidate';
import { membersOf } from './folds';
import type { TrainingSet } from './train';

const format = 'cannon-validation';
const formatVersion = 1;

/** What `cv.fits` is made of. */
export interface ValidationRun {
  readonly model: string;
  readonly folds: number | 'leave-one-out';
  readonly set: TrainingSet;
  /** Who each spectrum is; null where that is not known. */
  readonly identities: readonly (SpectrumIdentity | null)[];
  /** Spectra with the same number are of one star. */
  readonly groups: ArrayLike<number>;
  readonly result: CrossValidation;
  /** Whose χ² the fits tell apart, in their order. */
  readonly windows?: readonly { readonly name: string }[];
  /** What the residuals tell, a row a star. */
  readonly measured?: readonly NewColumn[];
  /** Header cards. */
  readonly provenance: Readonly<Record<string, string | number>>;
}

/** The bytes of `cv.fits`. */
export function validationBytes(run: ValidationRun): Uint8Array {
  return writeFits(validationUnits(run));
}

/** What `cv.fits` is made of. */
export function validationUnits(run: ValidationRun): NewHdu[] {
  const { model, folds, result, provenance } = run;
  const isLoo = folds === 'leave-one-out';
  const tables: NewHdu[] = [
    {
      kind: 'empty',
      cards: [
        { keyword: 'FORMAT', value: format, comment: 'kind of file' },
        { keyword: 'FORMATV', value: formatVersion, comment: 'version of that kind' },
        { keyword: 'MODEL', value: model, comment: 'name of the model' },
        { keyword: 'METHOD', value: isLoo ? 'leave-one-out' : 'folds', comment: 'how stars were held out' },
        { keyword: 'FOLDS', value: isLoo ? membersOf(result.foldOf).length : folds, comment: 'parts of the stars' },
        ...Object.entries(provenance).map(([keyword, value]) => ({ keyword, value })),
      ],
    },
    { kind: 'table', name: 'CV', columns: starColumns(run) },
    { kind: 'table', name: 'LABELS', columns: labelColumns(result.agreement) },
    { kind: 'table', name: 'BY_SNR', columns: snrColumns(run) },
  ];
  if (!isLoo) tables.push({ kind: 'table', name: 'FOLDS', columns: foldColumns(run) });
  return tables;
}

function identityColumns({ set, identities }: ValidationRun): NewColumn[] {
  const degrees = (of: (identity: SpectrumIdentity) => number | null) =>
    Float64Array.from(identities, (identity) => (identity === null ? null : of(identity)) ?? NaN);
  return [
    { name: 'spectrum', ucd: 'meta.file', comment: 'its file, as cannon.yaml matches it', values: set.stars },
    {
      name: 'obsid',
      ucd: 'meta.id;obs',
      comment: 'id of the observation',
      values: identities.map((identity) => identity?.obsid ?? ''),
    },
    {
      name: 'designation',
      ucd: 'meta.id;meta.main',
      comment: 'name of the star in the survey',
      values: identities.map((identity) => identity?.designation ?? ''),
    },
    { name: 'ra', unit: 'deg', ucd: 'pos.eq.ra', comment: 'ICRS', values: degrees(({ raDeg }) => raDeg) },
    { name: 'dec', unit: 'deg', ucd: 'pos.eq.dec', comment: 'ICRS', values: degrees(({ decDeg }) => decDeg) },
  ];
}

function starColumns(run: ValidationRun): NewColumn[] {
  const { set, groups, windows = [], measured = [] } = run;
  const { foldOf, fits, snr } = run.result;
  const nLabels = set.labels.length;
  return [
    ...identityColumns(run),
    { name: 'fold', comment: 'that held the star out, from 0', values: foldOf },
    { name: 'star', comment: 'spectra of one star share it', values: Int32Array.from(set.stars, (_, n) => groups[n]!) },
    { name: 'snr', comment: 'a pixel, median over the grid', values: snr },
    ...set.labels.flatMap(({ name, unit }, i): NewColumn[] => [
      {
        ...{ name: `true_${name}`, unit, comment: 'reference' },
        values: Float64Array.from(set.stars, (_, n) => set.values[n * nLabels + i]!),
      },
      { name, unit, comment: 'inferred, held out', values: Float64Array.from(fits, (fit) => fit.labels[i]!) },
      { name: `e_${name}`, unit, comment: 'formal error', values: Float64Array.from(fits, (fit) => fit.errors[i]!) },
    ]),
    {
      name: 'chi2',
      ucd: 'stat.fit.chi2',
      comment: 'of the whole spectrum',
      values: Float64Array.from(fits, (fit) => fit.chi2),
    },
    {
      name: 'n_pixels',
      ucd: 'meta.number',
      comment: 'pixels in it',
      values: Int32Array.from(fits, (fit) => fit.nPixels),
    },
    ...windows.flatMap(({ name }, k): NewColumn[] => [
      {
        name: `chi2_${name}`,
        ucd: 'stat.fit.chi2',
        comment: `in the windows of ${name}`,
        values: Float64Array.from(fits, (fit) => fit.windows[k]?.chi2 ?? NaN),
      },
      {
        name: `n_pixels_${name}`,
        comment: 'pixels in it',
        values: Int32Array.from(fits, (fit) => fit.windows[k]?.nPixels ?? 0),
      },
    ]),
    ...measured,
    { name: 'converged', comment: 'the search ended in a minimum', values: fits.map((fit) => fit.converged) },
    {
      name: 'extrapolated',
      comment: 'labels outside the training range',
      values: fits.map(({ extrapolated }) => {
        const outside = set.labels.filter((_, i) => extrapolated[i]);
        return outside.map(({ name }) => name).join(' ');
      }),
    },
    { name: 'problem', comment: 'why there are no labels', values: fits.map((fit) => fit.problem ?? '') },
  ];
}

const agreementKeys = {
  scatter: 'half the 16-84 % width of inferred - true',
  mad: '1.4826 x median distance from the median',
  rms: 'root mean square of inferred - true',
  bias: 'median of inferred - true',
  mean: 'mean of inferred - true',
  correlation: 'Pearson',
  spearman: 'rank correlation',
} as const satisfies Partial<Record<keyof LabelAgreement, string>>;

function agreementColumns(rows: readonly LabelAgreement[]): NewColumn[] {
  return [
    { name: 'stars', comment: 'with both labels', values: Int32Array.from(rows, ({ stars }) => stars) },
    ...Object.entries(agreementKeys).map(([key, comment]) => {
      const values = Float64Array.from(rows, (row) => row[key as keyof typeof agreementKeys]);
      return { name: key, comment, values };
    }),
  ];
}

function labelColumns(labels: readonly LabelValidation[]): NewColumn[] {
  const numbers = (key: 'lower' | 'upper' | 'relativePrecision') =>
    Float64Array.from(labels, (label) => label[key] ?? NaN);
  return [
    { name: 'label', comment: 'its name', values: labels.map(({ label }) => label) },
    { name: 'unit', comment: 'of the numbers in this row', values: labels.map(({ unit }) => unit) },
    ...agreementColumns(labels),
    { name: 'lower', comment: 'least inferred value to believe', values: numbers('lower') },
    { name: 'upper', comment: 'largest inferred value to believe', values: numbers('upper') },
    { name: 'lower_excluded', comment: 'by the 90 % rule', values: labels.map((label) => label.lowerExcluded) },
    { name: 'upper_excluded', comment: 'else the last star', values: labels.map((label) => label.upperExcluded) },
    { name: 'relative_precision', comment: '2 scatter / (upper - lower)', values: numbers('relativePrecision') },
  ];
}

function snrColumns({ result: { agreement, bySnr } }: ValidationRun): NewColumn[] {
  const rows = agreement.flatMap((_, i) => bySnr.map((part) => ({ part, agreement: part.labels[i]! })));
  const edge = (of: (part: AgreementBySnr) => number) => Float64Array.from(rows, ({ part }) => of(part));
  return [
    { name: 'label', comment: 'its name', values: rows.map((row) => row.agreement.label) },
    { name: 'unit', comment: 'of the numbers in this row', values: rows.map((row) => row.agreement.unit) },
    { name: 'snr_from', comment: 'least S/N a pixel of these stars', values: edge(({ from }) => from) },
    { name: 'snr_to', comment: 'their largest', values: edge(({ to }) => to) },
    ...agreementColumns(rows.map((row) => row.agreement)),
  ];
}

function foldColumns({ set, result: { foldOf, fits } }: ValidationRun): NewColumn[] {
  const nFolds = foldOf.reduce((most, fold) => Math.max(most, fold), -1) + 1;
  const rowsOf = Array.from({ length: nFolds }, (_, fold) => [...foldOf.keys()].filter((n) => foldOf[n] === fold));
  const inferred = fits.map((fit) => fit.labels);
  const found = rowsOf.map((rows) => labelAgreement(set, inferred, rows));
  return [
    { name: 'fold', comment: 'from 0', values: Int32Array.from(rowsOf.keys()) },
    { name: 'stars', comment: 'held out', values: Int32Array.from(rowsOf, (rows) => rows.length) },
    {
      name: 'trained',
      comment: 'in the other folds',
      values: Int32Array.from(rowsOf, (rows) => set.stars.length - rows.length),
    },
    ...set.labels.flatMap(({ name, unit }, i): NewColumn[] => [
      {
        name: `bias_${name}`,
        unit,
        comment: agreementKeys.bias,
        values: Float64Array.from(found, (labels) => labels[i]!.bias),
      },
      {
        name: `rms_${name}`,
        unit,
        comment: agreementKeys.rms,
        values: Float64Array.from(found, (labels) => labels[i]!.rms),
      },
    ]),
  ];
}

/** What other jobs take from a `cv.fits`. */
export interface ValidationSummary {
  readonly path: string;
  readonly model: string;
  readonly folds: number | 'leave-one-out';
  readonly labels: readonly LabelValidation[];
  readonly provenance: Readonly<Record<string, string | number>>;
}

/**
 * The labels' part of a `cv.fits`.
 * @throws UserError CAN333 for another kind of file or a damaged one, CAN2xx for what is wrong with it as a FITS file.
 */
export async function readValidation(path: string): Promise<ValidationSummary> {
  const file = await readFitsFile(path);
  const header = file.hdus[0]!.header;
  const table = file.hdus.find(({ name }) => name === 'LABELS');
  const isOurs = header.text('FORMAT') === format && (header.number('FORMATV') ?? Infinity) <= formatVersion;
  if (!isOurs || table === undefined) {
    throw new UserError(
      `${basename(path)} is no cross-validation that this version can read`,
      'Give the cv.fits that `cannon cv` wrote.',
      'CAN333',
    );
  }
  const numbers = (name: string) => readNumbers(table, name);
  const nullable = (x: number) => (Number.isFinite(x) ? x : null);
  const columns = Object.fromEntries(Object.keys(agreementKeys).map((key) => [key, numbers(key)])) as Record<
    keyof typeof agreementKeys,
    Float64Array
  >;
  const [stars, lower, upper, precision] = ['stars', 'lower', 'upper', 'relative_precision'].map(numbers) as [
    ...[Float64Array, Float64Array, Float64Array, Float64Array],
  ];
  const [lowerExcluded, upperExcluded] = ['lower_excluded', 'upper_excluded'].map(numbers) as [
    ...[Float64Array, Float64Array],
  ];
  const units = readTexts(table, 'unit');
  const labels = readTexts(table, 'label').map((label, k): LabelValidation => {
    const { scatter, mad, rms, bias, mean, correlation, spearman } = columns;
    return {
      ...{ label, unit: units[k]!, stars: stars[k]!, scatter: scatter[k]!, mad: mad[k]!, rms: rms[k]! },
      ...{ bias: bias[k]!, mean: mean[k]!, correlation: correlation[k]!, spearman: spearman[k]! },
      ...{ lower: nullable(lower[k]!), upper: nullable(upper[k]!), relativePrecision: nullable(precision[k]!) },
      ...{ lowerExcluded: lowerExcluded[k] === 1, upperExcluded: upperExcluded[k] === 1 },
    };
  });
  const provenance: Record<string, string | number> = {};
  for (const { keyword, value } of header.cards) {
    if (typeof value === 'string' || typeof value === 'number') provenance[keyword] = value;
  }
  const folds = header.text('METHOD') === 'leave-one-out' ? 'leave-one-out' : (header.number('FOLDS') ?? 0);
  return { path, model: header.text('MODEL') ?? '', folds, labels, provenance };
}

/** χ² a pixel of the held-out stars, by the whole spectrum and by the windows of each element. */
export interface HeldOutChi2 {
  readonly chi2PerPixel: Float64Array;
  /** Empty in the files of earlier versions, and where the survey names no windows. */
  readonly windows: ReadonlyMap<string, Float64Array>;
}

async function readStars(path: string) {
  const table = (await readFitsFile(path)).hdus.find(({ name }) => name === 'CV');
  if (table === undefined) throw new UserError(`${basename(path)} has no table CV`, 'Run `cannon cv` again.', 'CAN333');
  return table;
}

/**
 * What the residuals of the held-out stars tell, χ² and pixels, by the names of the columns in infer's table; empty in files of
 * earlier versions but for the latter two.
 * @throws UserError as `readValidation`.
 */
export async function readHeldOutResiduals(path: string): Promise<ReadonlyMap<string, Float64Array>> {
  const table = await readStars(path);
  const isMeasured = (name: string) =>
    ['chi2', 'n_pixels', 'emission'].includes(name) || /^(pull_|binary_|rv_|bad_)/.test(name);
  const names = tableFields(table).map(({ name }) => name);
  return new Map(names.filter(isMeasured).map((name) => [name, readNumbers(table, name)]));
}

/** @throws UserError as `readValidation`. */
export async function readHeldOutChi2(path: string): Promise<HeldOutChi2> {
  const table = await readStars(path);
  const names = tableFields(table).map(({ name }) => name);
  const perPixel = (of: string) => {
    const nPixels = readNumbers(table, `n_pixels${of}`);
    return readNumbers(table, `chi2${of}`).map((chi2, n) => (nPixels[n]! > 0 ? chi2 / nPixels[n]! : NaN));
  };
  const windows = names.filter((name) => name.startsWith('chi2_') && names.includes(`n_pixels_${name.slice(5)}`));
  return {
    chi2PerPixel: perPixel(''),
    windows: new Map(windows.map((name) => [name.slice(5), perPixel(name.slice(4))])),
  };
}

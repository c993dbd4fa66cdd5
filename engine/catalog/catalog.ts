/**
 * The labels of a survey as a table: one row a matched file, also for those that could not be used.
 *
 * Columns: spectrum (path as matched), obsid, designation, ra, dec, model, then for every label of the models the
 * label, e_<label> (its formal error) and cv_<label> (its scatter in the model's cross-validation, the same for all its stars;
 * only where there is one), then rv and e_rv where a velocity is fitted along, chi2, n_pixels, the same of each
 * window, what the residuals tell (`diagnosticColumns.ts`), flags and what they are about (`flags.ts`), problem. Ids are exact;
 * numbers that do not exist are empty (NaN in FITS).
 */
import type { LabelFit } from '../cannon/infer';
import type { Model } from '../cannon/model';
import { flagColumns, velocityColumns } from './flags';
import type { NewColumn } from '../fits/writer';
import { describedSources } from './schema';
import type { SpectrumIdentity } from '../spectra/spectrum';
import { sheetText } from './sheetText';
import { ucdOfLabel } from './ucd';

export interface CatalogRow {
  readonly spectrum: string;
  readonly identity: SpectrumIdentity | null;
  /** The model that the fit is of. */
  readonly model: Model | null;
  readonly fit: LabelFit | null;
  readonly problem: string;
}

/** Plain data: it is kept in checkpoints. */
export interface CatalogColumn {
  readonly name: string;
  readonly unit: string;
  readonly ucd: string;
  /** In a BigInt64Array `noId` is "no value". */
  readonly values: readonly string[] | Float64Array | Int32Array | BigInt64Array | readonly boolean[];
  /** Significant digits in CSV. */
  readonly digits?: number;
  readonly description?: string;
  /** Texts that are whole numbers, which FITS keeps as such. */
  readonly isId?: true;
}

/** Windows whose χ² the fits tell apart, in their order. */
export type Windows = readonly { readonly name: string }[];

/** Of each model by its name, each label's scatter in cross-validation. */
export type CvScatter = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * The columns of some rows with their descriptions; `theta_<label>` is there when any model knows the noise of its θ, `cv_<label>` when any
 * has been cross-validated.
 */
export function catalogColumns(...args: Parameters<typeof plainColumns>): CatalogColumn[] {
  const [, models, windows] = args;
  const columns = plainColumns(...args);
  const pulls = columns.flatMap(({ name }) => (name.startsWith('pull_') ? [name.slice('pull_'.length)] : []));
  const elements = [...windows.map(({ name }) => name), ...pulls];
  const labels = models.flatMap((model) => model.labels);
  const described = describedSources({ labels, elements, covariance: false, has: () => true });
  return columns.map((column) => {
    const description = column.description ?? described.get(column.name);
    return description === undefined ? column : { ...column, description };
  });
}

function plainColumns(
  rows: readonly CatalogRow[],
  models: readonly Model[],
  windows: Windows,
  withVelocity = false,
  cvScatter: CvScatter = new Map(),
  diagnostics: readonly CatalogColumn[] = [],
): CatalogColumn[] {
  const text = (name: string, ucd: string, of: (row: CatalogRow) => string | null | undefined): CatalogColumn => ({
    ...{ name, unit: '', ucd, values: rows.map((row) => of(row) ?? '') },
  });
  const number = (
    name: string,
    unit: string,
    ucd: string,
    digits: number,
    of: (row: CatalogRow) => number | null | undefined,
  ): CatalogColumn => ({
    ...{ name, unit, ucd, digits, values: Float64Array.from(rows, (row) => of(row) ?? NaN) },
  });
  const labels = new Map(models.flatMap((model) => model.labels.map((label) => [label.name, label] as const)));
  const withTheta = models.some(({ thetaNoise }) => thetaNoise !== undefined);
  return [
    text('spectrum', 'meta.file', (row) => row.spectrum),
    { ...text('obsid', 'meta.id;obs', ({ identity }) => identity?.obsid), isId: true },
    text('designation', 'meta.id;meta.main', ({ identity }) => identity?.designation),
    number('ra', 'deg', 'pos.eq.ra', 10, ({ identity }) => identity?.raDeg),
    number('dec', 'deg', 'pos.eq.dec', 10, ({ identity }) => identity?.decDeg),
    text('model', 'meta.modelled', ({ model }) => model?.name),
    ...[...labels.values()].flatMap(({ name, unit }) => [
      number(name, unit, ucdOfLabel(name), 8, (row) => ofLabel(row, name, row.fit?.labels)),
      number(`e_${name}`, unit, `stat.error;${ucdOfLabel(name)}`, 4, (row) => ofLabel(row, name, row.fit?.errors)),
      ...(cvScatter.size === 0
        ? []
        : [
            number(`cv_${name}`, unit, `stat.stdev;${ucdOfLabel(name)}`, 4, ({ model }) =>
              cvScatter.get(model?.name ?? '')?.get(name),
            ),
          ]),
      ...(withTheta
        ? [number(`theta_${name}`, unit, `stat.error.sys;${ucdOfLabel(name)}`, 4, thetaErrorOf(name))]
        : []),
    ]),
    ...(withVelocity ? velocityColumns(rows) : []),
    number('chi2', '', 'stat.fit.chi2', 8, ({ fit }) => fit?.chi2),
    { name: 'n_pixels', unit: '', ucd: 'meta.number', values: Int32Array.from(rows, ({ fit }) => fit?.nPixels ?? 0) },
    ...windows.flatMap(({ name }, k): CatalogColumn[] => [
      number(`chi2_${name}`, '', 'stat.fit.chi2', 8, ({ fit }) => fit?.windows[k]?.chi2),
      {
        name: `n_pixels_${name}`,
        ...{ unit: '', ucd: 'meta.number', values: Int32Array.from(rows, ({ fit }) => fit?.windows[k]?.nPixels ?? 0) },
      },
    ]),
    ...diagnostics,
    ...flagColumns(rows, [...labels.values()]),
    text('problem', 'meta.note', (row) => row.problem),
  ];
}

const thetaErrorOf = (name: string) => (row: CatalogRow) => ofLabel(row, name, row.fit?.thetaErrors ?? undefined);

function ofLabel({ model }: CatalogRow, name: string, values: ArrayLike<number> | undefined): number | undefined {
  const i = model?.labels.findIndex((label) => label.name === name) ?? -1;
  return i < 0 ? undefined : values?.[i];
}

/** The line of names, without its end. */
export function csvHeader(columns: readonly CatalogColumn[]): string {
  return columns.map((column) => quoted(column.name)).join(',');
}

/** A line a row, each with its end. Texts that a spreadsheet would compute are marked as texts (`sheetText.ts`). */
export function csvRows(columns: readonly CatalogColumn[]): string {
  const nRows = columns[0]?.values.length ?? 0;
  let text = '';
  for (let row = 0; row < nRows; row++) text += `${columns.map((column) => field(column, row)).join(',')}\n`;
  return text;
}

function field({ values, digits }: CatalogColumn, row: number): string {
  const value = values[row]!;
  if (typeof value !== 'number') {
    return value === noId ? '' : quoted(sheetText(String(value)));
  }
  return Number.isFinite(value) ? String(digits === undefined ? value : Number(value.toPrecision(digits))) : '';
}

function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The columns as FITS has them. */
export function fitsColumns(columns: readonly CatalogColumn[]): NewColumn[] {
  return columns.map(({ name, unit, ucd, values, description, isId }) => {
    const common = {
      name,
      ucd,
      ...(unit !== '' && { unit }),
      ...(description !== undefined && { comment: description }),
    };
    if (isId === true) return { ...common, values: exactIds(values as readonly string[]), nullValue: noId };
    return { ...common, values, ...(values instanceof BigInt64Array && { nullValue: noId }) };
  });
}

/** Stands for "no id" in FITS, where an integer column has no NaN. */
export const noId = -(2n ** 63n);

function exactIds(texts: readonly string[]): BigInt64Array {
  return BigInt64Array.from(texts, (text) => (/^-?\d{1,18}$/.test(text) ? BigInt(text) : noId));
}

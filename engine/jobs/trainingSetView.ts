/**
 * The reference stars of a survey for people to look at, and the training stars nearest to a star: the engine behind the panel
 * of the training set. Nothing is read or selected here: the survey's check has done both, by the selection that trains.
 */
import { sep } from 'node:path';
import type { Config } from '../config/config';
import { UserError } from '../problems';
import { labelColumns, numbers } from '../reference/derivedLabels';
import type { FunnelStep } from '../reference/funnel';
import { nearestStars } from '../reference/nearestStars';
import { readReview, type ReviewEntry, Verdicts } from '../reference/review';
import type { Table } from '../reference/table';
import type { SpectrumIdentity } from '../spectra/spectrum';
import { snrOf } from './coverage';
import { inspectStar } from './inspect';
import type { SelectedSpectra } from './surveyFacts';

/** A number of each star; NaN where it has none. */
export interface StarColumn {
  readonly name: string;
  readonly unit: string;
  /** A label, the error of one (`e_<label>`), the S/N a pixel of the spectrum, or a column of the reference table. */
  readonly kind: 'label' | 'error' | 'snr' | 'column';
  /** The column of the reference table that holds just these numbers; null where they come from elsewhere. */
  readonly column: string | null;
  readonly values: Float32Array;
}

/** All arrays have one element a star: a spectrum that matches a row of the reference table. */
export interface TrainingSetView {
  /** Absolute path of the description. */
  readonly config: string;
  readonly table: { readonly path: string; readonly nRows: number };
  /** Labels in the order of the file, their errors, S/N, and the columns that were asked for. */
  readonly columns: readonly StarColumn[];
  /** Names of the columns of the table that hold numbers. */
  readonly tableColumns: readonly string[];
  readonly models: readonly { readonly name: string; readonly labels: readonly string[] }[];
  readonly steps: readonly FunnelStep[];
  /** Stars that pass all cuts, but that no model takes. */
  readonly nOutside: number;
  readonly stars: readonly string[];
  /** Relative to the folder of the config, with "/", or absolute where a spectrum lies elsewhere. */
  readonly paths: readonly string[];
  /** Row of the reference table. */
  readonly rows: Float64Array;
  /** Index into `models`; −1 for none. */
  readonly model: Float32Array;
  /** Index of the step that dropped the star, `steps.length` where no model takes it; −1 where it trains. */
  readonly droppedAt: Float32Array;
  readonly verdicts: readonly (ReviewEntry & { readonly star: number })[];
}

/**
 * @param wanted columns of the table to take along, by name
 * @throws UserError CAN103, CAN107 when one of them is missing or holds words, CAN170 when the verdicts cannot be used
 */
export async function trainingSetView(
  { config, spectra, set }: SelectedSpectra,
  table: Table,
  wanted: readonly string[],
): Promise<TrainingSetView> {
  const { fates } = set;
  const stars = [...fates.row.keys()].filter((n) => fates.row[n]! >= 0);
  const verdicts = new Verdicts(await readReview(config.folder));
  return {
    config: config.path,
    table: { path: table.path, nRows: table.nRows },
    columns: columnsOf(config, table, wanted, stars, fates.row, spectra),
    tableColumns: [...table.columns.values()].filter(({ isNumeric }) => isNumeric).map(({ name }) => name),
    models: config.models.map(({ name, labels }) => ({ name, labels })),
    steps: set.funnel,
    nOutside: stars.reduce((sum, n) => sum + (fates.droppedAt[n] === set.funnel.length ? 1 : 0), 0),
    stars: stars.map((n) => spectra[n]!.star),
    paths: stars.map((n) => shortPath(config.folder, spectra[n]!.path)),
    rows: Float64Array.from(stars, (n) => fates.row[n]!),
    model: Float32Array.from(stars, (n) => fates.model[n]!),
    droppedAt: Float32Array.from(stars, (n) => fates.droppedAt[n]!),
    verdicts: stars.flatMap((n, star) => {
      const entry = verdicts.of(spectra[n]!);
      return entry === null ? [] : [{ star, verdict: entry.verdict, note: entry.note, by: entry.by, date: entry.date }];
    }),
  };
}

function columnsOf(
  config: Config,
  table: Table,
  wanted: readonly string[],
  stars: readonly number[],
  row: Int32Array,
  spectra: readonly SpectrumIdentity[],
): StarColumn[] {
  const at = (values: Float64Array) => {
    const own = new Float32Array(stars.length);
    for (let k = 0; k < own.length; k++) own[k] = values[row[stars[k]!]!]!;
    return own;
  };
  const made = labelColumns(config.labels, table);
  const labels = config.labels.map(({ name, unit, derived, column }): StarColumn => {
    const values = at(made.get(name)!.values);
    return { name, unit, kind: 'label', column: derived === null ? column : null, values };
  });
  const errors = config.labels.flatMap(({ name, unit }): StarColumn[] => {
    const known = made.get(name)!.errors;
    return known === null ? [] : [{ name: `e_${name}`, unit, kind: 'error', column: null, values: at(known) }];
  });
  const snr = Float32Array.from(stars, (n) => snrOf(spectra[n]!) ?? NaN);
  const others = wanted.map((name): StarColumn => {
    const values = at(numbers(table, name));
    return { name, unit: table.columns.get(name)!.unit, kind: 'column', column: name, values };
  });
  return [...labels, ...errors, { name: 'snr', unit: '', kind: 'snr', column: null, values: snr }, ...others];
}

function shortPath(folder: string, path: string): string {
  const inside = folder + sep;
  return path.startsWith(inside) ? path.slice(inside.length).replaceAll(sep, '/') : path;
}

/** Which star is asked about: by its labels, or by its spectrum, whose labels are then inferred. */
export interface NearestAsked {
  /** Absolute path of the star's spectrum, which is left out of the answer; null for labels alone. */
  readonly path: string | null;
  /** By name; null to infer them from the spectrum. */
  readonly labels: Readonly<Record<string, number>> | null;
  /** Whose training stars; null for the model that the spectrum is fitted with, or the first that has these labels. */
  readonly model: string | null;
  readonly count: number;
}

export interface NearestStars {
  readonly model: string;
  readonly labels: readonly { readonly name: string; readonly unit: string }[];
  /** The labels that were compared with, in that order; NaN where not known. */
  readonly at: readonly number[];
  readonly stars: readonly {
    readonly star: string;
    /** Absolute. */
    readonly path: string;
    readonly labels: readonly number[];
    readonly snr: number;
    /** In standardized labels: 1 is one standard deviation of the training set in one label. */
    readonly distance: number;
  }[];
}

/** @throws UserError CAN341 when the star cannot be fitted, CAN322 when there is no such model or none with such labels. */
export async function nearestTrainingStars(
  { config, spectra, set }: SelectedSpectra,
  { path, labels, model, count }: NearestAsked,
): Promise<NearestStars> {
  const asked = labels === null && path !== null ? await inferred(config, path) : { labels: labels ?? {}, model };
  const name = model ?? asked.model;
  const own = set.models.find((one) =>
    name === null ? one.model.labels.every((label) => label in asked.labels) : one.model.name === name,
  );
  if (own === undefined) {
    throw new UserError(
      name === null ? 'No model of the survey has these labels' : `The survey has no model "${name}"`,
      `Its models are ${config.models.map((one) => one.name).join(', ')}.`,
      'CAN322',
    );
  }
  const at = own.model.labels.map((label) => asked.labels[label] ?? NaN);
  const found = nearestStars(own, at, count, (n) => spectra[n]!.path === path);
  const units = new Map(config.labels.map((label) => [label.name, label.unit]));
  return {
    model: own.model.name,
    labels: own.model.labels.map((label) => ({ name: label, unit: units.get(label) ?? '' })),
    at,
    stars: found.map(({ index, distance }) => {
      const near = own.stars[index]!;
      const spectrum = spectra[near.spectrumIdx]!;
      return { star: spectrum.star, path: spectrum.path, labels: near.labels, snr: snrOf(spectrum) ?? NaN, distance };
    }),
  };
}

async function inferred(config: Config, path: string): Promise<{ labels: Record<string, number>; model: string }> {
  const { labels, model } = await inspectStar(config, path);
  return { labels: Object.fromEntries(labels.map(({ name, value }) => [name, value])), model: model.name };
}

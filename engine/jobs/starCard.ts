/**
 * A star in brief, for a card beside some text that names it: its spectrum, its labels (inferred where there is a model,
 * else those of the reference table alone), and what one should mind. Works for any FITS spectrum, also of no survey.
 */
import type { Config } from '../config/config';
import { UserError } from '../problems';
import { readTable, type Table } from '../reference/table';
import type { SpectrumArrays } from '../spectra/document';
import { describeFits, readIdentity } from '../spectra/read';
import { inspectStar, referenceLabels } from './inspect';

export interface CardLabel {
  readonly name: string;
  readonly unit: string;
  /** Inferred, with its error; null without a model. */
  readonly value: number | null;
  readonly error: number | null;
  readonly reference: number | null;
}

export interface StarCard {
  /** One line: id, subclass, S/N. */
  readonly title: string;
  readonly spectrum: SpectrumArrays | null;
  readonly redshift: number | null;
  readonly labels: readonly CardLabel[];
  /** The model that the labels were inferred with, or null. */
  readonly model: string | null;
  /** Each a sentence. */
  readonly flags: readonly string[];
}

/** Part of the pixels that may be masked without a word. */
const toleratedMasked = 0.1;

/**
 * @param config the survey of the spectrum, or null where it belongs to none
 * @throws UserError when the file is no FITS file or cannot be read
 */
export async function starCard(path: string, config: Config | null, load = readTable): Promise<StarCard> {
  const { title, spectrum, redshift, problem } = await describeFits(path);
  const flags = problem === null ? [] : [problem.message];
  if (spectrum === null) return { title, spectrum, redshift, labels: [], model: null, flags };
  const nMasked = spectrum.masked.reduce((sum, flag) => sum + flag, 0);
  const part = nMasked / spectrum.masked.length;
  if (part > toleratedMasked) flags.push(`${Math.round(100 * part)} % of the pixels are masked.`);
  const fit = config === null ? null : await orNull(inspectStar(config, path));
  if (fit !== null) {
    const labels = fit.labels.map(({ name, unit, value, error, reference }) => ({
      name,
      unit,
      value,
      error,
      reference,
    }));
    return { title, spectrum, redshift, labels, model: fit.model.name, flags: [...flags, ...fit.flags] };
  }
  if (redshift === null) flags.push('The spectrum has no redshift.');
  const labels = config === null ? [] : await referenceOnly(path, config, load);
  return { title, spectrum, redshift, labels, model: null, flags };
}

async function referenceOnly(
  path: string,
  config: Config,
  load: (path: string) => Promise<Table>,
): Promise<CardLabel[]> {
  const identity = await orNull(readIdentity(path, config.survey));
  const names = config.labels.map(({ name }) => name);
  const values = identity && (await orNull(referenceLabels(config, identity, names, load)));
  if (!values) return [];
  return config.labels.map(({ name, unit }, i) => ({ name, unit, value: null, error: null, reference: values[i]! }));
}

/** Null for what cannot be had: a card shows what there is. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  return asked.catch((error: unknown) => {
    if (error instanceof UserError) return null;
    throw error;
  });
}

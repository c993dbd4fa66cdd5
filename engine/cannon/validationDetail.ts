/**
 * A `cv.fits` star by star, for people to look at: truth, inferred labels and errors of every held-out spectrum, beside what
 * is told of each label. Rows are those of the table CV; arrays have one element a row. NaN where there is no number.
 */
import { basename } from 'node:path';
import type { LabelAgreement, LabelValidation } from '../jobs/events';
import { readFitsFile, type FitsFile } from '../fits/fitsFile';
import { readNumbers, readTexts } from '../fits/table';
import { UserError } from '../problems';
import { readValidation, type ValidationSummary } from './validationFile';

/** One label: what is told of it, and its numbers star by star in its unit. */
export interface ValidatedLabel extends LabelValidation {
  readonly truth: Float64Array;
  readonly inferred: Float64Array;
  /** The formal error. */
  readonly error: Float64Array;
  /** 1 where the inferred value lies outside the range of the stars that trained the model. */
  readonly extrapolated: Uint8Array;
  /** From low to high S/N; empty with fewer than 40 stars. */
  readonly bySnr: readonly SnrPart[];
}

export type SnrPart = { readonly from: number; readonly to: number } & Omit<LabelAgreement, 'label' | 'unit'>;

export interface ValidationDetail extends Omit<ValidationSummary, 'labels'> {
  readonly labels: readonly ValidatedLabel[];
  /** OBSID, else designation, else file name. */
  readonly stars: readonly string[];
  /** Paths as the file has them, relative to the survey's description; the job makes them absolute. */
  readonly spectra: readonly string[];
  /** That held the star out, from 0. */
  readonly fold: Float32Array;
  /** Spectra of one star share it. */
  readonly star: Float32Array;
  /** A pixel. */
  readonly snr: Float32Array;
  readonly chi2: Float32Array;
  readonly nPixels: Float32Array;
  readonly converged: Uint8Array;
  readonly raDeg: Float64Array;
  readonly decDeg: Float64Array;
  /** Why a star has no labels; "" where it has. */
  readonly problems: readonly string[];
}

/**
 * @throws UserError CAN333 for another kind of file or a damaged one, CAN2xx for what is wrong with it as a FITS file.
 */
export async function readValidationDetail(path: string): Promise<ValidationDetail> {
  const { labels, ...summary } = await readValidation(path);
  const file = await readFitsFile(path);
  const table = tableOf(file, 'CV', path);
  const numbers = (name: string): Float64Array => readNumbers(table, name);
  const spectra = readTexts(table, 'spectrum');
  const [obsids, designations] = [readTexts(table, 'obsid'), readTexts(table, 'designation')];
  const outside = readTexts(table, 'extrapolated').map((names) => new Set(names.split(' ')));
  const parts = snrParts(file, path);
  return {
    ...summary,
    labels: labels.map((label): ValidatedLabel => ({
      ...label,
      truth: numbers(`true_${label.label}`),
      inferred: numbers(label.label),
      error: numbers(`e_${label.label}`),
      extrapolated: Uint8Array.from(outside, (names) => (names.has(label.label) ? 1 : 0)),
      bySnr: parts.filter((part) => part.label === label.label).map(({ label: _name, ...part }) => part),
    })),
    stars: spectra.map((spectrum, n) => obsids[n]! || designations[n]! || basename(spectrum)),
    spectra,
    fold: Float32Array.from(numbers('fold')),
    star: Float32Array.from(numbers('star')),
    snr: Float32Array.from(numbers('snr')),
    chi2: Float32Array.from(numbers('chi2')),
    nPixels: Float32Array.from(numbers('n_pixels')),
    converged: Uint8Array.from(numbers('converged')),
    raDeg: numbers('ra'),
    decDeg: numbers('dec'),
    problems: readTexts(table, 'problem'),
  };
}

function snrParts(file: FitsFile, path: string): (SnrPart & { readonly label: string })[] {
  const table = tableOf(file, 'BY_SNR', path);
  const columns = {
    from: readNumbers(table, 'snr_from'),
    to: readNumbers(table, 'snr_to'),
    stars: readNumbers(table, 'stars'),
    scatter: readNumbers(table, 'scatter'),
    mad: readNumbers(table, 'mad'),
    rms: readNumbers(table, 'rms'),
    bias: readNumbers(table, 'bias'),
    mean: readNumbers(table, 'mean'),
    correlation: readNumbers(table, 'correlation'),
    spearman: readNumbers(table, 'spearman'),
  };
  return readTexts(table, 'label').map((label, k) => {
    const row = Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[k]!]));
    return { label, ...(row as Record<keyof typeof columns, number>) };
  });
}

function tableOf(file: FitsFile, name: string, path: string): FitsFile['hdus'][number] {
  const table = file.hdus.find((hdu) => hdu.name === name);
  if (table !== undefined) return table;
  throw new UserError(`${basename(path)} has no table ${name}`, 'Run `cannon cv` again.', 'CAN333');
}

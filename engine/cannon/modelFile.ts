/**
 * `model.fits`: a model as a file that astropy and TOPCAT open.
 *
 * Primary header: FORMAT, FORMATV, MODEL and the model's provenance, one card each. Image THETA: NAXIS1 = terms,
 * NAXIS2 = pixels, so that numpy sees (n_pixels, n_terms); THETA_ERR, its errors, alike; on request THETA_COV, the lower
 * triangles of the covariances by rows. Image MOMENTS and the column theta_noise (`thetaNoise.ts`), where they are known. Image
 * MODES, (n_modes, n_pixels) in numpy, where the model has any. Tables PIXELS
 * (wavelength in vacuum Å, scatter, converged, n_stars, condition, iterations, and l1 where there was a penalty), LABELS (name, unit, pivot, scale, min, max) and TERMS (name, i, j): label indices from 0, −1 for no factor.
 */
import { basename } from 'node:path';
import { findField } from '../fits/fields';
import { readFitsFile, type FitsFile } from '../fits/fitsFile';
import type { Hdu } from '../fits/hdus';
import { readImage, readImageNumbers } from '../fits/image';
import { readNumbers, readTexts, rowCount } from '../fits/table';
import { writeFits, type NewColumn, type NewHdu } from '../fits/writer';
import { UserError } from '../problems';
import type { LabelInfo, Model, TrainingRecord } from './model';
import type { ThetaNoise } from './thetaNoise';
import { triangle } from './trainingPlan';
import { termName, type Term } from './vectorizer';

const format = 'cannon-model';
const formatVersion = 1;
const ownCards = new Set([
  'SIMPLE',
  'BITPIX',
  'NAXIS',
  'EXTEND',
  'FORMAT',
  'FORMATV',
  'MODEL',
  'L1',
  'COMMENT',
  'HISTORY',
  '',
]);

/**
 * Reads a model.
 * @throws UserError CAN330 for another kind of file, CAN331 for a newer format, CAN332 for a damaged model, CAN2xx for
 * what is wrong with it as a FITS file.
 */
export async function readModel(path: string): Promise<Model> {
  return modelOf(await readFitsFile(path));
}

/**
 * The bytes of `model.fits`. Provenance keys must be FITS keywords: capitals, digits, - and _, at most 8.
 * @throws RangeError for terms beyond degree 2, which TERMS has no columns for.
 */
export function modelBytes(model: Model): Uint8Array {
  return writeFits(modelUnits(model));
}

/** What `model.fits` is made of. @throws RangeError as `modelBytes`. */
export function modelUnits(model: Model): NewHdu[] {
  if (model.terms.some((term) => term.length > 2)) throw new RangeError('model.fits holds terms up to degree 2 only');
  return [
    {
      kind: 'empty',
      cards: [
        { keyword: 'FORMAT', value: format, comment: 'kind of file' },
        { keyword: 'FORMATV', value: formatVersion, comment: 'version of that kind' },
        { keyword: 'MODEL', value: model.name, comment: 'name of the model' },
        ...penaltyCard(model),
        ...Object.entries(model.provenance).map(([keyword, value]) => ({ keyword, value })),
      ],
    },
    image(
      'THETA',
      [model.terms.length, model.waveAngstrom.length],
      model.theta,
      'theta for labels in units of their scale; (n_pixels, n_terms) in numpy',
    ),
    ...recordImages(model),
    ...noiseImage(model),
    ...modesImage(model),
    ...modelTables(model),
  ];
}

function modelTables(model: Model): NewHdu[] {
  const labelNames = model.labels.map((label) => label.name);
  const column = (key: 'pivot' | 'scale' | 'min' | 'max') => Float64Array.from(model.labels, (label) => label[key]);
  const factor = (k: number) => Int32Array.from(model.terms, (term) => term[k] ?? -1);
  return [
    {
      kind: 'table',
      name: 'PIXELS',
      columns: [
        {
          name: 'wavelength',
          unit: 'Angstrom',
          ucd: 'em.wl',
          comment: 'vacuum, rest frame',
          values: model.waveAngstrom,
        },
        { name: 'scatter', comment: 'own error of the model; Infinity: no model', values: model.scatter },
        {
          name: 'converged',
          comment: 'theta and scatter are at the best',
          values: Array.from(model.converged, (flag) => flag === 1),
        },
        { name: 'n_stars', comment: 'with a usable flux there', values: model.nStars },
        ...recordColumns(model),
        ...noiseColumn(model),
      ],
    },
    {
      kind: 'table',
      name: 'LABELS',
      columns: [
        { name: 'name', comment: 'of the label', values: labelNames },
        { name: 'unit', comment: 'of the numbers in this row', values: model.labels.map((label) => label.unit) },
        { name: 'pivot', comment: 'mean over the training stars', values: column('pivot') },
        { name: 'scale', comment: 'their standard deviation', values: column('scale') },
        { name: 'min', comment: 'least of the training stars', values: column('min') },
        { name: 'max', comment: 'largest of the training stars', values: column('max') },
      ],
    },
    {
      kind: 'table',
      name: 'TERMS',
      columns: [
        { name: 'name', comment: 'of the term', values: model.terms.map((term) => termName(term, labelNames)) },
        { name: 'i', comment: 'its label, from 0; -1 for none', values: factor(0) },
        { name: 'j', comment: 'its second label', values: factor(1) },
      ],
    },
  ];
}

function image(name: string, axes: readonly number[], values: Float64Array, words: string): NewHdu {
  return { kind: 'image', name, axes, values, cards: [{ keyword: 'COMMENT', comment: words }] };
}

function recordImages({ record, waveAngstrom, terms }: Model): NewHdu[] {
  if (record === undefined) return [];
  const nPixels = waveAngstrom.length;
  const { thetaError, thetaCovariance } = record;
  const errors = 'standard errors of theta: 0 where it is held at 0, NaN without a model';
  const covariances = 'covariances of theta, lower triangles by rows; training.thetaCovariance';
  return [
    image('THETA_ERR', [terms.length, nPixels], thetaError, errors),
    ...(thetaCovariance === undefined
      ? []
      : [image('THETA_COV', [triangle(terms.length), nPixels], thetaCovariance, covariances)]),
  ];
}

function noiseImage({ thetaNoise, terms }: Model): NewHdu[] {
  if (thetaNoise === undefined) return [];
  const words = 'means of eta eta^T over training stars: the covariance of theta is theta_noise times its inverse';
  return [image('MOMENTS', [terms.length, terms.length], thetaNoise.moments, words)];
}

function noiseColumn({ thetaNoise }: Model): NewColumn[] {
  if (thetaNoise === undefined) return [];
  return [
    { name: 'theta_noise', comment: 'times the inverse of MOMENTS: covariance of theta', values: thetaNoise.kappa },
  ];
}

/** Where all pixels have one penalty. */
function penaltyCard({ record }: Model): { keyword: string; value: number; comment: string }[] {
  const l1 = record?.l1;
  if (l1 === undefined || l1.some((lambda) => lambda !== l1[0])) return [];
  return [{ keyword: 'L1', value: l1[0]!, comment: 'penalty on the sum of |theta|, all pixels' }];
}

function recordColumns({ record }: Model): NewColumn[] {
  if (record === undefined) return [];
  const { condition, iterations, l1 } = record;
  return [
    { name: 'condition', comment: 'of the normal matrix, diagonal scaled to 1', values: condition },
    { name: 'iterations', comment: 'solutions until scatter was found', values: iterations },
    ...(l1 === undefined ? [] : [{ name: 'l1', comment: 'penalty on the sum of |theta|', values: l1 }]),
  ];
}

function modesImage({ modes, waveAngstrom }: Model): NewHdu[] {
  if (modes.length === 0) return [];
  const axes = [waveAngstrom.length, modes.length / waveAngstrom.length];
  return [image('MODES', axes, modes, 'patterns of correlated errors, (n_modes, n_pixels) in numpy; training.modes')];
}

/** The model in an opened FITS file. @throws UserError CAN330, CAN331, CAN332 */
export function modelOf(file: FitsFile): Model {
  const header = file.hdus[0]!.header;
  if (header.text('FORMAT') !== format) {
    throw new UserError(
      `${basename(file.name)} is not a Cannon model`,
      'Give the model.fits that `cannon train` wrote.',
      'CAN330',
    );
  }
  if (!((header.number('FORMATV') ?? Infinity) <= formatVersion)) {
    throw new UserError(
      `${basename(file.name)} was written by a newer version of Cannon Spectra`,
      'Update Cannon Spectra, or train the model again with this version.',
      'CAN331',
    );
  }
  const [theta, pixels, labelTable, termTable] = ['THETA', 'PIXELS', 'LABELS', 'TERMS'].map((name) =>
    unit(file, name),
  ) as [Hdu, Hdu, Hdu, Hdu];
  const labels = readLabels(labelTable);
  const provenance: Record<string, string | number> = {};
  for (const { keyword, value } of header.cards) {
    if (!ownCards.has(keyword) && (typeof value === 'string' || typeof value === 'number')) provenance[keyword] = value;
  }
  const modes = file.hdus.find((hdu) => hdu.name === 'MODES');
  const model: Model = {
    name: header.text('MODEL') ?? '',
    labels,
    terms: readTerms(termTable, labels.length, file),
    waveAngstrom: readNumbers(pixels, 'wavelength'),
    theta: readImageNumbers(theta),
    modes: modes === undefined ? new Float64Array(0) : readImageNumbers(modes),
    scatter: readNumbers(pixels, 'scatter'),
    converged: Uint8Array.from(readNumbers(pixels, 'converged')),
    nStars: Int32Array.from(readNumbers(pixels, 'n_stars')),
    provenance,
    ...recordOf(file, pixels),
    ...noiseOf(file, pixels),
  };
  const [nTerms, nPixels] = readImage(theta).axes;
  if (nTerms !== model.terms.length || nPixels !== rowCount(pixels) || nPixels === 0) {
    const shape = `${nPixels ?? 0} × ${nTerms ?? 0}`;
    throw damaged(file, `THETA is ${shape}, but there are ${rowCount(pixels)} pixels and ${model.terms.length} terms`);
  }
  if (model.record !== undefined && model.record.thetaError.length !== model.theta.length)
    throw damaged(file, `THETA_ERR has ${model.record.thetaError.length} numbers, but THETA ${model.theta.length}`);
  if (modes !== undefined && readImage(modes).axes[0] !== nPixels) {
    throw damaged(file, `MODES has ${readImage(modes).axes[0] ?? 0} pixels, but THETA ${nPixels}`);
  }
  const noise = model.thetaNoise;
  if (noise !== undefined && noise.moments.length !== model.terms.length ** 2) {
    throw damaged(file, `MOMENTS has ${noise.moments.length} numbers, but there are ${model.terms.length} terms`);
  }
  checkNumbers(model, file);
  return model;
}

/** Files of earlier versions have none. */
function recordOf(file: FitsFile, pixels: Hdu): { record?: TrainingRecord } {
  const errors = file.hdus.find((hdu) => hdu.name === 'THETA_ERR');
  if (errors === undefined) return {};
  const covariance = file.hdus.find((hdu) => hdu.name === 'THETA_COV');
  const hasL1 = findField(pixels, 'l1') !== null;
  return {
    record: {
      thetaError: readImageNumbers(errors),
      ...(covariance && { thetaCovariance: readImageNumbers(covariance) }),
      condition: readNumbers(pixels, 'condition'),
      iterations: Int32Array.from(readNumbers(pixels, 'iterations')),
      ...(hasL1 && { l1: readNumbers(pixels, 'l1') }),
    },
  };
}

/** Files of earlier versions have none. */
function noiseOf(file: FitsFile, pixels: Hdu): { thetaNoise?: ThetaNoise } {
  const image = file.hdus.find((hdu) => hdu.name === 'MOMENTS');
  if (image === undefined || findField(pixels, 'theta_noise') === null) return {};
  return { thetaNoise: { moments: readImageNumbers(image), kappa: readNumbers(pixels, 'theta_noise') } };
}

function readLabels(table: Hdu): LabelInfo[] {
  const units = readTexts(table, 'unit');
  const [pivot, scale, min, max] = ['pivot', 'scale', 'min', 'max'].map((name) => readNumbers(table, name)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return readTexts(table, 'name').map((name, k) => ({
    name,
    unit: units[k]!,
    pivot: pivot[k]!,
    scale: scale[k]!,
    min: min[k]!,
    max: max[k]!,
  }));
}

function readTerms(table: Hdu, nLabels: number, file: FitsFile): Term[] {
  const [first, second] = [readNumbers(table, 'i'), readNumbers(table, 'j')];
  return Array.from(first, (i, t) => {
    const term = [i, second[t]!].filter((label) => label !== -1);
    if (!term.every((label) => Number.isInteger(label) && label >= 0 && label < nLabels)) {
      throw damaged(file, `row ${t + 1} of TERMS names a label that is not there`);
    }
    return term;
  });
}

function checkNumbers({ labels, theta, modes, scatter, thetaNoise, waveAngstrom }: Model, file: FitsFile): void {
  const badLabel = labels.find(({ pivot, scale }) => !Number.isFinite(pivot) || !(scale > 0 && scale < Infinity));
  if (badLabel !== undefined) throw damaged(file, `label ${badLabel.name} has no usable pivot and scale`);
  if (!theta.every(Number.isFinite)) throw damaged(file, 'THETA holds values that are not numbers');
  if (!modes.every(Number.isFinite)) throw damaged(file, 'MODES holds values that are not numbers');
  if (thetaNoise?.moments.every(Number.isFinite) === false)
    throw damaged(file, 'MOMENTS holds values that are not numbers');
  if (thetaNoise?.kappa.every((k) => k >= 0 && k < Infinity) === false) {
    throw damaged(file, 'a theta_noise is negative or not a number');
  }
  if (!scatter.every((s) => s >= 0)) throw damaged(file, 'a scatter is negative or not a number');
  if (!waveAngstrom.every((wave, p) => wave > (p === 0 ? 0 : waveAngstrom[p - 1]!))) {
    throw damaged(file, 'the wavelengths do not rise');
  }
}

function unit(file: FitsFile, name: string): Hdu {
  const found = file.hdus.find((hdu) => hdu.name === name);
  if (found === undefined) throw damaged(file, `it has no extension ${name}`);
  return found;
}

function damaged(file: FitsFile, what: string): UserError {
  return new UserError(
    `${basename(file.name)} is a damaged Cannon model: ${what}`,
    'Copy it again, or train the model again.',
    'CAN332',
  );
}

/**
 * What a run keeps of a chunk of spectra: pieces of the tables that it will write, made by the worker that fitted the
 * chunk. So a few columns cross from thread to thread, instead of every star's header and fit.
 */
import type { LabelFit } from '../cannon/infer';
import type { LabelInfo, Model } from '../cannon/model';
import { type SourcesOf, sourceColumns } from '../catalog/catalogSources';
import { catalogColumns, type CatalogColumn, type CatalogRow, type CvScatter } from '../catalog/catalog';
import { diagnosticColumns } from '../catalog/diagnosticColumns';
import { observationOf, type Observation } from '../catalog/repeats';
import { sampleColumns } from '../catalog/samples';
import type { NewColumn } from '../fits/writer';
import type { SpectrumIdentity } from '../spectra/spectrum';
import type { FileMark } from './fileMarks';
import type { InferenceOf } from './recipe';

export interface LabelChunk {
  readonly labels: readonly CatalogColumn[];
  /** Path, size and SHA-256 of each file. */
  readonly inputs: readonly CatalogColumn[];
  readonly samples: readonly NewColumn[];
  readonly sampler: readonly NewColumn[];
  /** Which star each row is of. */
  readonly observations: readonly Observation[];
  readonly problems: number;
}

/** What the tables depend on beside the spectra. */
export interface ChunkTables extends InferenceOf, SourcesOf {
  /** Index of the chunk's first spectrum among all. */
  readonly from: number;
  readonly models: readonly Model[];
  readonly cvScatter: CvScatter;
}

/** A spectrum with a fit a model, or with the reason why there is none. */
export type Labelled =
  | { readonly identity: SpectrumIdentity; readonly fits: readonly LabelFit[] }
  | { readonly identity: SpectrumIdentity | null; readonly problem: string };

export function labelChunk(
  paths: readonly string[],
  labelled: readonly Labelled[],
  marks: readonly FileMark[],
  tables: ChunkTables,
): LabelChunk {
  const { from, models, cvScatter, repeats, windows, inference } = tables;
  const rows = labelled.map((spectrum, k) => rowOf(paths[k]!, spectrum, models));
  return {
    labels: catalogColumns(...([rows, models, windows, inference.velocity > 0, cvScatter] as const), [
      ...diagnosticColumns(rows, windows),
      ...sourceColumns(rows, labelsOf(models), tables),
    ]),
    inputs: inputColumns(paths, marks),
    ...sampleColumns(rows, models, from),
    observations: rows.map(({ identity }) => observationOf(identity, repeats)),
    problems: rows.filter(({ problem }) => problem !== '').length,
  };
}

/** Of all models, each once. */
function labelsOf(models: readonly Model[]): readonly LabelInfo[] {
  return [...new Map(models.flatMap(({ labels }) => labels.map((label) => [label.name, label] as const))).values()];
}

/** A table of the files that were read, for `inputs.csv`. */
function inputColumns(paths: readonly string[], marks: readonly FileMark[]): CatalogColumn[] {
  return [
    { name: 'spectrum', unit: '', ucd: 'meta.file', values: paths },
    { name: 'bytes', unit: 'byte', ucd: '', values: Float64Array.from(marks, ({ bytes }) => bytes) },
    { name: 'sha256', unit: '', ucd: '', values: marks.map(({ sha256 }) => sha256) },
  ];
}

/** The fit with the lowest χ² among those that have labels. */
export function indexOfBest(fits: readonly LabelFit[]): number {
  const chi2 = (fit: LabelFit) => (fit.problem === null ? fit.chi2 : Infinity);
  return fits.reduce((best, fit, i) => (chi2(fit) < chi2(fits[best]!) ? i : best), 0);
}

function rowOf(spectrum: string, labelled: Labelled, models: readonly Model[]): CatalogRow {
  const { identity } = labelled;
  if ('problem' in labelled) return { spectrum, identity, model: null, fit: null, problem: labelled.problem };
  const best = indexOfBest(labelled.fits);
  const fit = labelled.fits[best]!;
  return { spectrum, identity, model: models[best]!, fit, problem: fit.problem ?? '' };
}

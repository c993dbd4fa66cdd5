/** A survey as `cannon.yaml` describes it, after validation. The schema in `schema.ts` says what each key means. */
import type { NamedWindows } from '../spectra/elementWindows';
import type { Expression } from './expression';

export interface Config {
  /** Absolute path of the file, and the folder that its relative paths start from. */
  readonly path: string;
  readonly folder: string;
  readonly survey: SurveyFormat;
  /** Globs relative to `folder`. */
  readonly spectra: readonly string[];
  readonly reference: ReferenceSpec | null;
  readonly grid: GridSpec;
  readonly continuum: ContinuumSpec;
  /** In the order of the file. */
  readonly labels: readonly LabelSpec[];
  readonly quality: readonly Expression[];
  /** At least one. A file without `models` has one, named "main", over all labels. */
  readonly models: readonly ModelSpec[];
  /** Vacuum Å, rest frame; empty where the file gives none. */
  readonly windows: readonly NamedWindows[];
  readonly training: TrainingSpec;
  readonly crossValidation: { readonly folds: number; readonly seed: number };
  readonly inference: InferenceSpec;
}

/** How labels are inferred; the list is empty unless the file says otherwise. */
export interface InferenceSpec {
  /** Gaussian priors, in the labels' units. */
  readonly prior: readonly { readonly label: string; readonly mean: number; readonly sigma: number }[];
}

export interface TrainingSpec {
  /** At most so many patterns of correlated model error (`cannon/modes.ts`); 0 is the model of the paper. */
  readonly modes: number;
  /** Maximum likelihood, or restricted maximum likelihood. */
  readonly scatterEstimator: 'ml' | 'reml';
  /** λ of the penalty λ Σ θ² on all terms but the constant. */
  readonly ridge: number;
}

/** How spectra are read; one file each in `spectra/`. */
export type SurveyFormat = 'lamost-lrs' | 'lamost-mrs' | 'sdss' | 'apogee' | 'galah' | 'table';

export interface ReferenceSpec {
  /** As written, relative to the config's folder or absolute. */
  readonly file: string;
  readonly match: Match;
}

/** How a row of the reference table finds its spectrum. */
export type Match =
  | { readonly by: 'card'; readonly card: string; readonly column: string }
  | { readonly by: 'filename'; readonly column: string }
  | { readonly by: 'sky'; readonly radiusArcsec: number };

/** Vacuum Å, rest frame; `step` in log10 λ. Pixel p lies at 10^(log10(from) + p · step), up to and including `to`. */
export interface GridSpec {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** Å. `truncate` is Infinity for "none". */
export type ContinuumSpec =
  { readonly method: 'gaussian'; readonly sigma: number; readonly truncate: number } | { readonly method: 'none' };

export interface LabelSpec {
  readonly name: string;
  readonly column: string;
  readonly unit: string;
}

export interface ModelSpec {
  readonly name: string;
  /** Which stars: null means all, "otherwise" those that no earlier model took. */
  readonly where: Expression | 'otherwise' | null;
  readonly labels: readonly string[];
}

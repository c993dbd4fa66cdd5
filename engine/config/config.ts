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
  /** In the order of the file, which is that of the cuts. */
  readonly quality: readonly QualityCut[];
  /** At least one. A file without `models` has one, named "main", over all labels. */
  readonly models: readonly ModelSpec[];
  /** Vacuum Å, rest frame; empty where the file gives none. */
  readonly windows: readonly NamedWindows[];
  readonly training: TrainingSpec;
  readonly crossValidation: CrossValidationSpec;
  readonly inference: InferenceSpec;
  readonly repeats: RepeatsSpec;
  readonly catalog: CatalogSpec;
  readonly flags: FlagThresholds;
  /** Conditions over the catalog, in the order of the file. */
  readonly searches: readonly SearchSpec[];
}

export interface SearchSpec {
  readonly name: string;
  /** SQL, as after WHERE. */
  readonly where: string;
}

export interface CatalogSpec {
  /** A model's name. */
  readonly giants: string;
  /** A header card, or null for none. */
  readonly sourceId: string | null;
}

/** From where on a star of the catalog is flagged. */
export interface FlagThresholds {
  /** Of χ² a pixel, over a model's cross-validated stars. */
  readonly percentile: number;
  /** χ² a pixel; null for the percentile's. */
  readonly chi2: number | null;
  readonly windowChi2: number | null;
  /** Part of the range between a label's bounds. */
  readonly largeError: number;
  /** A pixel. */
  readonly snr: number;
  /** Part of all pixels. */
  readonly badPixels: number;
  /** Δχ². */
  readonly rival: number;
  readonly binary: number;
  /** In units of the error. */
  readonly emission: number;
  readonly pull: number;
  /** In units of its spread. */
  readonly badStretch: number;
  readonly velocity: number;
  readonly velocityKms: number;
  /** In units of the error of a difference. */
  readonly disagreement: number;
}

/** How labels are inferred; the list is empty unless the file says otherwise. */
export interface InferenceSpec {
  /** km/s: a radial velocity of at most that is fitted along; 0 for none. */
  readonly velocity: number;
  /** Whether residuals are looked at for what the model does not know. */
  readonly diagnostics: 'all' | 'none';
  /** Gaussian priors, in the labels' units. */
  readonly prior: readonly { readonly label: string; readonly mean: number; readonly sigma: number }[];
}

export interface TrainingSpec {
  /** As written: `linear`, `quadratic`, or terms (`termWords.ts`). */
  readonly terms: readonly string[];
  /** Where labels are allowed; the word stands for the windows of each label's element. */
  readonly masks: readonly LabelMaskSpec[] | 'own-windows';
  readonly missingLabels: 'leave-out' | 'per-pixel';
  readonly labelErrors: 'ignore' | 'inflate' | 'down-weight';
  /** λ of the penalty λ Σ |θ| on all terms but the constant. */
  readonly l1: number | 'auto';
  readonly l1Search: {
    readonly from: number;
    readonly to: number;
    readonly steps: number;
    readonly per: 'model' | 'pixel';
  };
  /** λ of the penalty λ Σ θ² on all terms but the constant. */
  readonly ridge: number;
  /** Maximum likelihood, or restricted maximum likelihood. */
  readonly scatterEstimator: 'ml' | 'reml';
  /** At most so many patterns of correlated model error (`cannon/modes.ts`); 0 is the model of the paper. */
  readonly modes: number;
  readonly thetaCovariance: 'diagonal' | 'full';
}

/** Windows, by name, in which a label may have a say (null: everywhere) and in which it may not; margin in Å. */
export interface LabelMaskSpec {
  readonly label: string;
  readonly only: readonly string[] | null;
  readonly not: readonly string[];
  readonly margin: number;
}

/** How models are tested on stars that they have not seen. */
export interface CrossValidationSpec {
  readonly folds: number | 'leave-one-out';
  readonly seed: number;
  /** A column of the reference table: stars with one value in it stay in one fold. */
  readonly groups: string | null;
}

/** Which spectra are of one star, and the band whose S/N weights their average. */
export interface RepeatsSpec {
  /** The header card that tells stars apart; null: the designation and the position do. */
  readonly card: string | null;
  readonly radiusArcsec: number;
  readonly weight: 'u' | 'g' | 'r' | 'i' | 'z';
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
  | {
      readonly by: 'sky';
      readonly radiusArcsec: number;
      /** The columns of positions, where they are not those that the table itself shows. */
      readonly ra?: string;
      readonly dec?: string;
      /** Of several rows the one with the smallest value here; without it the nearest. */
      readonly brightest?: string;
    };

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
  /** Of a label that is made of others: its own name, a column that the table need not have. */
  readonly column: string;
  readonly unit: string;
  /** The column of its error; null where the file names none. */
  readonly error: string | null;
  /** How it is made of others; null for a column. */
  readonly derived: DerivedLabel | null;
}

/** Names are those of other labels, else of columns. */
export type DerivedLabel =
  | {
      readonly by: 'mean';
      readonly of: readonly string[];
      readonly weights: 'errors' | 'equal';
      /** Columns, in the order of `of`; null where each has its own. */
      readonly errors: readonly string[] | null;
      readonly atLeast: number;
    }
  | { readonly by: 'expression'; readonly expression: Expression };

export type QualityCut = Expression | WindowCut;

/** Stars with χ² above a percentile in the windows of any element are dropped (Wheeler et al. 2020, §2.1). */
export interface WindowCut {
  /** In words, for whoever counts stars. */
  readonly text: string;
  readonly percentile: number;
  /** Null: those that the labels are named after. */
  readonly elements: readonly string[] | null;
  readonly source:
    | { readonly from: 'survey' }
    /** A pattern with one `*`, or a column for each element. */
    | {
        readonly from: 'columns';
        readonly columns: string | readonly { readonly element: string; readonly column: string }[];
      }
    | {
        readonly from: 'spectra';
        /** Globs relative to the config's folder. */
        readonly spectra: readonly string[];
        readonly survey: SurveyFormat;
        /** Null: as the reference table's own. */
        readonly match: Match | null;
      };
}

export function isWindowCut(cut: QualityCut): cut is WindowCut {
  return 'percentile' in cut;
}

export interface ModelSpec {
  readonly name: string;
  /** Which stars: null means all, "otherwise" those that no earlier model took. */
  readonly where: Expression | 'otherwise' | null;
  readonly labels: readonly string[];
}

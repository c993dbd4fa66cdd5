/** A star's fit: its normalized spectrum, the model at its best labels, and how well they agree. */
import type { StarDiagnostics } from './diagnostics';
import type { NamedWindows } from '../spectra/elementWindows';

export interface FittedLabel {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** Formal standard error from the covariance of the fit. */
  readonly error: number;
  /** What errors of θ may move it by beside that (docs/method.md); absent where the model does not know. */
  readonly thetaError?: number;
  /** The reference label, where the star has one. */
  readonly reference: number | null;
  /** Outside the range that the training set covers. */
  readonly extrapolated: boolean;
}

/** Another minimum of χ². */
export interface RivalFit {
  /** In the order and units of `StarFit.labels`. */
  readonly labels: readonly number[];
  /** Above that of the best labels. */
  readonly deltaChi2: number;
}

/** All arrays but the covariance have one element a pixel of the model's grid. */
export interface StarFit {
  /** The star's own id: OBSID, else designation, else file name. */
  readonly star: string;
  /** Absolute path of the spectrum. */
  readonly path: string;
  /** "1001605073 · G2 · S/N 24 (g)". */
  readonly title: string;
  readonly model: { readonly name: string; readonly path: string };
  /** Vacuum Å, rest frame. */
  readonly waveAngstrom: Float64Array;
  /** Continuum-normalized flux and its standard error (NaN where masked). */
  readonly flux: Float32Array;
  readonly error: Float32Array;
  readonly masked: Uint8Array;
  readonly modelFlux: Float32Array;
  /** The model's own scatter s. */
  readonly scatter: Float32Array;
  /** (flux − model) / √(error² + s²); NaN where masked. */
  readonly residualSigma: Float32Array;
  readonly labels: readonly FittedLabel[];
  /** Of the labels, nLabels × nLabels, in their units. */
  readonly covariance: Float64Array;
  readonly rivals: readonly RivalFit[];
  /** What was divided out of the wavelengths, (1 + z); 0 for spectra that come in the rest frame. */
  readonly redshift: number;
  /** The windows of the survey's config that reach the grid; vacuum Å. */
  readonly windows: readonly NamedWindows[];
  readonly chi2: number;
  /** Pixels that took part in the fit. */
  readonly nPixels: number;
  readonly converged: boolean;
  /** Of the elements that are looked at, each window's own residual over its error: below 0 where deeper than the model. */
  readonly lines?: readonly { readonly element: string; readonly pulls: readonly number[] }[];
  readonly diagnostics?: StarDiagnostics | null;
  /** What a person should know before trusting the fit, each a sentence. */
  readonly flags: readonly string[];
}

/** One spectrum's fit without its pixels. Numbers that do not exist are NaN, and null in JSON. */
export interface FitInBrief {
  readonly star: string;
  /** Absolute. */
  readonly path: string;
  readonly title: string;
  readonly model: StarFit['model'];
  readonly labels: readonly FittedLabel[];
  readonly chi2: number;
  readonly nPixels: number;
  readonly redshift: number;
  /** χ² of the pixels with a weight in the windows of each element that reach the model's grid. */
  readonly windows: readonly { readonly name: string; readonly chi2: number; readonly nPixels: number }[];
  readonly flags: readonly string[];
}

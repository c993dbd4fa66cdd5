/** One spectrum as its file holds it: who it is, and its pixels in the observed frame. */
import type { SurveyFormat } from '../config/config';

export type CardRecord = Readonly<Record<string, string | number | bigint | boolean | null>>;

/** Everything about a spectrum but its pixels. Plain data: it crosses threads and processes. */
export interface SpectrumIdentity {
  readonly path: string;
  readonly survey: SurveyFormat;
  /** What people call it: OBSID, else designation, else file name. */
  readonly star: string;
  /** As decimal digits: LAMOST ids may exceed 32 bits. */
  readonly obsid: string | null;
  readonly designation: string | null;
  readonly subclass: string;
  /** ICRS, degrees. */
  readonly raDeg: number | null;
  readonly decDeg: number | null;
  /** z of the pipeline; null when it gives none (−9999). */
  readonly redshift: number | null;
  /** Signal to noise a pixel, by band; null when the pipeline gives none. */
  readonly snr: Readonly<Record<'u' | 'g' | 'r' | 'i' | 'z', number | null>> & {
    /** Over the whole spectrum, of pipelines that give one number. */
    readonly all?: number | null;
  };
  /** The primary header by keyword (first of duplicates), and what the format finds elsewhere about the star. */
  readonly cards: CardRecord;
}

/** All arrays have one element a pixel, in order of rising wavelength. */
export interface Spectrum extends SpectrumIdentity {
  /** Vacuum Å, observed frame. */
  readonly waveAngstrom: Float64Array;
  readonly flux: Float64Array;
  /** Inverse variance of `flux`; 0 where the pixel carries no information. */
  readonly ivar: Float64Array;
  /** 1 where the pixel must not be used (ivar 0, flux not above 0 or not finite, or a mask bit that forbids it). */
  readonly masked: Uint8Array;
  /** The survey's mask bits, of formats that have any; `SpectrumFormat.maskBits` says what they mean. */
  readonly maskBits?: Int32Array;
  readonly fluxUnit: string;
}

/** A spectrum on a model's grid: rest frame, continuum divided out. Masked and uncovered pixels have ivar 0 and flux 1. */
export interface NormalizedSpectrum {
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
}

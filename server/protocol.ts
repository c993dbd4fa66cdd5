/**
 * What client and server say to each other beyond standard LSP.
 *
 * Arrays cross as base64 of their bytes: JSON lists of numbers would be five times the size and lose NaN.
 */
import type { SpectrumDocument, StarFit } from '../engine/index';

/** A request's method with the types of its parameters and result attached; both sides send and answer by `method`. */
export interface Request<Params, Result> {
  readonly method: string;
  /** Never set: carries the types. */
  readonly types?: { params: Params; result: Result };
}

export interface PackedArray {
  readonly array: 'Float64Array' | 'Float32Array' | 'Uint8Array';
  readonly base64: string;
}

/** A number that JSON has no word for. */
export interface PackedNumber {
  readonly notFinite: 'NaN' | 'Infinity' | '-Infinity';
}

/** `T` with every typed array replaced by its packed form, and every number by one that survives JSON. */
export type Packed<T> = T extends Float64Array | Float32Array | Uint8Array
  ? PackedArray
  : T extends number
    ? T | PackedNumber
    : T extends object
      ? { [K in keyof T]: Packed<T[K]> }
      : T;

/** client → server: the FITS file at `path`, as a person looks at it. */
export interface ReadSpectrumParams {
  readonly path: string;
}
export const ReadSpectrumRequest: Request<ReadSpectrumParams, Packed<SpectrumDocument>> = {
  method: 'cannon/readSpectrum',
};

/** client → server: which stars the survey of `config` has, in the order in which the inspector steps through them. */
export interface ListStarsParams {
  readonly config: string;
}
export interface StarEntry {
  /** OBSID, else designation, else file name. */
  readonly star: string;
  readonly path: string;
  /** Subclass and S/N, for a pick list. */
  readonly detail: string;
}
export const ListStarsRequest: Request<ListStarsParams, readonly StarEntry[]> = { method: 'cannon/listStars' };

/** client → server: fit the star at `path` with the newest trained model of `config` (or with `model`). */
export interface InspectStarParams {
  readonly config: string;
  readonly path: string;
  readonly model?: string;
}
export const InspectStarRequest: Request<InspectStarParams, Packed<StarFit>> = { method: 'cannon/inspectStar' };

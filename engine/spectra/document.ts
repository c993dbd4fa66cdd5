/**
 * A FITS file as a person looks at it: its HDUs with their headers, and the spectrum in it when there is one.
 * These shapes travel to the language server and on to the panels.
 */

export interface HeaderCard {
  readonly keyword: string;
  readonly value: string;
  readonly comment: string;
}

export interface HduSummary {
  readonly index: number;
  /** EXTNAME, or "primary". */
  readonly name: string;
  /** In words: "image", "binary table", "ASCII table", "empty". */
  readonly kind: string;
  /** In words: "3909 × 5 float32", "1 row × 6 columns". */
  readonly size: string;
  readonly cards: readonly HeaderCard[];
}

export interface SpectrumArrays {
  /** Vacuum Å, as observed (not yet shifted to the rest frame). */
  readonly waveAngstrom: Float64Array;
  readonly flux: Float32Array;
  /** Standard error of `flux`; NaN where the pixel carries no information. */
  readonly error: Float32Array;
  /** 1 where the pixel must not be used: no information, or a mask bit that forbids it. */
  readonly masked: Uint8Array;
}

/** One bit of the survey's mask, and in how many pixels it is set. */
export interface MaskCount {
  readonly name: string;
  readonly meaning: string;
  /** Whether such pixels must not be used. */
  readonly forbids: boolean;
  readonly nPixels: number;
}

export interface SpectrumDocument {
  readonly fileName: string;
  /** One line that says which star this is: "1001605073 · G2 · S/N 24 (g)". */
  readonly title: string;
  readonly hdus: readonly HduSummary[];
  /** The format that the file was recognized as, where it has a spectrum. */
  readonly survey?: string;
  readonly spectrum: SpectrumArrays | null;
  /** What the mask says, in words; absent or empty where it says nothing. */
  readonly masks?: readonly MaskCount[];
  /** Unit of flux, as the file says, or "". */
  readonly fluxUnit: string;
  readonly redshift: number | null;
  /** Why there is no spectrum, or what is wrong with it; null when all is well. */
  readonly problem: { readonly message: string; readonly hint: string } | null;
}

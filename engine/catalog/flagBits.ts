/**
 * The bits of the catalog's column `flags`, and what each says in words: the one table of them. Documentation, queries and
 * panels are made from it.
 *
 * Bits 0 to 14 come from the numbers (`starFlags.ts`) by the thresholds of `flags` in the config, 16 to 20 from `review.yaml`.
 * A bit that is not set says that nothing was found, which is less than that nothing is there: where a column that it needs is
 * missing it is never set. Pure: panels use it too.
 */

/** A text column that says which labels or elements a bit is about, with spaces between. */
export type FlagColumn = 'extrapolating' | 'high_windows' | 'large_errors';

export interface FlagBit {
  readonly bit: number;
  readonly name: FlagName;
  /** What is so where it is set: a sentence without its end. */
  readonly words: string;
  /** What it may be about several of. */
  readonly about: 'labels' | 'elements' | null;
  /** Where those are named. */
  readonly column: FlagColumn | null;
  /** The keys of `flags` in the config that say when it is set; none where that is not a matter of degree. */
  readonly limits: readonly string[];
}

interface Row {
  readonly bit: number;
  readonly words: string;
  readonly about?: readonly ['labels' | 'elements', FlagColumn];
  readonly limits?: readonly string[];
}

const table = {
  extrapolating: {
    bit: 0,
    words: 'a label lies where the model is not believed',
    about: ['labels', 'extrapolating'],
  },
  chi2: {
    bit: 1,
    words: 'the model describes the spectrum worse than those of nearly all cross-validated stars',
    limits: ['percentile', 'chi2'],
  },
  window_chi2: {
    bit: 2,
    words:
      'the lines of an element differ from the model, or it describes their windows worse than in nearly all cross-validated stars',
    about: ['elements', 'high_windows'],
    limits: ['percentile', 'windowChi2', 'pull'],
  },
  rival: { bit: 3, words: 'other labels describe the spectrum nearly as well', limits: ['rival'] },
  not_converged: { bit: 4, words: 'the search for the labels did not end in a minimum' },
  large_error: {
    bit: 5,
    words: 'the error of a label is a large part of the range in which the model is believed',
    about: ['labels', 'large_errors'],
    limits: ['largeError'],
  },
  low_snr: { bit: 6, words: 'the signal to noise is low', limits: ['snr'] },
  bad_pixels: {
    bit: 7,
    words: 'many pixels of the spectrum cannot be used, or a stretch of it is bad',
    limits: ['badPixels', 'badStretch'],
  },
  binary: {
    bit: 8,
    words: 'two stars at different velocities describe the spectrum better than one',
    limits: ['binary'],
  },
  emission: { bit: 9, words: 'the spectrum has emission that the model does not have', limits: ['emission'] },
  rv_residual: {
    bit: 10,
    words: 'the spectrum is shifted against the model, as if its redshift were wrong',
    limits: ['velocity', 'velocityKms'],
  },
  at_bound: { bit: 11, words: 'a label, or the velocity, ran to the end of what is searched' },
  no_labels: { bit: 12, words: 'there are no labels' },
  observations_disagree: {
    bit: 13,
    words: 'the observations of the star differ by more than their errors',
    limits: ['disagreement'],
  },
  any_observation_extrapolates: {
    bit: 14,
    words: 'at least one observation has a label where the model is not believed',
    about: ['labels', 'extrapolating'],
  },
  reviewed_real: { bit: 16, words: 'review.yaml says that the star is as it looks' },
  reviewed_bad: { bit: 17, words: 'review.yaml says that the spectrum or a label is bad, or excludes the star' },
  reviewed_enriched: { bit: 18, words: 'review.yaml says that the star is enriched in an element' },
  reviewed_binary: { bit: 19, words: 'review.yaml says that the star is double' },
  reviewed_ignore: { bit: 20, words: 'review.yaml says that the star is to be ignored' },
} as const satisfies Readonly<Record<string, Row>>;

export type FlagName = keyof typeof table;

/** In the order of the bits. */
export const flagBits: readonly FlagBit[] = Object.entries<Row>(table).map(
  ([name, { bit, words, about, limits = [] }]) => ({
    ...{ bit, words, name: name as FlagName },
    ...{ about: about?.[0] ?? null, column: about?.[1] ?? null, limits },
  }),
);

/** The bits of people's verdicts; all others are the program's. */
export const reviewBits: number = maskOf(flagBits.filter(({ bit }) => bit >= 16).map(({ name }) => name));

/** The number whose bits are those of `names`. */
export function maskOf(names: Iterable<FlagName>): number {
  let mask = 0;
  for (const name of names) mask |= 1 << table[name].bit;
  return mask;
}

export function hasFlag(flags: number, name: FlagName): boolean {
  return ((flags >> table[name].bit) & 1) === 1;
}

/** The flags that are set, lowest bit first; bits that this version does not know are left out. */
export function flagsIn(flags: number): FlagBit[] {
  return flagBits.filter(({ bit }) => ((flags >> bit) & 1) === 1);
}

/**
 * Which oddities the residuals of a star show, where several measurements see one and the same thing.
 *
 * A second star changes every line, and a stretch of bad pixels whatever lies in it; so the one that explains most is believed:
 * first a stretch that fits badly, then a second star, then a velocity, then emission; what those could have caused is not told as another
 * oddity. Lines above or below the model are told where nothing else is wrong with the spectrum, and lithium beside emission, as
 * young stars have both. Measurements are those of `engine/cannon/diagnostics.ts`; NaN where one does not exist sets nothing.
 * Pure: panels use it too.
 */

/** The columns of one row that are judged. */
export interface ResidualRow {
  readonly emission: number;
  readonly emissionLine: string;
  readonly binaryDeltaChi2: number;
  readonly rvResidual: number;
  readonly rvError: number;
  readonly badStretch: number;
  /** Å */
  readonly badStretchAt: number;
  /** One an element. */
  readonly pulls: ArrayLike<number>;
  /** Which of them is lithium, as far as it is there. */
  readonly lithium?: number;
}

export interface ResidualThresholds {
  readonly binary: number;
  readonly emission: number;
  readonly velocity: number;
  readonly velocityKms: number;
  readonly pull: number;
  readonly badStretch: number;
}

/** What is flagged without a word of the config; docs/flags.md has where they come from. */
export const usualThresholds: ResidualThresholds = {
  ...{ binary: 100, emission: 6, velocity: 5, velocityKms: 30 },
  ...{ pull: 5, badStretch: 40 },
};

export interface ResidualFlags {
  readonly badStretch: boolean;
  readonly binary: boolean;
  readonly velocity: boolean;
  readonly emission: boolean;
  /** Indices of the elements whose lines are deeper or shallower than the model. */
  readonly elements: readonly number[];
}

/** Where lithium is among elements, by their names or those of their columns; −1 where it is not. */
export function lithiumAmong(names: readonly string[]): number {
  return names.findIndex((name) => /^(pull_)?li(_fe|_h)?$/i.test(name));
}

/** km/s: the light of a second star draws the velocity of the first by less than this. */
const drawnKms = 150;
/** Part of the wavelength: half the length of the longest stretch that is looked at. */
const halfStretch = 0.012;

/** @param waveOfLine Å of an emission line by its name; NaN where it is not known. */
export function residualFlags(
  row: ResidualRow,
  thresholds: ResidualThresholds,
  waveOfLine: (name: string) => number,
): ResidualFlags {
  const badStretch = row.badStretch > thresholds.badStretch;
  const binary = row.binaryDeltaChi2 > thresholds.binary;
  const speed = Math.abs(row.rvResidual);
  const isFast = speed > thresholds.velocityKms && speed > thresholds.velocity * row.rvError;
  const isInStretch =
    badStretch && Math.abs(waveOfLine(row.emissionLine) - row.badStretchAt) < halfStretch * row.badStretchAt;
  const elements: number[] = [];
  for (let k = 0; k < row.pulls.length; k++) if (Math.abs(row.pulls[k]!) > thresholds.pull) elements.push(k);
  const velocity = isFast && !(binary && speed < drawnKms);
  const emission = row.emission > thresholds.emission && !binary && !isInStretch;
  const isExplained = (k: number) => badStretch || binary || velocity || (emission && k !== row.lithium);
  return { badStretch, binary, velocity, emission, elements: elements.filter((k) => !isExplained(k)) };
}

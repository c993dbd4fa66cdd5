/**
 * A made-up cross-validation: Teff whose errors are half of what they should be, [Fe/H] whose errors are honest, [Eu/Fe] that
 * comes out nearer to its mean than it is, so that its ends are not to be believed, and one star that is far off.
 */
import type { ValidatedLabel, ValidationDetail } from '../../engine/index';
import { agreement } from '../../engine/cannon/agreement';
import { extrapolationBounds, relativePrecision } from '../../engine/cannon/extrapolation';
import { normal, randomNumbers } from './mockData';

interface Recipe {
  readonly label: string;
  readonly unit: string;
  readonly mean: number;
  readonly spread: number;
  /** How much of a deviation from the mean is found again. */
  readonly slope: number;
  readonly error: number;
  /** True scatter over formal error. */
  readonly honesty: number;
}

const recipes: readonly Recipe[] = [
  { label: 'teff', unit: 'K', mean: 4900, spread: 320, slope: 1, error: 30, honesty: 2 },
  { label: 'logg', unit: '', mean: 2.5, spread: 0.6, slope: 0.98, error: 0.08, honesty: 1.3 },
  { label: 'fe_h', unit: '', mean: -0.3, spread: 0.35, slope: 1, error: 0.05, honesty: 1 },
  { label: 'mg_fe', unit: '', mean: 0.12, spread: 0.1, slope: 0.8, error: 0.04, honesty: 1.1 },
  { label: 'eu_fe', unit: '', mean: 0.15, spread: 0.14, slope: 0.45, error: 0.08, honesty: 1.1 },
];

/** Index of the star that is far off in Teff. */
export const oddStar = 17;

export interface MockOptions {
  readonly seed?: number;
  readonly path?: string;
  readonly folds?: number | 'leave-one-out';
  readonly nStars?: number;
}

export function mockValidation(options: MockOptions = {}): ValidationDetail {
  const { seed = 1, path = '/survey/.cannon/runs/2/giants/cv.fits', folds = 12, nStars = 600 } = options;
  const random = randomNumbers(seed);
  // The stars are the same in every run; how they come out is not.
  const sky = randomNumbers(99);
  const snr = Float32Array.from({ length: nStars }, () => 20 + 180 * sky() ** 2);
  const labels = recipes.map((recipe) => mockLabel(recipe, snr, sky, random));
  return {
    ...{ path, model: 'giants', folds, labels, snr },
    stars: Array.from({ length: nStars }, (_, n) => String(101605073 + 7 * n)),
    spectra: Array.from({ length: nStars }, (_, n) => `/survey/spectra/spec-${n}.fits.gz`),
    fold: Float32Array.from(snr, (_, n) => (folds === 'leave-one-out' ? n : n % folds)),
    star: Float32Array.from(snr, (_, n) => n),
    chi2: Float32Array.from(snr, () => 3400 * (1 + 0.1 * normal(random))),
    nPixels: new Float32Array(nStars).fill(3450),
    converged: Uint8Array.from(snr, (_, n) => (n === 5 ? 0 : 1)),
    raDeg: Float64Array.from(snr, () => 360 * sky()),
    decDeg: Float64Array.from(snr, () => 60 * sky()),
    problems: Array.from(snr, () => ''),
    provenance: { SURVEY: 'lamost-lrs' },
  };
}

function mockLabel(recipe: Recipe, snr: Float32Array, sky: () => number, random: () => number): ValidatedLabel {
  const { label, unit, mean, spread, slope, honesty } = recipe;
  const truth = Float64Array.from(snr, () => mean + spread * normal(sky));
  const error = Float64Array.from(snr, (s) => recipe.error * Math.sqrt(80 / s));
  const inferred = truth.map((t, n) => mean + slope * (t - mean) + honesty * error[n]! * normal(random));
  if (label === 'teff') inferred[oddStar] = truth[oddStar]! + 900;
  const bounds = extrapolationBounds(inferred, truth);
  const found = agreement(inferred, truth);
  const order = [...snr.keys()].sort((a, b) => snr[a]! - snr[b]!);
  const bySnr = [0, 1, 2, 3].map((k) => {
    const rows = order.slice((k * order.length) / 4, ((k + 1) * order.length) / 4);
    const part = agreement(rows.map((n) => inferred[n]!), rows.map((n) => truth[n]!)); // prettier-ignore
    return { from: snr[rows[0]!]!, to: snr[rows.at(-1)!]!, ...part };
  });
  return {
    ...{ label, unit, truth, inferred, error, bySnr, ...found },
    lower: bounds?.lower ?? null,
    upper: bounds?.upper ?? null,
    lowerExcluded: bounds?.lowerExcluded ?? false,
    upperExcluded: bounds?.upperExcluded ?? false,
    relativePrecision: relativePrecision(found.scatter, bounds),
    extrapolated: Uint8Array.from(truth, (t) => (Math.abs(t - mean) > 2.6 * spread ? 1 : 0)),
  };
}

/**
 * What a fit leaves behind that tells of something the model does not know: a measurement of each kind of oddity, star by star.
 *
 * S/N and bad pixels; the residual in the lines of each element; lines in emission; a second star; a velocity; a stretch that fits
 * badly. Each is a pattern fitted beside labels and modes (`starResiduals.ts`), so on stars that the model describes
 * significances are unit normal and gains χ² of one degree of freedom, the largest of several for emission and second star.
 * What goes over all pixels, the model's slope in velocity, a second star and stretches, is summed for the whole block in kernel
 * memory (`residualPanels.ts`). Cost: docs/flags.md. Flux and weights as in `infer.ts`; velocities in km/s.
 */
import { largestOfSmallestOfMany } from '../kernels/select';
import { isSurveyFormat } from '../spectra/formats';
import { lineSpreadOf } from '../spectra/lineSpread';
import type { NamedWindows } from '../spectra/elementWindows';
import { type BadStretch, cutOff, halfMean, worstStretch } from './badStretch';
import { diagnosedElements, emissionLines } from './diagnosedLines';
import { bestShift, type ShiftScan, shiftScan } from './doubleLined';
import { lineAt, lineTemplate } from './lineTemplates';
import type { Model } from './model';
import { type PatternSums, ResidualPanels, type SecondSums } from './residualPanels';
import type { Projection, StarBlock } from './starBlock';
import { type FittedPattern, significanceOf, sparsePattern, type SparsePattern, StarResiduals } from './starResiduals';
import type { ModeElimination } from './starSums';
import { vectorizeGradient } from './vectorizer';

export interface StarDiagnostics {
  /** A pixel: the median over the pixels that have any. */
  readonly snr: number;
  /** The part of the pixels between the first and the last usable one that carry no information. */
  readonly badFraction: number;
  /** One for each of `diagnosedElements`: residual in its lines over its error, negative where deeper than the model; NaN without pixels. */
  readonly pulls: readonly number[];
  /** The most significant emission line without its two strongest pixels, in units of its error, and which; 0 and "" where none is above the model, NaN without pixels. */
  readonly emission: number;
  readonly emissionLine: string;
  /** By how much χ² falls with a second star, its velocity against the first, and its share of the light. 0, NaN and 0 where none is in sight. */
  readonly binaryDeltaChi2: number;
  readonly binaryVelocity: number;
  readonly binaryShare: number;
  /** The velocity that is left, and its error with the labels free; by how much χ² falls with it. */
  readonly rvResidual: number;
  readonly rvError: number;
  readonly rvDeltaChi2: number;
  /** The stretch that fits worst, in units of the spread expected, and its middle in Å. */
  readonly badStretch: number;
  readonly badStretchAt: number;
}

/** Pixels of lines and what a pixel is, the same for all stars of a model. */
export interface DiagnosticsPlan {
  readonly elements: readonly SparsePattern[];
  readonly emission: readonly { readonly name: string; readonly pattern: SparsePattern }[];
  /** 0 for a grid that is not equal in ln λ: nothing is said of velocities then. */
  readonly kmsPerPixel: number;
  readonly shifts: ShiftScan;
}

const speedOfLight = 299792.458;
/** Lines in emission by so many of their errors make no stretch a bad one. */
const certainEmission = 5;
/** Pixels on each side for its wings, and for what it does to the continuum. */
const beside = 24;
/** Emission of gas that moves, in km/s (FWHM), beside lines as narrow as the instrument makes them. */
const broadKms = 350;

export function planDiagnostics(model: Model, windows: readonly NamedWindows[]): DiagnosticsPlan {
  const { waveAngstrom: wave, provenance } = model;
  const survey = provenance['SURVEY'];
  const spread = isSurveyFormat(survey) ? lineSpreadOf(survey) : 0;
  const broad = Math.max(spread, broadKms / speedOfLight / 2.3548);
  const kmsPerPixel = pixelKms(wave);
  const patternOf = (own: NamedWindows['windows'], sigma: number) =>
    sparsePattern(model, lineTemplate(wave, own, sigma));
  return {
    elements: diagnosedElements(windows).map((named) => patternOf(named.windows, spread)),
    emission: emissionLines.flatMap(({ name, wave: at }) =>
      [...new Set([spread, broad])]
        .map((sigma) => ({ name, pattern: patternOf([lineAt(at)], sigma) }))
        .filter(({ pattern }) => pattern.pixels.length > 0),
    ),
    kmsPerPixel,
    shifts: kmsPerPixel > 0 ? shiftScan(kmsPerPixel) : { most: 0, runs: [] },
  };
}

function pixelKms(wave: Float64Array): number {
  const n = wave.length;
  const step = Math.log(wave[n - 1]! / wave[0]!) / (n - 1);
  for (let p = 1; p < n; p++) if (!(Math.abs(Math.log(wave[p]! / wave[p - 1]!) - step) <= 1e-3 * step)) return 0;
  return step * speedOfLight;
}

/** A fitted star of a block; labels and covariance are standardized. */
export interface DiagnosedStar {
  readonly labels: Float64Array;
  readonly covariance: Float64Array;
  readonly elimination: ModeElimination;
  /** Projection of the residuals at the labels. */
  readonly atLabels: Projection['sums'];
  readonly leftOut: readonly number[];
}

/** The stars of a block whose residuals at their labels have just been projected; null for those without a fit. Ends the block's use. */
export function diagnoseBlock(
  model: Model,
  plan: DiagnosticsPlan,
  block: StarBlock,
  stars: readonly (DiagnosedStar | null)[],
  flux: readonly Float64Array[],
  ivar: readonly Float64Array[],
): (StarDiagnostics | null)[] {
  const nPixels = model.scatter.length;
  const fitted = stars.map((star, n) => star && residualsOf(model, block, star, n));
  const emissions = fitted.map((residuals) => (residuals ? emissionOf(residuals, plan, nPixels) : noEmission));
  const pulls = fitted.map((residuals) =>
    plan.elements.map((one) => (residuals ? significanceOf(residuals.fit(one)) : NaN)),
  );
  const panels = new ResidualPanels(block, nPixels);
  const velocities = velocitiesOf(plan, panels, fitted);
  const restore = panels.without(
    'atLabels',
    emissions.map(({ pixels }) => pixels),
  );
  const stretches: (BadStretch | null)[] = [];
  panels.roughness(halfMean, cutOff, (_, sums, first) => stretches.push(worstStretch(nPixels, sums, first)));
  restore();
  return stars.map((star, n) => {
    if (star === null) return null;
    const { emission, emissionLine } = emissions[n]!;
    const stretch = stretches[n]!;
    return {
      ...signalOf(flux[n]!, ivar[n]!),
      pulls: pulls[n]!,
      ...{ emission, emissionLine },
      ...velocities[n]!,
      badStretch: stretch?.excess ?? NaN,
      badStretchAt: middleOf(stretch, model.waveAngstrom),
    };
  });
}

function residualsOf({ terms }: Model, block: StarBlock, star: DiagnosedStar, n: number): StarResiduals {
  const { labels, leftOut, elimination, atLabels, covariance } = star;
  const gradient = new Float64Array(terms.length * labels.length);
  vectorizeGradient(labels, terms, gradient);
  return new StarResiduals(block.pixelsOf(n), leftOut, elimination, atLabels, gradient, covariance);
}

interface Emission {
  readonly emission: number;
  readonly emissionLine: string;
  readonly pixels: readonly number[];
}

const noEmission: Emission = { emission: NaN, emissionLine: '', pixels: [] };

/** The strongest line, and the pixels of all that are certain. */
function emissionOf(residuals: StarResiduals, { emission: lines }: DiagnosticsPlan, nPixels: number): Emission {
  let [emission, emissionLine] = [NaN, ''];
  const pixels: number[] = [];
  for (const { name, pattern } of lines) {
    const significance = residuals.riseWithoutPeak(pattern);
    if (significance > certainEmission) {
      const { pixels: own } = pattern;
      if (isRipple(residuals, own[0]!, own[own.length - 1]!, nPixels)) continue;
      const last = Math.min(nPixels - 1, own[own.length - 1]! + beside);
      for (let p = Math.max(0, own[0]! - beside); p <= last; p++) pixels.push(p);
    }
    if (!Number.isNaN(significance) && !(significance <= emission)) {
      [emission, emissionLine] = [significance, significance > 0 ? name : ''];
    }
  }
  return { emission, emissionLine, pixels };
}

/** Whether residuals beside a line go as far below the model as those in it go above: a line in emission has none such. */
function isRipple(residuals: StarResiduals, first: number, last: number, nPixels: number): boolean {
  const at = (p: number) => (p < 0 || p >= nPixels ? 0 : residuals.residualAt(p));
  let [highest, lowest] = [0, 0];
  for (let p = Math.max(0, first - beside); p <= Math.min(nPixels - 1, last + beside); p++) {
    const mean = (at(p - 1) + at(p) + at(p + 1)) / 3;
    if (p >= first && p <= last) highest = Math.max(highest, mean);
    else lowest = Math.min(lowest, mean);
  }
  return -lowest > 0.6 * highest;
}

const noVelocities = {
  ...{ rvResidual: NaN, rvError: NaN, rvDeltaChi2: NaN },
  ...{ binaryDeltaChi2: NaN, binaryVelocity: NaN, binaryShare: NaN },
};

/** A star's velocity that is left, and a second star where one is in sight. */
function velocitiesOf(
  { kmsPerPixel, shifts }: DiagnosticsPlan,
  panels: ResidualPanels,
  stars: readonly (StarResiduals | null)[],
): (typeof noVelocities)[] {
  if (kmsPerPixel === 0) return stars.map(() => noVelocities);
  const restore = panels.without(
    'weight',
    stars.map((star) => star?.leftOut ?? []),
  );
  const { shifts: scan, slopes } = panels.scan(shifts.runs);
  const velocities = stars.map((star, n) => star && star.freed(slopes[n]!));
  const wanted = velocities.flatMap((velocity, n) => {
    const shift = velocity && bestShift(shifts, scan, n);
    return shift === null ? [] : [{ n, shift }];
  });
  const seconds = new Map(panels.seconds(wanted).map((sums, k) => [wanted[k]!.n, { sums, shift: wanted[k]!.shift }]));
  restore();
  return stars.map((star, n) => {
    const velocity = velocities[n] ?? null;
    if (star === null || velocity === null) return noVelocities;
    const rv = {
      rvResidual: (kmsPerPixel * velocity.product) / velocity.square,
      rvError: kmsPerPixel / Math.sqrt(velocity.square),
      rvDeltaChi2: velocity.product ** 2 / velocity.square,
    };
    const second = seconds.get(n);
    const found = second ? secondStar(star, second.sums, slopes[n]!, velocity) : null;
    if (!second || !found) return { ...rv, binaryDeltaChi2: 0, binaryVelocity: NaN, binaryShare: 0 };
    return { ...rv, ...found, binaryVelocity: second.shift * kmsPerPixel };
  });
}

/** A second star with the velocity of the first free; null where its light would be negative. */
function secondStar(
  star: StarResiduals,
  sums: SecondSums,
  slope: PatternSums,
  velocity: FittedPattern,
): { readonly binaryDeltaChi2: number; readonly binaryShare: number } | null {
  const alone = star.freed(sums);
  if (alone === null) return null;
  const both = star.overlap(sums.withSlope, sums.projected, slope.projected);
  const product = alone.product - (both * velocity.product) / velocity.square;
  const square = alone.square - both ** 2 / velocity.square;
  if (!(product > 0) || !(square > 0)) return null;
  return { binaryDeltaChi2: product ** 2 / square, binaryShare: product / square };
}

function middleOf(stretch: BadStretch | null, wave: Float64Array): number {
  return stretch === null ? NaN : wave[(stretch.from + stretch.to) >> 1]!;
}

let ratios = new Float64Array(0);

/** As `agreement.ts` has it. */
function signalOf(flux: Float64Array, ivar: Float64Array): Pick<StarDiagnostics, 'snr' | 'badFraction'> {
  const n = ivar.length;
  if (ratios.length < n) ratios = new Float64Array(n);
  let [count, first, last] = [0, n, -1];
  for (let p = 0; p < n; p++) {
    if (!(ivar[p]! > 0)) continue;
    if (first === n) first = p;
    last = p;
    const ratio = flux[p]! * Math.sqrt(ivar[p]!);
    if (ratio - ratio === 0) ratios[count++] = ratio;
  }
  if (count === 0) return { snr: 0, badFraction: 1 };
  return {
    snr: largestOfSmallestOfMany(ratios.subarray(0, count), (count + 1) >> 1),
    badFraction: 1 - count / (last - first + 1),
  };
}

/**
 * What a fit leaves behind that tells of something the model does not know: a measurement of each kind of oddity, star by star.
 *
 * S/N and bad pixels; the residual in the lines of each element; lines in emission; a second star; a velocity; a stretch that fits
 * badly. Each is a pattern fitted beside labels and modes (`starResiduals.ts`), so on stars that the model describes
 * significances are unit normal and gains χ² of one degree of freedom, the largest of several for emission and second star.
 * Two patterns a star go over all pixels: the model's slope in velocity, and a second star; their sums are taken for the
 * whole block at once. Cost: docs/flags.md. Flux and weights as in `infer.ts`; velocities in km/s.
 */
import { largestOfSmallest } from '../kernels/select';
import { isSurveyFormat } from '../spectra/formats';
import { lineSpreadOf } from '../spectra/lineSpread';
import type { NamedWindows } from '../spectra/elementWindows';
import { type BadStretch, worstStretch } from './badStretch';
import { diagnosedElements, emissionLines } from './diagnosedLines';
import { bestShift, secondStar, type ShiftScan, shiftsOf } from './doubleLined';
import { lineAt, type LineTemplate, lineTemplate } from './lineTemplates';
import type { Model } from './model';
import type { Projection, StarBlock } from './starBlock';
import { type Pattern, significanceOf, StarResiduals } from './starResiduals';
import type { ModeElimination } from './starSums';
import { vectorize, vectorizeGradient } from './vectorizer';

export interface StarDiagnostics {
  /** A pixel: the median over the pixels that have any. */
  readonly snr: number;
  /** The part of the pixels between the first and the last usable one that carry no information. */
  readonly badFraction: number;
  /** One for each of `diagnosedElements`: residual in its lines over its error, negative where deeper than the model; NaN without pixels. */
  readonly pulls: readonly number[];
  /** The most significant emission line without its two strongest pixels, in units of its error, and which; NaN and "" without any. */
  readonly emission: number;
  readonly emissionLine: string;
  /** By how much χ² falls with a second star, its velocity against the first, and its share of the light. 0 where light would be negative. */
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
  readonly elements: readonly LineTemplate[];
  readonly emission: readonly { readonly name: string; readonly template: LineTemplate }[];
  /** 0 for a grid that is not equal in ln λ: nothing is said of velocities then. */
  readonly kmsPerPixel: number;
  readonly shifts: readonly number[];
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
  return {
    elements: diagnosedElements(windows).map((named) => lineTemplate(wave, named.windows, spread)),
    emission: emissionLines.flatMap(({ name, wave: at }) =>
      [...new Set([spread, broad])]
        .map((sigma) => ({ name, template: lineTemplate(wave, [lineAt(at)], sigma) }))
        .filter(({ template }) => template.pixels.length > 0),
    ),
    kmsPerPixel,
    shifts: kmsPerPixel > 0 ? shiftsOf(kmsPerPixel) : [],
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

/** The stars of a block that has been moved to their labels; null for those without a fit. Overwrites the block's projections. */
export function diagnoseBlock(
  model: Model,
  plan: DiagnosticsPlan,
  block: StarBlock,
  stars: readonly (DiagnosedStar | null)[],
  flux: readonly Float64Array[],
  ivar: readonly Float64Array[],
): (StarDiagnostics | null)[] {
  const views = stars.map((star, n) => star && new StarView(model, block, star, n, flux[n]!));
  const leftOut = stars.map((star) => star?.leftOut ?? []);
  const room = new Float64Array(model.scatter.length);
  const hasVelocities = plan.kmsPerPixel > 0;
  const slopes = hasVelocities
    ? block.projectPatterns((n) => views[n]?.slopeInto(room) ?? null, leftOut)
    : stars.map(() => null);
  const scans = views.map((view) => view?.scan(plan.shifts) ?? null);
  const seconds = hasVelocities
    ? block.projectPatterns((n) => {
        if (scans[n] === null) return null;
        secondStar(views[n]!.modelFlux, scans[n]!.shift, room);
        return room;
      }, leftOut)
    : slopes;
  return views.map((view, n) => view && view.diagnose(plan, flux[n]!, ivar[n]!, slopes[n]!, seconds[n]!, scans[n]!));
}

/** One star of the block, with arrays of its own. */
class StarView {
  readonly modelFlux: Float64Array;
  readonly #weight: Float64Array;
  readonly #used: Float64Array;
  readonly #residuals: StarResiduals;
  readonly #wave: Float64Array;

  constructor(model: Model, block: StarBlock, star: DiagnosedStar, n: number, flux: Float64Array) {
    const nPixels = flux.length;
    const { terms, theta } = model;
    const [weight, residual] = [new Float64Array(nPixels), new Float64Array(nPixels)];
    block.copyStar(n, weight, residual);
    const used = weight.slice();
    for (const p of star.leftOut) used[p] = 0;
    const eta = new Float64Array(terms.length);
    vectorize(star.labels, terms, eta);
    const modelFlux = new Float64Array(nPixels);
    for (let p = 0; p < nPixels; p++) {
      if (weight[p]! > 0) modelFlux[p] = flux[p]! - residual[p]!;
      else for (let t = 0; t < eta.length; t++) modelFlux[p]! += theta[p * eta.length + t]! * eta[t]!;
    }
    const gradient = new Float64Array(terms.length * star.labels.length);
    vectorizeGradient(star.labels, terms, gradient);
    this.modelFlux = modelFlux;
    this.#weight = weight;
    this.#used = used;
    this.#wave = model.waveAngstrom;
    const { elimination, atLabels, covariance } = star;
    this.#residuals = new StarResiduals(
      ...([model, weight, used, residual, elimination, atLabels, gradient, covariance] as const),
    );
  }

  /** By how much the model changes where it is shifted by a pixel: the derivative through five pixels. */
  slopeInto(out: Float64Array): Float64Array {
    const a = this.modelFlux;
    const n = a.length;
    out.fill(0);
    for (let p = 2; p < n - 2; p++) out[p] = (a[p + 2]! - 8 * a[p + 1]! + 8 * a[p - 1]! - a[p - 2]!) / 12;
    return out;
  }

  scan(shifts: readonly number[]): ShiftScan | null {
    return bestShift(this.modelFlux, this.#used, this.#residuals.residual, shifts);
  }

  diagnose(
    plan: DiagnosticsPlan,
    flux: Float64Array,
    ivar: Float64Array,
    slopeSums: Float64Array | null,
    secondSums: Float64Array | null,
    scan: ShiftScan | null,
  ): StarDiagnostics {
    const residuals = this.#residuals;
    const { emission, emissionLine, pixels } = this.#emission(plan);
    const stretch = worstStretch(this.#weight, residuals.residual, pixels);
    return {
      ...signalOf(flux, ivar),
      pulls: plan.elements.map((template) => significanceOf(residuals.fit(template))),
      ...{ emission, emissionLine },
      ...(slopeSums === null ? noVelocities : this.#velocities(plan.kmsPerPixel, slopeSums, secondSums!, scan)),
      badStretch: stretch?.excess ?? NaN,
      badStretchAt: middleOf(stretch, this.#wave),
    };
  }

  /** The strongest line, and the pixels of all that are certain. */
  #emission({ emission: lines }: DiagnosticsPlan): { emission: number; emissionLine: string; pixels: number[] } {
    let [emission, emissionLine] = [NaN, ''];
    const pixels: number[] = [];
    for (const { name, template } of lines) {
      const significance = significanceOf(this.#residuals.fitWithoutPeak(template));
      if (significance > certainEmission && this.#isRipple(template)) continue;
      if (significance > certainEmission) {
        const { pixels: own } = template;
        for (let p = own[0]! - beside; p <= own[own.length - 1]! + beside; p++) if (p >= 0) pixels.push(p);
      }
      if (!Number.isNaN(significance) && !(significance <= emission)) {
        [emission, emissionLine] = [significance, name];
      }
    }
    return { emission, emissionLine, pixels };
  }

  /** Whether residuals beside a line go as far below the model as those in it go above: a line in emission has none such. */
  #isRipple({ pixels }: LineTemplate): boolean {
    const { residual } = this.#residuals;
    const [first, last] = [pixels[0]!, pixels[pixels.length - 1]!];
    const mean = (p: number) => ((residual[p - 1] ?? 0) + residual[p]! + (residual[p + 1] ?? 0)) / 3;
    let [highest, lowest] = [0, 0];
    for (let p = Math.max(0, first - beside); p <= Math.min(residual.length - 1, last + beside); p++) {
      if (p >= first && p <= last) highest = Math.max(highest, mean(p));
      else lowest = Math.min(lowest, mean(p));
    }
    return -lowest > 0.6 * highest;
  }

  #velocities(
    kmsPerPixel: number,
    slopeSums: Float64Array,
    secondSums: Float64Array,
    scan: ShiftScan | null,
  ): typeof noVelocities {
    const residuals = this.#residuals;
    const [used, { residual, elimination }] = [this.#used, residuals];
    const slope = this.slopeInto(new Float64Array(used.length));
    const ofSlope: Pattern = elimination.project(slopeSums);
    const own = sumsOf(used, slope, residual);
    const velocity = residuals.freed(own.product, own.square, ofSlope);
    if (velocity === null) return noVelocities;
    const rv = {
      rvResidual: (kmsPerPixel * velocity.product) / velocity.square,
      rvError: kmsPerPixel / Math.sqrt(velocity.square),
      rvDeltaChi2: velocity.product ** 2 / velocity.square,
    };
    const none = { ...rv, binaryDeltaChi2: 0, binaryVelocity: NaN, binaryShare: 0 };
    if (scan === null) return none;
    const second = new Float64Array(used.length);
    secondStar(this.modelFlux, scan.shift, second);
    const ofSecond: Pattern = elimination.project(secondSums);
    const sums = sumsOf(used, second, residual);
    const alone = residuals.freed(sums.product, sums.square, ofSecond);
    if (alone === null) return none;
    const both = residuals.overlap(sumsOf(used, second, slope).product, ofSecond, ofSlope);
    const product = alone.product - (both * velocity.product) / velocity.square;
    const square = alone.square - both ** 2 / velocity.square;
    if (!(product > 0) || !(square > 0)) return none;
    return {
      ...rv,
      binaryDeltaChi2: product ** 2 / square,
      binaryVelocity: scan.shift * kmsPerPixel,
      binaryShare: product / square,
    };
  }
}

const noVelocities = {
  ...{ rvResidual: NaN, rvError: NaN, rvDeltaChi2: NaN },
  ...{ binaryDeltaChi2: NaN, binaryVelocity: NaN, binaryShare: NaN },
};

function sumsOf(weight: Float64Array, t: Float64Array, x: Float64Array): { product: number; square: number } {
  let [product, square] = [0, 0];
  for (let p = 0; p < t.length; p++) {
    const wt = weight[p]! * t[p]!;
    product += wt * x[p]!;
    square += wt * t[p]!;
  }
  return { product, square };
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
    snr: largestOfSmallest(ratios.subarray(0, count), (count + 1) >> 1),
    badFraction: 1 - count / (last - first + 1),
  };
}

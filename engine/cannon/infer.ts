/**
 * The test step: the labels of many stars by nonlinear least squares, with their covariance and rival minima.
 *
 * Sums over pixels are taken for a block of stars at once (`starBlock.ts`); each star's χ² is then a polynomial
 * (`starSums.ts`), whose minima are looked for (`quartic.ts`). Pixels off by more than five of their errors (or of the
 * star's typical residual, where that is larger) are then left out and the fit goes on from there, as cosmic rays and sky
 * lines are no evidence about a star. A star's fit does not depend on which others share its block.
 */
import type { KernelKind } from '../kernels/kernels';
import type { Model } from './model';
import { diagnosticsAt, type FitRows, lookElsewhere } from './relocate';
import { samplePosterior, type Posterior } from './posterior';
import { QuarticSurface, runaway, type Chi2Polynomial, type GaussianPrior, type Minimum } from './quartic';
import { type NamedWindows, pixelsIn } from '../spectra/elementWindows';
import {
  diagnoseBlock,
  type DiagnosedStar,
  type DiagnosticsPlan,
  planDiagnostics,
  type StarDiagnostics,
} from './diagnostics';
import { type Projection, StarBlock, type WindowChi2 } from './starBlock';
import { blockStars, keptInferenceBytes } from './starLayout';
import { ModeElimination } from './starSums';
import { ThetaShare } from './thetaShare';
import { bestTrial, refine, shiftedBack, trialShifts, withoutEnds, type VelocityFit } from './velocity';

export interface LabelFit {
  /** In the order and units of the model's labels. NaN, as are the errors, when there is a `problem`. */
  readonly labels: Float64Array;
  /** Formal standard errors: roots of the covariance's diagonal. */
  readonly errors: Float64Array;
  /** nLabels × nLabels, in the labels' units. */
  readonly covariance: Float64Array;
  /** What errors of θ move labels by, rms, beside `errors` (`thetaShare.ts`); null where the model does not know. */
  readonly thetaErrors: Float64Array | null;
  /** Σ (f − model)² / (σ² + s²) over all usable pixels, clipped ones too: how well the model describes the star. */
  readonly chi2: number;
  /** Usable pixels, and how many of them were too far off to have a say in the labels. */
  readonly nPixels: number;
  readonly nClipped: number;
  readonly converged: boolean;
  /** Outside the range that the training set covers, one a label. */
  readonly extrapolated: readonly boolean[];
  /** Labels that ran away to the end of what is searched, a hundred standard deviations from the training set's mean. */
  readonly atBound: readonly boolean[];
  /** Other local minima of χ² over all usable pixels, best first. */
  readonly rivals: readonly Rival[];
  /** The part of `chi2` in each window that was asked for, and its usable pixels. */
  readonly windows: readonly WindowChi2[];
  /** Samples in the labels' units, where they were asked for and could be drawn. */
  readonly posterior: Posterior | null;
  /** The velocity that was fitted along, where that was asked for; labels and errors are those with it free. */
  readonly velocity: VelocityFit | null;
  /** What the residuals tell, where that was asked for. */
  readonly diagnostics: StarDiagnostics | null;
  /** Why there are no labels, one sentence; null when there are. */
  readonly problem: string | null;
}

export interface Rival {
  readonly labels: Float64Array;
  /** By how much its minimized χ² (with the prior, if any) is higher than that of the best. */
  readonly deltaChi2: number;
}

export interface InferOptions {
  /** Pixels off by more than this many errors are left out (default 5); Infinity keeps all. */
  readonly clippingSigma?: number;
  /** A Gaussian prior on each label, in its units; null for none. */
  readonly prior?: readonly (GaussianPrior | null)[];
  /** Sets of windows whose χ² is told apart. */
  readonly windows?: readonly NamedWindows[];
  /** So many samples of the posterior, each star's from a seed of its own: they do not depend on the batch. */
  readonly samples?: { readonly count: number; readonly seeds: readonly number[] };
  /** Whether to measure what the residuals tell of oddities (`diagnostics.ts`). */
  readonly diagnostics?: boolean;
  /** A radial velocity of at most so many km/s, either way, is fitted along (`velocity.ts`); there are no samples then. */
  readonly maxVelocityKms?: number;
  /** Which kernels do the sums; by default those that serve best here. */
  readonly kernels?: KernelKind;
}

const maxClippingRounds = 3;

/** Fits one star: `inferStars` of a single row. */
export function inferStar(model: Model, flux: Float64Array, ivar: Float64Array, options?: InferOptions): LabelFit {
  return inferStars(model, [flux], [ivar], options)[0]!;
}

/**
 * Fits the labels of stars to their normalized flux and ivar on the model's grid, a row a star.
 * A star that cannot be fitted has a `problem`. The thread keeps the kernel memory for the next call.
 * @throws UserError CAN320 when the memory cannot be had.
 */
export function inferStars(
  model: Model,
  flux: readonly Float64Array[],
  ivar: readonly Float64Array[],
  options: InferOptions = {},
): LabelFit[] {
  if ((options.maxVelocityKms ?? 0) > 0) return inferWithVelocity(model, flux, ivar, options);
  const fits = fitAtRest(model, flux, ivar, options);
  return options.diagnostics === true ? lookElsewhere(model, flux, ivar, fits, fitterOf(model, options)) : fits;
}

/** Fits rows as these options say, without samples. */
function fitterOf(model: Model, { prior, windows, kernels }: InferOptions): FitRows {
  const common = { ...(prior && { prior }), ...(windows && { windows }), ...(kernels && { kernels }) };
  return (flux, ivar, diagnostics) => fitAtRest(model, flux, ivar, { ...common, diagnostics });
}

function fitAtRest(
  model: Model,
  flux: readonly Float64Array[],
  ivar: readonly Float64Array[],
  options: InferOptions,
): LabelFit[] {
  const tools = toolsFor(model, options);
  if (tools.block.setModel(model)) tools.plan = null;
  const fits: LabelFit[] = [];
  for (let from = 0; from < flux.length; from += blockStars) {
    const rows = [from, from + blockStars] as const;
    const samples = options.samples && { ...options.samples, seeds: options.samples.seeds.slice(...rows) };
    const ofBlock = samples === undefined ? options : { ...options, samples };
    fits.push(...fitBlock(model, tools, flux.slice(...rows), ivar.slice(...rows), ofBlock));
  }
  return fits;
}

/** Trials of all stars at one shift after another, so that each is a fast fit of many stars; then star by star. */
function inferWithVelocity(
  model: Model,
  flux: readonly Float64Array[],
  ivar: readonly Float64Array[],
  own: InferOptions,
): LabelFit[] {
  const { maxVelocityKms = 0, clippingSigma = 5, prior = [], windows = [], kernels } = own;
  const { most, trials } = trialShifts(model, maxVelocityKms);
  const cut = ivar.map((row) => withoutEnds(row, most));
  const options = { clippingSigma: Infinity, prior, ...(kernels && { kernels }) };
  const back = (rows: readonly Float64Array[], shift: number) => rows.map((row) => shiftedBack(row, shift));
  const fits = trials.map((shift) => inferStars(model, back(flux, shift), back(cut, shift), options));
  const refining = {
    most,
    clippingSigma,
    prior: standardPrior(model, prior),
    windows: windows.map((set) => pixelsIn(model.waveAngstrom, set.windows)),
  };
  return flux.map((row, n) => {
    const start = bestTrial(
      trials,
      fits.map((ofShift) => ofShift[n]!),
    );
    const fit = refine(model, row, cut[n]!, start, refining);
    if (own.diagnostics !== true || fit.velocity === null) return fit;
    return { ...fit, diagnostics: diagnosticsAt(model, row, ivar[n]!, fit.velocity, fitterOf(model, own)) };
  });
}

function standardPrior({ labels }: Model, prior: readonly (GaussianPrior | null)[]): (GaussianPrior | null)[] {
  return prior.map((one, i) => {
    const { pivot, scale } = labels[i]!;
    return one && { mean: (one.mean - pivot) / scale, sigma: one.sigma / scale };
  });
}

interface Tools {
  readonly block: StarBlock;
  readonly surface: QuarticSurface;
  /** Pixels of lines, as long as the block's model is used with the same windows. */
  plan: { readonly key: string; readonly plan: DiagnosticsPlan } | null;
}

/** Kernel memory and tables of derivatives take a while to make: a thread keeps those of the last models. */
const kept = new Map<string, Tools>();
const maxKept = 4;

function toolsFor(model: Model, { kernels: kind, prior = [] }: InferOptions): Tools {
  const { terms, labels, scatter, modes } = model;
  const shape = { terms, nPixels: scatter.length, nModes: modes.length / scatter.length };
  const ownPrior = standardPrior(model, prior);
  const key = JSON.stringify([shape, labels.length, ownPrior, kind]);
  let tools = kept.get(key);
  if (tools === undefined) {
    const block = new StarBlock(shape, kind);
    const surface = new QuarticSurface(block.products.monomials, terms, labels.length, ownPrior, kind);
    tools = { block, surface, plan: null };
  }
  // The last used stands last.
  kept.delete(key);
  kept.set(key, tools);
  let bytes = [...kept.values()].reduce((sum, { block }) => sum + block.bytes, 0);
  for (const [oldest, { block }] of kept) {
    if (kept.size <= maxKept && (bytes <= keptInferenceBytes || kept.size === 1)) break;
    kept.delete(oldest);
    bytes -= block.bytes;
  }
  return tools;
}

/** A star on its way: `first` is the minimum with all usable pixels. */
interface Fitting {
  /** Sums over all usable pixels. */
  readonly moments: Float64Array;
  readonly atPivot: Projection;
  readonly first: Minimum;
  readonly rivals: readonly Minimum[];
  best: Minimum;
  elimination: ModeElimination;
  polynomial: Chi2Polynomial;
  leftOut: readonly number[];
  settled: boolean;
}

function fitBlock(
  model: Model,
  tools: Tools,
  flux: readonly Float64Array[],
  ivar: readonly Float64Array[],
  { clippingSigma = 5, windows = [], samples, diagnostics = false }: InferOptions,
): LabelFit[] {
  const { block, surface } = tools;
  const nPixels = block.load(flux, ivar);
  const ranges = model.labels.map(({ pivot, scale, min, max }) => ({
    min: (min - pivot) / scale,
    max: (max - pivot) / scale,
  }));
  const pixelsOf = windows.map((set) => pixelsIn(model.waveAngstrom, set.windows));
  const moments = block.moments();
  const stars = block.projectAtPivot().map((atPivot, n): Fitting => {
    const elimination = new ModeElimination(block, moments[n]!);
    const polynomial = elimination.polynomial(atPivot);
    surface.set(polynomial);
    const { best, rivals } = surface.search(ranges, nPixels[n]!);
    const sums = { moments: moments[n]!, atPivot };
    return { ...sums, first: best, rivals, best, elimination, polynomial, leftOut: [], settled: false };
  });
  leaveOutFarOff(block, surface, stars, clippingSigma);
  const leftOut = stars.map((star) => star.leftOut);
  const sums = block.projectAtLabels(leftOut);
  const share = shareOf(model);
  const diagnosed: (DiagnosedStar | null)[] = [];
  const fits = sums.map((atLabels, n) => {
    const star = stars[n]!;
    const finish = surface.finish(star.best, star.elimination.slopes(atLabels));
    // The covariance comes to be in the labels' units.
    const covariance = finish.covariance?.slice() ?? null;
    const fit = resultOf(model, star, finish, nPixels[n]!, block.chi2[n]!);
    const isDiagnosed = diagnostics && fit.problem === null && covariance !== null;
    diagnosed.push(isDiagnosed ? { ...star, labels: star.best.labels, covariance, atLabels } : null);
    if (fit.problem !== null) return fit;
    const pixels = block.pixelsOf(n);
    const fitted = covariance && { ...star, labels: star.best.labels, covariance, pixels };
    return {
      ...fit,
      thetaErrors: (fitted && share?.errorsOf(fitted)) ?? null,
      windows: pixelsOf.map((pixels) => block.chi2Of(n, pixels)),
      posterior: samples ? sample(model, surface, star, samples.count, samples.seeds[n]!) : null,
    };
  });
  if (!diagnostics) return fits;
  const found = diagnoseBlock(model, diagnosticsPlanOf(tools, model, windows), block, diagnosed, flux, ivar);
  return fits.map((fit, n) => ({ ...fit, diagnostics: found[n]! }));
}

/** Made once a model. */
const shares = new WeakMap<Model, ThetaShare | null>();

function shareOf(model: Model): ThetaShare | null {
  let share = shares.get(model);
  if (share === undefined) shares.set(model, (share = ThetaShare.of(model)));
  return share;
}

function diagnosticsPlanOf(tools: Tools, model: Model, windows: readonly NamedWindows[]): DiagnosticsPlan {
  const { waveAngstrom: wave, provenance } = model;
  const key = JSON.stringify([windows, provenance['SURVEY'], wave[0], wave[wave.length - 1]]);
  if (tools.plan?.key !== key) tools.plan = { key, plan: planDiagnostics(model, windows) };
  return tools.plan.plan;
}

function sample(
  model: Model,
  surface: QuarticSurface,
  { best, rivals, polynomial }: Fitting,
  count: number,
  seed: number,
): Posterior | null {
  surface.set(polynomial);
  // Leaving pixels out has moved the other minima too.
  const others = rivals.map((rival) => surface.descend(rival.labels)).filter(({ converged }) => converged);
  const posterior = samplePosterior((labels) => surface.chi2At(labels), [best, ...others], count, seed);
  if (posterior === null) return null;
  const nLabels = model.labels.length;
  const samples = posterior.samples.map((x, k) => {
    const { pivot, scale } = model.labels[k % nLabels]!;
    return pivot + x * scale;
  });
  return { ...posterior, samples };
}

/** Leaves out pixels and fits again until nothing changes, a few times at most. Ends with the residuals at the labels. */
function leaveOutFarOff(
  block: StarBlock,
  surface: QuarticSurface,
  stars: readonly Fitting[],
  clippingSigma: number,
): void {
  const move = () =>
    block.moveTo(
      stars.map(({ best }) => best.labels),
      (n) => !stars[n]!.settled,
    );
  for (let round = 0; round < maxClippingRounds; round++) {
    move();
    stars.forEach((star, n) => {
      if (star.settled) return;
      const far = block.farOff(n, clippingSigma);
      star.settled = far.join() === star.leftOut.join();
      star.leftOut = far;
    });
    if (stars.every(({ settled }) => settled)) return;
    stars.forEach((star, n) => {
      if (star.settled) return;
      star.elimination = new ModeElimination(block, block.momentsWithout(n, star.moments, star.leftOut));
      star.polynomial = star.elimination.polynomial(block.projectionWithout(n, star.atPivot, star.leftOut));
      surface.set(star.polynomial);
      star.best = surface.descend(star.best.labels);
    });
  }
  move();
}

function resultOf(
  model: Model,
  { first, rivals, best, leftOut }: Fitting,
  { labels: standardized, covariance }: ReturnType<QuarticSurface['finish']>,
  nPixels: number,
  chi2: number,
): LabelFit {
  const nLabels = model.labels.length;
  if (nPixels === 0) return failed(model, nPixels, 'The spectrum has no usable pixel where the model has one');
  if (nPixels < nLabels) {
    return failed(model, nPixels, `The spectrum has ${nPixels} usable pixels, too few for ${nLabels} labels`);
  }
  if (covariance === null) return failed(model, nPixels, 'The usable pixels do not determine all labels');
  for (let k = 0; k < covariance.length; k++) {
    covariance[k]! *= model.labels[Math.floor(k / nLabels)]!.scale * model.labels[k % nLabels]!.scale;
  }
  const labels = inUnits(model, standardized);
  return {
    labels,
    errors: Float64Array.from(labels, (_, i) => Math.sqrt(covariance[i * (nLabels + 1)]!)),
    covariance,
    thetaErrors: null,
    chi2,
    nPixels,
    nClipped: leftOut.length,
    converged: best.converged,
    extrapolated: model.labels.map(({ min, max }, i) => labels[i]! < min || labels[i]! > max),
    atBound: Array.from(best.labels, (x) => !(Math.abs(x) < runaway)),
    rivals: rivals.map((rival) => ({ labels: inUnits(model, rival.labels), deltaChi2: rival.chi2 - first.chi2 })),
    windows: [],
    posterior: null,
    velocity: null,
    diagnostics: null,
    problem: null,
  };
}

function inUnits(model: Model, standardized: Float64Array): Float64Array {
  return standardized.map((x, i) => model.labels[i]!.pivot + x * model.labels[i]!.scale);
}

/** The fit of a star that has none. */
export function failed(model: Model, nPixels: number, problem: string): LabelFit {
  const nothing = new Float64Array(model.labels.length).fill(NaN);
  return {
    labels: nothing,
    errors: nothing.slice(),
    covariance: new Float64Array(model.labels.length ** 2).fill(NaN),
    thetaErrors: null,
    chi2: NaN,
    nPixels,
    nClipped: 0,
    converged: false,
    extrapolated: model.labels.map(() => false),
    atBound: model.labels.map(() => false),
    rivals: [],
    windows: [],
    posterior: null,
    velocity: null,
    diagnostics: null,
    problem,
  };
}

/**
 * Training of a range of pixels in kernel memory: the same optimum as `trainPixels`, an order of magnitude sooner.
 *
 * A pixel is done when an evaluation moved s by less than a hundredth, since the next one would then move it by less
 * than a hundred-thousandth. Pixels whose normal equations are too near singular, or that are not done after
 * some evaluations, are solved by `trainPixels`, whose orthogonal factors bear more. A range depends on no other, so the
 * result is the same, bit for bit, whatever threads do the work.
 */
import { withSlot } from '../kernels/arena';
import { PixelBlock, type BlockData, type Column } from './pixelBlock';
import { solveByOrthogonalFactors, termsAt } from './orthogonalFallback';
import { minimumStars, type PixelFit } from './training';
import { panelErrors, type ThetaErrors } from './thetaErrors';
import { triangle, type TrainingPlan } from './trainingPlan';

/** A range of pixels to train by a plan. Nothing is written to the arrays. */
export interface FastPixelJob extends BlockData {
  readonly plan: TrainingPlan;
  /** η of every star of the set, as the plan was made from; pixels that the kernels cannot solve need it. */
  readonly design: Float64Array;
  /** First pixel, and the one after the last. */
  readonly fromPixel: number;
  readonly toPixel: number;
  /** nPixels: take these s as given and find θ alone. */
  readonly fixedScatter?: Float64Array;
  /** Adds variances of θ and condition numbers; 'full' adds covariances. */
  readonly covariance?: boolean | 'full';
}

export interface FastPixelFit extends PixelFit {
  /** On request, one row a pixel: the variance of each θ at fixed s, NaN where there is no θ. */
  readonly thetaVariance?: Float64Array;
  /** On request: condition (1-norm) of the normal matrix with its diagonal scaled to 1. */
  readonly condition?: Float64Array;
  /** On request: the lower triangle of the covariance of θ by rows, one row a pixel. */
  readonly covariance?: Float64Array;
  /** How often each pixel's weighted least squares was solved before its s was found. */
  readonly iterations: Int32Array;
}

/** What a column came to. */
export interface ColumnFit {
  readonly theta: Float64Array;
  readonly v: number;
  readonly nStars: number;
  readonly meanFlux: number;
  /** 'weak': the normal equations cannot be trusted. 'restless': not done after all evaluations. */
  readonly state: 'done' | 'weak' | 'restless' | 'fewStars';
  readonly iterations: number;
  readonly errors: ThetaErrors | null;
}

const maxEvaluations = 12;
/** Under the penalty λ Σ |θ| the set of coefficients that are not 0 changes on the way. */
const maxEvaluationsL1 = 40;

/** Relative steps of s after which it is left: the next would be 1000 times shorter, or for REML some 30 times. */
const lastStep = { ml: 1e-2, reml: 1e-3 };
/** What the step that is not taken may be, as far as the two before it tell: pixels where σ ranges widely converge more slowly. */
const largestNextStep = 4e-6;
/** That next one over the cube of the last is rarely more. */
const usualRate = 20;
/** Under the penalty λ Σ |θ|, where θ is not moved along with the last step but left where it meets its conditions. */
const lastStepL1 = 1e-6;
/** A step of v that changes weights by less than this part of them does not matter, however long it is beside v. */
const noWeight = 1e-10;

/** 'node': v alone, and only so near that all folds can be reached from there (`foldBlock.ts`). */
export type Goal = 'optimum' | 'node';

/** A task: trains the pixels of a job. */
export function trainPixelsFast(job: FastPixelJob): FastPixelFit {
  return withSlot(job.plan.arena, (slot) => trainRange(job, new PixelBlock(job.plan, job, slot)));
}

function trainRange(job: FastPixelJob, block: PixelBlock): FastPixelFit {
  const { nTerms } = job.plan;
  const count = job.toPixel - job.fromPixel;
  const fit = {
    theta: new Float64Array(count * nTerms),
    scatter: new Float64Array(count),
    converged: new Uint8Array(count),
    nStars: new Int32Array(count),
    iterations: new Int32Array(count),
    ...(job.covariance && {
      thetaVariance: new Float64Array(count * nTerms).fill(NaN),
      condition: new Float64Array(count).fill(NaN),
    }),
    ...(job.covariance === 'full' && { covariance: new Float64Array(count * triangle(nTerms)).fill(NaN) }),
  };
  for (let from = job.fromPixel; from < job.toPixel; from += job.plan.blockPixels) {
    const to = Math.min(from + job.plan.blockPixels, job.toPixel);
    const columns = Array.from({ length: to - from }, (_, k) => ({ pixel: from + k, heldOut: null }));
    const results = solveColumnsSurely(job, block, columns, null);
    results.forEach((result, k) => put(fit, from + k - job.fromPixel, result));
  }
  return fit;
}

function put(fit: FastPixelFit, k: number, { theta, v, nStars, meanFlux, state, iterations, errors }: ColumnFit): void {
  fit.nStars[k] = nStars;
  fit.iterations[k] = iterations;
  if (state === 'fewStars' || state === 'weak') {
    fit.theta.fill(0, k * theta.length, (k + 1) * theta.length);
    fit.theta[k * theta.length] = meanFlux;
    fit.scatter[k] = Infinity;
    return;
  }
  fit.theta.set(theta, k * theta.length);
  fit.scatter[k] = Math.sqrt(v);
  fit.converged[k] = state === 'done' ? 1 : 0;
  if (errors === null) return;
  fit.thetaVariance?.set(errors.variance, k * theta.length);
  if (fit.condition) fit.condition[k] = errors.condition;
  if (errors.covariance) fit.covariance?.set(errors.covariance, k * errors.covariance.length);
}

/** Trains columns of any number, starting at `start` or at what unweighted residuals say. */
export function solveColumns(
  block: PixelBlock,
  columns: readonly Column[],
  start: readonly number[] | null,
  goal: Goal = 'optimum',
  errors: FastPixelJob['covariance'] = false,
): ColumnFit[] {
  const results = new Array<ColumnFit>(columns.length);
  const { blockPixels } = block.plan;
  for (let from = 0; from < columns.length; from += blockPixels) {
    const chunk = columns.slice(from, from + blockPixels);
    solveChunk(block, chunk, start?.slice(from, from + blockPixels) ?? null, goal, errors).forEach(
      (result, k) => (results[from + k] = result),
    );
  }
  return results;
}

function solveChunk(
  block: PixelBlock,
  columns: readonly Column[],
  start: readonly number[] | null,
  goal: Goal,
  errors: FastPixelJob['covariance'],
): ColumnFit[] {
  const results = new Array<ColumnFit>(columns.length);
  const stays = block.data.l1 !== undefined;
  const bracket = stays ? new Bracket(columns.length) : null;
  let active = columns.map((_, k) => k);
  block.load(columns);
  let before = active.map(() => Infinity);
  let v = start === null ? block.start() : padded(start, block.width);
  for (let evaluation = 1; active.length > 0; evaluation++) {
    const next = block.evaluate(v);
    bracket?.hold(active, v, next);
    const steps = active.map((_, c) => relativeStep(v[c]!, next[c]!));
    const finished = steps.map((step, c) =>
      stateAfter(block, c, { step, before: before[c]! }, evaluation, goal, v, next),
    );
    const reached = stays ? v : next;
    const found = errors ? errorsOf(block, v, reached, finished, errors === 'full') : [];
    if (goal === 'optimum') {
      if (!stays) block.moveTheta(v, next);
      block.refine();
    }
    finished.forEach((state, c) => {
      if (state === null) return;
      results[active[c]!] = {
        ...columnFit(block, c, reached[c]!, state),
        iterations: evaluation,
        errors: found[c] ?? null,
      };
    });
    const rest = active.flatMap((_, c) => (finished[c] === null ? [c] : []));
    if (rest.length > 0 && rest.length < active.length) block.load(rest.map((c) => block.columns[c]!));
    v = padded(
      rest.map((c) => next[c]!),
      block.width,
    );
    active = rest.map((c) => active[c]!);
    before = rest.map((c) => steps[c]!);
  }
  return results;
}

/** Of s, from √v to √next; a step to s = 0 is none where it stood there before. */
function relativeStep(v: number, next: number): number {
  if (next === 0) return v === 0 ? 0 : Infinity;
  return Math.abs(Math.sqrt(next) - Math.sqrt(v)) / Math.sqrt(next);
}

/**
 * Holds the steps of v between those at which the likelihood rose and fell. Needed where θ has kinks in v: on either side
 * of one, tangents may point to the other for ever.
 */
class Bracket {
  readonly #low: Float64Array;
  readonly #high: Float64Array;

  constructor(count: number) {
    this.#low = new Float64Array(count);
    this.#high = new Float64Array(count).fill(Infinity);
  }

  /** `active` tells which column each of `v` and `next` belongs to. */
  hold(active: readonly number[], v: Float64Array, next: Float64Array): void {
    active.forEach((k, c) => {
      if (next[c]! > v[c]!) this.#low[k] = v[c]!;
      else if (next[c]! < v[c]!) this.#high[k] = v[c]!;
      const [low, high] = [this.#low[k]!, this.#high[k]!];
      const isOutside = next[c]! >= high || next[c]! < low || (next[c] === low && low > 0);
      if (next[c] !== v[c] && isOutside && high < Infinity) next[c] = (low + high) / 2;
    });
  }
}

/** Of the columns that are finished, one a column; those of others are not looked at. */
function errorsOf(
  block: PixelBlock,
  v: Float64Array,
  reached: Float64Array,
  finished: readonly (ColumnFit['state'] | null)[],
  full: boolean,
): ThetaErrors[] {
  const errors: ThetaErrors[] = [];
  const isFound = (c: number) => finished[c] === 'done' || finished[c] === 'restless';
  if (!finished.some((_, c) => isFound(c))) return errors;
  // What the restricted likelihood asks for has taken the place of the moments.
  if (block.data.scatterEstimator === 'reml') block.formMoments(v);
  for (let c = 0; c < finished.length; c += 4) {
    if (![0, 1, 2, 3].some((lane) => isFound(c + lane))) continue;
    const steps = [0, 1, 2, 3].map((lane) => reached[c + lane]! - v[c + lane]!);
    panelErrors(block, c, steps, full).forEach((found, lane) => (errors[c + lane] = found));
  }
  return errors;
}

function padded(values: readonly number[], width: number): Float64Array {
  return Float64Array.from({ length: width }, (_, c) => values[Math.min(c, values.length - 1)] ?? 0);
}

/** Steps go as cubes of those before: r is linear in v, and at the least squares the error of that counts once more. */
function nextStep(step: number, before: number): number {
  return step ** 3 * Math.max(usualRate, step / before ** 3);
}

/** The relative step of s just found, and the one before it: Infinity at first. */
interface Steps {
  readonly step: number;
  readonly before: number;
}

function stateAfter(
  block: PixelBlock,
  c: number,
  { step, before }: Steps,
  evaluation: number,
  goal: Goal,
  v: Float64Array,
  next: Float64Array,
): ColumnFit['state'] | null {
  if (block.nStars[c]! < minimumStars(block.constraints.nAllowed[c]!)) return 'fewStars';
  if (block.solvable[c] === 0 || !Number.isFinite(next[c]!)) return 'weak';
  const isL1 = block.data.l1 !== undefined;
  const tolerance = isL1 ? lastStepL1 : lastStep[block.data.scatterEstimator ?? 'ml'];
  if (Math.abs(next[c]! - v[c]!) * block.meanWeight[c]! <= noWeight) return 'done';
  if (goal === 'node') {
    if (Math.abs(next[c]! - v[c]!) * block.meanWeight[c]! <= 0.5) return 'done';
  } else if (step <= tolerance && nextStep(step, before) <= largestNextStep) {
    return 'done';
  }
  return evaluation === (isL1 ? maxEvaluationsL1 : maxEvaluations) ? 'restless' : null;
}

function columnFit(block: PixelBlock, c: number, v: number, state: ColumnFit['state']): ColumnFit {
  const { nTerms } = block.plan;
  const from = block.at.theta / 8 + (c & ~3) * nTerms + (c & 3);
  const theta = Float64Array.from({ length: nTerms }, (_, t) => block.f[from + 4 * t]!);
  return { theta, v, nStars: block.nStars[c]!, meanFlux: block.meanFlux[c]!, state, iterations: 1, errors: null };
}

function solveAtScatter(job: FastPixelJob, block: PixelBlock, columns: readonly Column[]): ColumnFit[] {
  block.load(columns);
  const v = padded(
    columns.map(({ pixel }) => job.fixedScatter![pixel]! ** 2),
    block.width,
  );
  block.solveAt(v);
  const states = columns.map((_, c): ColumnFit['state'] => {
    const few = block.nStars[c]! < minimumStars(block.constraints.nAllowed[c]!);
    return few ? 'fewStars' : block.solvable[c] === 0 ? 'weak' : 'done';
  });
  const fits = states.map((state, c) => columnFit(block, c, v[c]!, state));
  if (!job.covariance) return fits;
  block.formMoments(v);
  const errors = errorsOf(block, v, v, states, job.covariance === 'full');
  return fits.map((fit, c) => ({ ...fit, errors: errors[c] ?? null }));
}

/** Penalties and the restricted likelihood are the kernels' alone. */
function isPenalized(data: BlockData): boolean {
  return (data.ridge ?? 0) > 0 || data.l1 !== undefined || data.scatterEstimator === 'reml';
}

/** As `solveColumns`, but columns that normal equations cannot carry go to `trainPixels`. */
export function solveColumnsSurely(
  job: FastPixelJob,
  block: PixelBlock,
  columns: readonly Column[],
  start: readonly number[] | null,
): ColumnFit[] {
  const results = job.fixedScatter
    ? solveAtScatter(job, block, columns)
    : solveColumns(block, columns, start, 'optimum', job.covariance);
  if (isPenalized(job)) return results;
  const hard = results.flatMap(({ state }, k) => (state === 'weak' || state === 'restless' ? [k] : []));
  const groups = new Map<string, number[]>();
  for (const k of hard) {
    const key = `${columns[k]!.heldOut} ${termsAt(job, columns[k]!.pixel).join()}`;
    groups.set(key, [...(groups.get(key) ?? []), k]);
  }
  for (const group of groups.values()) {
    const pixels = group.map((k) => columns[k]!.pixel);
    solveByOrthogonalFactors(job, pixels, columns[group[0]!]!.heldOut).forEach(
      (fit, k) => (results[group[k]!] = { ...fit, iterations: results[group[k]!]!.iterations }),
    );
  }
  return results;
}

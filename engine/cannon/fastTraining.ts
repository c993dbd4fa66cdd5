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
import { minimumStars, selectRows, trainPixels, type PixelFit } from './training';
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
  /** Adds variances of θ and condition numbers. */
  readonly covariance?: boolean;
}

export interface FastPixelFit extends PixelFit {
  /** On request, one row a pixel: the variance of each θ at fixed s, NaN where there is no θ. */
  readonly thetaVariance?: Float64Array;
  /** On request: condition (1-norm) of the normal matrix with its diagonal scaled to 1. */
  readonly condition?: Float64Array;
}

/** What a column came to. */
export interface ColumnFit {
  readonly theta: Float64Array;
  readonly v: number;
  readonly nStars: number;
  readonly meanFlux: number;
  /** 'weak': the normal equations cannot be trusted. 'restless': not done after all evaluations. */
  readonly state: 'done' | 'weak' | 'restless' | 'fewStars';
}

const maxEvaluations = 12;

/** Relative steps of s after which it is left: the next would be 1000 times shorter, or for REML some 30 times. */
const lastStep = { ml: 1e-2, reml: 1e-3 };

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
    ...(job.covariance && {
      thetaVariance: new Float64Array(count * nTerms).fill(NaN),
      condition: new Float64Array(count).fill(NaN),
    }),
  };
  for (let from = job.fromPixel; from < job.toPixel; from += job.plan.blockPixels) {
    const to = Math.min(from + job.plan.blockPixels, job.toPixel);
    const columns = Array.from({ length: to - from }, (_, k) => ({ pixel: from + k, heldOut: null }));
    const results = solveColumnsSurely(job, block, columns, null);
    results.forEach((result, k) => put(fit, from + k - job.fromPixel, result));
    if (job.covariance) describeErrors(job, block, columns, results, fit);
  }
  return fit;
}

function put(fit: FastPixelFit, k: number, { theta, v, nStars, meanFlux, state }: ColumnFit): void {
  fit.nStars[k] = nStars;
  if (state === 'fewStars' || state === 'weak') {
    fit.theta.fill(0, k * theta.length, (k + 1) * theta.length);
    fit.theta[k * theta.length] = meanFlux;
    fit.scatter[k] = Infinity;
  } else {
    fit.theta.set(theta, k * theta.length);
    fit.scatter[k] = Math.sqrt(v);
    fit.converged[k] = state === 'done' ? 1 : 0;
  }
}

/** Trains columns of any number, starting at `start` or at what unweighted residuals say. */
export function solveColumns(
  block: PixelBlock,
  columns: readonly Column[],
  start: readonly number[] | null,
  goal: Goal = 'optimum',
): ColumnFit[] {
  const results = new Array<ColumnFit>(columns.length);
  const { blockPixels } = block.plan;
  for (let from = 0; from < columns.length; from += blockPixels) {
    const chunk = columns.slice(from, from + blockPixels);
    solveChunk(block, chunk, start?.slice(from, from + blockPixels) ?? null, goal).forEach(
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
): ColumnFit[] {
  const results = new Array<ColumnFit>(columns.length);
  let active = columns.map((_, k) => k);
  block.load(columns);
  let v = start === null ? block.start() : padded(start, block.width);
  for (let evaluation = 1; active.length > 0; evaluation++) {
    const next = block.evaluate(v);
    const finished = active.map((_, c) => stateAfter(block, c, v[c]!, next[c]!, evaluation, goal));
    if (goal === 'optimum') {
      block.moveTheta(v, next);
      block.refine();
    }
    finished.forEach((state, c) => {
      if (state !== null) results[active[c]!] = columnFit(block, c, next[c]!, state);
    });
    const rest = active.flatMap((_, c) => (finished[c] === null ? [c] : []));
    if (rest.length > 0 && rest.length < active.length) block.load(rest.map((c) => block.columns[c]!));
    v = padded(
      rest.map((c) => next[c]!),
      block.width,
    );
    active = rest.map((c) => active[c]!);
  }
  return results;
}

function padded(values: readonly number[], width: number): Float64Array {
  return Float64Array.from({ length: width }, (_, c) => values[Math.min(c, values.length - 1)] ?? 0);
}

function stateAfter(
  block: PixelBlock,
  c: number,
  v: number,
  next: number,
  evaluation: number,
  goal: Goal,
): ColumnFit['state'] | null {
  if (block.nStars[c]! < minimumStars(block.plan.nTerms)) return 'fewStars';
  if (block.solvable[c] === 0 || !Number.isFinite(next)) return 'weak';
  const tolerance = lastStep[block.data.scatterEstimator ?? 'ml'];
  if (goal === 'node') {
    if (Math.abs(next - v) * block.meanWeight[c]! <= 0.5) return 'done';
  } else if (next === 0 ? v === 0 : Math.abs(Math.sqrt(next) - Math.sqrt(v)) <= tolerance * Math.sqrt(next)) {
    return 'done';
  }
  return evaluation === maxEvaluations ? 'restless' : null;
}

function columnFit(block: PixelBlock, c: number, v: number, state: ColumnFit['state']): ColumnFit {
  const { nTerms } = block.plan;
  const from = block.at.theta / 8 + (c & ~3) * nTerms + (c & 3);
  const theta = Float64Array.from({ length: nTerms }, (_, t) => block.f[from + 4 * t]!);
  return { theta, v, nStars: block.nStars[c]!, meanFlux: block.meanFlux[c]!, state };
}

function solveAtScatter(block: PixelBlock, columns: readonly Column[], scatter: Float64Array): ColumnFit[] {
  block.load(columns);
  const v = padded(
    columns.map(({ pixel }) => scatter[pixel]! ** 2),
    block.width,
  );
  block.solveAt(v);
  return columns.map((_, c) => {
    const few = block.nStars[c]! < minimumStars(block.plan.nTerms);
    return columnFit(block, c, v[c]!, few ? 'fewStars' : block.solvable[c] === 0 ? 'weak' : 'done');
  });
}

/** Diagonal of A⁻¹, and the condition of A, at the final v of each column. */
function describeErrors(
  { fromPixel, plan }: FastPixelJob,
  block: PixelBlock,
  columns: readonly Column[],
  results: readonly ColumnFit[],
  { thetaVariance, condition }: FastPixelFit,
): void {
  if (!thetaVariance || !condition) return;
  const { nTerms } = plan;
  block.load(columns);
  block.solveAt(
    padded(
      results.map((result) => result.v),
      block.width,
    ),
  );
  for (let c = 0; c < block.width; c += 4) {
    const scales = new Float64Array(4 * nTerms);
    const inverse = new Float64Array(4 * nTerms * nTerms);
    block.eachInverseColumn(block.factorOf(c), (t, column) => {
      inverse.set(block.f.subarray(column / 8, column / 8 + 4 * nTerms), 4 * t * nTerms);
    });
    block.unfoldPanel(c, block.at.matrix);
    const matrix = block.f.subarray(block.at.matrix / 8, block.at.matrix / 8 + 4 * triangle(nTerms));
    for (let e = 0; e < 4 * nTerms; e++) scales[e] = Math.sqrt(matrix[4 * (triangle((e >> 2) + 1) - 1) + (e & 3)]!);
    for (let lane = 0; lane < 4; lane++) {
      const result = results[c + lane];
      if (result?.state !== 'done' && result?.state !== 'restless') continue;
      const k = columns[c + lane]!.pixel - fromPixel;
      for (let t = 0; t < nTerms; t++) thetaVariance[k * nTerms + t] = inverse[4 * t * (nTerms + 1) + lane]!;
      condition[k] = conditionOf(matrix, inverse, scales, nTerms, lane);
    }
  }
}

/** ‖A‖₁ ‖A⁻¹‖₁ with the diagonal of A scaled to 1. */
function conditionOf(
  packed: Float64Array,
  inverse: Float64Array,
  scales: Float64Array,
  n: number,
  lane: number,
): number {
  let [norm, inverseNorm] = [0, 0];
  for (let i = 0; i < n; i++) {
    let [sum, inverseSum] = [0, 0];
    for (let j = 0; j < n; j++) {
      const scale = scales[4 * i + lane]! * scales[4 * j + lane]!;
      sum += Math.abs(packed[4 * (i >= j ? triangle(i) + j : triangle(j) + i) + lane]!) / scale;
      inverseSum += Math.abs(inverse[4 * (i * n + j) + lane]!) * scale;
    }
    norm = Math.max(norm, sum);
    inverseNorm = Math.max(inverseNorm, inverseSum);
  }
  return norm * inverseNorm;
}

/** Penalties, masks and the restricted likelihood are the kernels' alone. */
function isConstrained(data: BlockData): boolean {
  return (data.ridge ?? 0) > 0 || data.allowedTerms !== undefined || data.scatterEstimator === 'reml';
}

/** As `solveColumns`, but columns that normal equations cannot carry go to `trainPixels`. */
export function solveColumnsSurely(
  job: FastPixelJob,
  block: PixelBlock,
  columns: readonly Column[],
  start: readonly number[] | null,
): ColumnFit[] {
  const { fixedScatter } = job;
  const results = fixedScatter ? solveAtScatter(block, columns, fixedScatter) : solveColumns(block, columns, start);
  if (isConstrained(job)) return results;
  const hard = results.flatMap(({ state }, k) => (state === 'weak' || state === 'restless' ? [k] : []));
  for (const heldOut of new Set(hard.map((k) => columns[k]!.heldOut))) {
    const group = hard.filter((k) => columns[k]!.heldOut === heldOut);
    const pixels = group.map((k) => columns[k]!.pixel);
    solveByOrthogonalFactors(job, pixels, heldOut).forEach((fit, k) => (results[group[k]!] = fit));
  }
  return results;
}

function solveByOrthogonalFactors(job: FastPixelJob, pixels: readonly number[], heldOut: number | null): ColumnFit[] {
  const { plan, nPixels, fixedScatter } = job;
  const { nTerms, foldStarts } = plan;
  const stars = [...plan.stars].filter(
    (_, n) => heldOut === null || n < foldStarts[heldOut]! || n >= foldStarts[heldOut + 1]!,
  );
  const cut = (source: Float64Array) =>
    Float64Array.from(
      { length: stars.length * pixels.length },
      (_, e) => source[stars[Math.floor(e / pixels.length)]! * nPixels + pixels[e % pixels.length]!]!,
    );
  const solved = trainPixels({
    flux: cut(job.flux),
    ivar: cut(job.ivar),
    nStars: stars.length,
    nPixels: pixels.length,
    design: selectRows(job.design, stars, nTerms),
    nTerms,
    fromPixel: 0,
    toPixel: pixels.length,
    ...(fixedScatter && { fixedScatter: Float64Array.from(pixels, (pixel) => fixedScatter[pixel]!) }),
  });
  return pixels.map((_, k) => ({
    theta: solved.theta.slice(k * nTerms, (k + 1) * nTerms),
    v: solved.scatter[k]! ** 2,
    nStars: solved.nStars[k]!,
    meanFlux: solved.theta[k * nTerms]!,
    state: solved.scatter[k] === Infinity ? 'weak' : solved.converged[k] === 1 ? 'done' : 'restless',
  }));
}

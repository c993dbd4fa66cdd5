/**
 * Training of all folds of a cross-validation at once, for a range of pixels: a v near that of the whole sample, as
 * `trainPixelsFast` finds it, then every fold from two more passes (`foldBlock.ts`), and the few that need it on their own.
 */
import { withSlot } from '../kernels/arena';
import { solveColumns, solveColumnsSurely, type ColumnFit, type FastPixelJob } from './fastTraining';
import { fitFolds, type FoldFit } from './foldBlock';
import { PixelBlock, type Column } from './pixelBlock';

/** A range of pixels; `plan` was made with folds. */
export interface FoldJob extends Omit<FastPixelJob, 'fixedScatter' | 'covariance'> {
  /** nFolds × nPixels × nTerms and nFolds × nPixels, usually in shared memory: the range's part is written. */
  readonly foldTheta: Float64Array;
  readonly foldScatter: Float64Array;
}

export interface FoldReport {
  /** Folds of single pixels that were trained on their own, and all. */
  readonly trainedAlone: number;
  readonly total: number;
  /** Folds of single pixels without a model, or not at the optimum. */
  readonly unconverged: number;
}

/** A task: writes θ and s of every fold for a range of pixels. */
export function trainFolds(job: FoldJob): FoldReport {
  return withSlot(job.plan.arena, (slot) => {
    const block = new PixelBlock(job.plan, job, slot);
    const report = { trainedAlone: 0, total: 0, unconverged: 0 };
    for (let from = job.fromPixel; from < job.toPixel; from += job.plan.blockPixels) {
      const to = Math.min(from + job.plan.blockPixels, job.toPixel);
      trainBlock(job, block, from, to, report);
    }
    return report;
  });
}

type Counts = { -readonly [K in keyof FoldReport]: number };

function trainBlock(job: FoldJob, block: PixelBlock, from: number, to: number, report: Counts): void {
  const nFolds = job.plan.foldStarts.length - 1;
  const columns = Array.from({ length: to - from }, (_, k): Column => ({ pixel: from + k, heldOut: null }));
  const whole = solveColumns(block, columns, null, 'node');
  block.load(columns);
  const v = Float64Array.from({ length: block.width }, (_, c) => startOf(whole[Math.min(c, whole.length - 1)]!));
  // Sums over folds know no weights of stars, and under a penalty λ Σ |θ| each fold has coefficients of its own.
  const folds = job.plan.rootWeights === null && job.l1 === undefined ? fitFolds(block, v) : [];
  const alone: Column[] = [];
  const start: number[] = [];
  for (let fold = 0; fold < nFolds; fold++) {
    columns.forEach(({ pixel }, c) => {
      const fit = folds[fold]?.[c];
      if (fit?.trusted && whole[c]!.state === 'done' && whole[c]!.nStars - sizeOf(job, fold) >= 2 * job.plan.nTerms) {
        write(job, fold, pixel, fit);
      } else {
        alone.push({ pixel, heldOut: fold });
        const near = fit?.v ?? v[c]!;
        start.push(Number.isFinite(near) ? near : 0);
      }
    });
  }
  solveColumnsSurely(job, block, alone, start).forEach((fit, k) => {
    const { pixel, heldOut } = alone[k]!;
    const hasModel = fit.state === 'done' || fit.state === 'restless';
    write(job, heldOut!, pixel, hasModel ? fit : { theta: flat(fit), v: Infinity });
    if (fit.state !== 'done') report.unconverged++;
  });
  report.trainedAlone += alone.length;
  report.total += nFolds * columns.length;
}

function startOf({ state, v }: ColumnFit): number {
  return (state === 'done' || state === 'restless') && Number.isFinite(v) ? v : 0;
}

function sizeOf({ plan }: FoldJob, fold: number): number {
  return plan.foldStarts[fold + 1]! - plan.foldStarts[fold]!;
}

function flat({ theta, meanFlux }: ColumnFit): Float64Array {
  const row = new Float64Array(theta.length);
  row[0] = meanFlux;
  return row;
}

function write(job: FoldJob, fold: number, pixel: number, { theta, v }: Pick<FoldFit, 'theta' | 'v'>): void {
  const row = fold * job.nPixels + pixel;
  job.foldTheta.set(theta, row * job.plan.nTerms);
  job.foldScatter[row] = Math.sqrt(v);
}

/**
 * A straight line y = a + b (x − x₀) through points with errors in both coordinates and a scatter s beyond them.
 *
 * b minimizes χ²(b) = Σ (y − a − b (x − x₀))² / (e_y² + b² e_x² + s²), with the best a for each b, so that the slope is not drawn
 * towards 0 by errors in x; s is raised from 0 until χ² = n − 2 (FITEXY as modified by Tremaine et al. 2002). The error of b is where χ² is
 * larger by 1; those of a, b and s are also told by bootstrap, which knows of outliers and of errors that are wrong. x₀ is the mean of x, where
 * a and b are hardly correlated. Points further off than `clip` times their total error are left out, and the line drawn anew.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { quantile } from '../cannon/agreement';
import { chiSquareSurvival } from '../cannon/chiSquare';
import { halfWidth, normalTail, standardDeviation } from './statistics';

export interface Points {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** 0 where x has no error. */
  readonly ex: Float64Array;
  readonly ey: Float64Array;
}

export interface Line {
  readonly pivot: number;
  /** y at the pivot, and per unit of x. */
  readonly level: number;
  readonly levelError: number;
  readonly slope: number;
  readonly slopeError: number;
  /** Beyond the errors; 0 where those suffice. */
  readonly scatter: number;
}

export interface Trend extends Line {
  /** Points of the line, and how many were clipped. */
  readonly used: readonly number[];
  readonly clipped: readonly number[];
  readonly bootstrap: { readonly slopeError: number; readonly scatterFrom: number; readonly scatterTo: number };
  /** Two-sided: how probable so steep a slope is where there is none. */
  readonly p: number;
  /** Half the 16–84 % width of y, and of what the line leaves. */
  readonly width: number;
  readonly widthAround: number;
  readonly medianError: number;
  /** χ² of one value for all points with the errors in y alone, and its probability. */
  readonly chi2Constant: number;
  readonly pConstant: number;
  /** How probable so large a χ² of the line is where the errors suffice: small where there is scatter beyond them. */
  readonly pLine: number;
}

export const leastPoints = 5;
const bootstraps = 300;

/** @param points finite, errors in y above 0, at least `leastPoints`, x not all the same. */
export function trendOf(points: Points, clip: number, random: RandomGenerator): Trend {
  let used = [...points.x.keys()];
  let line = fitLine(some(points, used));
  // Outliers widen the scatter that judges them, so that it takes some rounds.
  for (let round = 0; clip > 0 && round < 10; round++) {
    const kept = [...points.x.keys()].filter((k) => Math.abs(pullFrom(points, k, line)) <= clip);
    if (kept.length === used.length || kept.length < leastPoints) break;
    used = kept;
    line = fitLine(some(points, used));
  }
  const kept = some(points, used);
  const around = kept.y.map((y, k) => y - line.level - line.slope * (kept.x[k]! - line.pivot));
  const isUsed = new Set(used);
  const chi2Constant = chi2OfConstant(kept);
  return {
    ...line,
    used,
    clipped: [...points.x.keys()].filter((k) => !isUsed.has(k)),
    bootstrap: bootstrap(kept, random),
    p: 2 * normalTail(Math.abs(line.slope) / line.slopeError),
    width: halfWidth(kept.y.slice().sort()),
    widthAround: halfWidth(around.sort()),
    medianError: quantile(kept.ey.slice().sort(), 0.5),
    chi2Constant,
    pConstant: chiSquareSurvival(chi2Constant, used.length - 1),
    pLine: pOfLine(kept, line.pivot),
  };
}

function some({ x, y, ex, ey }: Points, rows: readonly number[]): Points {
  const pick = (values: Float64Array) => Float64Array.from(rows, (k) => values[k]!);
  return { x: pick(x), y: pick(y), ex: pick(ex), ey: pick(ey) };
}

function pullFrom({ x, y, ex, ey }: Points, k: number, { level, slope, pivot, scatter }: Line): number {
  return (y[k]! - level - slope * (x[k]! - pivot)) / Math.hypot(ey[k]!, slope * ex[k]!, scatter);
}

function pOfLine(points: Points, pivot: number): number {
  const { chi2 } = along(points, pivot, 0, bestSlope(points, pivot, 0));
  return chiSquareSurvival(chi2, points.x.length - 2);
}

function chi2OfConstant({ y, ey }: Points): number {
  let [sum, weights] = [0, 0];
  y.forEach((value, k) => {
    sum += value / ey[k]! ** 2;
    weights += 1 / ey[k]! ** 2;
  });
  const mean = sum / weights;
  return y.reduce((chi2, value, k) => chi2 + ((value - mean) / ey[k]!) ** 2, 0);
}

export function fitLine(points: Points): Line {
  const { x, y } = points;
  const n = x.length;
  const pivot = x.reduce((sum, value) => sum + value, 0) / n;
  const excess = (scatter: number) => {
    const slope = bestSlope(points, pivot, scatter);
    return { slope, beyond: along(points, pivot, scatter, slope).chi2 - (n - 2) };
  };
  let scatter = 0;
  let { slope, beyond } = excess(0);
  if (beyond > 0) {
    let [low, high] = [0, Math.max(standardDeviation(y), 1e-12)];
    while (excess(high).beyond > 0) high *= 2;
    for (let round = 0; round < 60 && high - low > 3e-7 * high; round++) {
      const middle = (low + high) / 2;
      if (excess(middle).beyond > 0) low = middle;
      else high = middle;
    }
    scatter = (low + high) / 2;
    ({ slope, beyond } = excess(scatter));
  }
  const { level, weights } = along(points, pivot, scatter, slope);
  return {
    pivot,
    level,
    levelError: 1 / Math.sqrt(weights),
    slope,
    slopeError: slopeError(points, pivot, scatter, slope),
    scatter,
  };
}

/** χ² of a slope with the best level for it. */
function along({ x, y, ex, ey }: Points, pivot: number, scatter: number, slope: number) {
  let [weights, sum, squares] = [0, 0, 0];
  for (let k = 0; k < x.length; k++) {
    const w = 1 / (ey[k]! ** 2 + (slope * ex[k]!) ** 2 + scatter ** 2);
    const r = y[k]! - slope * (x[k]! - pivot);
    weights += w;
    sum += w * r;
    squares += w * r * r;
  }
  return { level: sum / weights, weights, chi2: squares - (sum * sum) / weights };
}

/**
 * The slope of least χ²: from that of plain least squares by golden sections. Where x has errors it is steeper, so that what is searched
 * reaches well beyond it.
 */
function bestSlope(points: Points, pivot: number, scatter: number): number {
  const { x, y, ex, ey } = points;
  let [xx, xy, ww] = [0, 0, 0];
  let [mx, my] = [0, 0];
  const weight = (k: number) => 1 / (ey[k]! ** 2 + scatter ** 2);
  for (let k = 0; k < x.length; k++) {
    ww += weight(k);
    mx += weight(k) * (x[k]! - pivot);
    my += weight(k) * y[k]!;
  }
  for (let k = 0; k < x.length; k++) {
    const dx = x[k]! - pivot - mx / ww;
    xx += weight(k) * dx * dx;
    xy += weight(k) * dx * (y[k]! - my / ww);
  }
  const plain = xy / xx;
  if (ex.every((error) => error === 0)) return plain;
  const wide = Math.max(3 * Math.abs(plain), 8 / Math.sqrt(xx));
  return goldenMinimum((slope) => along(points, pivot, scatter, slope).chi2, plain - wide, plain + wide);
}

const golden = (Math.sqrt(5) - 1) / 2;

function goldenMinimum(of: (x: number) => number, low: number, high: number): number {
  let [a, b] = [low, high];
  let [left, right] = [b - golden * (b - a), a + golden * (b - a)];
  let [atLeft, atRight] = [of(left), of(right)];
  for (let round = 0; round < 80 && b - a > 1e-8 * (high - low); round++) {
    if (atLeft < atRight) {
      [b, right, atRight] = [right, left, atLeft];
      left = b - golden * (b - a);
      atLeft = of(left);
    } else {
      [a, left, atLeft] = [left, right, atRight];
      right = a + golden * (b - a);
      atRight = of(right);
    }
  }
  return (a + b) / 2;
}

/** Half the distance between the slopes at which χ² is larger by 1. */
function slopeError(points: Points, pivot: number, scatter: number, slope: number): number {
  const chi2 = (at: number) => along(points, pivot, scatter, at).chi2;
  const least = chi2(slope);
  const side = (direction: number): number => {
    let far = Math.max(Math.abs(slope) * 1e-3, 1e-12);
    for (let k = 0; k < 200 && chi2(slope + direction * far) - least < 1; k++) far *= 2;
    let near = 0;
    for (let round = 0; round < 60; round++) {
      const middle = (near + far) / 2;
      if (chi2(slope + direction * middle) - least < 1) near = middle;
      else far = middle;
    }
    return (near + far) / 2;
  };
  return (side(1) + side(-1)) / 2;
}

function bootstrap(points: Points, random: RandomGenerator): Trend['bootstrap'] {
  const n = points.x.length;
  const [slopes, scatters] = [new Float64Array(bootstraps), new Float64Array(bootstraps)];
  for (let k = 0; k < bootstraps; k++) {
    let drawn = some(
      points,
      Array.from({ length: n }, () => uniformInt(random, 0, n - 1)),
    );
    // Points of one x tell no slope; among few points that happens.
    while (drawn.x.every((x) => x === drawn.x[0]))
      drawn = some(
        points,
        Array.from({ length: n }, () => uniformInt(random, 0, n - 1)),
      );
    const { slope, scatter } = fitLine(drawn);
    slopes[k] = slope;
    scatters[k] = scatter;
  }
  scatters.sort();
  return {
    slopeError: standardDeviation(slopes),
    scatterFrom: quantile(scatters, 0.16),
    scatterTo: quantile(scatters, 0.84),
  };
}

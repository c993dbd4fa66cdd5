/**
 * Where a label is believed: the inferred values at which cross-validation does not contradict them (Wheeler et al. 2020, §4).
 *
 * p(true, inferred) is a Gaussian kernel estimate from the N stars with both: kernels of covariance h² C, C that of the
 * stars, h = N^(−1/6), which is Silverman's rule in two dimensions (1986, eq. 4.14: h = (N (d + 2) / 4)^(−1 / (d + 4)); the
 * same as scipy's `gaussian_kde(bw_method='silverman')`). Given an inferred y, star i has the weight
 * g_i = exp(−(y − y_i)² / (2 h² C_yy)), and its kernel is a Gaussian of mean t_i + b (y − y_i), b = C_ty / C_yy, and
 * variance h² (C_tt − b C_ty). So the probability that the truth is below what was inferred is
 *   P(true < y | inferred = y) = Σ g_i Φ(((y − y_i)(1 − b) + y_i − t_i) / σ) / Σ g_i.
 * The value y is excluded at 90 % when that is above 0.9 (the model over-predicts) or below 0.1 (it under-predicts). The
 * bounds are the ends of the interval of values that are not excluded and hold the most stars. Beyond the last inferred
 * star nothing is probed: an interval that is open there ends with that star.
 * Cost: some 320 N exponentials at most, less for the many stars far from y; 15 ms for 2000 stars.
 */

/** The range in which inferred values of a label can be taken at their word. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
  /** Whether the 90 % rule set that end; otherwise no star was inferred beyond it. */
  readonly lowerExcluded: boolean;
  readonly upperExcluded: boolean;
}

const exclusion = 0.9;
/** Points at which the probability is looked at before ends are bisected: some ten a kernel width. */
const nGrid = 257;
/** Fewer stars make no density. */
const leastStars = 10;
/** Kernels further than so many widths away weigh less than 1e-14. */
const reach = 8;

/** The estimate of p(true, inferred) from one label of held-out stars, asked for P(true < y | inferred = y). */
export class RecoveryDensity {
  /** Stars by rising inferred value. */
  readonly #inferred: Float64Array;
  readonly #truth: Float64Array;
  readonly #width: number;
  readonly #slope: number;
  readonly #sigma: number;

  private constructor(pairs: readonly (readonly [inferred: number, truth: number])[], spread: Spread) {
    this.#inferred = Float64Array.from(pairs, ([inferred]) => inferred);
    this.#truth = Float64Array.from(pairs, ([, truth]) => truth);
    const h = pairs.length ** (-1 / 6);
    this.#slope = spread.covariance / spread.inferred;
    this.#width = h * Math.sqrt(spread.inferred);
    // Labels on one line leave no width across it; what is on the line is then neither above nor below.
    const across = Math.max(spread.truth - this.#slope * spread.covariance, 1e-12 * spread.truth);
    this.#sigma = h * Math.sqrt(across);
  }

  /** Of the stars that have both values; null with fewer than ten of them, or when either is the same for all. */
  static of(inferred: ArrayLike<number>, truth: ArrayLike<number>): RecoveryDensity | null {
    const pairs: [number, number][] = [];
    for (let n = 0; n < inferred.length; n++) {
      if (Number.isFinite(inferred[n]!) && Number.isFinite(truth[n]!)) pairs.push([inferred[n]!, truth[n]!]);
    }
    if (pairs.length < leastStars) return null;
    pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const spread = spreadOf(pairs);
    return spread === null ? null : new RecoveryDensity(pairs, spread);
  }

  /** P(true < y | inferred = y); NaN where no star is within reach. */
  below(y: number): number {
    const [from, to] = [this.#rank(y - reach * this.#width), this.#rank(y + reach * this.#width)];
    let [sum, total] = [0, 0];
    for (let i = from; i < to; i++) {
      const off = y - this.#inferred[i]!;
      const weight = Math.exp(-0.5 * (off / this.#width) ** 2);
      total += weight;
      sum += weight * tabulatedCdf((off * (1 - this.#slope) + this.#inferred[i]! - this.#truth[i]!) / this.#sigma);
    }
    return sum / total;
  }

  /** The inferred values that the stars span. */
  get span(): { readonly from: number; readonly to: number } {
    return { from: this.#inferred[0]!, to: this.#inferred.at(-1)! };
  }

  /**
   * Quantiles of p(true | inferred = y), by Newton's method within a bracket that halves where it would leave it. The
   * quantiles at 0.1 and 0.9 meet the line true = inferred at the bounds.
   * @param shares rising, between 0 and 1. @returns one a share; NaN where no star is within reach.
   */
  quantiles(y: number, shares: readonly number[]): number[] {
    const [from, to] = [this.#rank(y - reach * this.#width), this.#rank(y + reach * this.#width)];
    const [means, weights] = [new Float64Array(to - from), new Float64Array(to - from)];
    let total = 0;
    for (let i = from; i < to; i++) {
      const off = y - this.#inferred[i]!;
      means[i - from] = this.#truth[i]! + this.#slope * off;
      total += weights[i - from] = Math.exp(-0.5 * (off / this.#width) ** 2);
    }
    if (!(total > 0)) return shares.map(() => NaN);
    const least = means.reduce((a, b) => Math.min(a, b)) - tableEnd * this.#sigma;
    const most = means.reduce((a, b) => Math.max(a, b)) + tableEnd * this.#sigma;
    return shares.map((share) => this.#quantile(share, means, weights, total, least, most));
  }

  #quantile(
    share: number,
    means: Float64Array,
    weights: Float64Array,
    total: number,
    low: number,
    high: number,
  ): number {
    const tolerance = 1e-9 * (high - low);
    let t = low + share * (high - low);
    for (let step = 0; step < 100 && high - low > tolerance; step++) {
      let [sum, slope] = [0, 0];
      for (let i = 0; i < means.length; i++) {
        const z = (t - means[i]!) / this.#sigma;
        sum += weights[i]! * tabulatedCdf(z);
        slope += weights[i]! * Math.exp(-0.5 * z * z);
      }
      const off = sum / total - share;
      if (off > 0) high = t;
      else low = t;
      const next = t - (off * total * this.#sigma * Math.sqrt(2 * Math.PI)) / slope;
      const isInside = next > low && next < high;
      if (isInside && Math.abs(next - t) < tolerance) return next;
      t = isInside ? next : (low + high) / 2;
    }
    return t;
  }

  bounds(): Bounds | null {
    const [first, last] = [this.#inferred[0]!, this.#inferred.at(-1)!];
    const grid = Float64Array.from({ length: nGrid }, (_, k) => first + ((last - first) * k) / (nGrid - 1));
    const believed = Array.from(grid, (y) => this.#isBelieved(y));
    let best: { from: number; to: number; stars: number } | null = null;
    for (let from = 0; from < nGrid; from++) {
      if (!believed[from]) continue;
      let to = from;
      while (to + 1 < nGrid && believed[to + 1]) to++;
      const stars = this.#rank(grid[to]! + (last - first) * 1e-12) - this.#rank(grid[from]!);
      if (best === null || stars > best.stars) best = { from, to, stars };
      from = to;
    }
    if (best === null) return null;
    const { from, to } = best;
    return {
      lower: from === 0 ? first : this.#edge(grid[from]!, grid[from - 1]!),
      upper: to === nGrid - 1 ? last : this.#edge(grid[to]!, grid[to + 1]!),
      lowerExcluded: from > 0,
      upperExcluded: to < nGrid - 1,
    };
  }

  /** Where nobody is within reach nothing is probed. */
  #isBelieved(y: number): boolean {
    const below = this.below(y);
    return below <= exclusion && below >= 1 - exclusion;
  }

  /** Between a value that is believed and one that is not, by bisection. */
  #edge(believed: number, excluded: number): number {
    for (let step = 0; step < 32; step++) {
      const middle = (believed + excluded) / 2;
      if (this.#isBelieved(middle)) believed = middle;
      else excluded = middle;
    }
    return believed;
  }

  /** How many stars were inferred below y. */
  #rank(y: number): number {
    let [low, high] = [0, this.#inferred.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#inferred[middle]! < y) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface Spread {
  readonly inferred: number;
  readonly truth: number;
  readonly covariance: number;
}

/** Variances and covariance with N − 1; null where one variance is nothing beside rounding. */
function spreadOf(pairs: readonly (readonly [number, number])[]): Spread | null {
  const n = pairs.length;
  const mean = (k: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[k], 0) / n;
  const [meanInferred, meanTruth] = [mean(0), mean(1)];
  let [inferred, truth, covariance] = [0, 0, 0];
  for (const [y, t] of pairs) {
    inferred += (y - meanInferred) ** 2 / (n - 1);
    truth += (t - meanTruth) ** 2 / (n - 1);
    covariance += ((y - meanInferred) * (t - meanTruth)) / (n - 1);
  }
  const isNothing = (variance: number, about: number) => !(Math.sqrt(variance) > 1e-12 * Math.abs(about));
  return isNothing(inferred, meanInferred) || isNothing(truth, meanTruth) ? null : { inferred, truth, covariance };
}

/** The bounds of one label from held-out stars; null where there are too few, or none of their values is believed. */
export function extrapolationBounds(inferred: ArrayLike<number>, truth: ArrayLike<number>): Bounds | null {
  return RecoveryDensity.of(inferred, truth)?.bounds() ?? null;
}

/** Precision relative to the range over which the model is not biased (Figure 9 there): 2 scatter / (upper − lower). */
export function relativePrecision(scatter: number, bounds: Bounds | null): number | null {
  const ratio = bounds === null ? NaN : (2 * scatter) / (bounds.upper - bounds.lower);
  return Number.isFinite(ratio) ? ratio : null;
}

/** Φ(x) to 1e-15: the series of its integral near 0, a continued fraction in the tails (Abramowitz & Stegun 26.2.11 and 14). */
export function normalCdf(x: number): number {
  const z = Math.abs(x);
  if (z > 38) return x > 0 ? 1 : 0;
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    let [term, sum] = [z, z];
    for (let k = 3; term > 1e-17 * sum; k += 2) {
      term *= (z * z) / k;
      sum += term;
    }
    return x > 0 ? 0.5 + density * sum : 0.5 - density * sum;
  }
  let fraction = z;
  for (let k = 60; k > 0; k--) fraction = z + k / fraction;
  return x > 0 ? 1 - density / fraction : density / fraction;
}

/** Φ and its slope at −tableEnd, −tableEnd + 1 / tableDensity and so on, in turn. Made when it is first needed. */
let table: Float64Array | null = null;
const tableEnd = 9;
const tableDensity = 256;

function cdfTable(): Float64Array {
  const made = new Float64Array(2 * (2 * tableEnd * tableDensity + 1));
  for (let k = 0; k < made.length; k += 2) {
    const x = k / (2 * tableDensity) - tableEnd;
    made[k] = normalCdf(x);
    made[k + 1] = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI) / tableDensity;
  }
  return made;
}

/** Φ(x) to 1e-12 from cubics between its values and slopes: ten times as fast. */
function tabulatedCdf(x: number): number {
  if (!(x > -tableEnd)) return 0;
  if (x >= tableEnd) return 1;
  table ??= cdfTable();
  const position = (x + tableEnd) * tableDensity;
  const k = Math.floor(position);
  const u = position - k;
  const [y0, d0, y1, d1] = [table[2 * k]!, table[2 * k + 1]!, table[2 * k + 2]!, table[2 * k + 3]!];
  const rise = y1 - y0;
  return y0 + u * (d0 + u * (3 * rise - 2 * d0 - d1 + u * (d0 + d1 - 2 * rise)));
}

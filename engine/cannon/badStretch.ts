/**
 * A stretch of the spectrum that fits far worse than the rest of it: scattered light, a failed sky, a seam, where no mask says so.
 *
 * Of residuals in units of their errors the running mean over 25 pixels is taken off (each cut off at ± 4 in it), as a cosmic ray that
 * nobody has marked pulls the continuum for a hundred pixels around. Of the squares of what is left, cut off at 16 so that one
 * cosmic ray or one odd line makes no stretch, means over 32 and over 96 pixels are compared with the mean over the whole spectrum (at least
 * 1), in units of the spread that independent normal errors would give. Running sums: a few operations a pixel. Pure.
 */

const cutOff = 16;
/** Variance of a squared unit normal, cut off there. */
const variance = 1.95;
const lengths = [32, 96] as const;
/** Pixels on each side of the running mean. */
const halfMean = 12;

export interface BadStretch {
  /** By how many of its spreads the mean is above that of the star; the largest of all stretches. */
  readonly excess: number;
  /** Pixels from `from` up to but not including `to`. */
  readonly from: number;
  readonly to: number;
}

function makeRoom(n: number) {
  const numbers = () => new Float64Array(n + 1);
  const [sums, smooth, z] = [numbers(), numbers(), numbers()];
  return { n, sums, smooth, z, counts: new Int32Array(n + 1), isOther: new Uint8Array(n) };
}

let room = makeRoom(0);

/** Arrays of the last star, as new ones for each take longer than the sums. The first number of sums stays 0. */
function roomFor(n: number): typeof room {
  if (room.n !== n) room = makeRoom(n);
  return room;
}

/** @param explained pixels whose residuals are known to be of something else. Null for a spectrum too short to have any. */
export function worstStretch(
  weight: Float64Array,
  residual: Float64Array,
  explained: readonly number[] = [],
): BadStretch | null {
  const n = weight.length;
  const { sums, counts, smooth, z, isOther } = roomFor(n);
  const most = Math.sqrt(cutOff);
  isOther.fill(0);
  for (const p of explained) if (p < n) isOther[p] = 1;
  for (let p = 0; p < n; p++) {
    z[p] = isOther[p] === 1 ? 0 : Math.sqrt(weight[p]!) * residual[p]!;
    smooth[p + 1] = smooth[p]! + Math.max(-most, Math.min(most, z[p]!));
    counts[p + 1] = counts[p]! + (weight[p]! > 0 ? 1 : 0);
  }
  for (let p = 0; p < n; p++) {
    const [from, to] = [Math.max(0, p - halfMean), Math.min(n, p + halfMean + 1)];
    const own = weight[p]! > 0 ? z[p]! - (smooth[to]! - smooth[from]!) / (counts[to]! - counts[from]!) : 0;
    const square = own * own;
    sums[p + 1] = sums[p]! + (square < cutOff ? square : cutOff);
  }
  const usual = Math.max(1, sums[n]! / Math.max(1, counts[n]!));
  let worst: BadStretch | null = null;
  for (const length of lengths) {
    for (let from = 0; from + length <= n; from += length >> 2) {
      const to = from + length;
      const count = counts[to]! - counts[from]!;
      if (2 * count < length) continue;
      const excess = ((sums[to]! - sums[from]!) / count - usual) / (usual * Math.sqrt(variance / count));
      if (worst === null || excess > worst.excess) worst = { excess, from, to };
    }
  }
  return worst;
}

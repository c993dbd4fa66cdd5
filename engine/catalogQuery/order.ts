/**
 * Orders millions of rows by numbers: a radix sort over the bits of the keys, eleven at a time. It is exact and stable, takes
 * the same time whatever the numbers, and lets others in between its passes.
 */

/** Keys as pairs of unsigned halves whose order is that of the numbers. */
export interface SortKeys {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

const digitBits = 11;
const nBuckets = 2 ** digitBits;

/** Keys of doubles or 64-bit integers; in descending order each bit is turned round, so that equal ones keep their order. */
export function sortKeys(values: Float64Array | BigInt64Array, isDescending: boolean): SortKeys {
  const n = values.length;
  const halves = new Uint32Array(values.buffer, values.byteOffset, 2 * n);
  const [high, low] = [new Uint32Array(n), new Uint32Array(n)];
  const isDouble = values instanceof Float64Array;
  const flip = isDescending ? 0xffffffff : 0;
  for (let i = 0; i < n; i++) {
    let [lowHalf, highHalf] = [halves[2 * i]!, halves[2 * i + 1]!];
    // −0 and 0 are equal.
    if (isDouble && highHalf === 0x80000000 && lowHalf === 0) highHalf = 0;
    if (isDouble && highHalf >= 0x80000000) {
      highHalf = ~highHalf;
      lowHalf = ~lowHalf;
    } else highHalf ^= 0x80000000;
    high[i] = highHalf ^ flip;
    low[i] = lowHalf ^ flip;
  }
  return { high, low };
}

/** Indices of the keys in rising order, equal ones as they stand. @param turn awaited between passes */
export async function orderOf({ high, low }: SortKeys, turn: () => Promise<void>): Promise<Uint32Array> {
  const n = high.length;
  let order = new Uint32Array(0);
  let spare = new Uint32Array(0);
  let isFirst = true;
  if (isSorted(high, low)) return identity(n);
  for (const half of [low, high]) {
    for (let shift = 0; shift < 32; shift += digitBits) {
      const starts = startsOf(half, shift);
      if (starts === null) continue;
      await turn();
      if (isFirst) [order, spare, isFirst] = [identity(n), new Uint32Array(n), false];
      for (let i = 0; i < n; i++) {
        const row = order[i]!;
        const digit = (half[row]! >>> shift) & (nBuckets - 1);
        spare[starts[digit]!++] = row;
      }
      [order, spare] = [spare, order];
    }
  }
  return isFirst ? identity(n) : order;
}

/** Where each digit's rows begin; null where all have the same digit. */
function startsOf(half: Uint32Array, shift: number): Uint32Array | null {
  const starts = new Uint32Array(nBuckets);
  for (const key of half) starts[(key >>> shift) & (nBuckets - 1)]!++;
  let sum = 0;
  for (let digit = 0; digit < nBuckets; digit++) {
    const count = starts[digit]!;
    if (count === half.length) return null;
    starts[digit] = sum;
    sum += count;
  }
  return starts;
}

function isSorted(high: Uint32Array, low: Uint32Array): boolean {
  for (let i = 1; i < high.length; i++) {
    if (high[i]! < high[i - 1]! || (high[i] === high[i - 1] && low[i]! < low[i - 1]!)) return false;
  }
  return true;
}

/** 0, 1, 2, … */
export function identity(n: number): Uint32Array<ArrayBuffer> {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  return order;
}

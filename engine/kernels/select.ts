/**
 * Order statistics without sorting: the largest of the `count` smallest values. None may be NaN. Cost: about three passes over the
 * values on average. Sources: Hoare 1961, Algorithm 65 (Find); Floyd & Rivest 1975, Algorithm 489 (Select).
 */

/** Reorders `values`, so that the smaller ones come to lie before it. */
export function largestOfSmallest(values: Float64Array, count: number): number {
  return find(values, values.length, count - 1);
}

/**
 * The same of many values, whose order may come out any: those between two values of a sample, which hold it nearly
 * always, are looked at alone. One pass without branches and a search of a sixth of them.
 */
export function largestOfSmallestOfMany(values: Float64Array, count: number): number {
  const n = values.length;
  if (n < manyValues) return find(values, n, count - 1);
  const every = Math.floor(n / sampled);
  for (let k = 0; k < sampled; k++) sample[k] = values[k * every + (every >> 1)]!;
  sample.sort();
  const place = Math.round(((count - 0.5) / n) * sampled);
  const low = place > margin ? sample[place - margin]! : -Infinity;
  const high = place + margin < sampled ? sample[place + margin]! : Infinity;
  if (between.length < n) between = new Float64Array(n);
  let [below, nBetween] = [0, 0];
  for (let k = 0; k < n; k++) {
    const x = values[k]!;
    between[nBetween] = x;
    below += x < low ? 1 : 0;
    nBetween += x >= low && x <= high ? 1 : 0;
  }
  const k = count - 1 - below;
  return k >= 0 && k < nBetween ? find(between, nBetween, k) : find(values, n, count - 1);
}

const manyValues = 600;
const sampled = 128;
const margin = 11;
const sample = new Float64Array(sampled);
let between = new Float64Array(0);

/** The value that sorting the first `length` ones would put at `k`. */
function find(values: Float64Array, length: number, k: number): number {
  let [low, high] = [0, length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const x = values[i]!;
      values[i] = values[j]!;
      values[j] = x;
      i++;
      j--;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k]!;
}

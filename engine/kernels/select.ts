/**
 * Order statistics without sorting: the largest of the `count` smallest values. Reorders `values`; none may be NaN.
 * Cost: about three passes over the values on average. Source: Hoare 1961, Algorithm 65 (Find).
 */
export function largestOfSmallest(values: Float64Array, count: number): number {
  const k = count - 1;
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      [values[i], values[j]] = [values[j]!, values[i]!];
      i++;
      j--;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k]!;
}

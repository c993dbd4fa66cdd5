/** A few of many, evenly spread from the first to the last: what a look at a folder is content with. */

export function spread<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, k) => items[Math.round((k * (items.length - 1)) / (most - 1))]!);
}

/** `work` for each item, so many at a time, the results in the order of the items. Throws the signal's reason when it aborts. */
export async function eachOf<T, R>(
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T) => Promise<R>,
  onDone: (nDone: number) => void = () => undefined,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const remaining = items.entries();
  let nDone = 0;
  const lane = async () => {
    for (const [n, item] of remaining) {
      signal.throwIfAborted();
      results[n] = await work(item);
      onDone(++nDone);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results;
}

const atOnce = 8;

export function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

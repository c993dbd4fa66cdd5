/**
 * Which statements and branches of the sources were run by processes and pages that had bundles, not the sources.
 *
 * V8 counts how often each range of a script ran; the bundle's map tells where a place of a source went. What is looked up
 * are the statements and branches that vitest's coverage lists for the sources, so that both count the same things.
 */

/** Base 64 of variable length, as source maps have it. */
const digits = new Map([...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].map((c, i) => [c, i]));

function numbersOf(segment) {
  const found = [];
  let [value, shift] = [0, 0];
  for (const character of segment) {
    const digit = digits.get(character);
    value += (digit & 31) * 2 ** shift;
    shift += 5;
    if (digit & 32) continue;
    found.push(value & 1 ? -(value >>> 1) : value >>> 1);
    [value, shift] = [0, 0];
  }
  return found;
}

/**
 * Where the places of each source are in the bundle.
 * @param {string} text the bundle
 * @param {{ sources: string[], mappings: string }} map
 * @returns {Map<string, { line: number, column: number, offset: number }[]>} by the source as the map names it, in its order; lines count from 1
 */
export function placesIn(text, map) {
  const places = new Map(map.sources.map((source) => [source, []]));
  let [source, line, column, begin] = [0, 0, 0, 0];
  for (const mapped of map.mappings.split(';')) {
    let at = 0;
    for (const segment of mapped === '' ? [] : mapped.split(',')) {
      const [step, ...rest] = numbersOf(segment);
      at += step;
      if (rest.length < 3) continue;
      source += rest[0];
      line += rest[1];
      column += rest[2];
      places.get(map.sources[source]).push({ line: line + 1, column, offset: begin + at });
    }
    begin = text.indexOf('\n', begin) + 1;
  }
  for (const own of places.values()) own.sort((a, b) => a.line - b.line || a.column - b.column);
  return places;
}

/** How often the place at an offset ran, by the innermost of V8's ranges. */
export function countsOf(functions) {
  const ranges = functions.flatMap((each) => each.ranges);
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  const [offsets, counts, open] = [[], [], []];
  const put = (offset, count) => {
    offsets.push(offset);
    counts.push(count);
  };
  const closeUntil = (offset) => {
    while (open.length > 0 && open.at(-1).endOffset <= offset) {
      const { endOffset } = open.pop();
      put(endOffset, open.at(-1)?.count ?? 0);
    }
  };
  for (const range of ranges) {
    closeUntil(range.startOffset);
    put(range.startOffset, range.count);
    open.push(range);
  }
  closeUntil(Infinity);
  return (offset) => {
    let [low, high] = [0, offsets.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (offsets[middle] <= offset) low = middle + 1;
      else high = middle;
    }
    return counts[low - 1] ?? 0;
  };
}

/** The place in the bundle of the first thing in a range of a source, or null where nothing of it is left. */
export function offsetOf(places, { start, end }) {
  const isBefore = (place) => place.line < start.line || (place.line === start.line && place.column < start.column);
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(places[middle])) low = middle + 1;
    else high = middle;
  }
  const found = places[low];
  if (found === undefined) return null;
  // The end of a line is Infinity, which JSON does not know.
  const isInside = found.line < end.line || (found.line === end.line && found.column < (end.column ?? Infinity));
  return isInside ? found.offset : null;
}

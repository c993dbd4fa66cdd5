/**
 * Keeps a thread's garbage within bounds. V8 lets it pile up as long as nobody needs the room: what was made in a while of work on
 * many spectra then stays resident, tens of megabytes a thread, although none of it is used. A run on a million spectra shall
 * take what one on ten thousand takes.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Garbage that may lie about: more than the nursery of a worker holds, so that only what has left it counts. */
const slackBytes = 20 * 2 ** 20;

/** Half of a thread's nursery, where its objects are made, in megabytes. */
const nurseryMegabytes = 4;

/**
 * To be called before a process starts its threads: their nurseries, and its own, do not grow from what they are. V8 lets one
 * grow up to 48 MB while much is going through it, and that comes and goes as long as a run lasts. What outlives a small
 * nursery is moved sooner, which costs little where next to nothing outlives it.
 */
export function boundNurseries(): void {
  setFlagsFromString(`--min-semi-space-size=${nurseryMegabytes}`);
  setFlagsFromString('--semi-space-growth-factor=1');
}

let collect: (() => void) | null = null;
/** Heap after the last collection; the first call takes the heap as it is. */
let floor = 0;

/** To be called between pieces of work: looks at the heap, which costs nothing, and now and then collects, which takes some milliseconds. */
export function tidy(): void {
  const used = getHeapStatistics().used_heap_size;
  if (floor === 0) floor = used;
  // A heap that is large because its contents are is not gone through for every few megabytes.
  if (used < 1.25 * floor + slackBytes) return;
  collect ??= collector();
  collect();
  floor = getHeapStatistics().used_heap_size;
}

/** Where this V8 does not hand it out, one that does nothing: then memory is what V8 thinks right. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('typeof gc === "function" ? gc : () => undefined') as () => void;
}

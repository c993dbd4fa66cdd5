/**
 * Long work in the main thread lets others in now and then: the heartbeat of the lock, a request to cancel, signals. Without, a run of
 * millions would seem dead while it puts its tables together.
 */

const turnMs = 50;

/** A function to await in loops, however often. It rejects with the signal's reason when that aborts. */
export function turnsUnder(signal: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    const now = performance.now();
    if (now - last < turnMs) return;
    await new Promise((resolve) => setImmediate(resolve));
    last = performance.now();
    signal.throwIfAborted();
  };
}

/**
 * Once all that waits has been heard, timers and signals alike: for work in a few long steps, between which this is awaited.
 * It rejects with the signal's reason when that aborted.
 */
export async function wholeTurn(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}

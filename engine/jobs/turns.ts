/**
 * Long work in the main thread lets others in now and then: the heartbeat of the lock, a request to cancel, signals. Without, a run of
 * millions would seem dead while it puts its tables together.
 */

const turnMs = 50;

/** A function to await in loops, however often. It rejects with the signal's reason when that aborts. */
export function turnsUnder(signal: AbortSignal): () => Promise<void> {
  let last = Date.now();
  return async () => {
    const now = Date.now();
    if (now - last < turnMs) return;
    await new Promise((resolve) => setImmediate(resolve));
    last = Date.now();
    signal.throwIfAborted();
  };
}

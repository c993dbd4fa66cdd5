/**
 * One at a time among processes that read a small file, change it and write it again: two windows on one folder would otherwise lose
 * each other's lines. Whoever works on the file holds a hidden file beside it, for milliseconds; what a process that was killed left
 * of it is removed by the next that has waited in vain.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const betweenMs = 5;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * What `work` gives. It waits for who else is at work on the file at `path`.
 * @param forgottenMs longer than anybody holds it
 * @throws what `work` and the file system throw.
 */
export function inTurn<T>(path: string, work: () => T, forgottenMs = 3000): T {
  const turn = join(dirname(path), `.${basename(path)}.lock`);
  const waitsFrom = performance.now();
  let seen: string | null = null;
  for (let patienceMs = forgottenMs; !take(turn);) {
    Atomics.wait(sleeper, 0, 0, betweenMs);
    const holder = holderOf(turn);
    // Each new holder is waited for anew.
    if (holder !== seen) patienceMs = performance.now() - waitsFrom + forgottenMs;
    else if (holder !== null && performance.now() - waitsFrom > patienceMs) removeForgotten(turn, holder);
    seen = holder;
  }
  try {
    return work();
  } finally {
    rmSync(turn, { force: true });
  }
}

function take(turn: string): boolean {
  try {
    closeSync(openSync(turn, 'wx'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Tells one file of that name from the next, which may have its number. */
function holderOf(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.ino} ${found.mtimeNs}`;
}

/** Taken away under another name first: should it be another's by now, it is given back. */
function removeForgotten(turn: string, holder: string): void {
  const aside = `${turn}.${randomUUID()}`;
  try {
    renameSync(turn, aside);
  } catch {
    return; // somebody else did
  }
  try {
    if (holderOf(aside) !== holder) linkSync(aside, turn);
  } catch {
    // Another one has begun meanwhile.
  } finally {
    rmSync(aside, { force: true });
  }
}

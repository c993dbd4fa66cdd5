/**
 * How long the holder of a lock on another host has been silent. Its heartbeat is the time that the disk gives its lock, and the clocks
 * of disk, holder and reader may differ by hours, or be set while somebody looks.
 */
import { randomUUID } from 'node:crypto';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How long a lock that was written at `mtimeMs` has been silent. */
export type Silence = (path: string, token: string, mtimeMs: number) => number;

interface Heard {
  readonly token: string;
  readonly mtimeMs: number;
  readonly silentMs: number;
  readonly sinceMs: number;
}

/** Hearts of other hosts that this process has seen, by the paths of their locks. */
const heard = new Map<string, Heard>();

/** The clock of this machine counts at the first look only: from then on, whether the heart beats. */
export const silentSinceSeen: Silence = (path, token, mtimeMs) => {
  const [known, nowMs] = [heard.get(path), performance.now()];
  if (known?.token === token && known.mtimeMs === mtimeMs) return known.silentMs + nowMs - known.sinceMs;
  const silentMs = known?.token === token ? 0 : Math.max(0, Date.now() - mtimeMs);
  heard.set(path, { token, mtimeMs, silentMs, sinceMs: nowMs });
  return silentMs;
};

/**
 * By the time that the disk of `folder` gives a file that is written now. A lock that lies in its future was written before its clock
 * was set back.
 */
export function silentOnDisk(folder: string): Silence {
  let nowMs: number | null = null;
  return (_path, _token, mtimeMs) => Math.abs((nowMs ??= timeOnDisk(folder)) - mtimeMs);
}

/** A lock is gone. */
export function forgetBeats(path: string): void {
  heard.delete(path);
}

function timeOnDisk(folder: string): number {
  const probe = join(folder, `lock.${randomUUID()}.part`);
  writeFileSync(probe, '', { flag: 'wx' });
  try {
    return statSync(probe).mtimeMs;
  } finally {
    rmSync(probe, { force: true });
  }
}

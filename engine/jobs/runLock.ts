/**
 * Who works in a folder: files `lock-<n>`, of which the highest counts. Each names its holder (host, process, when that
 * began) and is written again every ten seconds, so that its time of change is the holder's heartbeat.
 *
 * A lock is made by `link`, which one of two rivals wins on local and network disks alike. A stale one is not removed and made
 * anew (two rivals might then remove each other's) but followed by the next number, which again only one can make. On
 * the holder's host a lock is stale when the process is gone; seen from another host, or another container, when its heart
 * has not beaten for two minutes, by the disk's own clock where a lock is to be taken, and otherwise by what was seen since the first
 * look: clocks of two machines differ, and people set them. A holder that was taken for dead (a laptop asleep, a disk away) sees the higher number
 * when it wakes, and stops.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { requireRoomIn } from '../durable';
import { readPlainTextNow } from '../plainFile';
import { UserError } from '../problems';
import { forgetBeats, type Silence, silentOnDisk, silentSinceSeen } from './heartbeats';

export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  /** Tells this process from later ones of the same number: the machine's boot and the process's start; "" where unknown. */
  readonly processStart: string;
  /** Process numbers of other containers on this host mean nothing here; "" where unknown. */
  readonly pidNamespace: string;
  /** When the lock was taken, ISO. */
  readonly since: string;
  readonly token: string;
}

export interface FoundLock {
  readonly holder: LockHolder;
  readonly isLive: boolean;
  /** Since its last heartbeat, by this machine's clock. */
  readonly silentMs: number;
}

export interface HeldLock {
  readonly holder: LockHolder;
  release(): void;
}

export interface LockOptions {
  /** Called once when another process took the lock over. */
  readonly onLost: () => void;
  /** Follow a live lock as well: whoever held it stops at its next heartbeat. For work that may be done twice. */
  readonly takeOver?: boolean;
}

/** A lock is a line. */
const mostBytes = 10_000;
const heartbeatMs = 10_000;
/** Twelve heartbeats: a network disk may be away for a minute. */
const staleAfterMs = 120_000;

/**
 * Take the lock of `folder`, which is made if need be.
 * @throws UserError CAN401 when another process has it.
 */
export function acquireLock(folder: string, { onLost, takeOver = false }: LockOptions): HeldLock {
  requireRoomIn(folder);
  mkdirSync(folder, { recursive: true });
  const before = locksIn(folder, silentOnDisk(folder));
  const live = before.find(({ lock }) => lock?.isLive);
  if (live?.lock && !takeOver) throw inUse(folder, live.lock.holder);
  const number = Math.max(0, ...before.map(({ number }) => number)) + 1;
  const path = join(folder, `lock-${number}`);
  const holder = thisProcess();
  const text = `${JSON.stringify(holder)}\n`;
  const known = new Set([holder, ...before.map(({ lock }) => lock?.holder)].map((each) => each?.token));
  if (!makeExclusively(path, text)) throw inUse(folder, lockIn(folder)?.holder ?? null);
  // A rival may have come and gone in between, and a third have begun anew from number 1.
  const rival = locksIn(folder).find(({ lock }) => lock?.isLive && !known.has(lock.holder.token));
  if (rival !== undefined) {
    rmSync(path, { force: true });
    throw inUse(folder, rival.lock?.holder ?? null);
  }
  for (const { name } of before) rmSync(join(folder, name), { force: true });
  return keepAlive(folder, path, number, text, holder, onLost);
}

function keepAlive(
  folder: string,
  path: string,
  number: number,
  text: string,
  holder: LockHolder,
  onLost: () => void,
): HeldLock {
  const isMine = () => {
    try {
      return (
        readPlainTextNow(path, mostBytes) === text &&
        !readdirSync(folder).some((name) => (numberOf(name) ?? 0) > number)
      );
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== 'ENOENT'; // a disk that is away says nothing
    }
  };
  const timer = setInterval(() => {
    if (isMine()) return beat(path, text);
    clearInterval(timer);
    onLost();
  }, heartbeatMs);
  timer.unref();
  return {
    holder,
    release() {
      clearInterval(timer);
      if (isMine()) rmSync(path, { force: true });
    },
  };
}

/** Writing, not `utimes`: the time is then that of the disk's server, whatever the clocks of its clients say. */
function beat(path: string, text: string): void {
  try {
    const file = openSync(path, 'r+');
    writeSync(file, text, 0);
    closeSync(file);
  } catch {
    // A beat may be missed; a dozen may not.
  }
}

/**
 * Wait until nobody holds the lock of `folder`: for work that a queue starts again after its node was lost, whose lock still looks
 * alive from here. Whoever does live is waited for as long as a lost holder would be, and not longer.
 */
export async function lockIsFree(folder: string, lookMs = 2000): Promise<void> {
  const until = performance.now() + staleAfterMs + 2 * heartbeatMs;
  while (lockIn(folder)?.isLive === true && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, lookMs));
}

/** The lock that counts in `folder`, or null when nobody works there. */
export function lockIn(folder: string): FoundLock | null {
  return locksIn(folder).at(-1)?.lock ?? null;
}

function locksIn(
  folder: string,
  silence: Silence = silentSinceSeen,
): { name: string; number: number; lock: FoundLock | null }[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .flatMap((name) => {
      const number = numberOf(name);
      return number === null ? [] : [{ name, number, lock: readLock(join(folder, name), silence) }];
    })
    .sort((a, b) => a.number - b.number);
}

function numberOf(name: string): number | null {
  const match = /^lock-(\d+)$/.exec(name);
  return match === null ? null : Number(match[1]);
}

/** Null when it went away, was torn by a crash, or is no lock of ours: it then holds nothing. */
function readLock(path: string, silence: Silence): FoundLock | null {
  try {
    const holder: unknown = JSON.parse(readPlainTextNow(path, mostBytes));
    if (!isHolder(holder)) return null;
    const { mtimeMs } = statSync(path);
    if (isOfHere(holder)) return { holder, silentMs: Date.now() - mtimeMs, isLive: livesHere(holder) };
    const silentMs = silence(path, holder.token, mtimeMs);
    return { holder, silentMs, isLive: silentMs < staleAfterMs };
  } catch {
    forgetBeats(path);
    return null;
  }
}

/** A folder may come from anywhere: what is not a holder as we write it names no process, which somebody might then end. */
function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, ...texts } = value as Partial<Record<keyof LockHolder, unknown>>;
  const names = ['host', 'processStart', 'pidNamespace', 'since', 'token'] as const;
  return Number.isSafeInteger(pid) && (pid as number) > 0 && names.every((name) => typeof texts[name] === 'string');
}

function isOfHere({ host, pidNamespace: namespace }: LockHolder): boolean {
  return host === hostname() && namespace === pidNamespace();
}

function livesHere(holder: LockHolder): boolean {
  if (!processLives(holder.pid)) return false;
  return holder.processStart === '' || holder.processStart === processStart(holder.pid);
}

function makeExclusively(path: string, text: string): boolean {
  const aside = `${path}.${randomUUID()}.part`;
  writeFileSync(aside, text, { flush: true });
  try {
    linkSync(aside, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    return makeWithoutLinks(path, text);
  } finally {
    rmSync(aside, { force: true });
  }
}

/** For disks that know no hard links. */
function makeWithoutLinks(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx', flush: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function thisProcess(): LockHolder {
  return {
    host: hostname(),
    pid: process.pid,
    processStart: processStart(process.pid),
    pidNamespace: pidNamespace(),
    since: new Date().toISOString(),
    token: randomUUID(),
  };
}

function inUse(folder: string, holder: LockHolder | null): UserError {
  const who = holder === null ? '' : ` (process ${holder.pid} on ${holder.host}, since ${holder.since})`;
  return new UserError(
    `Another job${who} is still running in ${folder}`,
    'Wait for it, cancel it, or choose another --run folder.',
    'CAN401',
  );
}

/** Boot and start of a process of this host, from /proc; "" elsewhere. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program stands in parentheses and may hold anything; field 22 is the 20th after it.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${ticks}`;
  } catch {
    return '';
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** Whether process `pid` of this host still runs. One that ended but was not reaped (a container without init) does not. */
export function processLives(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return true; // not Linux: the signal's answer has to do
  }
}

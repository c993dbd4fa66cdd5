/**
 * How much of the machine a job takes: worker threads and memory. By default what suits a login node that others use as
 * well: four threads at most, half the memory that is free, and never more than the job's own limits (cgroups, as Slurm and
 * containers set them) allow.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { UserError } from '../problems';

export interface Budget {
  readonly workers: number;
  readonly memoryBytes: number;
}

const megabyte = 2 ** 20;
/** What the program takes before it has read a spectrum, and what each thread takes with a batch in hand (docs/scale.md). */
const programBytes = 160 * megabyte;
const workerBytes = 180 * megabyte;
const mostWorkers = 4;

/**
 * @param asked what the user said; both may be absent.
 * @throws UserError CAN404 when the memory does not do for one worker.
 */
export function budgetFor(asked: { readonly workers?: number; readonly memory?: number }): Budget {
  const memoryBytes = asked.memory ?? Math.max(programBytes + workerBytes, availableBytes() / 2);
  if (memoryBytes < programBytes + workerBytes) {
    throw new UserError(
      `--memory ${inMegabytes(memoryBytes)} is too little: a job needs ${inMegabytes(programBytes + workerBytes)} for one worker`,
      'Give it more.',
      'CAN404',
    );
  }
  const wanted = asked.workers ?? Math.min(mostWorkers, processors());
  const fitting = Math.floor((memoryBytes - programBytes) / workerBytes);
  return { workers: Math.max(1, Math.min(wanted, fitting)), memoryBytes };
}

/** "4G", "512M", "2.5GiB", "1e9": bytes, in powers of 1024; NaN for anything else. */
export function parseBytes(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?(?:e\d+)?)\s*([kmgt]?)(?:i?b)?\s*$/i.exec(text);
  return match === null ? NaN : Number(match[1]) * 1024 ** ' kmgt'.indexOf(match[2]!.toLowerCase() || ' ');
}

function inMegabytes(bytes: number): string {
  return `${Math.round(bytes / megabyte)}M`;
}

/** Processors that this process may use, by affinity and quota. */
export function processors(quota = readText('/sys/fs/cgroup/cpu.max')): number {
  const [most, period] = quota.trim().split(' ').map(Number);
  const allowed =
    most !== undefined && period !== undefined && most > 0 && period > 0 ? Math.ceil(most / period) : Infinity;
  return Math.max(1, Math.min(availableParallelism(), allowed));
}

/** Memory that can be had without pushing anybody's out. */
export function availableBytes(meminfo = readText('/proc/meminfo')): number {
  const match = /^MemAvailable:\s*(\d+) kB/m.exec(meminfo);
  const free = match === null ? freemem() : Number(match[1]) * 1024;
  const allowed = process.constrainedMemory();
  if (!(allowed > 0 && allowed < totalmem())) return free;
  const used = Number(readText('/sys/fs/cgroup/memory.current')) || process.memoryUsage.rss();
  return Math.max(0, Math.min(free, allowed - used));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

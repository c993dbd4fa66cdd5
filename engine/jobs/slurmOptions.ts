/**
 * What a user may ask of Slurm for a run, and how it is kept: `slurm/options.json` in the run folder, so that whoever resumes the run
 * submits it as before. What is not asked for is left to the cluster, and to Slurm's own variables (`SBATCH_ACCOUNT`, …).
 *
 * Values are handed to `sbatch` as arguments of their own, never through a shell; only `setup` is shell, the user's own.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readPlainTextNow } from '../plainFile';
import { UserError } from '../problems';
import { writeAtomically } from '../durable';

export interface SlurmOptions {
  readonly partition?: string;
  readonly account?: string;
  /** As Slurm writes times: minutes, `2:00:00`, `1-12:00:00`. */
  readonly time?: string;
  /** Memory of a shard and of the merge as Slurm writes it: `4000` (megabytes), `4G`. */
  readonly mem?: string;
  /** Processors, and so worker threads, of a shard and of the merge. */
  readonly cpus?: number;
  /** At most so many shards at a time. */
  readonly arrayThrottle?: number;
  /** A line of shell that runs before the program, such as `module load gcc`. */
  readonly setup?: string;
  readonly shards?: number;
  /** Further options of `sbatch`, each as one argument: `--qos=long`. */
  readonly sbatch?: readonly string[];
}

export const usualShards = 16;
const fileName = 'options.json';

/** Where a run keeps its batch scripts, and what Slurm's tasks print. */
export const slurmFolder = (run: string): string => join(run, 'slurm');

/** Whether the run was handed to Slurm once. */
export function wasSubmitted(run: string): boolean {
  return existsSync(join(slurmFolder(run), fileName));
}

/** What the run was submitted with; {} when that cannot be read. */
export function readSlurmOptions(run: string): SlurmOptions {
  try {
    return JSON.parse(readPlainTextNow(join(slurmFolder(run), fileName), 100_000)) as SlurmOptions;
  } catch {
    return {};
  }
}

export function writeSlurmOptions(run: string, options: SlurmOptions): void {
  writeAtomically(join(slurmFolder(run), fileName), `${JSON.stringify(options, null, 2)}\n`);
}

/** Bytes of a memory as Slurm writes it; NaN for anything else. */
export function slurmBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)B?$/i.exec(text);
  return match === null ? NaN : Number(match[1]) * 1024 ** ' KMGT'.indexOf((match[2] || 'M').toUpperCase());
}

/** Share of a job's memory that the program plans with: the rest is for what no plan knows of. */
const plannedShare = 0.9;

/** What the program on a node may take: threads and bytes, the latter null where Slurm was not asked for memory. */
export function shareOfNode({ cpus = 1, mem }: SlurmOptions): { workers: number; memory: number | null } {
  return { workers: cpus, memory: mem === undefined ? null : Math.floor(plannedShare * slurmBytes(mem)) };
}

/** Arguments of `sbatch` for what was asked for. Each value is part of one argument, whatever characters it has. */
export function resourceArguments({ partition, account, time, mem, cpus = 1, sbatch }: SlurmOptions): string[] {
  const asked = { partition, account, time, mem, 'cpus-per-task': String(cpus) };
  const own = Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
  return [...own, ...(sbatch ?? [])];
}

/** @throws UserError CAN414 when an option makes no sense, before anything is made. */
export function requireSensible({ mem, sbatch = [] }: SlurmOptions): void {
  if (mem !== undefined && !(slurmBytes(mem) > 0))
    throw new UserError(`--mem ${mem} is no memory`, 'Write it as Slurm does: 4000 (megabytes) or 4G.', 'CAN414');
  const ours = sbatch.find((option) =>
    /^(-[aAdDeJoinQWhV]|--(array|chdir|dependency|error|job-name|output|parsable|wrap|wait|test-only|help|version|quiet)\b)|^[^-]/.test(
      option,
    ),
  );
  if (ours !== undefined) {
    throw new UserError(
      `--sbatch ${ours} is not an option that can be handed on`,
      'Give options such as `--sbatch=--qos=long`, each in one word; arrays, dependencies and output are set by the run itself.',
      'CAN414',
    );
  }
}

/**
 * Which shards of a run are still to be done, and what became of them, from the run's folder. Labels are counted by their chunks:
 * what is on the disk is done, whoever did it. Of a cross-validation only the shards themselves know, as what there is to do follows
 * from its training stars.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config';
import { tailNow } from '../plainFile';
import { UserError } from '../problems';
import { Checkpoint } from './checkpoint';
import { labelScope } from './inferChunks';
import type { JobRecord } from './jobRecord';
import { readRun, type RunStatus, type ShardStatus } from './readRun';
import { checkpointFolder } from './runFolder';
import { askQueue, type QueuedTask } from './slurmCommands';
import { readSlurmOptions, slurmFolder, usualShards, wasSubmitted } from './slurmOptions';
import { SpectraList } from './spectraList';

/** Chunks that an inference has in all. */
async function countChunks(folder: string, job: JobRecord): Promise<number> {
  const context = { signal: new AbortController().signal, report: () => undefined };
  return (await SpectraList.open(checkpointFolder(folder), job.resolved as Config, context)).nChunks;
}

/** Into how many shards the run is divided; 0 for a training, whose passes over all stars are one job. */
export async function countShards(folder: string, job: JobRecord): Promise<number> {
  if (job.command === 'train') return 0;
  const { shards = usualShards } = readSlurmOptions(folder);
  return job.command === 'infer' ? Math.min(shards, await countChunks(folder, job)) : shards;
}

/** Indices of the shards, of `count`, whose work is not all there. */
export async function missingShards({ folder, job, shards }: RunStatus, count: number): Promise<number[]> {
  if (count === 0) return [];
  const all = Array.from({ length: count }, (_, index) => index);
  if (job.command !== 'infer') {
    const finished = shards.filter((shard) => shard.count === count && shard.state === 'finished');
    return all.filter((index) => !finished.some((shard) => shard.index === index));
  }
  const there = new Checkpoint(checkpointFolder(folder), job.key).numbers(labelScope);
  const numbers = Array.from({ length: await countChunks(folder, job) }, (_, number) => number);
  const missing = new Set(numbers.filter((number) => !there.has(number)).map((number) => number % count));
  return all.filter((index) => missing.has(index));
}

/**
 * For the job that puts shards together.
 * @throws UserError CAN415 saying of each shard that is not done what became of it.
 */
export async function requireShards(folder: string): Promise<void> {
  if (!wasSubmitted(folder)) return;
  const run = await readRun(folder);
  const count = await countShards(folder, run.job);
  const missing = await missingShards(run, count);
  if (missing.length === 0) return;
  const tasks = await askQueue(jobsOf(run.job));
  throw new UserError(
    `${missing.length} of ${count} shards did not finish: ${whatBecame(run, missing, count, tasks ?? [])}`,
    `What is done is kept. \`cannon runs resume\` submits what is missing; \`--time\` and \`--mem\` there give it more.`,
    'CAN415',
  );
}

/** Slurm's numbers of the run's jobs; [] when no queue has it. */
export function jobsOf({ submitted }: Pick<JobRecord, 'submitted'>): string[] {
  return submitted?.system === 'slurm' ? submitted.id.split(',') : [];
}

const mostTold = 4;

/** "shard 2: CAN402 The disk is full; shard 5: OUT_OF_MEMORY; and 3 more". */
export function whatBecame(
  run: RunStatus,
  missing: readonly number[],
  count: number,
  tasks: readonly QueuedTask[],
): string {
  const told = missing.slice(0, mostTold).map((index) => {
    const shard = run.shards.find((one) => one.index === index && one.count === count);
    // A task that waited with others has no number yet; the last job is no shard.
    const last = jobsOf(run.job).at(-1);
    const own = tasks.filter(({ job, task }) => task === index || (task === null && job !== last));
    return `shard ${index}: ${fateOf(run.folder, index, shard, own)}`;
  });
  const others = missing.length - told.length;
  return [...told, ...(others === 0 ? [] : [`and ${others} more`])].join('; ');
}

function fateOf(folder: string, index: number, shard: ShardStatus | undefined, tasks: readonly QueuedTask[]): string {
  if (shard?.failure) return `${shard.failure.code} ${shard.failure.message}`;
  const ended = tasks.findLast((task) => task.isStopped && !/^COMPLET/.test(task.state));
  const slurm = ended === undefined ? '' : ` (Slurm: ${ended.state}${noReason(ended) ? '' : `, ${ended.reason}`})`;
  const words = lastWordsOf(folder, index);
  if (shard === undefined || shard.state === 'queued') return `never began${slurm}${words}`;
  const where = shard.host === '' ? '' : ` on ${shard.host}`;
  if (shard.state === 'cancelled') return `was told to stop${where}${slurm}`;
  return `ended without a word${where}${slurm}${words}`;
}

function noReason({ reason }: QueuedTask): boolean {
  return reason === '' || reason === 'None';
}

/** The last line that the shard's newest task printed, or Slurm about it; "" without one. */
function lastWordsOf(run: string, index: number): string {
  try {
    const folder = slurmFolder(run);
    const files = readdirSync(folder).flatMap((name) => {
      const [, job, task] = /^(\d+)_(\d+)\.txt$/.exec(name) ?? [];
      return Number(task) === index ? [{ name, job: Number(job) }] : [];
    });
    const newest = files.sort((a, b) => a.job - b.job).at(-1);
    const text = newest === undefined ? '' : tailNow(join(folder, newest.name), 10_000).toString('utf8');
    const line = text.trimEnd().split('\n').at(-1)?.trim() ?? '';
    return line === '' ? '' : `: ${line.slice(0, 200)}`;
  } catch {
    return '';
  }
}

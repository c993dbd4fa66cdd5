/**
 * Handing a run to Slurm: an array job with an element a shard, then one job, after all of them have ended in whatever way
 * (`afterany`), that puts the shards together or says which are missing. After that nobody needs to stay: the run is followed by its folder.
 *
 * A cross-validation has two arrays, one after the other: what the second does, the labels of held-out stars, needs the training by all
 * shards of the first. A training is one job without shards.
 */
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { UserError } from '../problems';
import { writeAtomically } from '../durable';
import type { JobEvent } from './events';
import type { JobRecord } from './jobRecord';
import { readRun, type RunStatus } from './readRun';
import { RunFolder, setSubmission } from './runFolder';
import { askQueue, cancelJobs, requireSlurm, submitBatch } from './slurmCommands';
import {
  readSlurmOptions,
  requireSensible,
  resourceArguments,
  shareOfNode,
  slurmFolder,
  type SlurmOptions,
  writeSlurmOptions,
} from './slurmOptions';
import { arrayRanges, batchScript, outputPattern } from './slurmScript';
import { countShards, jobsOf, missingShards } from './slurmShards';

/** The bundled command line, of which this is a part. */
const program = fileURLToPath(new URL('./cannon.js', import.meta.url));

/**
 * Submit what is missing of a run that is prepared, or was interrupted, failed or cancelled. `asked` changes what it was submitted with
 * before.
 * @returns the event that tells of it, which is in the run's events as well.
 * @throws UserError CAN413, CAN414, CAN401, CAN410.
 */
export async function submitRun(folder: string, asked: SlurmOptions): Promise<JobEvent> {
  await requireSlurm();
  requireSensible(asked);
  const before = await readRun(folder);
  await requireOutOfQueue(before);
  const run = await RunFolder.handOver(folder);
  try {
    // Asked for once, it holds until something else is asked for.
    const options = { ...readSlurmOptions(folder), ...asked };
    writeSlurmOptions(folder, options);
    const count = await countShards(folder, before.job);
    const missing = await missingShards(before, count);
    const jobs = await submitJobs(before, options, count, missing);
    await setSubmission(folder, { system: 'slurm', id: jobs.join(','), time: new Date().toISOString() });
    const event = {
      kind: 'submitted',
      system: 'slurm',
      id: jobs.join(','),
      run: folder,
      shards: missing.length,
    } as const;
    run.append(event);
    return event;
  } finally {
    run.release();
  }
}

/** @throws UserError CAN410 when it has finished, or Slurm still has it. */
async function requireOutOfQueue(run: RunStatus): Promise<void> {
  const { folder, job, state } = run;
  const hint = 'Wait for it, or stop it with `cannon runs cancel` first.';
  if (state === 'finished')
    throw new UserError(`The ${job.command} in ${folder} has finished`, 'Start a new run to do it again.', 'CAN410');
  const tasks = (await askQueue(jobsOf(job))) ?? [];
  if (tasks.some(({ isStopped }) => !isStopped))
    throw new UserError(`Slurm still has the ${job.command} in ${folder} (job ${job.submitted!.id})`, hint, 'CAN410');
}

/** @returns the ids in the order of their work, the last that of the job that ends the run. */
async function submitJobs(
  { folder, job }: RunStatus,
  options: SlurmOptions,
  count: number,
  missing: readonly number[],
): Promise<string[]> {
  const common = [
    `--job-name=cannon-${job.command}`,
    '--chdir=/',
    '--open-mode=append',
    '--requeue',
    '--signal=B:USR1@60',
  ];
  const ids: string[] = [];
  const submit = async (name: string, own: readonly string[], text: string, output: string) => {
    const script = join(slurmFolder(folder), `${name}.sh`);
    writeAtomically(script, text);
    const after = ids.length === 0 ? [] : [`--dependency=afterany:${ids.at(-1)}`];
    const where = `--output=${outputPattern(slurmFolder(folder), output)}`;
    ids.push(await submitBatch(script, [...common, ...own, ...after, where, ...resourceArguments(options)]));
  };
  try {
    for (const indices of roundsOf(job, count, missing)) {
      const throttle = options.arrayThrottle === undefined ? '' : `%${options.arrayThrottle}`;
      const text = scriptOf(folder, job, options, count);
      await submit('shards', [`--array=${arrayRanges(indices)}${throttle}`], text, '%A_%a.txt');
    }
    await submit(job.command === 'train' ? 'train' : 'merge', [], scriptOf(folder, job, options, null), '%j.txt');
  } catch (error) {
    // Without its end the array would be work for nobody.
    await cancelJobs(ids);
    throw error;
  }
  return ids;
}

function roundsOf(job: JobRecord, count: number, missing: readonly number[]): (readonly number[])[] {
  if (missing.length === 0) return [];
  if (job.command === 'infer') return [missing];
  return [missing, Array.from({ length: count }, (_, index) => index)];
}

/** @param count of shards, or null for the last job. */
function scriptOf(folder: string, job: JobRecord, options: SlurmOptions, count: number | null): string {
  const { workers, memory } = shareOfNode(options);
  const what = ['--config', job.config, '--run', folder, '--workers', String(workers)];
  const limits = memory === null ? [] : ['--memory', String(memory)];
  const part = count === null ? ['--from-queue'] : [];
  const title =
    count === null
      ? `The last job of the ${job.command} in ${folder}`
      : `One of ${count} shards of the ${job.command} in ${folder}`;
  return batchScript({
    title,
    command: [process.execPath, program, job.command, ...what, ...limits, ...part],
    shardArgument: count === null ? null : `%/${count}`,
    run: folder,
    setup: options.setup ?? null,
  });
}

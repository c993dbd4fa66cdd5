/**
 * Slurm's own programs: `sbatch`, `squeue`, `scancel`. They are started without a shell, with each argument as it is.
 *
 * The queue is read with `squeue --json`, whose fields differ between versions (states as a word or as a list, numbers bare or as
 * `{ set, number }`), and where this squeue has no JSON as columns of text.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { UserError } from '../problems';

/** One task of an array, or a job without tasks. */
export interface QueuedTask {
  readonly job: string;
  /** Null for jobs without tasks, and for tasks that still wait together. */
  readonly task: number | null;
  /** Slurm's word: PENDING, RUNNING, FAILED, … */
  readonly state: string;
  /** Why it waits or failed, in Slurm's word; "" or None without reason. */
  readonly reason: string;
  /** Whether it has ended for good. One that is COMPLETING has stopped, but may come back. */
  readonly isOver: boolean;
  readonly isStopped: boolean;
}

interface Said {
  readonly code: number | string;
  readonly out: string;
  readonly err: string;
}

const patienceMs = 60_000;
const over =
  /^(BOOT_FAIL|CANCELLED|COMPLETED|DEADLINE|FAILED|LAUNCH_FAILED|NODE_FAIL|OUT_OF_MEMORY|PREEMPTED|REVOKED|TIMEOUT)/;
const back = /^(REQUEUE|REQUEUED|REQUEUE_HOLD|REQUEUE_FED|SPECIAL_EXIT)$/;

/** @throws UserError CAN413 when this machine cannot submit jobs. */
export async function requireSlurm(): Promise<void> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter).filter((one) => one !== '')) {
    const path = join(folder, 'sbatch');
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return;
  }
  throw new UserError(
    'There is no Slurm here: `sbatch` is not on the PATH',
    'Run it on a login node of the cluster (from the editor: connected to it by Remote - SSH), or without Slurm.',
    'CAN413',
  );
}

/**
 * Submit a batch script.
 * @returns the job's id.
 * @throws UserError CAN414 with the words of `sbatch`.
 */
export async function submitBatch(script: string, options: readonly string[]): Promise<string> {
  const { code, out, err } = await say('sbatch', ['--parsable', ...options, script]);
  // "12345", with other lines by plugins before it and ";cluster" after it.
  const id = code === 0 ? /^(\d+)(?:;\S*)?$/m.exec(out)?.[1] : undefined;
  if (id !== undefined) return id;
  const words = `${err}\n${out}`.split('\n').map((line) => line.replace(/^sbatch: (error: )?/, '').trim());
  throw new UserError(
    `Slurm does not take the job: ${words.filter((line) => line !== '').join('; ') || `sbatch ended with ${code}`}`,
    'Change the options of Slurm, then submit it again with `cannon runs resume`.',
    'CAN414',
  );
}

/** Take jobs out of the queue, ending what runs of them. False when Slurm did not say that it did. */
export async function cancelJobs(ids: readonly string[]): Promise<boolean> {
  return ids.length === 0 || (await say('scancel', ids)).code === 0;
}

/** What Slurm knows of these jobs, those that ended lately among them; [] when it knows none, null when it does not answer. */
export async function askQueue(ids: readonly string[]): Promise<QueuedTask[] | null> {
  if (ids.length === 0) return [];
  const which = ['--states=all', `--jobs=${ids.join(',')}`];
  const json = await say('squeue', ['--json', ...which]);
  const parsed = json.code === 0 ? fromJson(json.out, ids) : null;
  if (parsed !== null) return parsed;
  const text = await say('squeue', ['--noheader', '--array', '--format=%i|%T|%r', ...which]);
  if (text.code === 0) return fromText(text.out, ids);
  return /invalid job id/i.test(text.err) ? [] : null;
}

function say(program: string, args: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    const options = { env: cleanEnvironment(process.env), timeout: patienceMs, maxBuffer: 1 << 28 };
    execFile(program, args, options, (error, out, err) => {
      resolve({ code: error === null ? 0 : (error.code ?? 'a signal'), out, err });
    });
  });
}

/**
 * Without what Slurm told a job that this process may itself be part of: it would shape the new job as well. Its place of configuration
 * stays.
 */
export function cleanEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ofJob = (name: string) =>
    (/^SLURM_/.test(name) && !/^SLURM_(CONF|CLUSTERS|TIME_FORMAT|JWT)$/.test(name)) ||
    /^SBATCH_(ARRAY_INX|WAIT|TEST_ONLY)$/.test(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ofJob(name)));
}

/** Null where this is no JSON of a queue. */
export function fromJson(text: string, ids: readonly string[]): QueuedTask[] | null {
  let jobs: unknown;
  try {
    jobs = (JSON.parse(text) as { jobs?: unknown }).jobs;
  } catch {
    return null;
  }
  if (!Array.isArray(jobs)) return null;
  return (jobs as Record<string, unknown>[]).flatMap((job) => {
    const array = numberIn(job['array_job_id']);
    const id = String(array !== null && array > 0 ? array : numberIn(job['job_id']));
    if (!ids.includes(id)) return []; // this version lists all jobs, whatever it is asked
    const states = [job['job_state']].flat().map(String);
    const task = array !== null && array > 0 ? numberIn(job['array_task_id']) : null;
    const reason = typeof job['state_reason'] === 'string' ? job['state_reason'] : '';
    return [{ job: id, task, state: states[0] ?? '', reason, ...endOf(states) }];
  });
}

export function fromText(text: string, ids: readonly string[]): QueuedTask[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', state = '', reason = ''] = line.trim().split('|');
    const [, job, task] = /^(\d+)(?:_(\d+|\[.*))?$/.exec(name) ?? [];
    if (job === undefined || !ids.includes(job)) return [];
    const number = task === undefined || task.startsWith('[') ? null : Number(task);
    return [{ job, task: number, state, reason, ...endOf([state]) }];
  });
}

function endOf(states: readonly string[]): Pick<QueuedTask, 'isOver' | 'isStopped'> {
  const isCompleting = states.includes('COMPLETING');
  const isOver = !isCompleting && !states.some((state) => back.test(state)) && states.some((state) => over.test(state));
  return { isOver, isStopped: isOver || isCompleting };
}

/** A number, or one that newer versions wrap; null where it is not set. */
function numberIn(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'object' || value === null) return null;
  const { set, number } = value as { set?: unknown; number?: unknown };
  return set === true && typeof number === 'number' ? number : null;
}

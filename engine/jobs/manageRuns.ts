/** What one does with the runs of a survey from outside: find, stop, remove. Pure answers; printing is elsewhere. */
import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UserError } from '../problems';
import { isRunning, requestCancel, runsFolder } from './runFolder';
import { readRun, runStates, type RunState, type RunStatus } from './readRun';
import { requireJob } from './jobRecord';
import { cancelJobs } from './slurmCommands';
import { jobsOf } from './slurmShards';

/** The runs of the survey at `config`, newest first; those that cannot be read are left out. */
export async function listRuns(config: string, state?: RunState): Promise<RunStatus[]> {
  const root = runsFolder(resolve(config));
  const names = await readdir(root).catch(() => []);
  const found = await Promise.all(names.map((name) => readRun(join(root, name)).catch(() => null)));
  return found
    .filter((run) => run !== null)
    .filter((run) => state === undefined || run.state === state)
    .sort((a, b) => (a.job.created < b.job.created ? 1 : -1));
}

/**
 * The run that a user means: a folder, the name of one under `.cannon/runs`, the beginning of such a name, or "last".
 * @throws UserError CAN409 when there is none, or more than one.
 */
export async function runAt(config: string, name: string): Promise<RunStatus> {
  if (existsSync(join(resolve(name), 'job.json'))) return readRun(resolve(name));
  const root = runsFolder(resolve(config));
  if (name !== '' && !/[\\/]/.test(name) && existsSync(join(root, name, 'job.json'))) return readRun(join(root, name));
  if (name === 'last') {
    const [newest] = await listRuns(config);
    if (newest !== undefined) return newest;
  }
  const names = (await readdir(root).catch(() => [])).filter((each) => name !== '' && each.startsWith(name));
  if (names.length === 1) return readRun(join(root, names[0]!));
  throw new UserError(
    names.length > 1 ? `${names.length} runs begin with "${name}"` : `There is no run "${name}" in ${root}`,
    'Give a folder, a name from `cannon runs list`, the beginning of one, or `last`.',
    'CAN409',
  );
}

/**
 * Ask a run to stop. A queue that has it is told as well, after the `cancel` file: what it cannot stop stops by itself.
 * @throws UserError CAN409, or CAN410 when there is nothing to stop.
 */
export async function cancelRun(config: string, name: string): Promise<RunStatus> {
  const run = await runAt(config, name);
  if (run.state !== 'running' && run.state !== 'queued') {
    throw new UserError(`${run.folder} is ${run.state}`, 'Only a running or queued run can be cancelled.', 'CAN410');
  }
  await requestCancel(run.folder);
  await cancelJobs(jobsOf(run.job));
  return run;
}

/** Of several conditions all have to hold. */
export interface PruneChoice {
  readonly olderThan?: number;
  readonly keep?: number;
  readonly state?: readonly string[];
  readonly dryRun?: boolean;
}

export interface Pruned {
  readonly dryRun: boolean;
  readonly removed: readonly { readonly folder: string; readonly state: RunState; readonly bytes: number }[];
  /** Those that were chosen but could not be removed, and why. */
  readonly spared: readonly { readonly folder: string; readonly why: string }[];
}

const dayMs = 86_400_000;

/**
 * Remove runs. Models and labels in their folders go with them; labels elsewhere stay.
 * @throws UserError CAN410 without a condition, or with one that makes no sense.
 */
export async function pruneRuns(config: string, choice: PruneChoice, now = Date.now()): Promise<Pruned> {
  const { olderThan, keep, state, dryRun = false } = choice;
  const wrong = state?.find((each) => !(runStates as readonly string[]).includes(each));
  if (wrong !== undefined || Number.isNaN(olderThan)) {
    throw new UserError(
      wrong === undefined ? '--older-than is no number of days' : `--state ${wrong} is not a state`,
      `States are ${runStates.join(', ')}.`,
      'CAN410',
    );
  }
  if (olderThan === undefined && keep === undefined && state === undefined) {
    const hint = 'Say which runs: --older-than <days>, --keep <n>, --state <states>; try them with --dry-run.';
    throw new UserError('Nothing was removed: none of --older-than, --keep and --state was given', hint, 'CAN410');
  }
  const seen = new Map<string, number>();
  const chosen = (await listRuns(config)).filter((run) => {
    const newer = seen.get(run.job.command) ?? 0;
    seen.set(run.job.command, newer + 1);
    const ended = Date.parse(run.ended ?? run.job.created);
    return (
      run.state !== 'running' &&
      run.state !== 'queued' &&
      (keep === undefined || newer >= keep) &&
      (olderThan === undefined || now - ended >= olderThan * dayMs) &&
      (state === undefined || state.includes(run.state))
    );
  });
  const removed: Pruned['removed'][number][] = [];
  const spared: Pruned['spared'][number][] = [];
  for (const { folder, state } of chosen) {
    const bytes = await sizeOf(folder);
    const why = dryRun ? null : await remove(folder);
    if (why === null) removed.push({ folder, state, bytes });
    else spared.push({ folder, why });
  }
  return { dryRun, removed, spared };
}

/** Null when it is gone; else why it is not. */
async function remove(folder: string): Promise<string | null> {
  // Looked at again: it may have been resumed since the list was made.
  if (isRunning(folder)) return 'it is running again';
  await requireJob(folder);
  try {
    await rm(folder, { recursive: true });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

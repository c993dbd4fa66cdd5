/**
 * A run is a folder, and the folder is the whole protocol between whoever starts a job and the job (docs/runs.md):
 *
 *   job.json      what was asked (`jobRecord.ts`)
 *   lock-<n>      who works on it (`runLock.ts`)
 *   events.jsonl  what happened, one StampedEvent a line, in order
 *   cancel        an empty file; when it appears the job stops at its next chunk
 *   checkpoint/   chunks of work that are done (`checkpoint.ts`)
 *   shards/       a folder as this one for each share of the work that another process does
 *   result.json   what the finished job made
 *   log.txt       what went wrong, for people
 *
 * Files that others read appear by rename, never half-written. Lines are appended whole; a reader that
 * meets a line without its newline leaves it for the next time.
 */
import { existsSync, mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../problems';
import { appendOwn, removeOwn, removeUnfinished, requireRoomIn, writeAtomically, writeOwn } from '../durable';
import { tailNow } from '../plainFile';
import type { Command, FinalEvent, FinishedEvent, JobEvent, Shard, StampedEvent } from './events';
import { type JobRecord, type NewJob, readJob, jobNow, requireJob, runFormat, type Submission } from './jobRecord';
import { fileNames, readEvents, readResult } from './runFiles';
import { acquireLock, type HeldLock, lockIn } from './runLock';

/** Where the runs of a survey live: `.cannon/runs` beside its config. */
export function runsFolder(configPath: string): string {
  return join(dirname(configPath), '.cannon', 'runs');
}

/** A fresh path `<time>-<command>` under the survey's runs folder. Nothing is created. */
export function newRunFolder(configPath: string, command: Command, now = new Date()): string {
  const time = now.toISOString().slice(0, 19).replaceAll(':', '-');
  const base = join(runsFolder(configPath), `${time}-${command}`);
  for (let n = 1; ; n++) {
    const folder = n === 1 ? base : `${base}-${n}`;
    if (!existsSync(folder)) return folder;
  }
}

/**
 * The same, made at once and empty: of two windows that begin a run in the same second each gets one of its own.
 * @throws UserError CAN403 where nothing can be written.
 */
export function makeRunFolder(configPath: string, command: Command, now = new Date()): string {
  const root = runsFolder(configPath);
  requireRoomIn(root, `A run of ${configPath}`);
  mkdirSync(root, { recursive: true });
  for (;;) {
    const folder = newRunFolder(configPath, command, now);
    try {
      mkdirSync(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Remove a folder that was made for a run which then did not begin. */
export function unmakeRunFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something is in it.
  }
}

/** Where a run keeps its checkpoint, and the folder of one of its shards. */
export const checkpointFolder = (run: string): string => join(run, 'checkpoint');
export const shardFolder = (run: string, { index, count }: Shard): string =>
  join(run, 'shards', `${index}-of-${count}`);

/** The job's own side of its run folder, from claiming it to leaving it. */
export class RunFolder {
  readonly #lost = new AbortController();
  #isTorn: boolean;

  private constructor(
    readonly path: string,
    private readonly held: HeldLock,
    /** Folders in which a `cancel` file counts. */
    private readonly cancelIn: readonly string[],
  ) {
    // A crash may have torn the last line.
    this.#isTorn = (tailNow(join(path, fileNames.events), 1)[0] ?? 0x0a) !== 0x0a;
    // Room for the last words on a disk that is full by then.
    writeOwn(join(path, fileNames.spare), ' '.repeat(8192));
  }

  /** Take the lock of `path`, then bring the folder into order. */
  private static lock(path: string, cancelIn: readonly string[], takeOver: boolean, prepare: () => void): RunFolder {
    const lost: { tell: () => void } = { tell: () => undefined };
    const lock = acquireLock(path, { onLost: () => lost.tell(), takeOver });
    try {
      prepare();
      const folder = new RunFolder(path, lock, cancelIn);
      lost.tell = () => folder.#lost.abort(takenOver(path));
      return folder;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /**
   * Claim `path` for a new run. A finished run already there is replaced, its results only when the new ones are done.
   * @throws UserError CAN401 when another job is still running in it, CAN406 when a newer version made it.
   */
  static async create(path: string, job: NewJob): Promise<RunFolder> {
    const earlier = await existingJob(path);
    return RunFolder.lock(path, [path], false, () => {
      for (const name of [fileNames.cancel, fileNames.events, fileNames.result]) removeOwn(join(path, name));
      for (const folder of [checkpointFolder(path), join(path, 'shards')])
        rmSync(folder, { recursive: true, force: true });
      removeUnfinished(path);
      // Emptied, not removed, and only when it is an earlier run's: whoever started this process may have made log.txt
      // its standard error.
      if (earlier !== null && earlier.attempt > 0) writeOwn(join(path, fileNames.log), '');
      writeJob(path, { ...job, ...thisAttempt(1), created: new Date().toISOString(), submitted: null });
    });
  }

  /**
   * Claim a run that was interrupted, failed or cancelled, to go on with it: events and checkpoint stay.
   * @param fromQueue the queue that has it starts it, perhaps again: it stays submitted, and cancelled where it is.
   * @throws UserError CAN401 as above, CAN406, CAN409 when there is no run, CAN410 when it has finished.
   */
  static async resume(path: string, fromQueue = false): Promise<RunFolder> {
    const job = await requireJob(path);
    return RunFolder.lock(path, [path], false, () => {
      if (existsSync(join(path, fileNames.result))) {
        throw new UserError(
          `The ${job.command} in ${path} has finished`,
          'There is nothing to resume. Start a new run to do it again.',
          'CAN410',
        );
      }
      if (!fromQueue) removeOwn(join(path, fileNames.cancel));
      removeUnfinished(path);
      // Read again under the lock: whoever held it may have submitted the run just now.
      const submitted = fromQueue ? jobNow(path).submitted : null;
      writeJob(path, { ...job, ...thisAttempt(job.attempt + 1), submitted });
    }).begin(job.attempt + 1);
  }

  /**
   * Claim a run to hand it to a queue; nothing of it is done here. `release` when job.json says so.
   * @throws UserError CAN401 as above, CAN406, CAN409.
   */
  static async handOver(path: string): Promise<RunFolder> {
    const job = await requireJob(path);
    const folder = RunFolder.lock(path, [path], false, () => removeOwn(join(path, fileNames.cancel)));
    // What an earlier attempt said last no longer holds.
    return existsSync(join(path, fileNames.events)) ? folder.begin(job.attempt + 1) : folder;
  }

  /** Claim one shard of a run: whoever worked on it before stops, as the work may be done twice without harm. */
  static async shard(run: string, shard: Shard): Promise<RunFolder> {
    const path = shardFolder(run, shard);
    const folder = RunFolder.lock(path, [path, run], true, () => removeOwn(join(path, fileNames.cancel)));
    const { events } = await readEvents(path);
    return folder.begin(events.filter(({ kind }) => kind === 'resumed').length + 1);
  }

  private begin(attempt: number): this {
    try {
      this.append({ kind: 'resumed', attempt });
      return this;
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Aborts, with the sentence as its reason, when another process took the run over. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  append(event: JobEvent): void {
    const stamped: StampedEvent = { time: new Date().toISOString(), ...event };
    const line = `${this.#isTorn ? '\n' : ''}${JSON.stringify(stamped)}\n`;
    this.#isTorn = true;
    this.#write(fileNames.events, line, isFinal(event));
    this.#isTorn = false;
  }

  log(text: string): void {
    this.#write(fileNames.log, `${new Date().toISOString()} ${text}\n`, true);
  }

  /** The last words may use the spare room. */
  #write(name: string, text: string, isLastWord: boolean): void {
    const path = join(this.path, name);
    try {
      appendOwn(path, text, isLastWord);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!isLastWord || (code !== 'ENOSPC' && code !== 'EDQUOT')) throw error;
      removeOwn(join(this.path, fileNames.spare));
      appendOwn(path, text, true);
    }
  }

  writeResult(result: FinishedEvent): void {
    writeAtomically(join(this.path, fileNames.result), `${JSON.stringify(result, null, 2)}\n`);
  }

  cancelRequested(): boolean {
    return this.cancelIn.some((folder) => existsSync(join(folder, fileNames.cancel)));
  }

  /** Leave the folder to others. The checkpoint of a run that has its result is no longer needed. */
  release(): void {
    if (existsSync(join(this.path, fileNames.result)))
      rmSync(checkpointFolder(this.path), { recursive: true, force: true });
    removeOwn(join(this.path, fileNames.spare));
    this.held.release();
  }
}

/**
 * Make the folder of a run that a queue will start: `queued` until its first process.
 * @throws UserError CAN401, CAN406.
 */
export async function enqueueRun(path: string, job: NewJob, submitted: Submission | null): Promise<void> {
  const run = await RunFolder.create(path, job);
  try {
    writeJob(path, { ...job, ...thisAttempt(0), created: new Date().toISOString(), submitted });
  } finally {
    run.release();
  }
}

/** Say in job.json that a queue has a run, or (null) has it no longer. For the holder of the lock. */
export async function setSubmission(path: string, submitted: Submission | null): Promise<void> {
  writeJob(path, { ...(await requireJob(path)), submitted });
}

function writeJob(path: string, job: Omit<JobRecord, 'format'>): void {
  writeAtomically(join(path, fileNames.job), `${JSON.stringify({ format: runFormat, ...job }, null, 2)}\n`);
}

function thisAttempt(attempt: number): Pick<JobRecord, 'attempt' | 'started' | 'pid' | 'host'> {
  return { attempt, started: new Date().toISOString(), pid: process.pid, host: hostname() };
}

/** @throws UserError CAN406 when a newer version made it. */
async function existingJob(path: string): Promise<JobRecord | null> {
  return requireJob(path).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'CAN406') throw error;
    return null;
  });
}

function takenOver(path: string): UserError {
  return new UserError(
    `Another process took over ${basename(path)}, as this one had given no sign of life for minutes`,
    'Look at the run: the other process goes on with it.',
    'CAN408',
  );
}

/** Ask the job in `folder` to stop. */
export function requestCancel(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const path = join(folder, fileNames.cancel);
    if (!existsSync(path)) writeOwn(path, '');
    resolve();
  });
}

export function isFinal<E extends JobEvent>(event: E): event is Extract<E, { kind: FinalEvent['kind'] }> {
  const { kind } = event;
  return kind === 'finished' || kind === 'shardFinished' || kind === 'cancelled' || kind === 'failed';
}

/** Whether somebody asked the run in `folder` to stop. */
export function isCancelled(folder: string): boolean {
  return existsSync(join(folder, fileNames.cancel));
}

/** Whether a process works on the run in `folder`. */
export function isRunning(folder: string): boolean {
  return lockIn(folder)?.isLive ?? false;
}

/** The survey's runs, newest first, as far as their job.json can be read. */
export async function findRuns(configPath: string): Promise<{ folder: string; job: JobRecord }[]> {
  const root = runsFolder(configPath);
  const folders = await readdir(root).catch(() => []);
  const runs = await Promise.all(
    folders.map(async (name) => ({ folder: join(root, name), job: await readJob(join(root, name)) })),
  );
  return runs
    .flatMap(({ folder, job }) => (job === null ? [] : [{ folder, job }]))
    .sort((a, b) => (a.job.created < b.job.created ? 1 : -1));
}

/** Paths of the models of the survey's newest finished training whose files still exist; [] when there is none. */
export async function newestModels(configPath: string): Promise<string[]> {
  for (const { folder, job } of await findRuns(configPath)) {
    if (job.command !== 'train') continue;
    const result = await readResult(folder);
    if (result?.command !== 'train') continue;
    const paths = result.models.map((model) => model.path).filter((path) => existsSync(path));
    if (paths.length > 0) return paths;
  }
  return [];
}

/**
 * A run is a folder, and the folder is the whole protocol between whoever starts a job and the job:
 *
 *   job.json      what was asked: resolved config, versions, seed, hashes of the inputs, process
 *   events.jsonl  what happened, one StampedEvent a line, in order
 *   cancel        an empty file; when it appears the job stops at its next chunk
 *   result.json   what the finished job made
 *   log.txt       what went wrong, for people
 *
 * Files that others read appear by rename, never half-written. Lines are appended whole; a reader that
 * meets a line without its newline leaves it for the next time.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '../problems';
import type { Command, FinishedEvent, JobEvent, StampedEvent } from './events';

export interface JobRecord {
  readonly version: 1;
  readonly command: Command;
  /** Absolute path of cannon.yaml. */
  readonly config: string;
  /** The config as parsed, defaults filled in. */
  readonly resolved: unknown;
  readonly seed: number;
  readonly pid: number;
  readonly host: string;
  readonly started: string;
  readonly versions: Readonly<Record<string, string>>;
  /** SHA-256 of each input file, by absolute path. */
  readonly inputs: Readonly<Record<string, string>>;
}

const fileNames = { job: 'job.json', events: 'events.jsonl', cancel: 'cancel', result: 'result.json', log: 'log.txt' };

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

/** Write a file so that readers see either the old one or the whole new one. */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.part`;
  try {
    writeFileSync(aside, content, { flush: true });
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

/** The job's own side of its run folder. */
export class RunFolder {
  private constructor(readonly path: string) {}

  /**
   * Claim `path` for a new run. A finished run already there is replaced, its results only when the new ones are done.
   * @throws UserError CAN401 when another job is still running in it.
   */
  static async create(
    path: string,
    record: Omit<JobRecord, 'version' | 'pid' | 'host' | 'started'>,
  ): Promise<RunFolder> {
    const earlier = await readJob(path);
    if (earlier !== null && (await isRunning(path, earlier))) {
      throw new UserError(
        `Another ${earlier.command} (process ${earlier.pid} on ${earlier.host}) is still running in ${path}`,
        'Wait for it, cancel it, or choose another --run folder.',
        'CAN401',
      );
    }
    mkdirSync(path, { recursive: true });
    for (const name of [fileNames.cancel, fileNames.events, fileNames.result])
      rmSync(join(path, name), { force: true });
    // Emptied, not removed, and only when it is an earlier run's: whoever started this process may have made log.txt
    // its standard error.
    if (earlier !== null) writeFileSync(join(path, fileNames.log), '');
    const job: JobRecord = {
      version: 1,
      ...record,
      pid: process.pid,
      host: hostname(),
      started: new Date().toISOString(),
    };
    writeAtomically(join(path, fileNames.job), `${JSON.stringify(job, null, 2)}\n`);
    return new RunFolder(path);
  }

  append(event: JobEvent): void {
    const stamped: StampedEvent = { time: new Date().toISOString(), ...event };
    appendFileSync(join(this.path, fileNames.events), `${JSON.stringify(stamped)}\n`);
  }

  log(text: string): void {
    appendFileSync(join(this.path, fileNames.log), `${new Date().toISOString()} ${text}\n`);
  }

  writeResult(result: FinishedEvent): void {
    writeAtomically(join(this.path, fileNames.result), `${JSON.stringify(result, null, 2)}\n`);
  }

  cancelRequested(): boolean {
    return existsSync(join(this.path, fileNames.cancel));
  }
}

/** Ask the job in `folder` to stop. */
export async function requestCancel(folder: string): Promise<void> {
  await writeFile(join(folder, fileNames.cancel), '');
}

/** job.json of a run, or null when there is none that can be read. */
export async function readJob(folder: string): Promise<JobRecord | null> {
  try {
    const job = JSON.parse(await readFile(join(folder, fileNames.job), 'utf8')) as JobRecord;
    return job.version === 1 ? job : null;
  } catch {
    return null;
  }
}

/** The last `maxLines` lines of log.txt, or "" when there is none. */
export async function readLog(folder: string, maxLines = 20): Promise<string> {
  const text = await readFile(join(folder, fileNames.log), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-maxLines).join('\n');
}

/** Events from byte `fromByte` on, up to the last complete line. A missing file has none. */
export async function readEvents(folder: string, fromByte = 0): Promise<{ events: StampedEvent[]; nextByte: number }> {
  let file;
  try {
    file = await open(join(folder, fileNames.events));
  } catch {
    return { events: [], nextByte: fromByte };
  }
  try {
    const { size } = await file.stat();
    if (size <= fromByte) return { events: [], nextByte: fromByte };
    const bytes = Buffer.alloc(size - fromByte);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, fromByte);
    const end = bytes.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
    const events = bytes.toString('utf8', 0, end).split('\n').flatMap(parseEvent);
    return { events, nextByte: fromByte + end };
  } finally {
    await file.close();
  }
}

function parseEvent(line: string): StampedEvent[] {
  try {
    return [JSON.parse(line) as StampedEvent];
  } catch {
    return []; // a line torn by a full disk or a crash says nothing; the next one is whole again
  }
}

export function isFinal(event: JobEvent): event is Extract<JobEvent, { kind: 'finished' | 'cancelled' | 'failed' }> {
  return event.kind === 'finished' || event.kind === 'cancelled' || event.kind === 'failed';
}

/** Whether the process of `job` still lives and has not said its last word. Other hosts' processes count as alive. */
export async function isRunning(folder: string, job: JobRecord): Promise<boolean> {
  const { events } = await readEvents(folder);
  if (events.some(isFinal)) return false;
  return job.host !== hostname() || processLives(job.pid);
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

/** The survey's runs, newest first, as far as their job.json can be read. */
export async function findRuns(configPath: string): Promise<{ folder: string; job: JobRecord }[]> {
  const root = runsFolder(configPath);
  const names = await readdir(root).catch(() => []);
  const runs = await Promise.all(
    names.map(async (name) => ({ folder: join(root, name), job: await readJob(join(root, name)) })),
  );
  return runs
    .flatMap(({ folder, job }) => (job === null ? [] : [{ folder, job }]))
    .sort((a, b) => (a.job.started < b.job.started ? 1 : -1));
}

/** result.json of a run, or null when it did not finish. */
export async function readResult(folder: string): Promise<FinishedEvent | null> {
  try {
    return JSON.parse(await readFile(join(folder, fileNames.result), 'utf8')) as FinishedEvent;
  } catch {
    return null;
  }
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

/**
 * The process of a job: started apart from the window that asked for it, so that it outlives that window, and ended
 * together with everything it started.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { processLives, type Command } from '../../engine/index';

export interface JobCommand {
  readonly command: Command;
  /** Absolute path of cannon.yaml. */
  readonly config: string;
  /** Absolute path of a run folder, which need not exist unless the job resumes it. */
  readonly runFolder: string;
  /** Go on with the run that is in the folder. */
  readonly resumes?: boolean;
  /** Which of the command's kinds of work: `map` of `cannon analyse map`. */
  readonly what?: string;
  /** Further arguments of the command line. */
  readonly args: readonly string[];
}

/** What one needs to know of a job's process, whoever started it. */
export interface JobProcess {
  readonly pid: number;
  readonly lives: () => boolean;
  /** Ask it to stop (SIGTERM), or end it (SIGKILL). Does nothing when it is gone, or runs on another host. */
  readonly kill: (signal: 'SIGTERM' | 'SIGKILL') => void;
}

/** To add to the end of a log, which in the folder of somebody else may be a link to another file: that is not followed. */
const ownLog = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);

/**
 * Start `cli` on its own, with its standard error in the run's log.txt.
 * @throws Error when the process cannot be started or the run folder cannot be made.
 */
export async function startProcess(cli: string, job: JobCommand): Promise<JobProcess> {
  await mkdir(job.runFolder, { recursive: true });
  const log = await open(join(job.runFolder, 'log.txt'), ownLog);
  try {
    const what =
      job.resumes === true
        ? ['runs', 'resume', job.runFolder]
        : [job.command, ...(job.what === undefined ? [] : [job.what]), '--run', job.runFolder];
    const args = [cli, ...what, '--config', job.config, ...job.args];
    return await launch(args, dirname(job.config), ['ignore', 'ignore', log.fd]);
  } finally {
    await log.close();
  }
}

/**
 * Start a command that keeps no run, in `folder`: its events go to `events`/events.jsonl, its standard error to log.txt there.
 * @throws Error when the process cannot be started.
 */
export async function startPlain(
  cli: string,
  args: readonly string[],
  { folder, events }: { readonly folder: string; readonly events: string },
): Promise<JobProcess> {
  const [out, log] = await Promise.all(['events.jsonl', 'log.txt'].map((name) => open(join(events, name), 'a')));
  try {
    return await launch([cli, ...args, '--json'], folder, ['ignore', out!.fd, log!.fd]);
  } finally {
    await Promise.all([out!.close(), log!.close()]);
  }
}

async function launch(args: readonly string[], cwd: string, stdio: ('ignore' | number)[]): Promise<JobProcess> {
  const child = spawn(process.execPath, args, {
    ...{ cwd, detached: true, windowsHide: true, stdio },
    // On the desktop the extension host is Electron, which runs as Node when told so; elsewhere it is Node already.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  child.unref();
  const lives = (): boolean => child.exitCode === null && child.signalCode === null;
  const pid = child.pid!;
  return { pid, lives, kill: (signal) => lives() && killTree(pid, signal) };
}

/** A process that an earlier window, a terminal or a cluster started. Of another host's process only its files are known. */
export function foreignProcess(pid: number, isLocal: boolean): JobProcess {
  const lives = (): boolean => !isLocal || processLives(pid);
  return { pid, lives, kill: (signal) => isLocal && lives() && killTree(pid, signal) };
}

/** Signal the process and its descendants: it leads a process group, unless something else than this extension started it. */
function killTree(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  // A container's first process, and to `kill` every process there is.
  if (pid <= 1) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { windowsHide: true, stdio: 'ignore' }).unref();
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone in the meantime, which is what was wanted.
    }
  }
}

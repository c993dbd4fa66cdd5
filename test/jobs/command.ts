/** Runs the bundled command line as a child process, as a user's shell would. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { JobEvent } from '../../engine/index';

/** The bundle, or another that is to be tried. */
export const program = process.env['CANNON_PROGRAM'] ?? join(import.meta.dirname, '..', '..', 'dist', 'cannon.js');

export interface Finished {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as events, where it is JSON lines. */
  readonly events: JobEvent[];
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** Start `cannon` with these arguments and additions to the environment; what it prints is collected. */
export function start(args: readonly string[], cwd?: string, env: NodeJS.ProcessEnv = {}): Running {
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    stdio: [...stdio],
    env: { ...process.env, ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr, events: parseLines(stdout) }));
  });
  return { child, finished };
}

export function cannon(args: readonly string[], cwd?: string): Promise<Finished> {
  return start(args, cwd).finished;
}

function parseLines(text: string): JobEvent[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as JobEvent);
}

/** Wait until `look` returns something. @throws with what was seen last when it does not within `timeoutMs`. */
export async function until<T>(what: string, look: () => Promise<T | null>, timeoutMs = 60_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

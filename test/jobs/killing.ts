/**
 * Kills jobs at random instants and resumes them until they end, and tells what they then made: for the test, and at
 * greater length for the bench.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readRun } from '../../engine/index';
import { randomFrom } from '../../engine/kernels/random';
import { start, type Finished } from './command';

export interface KilledJob {
  /** Arguments but for --run. */
  readonly args: readonly string[];
  readonly run: string;
  /** How long the job takes when nobody kills it. */
  readonly durationMs: number;
}

export interface Ordeal {
  readonly kills: number;
  /** Those of them that struck an attempt that had begun to work; the others struck the program while it started. */
  readonly atWork: number;
  /** States that readers saw after each kill. */
  readonly states: readonly string[];
  /** Results that were there after a kill, by path, with their hashes. */
  readonly early: readonly (readonly [string, string])[];
  readonly last: Finished;
}

/** Files of a run that are neither its protocol nor unfinished: its results, by path, as hashes. */
export function resultsOf(run: string): Map<string, string> {
  const own =
    /^(job\.json|events\.jsonl|result\.json|log\.txt|cancel|spare|lock-\d+)$|^(checkpoint|shards|slurm)(\/|$)|\.part$/;
  const names = existsSync(run) ? readdirSync(run, { recursive: true, encoding: 'utf8' }) : [];
  const files = names.filter((name) => !own.test(name) && statSync(join(run, name)).isFile()).sort();
  return new Map(files.map((name) => [name, hashOf(join(run, name))]));
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Numbers in [0, 1) from a seed. */
export function fractions(seed: number): () => number {
  const random = randomFrom(seed);
  return () => (random.next() >>> 0) / 2 ** 32;
}

/** Run the job, killing it `mostKills` times at random instants, then let it end. */
export async function survive(job: KilledJob, mostKills: number, random: () => number): Promise<Ordeal> {
  rmSync(job.run, { recursive: true, force: true });
  const states: string[] = [];
  const early: [string, string][] = [];
  let [kills, atWork] = [0, 0];
  for (;;) {
    const hasBegun = existsSync(join(job.run, 'job.json'));
    const args = hasBegun ? ['runs', 'resume', job.run] : [...job.args, '--run', job.run];
    const before = eventBytes(job.run);
    const { child, finished } = start(args);
    const timer = kills < mostKills ? setTimeout(() => child.kill('SIGKILL'), random() * job.durationMs) : null;
    const last = await finished;
    if (timer !== null) clearTimeout(timer);
    if (last.signal !== 'SIGKILL') return { kills, atWork, states, early, last };
    kills++;
    if (eventBytes(job.run) !== before) atWork++;
    if (existsSync(join(job.run, 'job.json'))) states.push((await readRun(job.run)).state);
    early.push(...resultsOf(job.run));
    // Killed after its result was written: there is nothing left to resume.
    if (states.at(-1) === 'finished') return { kills, atWork, states, early, last };
  }
}

/** -1 where there are none. */
function eventBytes(run: string): number {
  return statSync(join(run, 'events.jsonl'), { throwIfNoEntry: false })?.size ?? -1;
}

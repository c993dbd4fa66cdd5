/**
 * Work on numbered mutants in processes of their own, some hundreds each: a crash or a hang ends one of them, and the mutant at
 * which it was is named. Memory is the peak of such a process, Node itself included.
 */
import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { count } from './reliabilityReport';

export interface Batch {
  /** Which work; `reliability.ts` has the table. */
  readonly work: string;
  readonly folder: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** Of which one in so many is also run. */
  readonly runEvery: number;
}

export interface BatchFigures {
  readonly counts: Readonly<Record<string, number>>;
  /** Of the slowest mutant. */
  readonly worstSeconds: number;
  readonly worst: string;
  readonly peakMegabytes: number;
  readonly failures: readonly string[];
}

export interface Batches {
  readonly counts: Map<string, number>;
  readonly worstSeconds: number;
  readonly worst: string;
  readonly peakMegabytes: number;
  readonly failures: string[];
}

const hangMs = 60_000;
const atMutant = (folder: string) => join(folder, 'at-mutant');

/** Called by the child before each mutant, so that what was judged before one that ends the process is not lost. */
export function begin(folder: string, index: number, tally: Tally): void {
  writeFileSync(atMutant(folder), JSON.stringify({ index, figures: tally.figures }));
}

interface Reached {
  readonly index: number;
  readonly figures: BatchFigures;
}

export async function inBatches(
  program: string,
  { from, to, ...batch }: Batch,
  size: number,
  heapMegabytes: number,
): Promise<Batches> {
  const all = {
    counts: new Map<string, number>(),
    worstSeconds: 0,
    worst: '',
    peakMegabytes: 0,
    failures: [] as string[],
  };
  for (let first = from; first < to;) {
    const end = Math.min(to, first + size);
    const { figures, next } = await inProcess(program, { ...batch, from: first, to: end }, heapMegabytes);
    first = next;
    for (const [name, by] of Object.entries(figures.counts)) count(all.counts, name, by);
    if (figures.worstSeconds > all.worstSeconds)
      Object.assign(all, { worstSeconds: figures.worstSeconds, worst: figures.worst });
    all.peakMegabytes = Math.max(all.peakMegabytes, figures.peakMegabytes);
    all.failures.push(...figures.failures);
    process.stderr.write(`\r${batch.work}: ${first - from} of ${to - from}, ${all.failures.length} failures `);
  }
  process.stderr.write('\n');
  return all;
}

/** @returns what was found, and where to go on: after the batch, or after the mutant that ended the process */
function inProcess(
  program: string,
  batch: Batch,
  heapMegabytes: number,
): Promise<{ figures: BatchFigures; next: number }> {
  const { work, folder, seed, from, to } = batch;
  begin(folder, from, new Tally());
  const child = fork(program, [], { execArgv: [`--max-old-space-size=${heapMegabytes}`], cwd: folder });
  child.send(batch);
  return new Promise((resolve) => {
    let [seen, since] = ['', Date.now()];
    let figures: BatchFigures | null = null;
    const watchdog = setInterval(() => {
      const now = readFileSync(atMutant(folder), 'utf8');
      if (now !== seen) [seen, since] = [now, Date.now()];
      else if (Date.now() - since > hangMs) child.kill('SIGKILL');
    }, 500);
    child.once('message', (message) => (figures = message as BatchFigures));
    child.once('exit', (code, signal) => {
      clearInterval(watchdog);
      if (figures !== null) return resolve({ figures, next: to });
      const reached = JSON.parse(readFileSync(atMutant(folder), 'utf8')) as Reached;
      const how = signal === 'SIGKILL' ? `hangs for ${hangMs / 1000} s` : `ends the process (${signal ?? code})`;
      const failures = [...reached.figures.failures, `${work} ${reached.index} of seed ${seed} ${how}`];
      resolve({ figures: { ...reached.figures, failures }, next: reached.index + 1 });
    });
  });
}

/** The figures of a batch while it is worked on. */
export class Tally {
  private readonly counts = new Map<string, number>();
  private readonly failures: string[] = [];
  private worst = { seconds: 0, name: '' };

  count(name: string): void {
    count(this.counts, name);
  }

  fail(sentence: string): void {
    this.failures.push(sentence);
  }

  /** Run `act` on a mutant; its processor time counts. */
  async timed(name: string, mostSeconds: number, act: () => unknown): Promise<void> {
    const before = process.cpuUsage();
    try {
      await act();
    } catch (error) {
      this.fail(`${name}: ${error instanceof Error ? (error.stack ?? error.message).slice(0, 500) : String(error)}`);
    }
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    if (seconds > this.worst.seconds) this.worst = { seconds, name };
    if (seconds > mostSeconds) this.fail(`${name} takes ${seconds.toFixed(1)} s of processor time`);
  }

  get figures(): BatchFigures {
    return {
      counts: Object.fromEntries(this.counts),
      worstSeconds: this.worst.seconds,
      worst: this.worst.name,
      peakMegabytes: process.resourceUsage().maxRSS / 1024,
      failures: this.failures,
    };
  }
}

/**
 * Hostile input: every mutant of the real files (`fitsMutants.ts`) is read whole, every image and column and the spectrum in it, or refused with a
 * sentence; none takes more than 1 s or 256 MB. Prints the figures; exit code 1 where that fails, with the mutants in out/fuzz.
 *
 *   npm run bench:fits-fuzz -- [--mutants 100000] [--seed 1] [--from 0]
 *
 * Seconds are of processor time: the machine may have other things to do. Mutants are read in processes of 2000 each, so that a crash ends
 * one of them only; megabytes are the peak of such a process with Node itself and all the real files in it. A mutant that hangs is
 * named after 20 s. Needs the real data: $CANNON_DATA, or ../shared/data.
 */
import { fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UserError } from '../../engine/problems';
import { mutantOf, originals, readMutant } from './fitsMutants';

const MOST_SECONDS = 1;
const MOST_MEGABYTES = 256;
const HANG_MS = 20_000;
const BATCH = 2000;
const root = fileURLToPath(new URL('../..', import.meta.url));
const dataFolder = process.env['CANNON_DATA'] ?? join(root, '..', 'shared', 'data');
const folder = join(root, 'out', 'fuzz');
/** The number of the mutant in work, for whoever finds the process dead. */
const progressFile = join(folder, 'mutant');

interface Batch {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

interface Figures {
  readonly read: number;
  /** Read, but for a unit, an image, a column or the spectrum. */
  readonly partly: number;
  readonly refused: number;
  readonly sentences: readonly string[];
  readonly worstSeconds: number;
  readonly totalSeconds: number;
  readonly peakMegabytes: number;
  readonly failures: readonly string[];
}

if (process.send === undefined) await readAll();
else process.once('message', (batch) => process.send!(readBatch(batch as Batch), () => process.disconnect()));

async function readAll(): Promise<void> {
  const { values } = parseArgs({
    options: {
      mutants: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
    },
  });
  const [seed, from, mutants] = [Number(values.seed), Number(values.from), Number(values.mutants)];
  mkdirSync(folder, { recursive: true });
  const started = performance.now();
  const batches: Figures[] = [];
  for (let first = from; first < from + mutants; first += BATCH) {
    batches.push(await inProcess({ seed, from: first, to: Math.min(first + BATCH, from + mutants) }));
    process.stderr.write(`\r${first + BATCH - from} of ${mutants}`);
  }
  const sum = (pick: (figures: Figures) => number) => batches.reduce((total, figures) => total + pick(figures), 0);
  const most = (pick: (figures: Figures) => number) => Math.max(...batches.map(pick));
  const failures = batches.flatMap((figures) => figures.failures);
  const lines = [
    `${mutants} mutants of ${originals(dataFolder).length} files, seed ${seed}, in ${((performance.now() - started) / 1000).toFixed(0)} s`,
    `read whole: ${sum(({ read }) => read)}, but for a part: ${sum(({ partly }) => partly)}, refused: ${sum(({ refused }) => refused)}`,
    `different sentences: ${new Set(batches.flatMap(({ sentences }) => sentences)).size}`,
    `slowest: ${most(({ worstSeconds }) => worstSeconds).toFixed(3)} s of processor time (at most ${MOST_SECONDS}), mean ${((1000 * sum(({ totalSeconds }) => totalSeconds)) / mutants).toFixed(2)} ms`,
    `memory: ${most(({ peakMegabytes }) => peakMegabytes).toFixed(0)} MB at the peak of a process (at most ${MOST_MEGABYTES})`,
    `failures: ${failures.length}`,
    ...failures.slice(0, 20),
  ];
  process.stdout.write(`\n${lines.join('\n')}\n`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

/** A batch in a process of its own; one that hangs or crashes counts as a failure of the mutant it was at. */
function inProcess(batch: Batch): Promise<Figures> {
  const child = fork(fileURLToPath(import.meta.url), [], { execArgv: ['--expose-gc', '--max-old-space-size=128'] });
  child.send(batch);
  return new Promise((resolve) => {
    let [seen, since] = ['', performance.now()];
    let isDone = false;
    const finish = (figures: Figures) => {
      isDone = true;
      clearInterval(watchdog);
      resolve(figures);
    };
    const fail = (how: string) => {
      const failure = `mutant ${readFileSync(progressFile, 'utf8').trim()} of seed ${batch.seed} ${how}`;
      const none = {
        read: 0,
        partly: 0,
        refused: 0,
        sentences: [],
        worstSeconds: 0,
        totalSeconds: 0,
        peakMegabytes: 0,
      };
      finish({ ...none, failures: [failure] });
    };
    const watchdog = setInterval(() => {
      const now = readFileSync(progressFile, 'utf8');
      if (now !== seen) [seen, since] = [now, performance.now()];
      else if (performance.now() - since > HANG_MS) child.kill('SIGKILL');
    }, 1000);
    child.once('message', (figures) => finish(figures as Figures));
    child.once('exit', (code, signal) => {
      if (!isDone) fail(signal === 'SIGKILL' ? 'hangs' : `ends the process (${signal ?? code})`);
    });
  });
}

function readBatch({ seed, from, to }: Batch): Figures {
  const files = originals(dataFolder);
  const progress = openSync(progressFile, 'w');
  const sentences = new Set<string>();
  const failures: string[] = [];
  const counts = { read: 0, partly: 0, refused: 0 };
  let [worstSeconds, totalSeconds] = [0, 0];
  for (let index = from; index < to; index++) {
    writeSync(progress, String(index).padEnd(12), 0);
    // What one mutant leaves behind must not count for another.
    if (index % 50 === 0) (globalThis as { gc?: () => void }).gc?.();
    const { name, bytes } = mutantOf(files, seed, index);
    const before = process.cpuUsage();
    try {
      const found = readMutant(bytes, name);
      counts[found.length === 0 ? 'read' : 'partly']++;
      found.forEach((sentence) => sentences.add(generalized(sentence)));
    } catch (error) {
      if (error instanceof UserError) {
        counts.refused++;
        sentences.add(generalized(error.message));
      } else {
        failures.push(
          `${name}: ${error instanceof Error ? (error.stack ?? error.message).slice(0, 400) : String(error)}`,
        );
        writeFileSync(join(folder, name), bytes);
      }
    }
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    totalSeconds += seconds;
    worstSeconds = Math.max(worstSeconds, seconds);
    if (seconds > MOST_SECONDS) {
      failures.push(`${name}: ${seconds.toFixed(2)} s`);
      writeFileSync(join(folder, name), bytes);
    }
  }
  closeSync(progress);
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  if (peakMegabytes > MOST_MEGABYTES) failures.push(`mutants ${from} to ${to}: ${peakMegabytes.toFixed(0)} MB`);
  return { ...counts, sentences: [...sentences], worstSeconds, totalSeconds, peakMegabytes, failures };
}

/** Without names and numbers. */
function generalized(sentence: string): string {
  return sentence
    .replace(/^\S+( HDU \d+( \([^)]*\))?)?/, '')
    .replace(/\d+/g, 'n')
    .replace(/'[^']*'|column \S+|\([^)]*\)|"[^"]*"/g, 'x')
    .slice(0, 60);
}

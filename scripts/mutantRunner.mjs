/**
 * How vitest runs tests under mutation: inside a worker, where sources have all mutants in them, each with a switch.
 *
 * A test first runs as it is, which tells the mutants that it reaches. It then runs again for each of those that still
 * live, in the same worker. Where it fails, it must pass once more without the mutant: only then the mutant is killed, and
 * not something that a failed run has left behind; otherwise the worker ends, and the file begins anew without it. Mutants reached while modules load or in hooks cannot be tried like
 * that; they are only noted, and the host runs the file anew with one of them switched on from the start.
 *
 * `$CANNON_MUTANTS` is the log of all this, a JSON value a line; what it says of mutants killed before is read first.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { TestRunner } from 'vitest';
import { getFn } from 'vitest/suite';

const log = process.env['CANNON_MUTANTS'];
const write = (entry) => appendFileSync(log, `${JSON.stringify(entry)}\n`);

const mutants = {
  active: -1,
  noted: [],
  reached: [],
  reach(id) {
    mutants.noted[id] = true;
    mutants.reached.push(id);
  },
};
globalThis.__mutants = mutants;

const nameOf = (test) => `${test.file.filepath} > ${test.name}`;

/** What was reached since the last call. */
function takeReached() {
  const { reached } = mutants;
  mutants.noted = [];
  mutants.reached = [];
  return reached;
}

export default class MutantRunner extends TestRunner {
  constructor(config) {
    super(config);
    const { active, slowest } = JSON.parse(readFileSync(`${log}.order`, 'utf8'));
    mutants.active = active;
    this.slowest = slowest;
    this.done = new Set();
    /** Mutants tried before in this test, and those after which a test of this file no longer passes. */
    this.tried = new Set();
    for (const line of readFileSync(log, 'utf8').split('\n')) {
      const entry = line === '' ? {} : JSON.parse(line);
      if (entry.killed !== undefined) this.done.add(entry.killed);
      if (entry.begun !== undefined) this.tried.add(`${entry.begun} ${entry.name}`);
      if (entry.spoilt !== undefined) this.tried.add(`${entry.spoilt} ${entry.file}`);
    }
  }

  async runTask(test) {
    const run = getFn(test);
    if (mutants.active >= 0) return run();
    const file = test.file.filepath;
    for (const id of takeReached()) write({ early: id, file });
    const begin = performance.now();
    await run();
    const seconds = (performance.now() - begin) / 1000;
    const reached = takeReached();
    write({ test: test.name, file, seconds });
    for (const id of reached) write({ reached: id, file });
    if (test.result?.state === 'fail' || seconds > this.slowest) {
      for (const id of reached) write({ slow: id, file });
      return;
    }
    for (const id of reached) {
      const isKnown = this.tried.has(`${id} ${nameOf(test)}`) || this.tried.has(`${id} ${file}`);
      if (!isKnown && !this.done.has(id)) await this.tryMutant(id, test, run, seconds);
    }
    takeReached();
  }

  async tryMutant(id, test, run, seconds) {
    const name = nameOf(test);
    write({ begun: id, name, seconds });
    const passes = async (active) => {
      mutants.active = active;
      try {
        await run();
        return test.result?.state !== 'fail';
      } catch {
        return false;
      } finally {
        mutants.active = -1;
        if (test.result?.state === 'fail') Object.assign(test.result, { state: 'run', errors: undefined });
      }
    };
    if (await passes(id)) return;
    if (await passes(-1)) {
      write({ killed: id, name });
      this.done.add(id);
      return;
    }
    // What it has left behind spoils this worker for all that would follow.
    write({ spoilt: id, file: test.file.filepath });
    write({ early: id, file: test.file.filepath });
    throw new Error('A mutant has spoilt the worker.');
  }

  /** What hooks after the last test reached. */
  onAfterRunFiles(files) {
    if (mutants.active < 0) for (const id of takeReached()) write({ early: id, file: files[0].filepath });
    return super.onAfterRunFiles?.(files);
  }
}

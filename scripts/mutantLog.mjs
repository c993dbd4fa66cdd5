/**
 * The log of mutation testing, `artifacts/mutants/log.jsonl`: what workers and host say of tests and mutants as it happens,
 * a JSON value a line. A worker that is killed in the middle of a mutant leaves behind which it was.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

export const folder = join(root, 'artifacts', 'mutants');
export const log = join(folder, 'log.jsonl');

/** One more entry. */
export const append = (entry) => appendFileSync(log, `${JSON.stringify(entry)}\n`);
export const entries = () =>
  readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/**
 * What the log says: mutants killed and by what, reached by which files, reached early or by slow tests, what is done, which
 * mutants compile to the same bytes, and the seconds that files take.
 */
export function stateOf() {
  const [killed, reached, early, slow] = [new Map(), new Map(), new Map(), new Map()];
  const [done, same] = [new Set(), new Set()];
  const seconds = new Map();
  const put = (map, id, path) => map.set(id, (map.get(id) ?? new Set()).add(path.replace(`${root}/`, '')));
  for (const entry of entries()) {
    if (entry.test !== undefined) {
      const path = entry.file.replace(`${root}/`, '');
      seconds.set(path, (seconds.get(path) ?? 0) + entry.seconds);
    }
    if (entry.done !== undefined) done.add(entry.done);
    if (entry.same !== undefined) same.add(entry.same);
    if (entry.killed !== undefined) killed.set(entry.killed, entry);
    if (entry.early !== undefined) put(early, entry.early, entry.file);
    if (entry.slow !== undefined) put(slow, entry.slow, entry.file);
    const id = entry.reached ?? entry.early;
    if (id !== undefined) put(reached, id, entry.file);
  }
  return { killed, reached, early, slow, done, same, seconds };
}

/** The mutants, each with its state and what killed it or which tests did not. */
export function withStates(mutants) {
  const argued = JSON.parse(readFileSync(join(root, 'test', 'equivalentMutants.json'), 'utf8'));
  const { killed, reached, slow, same } = stateOf();
  return mutants.map((mutant) => {
    const end = killed.get(mutant.id);
    const tests = [...(reached.get(mutant.id) ?? [])];
    const isThis = ({ file, code, was, text }) =>
      file === mutant.file && code === mutant.code && was === mutant.was && text === mutant.text;
    const reason = same.has(mutant.id) ? 'It compiles to the same bytes.' : argued.find(isThis)?.reason;
    const state = end
      ? end.hung
        ? 'hung'
        : 'killed'
      : reason
        ? 'equivalent'
        : tests.length > 0
          ? 'lived'
          : 'unreached';
    return {
      ...mutant,
      state,
      by: end?.name ?? null,
      reason: reason ?? null,
      tests,
      slow: [...(slow.get(mutant.id) ?? [])],
    };
  });
}

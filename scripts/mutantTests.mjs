/** Which tests of the engine could notice a fault in a file: those whose imports lead to it. */
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { root } from './prepare.mjs';

const imports = new Map();

/**
 * The tests to ask about mutants, the shortest file first, for it is often the narrowest, too: those that import a file of
 * the same folder as a mutant, by themselves or through another file of tests; with `wide`, all whose imports lead to one.
 * @returns {Promise<{ test: string, closure: Set<string> }[]>} with all that each imports, directly or not
 */
export async function testsOf(mutants, wide) {
  const wanted = new Set(mutants.map(({ file }) => file));
  const rooms = new Set([...wanted].map(dirname));
  const names = (await readdir(join(root, 'test', 'engine'))).filter((name) => name.endsWith('.test.ts'));
  const tests = names.map((name) => {
    const path = `test/engine/${name}`;
    const size = readFileSync(join(root, path)).length;
    return { test: path, size, closure: closureOf(path) };
  });
  const isNarrow = ({ closure }) =>
    [...closure].some((path) => path.startsWith('test/') && importsOf(path).some((file) => rooms.has(dirname(file))));
  return tests
    .filter((each) => [...each.closure].some((file) => wanted.has(file)) && (wide || isNarrow(each)))
    .sort((x, y) => x.size - y.size);
}

/** Everything that a file imports, directly or not. */
function closureOf(path) {
  const found = new Set([path]);
  for (const file of found) for (const next of importsOf(file)) found.add(next);
  return found;
}

function importsOf(path) {
  const known = imports.get(path);
  if (known !== undefined) return known;
  const found = [];
  for (const [, name] of readFileSync(join(root, path), 'utf8').matchAll(/from '(\.[^']*)'/g)) {
    const file = `${resolve('/', dirname(path), name).slice(1)}.ts`;
    if (existsSync(join(root, file))) found.push(file);
  }
  imports.set(path, found);
  return found;
}

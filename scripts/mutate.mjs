/**
 * Mutation testing of the numerical core: puts small faults into sources, one at a time, and asks whether a test notices.
 *
 *   npm run mutate                                         a sample of every file of the core
 *   npm run mutate -- engine/cannon/folds.ts               these files
 *   npm run mutate -- --each 40 --seed 2 engine/catalog    40 mutants a file, drawn by another seed
 *   npm run mutate -- --slowest 60 …                       with tests of up to 60 s, otherwise 3 s
 *   npm run mutate -- --wide …                             with tests of other folders, too
 *   npm run mutate -- --resume …                           goes on where the same command was ended; with a larger --slowest
 *                                                          asks the slower tests about what still lives
 *
 * The sources on the disk stay as they are: vitest gets them with every mutant in them, each behind a switch
 * (`mutantRunner.mjs`, `mutantHost.mjs`). The tests of the same folder that reach a mutant run with it until one fails; a
 * mutant for which none does has lived. Of the kernels, which are compiled, each mutant is compiled and tried for itself.
 *
 * `test/equivalentMutants.json` has those that change nothing anybody could see, with the reason. The table of results is
 * printed, and everything is in `artifacts/mutants/`; the exit code is 1 if a mutant lived.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compileKernels } from './kernels.mjs';
import { append, entries, folder, log, stateOf, withStates } from './mutantLog.mjs';
import { testHost } from './mutantProcess.mjs';
import { mutantTable } from './mutantTable.mjs';
import { testsOf } from './mutantTests.mjs';
import { draw, mutantsOf, withMutant } from './mutations.mjs';
import { root, runScript, say } from './prepare.mjs';
import { StepError } from './processes.mjs';

/** Where numbers come from; what reads formats and words messages is left to other tests. */
const core = [
  'engine/kernels',
  'engine/cannon',
  ...['airVacuum', 'continuum', 'cosineSeries', 'resample', 'normalize', 'pixels', 'lineSpread'].map(
    inFolder('spectra'),
  ),
  ...['weightedMean', 'averagedStar', 'flags', 'residualFlags', 'rounding', 'surprise', 'repeats'].map(
    inFolder('catalog'),
  ),
  ...['repeatGroups', 'starFlags', 'limits', 'samples'].map(inFolder('catalog')),
  ...['statistics', 'trend', 'rejection', 'pairs', 'pairList', 'chemicalDistance', 'repeatPulls'].map(
    inFolder('analysis'),
  ),
  ...['binnedMap', 'clusterMembers'].map(inFolder('analysis')),
  ...['values', 'image', 'header', 'table', 'fields', 'checksum', 'tileCodecs', 'lzw'].map(inFolder('fits')),
];
/** Of the files that reach a mutant before their first test, and of those that reach it in one, so many are run with it from the start. */
const filesFromTheStart = 2;
const wasmFolder = 'engine/kernels/wasm/';
/** What compares the compiled kernels with their twins and with derivations. */
const wasmTests = ['test/engine/kernelTwins.test.ts'];

function inFolder(folder) {
  return (name) => `engine/${folder}/${name}.ts`;
}

await runScript(async () => {
  const { paths, each, seed, slowest, wide, resume } = readArguments(process.argv.slice(2));
  const mutants = [];
  for (const file of await sourceFiles(paths)) {
    const source = readFileSync(join(root, file), 'utf8');
    for (const mutant of draw(mutantsOf(file, source), each, seed, source)) {
      const code = source.split('\n')[mutant.line - 1].trim();
      mutants.push({ ...mutant, id: mutants.length, code, isCompiled: file.startsWith(wasmFolder) });
    }
  }
  await mkdir(folder, { recursive: true });
  rmSync(`${log}.wasm`, { force: true });
  if (!resume || !existsSync(log)) writeFileSync(log, '');
  const switched = mutants.filter(({ isCompiled }) => !isCompiled);
  writeFileSync(join(folder, 'list.json'), JSON.stringify({ root, mutants: switched }));
  say(`${mutants.length} mutants, seed ${seed}`);
  const host = testHost(slowest);
  try {
    await tryInTests(host, switched, wide, slowest);
    await tryCompiled(host, mutants);
    await tryFromTheStart(host, switched);
  } finally {
    host.stop();
  }
  const results = withStates(mutants);
  writeFileSync(join(folder, 'results.json'), JSON.stringify({ seed, each, slowest, mutants: results }, null, 1));
  for (const { state, file, line, kind, code, was, text } of results)
    if (state === 'lived' || state === 'unreached')
      say(`${state}  ${file}:${line}  ${kind}\n    ${code}\n    ${was} ⇒ ${text}`);
  say(mutantTable(results));
  return results.some(({ state }) => state === 'lived' || state === 'unreached') ? 1 : 0;
});

function readArguments(words) {
  const options = { paths: [], each: 10, seed: 1, slowest: 3, wide: false, resume: false };
  while (words.length > 0) {
    const word = words.shift();
    if (['--each', '--seed', '--slowest'].includes(word)) options[word.slice(2)] = Number(words.shift());
    else if (word === '--wide' || word === '--resume') options[word.slice(2)] = true;
    else if (word.startsWith('-'))
      throw new StepError(
        `npm run mutate does not know ${word}.`,
        'Its options are --each, --seed, --slowest, --wide and --resume.',
      );
    else options.paths.push(word);
  }
  if (!(options.each >= 1) || !Number.isInteger(options.seed))
    throw new StepError('--each and --seed want a whole number.', 'For example: npm run mutate -- --each 20 --seed 3');
  return { ...options, paths: options.paths.length > 0 ? options.paths : core };
}

/** The source files among `paths`, which may be folders, sorted. */
async function sourceFiles(paths) {
  const files = [];
  for (const path of paths) {
    const clean = path.replace(/\/$/, '');
    if (clean.endsWith('.ts')) files.push(clean);
    else
      for (const name of await readdir(join(root, clean), { recursive: true }).catch(() => []))
        if (name.endsWith('.ts')) files.push(`${clean}/${name}`);
  }
  const made = files.filter((file) => !/\.d\.ts$|wasmModule\.ts$|Protocol\.ts$/.test(file));
  if (made.length === 0)
    throw new StepError(`There is no source file in ${paths.join(', ')}.`, 'Name files or folders.');
  return [...new Set(made)].sort();
}

/** Each test with each mutant that it reaches, in one worker a file. */
async function tryInTests(host, mutants, wide, slowest) {
  const tests = await testsOf(mutants, wide);
  for (const [i, { test, closure }] of tests.entries()) {
    const { killed, done } = stateOf();
    const asked = `${test}, tests of up to ${slowest} s`;
    if (done.has(asked) || !mutants.some(({ id, file }) => closure.has(file) && !killed.has(id))) continue;
    for (let isSecond = false; ;) {
      const answer = await host.run(test, -1);
      if (answer !== null) {
        // Mutants may have spoilt the worker for a later test; what they were tried with is not tried again.
        const isSpoilt = answer.why === 'A mutant has spoilt the worker.';
        if (answer.failed !== null && (isSpoilt || !isSecond)) {
          isSecond ||= !isSpoilt;
          continue;
        }
        if (answer.failed !== null) say(`${test} fails without a mutant: ${answer.failed}: ${answer.why}`);
        break;
      }
      const { begun } = entries().findLast((entry) => entry.begun !== undefined) ?? {};
      if (begun === undefined || stateOf().killed.has(begun)) {
        say(`${test} hangs or ends without a mutant.`);
        break;
      }
      append({ killed: begun, name: test, hung: true });
    }
    append({ done: asked });
    say(`${i + 1} of ${tests.length} test files, ${stateOf().killed.size} of ${mutants.length} killed`);
  }
}

/**
 * What lives is tried once more in files of tests that are run whole with it from their first line, the quickest ones: those that
 * reach it before a test begins, and those whose first test leaves behind what later ones use, a plan or a model in kernel memory.
 */
async function tryFromTheStart(host, mutants) {
  const { early, reached, killed, done, seconds } = stateOf();
  for (const { id } of mutants) {
    if (killed.has(id)) continue;
    const bySeconds = (files) => [...files].sort((a, b) => (seconds.get(a) ?? 0) - (seconds.get(b) ?? 0));
    const quickest = bySeconds(early.get(id) ?? []).slice(0, filesFromTheStart);
    const others = bySeconds(reached.get(id) ?? []).filter((test) => !quickest.includes(test));
    for (const test of [...quickest, ...others.slice(0, filesFromTheStart)]) {
      if (done.has(`${id} ${test}`)) continue;
      const answer = await host.run(test, id);
      append({ done: `${id} ${test}` });
      if (answer !== null && answer.failed === null) continue;
      append({ killed: id, name: `${test} > ${answer?.failed}`, ...(answer === null ? { hung: true } : {}) });
      break;
    }
  }
}

async function tryCompiled(host, mutants) {
  const { done, killed } = stateOf();
  const unchanged = readFileSync(join(root, 'engine/kernels/wasmModule.ts'), 'utf8');
  for (const mutant of mutants.filter(({ id, isCompiled }) => isCompiled && !killed.has(id) && !done.has(`${id}`))) {
    const changed = withMutant(readFileSync(join(root, mutant.file), 'utf8'), mutant);
    const module = await compileKernels((path) => (path === mutant.file ? changed : null)).catch(() => null);
    if (module === null) {
      append({ killed: mutant.id, name: 'the compiler' });
      continue;
    }
    if (module === unchanged) {
      append({ same: mutant.id, done: `${mutant.id}` });
      continue;
    }
    writeFileSync(`${log}.wasm`, module);
    await host.renewKernels();
    for (const test of wasmTests) {
      append({ reached: mutant.id, file: test });
      // An order without a mutant of the sources: the fault is in what they load.
      const answer = await host.run(test, mutant.id);
      if (answer !== null && answer.failed === null) continue;
      append({ killed: mutant.id, name: `${test} > ${answer?.failed}`, ...(answer === null ? { hung: true } : {}) });
      break;
    }
    append({ done: `${mutant.id}` });
  }
  rmSync(`${log}.wasm`, { force: true });
}

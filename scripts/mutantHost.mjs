/**
 * A vitest over sources with mutants in them, for `mutate.mjs`, which starts it as `node mutantHost.mjs <list>`.
 *
 * The list is JSON: `{ root, mutants }`. Each message is `{ test }`, a file to run; the answer is `{ failed }`, the first
 * test of it that failed, or null. What the tests do with mutants is up to `mutantRunner.mjs` and the order it reads.
 * A text in `$CANNON_MUTANTS.wasm` takes the place of the module of compiled kernels; a message `{ kernels: true }` says that it is new.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createVitest } from 'vitest/node';
import { withSwitches } from './mutations.mjs';

const { root, mutants } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const wasmModule = join(root, 'engine', 'kernels', 'wasmModule.ts');
const otherKernels = `${process.env['CANNON_MUTANTS']}.wasm`;

const switches = {
  name: 'mutants',
  enforce: 'pre',
  transform(code, id) {
    if (id === wasmModule && existsSync(otherKernels)) return { code: readFileSync(otherKernels, 'utf8'), map: null };
    const file = relative(root, id).replaceAll('\\', '/');
    const own = mutants.filter((mutant) => mutant.file === file);
    return own.length === 0 ? null : { code: withSwitches(code, own), map: null };
  },
};

const vitest = await createVitest(
  'test',
  {
    root,
    config: false,
    watch: false,
    include: ['test/engine/**/*.test.ts'],
    runner: join(root, 'scripts', 'mutantRunner.mjs'),
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
    bail: 1,
    reporters: [{ onInit() {} }],
    silent: true,
  },
  { plugins: [switches] },
);
const [project] = vitest.projects;
await vitest.globTestSpecifications();

process.on('message', async ({ test, kernels }) => {
  if (kernels) {
    vitest.invalidateFile(wasmModule);
    process.send({});
    return;
  }
  vitest.state.clearErrors();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications([
    project.createSpecification(join(root, test)),
  ]);
  // vitest keeps what became of files that ran before.
  const failed = testModules.find((module) => module.moduleId === join(root, test) && !module.ok());
  const [first] = failed?.children.allTests('failed') ?? [];
  const isWell = failed === undefined && unhandledErrors.length === 0;
  process.send({
    failed: isWell ? null : (first?.fullName ?? 'outside its tests'),
    why: isWell
      ? null
      : String(first?.result().errors?.[0]?.message ?? failed?.errors()[0]?.message ?? unhandledErrors[0]?.message),
  });
});
process.send({ ready: true });

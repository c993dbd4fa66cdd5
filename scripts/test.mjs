/**
 * `npm test`: everything that must hold, from a fresh clone.
 *
 *   npm test                    all of it
 *   npm test -- engine jobs     only these layers, without the checks; `checks` is a name too
 *
 * Each check (types, lint, format) counts as one test. A layer whose tests all pass is one line. What failed is shown when
 * it fails, and named once more at the end. The last line is `N passed, N failed` and, where some could not run,
 * `, N skipped`; the exit code is 0 only if nothing failed.
 */
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findChromium } from './chromium.mjs';
import { installPackage } from './debian.mjs';
import { bundle, installDependencies, root, runScript, say } from './prepare.mjs';
import { run, StepError, which } from './processes.mjs';
import { isWell, outcomeLine, plainOutcome, readOutcome, summaryText } from './testSummary.mjs';

const layers = ['engine', 'contract', 'server', 'jobs', 'webviews', 'vscode'];
const layersInBrowser = ['webviews', 'vscode'];
const layersWithAstropy = ['engine', 'jobs', 'webviews'];
const layersWithSlurm = ['jobs'];
const slurmPrograms = ['slurmctld', 'slurmd', 'munged', 'sbatch'];
const slurmPackages = ['munge', 'slurm-client', 'slurmd', 'slurmctld'];
const layersWithMatplotlib = ['webviews'];
const tool = (name, ...path) => join(root, 'node_modules', name, ...path);
const checks = {
  types: [tool('typescript', 'bin', 'tsc'), '-b'],
  lint: [tool('eslint', 'bin', 'eslint.js'), '.'],
  format: [tool('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'],
};

/** Some programs colour what they write wherever CI is set; a file is no terminal. */
const colourless = process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: undefined };

await runScript(async () => {
  const chosen = choose(process.argv.slice(2));
  const outcomes = [];
  const add = (outcome) => {
    outcomes.push(outcome);
    say(outcomeLine(outcome));
  };
  const begin = Date.now();
  try {
    await installDependencies();
    if (chosen.checks) for (const outcome of await runChecks()) add(outcome);
    if (chosen.layers.length > 0) await bundle({ checkTypes: false });
    const env = await environment(chosen.layers);
    for (const layer of chosen.layers) add(await runLayer(layer, env));
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    add(plainOutcome('preparation', (Date.now() - begin) / 1000, `${error.message}\n${error.hint}`));
  }
  say(summaryText(outcomes));
  return isWell(outcomes) ? 0 : 1;
});

function choose(names) {
  const unknown = names.filter((name) => name !== 'checks' && !layers.includes(name));
  if (unknown.length > 0) {
    throw new StepError(
      `There is no test layer named ${unknown.join(', ')}.`,
      `The layers are: checks, ${layers.join(', ')}.`,
    );
  }
  if (names.length === 0) return { checks: true, layers };
  return { checks: names.includes('checks'), layers: layers.filter((layer) => names.includes(layer)) };
}

/** All at once: each is one process that keeps one processor busy. */
function runChecks() {
  return Promise.all(
    Object.entries(checks).map(async ([name, command]) => {
      const start = Date.now();
      const { code, output } = await run(process.execPath, command, { cwd: root, env: colourless });
      if (code !== 0) say(`\n${output.trim()}\n`);
      return plainOutcome(name, (Date.now() - start) / 1000, code === 0 ? null : output);
    }),
  );
}

/** Where the tests find a browser and a Python with astropy and matplotlib; they are installed here where they are missing. */
async function environment(chosen) {
  const env = {};
  if (chosen.some((layer) => layersInBrowser.includes(layer))) {
    const { executablePath } = await findChromium();
    say(`Browser: ${executablePath}`);
  }
  if (chosen.some((layer) => layersWithAstropy.includes(layer))) {
    const python = await pythonWithAstropy();
    say(python === null ? 'No Python with astropy: tests that compare with it are skipped.' : `astropy: ${python}`);
    if (python !== null) env['CANNON_PYTHON'] = python;
    if (python !== null && chosen.some((layer) => layersWithMatplotlib.includes(layer))) await addMatplotlib(python);
  }
  if (chosen.some((layer) => layersWithSlurm.includes(layer))) {
    const isHere = await hasSlurm();
    say(isHere ? 'Slurm: is here.' : 'No Slurm: tests with a real cluster are skipped, those with a stand-in are not.');
  }
  return env;
}

/** Where systemd reigns, installing Slurm would start services that nobody asked for: only containers get it unasked. */
async function hasSlurm() {
  const isHere = async () => (await Promise.all(slurmPrograms.map(which))).every((path) => path !== null);
  if (await isHere()) return true;
  if (existsSync('/run/systemd/system')) return false;
  for (const name of slurmPackages)
    if (!(await installPackage(name, 'for a cluster of two nodes on this machine'))) return false;
  return isHere();
}

async function pythonWithAstropy() {
  return (
    (await importsAstropy()) ??
    ((await installPackage('python3-astropy', 'to compare FITS files')) ? importsAstropy() : null)
  );
}

/** Draws the figures of programs that panels export. */
async function addMatplotlib(python) {
  const imports = async () => (await run(python, ['-c', 'import matplotlib.pyplot'])).code === 0;
  const found =
    (await imports()) || ((await installPackage('python3-matplotlib', 'to draw figures')) && (await imports()));
  if (!found) say('No matplotlib: tests of exported programs are skipped.');
}

async function importsAstropy() {
  for (const python of [process.env['CANNON_PYTHON'], await which('python3'), '/usr/bin/python3']) {
    if (!python) continue;
    const { code } = await run(python, ['-c', 'import astropy.io.fits']).catch(() => ({ code: -1 }));
    if (code === 0) return python;
  }
  return null;
}

async function runLayer(layer, env) {
  const report = join(root, 'artifacts', 'test', `${layer}.json`);
  await mkdir(join(root, 'artifacts', 'test'), { recursive: true });
  await rm(report, { force: true });
  const start = Date.now();
  const reporter = join(root, 'scripts', 'testReporter.mjs');
  const vitest = [tool('vitest', 'vitest.mjs'), 'run', '--project', layer, `--reporter=${reporter}`];
  const { code } = await run(process.execPath, vitest, {
    cwd: root,
    env: { ...colourless, ...env, CANNON_TEST_REPORT: report },
    show: true,
  });
  return readOutcome(layer, report, code, (Date.now() - start) / 1000);
}

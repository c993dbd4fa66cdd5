/**
 * `npm test`: everything that must hold, from a fresh clone.
 *
 *   npm test                    all of it
 *   npm test -- engine jobs     only these layers, without the checks; `checks` is a name too
 *
 * Each check (types, lint, format) counts as one test. The last line is `N passed, N failed` and, where some could
 * not run, `, N skipped`; the exit code is 0 only if nothing failed.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findChromium } from './chromium.mjs';
import { installPackage } from './debian.mjs';
import { bundle, installDependencies, root, runScript, say } from './prepare.mjs';
import { run, StepError, which } from './processes.mjs';

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

await runScript(async () => {
  const chosen = choose(process.argv.slice(2));
  const outcomes = [];
  try {
    await installDependencies();
    if (chosen.checks) for (const name of Object.keys(checks)) outcomes.push(await runCheck(name));
    if (chosen.layers.length > 0) await bundle({ checkTypes: false });
    const env = await environment(chosen.layers);
    for (const layer of chosen.layers) outcomes.push(await runLayer(layer, env));
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    process.stderr.write(`\n${error.message}\n${error.hint}\n`);
    outcomes.push({ name: 'preparation', passed: 0, failed: 1, skipped: 0, seconds: 0 });
  }
  return summarize(outcomes);
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

async function runCheck(name) {
  heading(name);
  const start = Date.now();
  const { code } = await run(process.execPath, checks[name], { cwd: root, show: true });
  const failed = code === 0 ? 0 : 1;
  return { name, passed: 1 - failed, failed, skipped: 0, seconds: (Date.now() - start) / 1000 };
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
  heading(layer);
  const report = join(root, 'artifacts', 'test', `${layer}.json`);
  await mkdir(join(root, 'artifacts', 'test'), { recursive: true });
  await rm(report, { force: true });
  const start = Date.now();
  const vitest = [tool('vitest', 'vitest.mjs'), 'run', '--project', layer, '--reporter=default', '--reporter=json'];
  const { code } = await run(process.execPath, [...vitest, `--outputFile.json=${report}`], {
    cwd: root,
    env,
    show: true,
  });
  const counts = await readReport(report);
  // A failure outside any test (an import that throws, an unhandled rejection) shows only in the exit code.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return { name: layer, ...counts, seconds: (Date.now() - start) / 1000 };
}

async function readReport(file) {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return { passed: 0, failed: 0, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(text);
  const filesThatFailedAlone = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + filesThatFailedAlone.length,
    skipped: numPendingTests + numTodoTests,
  };
}

function heading(name) {
  say(`\n── ${name} ${'─'.repeat(Math.max(0, 72 - name.length))}`);
}

function summarize(outcomes) {
  heading('summary');
  for (const { name, passed, failed, skipped, seconds } of outcomes) {
    const counts = [`${passed} passed`, `${failed} failed`, ...(skipped > 0 ? [`${skipped} skipped`] : [])].join(', ');
    say(`${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s   ${counts}`);
  }
  const sum = (key) => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
  say(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
  return sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
}

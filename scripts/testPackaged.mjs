/**
 * `npm run test:packaged`: what is published, as its users get it. The packages are made and their contents checked; the
 * command line is installed from its file elsewhere and goes from a sample to labels, with a Parquet table too; the extension is installed from its
 * file into the oldest VS Code that it promises and the newest that npm carries, where all tests in real VS Code run.
 *
 *   npm run test:packaged                     all of it
 *   npm run test:packaged -- cannon newest    only these of: cannon, oldest, newest
 */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, runScript, say } from './prepare.mjs';
import { mustRun, npm, run, StepError } from './processes.mjs';
import { isWell, outcomeLine, plainOutcome, readOutcome, summaryText } from './testSummary.mjs';
import { hostTarget } from './vsix.mjs';

const packages = join(root, 'artifacts', 'packages');
const parts = ['cannon', 'oldest', 'newest'];

await runScript(async () => {
  const chosen = process.argv.slice(2);
  const unknown = chosen.filter((name) => !parts.includes(name));
  if (unknown.length > 0)
    throw new StepError(`There is no part named ${unknown.join(', ')}.`, `The parts are: ${parts.join(', ')}.`);
  const target = hostTarget();
  if (target === null)
    throw new StepError('No package is made for this machine.', 'Run it on one of README’s platforms.');
  await rm(packages, { recursive: true, force: true });
  const step = { cwd: root, show: true, failure: 'The packages were not made.', hint: 'The reason is above.' };
  await mustRun(process.execPath, [join(root, 'scripts', 'package.mjs'), target, 'npm'], step);
  const outcomes = [];
  for (const name of chosen.length === 0 ? parts : chosen) {
    const outcome = name === 'cannon' ? await commandLine() : await extension(name);
    outcomes.push(outcome);
    say(outcomeLine(outcome));
  }
  say(summaryText(outcomes));
  return isWell(outcomes) ? 0 : 1;
});

/** The package whose name ends so. */
async function packageNamed(ending) {
  const names = await readdir(packages);
  return join(
    packages,
    names.find((name) => name.endsWith(ending)),
  );
}

/** Installed for a user who has nothing of this clone, and run from another folder. */
async function commandLine() {
  const start = Date.now();
  const folder = await mkdtemp(join(tmpdir(), 'cannon-installed-'));
  const prefix = join(folder, 'prefix');
  const why = { cwd: folder, failure: 'The command line does not install.', hint: 'npm said:' };
  try {
    await npm(['install', '--global', '--ignore-scripts', '--prefix', prefix, await packageNamed('.tgz')], why);
    const program = process.platform === 'win32' ? join(prefix, 'cannon.cmd') : join(prefix, 'bin', 'cannon');
    const cannon = (...args) =>
      mustRun(program, args, { cwd: folder, failure: `\`cannon ${args[0]}\` failed.`, hint: 'It said:' });
    await cannon('sample', 'survey');
    const config = join('survey', 'cannon.yaml');
    for (const name of ['train', 'cv']) await cannon(name, '--config', config);
    await cannon('infer', '--config', config, '--out', 'labels.csv');
    await tableAsParquet(folder, prefix);
    await cannon('check', '--config', config);
    return plainOutcome('cannon', (Date.now() - start) / 1000);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    return plainOutcome('cannon', (Date.now() - start) / 1000, `${error.message}\n${error.hint}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Turns the survey's reference table into Parquet with the DuckDB that was installed, which then has to read it. */
async function tableAsParquet(folder, prefix) {
  // In SQL within a program, where a stroke backwards means something else.
  const table = join(folder, 'survey', 'labels').replaceAll('\\', '/');
  const program = `
    import { DuckDBInstance } from '@duckdb/node-api';
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run("COPY (SELECT * FROM read_csv('${table}.csv')) TO '${table}.parquet' (FORMAT parquet)");`;
  const modules = process.platform === 'win32' ? 'node_modules' : join('lib', 'node_modules');
  await mustRun(process.execPath, ['--input-type=module', '-e', program], {
    cwd: join(prefix, modules, 'cannon-spectra'),
    failure: 'DuckDB does not run where the command line is installed.',
    hint: 'It said:',
  });
  const config = join(folder, 'survey', 'cannon.yaml');
  await writeFile(config, (await readFile(config, 'utf8')).replace('labels.csv', 'labels.parquet'));
}

/** All tests in real VS Code, of one edition, with the packaged extension. */
async function extension(edition) {
  const report = join(root, 'artifacts', 'test', `packaged-${edition}.json`);
  await mkdir(join(root, 'artifacts', 'test'), { recursive: true });
  await rm(report, { force: true });
  const start = Date.now();
  const reporter = join(root, 'scripts', 'testReporter.mjs');
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { code } = await run(process.execPath, [vitest, 'run', '--project', 'vscode', `--reporter=${reporter}`], {
    cwd: root,
    env: { CANNON_VSIX: await packageNamed('.vsix'), CANNON_VSCODE: edition, CANNON_TEST_REPORT: report },
    show: true,
  });
  return readOutcome(edition, report, code, (Date.now() - start) / 1000);
}

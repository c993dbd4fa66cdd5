/**
 * `npm run test:packaged`: what is published, as its users get it. The packages of this machine are those of `npm run package`,
 * made again where something is newer. The command line is installed from its file elsewhere and goes from a sample to labels,
 * with a Parquet table too; the extension is installed from its file into the oldest VS Code that it promises and the newest
 * that npm carries, where all tests in real VS Code run.
 *
 *   npm run test:packaged                        all of it
 *   npm run test:packaged -- cannon newest       only these of: cannon, oldest, newest
 *   npm run test:packaged -- newest walkthrough  in that VS Code only the files of test/vscode with these names
 */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isNewer, prepare, root, runScript, say } from './prepare.mjs';
import { mustRun, npm, run, StepError } from './processes.mjs';
import { isWell, outcomeLine, plainOutcome, readOutcome, summaryText } from './testSummary.mjs';
import { hostTarget, packaged, packageFile } from './vsix.mjs';

const folder = join(root, 'artifacts', 'packages');
const editions = ['oldest', 'newest'];
const parts = ['cannon', ...editions];
const testFile = /^(.+)\.test\.ts$/;

await runScript(async () => {
  const { chosen, files } = await choose(process.argv.slice(2));
  const target = hostTarget();
  if (target === null)
    throw new StepError('No package is made for this machine.', 'Run it on one of README’s platforms.');
  const [vsix, tarball] = [await packageFile(target, folder), await packageFile('npm', folder)];
  await prepare();
  if (!(await isNewer([vsix, tarball], packaged))) {
    const step = { cwd: root, show: true, failure: 'The packages were not made.', hint: 'The reason is above.' };
    await mustRun(process.execPath, [join(root, 'scripts', 'package.mjs'), target, 'npm'], step);
  }
  const outcomes = [];
  for (const name of chosen) {
    const outcome = name === 'cannon' ? await commandLine(tarball) : await extension(name, vsix, files);
    outcomes.push(outcome);
    say(outcomeLine(outcome));
  }
  say(summaryText(outcomes));
  return isWell(outcomes) ? 0 : 1;
});

/** Names are of parts and of test files; files alone are tried in both editions. */
async function choose(names) {
  const all = (await readdir(join(root, 'test', 'vscode'))).flatMap((name) => testFile.exec(name)?.[1] ?? []);
  const unknown = names.filter((name) => !parts.includes(name) && !all.includes(name));
  if (unknown.length > 0)
    throw new StepError(
      `There is no part and no test named ${unknown.join(', ')}.`,
      `The parts are: ${parts.join(', ')}. The tests in VS Code are: ${all.join(', ')}.`,
    );
  const [files, some] = [all.filter((name) => names.includes(name)), parts.filter((name) => names.includes(name))];
  return { files, chosen: some.length > 0 ? some : files.length > 0 ? editions : parts };
}

/** Installed for a user who has nothing of this clone, and run from another folder. */
async function commandLine(tarball) {
  const start = Date.now();
  const place = await mkdtemp(join(tmpdir(), 'cannon-installed-'));
  const prefix = join(place, 'prefix');
  const why = { cwd: place, failure: 'The command line does not install.', hint: 'npm said:' };
  try {
    await npm(['install', '--global', '--ignore-scripts', '--prefix', prefix, tarball], why);
    const program = process.platform === 'win32' ? join(prefix, 'cannon.cmd') : join(prefix, 'bin', 'cannon');
    const cannon = (...args) =>
      mustRun(program, args, { cwd: place, failure: `\`cannon ${args[0]}\` failed.`, hint: 'It said:' });
    await cannon('sample', 'survey');
    const config = join('survey', 'cannon.yaml');
    for (const name of ['train', 'cv']) await cannon(name, '--config', config);
    await cannon('infer', '--config', config, '--out', 'labels.csv');
    await tableAsParquet(place, prefix);
    await cannon('check', '--config', config);
    return plainOutcome('cannon', (Date.now() - start) / 1000);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    return plainOutcome('cannon', (Date.now() - start) / 1000, `${error.message}\n${error.hint}`);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** Turns the survey's reference table into Parquet with the DuckDB that was installed, which then has to read it. */
async function tableAsParquet(place, prefix) {
  // In SQL within a program, where a stroke backwards means something else.
  const table = join(place, 'survey', 'labels').replaceAll('\\', '/');
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
  const config = join(place, 'survey', 'cannon.yaml');
  await writeFile(config, (await readFile(config, 'utf8')).replace('labels.csv', 'labels.parquet'));
}

/** Tests in real VS Code, of one edition, with the packaged extension; all, or those of some files. */
async function extension(edition, vsix, files) {
  const report = join(root, 'artifacts', 'test', `packaged-${edition}.json`);
  await mkdir(join(root, 'artifacts', 'test'), { recursive: true });
  await rm(report, { force: true });
  const start = Date.now();
  const reporter = join(root, 'scripts', 'testReporter.mjs');
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const paths = files.map((name) => `test/vscode/${name}.test.ts`);
  const words = [vitest, 'run', '--project', 'vscode', `--reporter=${reporter}`, ...paths];
  const { code } = await run(process.execPath, words, {
    cwd: root,
    env: { CANNON_VSIX: vsix, CANNON_VSCODE: edition, CANNON_TEST_REPORT: report },
    show: true,
  });
  return readOutcome(edition, report, code, (Date.now() - start) / 1000);
}

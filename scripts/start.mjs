/**
 * `npm start`: from a fresh clone to a trained survey in the editor.
 *
 *   npm start                 sample survey, training, labels of unseen stars, a table of how good they are, then VS Code
 *   npm start -- --no-open    stops after the table
 *
 * What is already there and up to date is not made again. VS Code is the desktop one where `code` is on the PATH,
 * otherwise one in the browser on 127.0.0.1 that runs until Ctrl+C.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { prepare, cacheFolder, root, runScript, say } from './prepare.mjs';
import { mustRun, StepError } from './processes.mjs';
import { desktopEditor, openDesktop, startServer } from './vscodeServer.mjs';
import { packageForHere } from './vsix.mjs';

const sample = join(root, 'sample');
const config = join(sample, 'cannon.yaml');

await runScript(async () => {
  const open = readArguments(process.argv.slice(2));
  await prepare();
  // Only there once the project is built.
  const engine = await import('../dist/engine.js');
  if (!existsSync(config)) {
    say('Writing a sample survey with known truth …');
    await cannon('sample', sample);
  }
  const training = await currentRun(engine, 'train', () => cannon('train', '--config', config));
  const models = training.result.models.map((model) => model.path);
  const inference = await currentRun(engine, 'infer', () => cannon('infer', '--config', config), models);
  say(`\n${await recoveredTables(inference)}\n`);
  if (open) await openEditor();
  return 0;
});

/** @returns whether to open an editor. */
function readArguments(args) {
  const unknown = args.filter((argument) => argument !== '--no-open');
  if (unknown.length === 0) return args.length === 0;
  throw new StepError(`npm start does not know ${unknown.join(', ')}.`, 'The only option is `npm start -- --no-open`.');
}

/** Runs the command line with its progress on the terminal. */
function cannon(...args) {
  return mustRun(process.execPath, [join(root, 'dist', 'cannon.js'), ...args], {
    cwd: root,
    show: true,
    failure: `\`cannon ${args[0]}\` did not finish.`,
    hint: `Its words are above. To begin again with a new sample survey, delete ${relative(process.cwd(), sample) || sample}.`,
  });
}

/**
 * The newest finished run of `command` on the sample whose inputs are unchanged and include `files`; where there is
 * none, `make` is called to make one.
 */
async function currentRun(engine, command, make, files = []) {
  const find = async () => {
    for (const { folder, job } of await engine.findRuns(config)) {
      if (job.command !== command) continue;
      const result = await engine.readResult(folder);
      const complete = result !== null && files.every((file) => file in job.inputs);
      if (complete && (await unchanged(job.inputs))) return { folder, job, result };
    }
    return null;
  };
  const earlier = await find();
  if (earlier !== null) {
    say(`Up to date: ${relative(process.cwd(), earlier.folder)}`);
    return earlier;
  }
  await make();
  const made = await find();
  if (made === null)
    throw new StepError(`\`cannon ${command}\` left no result.`, `Look into ${join(sample, '.cannon')}.`);
  return made;
}

/** Whether each file still has the SHA-256 that its run recorded. */
async function unchanged(inputs) {
  const same = await Promise.all(
    Object.entries(inputs).map(async ([file, hash]) => {
      const bytes = await readFile(file).catch(() => null);
      return bytes !== null && createHash('sha256').update(bytes).digest('hex') === hash;
    }),
  );
  return same.every(Boolean);
}

async function recoveredTables({ job, result }) {
  // Dependencies are there only after `prepare`.
  const { parse } = await import('csv-parse/sync');
  const { formatTables, unseenStars } = await import('./recovered.mjs');
  const read = async (file) =>
    parse(await readFile(file, 'utf8'), { columns: true, bom: true, skip_empty_lines: true });
  const [inferred, truth, reference] = await Promise.all(
    [result.out, join(sample, 'truth.csv'), join(sample, 'labels.csv')].map(read),
  );
  const { labels } = job.resolved;
  return formatTables(unseenStars({ inferred, truth, reference, labels }), labels);
}

async function openEditor() {
  const editor = await desktopEditor();
  if (editor !== null) {
    say('Opening the sample survey in VS Code …');
    await openDesktop(editor, sample);
    return;
  }
  const vsix = await packageForHere();
  // The only folder this window is meant for is the one just written here, so that nobody need be asked to trust it.
  const settings = { 'security.workspace.trust.enabled': false };
  const server = await startServer({ dataFolder: join(cacheFolder, 'start'), vsix, settings });
  say(`The sample survey is open at\n\n  ${server.urlOf(sample)}\n\nIn VS Code there: open a spectrum, or run`);
  say('“Cannon: Inspect Star” from the command palette (F1). Ctrl+C ends it.');
  await untilInterrupted(server);
}

async function untilInterrupted(server) {
  const reason = await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => resolve(signal));
    server.child.once('exit', () => resolve('exit'));
  });
  await server.stop();
  if (reason === 'exit') throw new StepError("VS Code's server has stopped by itself.", 'Run `npm start` again.');
}

/**
 * Makes a clone ready to run: dependencies as package-lock.json says, bundles as the sources are now.
 *
 * Quick when nothing changed: the installed tree is compared with the lock file, the bundles with the newest source.
 * Install scripts of dependencies are not run: none of ours needs one, and some would fetch binaries from elsewhere.
 */
import { readFile, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StepError, mustRun, npm } from './processes.mjs';
import { offline } from './registry.mjs';

export const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
/** Where downloaded programs live: VS Code's server, a browser. */
export const cacheFolder = process.env['CANNON_CACHE'] ?? join(root, '.vscode-test');

const oldestNode = [20, 11];

/** What to do where the disk refuses, by Node's codes. */
const refusals = {
  ENOSPC: 'The disk is full: make room.',
  EDQUOT: 'Your quota of disk is used up: make room.',
  EROFS: 'The disk takes no changes: work in a clone elsewhere.',
  EACCES: 'Let your user write there, or work in a clone of your own.',
  EPERM: 'Let your user write there, or work in a clone of your own.',
};

/** What every build writes; the oldest of them dates the build. */
const bundles = ['cannon.js', 'worker.js', 'engine.js', 'server.cjs', 'client.cjs'].map((name) =>
  join(root, 'dist', name),
);
const sources = [
  'engine',
  'server',
  'client',
  'webviews',
  'scripts',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
];

/** Says in one line what is about to happen. */
export function say(sentence) {
  process.stdout.write(`${sentence}\n`);
}

/** Runs `main`; a StepError becomes its sentence and hint on standard error with exit code 1, and so does what the disk refuses. */
export async function runScript(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof StepError) && !refusals[error.code]) throw error;
    const hint = error.hint ?? `${refusals[error.code]} Then run the command again.`;
    process.stderr.write(`\n${error.message}\n${hint}\n`);
    process.exitCode = 1;
  }
}

/** Dependencies and bundles, each only where it is out of date. */
export async function prepare() {
  await installDependencies();
  await bundle({ checkTypes: true });
}

/** `npm ci`, unless what is installed is what the lock file asks for. */
export async function installDependencies() {
  checkNode();
  if (await dependenciesCurrent()) return;
  say('Installing the dependencies listed in package-lock.json …');
  await npm(['ci', '--ignore-scripts'], {
    cwd: root,
    failure: 'The dependencies could not be installed.',
    hint: offline,
  });
}

/** Bundles into dist/, unless the bundles are newer than every source. Returns whether there was anything to do. */
export async function bundle({ checkTypes }) {
  if (await isNewer(bundles, sources)) return false;
  say('Building dist/ …');
  const why = { cwd: root, failure: 'The sources do not build.', hint: 'The compiler said:' };
  if (checkTypes) await npm(['run', '--silent', 'build'], why);
  else await mustRun(process.execPath, ['scripts/build.mjs'], why);
  return true;
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new StepError(
    `Cannon Spectra needs Node.js ${oldestNode.join('.')} or newer, and this is ${process.versions.node}.`,
    'Install a current Node.js from https://nodejs.org and run the command again.',
  );
}

/** npm keeps a copy of the lock file of what it installed; packages for other platforms are absent from it. */
async function dependenciesCurrent() {
  const wanted = await readPackages('package-lock.json');
  const installed = await readPackages('node_modules/.package-lock.json').catch(() => null);
  if (installed === null) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const present = installed[path];
    return present === undefined ? entry.optional === true : present.version === entry.version;
  });
}

async function readPackages(file) {
  return JSON.parse(await readFile(join(root, file), 'utf8')).packages;
}

/** Whether all `made` files are there and newer than everything of the clone that is called so, and all below it. */
export const isNewer = async (made, names) =>
  (await oldest(made)) > (await newest(names.map((name) => join(root, name))));

/** Milliseconds since 1970 of the oldest of `files`; −∞ when one is missing. */
async function oldest(files) {
  const times = await Promise.all(
    files.map((file) =>
      stat(file).then(
        (s) => s.mtimeMs,
        () => -Infinity,
      ),
    ),
  );
  return Math.min(...times);
}

/** The newest time of change among `paths` and all below them; folders count, for a deleted file changes its folder. */
async function newest(paths) {
  const times = await Promise.all(
    paths.map(async (path) => {
      const status = await stat(path);
      if (!status.isDirectory()) return status.mtimeMs;
      const names = await readdir(path);
      return Math.max(status.mtimeMs, await newest(names.map((name) => join(path, name))));
    }),
  );
  return Math.max(-Infinity, ...times);
}

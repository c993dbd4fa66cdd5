/**
 * `npm run package`: everything that is published, checked, into artifacts/packages/.
 *
 *   npm run package                       a VSIX for each platform, and the command line for npm
 *   npm run package -- linux-x64 npm      only these
 */
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { faultsOfCommandLine, faultsOfVsix, sizesOfVsix } from './packageContents.mjs';
import { prepare, root, runScript, say } from './prepare.mjs';
import { mustRun, StepError } from './processes.mjs';
import { packageCommandLine, packageVsix, targets } from './vsix.mjs';

const folder = join(root, 'artifacts', 'packages');
const known = [...targets, 'npm'];
const mega = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

await runScript(async () => {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new StepError(`There is no package named ${unknown.join(', ')}.`, `The packages are: ${known.join(', ')}.`);
  await prepare();
  for (const name of names.length === 0 ? known : names) await (name === 'npm' ? commandLine() : extension(name));
  return 0;
});

async function extension(target) {
  const file = await packageVsix(target, folder);
  await refuse(file, await faultsOfVsix(file, target));
  const { all, own } = await sizesOfVsix(file);
  say(`${relative(root, file)}   ${mega(all)}, of which ${mega(own)} ours`);
}

async function commandLine() {
  const file = await packageCommandLine(folder);
  const unpacked = await mkdtemp(join(tmpdir(), 'cannon-package-'));
  try {
    await mustRun('tar', ['-xzf', file, '-C', unpacked], { failure: `${file} does not unpack.`, hint: 'tar said:' });
    const texts = await readAll(join(unpacked, 'package'));
    const { size } = await stat(file);
    await refuse(file, await faultsOfCommandLine([...texts.keys()], (name) => texts.get(name) ?? '', size));
    say(`${relative(root, file)}   ${mega(size)}`);
  } finally {
    await rm(unpacked, { recursive: true });
  }
}

/** The files below a folder by their paths in it. */
async function readAll(top) {
  const texts = new Map();
  for (const path of await readdir(top, { recursive: true })) {
    const file = join(top, path);
    if ((await stat(file)).isFile()) texts.set(path.replaceAll('\\', '/'), await readFile(file, 'utf8'));
  }
  return texts;
}

/** What is not fit to be published does not stay, for nobody would know it from one that is. */
async function refuse(file, faults) {
  if (faults.length === 0) return;
  await rm(file);
  throw new StepError(`${relative(root, file)} was not fit to be published.`, faults.join('\n'));
}

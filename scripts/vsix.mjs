/**
 * Makes the packages that are published: a VSIX for each platform with DuckDB's library of that platform, and the command
 * line as an npm package, whose dependency DuckDB npm itself fetches. Both come out of dist/ as it is built, and the same
 * tree gives the same bytes. A package has its name only once it is whole.
 */
import { existsSync } from 'node:fs';
import { constants, cp, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { writeDocuments } from './documents.mjs';
import { onlyFor } from './nativeLibrary.mjs';
import { noticesText } from './notices.mjs';
import { cacheFolder, root } from './prepare.mjs';
import { mustRun, npm } from './processes.mjs';
import { unpackPackage } from './registry.mjs';

/** As VS Code and, at once, DuckDB name them. */
export const targets = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64'];
/** Of packages that are loaded beside the bundles: what runs, and their licences. */
const runs = new Set(['.js', '.cjs', '.mjs', '.json', '.node', '.so', '.dylib', '.dll']);

/** Keys of package.json that say how the clone is worked on; what the extension needs travels with it. */
const ofTheClone = new Set(['scripts', 'dependencies', 'devDependencies', 'bin']);

/** What is packaged, beside what the build makes of the sources. */
export const packaged = [
  'dist',
  'media',
  'docs',
  'package.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'CITATION.cff',
];
/** The time of every file in a package, in seconds since 1970: that which npm gives the files in its own. */
const timeOfFiles = '499162500';

const manifest = async () => JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/** The platform that this machine is, or null when no package is made for it. */
export function hostTarget() {
  const name = `${process.platform}-${process.arch}`;
  return targets.includes(name) ? name : null;
}

/** The extension for this machine, whatever it is, in the cache. @returns its path */
export const packageForHere = () => packageVsix(hostTarget(), cacheFolder);

/** Where the package for a platform, for none (null) or for `npm` is, once it is made. */
export async function packageFile(target, folder) {
  const { name, version } = await manifest();
  if (target === 'npm') return join(folder, `${name}-${version}.tgz`);
  return join(folder, `${[name, ...(target === null ? [] : [target]), version].join('-')}.vsix`);
}

/**
 * Packages the extension for one platform, or where `target` is null with whatever is installed here; the file is put
 * into `folder`. @returns its path
 */
export async function packageVsix(target, folder) {
  const out = await packageFile(target, folder);
  await inWorkFolder(folder, async (work) => {
    await writeCommon(work, manifestOfExtension(await manifest()));
    await cp(join(root, '.vscodeignore'), join(work, '.vscodeignore'));
    await cp(join(root, 'media'), join(work, 'media'), { recursive: true });
    await cp(join(root, 'dist'), join(work, 'dist'), { recursive: true, filter: isOfBuild });
    for (const each of ['@duckdb/node-api', '@duckdb/node-bindings', 'detect-libc'])
      await copyWhatRuns(join(root, 'node_modules', each), join(work, 'dist/node_modules', each));
    for (const library of target === null ? await installedLibraries() : [`@duckdb/node-bindings-${target}`])
      await copyWhatRuns(await libraryFolder(library), join(work, 'dist/node_modules', library));
    if (target?.startsWith('darwin-')) await thinLibraries(target, join(work, 'dist/node_modules'));
    const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
    const words = [
      ...['package', ...(target === null ? [] : ['--target', target]), '--out', 'whole.vsix'],
      ...['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'],
    ];
    await mustRun(process.execPath, [vsce, ...words], {
      cwd: work,
      env: { SOURCE_DATE_EPOCH: timeOfFiles },
      failure: 'The extension could not be packaged.',
      hint: 'vsce said:',
    });
    await rename(join(work, 'whole.vsix'), out);
  });
  return out;
}

/** Packages the command line for npm; the file is put into `folder`. @returns its path */
export async function packageCommandLine(folder) {
  const { name, version, description, license, type, bin, engines, keywords, dependencies } = await manifest();
  const out = await packageFile('npm', folder);
  await inWorkFolder(folder, async (work) => {
    const library = '@duckdb/node-api';
    await writeCommon(work, {
      ...{ name, version, description, license, type, bin, keywords, engines: { node: engines.node } },
      dependencies: { [library]: dependencies[library] },
    });
    await mkdir(join(work, 'dist'));
    for (const each of ['cannon.js', 'worker.js']) await cp(join(root, 'dist', each), join(work, 'dist', each));
    const why = { cwd: work, failure: 'The command line could not be packaged.', hint: 'npm said:' };
    await npm(['pack', '--loglevel=error'], why);
    await rename(join(work, basename(out)), out);
  });
  return out;
}

/** package.json as it travels with the extension. */
export const manifestOfExtension = (all) =>
  Object.fromEntries(Object.entries(all).filter(([key]) => !ofTheClone.has(key)));

async function writeCommon(work, published) {
  await writeFile(join(work, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  await writeFile(join(work, 'THIRD_PARTY_NOTICES.txt'), await noticesText());
  await writeDocuments(work);
}

/** The bundles, but for their maps, and what the build has put beside them for this machine. */
const isOfBuild = (path) => extname(path) !== '.map' && basename(path) !== 'node_modules';

function copyWhatRuns(from, to) {
  const filter = (path) => {
    const inside = path.slice(from.length);
    const name = basename(path);
    return inside === '' || runs.has(extname(name)) || /^licen[sc]e/i.test(name) || extname(name) === '';
  };
  return cp(from, to, { recursive: true, filter, mode: constants.COPYFILE_FICLONE });
}

/** DuckDB's library of macOS is published for both processors in one file, twice as large as either needs. */
async function thinLibraries(target, folder) {
  for (const name of await readdir(folder, { recursive: true })) {
    if (extname(name) !== '.dylib') continue;
    const file = join(folder, name);
    await writeFile(file, onlyFor(target, await readFile(file)));
  }
}

const installedLibraries = async () =>
  (await readdir(join(root, 'node_modules/@duckdb')))
    .filter((name) => name.startsWith('node-bindings-'))
    .map((name) => `@duckdb/${name}`);

/** Where the library of a platform is: installed, on that platform; else fetched once from npm, as package-lock.json names it. */
async function libraryFolder(name) {
  const installed = join(root, 'node_modules', name);
  if (existsSync(installed)) return installed;
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const { version, integrity } = packages[`node_modules/${name}`];
  const folder = join(cacheFolder, `${name.replace('/', '+')}@${version}`);
  if (existsSync(folder)) return folder;
  await inWorkFolder(cacheFolder, async (work) => {
    await unpackPackage(`${name}@${version}`, work, [], integrity);
    await rename(join(work, 'package'), folder);
  });
  return folder;
}

/** Below `parent`, so that what is made there can be renamed to its place in it. */
async function inWorkFolder(parent, act) {
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, 'making-'));
  try {
    return await act(work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

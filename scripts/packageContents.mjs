/**
 * Opens a package and says what is wrong with its contents: something missing, something that does not belong there, a
 * library of another platform, kernels that do not compile, a dependency without its licence, a page that leads nowhere, a
 * folder of the machine that made it, too many bytes.
 */
import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { readArchive } from './archive.mjs';
import { documentNames, placeOf, proseOf } from './documents.mjs';
import { machinesOf } from './nativeLibrary.mjs';
import { shippedPackages } from './notices.mjs';
import { root } from './prepare.mjs';

/** Bytes of a package as it is downloaded: CONTRIBUTING.md has what they are and why. DuckDB's library is nearly all of a VSIX. */
export const budget = { vsix: 30e6, ownOfVsix: 3e6, commandLine: 1.5e6 };

const documents = [
  'package.json',
  'readme.md',
  'changelog.md',
  'LICENSE.txt',
  'CITATION.cff',
  'THIRD_PARTY_NOTICES.txt',
];
const bundles = ['client.cjs', 'server.cjs', 'cannon.js', 'worker.js'].map((name) => `dist/${name}`);
const allowed = [
  /^media\/[\w.-]+\.(json|png|svg|webp|md)$/,
  /^dist\/webviews\/(codicon\.(css|ttf)|\w+\/view\.(js|css))$/,
  /^dist\/node_modules\/(@duckdb\/node-(api|bindings)|detect-libc)\/(.*\.js|package\.json|LICENSE)$/,
  /^dist\/node_modules\/@duckdb\/node-bindings-[\w-]+\/(package\.json|LICENSE|[\w.]+\.(node|so|dylib|dll))$/,
];
/** Not DuckDB's, which tell where DuckDB was made. */
const isOurs = /^(?!dist\/node_modules\/)/;
const base64OfWasm = /AGFzbQEAAAA[A-Za-z0-9+/]+=*/;

/** @returns {Promise<string[]>} a sentence for each thing that is wrong with a VSIX; none when all is well */
export async function faultsOfVsix(file, target) {
  const entries = await readArchive(file);
  const prefix = 'extension/';
  const names = [...entries.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const read = (name) => entries.get(prefix + name)?.read() ?? Buffer.alloc(0);
  const text = (name) => read(name).toString('utf8');
  const named = [...new Set(text('package.json').match(/media\/[\w.-]+/g) ?? [])];
  const pages = await documentNames();
  const expected = [...documents, ...bundles, ...pages, ...(await filesOfViews()), ...named];
  return [
    ...missing(names, expected),
    ...foreign(names, [...documents, ...bundles, ...pages], allowed),
    ...faultsOfLibrary(names, target, read),
    ...['cannon.js', 'worker.js', 'server.cjs'].flatMap((name) => faultsOfKernels(name, text(`dist/${name}`))),
    ...(await faultsOfNotices(text('THIRD_PARTY_NOTICES.txt'))),
    ...['readme.md', 'changelog.md', ...pages].flatMap((name) => deadLinks(name, text(name), pages)),
    ...names.filter((name) => isOurs.test(name)).flatMap((name) => foldersOfMaker(name, text(name))),
    ...faultsOfManifest(entries, target),
    ...faultsOfPackageJson(text('package.json')),
    ...tooLarge(`The package for ${target}`, (await stat(file)).size, budget.vsix),
    ...tooLarge(`What is ours in the package for ${target}`, ownBytes(entries), budget.ownOfVsix),
  ];
}

/** The same of an unpacked package of the command line. `names` are paths within it, `text` reads one. */
export async function faultsOfCommandLine(names, text, size) {
  const pages = await documentNames();
  const expected = [
    ...['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'CITATION.cff', 'THIRD_PARTY_NOTICES.txt'],
    ...['dist/cannon.js', 'dist/worker.js', ...pages],
  ];
  return [
    ...missing(names, expected),
    ...foreign(names, expected, []),
    ...['cannon.js', 'worker.js'].flatMap((name) => faultsOfKernels(name, text(`dist/${name}`))),
    ...(await faultsOfNotices(text('THIRD_PARTY_NOTICES.txt'))),
    ...['README.md', 'CHANGELOG.md', ...pages].flatMap((name) => deadLinks(name, text(name), pages)),
    ...names.flatMap((name) => foldersOfMaker(name, text(name))),
    ...tooLarge('The command line', size, budget.commandLine),
  ];
}

/** Bytes of a VSIX: as it is downloaded, and of that what is not DuckDB's library. */
export async function sizesOfVsix(file) {
  return { all: (await stat(file)).size, own: ownBytes(await readArchive(file)) };
}

function ownBytes(entries) {
  const own = [...entries].filter(([name]) => !/\/node-bindings-/.test(name));
  return own.reduce((sum, [, { compressedSize }]) => sum + compressedSize, 0);
}

/** vsce writes some names in small letters. */
function missing(names, expected) {
  const present = new Set(names.map((name) => name.toLowerCase()));
  return expected.filter((name) => !present.has(name.toLowerCase())).map((name) => `${name} is missing.`);
}

function foreign(names, expected, patterns) {
  const known = new Set(expected.map((name) => name.toLowerCase()));
  return names
    .filter((name) => !known.has(name.toLowerCase()) && !patterns.some((pattern) => pattern.test(name)))
    .map((name) => `${name} does not belong there.`);
}

async function filesOfViews() {
  const found = await readdir(join(root, 'webviews'), { recursive: true });
  const views = found.map((name) => name.replaceAll('\\', '/')).filter((name) => /^\w+\/view\.ts$/.test(name));
  const files = views.flatMap((name) => ['js', 'css'].map((ending) => name.replace(/ts$/, ending)));
  return ['codicon.css', 'codicon.ttf', ...files].map((name) => `dist/webviews/${name}`);
}

/** DuckDB of one platform, by its own bytes. */
function faultsOfLibrary(names, target, read) {
  const folder = `dist/node_modules/@duckdb/node-bindings-${target}/`;
  const libraries = names.filter((name) => /\.(node|so|dylib|dll)$/.test(name));
  const own = libraries.filter((name) => name.startsWith(folder));
  return [
    ...libraries.filter((name) => !own.includes(name)).map((name) => `${name} is of another platform.`),
    ...(own.includes(`${folder}duckdb.node`) ? [] : [`${folder}duckdb.node is missing.`]),
    ...(own.length > 1 ? [] : [`DuckDB itself is missing from ${folder}.`]),
    ...own.flatMap((name) => {
      const machines = machinesOf(read(name));
      return machines.join() === target ? [] : [`${name} is made for ${machines.join(', ')}, not for ${target} alone.`];
    }),
  ];
}

/** The kernels travel inside the bundles. */
function faultsOfKernels(name, text) {
  const found = base64OfWasm.exec(text)?.[0];
  if (found === undefined) return [`${name} is without its kernels.`];
  return WebAssembly.validate(Buffer.from(found, 'base64')) ? [] : [`The kernels in ${name} do not compile.`];
}

async function faultsOfNotices(text) {
  const packages = await shippedPackages();
  return packages
    .filter(({ name, version, text: licence }) => !text.includes(`\n${name} ${version} (`) || !text.includes(licence))
    .map(({ name }) => `The licence of ${name} is missing.`);
}

function faultsOfManifest(entries, target) {
  const manifest = entries.get('extension.vsixmanifest')?.read().toString('utf8') ?? '';
  const found = /TargetPlatform="([^"]+)"/.exec(manifest)?.[1] ?? 'every platform';
  return found === target ? [] : [`The package says that it is for ${found}, not for ${target}.`];
}

/** The page that VS Code or npm shows follows links of https alone; pages of the documentation lead to each other, too. */
function deadLinks(name, text, pages) {
  const targets = [...proseOf(text).matchAll(/\]\(([^)\s]+)[^)]*\)|<img[^>]+src="([^"]+)"/g)].map(
    ([, link, picture]) => link ?? picture,
  );
  const isThere = (target) => pages.includes(name) && pages.includes(placeOf(name, target));
  return targets
    .filter((target) => !/^(https:|#)/.test(target) && !isThere(target))
    .map((target) => `${name} leads to ${target}, which nobody can open there.`);
}

function foldersOfMaker(name, text) {
  return text.includes(root + sep) ? [`${name} names ${root}, a folder of the machine that made the package.`] : [];
}

/** What VS Code and whoever looks for an extension read in package.json. */
function faultsOfPackageJson(text) {
  const { engines, icon, categories, keywords, license, extensionKind, capabilities, activationEvents, scripts, dependencies, devDependencies } = JSON.parse(text || '{}'); // prettier-ignore
  const wanted = [
    [/^\^1\.\d+\.0$/.test(engines?.vscode ?? ''), 'the VS Code that it needs'],
    [/\.png$/.test(icon ?? ''), 'an icon'],
    [categories?.length > 0 && keywords?.length > 0, 'categories and keywords'],
    [Boolean(license), 'a licence'],
    [extensionKind?.join() === 'workspace', 'that it runs where the files are'],
    [capabilities?.untrustedWorkspaces?.supported === 'limited', 'what it does where nobody trusts the files'],
    [capabilities?.virtualWorkspaces?.supported === false, 'that it needs files on a disk'],
    [Array.isArray(activationEvents) && !activationEvents.some((event) => /^(\*|onStartupFinished)$/.test(event)), 'when it is started, short of always'], // prettier-ignore
  ];
  const isBuilt = [scripts, dependencies, devDependencies].some((each) => each !== undefined);
  return [
    ...wanted.filter(([holds]) => !holds).map(([, what]) => `package.json does not say ${what}.`),
    ...(isBuilt ? ['package.json tells how the extension is built, which nobody can do there.'] : []),
  ];
}

function tooLarge(what, bytes, limit) {
  const mega = (n) => `${(n / 1e6).toFixed(1)} MB`;
  return bytes <= limit ? [] : [`${what} has ${mega(bytes)}, more than ${mega(limit)}.`];
}

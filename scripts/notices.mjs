/**
 * The licences of everything that is shipped: the closure of `dependencies` in package-lock.json, and what the build
 * copies or compiles in beside it. Each text is the file that the package itself carries.
 */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './prepare.mjs';

/** Needed to build only, yet part of the result: the icons of panels, and the library of the kernels' language. */
const builtIn = ['node_modules/@vscode/codicons', 'node_modules/assemblyscript'];
const licenceFile = /^(licen[sc]e|copying|notice)/i;
/** Packages without such a file say it in their README. */
const licenceSection = /^#+ *licen[sc]e[^\n]*\n([^]*?)(?=^#|(?![^]))/im;

/** @returns {Promise<{ name: string, version: string, licence: string, text: string }[]>} sorted by name, each version once */
export async function shippedPackages() {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const found = new Map();
  for (const [path, entry] of Object.entries(packages)) {
    // One library a platform: its licence is that of the package which asks for it.
    const isShipped = path !== '' && !entry.dev && !entry.devOptional && entry.os === undefined;
    if (!isShipped && !builtIn.includes(path)) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const text = await licenceText(join(root, path), name, entry.license);
    found.set(`${name}@${entry.version}`, { name, version: entry.version, licence: entry.license, text });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** @throws Error when a package says nowhere under which terms it may be passed on */
async function licenceText(folder, name, licence) {
  const names = (await readdir(folder)).sort();
  const files = names.filter((each) => licenceFile.test(each));
  if (files.length > 0) {
    const texts = await Promise.all(files.map((each) => readFile(join(folder, each), 'utf8')));
    return texts.map((text) => text.trim()).join('\n\n');
  }
  const readme = names.find((each) => /^readme/i.test(each));
  const section = readme && licenceSection.exec(await readFile(join(folder, readme), 'utf8'))?.[1]?.trim();
  if (section) return section;
  const { author, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const who = typeof author === 'string' ? author : author?.name;
  if (who && license) return `${license}, ${who}. The package carries no text of it.`;
  throw new Error(`${name} (${licence}) is shipped without a licence.`);
}

/** The file THIRD_PARTY_NOTICES.txt. */
export async function noticesText() {
  const rule = '-'.repeat(80);
  const packages = await shippedPackages();
  const parts = packages.map(
    ({ name, version, licence, text }) => `${rule}\n${name} ${version} (${licence})\n\n${text}\n`,
  );
  return ['Cannon Spectra contains the following software of others, under these terms.\n', ...parts].join('\n');
}

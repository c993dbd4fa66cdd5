/**
 * `npm run audit`: what is shipped of others, under which licences, pinned how, and whether advisories are known. Licences and pins
 * are judged from package-lock.json; advisories come from the registry, where it answers. `--require-advisories` fails where it
 * does not, for machines that publish.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shippedPackages } from './notices.mjs';
import { root } from './prepare.mjs';
import { run } from './processes.mjs';

/** Terms that ask no more than to be passed on with the program, which THIRD_PARTY_NOTICES.txt does; CC-BY is that of the icons. */
const permissive = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'BlueOak-1.0.0',
  'Zlib',
  'Unlicense',
  'CC-BY-4.0',
]);

/** A package-lock.json and what is shipped of it. @returns {string[]} one sentence for each fault */
export function faultsOfLock(lock, shipped) {
  const entries = Object.entries(lock.packages).filter(([path]) => path !== '');
  return [
    ...shipped
      .filter(({ licence }) => !words(licence).some((word) => permissive.has(word)))
      .map(({ name, version, licence }) => `${name} ${version} is shipped under ${licence ?? 'no stated licence'}.`),
    ...entries
      .filter(([, { integrity, link }]) => integrity === undefined && link !== true)
      .map(([path]) => `${path} is not pinned by a hash.`),
    ...entries
      .filter(([, { hasInstallScript, dev, devOptional }]) => hasInstallScript && !dev && !devOptional)
      .map(([path]) => `${path} runs a script when it is installed.`),
  ];
}

/** "(MIT OR GPL-3.0)" is a choice; with AND all would count, and none such is shipped. */
function words(licence) {
  return typeof licence === 'string' && !/\bAND\b/.test(licence) ? licence.replace(/[()]/g, '').split(/ OR /) : [];
}

/** @returns {Promise<{ known: string[] } | { reason: string }>} advisories on what is shipped, or why they are not known */
async function advisories() {
  const { output } = await run('npm', ['audit', '--omit=dev', '--json'], { cwd: root }).catch((error) => ({
    output: JSON.stringify({ message: String(error) }),
  }));
  // npm's warnings stand before it and behind.
  const answer = parsed(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
  if (answer?.vulnerabilities === undefined)
    return { reason: answer?.error?.summary || answer?.message || 'the registry gave no answer' };
  const each = Object.values(answer.vulnerabilities);
  return { known: each.map(({ name, severity, range }) => `${name} ${range}: ${severity}`) };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function main() {
  const lock = parsed(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const shipped = await shippedPackages();
  const width = Math.max(...shipped.map(({ name }) => name.length)) + 2;
  for (const { name, version, licence } of shipped) console.log(`${name.padEnd(width)}${version.padEnd(14)}${licence}`);
  const faults = faultsOfLock(lock, shipped);
  const found = await advisories();
  console.log(
    `\n${shipped.length} packages are shipped; ${Object.keys(lock.packages).length - 1} are pinned by hashes.`,
  );
  if ('reason' in found) {
    console.log(`Advisories are NOT known: ${found.reason}. Where the registry answers: npm audit --omit=dev`);
    if (process.argv.includes('--require-advisories')) faults.push('Advisories could not be fetched.');
  } else {
    faults.push(...found.known.map((advisory) => `Advisory: ${advisory}.`));
    if (found.known.length === 0) console.log('No advisory is known on what is shipped.');
  }
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();

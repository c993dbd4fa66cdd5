/**
 * The pages that travel with packages, made for who has no clone: pictures that are not shipped are left out, and words that
 * lead to a file that is not shipped stay without the link. Of pictures only drawings (SVG) travel: photographs of the panels
 * in three themes would be larger than all else of ours.
 */
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { root } from './prepare.mjs';

/** Read where VS Code and npm show them, which follow links of https alone. */
const shownElsewhere = ['README.md', 'CHANGELOG.md'];
const unchanged = ['LICENSE', 'CITATION.cff'];
const isShipped = /^docs\/([\w-]+\.md|images\/[\w-]+\.svg)$/;

/** Code between fences, in which brackets mean something else. */
const fences = /^(```[^]*?^```)/m;
/** A picture that is a paragraph; one within a line; a link. */
const paragraph = /^!\[[^\]]*\]\(([^)\s]+)\)\n\n?/gm;
const within = /!\[([^\]]*)\]\(([^)\s]+)\)/g;
const link = /(?<!!)\[([^\]]+)\]\(([^)\s]+)\)/g;

/** The documentation as it is shipped, by names from the root. */
export async function documentNames() {
  const names = await readdir(join(root, 'docs'), { recursive: true });
  return names.map((name) => `docs/${name.replaceAll('\\', '/')}`).filter((name) => isShipped.test(name)).sort(); // prettier-ignore
}

/** Puts all pages into the folder of a package. */
export async function writeDocuments(folder) {
  const names = await documentNames();
  const shipped = new Set(names);
  for (const name of [...shownElsewhere, ...unchanged, ...names]) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    if (!name.endsWith('.md')) await cp(join(root, name), join(folder, name));
    else {
      const isThere = (target) => shipped.has(name) && shipped.has(placeOf(name, target));
      await writeFile(join(folder, name), standAlone(await readFile(join(root, name), 'utf8'), isThere));
    }
  }
}

/** Where a link of a page leads, as a name from the root. */
export const placeOf = (page, target) => posix.join(posix.dirname(page), target.replace(/#.*/, ''));

/** The text of a page outside of code. */
export const proseOf = (text) => text.split(fences).filter((_, k) => k % 2 === 0).join(''); // prettier-ignore

/**
 * @param {string} text Markdown
 * @param {(target: string) => boolean} isThere whether a file is, by the name that the page calls it, where the page will be; default: none
 */
export function standAlone(text, isThere = () => false) {
  const stays = (target) => /^(https:|#)/.test(target) || isThere(target);
  const prose = (part) =>
    part
      .replaceAll(paragraph, (whole, target) => (stays(target) ? whole : ''))
      .replaceAll(within, (whole, words, target) => (stays(target) ? whole : words))
      .replaceAll(link, (whole, words, target) => (stays(target) ? whole : words));
  return text.split(fences).map((part, k) => (k % 2 === 0 ? prose(part) : part)).join(''); // prettier-ignore
}

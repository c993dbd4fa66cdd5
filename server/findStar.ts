/**
 * Which star a word in some text means. Ids are looked up in the indexes that are in memory, and nothing is read; only a word
 * that ends as a spectrum's file name does is looked for on the disk, once.
 */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SpectraTable } from '../engine/index';
import { IdLookup } from './idLookup';
import type { FindStarParams, FoundStar } from './protocol';
import type { Indexes } from './spectraIndex/indexes';
import { isSpectrum } from './watchedFiles';

const leastDigits = 4;

/** Of several surveys that have the star, the one nearest to the text. */
export function findStar({ word, file }: FindStarParams, indexes: Indexes): FoundStar | null {
  const surveys = [...indexes.known()].sort((a, b) => nearness(b.config.path, file) - nearness(a.config.path, file));
  if (isSpectrum(word)) return findFile(word, file, surveys);
  if ((word.match(/\d/g) ?? []).length < leastDigits) return null;
  for (const { config, stars } of surveys) {
    const row = rowOfId(stars, word);
    if (row >= 0) return { path: resolve(config.folder, stars.text('path').at(row)), config: config.path };
  }
  return null;
}

type Known = { readonly config: { readonly path: string; readonly folder: string }; readonly stars: SpectraTable };

function findFile(word: string, file: string | null, surveys: readonly Known[]): FoundStar | null {
  const written = pathIn(word);
  const folders = [...(file === null ? [] : [dirname(file)]), ...surveys.map(({ config }) => config.folder)];
  const places = isAbsolute(written) ? [written] : folders.map((folder) => join(folder, written));
  for (const place of places) {
    for (const { config, stars } of surveys) {
      const row = Math.max(stars.rowOf(relativeTo(config.folder, place)), stars.rowOf(place));
      if (row >= 0) return { path: place, config: config.path };
    }
  }
  // A bare file name, as catalogs have it.
  if (!/[\\/]/.test(written)) {
    for (const { config, stars } of surveys) {
      const row = rowOfFileName(stars, written);
      if (row >= 0) return { path: resolve(config.folder, stars.text('path').at(row)), config: config.path };
    }
  }
  const path = places.find((place) => existsSync(place));
  return path === undefined ? null : { path, config: null };
}

/** One for each version of an index, made when it is first asked for. */
const lookups = new WeakMap<SpectraTable, IdLookup>();

function rowOfId(stars: SpectraTable, id: string): number {
  let lookup = lookups.get(stars);
  if (lookup === undefined) lookups.set(stars, (lookup = new IdLookup(stars)));
  return lookup.rowOf(id);
}

function rowOfFileName(stars: SpectraTable, name: string): number {
  const paths = stars.text('path');
  let found = -1;
  paths.eachContaining(name, (row) => {
    const path = paths.at(row);
    if (found < 0 && (path === name || path.endsWith(`/${name}`))) found = row;
  });
  return found;
}

function pathIn(word: string): string {
  if (!word.startsWith('file:')) return word;
  try {
    return fileURLToPath(word);
  } catch {
    return word;
  }
}

function relativeTo(folder: string, path: string): string {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}

/** How many leading characters two paths share. */
function nearness(a: string, b: string | null): number {
  if (b === null) return 0;
  let shared = 0;
  while (shared < a.length && a[shared] === b[shared]) shared++;
  return shared;
}

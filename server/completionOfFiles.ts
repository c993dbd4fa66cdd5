/** Completion of paths: folders and tables beside `cannon.yaml`, and globs over the spectra in a folder. */
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CompletionItemKind } from 'vscode-languageserver';
import type { Cursor } from '../engine/index';
import type { Offer } from './completion';

const isTable = /\.(csv|tsv|txt|fits?|vot|votable|xml)(\.gz)?$|\.(parquet|pq)$/i;
const spectrumName = /\.(fits?(\.gz)?)$/i;
/** A folder of spectra may hold thousands; nobody chooses among them by eye. */
const mostFiles = 200;

/** Entries of the folder that the text before the cursor names, relative to `folder`. */
export async function fileItems(
  { before, range }: Cursor,
  folder: string,
  what: 'table' | 'spectra',
): Promise<Offer[]> {
  const inFolder = before.slice(0, before.lastIndexOf('/') + 1);
  if (/[*?{[]/.test(inFolder)) return [];
  const entries = await readdir(resolve(folder, inFolder === '' ? '.' : inFolder), { withFileTypes: true }).catch(
    () => [],
  );
  const visible = entries.filter(({ name }) => !name.startsWith('.') && name !== 'node_modules');
  const replace = { start: range.start + inFolder.length, end: range.end };
  const folders = visible
    .filter((entry) => entry.isDirectory())
    .map(({ name }): Offer => ({ label: `${name}/`, kind: CompletionItemKind.Folder, replace, rank: 200 }));
  const names = visible.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  if (what === 'table') {
    const tables = names.filter((name) => isTable.test(name)).slice(0, mostFiles);
    return [...folders, ...tables.map((label) => ({ label, kind: CompletionItemKind.File, replace, rank: 100 }))];
  }
  const endings = new Set(names.flatMap((name) => spectrumName.exec(name)?.[1]?.toLowerCase() ?? []));
  const here = [...endings].map((ending) => `*.${ending}`);
  const below = visible.some((entry) => entry.isDirectory())
    ? await Promise.all(folders.slice(0, 20).map(({ label }) => endingBelow(resolve(folder, inFolder, label))))
    : [];
  const globs = [...new Set([...here, ...below.flatMap((ending) => (ending === null ? [] : [`**/*.${ending}`]))])];
  return [
    ...globs.map((label) => ({ label, kind: CompletionItemKind.File, replace, rank: 100, detail: 'all spectra here' })),
    ...folders,
    ...names
      .filter((name) => spectrumName.test(name))
      .slice(0, mostFiles)
      .map((label) => ({ label, kind: CompletionItemKind.File, replace, rank: 300 })),
  ];
}

/** The ending of the first spectrum in a folder, or one level below it; null where there is none. */
async function endingBelow(folder: string, depth = 1): Promise<string | null> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const { name } of entries) {
    const ending = spectrumName.exec(name)?.[1];
    if (ending !== undefined) return ending.toLowerCase();
  }
  const [inner] = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  return inner && depth > 0 ? endingBelow(resolve(folder, inner.name), depth - 1) : null;
}

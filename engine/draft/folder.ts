/**
 * The files in a folder and below it, as far as a first look needs: so many entries and no more, for a folder may hold
 * millions of spectra. The folder itself comes before what lies deeper, so that a table beside the spectra is always seen.
 * Hidden files and folders, and `node_modules`, are passed over; links are followed, but not deeper than anything else.
 */
import type { Dirent } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../problems';

export interface SeenFolder {
  /** Relative to the folder with "/", of each folder in the order of the names. */
  readonly files: readonly string[];
  /** Whether nothing was passed over for being too much. */
  readonly isWhole: boolean;
}

export interface LookLimits {
  readonly entries: number;
  readonly entriesOfFolder: number;
  readonly folders: number;
  readonly depth: number;
}

export const usualLimits: LookLimits = { entries: 60_000, entriesOfFolder: 20_000, folders: 1000, depth: 8 };

/** @throws UserError CAN422 when the folder cannot be listed, and the signal's reason when it aborts. */
export async function seeFolder(folder: string, signal: AbortSignal, limits = usualLimits): Promise<SeenFolder> {
  const [files, waiting]: [string[], { prefix: string; depth: number }[]] = [[], [{ prefix: '', depth: 0 }]];
  let [nEntries, isWhole] = [0, true];
  for (let k = 0; k < waiting.length; k++) {
    const { prefix, depth } = waiting[k]!;
    if (k >= limits.folders || nEntries >= limits.entries) return { files, isWhole: false };
    const most = Math.min(limits.entriesOfFolder, limits.entries - nEntries);
    const entries = await entriesOf(join(folder, prefix), most, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      if (prefix === '') throw cannotBeListed(folder, error);
      return null;
    });
    if (entries === null) continue;
    nEntries += entries.names.length;
    isWhole &&= entries.isWhole;
    for (const name of entries.names) {
      if (!name.endsWith('/')) files.push(prefix + name);
      else if (depth < limits.depth) waiting.push({ prefix: prefix + name, depth: depth + 1 });
      else isWhole = false;
    }
  }
  return { files, isWhole };
}

/** Sorted; those of folders end in "/". */
async function entriesOf(folder: string, most: number, signal: AbortSignal) {
  const names: string[] = [];
  let isWhole = true;
  for await (const entry of await opendir(folder, { bufferSize: 1024 })) {
    if (names.length % 1024 === 0) signal.throwIfAborted();
    if (names.length >= most) {
      isWhole = false;
      break;
    }
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const kind = await kindOf(entry, folder);
    if (kind !== null) names.push(kind === 'folder' ? `${entry.name}/` : entry.name);
  }
  return { names: names.sort(), isWhole };
}

async function kindOf(entry: Dirent, folder: string): Promise<'file' | 'folder' | null> {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (!entry.isSymbolicLink()) return null;
  const target = await stat(join(folder, entry.name)).catch(() => null);
  return target?.isFile() === true ? 'file' : target?.isDirectory() === true ? 'folder' : null;
}

function cannotBeListed(folder: string, error: unknown): UserError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const why =
    code === 'ENOENT'
      ? `There is no folder ${folder}`
      : code === 'ENOTDIR'
        ? `${basename(folder)} is a file, not a folder`
        : `The folder ${folder} cannot be read (${code})`;
  return new UserError(why, 'Name the folder that holds your spectra.', 'CAN422');
}

/**
 * Files that survive a crash: written aside, flushed to the disk, renamed, and the folder flushed as well, so that after
 * a power loss a reader finds the old file or the whole new one. Where a file system cannot flush a folder (some network
 * disks, Windows) the rename alone has to do.
 */
import { randomUUID } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from './problems';

/** Ends the names of files that are being written. Whoever owns a folder may remove what a crash left of them. */
const unfinished = '.part';

/**
 * How files of a run are opened: a link in their place is not followed, for whoever shares the folder may have put it there to have
 * another file of this user written to.
 */
const ownFile = constants.O_WRONLY | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A pipe would be waited for without end, or take what is written to it away. */
const inItsPlace: Readonly<Record<string, string>> = { ELOOP: 'a link', EISDIR: 'a folder', ENXIO: 'a pipe' };

/** @throws UserError CAN403 where a link, a pipe or a folder lies in its place, else what the file system throws. */
function openOwn(path: string, how: number): number {
  let file: number;
  try {
    file = openSync(path, ownFile | how);
  } catch (error) {
    throw notOwn(path, inItsPlace[(error as NodeJS.ErrnoException).code ?? '']) ?? error;
  }
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  throw notOwn(path, 'a pipe or a device')!;
}

function notOwn(path: string, found: string | undefined): UserError | null {
  if (found === undefined) return null;
  const hint = 'Look where it comes from, remove it, or choose another --run folder.';
  return new UserError(`${path} is ${found}, and a run writes only to files of its own`, hint, 'CAN403');
}

/** Add a text to the end of a file of a run; with `isLastWord` it is on the disk when this returns. */
export function appendOwn(path: string, text: string, isLastWord: boolean): void {
  const file = openOwn(path, constants.O_APPEND);
  try {
    writeFileSync(file, text);
    if (isLastWord) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Put a text into a file of a run in the place of what is in it. */
export function writeOwn(path: string, text: string): void {
  const file = openOwn(path, constants.O_TRUNC);
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

/**
 * Remove a file of a run, if it is there.
 * @throws UserError CAN403 where it is a folder, which may hold anything.
 */
export function removeOwn(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    const isFolder = (error as NodeJS.ErrnoException).code === 'ERR_FS_EISDIR';
    throw (isFolder ? notOwn(path, inItsPlace['EISDIR']) : null) ?? error;
  }
}

/**
 * Whoever is to work for hours for a file wants to know before whether it can be written. The folders on its way need not be there yet.
 * @throws UserError CAN403 where it cannot.
 */
export function requirePlaceFor(path: string): void {
  requireRoomIn(dirname(path), path);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  throw new UserError(`${path} cannot be written: it is a folder`, 'Choose another --out.', 'CAN403');
}

/**
 * The same for a folder that is to be filled. Making folders on a disk that is read-only would fail for a wrong reason.
 * @param what is to be written, for the message
 */
export function requireRoomIn(wanted: string, what = wanted): void {
  let folder = wanted;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const reason = code === 'EROFS' ? 'the disk is read-only' : code === 'EACCES' ? 'permission is denied' : code;
    const hint = 'Choose a --run or --out place that you may write to.';
    throw new UserError(`${what} cannot be written: ${reason} in ${folder}`, hint, 'CAN403');
  }
}

/** Write a file so that readers see either the old one or the whole new one. Throws what the file system throws. */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  const aside = openAside(path);
  try {
    aside.write(content);
    aside.finish();
  } catch (error) {
    aside.discard();
    throw error;
  }
}

/** A file that is written piece by piece and appears under its name when it is finished. */
export interface Aside {
  /** Bytes so far. */
  readonly length: number;
  write(content: string | Uint8Array): void;
  /** Put `content` over what was written at byte `at`. */
  overwrite(content: Uint8Array, at: number): void;
  finish(): void;
  /** As `finish`, but leaves a file that is there already, and tells whether it made one. */
  finishIfFirst(): boolean;
  discard(): void;
}

/**
 * Begin to write `path` aside, making folders as needed.
 * @param tag tells the file from those of other writers; whoever is the only one may use a lasting one, and so takes the place
 * of what its earlier self left.
 */
export function openAside(path: string, tag: string = randomUUID().slice(0, 8)): Aside {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
  const part = `${path}.${tag}${unfinished}`;
  const file = openOwn(part, constants.O_TRUNC);
  let [length, isOpen] = [0, true];
  const close = () => {
    if (isOpen) closeSync(file);
    isOpen = false;
  };
  const put = (bytes: Uint8Array, at: number) => {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, at + done);
  };
  return {
    get length() {
      return length;
    },
    write(content) {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      put(bytes, length);
      length += bytes.length;
    },
    overwrite: put,
    finish() {
      fsyncSync(file);
      close();
      renameSync(part, path);
      flushFolder(folder);
    },
    finishIfFirst() {
      fsyncSync(file);
      close();
      try {
        linkOrCopy(part, path);
        flushFolder(folder);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        return false;
      } finally {
        rmSync(part, { force: true });
      }
    },
    discard() {
      close();
      rmSync(part, { force: true });
    },
  };
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL); // a disk without hard links
  }
}

/** Make the names in `folder` last. */
export function flushFolder(folder: string): void {
  let descriptor;
  try {
    descriptor = openSync(folder, 'r');
    fsyncSync(descriptor);
  } catch {
    // Not every file system can; the names are then as safe as it makes them.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Longer than anything is written that somebody waits for. */
const forgottenMs = 3_600_000;

/**
 * Remove what writers that were killed left in a folder that several share: files and folders that nobody has written to for an hour.
 * What cannot be removed stays.
 */
export async function removeForgotten(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(unfinished));
  for (const name of names) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: NaN }));
    if (Math.abs(Date.now() - mtimeMs) > forgottenMs)
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Remove what writers that were killed left in `folder`. Only for its owner. */
export function removeUnfinished(folder: string): void {
  let names: string[] = [];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(unfinished));
  } catch {
    return;
  }
  for (const name of names) rmSync(join(folder, name), { force: true });
}

/**
 * What is read must be a file, and no larger than such a file can be. A pipe or a device among the data (a link to /dev/zero, a
 * FIFO somebody left) would be waited for, or read, without end, and nothing could take the reading back; what somebody forged in
 * the folder of a run would fill the memory.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';

/** Opening a pipe must not wait for who writes to it. Where there are none, there is no such flag either. */
const atOnce = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** As the file system's own errors: `code` is EISDIR for a folder, else ENOTFILE. */
function refuse(path: string, found: Stats): void {
  if (found.isFile()) return;
  const what = found.isDirectory()
    ? 'a folder'
    : found.isFIFO()
      ? 'a pipe'
      : found.isSocket()
        ? 'a socket'
        : 'a device';
  const code = found.isDirectory() ? 'EISDIR' : 'ENOTFILE';
  throw Object.assign(new Error(`it is ${what}, not a file`), { code, path });
}

/** `code` is ETOOLARGE. */
function refuseSize(path: string, bytes: number, most: number): void {
  if (bytes <= most) return;
  const message = `it has more than the ${Math.round(most / 1e6)} MB that it may have`;
  throw Object.assign(new Error(message), { code: 'ETOOLARGE', path });
}

/** @throws what `stat` throws, and for anything but a file an error whose message says what it is. */
export async function requireFile(path: string): Promise<void> {
  refuse(path, await stat(path));
}

/** The same at once, for a thread that has nothing else to do. */
export function requireFileNow(path: string): void {
  refuse(path, statSync(path));
}

/** A file that is open for reading, and is one. */
export interface PlainFile {
  readonly size: number;
  /** Bytes `from` to at most `to`; fewer where the file ends before. */
  readonly read: (from: number, to: number) => Promise<Buffer>;
}

/**
 * Open a file, hand it to `use`, and close it.
 * @throws what the file system throws, and as `requireFile`.
 */
export async function withPlainFile<T>(path: string, use: (file: PlainFile) => Promise<T>): Promise<T> {
  const file = await open(path, atOnce);
  try {
    const found = await file.stat();
    refuse(path, found);
    const read = async (from: number, to: number): Promise<Buffer> => {
      const bytes = Buffer.alloc(Math.max(0, to - from));
      let length = 0;
      while (length < bytes.length) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, from + length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return bytes.subarray(0, length);
    };
    return await use({ size: found.size, read });
  } finally {
    await file.close();
  }
}

/**
 * A text of at most `most` bytes.
 * @throws what the file system throws, as `requireFile`, and an error of code ETOOLARGE.
 */
export function readPlainText(path: string, most: number): Promise<string> {
  return withPlainFile(path, async ({ size, read }) => {
    refuseSize(path, size, most);
    return (await read(0, size)).toString('utf8');
  });
}

/** The same at once, for small files. */
export function readPlainTextNow(path: string, most: number): string {
  const file = openSync(path, atOnce);
  try {
    const found = fstatSync(file);
    refuse(path, found);
    refuseSize(path, found.size, most);
    const bytes = Buffer.alloc(found.size);
    let length = 0;
    for (let n = -1; n !== 0 && length < bytes.length; length += n)
      n = readSync(file, bytes, length, bytes.length - length, length);
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}

/** The last bytes of a file, at most `most`; none where it is empty, or cannot be read. */
export function tailNow(path: string, most: number): Buffer {
  let file;
  try {
    file = openSync(path, atOnce);
    const found = fstatSync(file);
    refuse(path, found);
    const bytes = Buffer.alloc(Math.min(most, found.size));
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, found.size - bytes.length));
  } catch {
    return Buffer.alloc(0);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

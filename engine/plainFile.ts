/**
 * What is read must be a file. A pipe or a device among the data (a link to /dev/zero, a FIFO somebody left) would be waited
 * for, or read, without end, and nothing could take the reading back.
 */
import { statSync, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';

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

/** @throws what `stat` throws, and for anything but a file an error whose message says what it is. */
export async function requireFile(path: string): Promise<void> {
  refuse(path, await stat(path));
}

/** The same at once, for a thread that has nothing else to do. */
export function requireFileNow(path: string): void {
  refuse(path, statSync(path));
}

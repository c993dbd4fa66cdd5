/**
 * Bytes that are read where they are wanted: of a file on the disk, or of memory. Whoever counts what a reading costs
 * wraps one of these.
 */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { requireFile } from '../plainFile';
import { unreadable } from './fitsFile';

export interface ByteSource {
  /** For messages. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /** `length` bytes from `offset`, which lie within the source. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export function memorySource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    close: () => Promise.resolve(),
  };
}

/** The file at `path`, opened until `close`. Throws `UserError` when it cannot be read. */
export async function fileSource(path: string): Promise<ByteSource> {
  const handle = await requireFile(path)
    .then(() => open(path, 'r'))
    .catch((error: unknown) => {
      throw unreadable(path, error);
    });
  const { size } = await handle.stat();
  return {
    name: basename(path),
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const { bytesRead } = await handle.read(bytes, done, length - done, offset + done).catch((error: unknown) => {
          throw unreadable(path, error);
        });
        if (bytesRead === 0) throw unreadable(path, Object.assign(new Error(), { code: 'it became shorter' }));
        done += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}

/** What a spectrum's file was when it was read, so that a run can prove what it was made from. */
import { createHash } from 'node:crypto';

export interface FileMark {
  /** −1 where the file could not be read. */
  readonly bytes: number;
  /** "" where it could not. */
  readonly sha256: string;
}

/** Of a file that could not be read. */
export const unreadFile: FileMark = { bytes: -1, sha256: '' };

export function markOfBytes(content: Uint8Array): FileMark {
  return { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}

/** What a spectrum's file was when it was read, so that a run can prove what it was made from. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export interface FileMark {
  /** −1 where the file could not be read. */
  readonly bytes: number;
  /** "" where it could not. */
  readonly sha256: string;
}

export async function markOf(path: string): Promise<FileMark> {
  try {
    const content = await readFile(path);
    return { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
  } catch {
    return { bytes: -1, sha256: '' };
  }
}

/**
 * Chunks of a job that are done, each a file that appears whole: whoever finds one need not do that work again, and
 * whoever does it again, on this machine or another, writes the same bytes.
 *
 * A chunk is named by its scope and number and holds plain data (numbers, texts, typed arrays, lists, records) as V8
 * serializes it, behind a SHA-256 of the run's key, the name and the data. A chunk of another key, under another name
 * or damaged by the disk counts as none. Scopes have a folder for each thousand chunks.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { UserError } from '../problems';
import { writeAtomically } from '../durable';

const magic = Buffer.from('CANNONCHUNK1');
const hashBytes = 32;

export class Checkpoint {
  /** @param key of the run's job.json. */
  constructor(
    readonly folder: string,
    readonly key: string,
  ) {}

  /** The chunk, or null when it is not there, or is not this run's. The caller knows what it wrote. */
  read<T>(scope: string, number: number): T | null {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.#path(scope, number));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    const data = bytes.subarray(magic.length + hashBytes);
    const isWhole = bytes.subarray(0, magic.length).equals(magic);
    const hash = bytes.subarray(magic.length, magic.length + hashBytes);
    if (!isWhole || !hash.equals(this.#hash(scope, number, data))) return null;
    return deserialize(data) as T;
  }

  /** Throws what the file system throws; an earlier chunk of that name is then as it was. */
  write(scope: string, number: number, value: unknown): void {
    const data = serialize(value);
    writeAtomically(this.#path(scope, number), Buffer.concat([magic, this.#hash(scope, number, data), data]));
  }

  /** Numbers of the scope's chunks, by name alone: cheap where there are many. */
  numbers(scope: string): Set<number> {
    const found = new Set<number>();
    for (const thousand of namesIn(join(this.folder, scope)))
      for (const name of namesIn(join(this.folder, scope, thousand))) {
        const match = /^(\d+)\.chunk$/.exec(name);
        if (match !== null) found.add(Number(match[1]));
      }
    return found;
  }

  /**
   * Holds that the work of `scope` is on the same data as it was when its first chunk was made.
   * @throws UserError CAN407 when it is not.
   */
  claim(scope: string, fingerprint: string, what: string): void {
    const known = this.read<string>(scope, claimNumber);
    if (known === null) return this.write(scope, claimNumber, fingerprint);
    if (known === fingerprint) return;
    throw new UserError(
      `${what} changed since the run began, so its checkpoint does not belong to them`,
      'Start a new run.',
      'CAN407',
    );
  }

  #path(scope: string, number: number): string {
    const thousand = String(Math.floor(number / 1000)).padStart(3, '0');
    return join(this.folder, scope, thousand, `${String(number).padStart(6, '0')}.chunk`);
  }

  #hash(scope: string, number: number, data: Uint8Array): Buffer {
    return createHash('sha256').update(`${this.key}\n${scope}\n${number}\n`).update(data).digest();
  }
}

/** Beyond any chunk. */
const claimNumber = 999_999_999;

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not made yet, or a file
  }
}

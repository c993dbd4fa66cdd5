/**
 * Opening a FITS file, plain, gzipped or packed with Unix compress. Packing is recognized by the first two bytes, never by the
 * file's name: LAMOST serves gzipped files named `.fits`. Unpacking is bounded, so that a small hostile file cannot fill the memory.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { briefly, patiently, tryAgain, tryAgainNow } from '../awayDisk';
import { requireFile, requireFileNow } from '../plainFile';
import type { UserError } from '../problems';
import { fitsError } from './errors';
import { headerAt, scanHdus, whyNotFits, type Hdu } from './hdus';
import type { Header } from './header';
import { isCompressZ, LzwError, uncompressZ } from './lzw';

export interface FitsFile {
  readonly name: string;
  readonly hdus: readonly Hdu[];
}

/** Larger files are no spectra, and a few of them at once would fill the memory. */
const MAX_BYTES = 2 * 2 ** 30;
/** A small packed file may unpack to a thousand times its size, of which its first bytes say nothing. */
const MAX_UNPACKED_BYTES = 2 ** 29;
const SMALLEST_CHUNK = 16 * 1024;
const LARGEST_CHUNK = 64 * 2 ** 20;
/** Primary headers of survey spectra take 10–30 kB, a few kB when gzipped. */
const HEAD_BYTES = 32 * 1024;
/** Where `readBytesNow` puts a file; it grows with the largest, but is not kept as large as some single file would need it. */
let incoming = Buffer.alloc(2 ** 18);
const MAX_KEPT_BYTES = 2 ** 26;
/** Tried first: most gzipped headers end here, and unpacking the pixels behind them takes longer than all else. */
const FIRST_BYTES = 8 * 1024;

/** The units of the FITS file in `bytes`. Throws `UserError` for anything else than a whole, well-formed file. */
export function openFits(bytes: Uint8Array, name: string): FitsFile {
  const { file, problem } = inspectFits(bytes, name);
  if (problem !== null) throw problem;
  return file;
}

/** Like `openFits`, but keeps the units before the damage. Throws `UserError` only when there is not one. */
export function inspectFits(bytes: Uint8Array, name: string): { file: FitsFile; problem: UserError | null } {
  const { hdus, problem } = scanHdus(unpack(bytes, name), name);
  if (problem !== null && hdus.length === 0) throw problem;
  return { file: { name, hdus }, problem };
}

/** Reads and opens the file at `path`. Throws `UserError` also when it cannot be read. */
export async function readFitsFile(path: string): Promise<FitsFile> {
  return openFits(await readBytes(path), basename(path));
}

/** The bytes of the file at `path`; a `UserError` says in words why they cannot be had. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await tryAgain(async () => {
      await requireFile(path);
      return readFile(path);
    }, patiently);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * The same for a worker thread, which has nothing else to do meanwhile: less than half of the time where the system has the file
 * in its cache. The bytes last until the next call, as files come into the same memory one after the other.
 */
export function readBytesNow(path: string): Uint8Array {
  try {
    return tryAgainNow(() => intoSameMemory(path), patiently);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function intoSameMemory(path: string): Uint8Array {
  requireFileNow(path);
  const file = openSync(path, 'r');
  try {
    const refuseAbove = (bytes: number): void => {
      if (bytes > MAX_BYTES) throw Object.assign(new Error('too large'), { code: 'ETOOLARGE' });
    };
    refuseAbove(fstatSync(file).size);
    let [length, room] = [0, incoming];
    for (;;) {
      const count = readSync(file, room, length, room.length - length, null);
      length += count;
      if (count === 0) return room.subarray(0, length);
      if (length < room.length) continue;
      refuseAbove(2 * length);
      room = Buffer.concat([room], 2 * length);
      if (room.length <= MAX_KEPT_BYTES) incoming = room;
    }
  } finally {
    closeSync(file);
  }
}

/** Only the primary header, from the first bytes of the file: what an index of many spectra needs. */
export async function readPrimaryHeader(path: string): Promise<Header> {
  const name = basename(path);
  const head = await readHead(path);
  const header = headerIn(head.subarray(0, FIRST_BYTES), name) ?? headerIn(head, name);
  return header ?? (await readFitsFile(path)).hdus[0]!.header;
}

/** The primary header, where all of it is in the first bytes of a file. Throws `UserError` for what is not FITS. */
function headerIn(head: Uint8Array, name: string): Header | null {
  const unpacked = unpackHead(head, name);
  const notFits = whyNotFits(unpacked, name);
  if (notFits !== null) throw notFits;
  return headerAt(unpacked, 0)?.header ?? null;
}

async function readHead(path: string): Promise<Uint8Array> {
  try {
    return await tryAgain(() => firstBytesOf(path), briefly);
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function firstBytesOf(path: string): Promise<Uint8Array> {
  await requireFile(path);
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The bytes of the FITS file itself. Throws `UserError` for a damaged or too large packing. */
export function unpack(bytes: Uint8Array, name: string): Uint8Array {
  if (isCompressZ(bytes)) return unpackZ(bytes, name);
  if (!isGzip(bytes)) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES, chunkSize: chunkFor(bytes) });
  } catch (error) {
    throw gzipError(error, name);
  }
}

/**
 * Room for all that a gzip file says it unpacks to (its last 4 bytes), so that it is unpacked in one go into one array. What the
 * file says is only believed as far as its size can bear it: the packing never shrinks 1032 bytes into less than one.
 */
function chunkFor(bytes: Uint8Array): number {
  if (bytes.length < 18) return SMALLEST_CHUNK;
  const promised = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true);
  // The spare bytes tell that all has come out; without them another array would be begun.
  return Math.max(SMALLEST_CHUNK, Math.min(promised + 64, 1032 * bytes.length, LARGEST_CHUNK));
}

/** Whether `bytes` begin like a FITS file or a packed one, whatever may be wrong with it further on. */
export function looksLikeFits(bytes: Uint8Array): boolean {
  return isPacked(bytes) || whyNotFits(bytes, '') === null;
}

/** Whether the FITS file has to be unpacked as a whole before anything in it can be found. */
export function isPacked(head: Uint8Array): boolean {
  return isGzip(head) || isCompressZ(head);
}

/** What the first bytes of a file unpack to; the end of the input is not an error here. */
function unpackHead(head: Uint8Array, name: string): Uint8Array {
  if (isCompressZ(head)) return unpackZ(head, name);
  if (!isGzip(head)) return head;
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (error) {
    throw gzipError(error, name);
  }
}

function unpackZ(bytes: Uint8Array, name: string): Uint8Array {
  try {
    return uncompressZ(bytes, MAX_UNPACKED_BYTES);
  } catch (error) {
    if (!(error instanceof LzwError)) throw error;
    if (error.reason === 'damaged') throw fitsError('gzip', `${name} is a damaged Unix compress (.Z) file.`);
    throw fitsError('tooLarge', `${name} unpacks to more than 512 MiB, which is not supported.`);
  }
}

function gzipError(error: unknown, name: string): UserError {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ERR_BUFFER_TOO_LARGE')
    return fitsError('tooLarge', `${name} unpacks to more than 512 MiB, which is not supported.`);
  if (code === 'Z_BUF_ERROR') return fitsError('gzip', `${name} is a truncated gzip file.`);
  return fitsError('gzip', `${name} is a damaged gzip file.`);
}

/** Why the file at `path` cannot be had, in words. */
export function unreadable(path: string, error: unknown): UserError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // A call with a wrong argument is a fault of the program, not of the file.
  if (code.startsWith('ERR_INVALID_ARG')) throw error;
  const reason =
    code === 'ENOENT'
      ? 'there is no such file'
      : code === 'EACCES'
        ? 'permission is denied'
        : code === 'EISDIR'
          ? 'it is a folder'
          : code === 'ENOTFILE'
            ? (error as Error).message
            : code === 'ETOOLARGE' || code === 'ERR_FS_FILE_TOO_LARGE'
              ? 'it has more than 2 GiB'
              : code;
  // Whether it may be otherwise in a moment is for the caller to ask.
  return Object.assign(fitsError('unreadable', `${path} cannot be read: ${reason}.`), { cause: error });
}

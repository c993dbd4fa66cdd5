/**
 * Reads a zip archive (a VSIX is one) by its central directory, without unpacking it to the disk.
 * Source: PKWARE's APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16. No encryption, no Zip64: packages need neither.
 */
import { readFile } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const endBytes = 22;

/**
 * @param {string} file
 * @returns {Promise<Map<string, { size: number, compressedSize: number, read: () => Buffer }>>} by name; folders are left out
 * @throws Error when the file is no whole zip archive
 */
export async function readArchive(file) {
  const bytes = await readFile(file);
  const end = findEnd(bytes);
  if (end < 0) throw new Error(`${file} is no zip archive, or not a whole one.`);
  const nEntries = bytes.readUInt16LE(end + 10);
  const entries = new Map();
  let at = bytes.readUInt32LE(end + 16);
  for (let k = 0; k < nEntries; k++) {
    if (bytes.readUInt32LE(at) !== entrySignature) throw new Error(`The directory of ${file} is damaged.`);
    const [method, compressedSize, size] = [
      bytes.readUInt16LE(at + 10),
      bytes.readUInt32LE(at + 20),
      bytes.readUInt32LE(at + 24),
    ];
    const [nName, nExtra, nComment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const header = bytes.readUInt32LE(at + 42);
    const name = bytes.toString('utf8', at + 46, at + 46 + nName);
    if (!name.endsWith('/')) {
      entries.set(name, { size, compressedSize, read: () => content(bytes, header, compressedSize, method) });
    }
    at += 46 + nName + nExtra + nComment;
  }
  return entries;
}

/** The end record stands before a comment of unknown length. */
function findEnd(bytes) {
  for (let at = bytes.length - endBytes; at >= Math.max(0, bytes.length - endBytes - 0xffff); at--)
    if (bytes.readUInt32LE(at) === endSignature) return at;
  return -1;
}

function content(bytes, header, compressedSize, method) {
  const begin = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
  const packed = bytes.subarray(begin, begin + compressedSize);
  if (method === 0) return packed;
  if (method === 8) return inflateRawSync(packed);
  throw new Error(`Method ${method} of compression is not known.`);
}

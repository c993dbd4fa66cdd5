/**
 * An index on the disk: one file a survey, written aside and then renamed. A file that is damaged, of another version or
 * about other settings counts as none, and the index is built anew.
 *
 * "CANNONIX", the length of the description as four bytes, the description (JSON: version, key, columns), the columns
 * one after the other in the machine's byte order, and the SHA-256 of all before it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { endianness } from 'node:os';
import { dirname } from 'node:path';
import { removeForgotten } from '../durable';
import { SpectraTable } from './spectraTable';

const magic = 'CANNONIX';
const version = 1;
const hashBytes = 32;
const arrays = { bytes: Uint8Array, ends: Uint32Array, f64: Float64Array, f32: Float32Array };

interface StoredColumn {
  readonly name: string;
  readonly kind: keyof typeof arrays;
  readonly length: number;
}

interface Description {
  readonly version: number;
  readonly endianness: string;
  /** What the index is about; see `indexKey`. */
  readonly key: string;
  readonly nRows: number;
  readonly cards: readonly string[];
  readonly columns: readonly StoredColumn[];
}

/** Write the index of the survey that `key` describes. Throws what the file system throws. */
export async function saveIndex(path: string, key: string, table: SpectraTable): Promise<void> {
  const columns: StoredColumn[] = [];
  const blocks: Uint8Array[] = [];
  const add = (
    name: string,
    kind: StoredColumn['kind'],
    values: Uint8Array | Uint32Array | Float64Array | Float32Array,
  ) => {
    columns.push({ name, kind, length: values.length });
    blocks.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  };
  for (const [name, { bytes, ends }] of Object.entries(table.texts)) {
    add(name, 'bytes', bytes);
    add(name, 'ends', ends);
  }
  for (const [name, values] of Object.entries(table.numbers)) {
    add(name, values instanceof Float64Array ? 'f64' : 'f32', values);
  }
  const { nRows, cards } = table;
  const description: Description = { version, endianness: endianness(), key, nRows, cards, columns };
  const text = Buffer.from(JSON.stringify(description));
  const head = Buffer.concat([Buffer.from(magic), Buffer.alloc(4), text]);
  head.writeUInt32LE(text.length, magic.length);
  await writeAside(path, [head, ...blocks]);
}

async function writeAside(path: string, blocks: readonly Uint8Array[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // Two windows may write the same index at the same time.
  const aside = `${path}.${randomUUID()}.part`;
  const hash = createHash('sha256');
  try {
    const file = await open(aside, 'w');
    try {
      for (const block of blocks) {
        hash.update(block);
        await file.writeFile(block);
      }
      await file.writeFile(hash.digest());
    } finally {
      await file.close();
    }
    await rename(aside, path);
    await removeForgotten(dirname(path));
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

/** The index in the file at `path`; null when there is none, it is damaged, or not about `key`. */
export async function loadIndex(path: string, key: string): Promise<SpectraTable | null> {
  const file = await readFile(path).catch(() => null);
  if (file === null || file.length < magic.length + 4 + hashBytes) return null;
  const content = file.subarray(0, file.length - hashBytes);
  if (!createHash('sha256').update(content).digest().equals(file.subarray(content.length))) return null;
  if (content.toString('latin1', 0, magic.length) !== magic) return null;
  const start = magic.length + 4;
  let offset = start + content.readUInt32LE(magic.length);
  const description = JSON.parse(content.toString('utf8', start, offset)) as Description;
  if (description.version !== version || description.endianness !== endianness() || description.key !== key)
    return null;
  const found: Record<string, Record<string, Uint8Array | Uint32Array | Float64Array | Float32Array>> = {};
  for (const { name, kind, length } of description.columns) {
    const bytes = length * arrays[kind].BYTES_PER_ELEMENT;
    // Copied: a typed array must begin at a multiple of its element's size.
    const copy = new Uint8Array(content.subarray(offset, offset + bytes));
    if (copy.length < bytes) return null;
    (found[name] ??= {})[kind] = new arrays[kind](copy.buffer);
    offset += bytes;
  }
  const texts: Record<string, { bytes: Uint8Array; ends: Uint32Array }> = {};
  const numbers: Record<string, Float64Array | Float32Array> = {};
  for (const [name, { bytes, ends, f64, f32 }] of Object.entries(found)) {
    if (bytes instanceof Uint8Array && ends instanceof Uint32Array) texts[name] = { bytes, ends };
    if (f64 instanceof Float64Array) numbers[name] = f64;
    if (f32 instanceof Float32Array) numbers[name] = f32;
  }
  return SpectraTable.from({ nRows: description.nRows, texts, numbers }, description.cards);
}

/**
 * Reading one column or a range of rows of a large table without the rest of the file: headers are read block by block, data
 * only where they are wanted. A packed file has no such places; it is unpacked as a whole.
 *
 * Rows lie one after the other, so a column is scattered over the file. Between its cells nothing is read where the gap is wider than
 * `maxGapBytes`; narrower gaps are read through, because a disk gives whole pages of 4096 bytes in any case and many
 * small reads take longer than one large one.
 */
import { asciiField, convertAsciiCells } from './asciiTable';
import { fileSource, memorySource, type ByteSource } from './byteSource';
import { fitsError } from './errors';
import { findField, type Field } from './fields';
import { isPacked, readBytes, unpack } from './fitsFile';
import {
  beginsExtension,
  BLOCK_BYTES,
  describeHdu,
  headerAt,
  missingEnd,
  paddedLength,
  whyNotFits,
  type DescribedHdu,
} from './hdus';
import { convertCells, heapSlices, type Column, type FlatColumn } from './table';

/** A unit without its data, and where they are. */
export interface HduLayout extends DescribedHdu {
  readonly dataOffset: number;
  readonly dataBytes: number;
}

export interface RangeOptions {
  /** The widest gap between cells that is read through. With 0 not a byte more than the cells is read. */
  readonly maxGapBytes?: number;
}

const PAGE_BYTES = 4096;
const CHUNK_BYTES = 2 ** 20;
const READS_AT_ONCE = 64;

/** Opens `path` for reading in pieces; a packed file is unpacked into memory. Close it afterwards. */
export async function openSource(path: string): Promise<ByteSource> {
  const source = await fileSource(path);
  const head = await source.read(0, Math.min(2, source.size));
  if (!isPacked(head)) return source;
  await source.close();
  return memorySource(unpack(await readBytes(path), source.name), source.name);
}

/** The units of a FITS file, from its headers alone. Throws `UserError` for anything but a whole, well-formed file. */
export async function readLayout(source: ByteSource): Promise<HduLayout[]> {
  const layout: HduLayout[] = [];
  let offset = 0;
  while (offset < source.size) {
    const found = await readHeader(source, offset, layout.length === 0);
    if (found === 'end') break;
    if (found === null) throw missingEnd(source.name, layout.length);
    const { header, dataOffset } = found;
    const present = Math.max(source.size - dataOffset, 0);
    const described = describeHdu(header, layout.length, source.name, present);
    if ('problem' in described) throw described.problem;
    layout.push({ ...described.hdu, dataOffset, dataBytes: described.dataBytes });
    offset = dataOffset + paddedLength(described.dataBytes);
  }
  if (layout.length === 0) throw whyNotFits(new Uint8Array(0), source.name)!;
  return layout;
}

/** One header, block by block; null when the source ends before its END card, 'end' where no extension begins. */
async function readHeader(source: ByteSource, offset: number, isPrimary: boolean) {
  const blocks: Uint8Array[] = [];
  for (let at = offset; at < source.size; at += BLOCK_BYTES) {
    blocks.push(await source.read(at, Math.min(BLOCK_BYTES, source.size - at)));
    if (at === offset && isPrimary) {
      const notFits = whyNotFits(blocks[0]!, source.name);
      if (notFits !== null) throw notFits;
    }
    if (at === offset && !isPrimary && !beginsExtension(blocks[0]!, 0)) return 'end';
    const found = headerAt(Buffer.concat(blocks), 0);
    if (found !== null) return { header: found.header, dataOffset: offset + found.dataOffset };
  }
  return null;
}

/**
 * Rows `fromRow` up to but not including `toRow` of column `name`, in the unit of that index or EXTNAME. `source` is a path or
 * an opened source. Throws `UserError` when there is no such unit or column, or when it cannot be read.
 */
export async function readColumnRange(
  source: string | ByteSource,
  hdu: number | string,
  name: string,
  fromRow = 0,
  toRow = Infinity,
  options: RangeOptions = {},
): Promise<Column> {
  if (typeof source !== 'string') {
    return columnRange(source, findUnit(await readLayout(source), hdu, source.name), name, fromRow, toRow, options);
  }
  const opened = await openSource(source);
  try {
    return await readColumnRange(opened, hdu, name, fromRow, toRow, options);
  } finally {
    await opened.close();
  }
}

function findUnit(layout: readonly HduLayout[], hdu: number | string, fileName: string): HduLayout {
  const found = layout.find((unit) =>
    typeof hdu === 'number' ? unit.index === hdu : unit.name.toUpperCase() === hdu.toUpperCase(),
  );
  if (found !== undefined) return found;
  throw fitsError('missing', `${fileName} has no HDU ${hdu}.`);
}

/** The same for a unit whose layout is known. */
export async function columnRange(
  source: ByteSource,
  hdu: HduLayout,
  name: string,
  fromRow = 0,
  toRow = Infinity,
  { maxGapBytes = PAGE_BYTES }: RangeOptions = {},
): Promise<Column> {
  const [rowBytes = 0, allRows = 0] = hdu.axes;
  const from = Math.min(Math.max(0, Math.floor(fromRow)), allRows);
  const nRows = Math.max(0, Math.min(Math.floor(Math.min(toRow, allRows)), allRows) - from);
  const cells = (start: number, width: number) =>
    readCells(source, { start: hdu.dataOffset + from * rowBytes + start, stride: rowBytes, width, nRows }, maxGapBytes);
  if (hdu.kind === 'ascii table') {
    const field = asciiField(hdu, name);
    const text = Buffer.from(await cells(field.start, field.width)).toString('latin1');
    const texts = Array.from({ length: nRows }, (_, row) => text.slice(row * field.width, (row + 1) * field.width));
    return convertAsciiCells(texts, field, hdu.place);
  }
  const field = findField(hdu, name);
  if (field === null) throw fitsError('missing', `${hdu.place} has no column ${name}.`);
  const bytes = await cells(field.offset, field.bytes);
  if (field.elementType === null) return convertCells(bytes, field.type, field.repeat, nRows, field);
  return raggedRange(source, hdu, field, bytes, nRows);
}

async function raggedRange(source: ByteSource, hdu: HduLayout, field: Field, descriptors: Uint8Array, nRows: number) {
  const type = field.elementType!;
  const slices = heapSlices(hdu, field, descriptors, hdu.dataBytes);
  const rows: FlatColumn[] = [];
  for (let first = 0; first < nRows; first += READS_AT_ONCE) {
    const batch = Array.from({ length: Math.min(READS_AT_ONCE, nRows - first) }, async (_, i) => {
      const length = slices.lengths[first + i] ?? 0;
      if (length === 0) return convertCells(new Uint8Array(0), type, 0, 1, field);
      const bytes = await source.read(hdu.dataOffset + slices.starts[first + i]!, slices.bytes[first + i]!);
      return convertCells(bytes, type, length, 1, field);
    });
    rows.push(...(await Promise.all(batch)));
  }
  return { kind: 'ragged', rows } as const;
}

interface Cells {
  /** Where the first cell lies in the source. */
  readonly start: number;
  readonly stride: number;
  readonly width: number;
  readonly nRows: number;
}

/** The cells one after the other. */
async function readCells(source: ByteSource, cells: Cells, maxGapBytes: number): Promise<Uint8Array> {
  const { start, stride, width, nRows } = cells;
  const result = new Uint8Array(width * nRows);
  if (result.length === 0) return result;
  const rowsARead = stride - width <= maxGapBytes ? Math.max(1, Math.floor(CHUNK_BYTES / stride)) : 1;
  const readFrom = async (row: number) => {
    const count = Math.min(rowsARead, nRows - row);
    const bytes = await source.read(start + row * stride, (count - 1) * stride + width);
    for (let i = 0; i < count; i++) result.set(bytes.subarray(i * stride, i * stride + width), (row + i) * width);
  };
  const atOnce = rowsARead === 1 ? READS_AT_ONCE : 1;
  for (let row = 0; row < nRows; row += rowsARead * atOnce) {
    const batch: Promise<void>[] = [];
    for (let i = 0; i < atOnce && row + i * rowsARead < nRows; i++) batch.push(readFrom(row + i * rowsARead));
    await Promise.all(batch);
  }
  return result;
}

/**
 * Unpacking one tile of a compressed image (FITS Standard 4.0, section 10.4).
 *
 * GZIP_1 and GZIP_2 go through zlib: the length of what comes out says how wide a value is, which the header need not (cfitsio
 * packs 16-bit images as 32-bit integers at times). RICE_1 is decoded here, because fitsjs-ng 1.0.2 loses the sign of steps beyond
 * 2^30, which every NULL among quantized values makes. PLIO_1 and HCOMPRESS_1 go through fitsjs-ng, tile by tile and below its own
 * reader, which rounds to float32; whatever would make it hang, or allocate without bound, is refused first.
 */
import { gunzipSync } from 'node:zlib';
import { CompressedImage, Header as ForeignHeader } from 'fitsjs-ng';
import { decode, type BigArray, type NumberArray } from './values';

/** What a tile's bytes turn out not to be; the caller says in which tile. */
export class TileError extends Error {
  override readonly name = 'TileError';
}

export interface TileShape {
  /** Fastest axis. */
  readonly width: number;
  readonly height: number;
  readonly nPixels: number;
}

export interface TileParameters {
  readonly method: string;
  /** RICE_1. */
  readonly bytesPerPixel: number;
  readonly blockSize: number;
  /** HCOMPRESS_1. */
  readonly smooth: boolean;
}

/** The stored values of one tile. `isReal` says that gzipped values are reals rather than integers. */
export function unpackTile(
  bytes: Uint8Array,
  shape: TileShape,
  parameters: TileParameters,
  isReal: boolean,
): NumberArray | BigArray {
  switch (parameters.method) {
    case 'GZIP_1':
    case 'GZIP_2':
      return gunzipTile(bytes, shape.nPixels, parameters.method === 'GZIP_2', isReal);
    case 'RICE_1':
    case 'RICE_ONE':
      return riceTile(bytes, shape.nPixels, parameters);
    case 'PLIO_1':
      return plioTile(bytes, shape.nPixels);
    case 'HCOMPRESS_1':
      return hcompressTile(bytes, shape, parameters.smooth);
    default:
      throw new TileError(`the method ${parameters.method} is not known`);
  }
}

/** Gzipped big-endian values; with `shuffled`, all first bytes stand before all second bytes and so on. */
export function gunzipTile(
  bytes: Uint8Array,
  nPixels: number,
  shuffled: boolean,
  isReal: boolean,
): NumberArray | BigArray {
  const raw = inflate(bytes, nPixels * 8);
  const width = raw.length / nPixels;
  if (width !== 1 && width !== 2 && width !== 4 && width !== 8) throw new TileError('it has the wrong length');
  const plain = shuffled && width > 1 ? unshuffle(raw, width) : raw;
  const type = isReal ? (width === 8 ? 'D' : 'E') : ({ 1: 'B', 2: 'I', 4: 'J', 8: 'K' } as const)[width];
  if (isReal && width < 4) throw new TileError('it has the wrong length');
  return decode(plain, type);
}

function inflate(bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.max(1, maxBytes) });
  } catch {
    throw new TileError('its gzip data are damaged');
  }
}

function unshuffle(bytes: Uint8Array, width: number): Uint8Array {
  const count = bytes.length / width;
  const plain = new Uint8Array(bytes.length);
  for (let b = 0; b < width; b++) for (let i = 0; i < count; i++) plain[i * width + b] = bytes[b * count + i]!;
  return plain;
}

/**
 * Rice coding of differences (section 10.4.1): blocks of `blockSize` values, each with the number of low bits that stand as they are;
 * the high part is in unary. All arithmetic is modulo the width of a pixel.
 */
function riceTile(bytes: Uint8Array, nPixels: number, { bytesPerPixel, blockSize }: TileParameters): NumberArray {
  const setup = ({ 1: [3, 6], 2: [4, 14], 4: [5, 25] } as const)[bytesPerPixel as 1 | 2 | 4] as
    readonly [number, number] | undefined;
  if (setup === undefined) throw new TileError(`BYTEPIX = ${bytesPerPixel} is impossible`);
  if (!Number.isInteger(blockSize) || blockSize < 1) throw new TileError(`BLOCKSIZE = ${blockSize} is impossible`);
  const [selectorBits, escape] = setup;
  const bits = new BitReader(bytes);
  let last = 0;
  for (let b = 0; b < bytesPerPixel; b++) last = (last << 8) | bits.read(8);
  const pixels = { 1: Uint8Array, 2: Int16Array, 4: Int32Array }[bytesPerPixel as 1 | 2 | 4];
  const values = new pixels(nPixels);
  for (let start = 0; start < nPixels; start += blockSize) {
    const end = Math.min(nPixels, start + blockSize);
    const lowBits = bits.read(selectorBits) - 1;
    for (let i = start; i < end; i++) {
      if (lowBits >= 0) {
        const folded = lowBits === escape ? bits.read(bytesPerPixel * 8) : bits.unary(lowBits);
        last = (last + ((folded & 1) === 0 ? folded >>> 1 : ~(folded >>> 1))) | 0;
      }
      values[i] = last;
    }
  }
  return values;
}

/** Bits from the most significant on; reading past the end is an error. */
class BitReader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** `count` ≤ 32 bits as an unsigned number in the low bits. */
  read(count: number): number {
    let value = 0;
    for (let left = count; left > 0;) {
      const inByte = 8 - (this.at & 7);
      const take = Math.min(left, inByte);
      const byte = this.bytes[this.at >> 3];
      if (byte === undefined) throw new TileError('its data end too early');
      value = (value << take) | ((byte >> (inByte - take)) & ((1 << take) - 1));
      this.at += take;
      left -= take;
    }
    return value;
  }

  /** Zeros up to a one, then `lowBits` bits. */
  unary(lowBits: number): number {
    let high = 0;
    for (;;) {
      const byte = this.bytes[this.at >> 3];
      if (byte === undefined) throw new TileError('its data end too early');
      const inByte = 8 - (this.at & 7);
      const rest = byte & ((1 << inByte) - 1);
      const zeros = rest === 0 ? inByte : Math.clz32(rest) - 32 + inByte;
      high += zeros;
      this.at += rest === 0 ? zeros : zeros + 1;
      if (rest !== 0) return (high << lowBits) | this.read(lowBits);
    }
  }
}

/** PLIO_1: run lengths of masks, below 2^24. The list's own length is checked, over which fitsjs-ng would run for minutes. */
function plioTile(bytes: Uint8Array, nPixels: number): NumberArray {
  const words = decode(bytes, 'I') as Int16Array;
  const isShort = (words[2] ?? 0) > 0;
  const length = isShort ? words[2]! : ((words[4] ?? 0) << 15) + ((words[3] ?? 0) & 0x7fff);
  if (words.length < 3 || length < 0 || length > words.length) throw new TileError('its line list is damaged');
  if (!isShort && (words[1] ?? 0) < 0) throw new TileError('its line list is damaged');
  return foreignTile(bytes, { width: nPixels, height: 1, nPixels }, 'PLIO_1', false);
}

/** fitsjs-ng transforms in 32 bits, where sums of four coefficients of this many bits still fit. */
const MAX_PLANES = 28;
const MAX_SUM = 1n << 29n;

/** HCOMPRESS_1: an integer wavelet transform. The sizes in the stream, from which fitsjs-ng allocates, must be those of the tile. */
function hcompressTile(bytes: Uint8Array, shape: TileShape, smooth: boolean): NumberArray {
  const HEAD_BYTES = 25;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEAD_BYTES || view.getUint16(0) !== 0xdd99) throw new TileError('its header is damaged');
  const isOwnSize = view.getInt32(2) === shape.height && view.getInt32(6) === shape.width;
  const planes = Math.max(bytes[22]!, bytes[23]!, bytes[24]!);
  if (!isOwnSize) throw new TileError('its header is damaged');
  const sum = view.getBigInt64(14);
  if (planes > MAX_PLANES || sum >= MAX_SUM || sum <= -MAX_SUM)
    throw new TileError('its values need more than 32 bits');
  return foreignTile(bytes, shape, 'HCOMPRESS_1', smooth);
}

/** Asks fitsjs-ng for one tile, as the only one of an image made up for it. */
function foreignTile(bytes: Uint8Array, shape: TileShape, method: string, smooth: boolean): NumberArray {
  try {
    return new OneTile(bytes, shape, method, smooth).values();
  } catch (error) {
    throw new TileError(error instanceof Error ? error.message : String(error));
  }
}

class OneTile extends CompressedImage {
  constructor(bytes: Uint8Array, { width, height }: TileShape, method: string, smooth: boolean) {
    const cards = [
      "XTENSION= 'BINTABLE'",
      'BITPIX  = 8',
      'NAXIS   = 2',
      'NAXIS1  = 8',
      'NAXIS2  = 1',
      `PCOUNT  = ${bytes.length}`,
      'GCOUNT  = 1',
      'TFIELDS = 1',
      "TTYPE1  = 'COMPRESSED_DATA'",
      "TFORM1  = '1PB'",
      'ZIMAGE  = T',
      `ZCMPTYPE= '${method}'`,
      'ZBITPIX = 32',
      'ZNAXIS  = 2',
      `ZNAXIS1 = ${width}`,
      `ZNAXIS2 = ${height}`,
      `ZTILE1  = ${width}`,
      `ZTILE2  = ${height}`,
      "ZNAME1  = 'SMOOTH'",
      `ZVAL1   = ${smooth ? 1 : 0}`,
    ];
    const data = new Uint8Array(8 + bytes.length);
    new DataView(data.buffer).setInt32(0, bytes.length);
    data.set(bytes, 8);
    super(new ForeignHeader(cards.map((card) => card.padEnd(80)).join(''), cards.length, () => undefined), data.buffer);
  }

  /** The tile before scaling, which would round it to float32. */
  values(): NumberArray {
    const [values] = this.accessors[0]!(new DataView(this.buffer!), 0);
    if (values instanceof Int32Array) return values;
    throw new TileError('it is of an unknown kind');
  }
}

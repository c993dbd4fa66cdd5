/**
 * Tile-compressed images (FITS Standard 4.0, section 10): a binary table with one row a tile. The image is cut into tiles of
 * ZTILEn pixels, each packed on its own by ZCMPTYPE. Reals are packed as they are (gzip), or quantized: real = integer · ZSCALE + ZZERO,
 * a pseudo-random number between −½ and ½ having been added before rounding (subtractive dithering, section 10.2).
 *
 * The sizes that a header promises are checked against the rows and bytes that are there before the image is allocated.
 */
import { fitsError } from './errors';
import { findField, type Field } from './fields';
import type { Hdu } from './hdus';
import type { Header } from './header';
import { readField, rowCount, type FlatColumn } from './table';
import { gunzipTile, TileError, unpackTile, type TileParameters, type TileShape } from './tileCodecs';
import { isBig, type BigArray, type NumberArray } from './values';

const MAX_PIXELS = 2 ** 27;
/** No method packs closer than a gzip stream of zeros or a PLIO run; a tile of one value may, up to the second number. */
const MAX_PIXELS_A_BYTE = 4096;
const FREE_PIXELS_A_TILE = 2 ** 20;
const ZERO_VALUE = -2147483646;
const NULL_VALUE = -2147483647;

interface Geometry {
  readonly axes: readonly number[];
  readonly tile: readonly number[];
  /** Tiles along each axis. */
  readonly counts: readonly number[];
}

/** The stored values of the image, before BSCALE and BZERO; reals are final. Throws `UserError`. */
export function readCompressedImage(hdu: Hdu): { axes: readonly number[]; values: NumberArray | BigArray } {
  const { header } = hdu;
  const geometry = geometryOf(hdu);
  const columns = columnsOf(hdu);
  const nPixels = geometry.axes.reduce((product, length) => product * length, 1);
  requirePlausible(hdu, geometry, nPixels);
  const bitpix = header.number('ZBITPIX') ?? 0;
  const values = allocate(hdu, bitpix, nPixels);
  const parameters = parametersOf(header, bitpix);
  const reals = bitpix < 0 ? new Dequantizer(header, hdu, columns) : null;
  for (let t = 0; t < rowCount(hdu); t++) {
    const place = placeOf(geometry, t);
    try {
      const stored = tileValues(columns, t, place.shape, parameters, reals);
      copyTile(reals === null ? stored : reals.apply(stored, t, columns.isQuantized(t)), values, geometry, place);
    } catch (error) {
      if (!(error instanceof TileError)) throw error;
      throw fitsError('table', `${hdu.place}: tile ${t + 1} cannot be unpacked: ${error.message}.`);
    }
  }
  return { axes: geometry.axes, values };
}

function geometryOf(hdu: Hdu): Geometry {
  const { header } = hdu;
  const count = (keyword: string, fallback: number | null) => {
    const value = header.has(keyword) ? header.get(keyword) : fallback;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
    throw fitsError('header', `${hdu.place}: ${keyword} = ${header.text(keyword) ?? '(missing)'} is impossible.`);
  };
  const nAxes = header.get('ZNAXIS') === 0 ? 0 : count('ZNAXIS', null);
  if (nAxes > 9 || nAxes === 0)
    throw fitsError('header', `${hdu.place}: ZNAXIS = ${nAxes} is impossible in a compressed image.`);
  const numbered = Array.from({ length: nAxes }, (_, i) => i + 1);
  const axes = numbered.map((n) => count(`ZNAXIS${n}`, null));
  const tile = numbered.map((n, i) => Math.min(count(`ZTILE${n}`, n === 1 ? axes[0]! : 1), axes[i]!));
  return { axes, tile, counts: axes.map((length, i) => Math.ceil(length / tile[i]!)) };
}

function requirePlausible(hdu: Hdu, { tile, counts }: Geometry, nPixels: number): void {
  const nTiles = counts.reduce((product, count) => product * count, 1);
  if (nTiles !== rowCount(hdu)) {
    throw fitsError('table', `${hdu.place} promises ${nTiles} tiles, but its table has ${rowCount(hdu)} rows.`);
  }
  if (nPixels > MAX_PIXELS)
    throw fitsError('tooLarge', `${hdu.place} holds a compressed image of ${nPixels} pixels, which is not supported.`);
  const tilePixels = tile.reduce((product, length) => product * length, 1);
  const bound = hdu.data.length * MAX_PIXELS_A_BYTE + FREE_PIXELS_A_TILE;
  if (Math.max(nPixels, tilePixels) > bound)
    throw fitsError('table', `${hdu.place} promises ${nPixels} pixels in ${hdu.data.length} bytes.`);
}

function allocate(hdu: Hdu, bitpix: number, nPixels: number): NumberArray | BigArray {
  switch (bitpix) {
    case 8:
      return new Uint8Array(nPixels);
    case 16:
      return new Int16Array(nPixels);
    case 32:
      return new Int32Array(nPixels);
    case 64:
      return new BigInt64Array(nPixels);
    case -32:
      return new Float32Array(nPixels);
    case -64:
      return new Float64Array(nPixels);
    default:
      throw fitsError('header', `${hdu.place}: ZBITPIX = ${bitpix} is impossible.`);
  }
}

/** ZNAMEn and ZVALn, with the defaults of section 10.4. */
function parametersOf(header: Header, bitpix: number): TileParameters {
  const named = new Map<string, number>();
  for (let n = 1; header.has(`ZNAME${n}`); n++)
    named.set(header.text(`ZNAME${n}`) ?? '', header.number(`ZVAL${n}`) ?? 0);
  return {
    method: header.text('ZCMPTYPE') ?? '(missing)',
    bytesPerPixel: named.get('BYTEPIX') ?? (bitpix === 8 ? 1 : 4),
    blockSize: named.get('BLOCKSIZE') ?? 32,
    smooth: (named.get('SMOOTH') ?? 0) !== 0,
  };
}

/** The columns of the table, tile by tile. */
interface Columns {
  readonly packed: readonly FlatColumn[];
  readonly gzipped: readonly FlatColumn[];
  readonly plain: readonly FlatColumn[];
  readonly numbers: (name: string) => ArrayLike<number> | null;
  readonly isQuantized: (tileIdx: number) => boolean;
}

function columnsOf(hdu: Hdu): Columns {
  const read = (field: Field) => readField(hdu, field);
  const arrays = (name: string) => {
    const field = findField(hdu, name);
    const column = field === null ? null : read({ ...field, scale: 1, zero: 0 });
    return column?.kind === 'ragged' ? column.rows : [];
  };
  const numbers = (name: string) => {
    const field = findField(hdu, name);
    const column = field === null ? null : read(field);
    return column?.kind === 'numbers' && column.perRow === 1 ? column.values : null;
  };
  const packed = arrays('COMPRESSED_DATA');
  const hasScale = hdu.header.has('ZSCALE') || numbers('ZSCALE') !== null;
  return {
    packed,
    gzipped: arrays('GZIP_COMPRESSED_DATA'),
    plain: arrays('UNCOMPRESSED_DATA'),
    numbers,
    isQuantized: (t) => hasScale && valuesOf(packed[t]).length > 0,
  };
}

function valuesOf(column: FlatColumn | undefined): NumberArray | BigArray {
  return column?.kind === 'numbers' || column?.kind === 'bigints' ? column.values : new Uint8Array(0);
}

/** Bytes in the order of the file: descriptors may call them bytes or 16-bit words. */
function bytesOf(column: FlatColumn | undefined): Uint8Array {
  const values = valuesOf(column);
  if (values instanceof Uint8Array) return values;
  if (!(values instanceof Int16Array)) throw new TileError('its data have the wrong type');
  const bytes = new DataView(new ArrayBuffer(values.length * 2));
  values.forEach((value, i) => bytes.setInt16(2 * i, value));
  return new Uint8Array(bytes.buffer);
}

function tileValues(
  columns: Columns,
  t: number,
  shape: TileShape,
  parameters: TileParameters,
  reals: Dequantizer | null,
): NumberArray | BigArray {
  const packed = bytesOf(columns.packed[t]);
  if (packed.length > 0) return unpackTile(packed, shape, parameters, reals !== null && !columns.isQuantized(t));
  const gzipped = bytesOf(columns.gzipped[t]);
  if (gzipped.length > 0) return gunzipTile(gzipped, shape.nPixels, false, reals !== null);
  const plain = valuesOf(columns.plain[t]);
  if (plain.length === shape.nPixels) return plain;
  throw new TileError(plain.length === 0 ? 'it has no data' : 'it has the wrong length');
}

/** From quantized integers back to reals. */
class Dequantizer {
  private readonly dither: string;
  private readonly seed: number;
  private readonly scales: (t: number) => number;
  private readonly zeros: (t: number) => number;
  private readonly blanks: (t: number) => number;

  constructor(header: Header, hdu: Hdu, columns: Columns) {
    const perTile = (name: string, fallback: number) => {
      const column = columns.numbers(name);
      const common = header.number(name) ?? fallback;
      return (t: number) => column?.[t] ?? common;
    };
    this.scales = perTile('ZSCALE', 1);
    this.zeros = perTile('ZZERO', 0);
    this.blanks = perTile('ZBLANK', NULL_VALUE);
    this.dither = header.text('ZQUANTIZ') ?? 'NO_DITHER';
    this.seed = header.number('ZDITHER0') ?? 0;
    const isDithered = this.dither.startsWith('SUBTRACTIVE_DITHER');
    if (isDithered && (!Number.isInteger(this.seed) || this.seed < 1 || this.seed > 10_000))
      throw fitsError('header', `${hdu.place}: ZDITHER0 = ${this.seed} is impossible.`);
  }

  apply(stored: NumberArray | BigArray, t: number, isQuantized: boolean): NumberArray | BigArray {
    if (!isQuantized || isBig(stored)) return stored;
    const [scale, zero, blank] = [this.scales(t), this.zeros(t), this.blanks(t)];
    const isDithered = this.dither.startsWith('SUBTRACTIVE_DITHER');
    const hasZeros = this.dither === 'SUBTRACTIVE_DITHER_2';
    const noise = isDithered ? ditherFrom(t + this.seed - 1) : () => 0.5;
    return Float64Array.from(stored, (value) => {
      const shift = noise() - 0.5;
      if (value === blank) return NaN;
      return hasZeros && value === ZERO_VALUE ? 0 : (value - shift) * scale + zero;
    });
  }
}

const N_RANDOM = 10_000;
let randomNumbers: Float32Array | null = null;

/** The sequence of section 10.2.1 (Park & Miller 1988), as float32 like every writer's. */
function ditherFrom(tileIdx: number): () => number {
  if (randomNumbers === null) {
    randomNumbers = new Float32Array(N_RANDOM);
    for (let i = 0, seed = 1; i < N_RANDOM; i++) {
      seed = (16807 * seed) % 2147483647;
      randomNumbers[i] = seed / 2147483647;
    }
  }
  const random = randomNumbers;
  let first = tileIdx % N_RANDOM;
  let next = Math.floor(random[first]! * 500);
  return () => {
    const value = random[next]!;
    if (++next === N_RANDOM) {
      first = (first + 1) % N_RANDOM;
      next = Math.floor(random[first]! * 500);
    }
    return value;
  };
}

interface TilePlace {
  readonly origin: readonly number[];
  readonly sizes: readonly number[];
  readonly shape: TileShape;
}

/** Tiles are numbered with the first axis running fastest; those at the far edges may be smaller. */
function placeOf({ axes, tile, counts }: Geometry, t: number): TilePlace {
  let rest = t;
  const origin = counts.map((count, i) => {
    const coordinate = rest % count;
    rest = Math.floor(rest / count);
    return coordinate * tile[i]!;
  });
  const sizes = origin.map((start, i) => Math.min(tile[i]!, axes[i]! - start));
  const nPixels = sizes.reduce((product, size) => product * size, 1);
  return { origin, sizes, shape: { width: sizes[0]!, height: nPixels / sizes[0]!, nPixels } };
}

function copyTile(
  from: NumberArray | BigArray,
  to: NumberArray | BigArray,
  { axes }: Geometry,
  { origin, sizes, shape }: TilePlace,
): void {
  if (from.length !== shape.nPixels) throw new TileError('it has the wrong length');
  if (isBig(from) !== isBig(to)) throw new TileError('its data have the wrong type');
  const target = to as NumberArray;
  for (let row = 0; row < shape.height; row++) {
    let rest = row;
    let offset = origin[0]!;
    for (let axis = 1, stride = axes[0]!; axis < axes.length; stride *= axes[axis]!, axis++) {
      offset += (origin[axis]! + (rest % sizes[axis]!)) * stride;
      rest = Math.floor(rest / sizes[axis]!);
    }
    target.set((from as NumberArray).subarray(row * shape.width, (row + 1) * shape.width), offset);
  }
}

/**
 * Images: every BITPIX, with BSCALE, BZERO and BLANK (FITS Standard 4.0, sections 4.4.2.5 and 7.1), also tile-compressed.
 * Where BLANK stands for undefined pixels the result is float64 with NaN there.
 */
import { readCompressedImage } from './compressedImage';
import { fitsError } from './errors';
import type { Hdu } from './hdus';
import type { Header } from './header';
import { decode, isBig, scaled, type BigArray, type NumberArray, type StoredType } from './values';

export interface Image {
  /** NAXISn, fastest axis first. */
  readonly axes: readonly number[];
  /** Π axes values, the first axis running fastest. */
  readonly values: NumberArray | BigArray;
}

const typeOfBitpix = new Map<number, StoredType>([
  [8, 'B'],
  [16, 'I'],
  [32, 'J'],
  [64, 'K'],
  [-32, 'E'],
  [-64, 'D'],
]);

/** The whole image of `hdu`. Throws `UserError` when it holds none, or one of a kind that is not supported. */
export function readImage(hdu: Hdu): Image {
  if (hdu.kind === 'random groups')
    throw fitsError('unsupported', `${hdu.place} holds random groups, which are not supported.`);
  if (hdu.kind === 'compressed image') return withScale(hdu.header, readCompressedImage(hdu));
  if (hdu.kind !== 'image') throw fitsError('missing', `${hdu.place} holds no image.`);
  return withScale(hdu.header, { axes: hdu.axes, values: readStoredImage(hdu) });
}

/** The numbers of an uncompressed image as the file stores them, before BSCALE and BZERO. */
export function readStoredImage(hdu: Hdu): NumberArray | BigArray {
  return decode(hdu.data, typeOfBitpix.get(hdu.header.number('BITPIX')!)!);
}

/** The stored values as BSCALE, BZERO and BLANK make them physical. */
function withScale(header: Header, { axes, values: stored }: Image): Image {
  const zero = header.get('BZERO');
  const offset = typeof zero === 'bigint' ? zero : (header.number('BZERO') ?? 0);
  const values = scaled(stored, header.number('BSCALE') ?? 1, offset);
  const blank = header.has('ZBLANK') ? header.get('ZBLANK') : header.get('BLANK');
  const isInteger = !(stored instanceof Float32Array || stored instanceof Float64Array);
  const hasBlank = isInteger && (typeof blank === 'number' || typeof blank === 'bigint');
  return { axes, values: hasBlank ? blanked(stored, values, Number(blank)) : values };
}

/** Like `readImage`, with all pixels as float64. */
export function readImageNumbers(hdu: Hdu): Float64Array {
  const { values } = readImage(hdu);
  if (values instanceof Float64Array) return values;
  return isBig(values) ? Float64Array.from(values, Number) : new Float64Array(values);
}

function blanked(
  stored: NumberArray | BigArray,
  values: NumberArray | BigArray,
  blank: number,
): NumberArray | BigArray {
  let found = false;
  for (let i = 0; i < stored.length && !found; i++) found = Number(stored[i]) === blank;
  if (!found) return values;
  const physical = isBig(values) ? Float64Array.from(values, Number) : Float64Array.from(values);
  for (let i = 0; i < physical.length; i++) if (Number(stored[i]) === blank) physical[i] = NaN;
  return physical;
}

/**
 * The structure of a FITS file: its header-data units, found from the headers alone (FITS Standard 4.0, sections 3, 4.4 and 7).
 *
 * Every size that a header implies is checked against the bytes that are there before anything is allocated, so that a
 * damaged or hostile file costs one sentence. Data are not touched here. A last unit without its padding to 2880 bytes is accepted.
 */
import type { UserError } from '../problems';
import { fitsError } from './errors';
import { CARD_BYTES, parseCards, type Header } from './header';

export const BLOCK_BYTES = 2880;

export type HduKind = 'empty' | 'image' | 'table' | 'ascii table' | 'compressed image' | 'random groups' | 'foreign';

export interface Hdu {
  readonly index: number;
  readonly kind: HduKind;
  /** EXTNAME, or "" where there is none. */
  readonly name: string;
  readonly header: Header;
  /** For messages: `file.fits, HDU 1 (COADD)`. */
  readonly place: string;
  /** NAXISn, fastest axis first; empty without data. */
  readonly axes: readonly number[];
  /** The data unit without padding. */
  readonly data: Uint8Array;
  /** Header and data as they lie in the file, with what there is of their padding. */
  readonly unit: Uint8Array;
}

/** A unit as its header describes it. */
export type DescribedHdu = Omit<Hdu, 'data' | 'unit'>;

/** All units up to the first that cannot be delimited, and why not. `hdus` may be empty only with a problem. */
export function scanHdus(bytes: Uint8Array, fileName: string): { hdus: Hdu[]; problem: UserError | null } {
  const hdus: Hdu[] = [];
  const notFits = whyNotFits(bytes, fileName);
  if (notFits !== null) return { hdus, problem: notFits };
  let offset = 0;
  while (offset < bytes.length && (hdus.length === 0 || beginsExtension(bytes, offset))) {
    const next = scanHdu(bytes, offset, hdus.length, fileName);
    if ('problem' in next) return { hdus, problem: next.problem };
    hdus.push(next.hdu);
    offset = next.end;
  }
  return { hdus, problem: null };
}

/** The header that starts at `offset`, and where its data would start; null when the bytes end before END. */
export function headerAt(bytes: Uint8Array, offset: number): { header: Header; dataOffset: number } | null {
  for (let end = offset; end < bytes.length;) {
    end = Math.min(end + BLOCK_BYTES, bytes.length);
    if (!blockHoldsEnd(bytes, Math.max(offset, end - BLOCK_BYTES), end)) continue;
    const { header, ended } = parseCards(bytes.subarray(offset, end));
    if (ended) return { header, dataOffset: end };
  }
  return null;
}

/** Null for bytes that begin like FITS; otherwise what they are instead. */
export function whyNotFits(bytes: Uint8Array, fileName: string): UserError | null {
  if (bytes.length === 0) return fitsError('notFits', `${fileName} is empty.`);
  const start = Buffer.from(bytes.subarray(0, 9)).toString('latin1');
  if (/^SIMPLE {2}=/.test(start)) return null;
  return fitsError('notFits', `${fileName} is not a FITS file: it does not begin with "SIMPLE  =".`);
}

type Scanned = { hdu: Hdu; end: number } | { problem: UserError };

function scanHdu(bytes: Uint8Array, offset: number, index: number, fileName: string): Scanned {
  const found = headerAt(bytes, offset);
  if (found === null) return { problem: missingEnd(fileName, index) };
  const { header, dataOffset } = found;
  const described = describeHdu(header, index, fileName, Math.max(bytes.length - dataOffset, 0));
  if ('problem' in described) return described;
  const data = bytes.subarray(dataOffset, dataOffset + described.dataBytes);
  const end = dataOffset + paddedLength(described.dataBytes);
  return { hdu: { ...described.hdu, data, unit: bytes.subarray(offset, end) }, end };
}

export function missingEnd(fileName: string, index: number): UserError {
  return fitsError('truncated', `${fileName}, HDU ${index}: the header has no END card before the file ends.`);
}

/** Bytes that a header or data unit of `length` bytes takes in the file. */
export function paddedLength(length: number): number {
  return Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES;
}

/** What `header` says of its unit, and how many bytes of data it has, of which `present` are in the file. */
export function describeHdu(
  header: Header,
  index: number,
  fileName: string,
  present: number,
): { hdu: DescribedHdu; dataBytes: number } | { problem: UserError } {
  const nameless = `${fileName}, HDU ${index}`;
  const name = header.text('EXTNAME') ?? '';
  const place = name === '' ? nameless : `${nameless} (${name})`;
  const shape = dataShape(header, place);
  if ('problem' in shape) return shape;
  if (shape.bytes > present) {
    const message = `${place} is truncated: its header promises ${shape.bytes} bytes of data, ${present} are there.`;
    return { problem: fitsError('truncated', message) };
  }
  const hdu = { index, kind: kindOf(header, shape.axes), name, header, place, axes: shape.axes };
  return { hdu, dataBytes: shape.bytes };
}

/** Axes and size of the data unit: |BITPIX|/8 · GCOUNT · (PCOUNT + Π NAXISn). */
function dataShape(header: Header, place: string): { axes: number[]; bytes: number } | { problem: UserError } {
  const bad = (keyword: string) => {
    const value = header.text(keyword);
    const text = value === null ? `${keyword} is missing` : `${keyword} = ${value} is impossible`;
    return { problem: fitsError('header', `${place}: ${text}.`) };
  };
  const count = (keyword: string, fallback: number) => {
    const value = header.has(keyword) ? header.get(keyword) : fallback;
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
  };
  const bitpix = header.get('BITPIX');
  if (typeof bitpix !== 'number' || ![8, 16, 32, 64, -32, -64].includes(bitpix)) return bad('BITPIX');
  const nAxes = count('NAXIS', -1);
  if (nAxes === null || nAxes > 999) return bad('NAXIS');
  const axes: number[] = [];
  for (let n = 1; n <= nAxes; n++) {
    const length = count(`NAXIS${n}`, -1);
    if (length === null) return bad(`NAXIS${n}`);
    axes.push(length);
  }
  const extra = count('PCOUNT', 0);
  if (extra === null) return bad('PCOUNT');
  const groups = count('GCOUNT', 1);
  if (groups === null) return bad('GCOUNT');
  const counted = isRandomGroups(header, axes) ? axes.slice(1) : axes;
  const cells = axes.length === 0 ? 0 : counted.reduce((product, length) => product * length, 1);
  const bytes = (Math.abs(bitpix) / 8) * groups * (axes.length === 0 ? 0 : extra + cells);
  if (!Number.isSafeInteger(bytes))
    return { problem: fitsError('header', `${place}: the header promises more data than any file can hold.`) };
  return { axes, bytes };
}

function isRandomGroups(header: Header, axes: readonly number[]): boolean {
  return (axes[0] ?? 0) === 0 && header.get('GROUPS') === true;
}

function kindOf(header: Header, axes: readonly number[]): HduKind {
  const extension = header.text('XTENSION');
  if (extension === 'BINTABLE' || extension === 'A3DTABLE')
    return header.get('ZIMAGE') === true ? 'compressed image' : 'table';
  if (extension === 'TABLE') return 'ascii table';
  if (extension !== null && extension !== 'IMAGE' && extension !== 'IUEIMAGE') return 'foreign';
  if (isRandomGroups(header, axes)) return 'random groups';
  return axes.length === 0 ? 'empty' : 'image';
}

/** After the last extension a file may carry special records (section 3.5): they are left alone. */
export function beginsExtension(bytes: Uint8Array, offset: number): boolean {
  const start = Buffer.from(bytes.subarray(offset, offset + 8)).toString('latin1');
  return start !== '' && 'XTENSION'.startsWith(start);
}

function blockHoldsEnd(bytes: Uint8Array, start: number, end: number): boolean {
  for (let card = start; card + CARD_BYTES <= end; card += CARD_BYTES) {
    if (bytes[card] === 0x45 && bytes[card + 1] === 0x4e && bytes[card + 2] === 0x44 && bytes[card + 3] === 0x20)
      return true;
  }
  return false;
}

/**
 * Damaged copies of real FITS files, each from a seed and a number alone: bits and bytes changed, header cards given other values, lengths
 * and formats of columns made absurd, blocks swapped, dropped or repeated, ends cut off, gzip and compress streams damaged.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { checkSums } from '../../engine/fits/checksum';
import { inspectFits } from '../../engine/fits/fitsFile';
import { reportFits } from '../../engine/fits/report';
import { describeBytes } from '../../engine/spectra/read';

export interface Original {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Every file of the FITS collection and one or two of each format of spectra, packed files also unpacked. */
export function originals(dataFolder: string): Original[] {
  const list = (folder: string, most = Infinity) => {
    const names = readdirSync(join(dataFolder, folder), { recursive: true }) as string[];
    const files = names.map((name) => join(dataFolder, folder, name)).filter((path) => statSync(path).isFile());
    return files.sort().slice(0, most);
  };
  const lamost = readdirSync(join(dataFolder, 'lamost_lrs'))
    .filter((name) => statSync(join(dataFolder, 'lamost_lrs', name)).isDirectory())
    .flatMap((name) => list(join('lamost_lrs', name), 2));
  const paths = [...list('fits'), ...list('spectra_other'), ...lamost].filter(
    (path) => !/\.(json|tbl|csv|out)$/.test(path),
  );
  return paths.flatMap((path) => {
    const bytes = new Uint8Array(readFileSync(path));
    const plain = { name: basename(path), bytes };
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return isGzip
      ? [plain, { name: basename(path).replace(/\.gz$/, ''), bytes: new Uint8Array(gunzipSync(bytes)) }]
      : [plain];
  });
}

/**
 * Reads all that is in a mutant: units, images, columns, checksums, spectrum. Returns the sentences about parts that could not be read; throws
 * what reading throws.
 */
export function readMutant(bytes: Uint8Array, name: string): string[] {
  const { hdus, problem } = reportFits(bytes, name);
  const parts = hdus.flatMap(({ image, columns }) => [image, ...(columns ?? [])]);
  const errors = parts.flatMap((part) => (part !== undefined && 'error' in part ? [part.error] : []));
  checkSums(inspectFits(bytes, name).file);
  const document = describeBytes(bytes, name);
  if (document.spectrum === null && !/\.$/.test(document.problem?.message ?? ''))
    throw new Error('a spectrum is missing without a sentence');
  return problem === null ? errors : [...errors, problem.message];
}

type Pick = (least: number, most: number) => number;

/** Mutant number `index`. */
export function mutantOf(files: readonly Original[], seed: number, index: number): Original {
  const random = xoroshiro128plus(seed * 1_000_003 + index);
  const pick: Pick = (least, most) => uniformInt(random, least, Math.max(least, most));
  const original = files[pick(0, files.length - 1)]!;
  let bytes: Uint8Array = Uint8Array.from(original.bytes);
  const isPacked = bytes[0] === 0x1f;
  for (let n = pick(1, 3); n > 0; n--) {
    const change = isPacked ? [flipBytes, cutEnd, flipBits][pick(0, 2)]! : changes[pick(0, changes.length - 1)]!;
    bytes = change(bytes, pick);
    if (bytes.length === 0) break;
  }
  // Now and then the damage is inside a sound gzip stream.
  const repack = !isPacked && bytes.length < 200_000 && pick(0, 19) === 0;
  return { name: `${index}-${original.name}`, bytes: repack ? new Uint8Array(gzipSync(bytes, { level: 1 })) : bytes };
}

type Change = (bytes: Uint8Array, pick: Pick) => Uint8Array;

function flipBytes(bytes: Uint8Array, pick: Pick): Uint8Array {
  for (let n = pick(1, 8); n > 0; n--) bytes[pick(0, bytes.length - 1)] = pick(0, 255);
  return bytes;
}

function flipBits(bytes: Uint8Array, pick: Pick): Uint8Array {
  for (let n = pick(1, 4); n > 0; n--) bytes[pick(0, bytes.length - 1)]! ^= 1 << pick(0, 7);
  return bytes;
}

/** A printable letter in the first header. */
function flipHeader(bytes: Uint8Array, pick: Pick): Uint8Array {
  const end = Math.min(bytes.length, 2880 * 4);
  for (let n = pick(1, 6); n > 0; n--) bytes[pick(0, end - 1)] = pick(32, 126);
  return bytes;
}

function cutEnd(bytes: Uint8Array, pick: Pick): Uint8Array {
  return bytes.subarray(
    0,
    pick(0, 3) === 0 ? pick(0, bytes.length) : bytes.length - pick(1, Math.min(5000, bytes.length)),
  );
}

const numbers = [
  '-1',
  '0',
  '1',
  '2',
  '7',
  '8',
  '16',
  '64',
  '-32',
  '-64',
  '255',
  '256',
  '999',
  '1000',
  '65535',
  '65536',
  '99999',
  '1000000',
  '2147483647',
  '2147483648',
  '4294967296',
  '9007199254740993',
  '99999999999999999999',
  '-2147483648',
  '1E300',
  '-0.0',
  '1.5',
  'T',
  'F',
  '',
  "'x'",
  'NaN',
  "'1'",
];
const formats = [
  "'1J'",
  "'0J'",
  "'1K'",
  "'8A'",
  "'99999999A'",
  "'1000000000D'",
  "'1PE(3)'",
  "'1QD'",
  "'1PA(9)'",
  "'PL'",
  "'2PE'",
  "'12X'",
  "'1M'",
  "'0A'",
  "'A8'",
  "'F9.3'",
  "'I99'",
  "''",
  "'Z'",
  "'-1J'",
  "'1PJ(99999999)'",
  "'3E'",
  "'1L'",
];
const lengthKeys =
  /^(NAXIS\d*|BITPIX|PCOUNT|GCOUNT|TFIELDS|THEAP|ZNAXIS\d*|ZTILE\d*|ZBITPIX|ZVAL\d+|TBCOL\d+|TNULL\d+|TSCAL\d+|TZERO\d+|BZERO|BSCALE|BLANK|COEFF[01]|CRVAL1|CDELT1|Z)$/;
const textKeys = /^(TFORM\d+|TDIM\d+|TTYPE\d+|ZCMPTYPE|XTENSION|EXTNAME|TUNIT\d+|SIMPLE)$/;

/** A card that says how data lie gets another value. */
function changeCard(bytes: Uint8Array, pick: Pick): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: number[] = [];
  const end = Math.min(bytes.length, 400_000);
  for (let at = 0; at + 80 <= end; at += 80) {
    if (bytes[at + 8] !== 0x3d || bytes[at + 9] !== 0x20) continue;
    const keyword = text.toString('latin1', at, at + 8).trimEnd();
    if (lengthKeys.test(keyword) || textKeys.test(keyword)) found.push(at);
  }
  if (found.length === 0) return flipHeader(bytes, pick);
  for (let n = pick(1, 2); n > 0; n--) {
    const at = found[pick(0, found.length - 1)]!;
    const isLength = lengthKeys.test(text.toString('latin1', at, at + 8).trimEnd());
    const words = isLength ? numbers : formats;
    const value = pick(0, 4) === 0 ? String(pick(-10, 5000)) : words[pick(0, words.length - 1)]!;
    text.write(`= ${value.padStart(20)}`.padEnd(72), at + 8, 'latin1');
  }
  return bytes;
}

function swapBlocks(bytes: Uint8Array, pick: Pick): Uint8Array {
  const nBlocks = Math.floor(bytes.length / 2880);
  if (nBlocks < 2) return flipBytes(bytes, pick);
  const [a, b] = [pick(0, nBlocks - 1) * 2880, pick(0, nBlocks - 1) * 2880];
  const first = bytes.slice(a, a + 2880);
  bytes.copyWithin(a, b, b + 2880);
  bytes.set(first, b);
  return bytes;
}

function dropBlock(bytes: Uint8Array, pick: Pick): Uint8Array {
  const at = pick(0, Math.floor(bytes.length / 2880)) * 2880;
  return new Uint8Array(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 2880)]));
}

function repeatBlock(bytes: Uint8Array, pick: Pick): Uint8Array {
  const at = pick(0, Math.floor(bytes.length / 2880)) * 2880;
  return new Uint8Array(Buffer.concat([bytes.subarray(0, at + 2880), bytes.subarray(at)]));
}

const changes: readonly Change[] = [
  flipBytes,
  flipBits,
  flipHeader,
  cutEnd,
  changeCard,
  changeCard,
  changeCard,
  changeCard,
  swapBlocks,
  dropBlock,
  repeatBlock,
];

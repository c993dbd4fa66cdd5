/**
 * CHECKSUM and DATASUM (FITS Standard 4.0, section 4.4.2.7 and appendix J): 32-bit sums in ones' complement over the data, and over
 * the whole unit, which CHECKSUM brings to all ones. A sum that is right says that no bit was changed since it was written.
 */
import type { FitsFile } from './fitsFile';
import { BLOCK_BYTES, type Hdu } from './hdus';
import { CARD_BYTES } from './header';

/** The sum of `bytes`, taken as big-endian 32-bit words and filled up with zeros, added to `sum`. */
export function onesComplementSum(bytes: Uint8Array, sum = 0): number {
  let [high, low] = [Math.floor(sum / 65536), sum % 65536];
  const whole = bytes.length - (bytes.length % 4);
  for (let i = 0; i < whole; i += 4) {
    high += (bytes[i]! << 8) | bytes[i + 1]!;
    low += (bytes[i + 2]! << 8) | bytes[i + 3]!;
  }
  if (whole < bytes.length) {
    high += (bytes[whole]! << 8) | (bytes[whole + 1] ?? 0);
    low += (bytes[whole + 2] ?? 0) << 8;
  }
  while (high > 65535 || low > 65535) {
    [high, low] = [(high % 65536) + Math.floor(low / 65536), (low % 65536) + Math.floor(high / 65536)];
  }
  return high * 65536 + low;
}

/** The 16 letters and digits of CHECKSUM that bring a unit of this `sum` to all ones. */
export function encodeChecksum(sum: number): string {
  const complement = 4294967295 - sum;
  const letters = new Uint8Array(16);
  for (let byte = 0; byte < 4; byte++) {
    const value = Math.floor(complement / 256 ** (3 - byte)) % 256;
    const quotient = Math.floor(value / 4) + 0x30;
    const parts = [quotient + (value % 4), quotient, quotient, quotient];
    // Punctuation between digits and letters is avoided by moving pairs apart.
    while (parts.some(isPunctuation)) {
      for (let pair = 0; pair < 4; pair += 2) {
        if (!isPunctuation(parts[pair]!) && !isPunctuation(parts[pair + 1]!)) continue;
        parts[pair]!++;
        parts[pair + 1]!--;
      }
    }
    parts.forEach((part, i) => (letters[4 * i + byte] = part));
  }
  const text = Buffer.from(letters).toString('latin1');
  return text.slice(15) + text.slice(0, 15);
}

function isPunctuation(code: number): boolean {
  return (code >= 0x3a && code <= 0x40) || (code >= 0x5b && code <= 0x60);
}

/** The sum of a unit whose CHECKSUM card still holds sixteen zeros becomes the card's value, in place. */
export function sealUnit(unit: Uint8Array): void {
  const text = Buffer.from(unit.buffer, unit.byteOffset, unit.byteLength);
  for (let card = 0; card < unit.length; card += CARD_BYTES) {
    if (text.toString('latin1', card, card + 10) !== 'CHECKSUM= ') continue;
    text.write(encodeChecksum(onesComplementSum(unit)), card + 11, 'latin1');
    return;
  }
}

export interface SumCheck {
  /** Of the data; null when the header has no DATASUM. */
  readonly data: boolean | null;
  /** Of the whole unit; null when the header has no CHECKSUM. */
  readonly unit: boolean | null;
}

/** Whether the sums of each unit are right. */
export function checkSums(file: FitsFile): SumCheck[] {
  return file.hdus.map(checkSum);
}

function checkSum({ header, unit, data }: Hdu): SumCheck {
  const dataSum = header.text('DATASUM');
  const hasUnitSum = (header.text('CHECKSUM') ?? '') !== '';
  const padded = unit.subarray(data.byteOffset - unit.byteOffset);
  return {
    data: dataSum === null || dataSum === '' ? null : onesComplementSum(padded) === Number(dataSum),
    unit: hasUnitSum ? isAllOnes(onesComplementSum(unit)) : null,
  };
}

/** Both zeros of ones' complement; the sum of a whole unit counts as right with either. */
function isAllOnes(sum: number): boolean {
  return sum === 4294967295 || sum === 0;
}

/** Zeros that fill `length` bytes up to a whole block. */
export function padding(length: number): number {
  return (BLOCK_BYTES - (length % BLOCK_BYTES)) % BLOCK_BYTES;
}

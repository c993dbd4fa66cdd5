/**
 * Unix compress (`.Z`): LZW with codes of 9 to 16 bits, least significant bit first (Welch 1984; the format of ncompress 4.2).
 *
 * Codes are written in groups of eight, so each width takes whole groups: when the width changes, what is left of the group is
 * skipped. In block mode code 256 empties the table. The format carries neither length nor checksum: a truncated file
 * ends quietly, and the FITS reader notices what is missing. Output is bounded by the caller.
 */
const CLEAR = 256;

export class LzwError extends Error {
  override readonly name = 'LzwError';
  constructor(readonly reason: 'damaged' | 'too large') {
    super(reason);
  }
}

export function isCompressZ(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x9d;
}

/** The unpacked bytes. Throws `LzwError` for a code that the table does not have, or beyond `maxBytes`. */
export function uncompressZ(input: Uint8Array, maxBytes: number): Uint8Array {
  const widest = (input[2] ?? 0) & 0x1f;
  const hasClear = ((input[2] ?? 0) & 0x80) !== 0;
  if (widest < 9 || widest > 16) throw new LzwError('damaged');
  const firstFree = hasClear ? CLEAR + 1 : CLEAR;
  const prefix = new Uint16Array(1 << widest);
  const suffix = new Uint8Array(1 << widest);
  /** Bytes of the string that each code stands for. */
  const length = new Int32Array(1 << widest);
  for (let code = 0; code < 256; code++) {
    suffix[code] = code;
    length[code] = 1;
  }
  const output = new Growing(Math.min(maxBytes, Math.max(1 << 16, input.length * 4)), maxBytes);
  const codes = new CodeReader(input, 3);
  let free = firstFree;
  let previous = -1;
  for (;;) {
    if (free > (1 << codes.width) - 1 && codes.width < widest) codes.widen(codes.width + 1);
    const code = codes.next();
    if (code < 0) return output.bytes();
    if (code === CLEAR && hasClear) {
      free = firstFree;
      previous = -1;
      codes.widen(9);
      continue;
    }
    const isNew = code === free && previous >= 0 && free < 1 << widest;
    if (!isNew && (code >= free || (previous < 0 && code > 255))) throw new LzwError('damaged');
    const start = output.reserve(isNew ? length[previous]! + 1 : length[code]!);
    let at = output.used - 1;
    // A code that is only being made stands for the previous string and its own first byte once more.
    if (isNew) at--;
    let walk = isNew ? previous : code;
    for (; at > start; at--, walk = prefix[walk]!) output.buffer[at] = suffix[walk]!;
    output.buffer[start] = suffix[walk]!;
    if (isNew) output.buffer[output.used - 1] = output.buffer[start]!;
    if (previous >= 0 && free < 1 << widest) {
      prefix[free] = previous;
      suffix[free] = output.buffer[start]!;
      length[free] = length[previous]! + 1;
      free++;
    }
    previous = code;
  }
}

/** Codes of the current width from groups of eight. */
class CodeReader {
  width = 9;
  private bit = 0;

  constructor(
    private readonly input: Uint8Array,
    private groupStart: number,
  ) {}

  /** The next code, or -1 at the end. */
  next(): number {
    const byte = this.groupStart + (this.bit >> 3);
    if (this.groupStart * 8 + this.bit + this.width > this.input.length * 8) return -1;
    const { input } = this;
    const three = input[byte]! | ((input[byte + 1] ?? 0) << 8) | ((input[byte + 2] ?? 0) << 16);
    const code = (three >> (this.bit & 7)) & ((1 << this.width) - 1);
    this.bit += this.width;
    if (this.bit === this.width * 8) this.endGroup();
    return code;
  }

  widen(width: number): void {
    if (this.bit > 0) this.endGroup();
    this.width = width;
  }

  private endGroup(): void {
    this.groupStart += this.width;
    this.bit = 0;
  }
}

/** A buffer that doubles up to a bound. */
class Growing {
  buffer: Uint8Array;
  used = 0;

  constructor(
    size: number,
    private readonly maxBytes: number,
  ) {
    this.buffer = new Uint8Array(size);
  }

  /** Makes room for `count` bytes and says where they start. */
  reserve(count: number): number {
    const start = this.used;
    this.used += count;
    if (this.used > this.maxBytes) throw new LzwError('too large');
    if (this.used > this.buffer.length) {
      const grown = new Uint8Array(Math.min(this.maxBytes, Math.max(this.used, this.buffer.length * 2)));
      grown.set(this.buffer.subarray(0, start));
      this.buffer = grown;
    }
    return start;
  }

  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.used);
  }
}

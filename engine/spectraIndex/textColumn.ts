/**
 * A column of short texts in one block of bytes: UTF-8, each followed by NUL. A hundred thousand ids take their bytes and
 * four more, are written to a file as they are, and are searched through as one text.
 */

const NUL = 0;

/** What crosses to other threads and to the disk. */
export interface TextData {
  readonly bytes: Uint8Array;
  /** Where each text's NUL stands. */
  readonly ends: Uint32Array;
}

/** Rows `from` up to but not including `to` of a column. */
export interface Piece {
  readonly column: TextColumn;
  readonly from: number;
  readonly to: number;
}

export class TextColumn implements TextData {
  private readonly buffer: Buffer;
  private lowerCase: TextColumn | null = null;

  constructor(
    readonly bytes: Uint8Array,
    readonly ends: Uint32Array,
  ) {
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A NUL inside a text becomes a blank. */
  static of(texts: readonly string[]): TextColumn {
    const ends = new Uint32Array(texts.length);
    const encoded = texts.map((text) => Buffer.from(text.replaceAll('\0', ' '), 'utf8'));
    const bytes = new Uint8Array(encoded.reduce((sum, { length }) => sum + length + 1, 0));
    let end = 0;
    encoded.forEach((text, row) => {
      bytes.set(text, end);
      end += text.length;
      ends[row] = end++;
    });
    return new TextColumn(bytes, ends);
  }

  static concat(pieces: readonly Piece[]): TextColumn {
    let [nRows, nBytes] = [0, 0];
    for (const { column, from, to } of pieces) {
      nRows += to - from;
      nBytes += column.start(to) - column.start(from);
    }
    const [bytes, ends] = [new Uint8Array(nBytes), new Uint32Array(nRows)];
    let [row, offset] = [0, 0];
    for (const { column, from, to } of pieces) {
      const [first, past] = [column.start(from), column.start(to)];
      bytes.set(column.bytes.subarray(first, past), offset);
      for (let n = from; n < to; n++) ends[row++] = column.ends[n]! - first + offset;
      offset += past - first;
    }
    return new TextColumn(bytes, ends);
  }

  get length(): number {
    return this.ends.length;
  }

  at(row: number): string {
    return this.buffer.toString('utf8', this.start(row), this.ends[row]);
  }

  isEmptyAt(row: number): boolean {
    return this.start(row) === this.ends[row];
  }

  /** Where row's text begins; past the last row, the end of the bytes. */
  start(row: number): number {
    return row === 0 ? 0 : this.ends[row - 1]! + 1;
  }

  /** Calls `found` with each row whose text holds `needle`, in order. Latin capitals and small letters are the same. */
  eachContaining(needle: string, found: (row: number, isAtStart: boolean) => void): void {
    if (needle === '') {
      for (let row = 0; row < this.length; row++) found(row, true);
      return;
    }
    const { buffer } = this.folded();
    const wanted = Buffer.from(lowerCased(Buffer.from(needle, 'utf8')));
    let row = 0;
    for (let at = buffer.indexOf(wanted); at >= 0 && row < this.length; at = buffer.indexOf(wanted, this.start(row))) {
      row = this.rowAt(at, row);
      found(row, at === this.start(row));
      row++;
    }
  }

  /** Whether both have the same texts in the same order. */
  equals({ bytes, ends }: TextData): boolean {
    return ends.length === this.length && this.buffer.equals(bytes);
  }

  /** The row that byte `offset` belongs to, at or after row `from`. */
  private rowAt(offset: number, from: number): number {
    let [low, high] = [from, this.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ends[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private folded(): TextColumn {
    this.lowerCase ??= new TextColumn(lowerCased(this.bytes), this.ends);
    return this.lowerCase;
  }
}

/** A to Z alone: ids are ASCII, and other letters are compared as they are. NUL ends each text and stays. */
function lowerCased(bytes: Uint8Array): Uint8Array {
  const lower = bytes.slice();
  for (let i = 0; i < lower.length; i++) if (lower[i]! >= 0x41 && lower[i]! <= 0x5a) lower[i]! += 0x20;
  return lower;
}

/** A column of `nRows` empty texts. */
export function emptyTexts(nRows: number): TextColumn {
  const ends = Uint32Array.from({ length: nRows }, (_, row) => row);
  return new TextColumn(new Uint8Array(nRows).fill(NUL), ends);
}

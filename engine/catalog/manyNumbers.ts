/**
 * Quantiles of any number of values, exact, in memory that does not grow: what fills the memory goes to a file. The k-th smallest
 * is found digit by digit, 16 bits at a time: the file is read four times for each.
 */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';

const valuesHeld = 1 << 13;
const digits = 4;
/** How many values have each digit; one array for all, as it is larger than most sets of values. */
const counts = new Uint32Array(1 << 16);

export class ManyNumbers {
  readonly #held: Float64Array;
  #length = 0;
  #inFile = 0;

  /** @param path of the file to come, where one is needed; its folder exists. */
  constructor(
    private readonly path: string,
    held = valuesHeld,
  ) {
    this.#held = new Float64Array(held);
  }

  get count(): number {
    return this.#inFile + this.#length;
  }

  /** @param value not NaN. */
  add(value: number): void {
    if (this.#length === this.#held.length) this.#putAside();
    this.#held[this.#length++] = value;
  }

  /** Interpolated between the values on both sides; NaN of none. */
  quantiles(fractions: readonly number[]): number[] {
    return fractions.map((fraction) => {
      if (this.count === 0) return NaN;
      const at = fraction * (this.count - 1);
      const below = this.#smallest(Math.floor(at));
      return below + (this.#smallest(Math.ceil(at)) - below) * (at - Math.floor(at));
    });
  }

  close(): void {
    if (this.#inFile > 0) rmSync(this.path, { force: true });
  }

  /** The value that has `rank` before it in rising order. */
  #smallest(rank: number): number {
    const known = new Uint16Array(digits);
    let before = rank;
    for (let digit = 0; digit < digits; digit++) {
      counts.fill(0);
      for (const values of this.#parts()) count(values, known, digit);
      let value = 0;
      while (before >= counts[value]!) before -= counts[value++]!;
      known[digit] = value;
    }
    return fromDigits(known);
  }

  *#parts(): Generator<Float64Array> {
    if (this.#inFile > 0) {
      const file = openSync(this.path, 'r');
      try {
        const values = new Float64Array(valuesHeld);
        const bytes = new Uint8Array(values.buffer);
        for (let left = this.#inFile * 8; left > 0;) {
          const wanted = Math.min(left, bytes.length);
          let got = 0;
          while (got < wanted) {
            const read = readSync(file, bytes, got, wanted - got, null);
            if (read === 0) throw new Error(`${this.path} is shorter than what was written`);
            got += read;
          }
          yield values.subarray(0, wanted / 8);
          left -= wanted;
        }
      } finally {
        closeSync(file);
      }
    }
    yield this.#held.subarray(0, this.#length);
  }

  #putAside(): void {
    const file = openSync(this.path, this.#inFile === 0 ? 'w' : 'a');
    try {
      const bytes = new Uint8Array(this.#held.buffer, 0, this.#length * 8);
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    } finally {
      closeSync(file);
    }
    this.#inFile += this.#length;
    this.#length = 0;
  }
}

/** Bits of a double in an order that is that of its value: all turned for a negative one, else only the sign. */
function count(values: Float64Array, known: Uint16Array, digit: number): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  for (let k = 0; k < values.length; k++) {
    const high = words[2 * k + 1]!;
    const isNegative = high >>> 31 === 1;
    const upper = (isNegative ? ~high : high ^ 0x8000_0000) >>> 0;
    const lower = (isNegative ? ~words[2 * k]! : words[2 * k]!) >>> 0;
    if (digit > 0 && upper >>> 16 !== known[0]) continue;
    if (digit > 1 && (upper & 0xffff) !== known[1]) continue;
    if (digit > 2 && lower >>> 16 !== known[2]) continue;
    const word = digit < 2 ? upper : lower;
    counts[digit % 2 === 0 ? word >>> 16 : word & 0xffff]!++;
  }
}

function fromDigits(known: Uint16Array): number {
  const upper = ((known[0]! << 16) | known[1]!) >>> 0;
  const lower = ((known[2]! << 16) | known[3]!) >>> 0;
  const isNegative = upper >>> 31 === 0;
  const words = Uint32Array.of(isNegative ? ~lower : lower, isNegative ? ~upper : upper ^ 0x8000_0000);
  return new Float64Array(words.buffer)[0]!;
}

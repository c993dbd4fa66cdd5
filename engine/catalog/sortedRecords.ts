/**
 * Any number of records in the order of a key, in memory that does not grow: what fills the memory is sorted and put into a file, and
 * the files are merged as they are read. Records are a number to sort by, a number that settles ties, and some bytes.
 *
 * The files are `<path>-<k>.part`; they are opened for each read, so that there may be more of them than a process may hold open.
 */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';

export interface SortedRecord {
  readonly key: number;
  readonly number: number;
  /** Valid until the next record is taken. */
  readonly payload: Buffer;
}

/** What is held in memory. */
const recordsHeld = 1 << 14;
const bytesHeld = 1 << 21;
const bytesPerWrite = 1 << 16;
/** For reading all files at the same time; of hundreds, each has a few kilobytes. */
const bytesForReading = 1 << 21;
const [leastPerRead, mostPerRead] = [1 << 12, 1 << 16];
/** Before a record's payload in a file: key, number, length of the payload. */
const headBytes = 16;

export class SortedRecords implements Iterable<SortedRecord> {
  readonly #keys: Float64Array;
  readonly #numbers: Uint32Array;
  /** Where each payload begins, and where the last ends. */
  readonly #starts: Uint32Array;
  #bytes: Buffer;
  #held = 0;
  #files = 0;

  /** @param path of the files to come; their folder exists. */
  constructor(
    private readonly path: string,
    { records = recordsHeld, bytes = bytesHeld }: { records?: number; bytes?: number } = {},
  ) {
    this.#keys = new Float64Array(records);
    this.#numbers = new Uint32Array(records);
    this.#starts = new Uint32Array(records + 1);
    this.#bytes = Buffer.allocUnsafe(bytes);
  }

  /** @param key not NaN. @param number a whole one below 2³². */
  add(key: number, number: number, payload: Uint8Array): void {
    if (this.#held === this.#keys.length || this.#end + payload.length > this.#bytes.length) {
      this.#putAside();
      if (payload.length > this.#bytes.length) this.#bytes = Buffer.allocUnsafe(payload.length);
    }
    const [k, start] = [this.#held, this.#end];
    this.#keys[k] = key;
    this.#numbers[k] = number;
    this.#bytes.set(payload, start);
    this.#starts[k + 1] = start + payload.length;
    this.#held++;
  }

  /** In order, from the first again each time. Nothing is added after that. */
  *[Symbol.iterator](): Generator<SortedRecord> {
    if (this.#files > 0) this.#putAside();
    if (this.#files === 0) yield* this.#inMemory();
    else {
      const perRead = Math.max(leastPerRead, Math.min(mostPerRead, Math.floor(bytesForReading / this.#files)));
      yield* merged(Array.from({ length: this.#files }, (_, k) => new Reader(this.#fileName(k), perRead)));
    }
  }

  /** Remove the files. */
  close(): void {
    for (let k = 0; k < this.#files; k++) rmSync(this.#fileName(k), { force: true });
  }

  get #end(): number {
    return this.#starts[this.#held]!;
  }

  #fileName(k: number): string {
    return `${this.path}-${k}.part`;
  }

  *#inMemory(): Generator<SortedRecord> {
    const [keys, numbers, starts] = [this.#keys, this.#numbers, this.#starts];
    const order = Uint32Array.from({ length: this.#held }, (_, k) => k);
    order.sort((a, b) => (keys[a] === keys[b] ? numbers[a]! - numbers[b]! : keys[a]! < keys[b]! ? -1 : 1));
    for (const k of order)
      yield { key: keys[k]!, number: numbers[k]!, payload: this.#bytes.subarray(starts[k], starts[k + 1]) };
  }

  #putAside(): void {
    if (this.#held === 0) return;
    const file = openSync(this.#fileName(this.#files++), 'w');
    try {
      const out = Buffer.allocUnsafe(bytesPerWrite);
      let length = 0;
      const flush = () => {
        writeAll(file, out.subarray(0, length));
        length = 0;
      };
      for (const { key, number, payload } of this.#inMemory()) {
        if (length + headBytes + payload.length > out.length) flush();
        length = writeHead(out, length, key, number, payload.length);
        if (length + payload.length <= out.length) length += payload.copy(out, length);
        else {
          flush();
          writeAll(file, payload);
        }
      }
      flush();
    } finally {
      closeSync(file);
    }
    this.#held = 0;
  }
}

function writeHead(out: Buffer, at: number, key: number, number: number, bytes: number): number {
  out.writeDoubleLE(key, at);
  out.writeUInt32LE(number, at + 8);
  return out.writeUInt32LE(bytes, at + 12);
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done);
}

/** The records of one file, one after the other. */
class Reader {
  #buffer = Buffer.alloc(0);
  #at = 0;
  #position = 0;
  key = 0;
  number = 0;
  payload: Buffer = this.#buffer;

  constructor(
    private readonly path: string,
    private readonly perRead: number,
  ) {}

  /** Go to the next record. @returns whether there is one. */
  next(): boolean {
    if (!this.#has(headBytes)) return false;
    this.key = this.#buffer.readDoubleLE(this.#at);
    this.number = this.#buffer.readUInt32LE(this.#at + 8);
    const length = this.#buffer.readUInt32LE(this.#at + 12);
    this.#at += headBytes;
    if (!this.#has(length)) throw new Error(`${this.path} ends in the middle of a record`);
    this.payload = this.#buffer.subarray(this.#at, (this.#at += length));
    return true;
  }

  #has(bytes: number): boolean {
    const rest = this.#buffer.subarray(this.#at);
    if (rest.length >= bytes) return true;
    const next = Buffer.allocUnsafe(Math.max(this.perRead, bytes));
    rest.copy(next);
    let length = rest.length;
    const file = openSync(this.path, 'r');
    try {
      for (let got = 1; got > 0 && length < next.length; length += got)
        got = readSync(file, next, length, next.length - length, this.#position + length - rest.length);
    } finally {
      closeSync(file);
    }
    this.#position += length - rest.length;
    [this.#buffer, this.#at] = [next.subarray(0, length), 0];
    return length >= bytes;
  }
}

/** A heap of the files' next records, the least on top. */
function* merged(readers: readonly Reader[]): Generator<SortedRecord> {
  const heap = readers.filter((reader) => reader.next());
  const isLess = (a: Reader, b: Reader) => (a.key === b.key ? a.number < b.number : a.key < b.key);
  const sink = (from: number) => {
    for (let k = from; ;) {
      let least = k;
      for (const child of [2 * k + 1, 2 * k + 2])
        if (child < heap.length && isLess(heap[child]!, heap[least]!)) least = child;
      if (least === k) return;
      [heap[k], heap[least]] = [heap[least]!, heap[k]!];
      k = least;
    }
  };
  for (let k = heap.length >> 1; k-- > 0;) sink(k);
  while (heap.length > 0) {
    const top = heap[0]!;
    yield top;
    if (!top.next()) {
      const last = heap.pop()!;
      if (heap.length === 0) return;
      if (last !== top) heap[0] = last;
    }
    sink(0);
  }
}

/**
 * Records in runs of one key, in order.
 * @param unpack makes of a payload what outlives it
 * @param turn lets others in: awaited after each run
 */
export async function* rowsByKey<T>(
  records: Iterable<SortedRecord>,
  unpack: (payload: Buffer) => T,
  turn: () => Promise<void>,
): AsyncGenerator<{ readonly key: number; readonly members: readonly T[] }> {
  let [members, last]: [T[], number] = [[], NaN];
  for (const { key, payload } of records) {
    if (key !== last && members.length > 0) {
      yield { key: last, members };
      members = [];
      await turn();
    }
    last = key;
    members.push(unpack(payload));
  }
  if (members.length > 0) yield { key: last, members };
}

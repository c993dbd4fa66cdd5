/**
 * A row of numbers and texts as bytes, for sorting: the numbers in eight bytes each, then each text in UTF-8 behind its length. For use
 * within one run on one machine.
 */

const bytesOfLength = 4;

export class RowPacker {
  #bytes = Buffer.allocUnsafe(1 << 12);

  /** Valid until the next is packed. */
  pack(numbers: Float64Array, texts: readonly string[]): Buffer {
    let most = numbers.byteLength;
    for (const text of texts) most += bytesOfLength + 3 * text.length;
    if (most > this.#bytes.length) this.#bytes = Buffer.allocUnsafe(2 * most);
    const bytes = this.#bytes;
    bytes.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
    let at = numbers.byteLength;
    for (const text of texts) {
      const length = text === '' ? 0 : bytes.write(text, at + bytesOfLength, 'utf8');
      bytes.writeUInt32LE(length, at);
      at += bytesOfLength + length;
    }
    return bytes.subarray(0, at);
  }
}

/** Fill `numbers` and `texts`, which are as long as those that were packed. */
export function unpackRow(bytes: Buffer, numbers: Float64Array, texts: string[]): void {
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).set(bytes.subarray(0, numbers.byteLength));
  let at = numbers.byteLength;
  for (let k = 0; k < texts.length; k++) {
    const from = at + bytesOfLength;
    at = from + bytes.readUInt32LE(at);
    texts[k] = at === from ? '' : bytes.toString('utf8', from, at);
  }
}

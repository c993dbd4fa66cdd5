/**
 * Which observations of a survey of any size are of one star: what `groupRepeats` of the reference says, with four bytes an observation
 * in memory. Keys are sorted by a hash, positions by declination; those that are one star then lie beside each other.
 */
import { Joined, type StarOfSpectrum } from '../reference/starGroups';
import { halfWidth, isPosition, separationDeg, slackDeg } from '../reference/skyIndex';
import { SortedRecords } from './sortedRecords';

/** Gathers what is known of the stars, spectrum by spectrum. */
export class RepeatGroups {
  readonly #keys: SortedRecords;
  readonly #positions: SortedRecords;
  #count = 0;

  /** @param folder for files where memory does not do; it exists. */
  constructor(folder: string) {
    this.#keys = new SortedRecords(`${folder}/keys`);
    this.#positions = new SortedRecords(`${folder}/positions`);
  }

  /** The next spectrum. */
  add({ keys, raDeg, decDeg }: StarOfSpectrum): void {
    const n = this.#count++;
    for (const key of keys) if (key !== '') this.#keys.add(hashOf(key), n, Buffer.from(key));
    if (raDeg !== null && decDeg !== null && isPosition(raDeg, decDeg))
      this.#positions.add(decDeg, n, new Uint8Array(Float64Array.of(raDeg).buffer));
  }

  /** The group of each, numbered from 0 in the order of their first spectra. `turn` is awaited now and then. */
  async finish(radiusArcsec: number, turn: () => Promise<void>): Promise<Int32Array> {
    const joined = new Joined(this.#count);
    await this.#joinKeys(joined, turn);
    await this.#joinNeighbours(joined, radiusArcsec / 3600, turn);
    return joined.numbers();
  }

  close(): void {
    this.#keys.close();
    this.#positions.close();
  }

  async #joinKeys(joined: Joined, turn: () => Promise<void>): Promise<void> {
    // Keys of one hash are told apart by their texts.
    const firstWith = new Map<string, number>();
    let hash = NaN;
    for (const { key, number, payload } of this.#keys) {
      if (key !== hash) {
        firstWith.clear();
        hash = key;
        await turn();
      }
      const text = payload.toString();
      const first = firstWith.get(text);
      if (first === undefined) firstWith.set(text, number);
      else joined.join(first, number);
    }
  }

  /** Of places in rising declination, those within the radius below the last are looked at; each exact place once. */
  async #joinNeighbours(joined: Joined, radiusDeg: number, turn: () => Promise<void>): Promise<void> {
    let near: { ra: number; dec: number; number: number }[] = [];
    let from = 0;
    for (const { key: dec, number, payload } of this.#positions) {
      const ra = payload.readDoubleLE(0);
      while (from < near.length && dec - near[from]!.dec > radiusDeg + slackDeg) from++;
      if (from > 1024 && from > near.length / 2) {
        near = near.slice(from);
        from = 0;
        await turn();
      }
      const reach = halfWidth(dec, radiusDeg);
      let isNew = true;
      for (let k = from; k < near.length; k++) {
        const other = near[k]!;
        const apart = Math.abs(ra - other.ra) % 360;
        if (Math.min(apart, 360 - apart) > reach || separationDeg(ra, dec, other.ra, other.dec) > radiusDeg) continue;
        joined.join(other.number, number);
        isNew &&= other.ra !== ra || other.dec !== dec;
      }
      if (isNew) near.push({ ra, dec, number });
    }
  }
}

/** 53 bits. Keys of one hash are told apart, so it need not be more than quick. */
function hashOf(text: string): number {
  let [low, high] = [0x811c9dc5, 0x9747b28c];
  for (let k = 0; k < text.length; k++) {
    const letter = text.charCodeAt(k);
    low = Math.imul(low ^ letter, 0x01000193);
    high = Math.imul(high ^ letter, 0x5bd1e995);
    high ^= high >>> 15;
  }
  low ^= low >>> 16;
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}

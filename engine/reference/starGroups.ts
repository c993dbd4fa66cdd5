/**
 * Which spectra are of one star: those that share a key (a reference row, a designation, an id, a value of a column that the user
 * named), and those within a radius on the sky. Sameness is transitive: a chain of pairs is one group.
 */
import type { RepeatsSpec } from '../config/config';
import type { SpectrumIdentity } from '../spectra/spectrum';
import { matchKey } from './match';
import { SkyIndex } from './skyIndex';

/** What is known of a spectrum's star. */
export interface StarOfSpectrum {
  /** Texts of which no two stars share one; nothing is told by an empty one. */
  readonly keys: readonly string[];
  readonly raDeg: number | null;
  readonly decDeg: number | null;
}

/** Repeats of a star lie closer than this, different stars in one spectrograph's fibres do not. */
const sameStarArcsec = 1;

/** What a header says of its star: the card that the config names, else designation and position. */
export function starOf(identity: SpectrumIdentity, { card }: Pick<RepeatsSpec, 'card'>): StarOfSpectrum {
  const { cards, designation, raDeg, decDeg } = identity;
  const id = card === null ? null : matchKey(cards[card] ?? null);
  // An id says more than a position: two stars of different id that touch stay two.
  if (id !== null) return { keys: [`id ${id}`], raDeg: null, decDeg: null };
  return { keys: designation === null ? [] : [`designation ${designation.trim()}`], raDeg, decDeg };
}

/** Which of `count` things belong together, by pairs that do: four bytes each. */
export class Joined {
  readonly #parent: Int32Array;

  constructor(count: number) {
    this.#parent = Int32Array.from({ length: count }, (_, n) => n);
  }

  join(a: number, b: number): void {
    const [first, second] = [this.#rootOf(a), this.#rootOf(b)];
    this.#parent[Math.max(first, second)] = Math.min(first, second);
  }

  /** The group of each, numbered from 0 in the order of their first members, in the place of what was known so far. */
  numbers(): Int32Array {
    const parent = this.#parent;
    let groups = 0;
    // No root comes after its members; below zero stand the numbers that are settled.
    for (let n = 0; n < parent.length; n++) parent[n] = parent[n] === n ? ~groups++ : parent[this.#rootOf(n)]!;
    return parent.map((number) => ~number);
  }

  #rootOf(n: number): number {
    const parent = this.#parent;
    let root = n;
    while (parent[root]! >= 0 && parent[root] !== root) root = parent[root]!;
    for (let at = n; at !== root;) {
      const next = parent[at]!;
      parent[at] = root;
      at = next;
    }
    return root;
  }
}

/** The group of each spectrum, numbered from 0 in the order of their first spectra. */
export function groupRepeats(spectra: readonly StarOfSpectrum[], radiusArcsec = sameStarArcsec): Int32Array {
  const joined = new Joined(spectra.length);
  const firstWith = new Map<string, number>();
  spectra.forEach(({ keys }, n) => {
    for (const key of keys) {
      if (key === '') continue;
      const first = firstWith.get(key);
      if (first === undefined) firstWith.set(key, n);
      else joined.join(first, n);
    }
  });
  joinNeighbours(spectra, radiusArcsec, joined);
  return joined.numbers();
}

function joinNeighbours(spectra: readonly StarOfSpectrum[], radiusArcsec: number, joined: Joined): void {
  const [raDeg, decDeg] = [
    Float64Array.from(spectra, (spectrum) => spectrum.raDeg ?? NaN),
    Float64Array.from(spectra, (spectrum) => spectrum.decDeg ?? NaN),
  ];
  const index = new SkyIndex(raDeg, decDeg);
  for (let n = 0; n < spectra.length; n++)
    index.within(raDeg[n]!, decDeg[n]!, radiusArcsec / 3600, (other) => other > n && joined.join(n, other));
}

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

/** The group of each spectrum, numbered from 0 in the order of their first spectra. */
export function groupRepeats(spectra: readonly StarOfSpectrum[], radiusArcsec = sameStarArcsec): Int32Array {
  const parent = Int32Array.from(spectra, (_, n) => n);
  const rootOf = (n: number): number => {
    let root = n;
    while (parent[root] !== root) root = parent[root]!;
    while (parent[n] !== root) [n, parent[n]] = [parent[n]!, root];
    return root;
  };
  const join = (a: number, b: number) => {
    const [first, second] = [rootOf(a), rootOf(b)];
    parent[Math.max(first, second)] = Math.min(first, second);
  };
  const firstWith = new Map<string, number>();
  spectra.forEach(({ keys }, n) => {
    for (const key of keys) {
      if (key === '') continue;
      const first = firstWith.get(key);
      if (first === undefined) firstWith.set(key, n);
      else join(first, n);
    }
  });
  joinNeighbours(spectra, radiusArcsec, join);
  const numbers = new Map<number, number>();
  return Int32Array.from(spectra, (_, n) => {
    const root = rootOf(n);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
}

function joinNeighbours(
  spectra: readonly StarOfSpectrum[],
  radiusArcsec: number,
  join: (a: number, b: number) => void,
): void {
  const [raDeg, decDeg] = [
    Float64Array.from(spectra, (spectrum) => spectrum.raDeg ?? NaN),
    Float64Array.from(spectra, (spectrum) => spectrum.decDeg ?? NaN),
  ];
  const index = new SkyIndex(raDeg, decDeg);
  for (let n = 0; n < spectra.length; n++)
    index.within(raDeg[n]!, decDeg[n]!, radiusArcsec / 3600, (other) => other > n && join(n, other));
}

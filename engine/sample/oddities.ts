/**
 * Stars and spectra worth finding, planted at a known rate. Some belong to the star and return in every observation of it,
 * the others to the observation. What they do to the light is in `starlight.ts` and `defects.ts`.
 */
import { SOLAR_LITHIUM, type Composition, type Element } from './elements';
import type { Random } from './random';

export type Oddity =
  | { readonly kind: 'none' }
  | { readonly kind: 'lithium-rich'; readonly abundance: number }
  | { readonly kind: 'barium-rich'; readonly excess: number }
  /** Height of Hα over the continuum before the star's own absorption. */
  | { readonly kind: 'emission'; readonly height: number }
  /** Another star's light beside it: its share of the light of the first, and its velocity against it. */
  | { readonly kind: 'double-lined'; readonly lightRatio: number; readonly velocityKms: number }
  /** The redshift in the header is off by this. */
  | { readonly kind: 'wrong-z'; readonly offsetKms: number }
  /** A stretch of pixels that is wrong and not marked. */
  | { readonly kind: 'bad-pixels'; readonly first: number; readonly count: number; readonly factor: number };

export const oddityKinds = [
  ...(['lithium-rich', 'barium-rich', 'emission', 'double-lined', 'wrong-z', 'bad-pixels'] as const),
] as const satisfies readonly Oddity['kind'][];

export const noOddity: Oddity = { kind: 'none' };

/** An oddity with the chance `share`; the six kinds are equally frequent. */
export function drawOddity(random: Random, share: number): Oddity {
  if (random.uniform() >= share) return noOddity;
  const sign = random.uniform() < 0.5 ? -1 : 1;
  const kind = random.pick([...oddityKinds]);
  switch (kind) {
    case 'lithium-rich':
      return { kind, abundance: random.uniform(2.4, 3.8) };
    case 'barium-rich':
      return { kind, excess: random.uniform(0.7, 1.5) };
    case 'emission':
      return { kind, height: 10 ** random.uniform(-0.4, 0.5) };
    case 'double-lined':
      return { kind, lightRatio: random.uniform(0.3, 1), velocityKms: sign * random.uniform(120, 320) };
    case 'wrong-z':
      return { kind, offsetKms: sign * 10 ** random.uniform(2.2, 3.2) };
    case 'bad-pixels':
      return {
        kind,
        first: random.integer(500, 3300),
        count: random.integer(30, 150),
        factor: random.uniform(0.3, 0.7),
      };
  }
}

/** Whether every observation of the star shows it. */
export function isOfStar({ kind }: Oddity): boolean {
  return kind !== 'wrong-z' && kind !== 'bad-pixels';
}

/** How much of the barium's excess the other elements of the s-process share. */
const slowProcess: readonly (readonly [Element, number])[] = [
  ...([
    ['Ba', 1],
    ['La', 0.95],
    ['Ce', 0.95],
    ['Nd', 0.75],
    ['Y', 0.8],
    ['Zr', 0.8],
    ['Sr', 0.8],
  ] as const),
];

/** The composition with the oddity's own elements. */
export function enriched(composition: Composition, oddity: Oddity): Composition {
  switch (oddity.kind) {
    case 'lithium-rich':
      return { ...composition, Li: oddity.abundance - SOLAR_LITHIUM };
    case 'barium-rich':
      return {
        ...composition,
        C: composition.C + 0.3 * oddity.excess,
        ...Object.fromEntries(
          slowProcess.map(([element, part]) => [element, composition[element] + part * oddity.excess]),
        ),
      };
    default:
      return composition;
  }
}

/** The number that says how strong it is, for the truth table: dex, km/s, ratios or a factor. */
export function strength(oddity: Oddity): number | null {
  switch (oddity.kind) {
    case 'none':
      return null;
    case 'lithium-rich':
      return oddity.abundance;
    case 'barium-rich':
      return oddity.excess;
    case 'emission':
      return oddity.height;
    case 'double-lined':
      return oddity.velocityKms;
    case 'wrong-z':
      return oddity.offsetKms;
    case 'bad-pixels':
      return oddity.factor;
  }
}

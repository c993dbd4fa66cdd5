/**
 * Random numbers from a seed, the same on every machine.
 *
 * xoroshiro128+ starts from a state that is mostly zeros or ones for small seeds, and its first outputs show it: with
 * seed 3 the first uniform number is so near 1 that it makes a Gaussian of more than 5 σ. Thrown away, they do no harm.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { skipN } from 'pure-rand/utils/skipN';

/** A generator for pure-rand's distributions. `seed` is taken as a 32-bit integer. */
export function randomFrom(seed: number): RandomGenerator {
  const random = xoroshiro128plus(seed);
  skipN(random, 64);
  return random;
}

/** A normal deviate, by Box and Muller's method. */
export function normal(random: RandomGenerator): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(random)));
  return radius * Math.cos(2 * Math.PI * uniformFloat64(random));
}
